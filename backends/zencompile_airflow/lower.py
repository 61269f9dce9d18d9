"""From the IR to the model of a DAG file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from zencompile.diagnostics import Report
from zencompile.ir import Pipeline, long_values
from zencompile.targets import Layout
from zencompile_airflow import (
    edges,
    failure,
    fusing,
    imports,
    large,
    operators,
    parameters,
    retries,
    schedule,
    settings,
    stores,
)
from zencompile_airflow.dag_arguments import DagArguments
from zencompile_airflow.groups import Groups
from zencompile_airflow.helpers import Helpers
from zencompile_airflow.inline import Inline
from zencompile_airflow.model import Block, Constant, DagFile, Function, Guards, Task
from zencompile_airflow.options import Options
from zencompile_airflow.plan import Plan, plans
from zencompile_airflow.repeated import Shared
from zencompile_airflow.repeated import shared as shared_values
from zencompile_airflow.templating import SECRET, macros
from zencompile_templates.names import Namespace, dotted_name, python_name
from zencompile_templates.python import Call, Code

# `TAG_MAX_LEN` of Airflow 2 and 3: a DAG with a longer tag doesn't load.
LONGEST_TAG = 100


def dag_id(pipeline: Pipeline, options: Options) -> str:
    """The DAG's id: chosen, written in the settings, or the pipeline's name; and the name of its file."""
    chosen = options.dag_id
    for _, fields in settings.airflow_settings(pipeline):
        written = fields.get("dag_id")
        chosen = chosen or (written if isinstance(written, str) else None)
    return dotted_name(chosen or pipeline.name)


def project_folder(pipeline: Pipeline, options: Options) -> str:
    """The folder on a worker in which the bash operator finds sources, runtime and environments."""
    return options.project or f"/var/lib/zencompile/{dag_id(pipeline, options)}"


def lower(pipeline: Pipeline, options: Options, layout: Layout, report: Report) -> DagFile:
    """The file of `pipeline`. What Airflow can't express is added to `report`."""
    written = settings.of_pipeline(pipeline, options, report)
    _refuse(pipeline, written, report)
    all_inline = options.texts and "operator" in options.model_fields_set
    store = stores.find(options, layout, Report() if all_inline else report)
    large.check_defaults(pipeline, report)
    tasks = plans(pipeline, options, store, report)
    if options.fuse == "chains":
        tasks = fusing.fused(pipeline, tasks, report)
    return _File(pipeline, options, store, tasks, written, report).build(layout)


def _refuse(pipeline: Pipeline, written: settings.Settings, report: Report) -> None:
    """Report what no DAG file of ours can say."""
    assert not pipeline.controls, "the target declares neither maps nor conditions"
    if pipeline.schedule is not None or written.starting is not None:
        for parameter in parameters.without_default(pipeline):
            report.error(
                "ZC0512",
                f"a scheduled pipeline needs a value for its parameter `{parameter.name}`",
                parameter.span,
                label="has no default",
                notes="Airflow refuses a DAG whose scheduled runs would lack a parameter",
                helps=f"give it a default, or a value with `--param {parameter.name}=…`",
            )


class _File:
    """Puts one file together: all its names come from one namespace."""

    def __init__(
        self,
        pipeline: Pipeline,
        options: Options,
        store: stores.Store,
        tasks: list[Plan],
        written: settings.Settings,
        report: Report,
    ) -> None:
        self.pipeline, self.options, self.store, self.tasks = pipeline, options, store, tasks
        self.written, self.report = written, report
        imported = {name for task in tasks for value in task.keywords.values() for name in imports.named(value)}
        self.names = Namespace(python_name, reserved=imports.RESERVED | imported)
        self.inline = Inline(pipeline, tasks, report)
        self.failure = failure.of_pipeline(pipeline, tasks, written.defaults, report)
        project = project_folder(pipeline, options)
        self.helpers = Helpers(pipeline, options, store, tasks, project, self.names, self.failure.stops)
        self.operators = self.helpers.operators
        looked_up = {name for task in tasks for text in task.environment.values() for name in macros(text)}
        self.macros = sorted(looked_up)

    def build(self, layout: Layout) -> DagFile:
        variables = self._variables()
        made = self._shared(variables)
        dag = self._dag()
        guards = self._guards()
        functions = self.inline.functions(self.names)
        used = self._used([dag, *_values(made), *self._beside(guards, functions)])
        constants = made.constants
        if retries.DOUBLING in used:
            constants += (Constant(retries.DOUBLING, retries.DOUBLING_VALUE, retries.DOUBLING_COMMENT),)
        if retries.DOUBLING in used or guards.skips:
            used.add("Version")
        if any(not function.alone for function in functions):
            used.add("json")
        return DagFile(
            layout.head,
            self._title(layout),
            self._documentation(),
            imports.statements(used, self.operators, self.failure.fail_fast),
            constants,
            made.helpers,
            dag,
            made.blocks,
            tuple(edges.orders(self.pipeline, variables, self.inline.edges())),
            tuple(self._needs()),
            fusing.image_names(self.pipeline, self.tasks),
            tuple(functions),
            tuple(f"{self.options.secrets}_secret" if name == SECRET else name for name in self.macros),
            {f"{long_values.FOLDER}/{name}": text for step in self._steps() for name, text in step.values.items()},
            guards,
            self.failure.fail_fast,
        )

    def _variables(self) -> dict[str, str]:
        """The variable of each invocation's task."""
        return {
            step.invocation.id: self.names.of(task.task_id, ("task", task.task_id))
            for task in self.tasks
            for step in task.steps
        }

    def _shared(self, variables: dict[str, str]) -> Shared:
        """What stands above the DAG and in it, each value that many tasks share under a name of its own."""
        helpers = self.helpers.made()
        constants = tuple(self.helpers.constants(helpers))
        groups = Groups(self.tasks, self.names)
        blocks = tuple(groups.blocks(lambda task: self._task(task, variables), self.inline.edges()))
        repeated = shared_values(helpers, blocks, lambda wish, key: self.names.of(wish, ("shared", key)))
        return repeated._replace(constants=(*constants, *repeated.constants))

    def _beside(self, guards: Guards, functions: Sequence[Function]) -> Iterator[object]:
        """Values that neither the DAG nor the calls of its tasks hold."""
        yield from (task.keywords for task in self.inline.tasks)
        yield from (function.decorator for function in functions)
        if guards.watcher is not None:
            yield guards.watcher

    def _used(self, values: Iterable[object]) -> set[str]:
        """The names that values need, and those that the file's own parts do."""
        used = {name for value in values for name in imports.used(value)}
        if self.macros:
            used.add("pass_context")
        if "bash" in self.operators:
            used.add("shlex")
        return used

    def _steps(self) -> Iterator[Plan]:
        return (step for task in self.tasks for step in task.steps)

    def _guards(self) -> Guards:
        watcher = failure.watcher(self.tasks, self.written.defaults) if self.failure.watched else None
        return Guards(self.failure.stops, bool(self.helpers.hooked), watcher)

    def _task(self, task: Plan, variables: dict[str, str]) -> Task:
        variable = variables[task.invocation.id]
        if task.operator != "inline":
            return Task(variable, self.helpers.call(task))
        guard = {"pre_execute": Code("start_unless_failed")} if self.failure.stops else {}
        guarded = task._replace(keywords={**task.keywords, **guard})
        return Task(variable, self.inline.call(guarded, self.names, variables))

    # -- the DAG --

    def _dag(self) -> Call:
        pipeline, options = self.pipeline, self.options
        lines = (pipeline.docstring or "").strip().splitlines()
        keywords: dict[str, object] = {"description": lines[0].strip()} if lines else {}
        keywords.update(schedule.timing(pipeline.schedule, options, self.report))
        if self.written.starting is not None:
            keywords["schedule"] = self.written.starting
        for name in ("max_active_runs", "max_active_tasks"):
            if getattr(options, name) is not None:
                keywords[name] = getattr(options, name)
        tags = list(dict.fromkeys((*pipeline.tags, *self.written.dag_tags, *options.tags)))
        if tags:
            keywords["tags"] = tags
        params = parameters.parameters(pipeline)
        if params:
            keywords["params"] = params
        if len(lines) > 1:
            keywords["doc_md"] = Code("__doc__")
        if self.macros:
            keywords["user_defined_macros"] = {name: Code(name) for name in self.macros}
        keywords = DagArguments(pipeline, options, self.report).join(keywords, self.written.dag_args, self.operators)
        self._check(keywords.get("tags"))
        if self.failure.fail_fast:
            keywords["**"] = Code("FAIL_FAST")
        return Call("DAG", (dag_id(pipeline, options),), keywords)

    def _check(self, tags: object) -> None:
        """Report tags that no DAG can have."""
        for tag in (str(tag) for tag in tags) if isinstance(tags, list) else ():
            if len(tag) > LONGEST_TAG:
                self.report.error(
                    "ZC0562",
                    f"a tag has {len(tag)} characters, and Airflow takes {LONGEST_TAG}: `{tag[:40]}…`",
                    self.pipeline.span,
                    helps="shorten it, or write it in `extra`",
                )

    def _title(self, layout: Layout) -> str:
        """What the file is; the head says where it comes from, but for a pipeline that another file defines."""
        pipeline = self.pipeline
        place = f" ({pipeline.source})" if pipeline.source != layout.source else ""
        return " ".join(f"Airflow DAG of the pipeline `{pipeline.name}`{place}.".split())

    def _documentation(self) -> str:
        lines = (self.pipeline.docstring or "").strip().splitlines()
        return "\n".join(lines) if len(lines) > 1 else ""

    def _needs(self) -> list[str]:
        """What must exist in Airflow or in the cluster, each once, with the parts of it that are used."""
        found: dict[str, dict[str, None]] = {need: {} for need in self.inline.needs()}
        for step in self._steps():
            for what, part in operators.needs(step.invocation, step.operator, self.options):
                found.setdefault(what, {}).update({part: None} if part else {})
        return [f"{what}: {', '.join(parts)}" if parts else what for what, parts in found.items()]


def _values(made: Shared) -> Iterator[object]:
    yield from (constant.value for constant in made.constants)
    yield from (helper.keywords for helper in made.helpers)
    yield from _calls(made.blocks)


def _calls(blocks: Iterable[Block]) -> Iterable[object]:
    for block in blocks:
        if block.group is not None:
            yield block.group
        yield from (task.call for task in block.tasks)
        yield from _calls(block.blocks)
