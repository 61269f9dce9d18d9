"""From the IR to the model of a DAG file."""

from __future__ import annotations

import keyword
from collections.abc import Collection, Iterable, Iterator, Sequence

from zencompile.diagnostics import Report
from zencompile.ir import Pipeline
from zencompile.ir.environments import DIGITS, named_by_code
from zencompile.ir.order import upstream
from zencompile.targets import Layout
from zencompile_airflow import (
    edges,
    failure,
    fusing,
    hooks,
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
from zencompile_airflow.given import CLASSES
from zencompile_airflow.groups import Groups
from zencompile_airflow.inline import Inline
from zencompile_airflow.model import Block, ChainHelper, Constant, DagFile, Guards, Helper, Order, Task, names
from zencompile_airflow.options import Operator, Options
from zencompile_airflow.plan import Plan, Shared, plans, shared, used_operators
from zencompile_airflow.repeated import shared as shared_values
from zencompile_airflow.templating import SECRET, macros, plain
from zencompile_templates.names import Namespace, dotted_name, python_name
from zencompile_templates.python import Call, Code, py

DOCSTRINGS: dict[Operator, str] = {
    "bash": "A task that runs one step of the pipeline in a virtual environment of the project folder.",
    "docker": "A task that runs one step of the pipeline in its image.",
    "kubernetes": "A task that runs one step of the pipeline as a pod.",
}

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
        self.operators = used_operators(task for task in tasks if task.operator != "inline")
        self.shared = {operator: shared(self._of(operator)) for operator in self.operators}
        self.failure = failure.of_pipeline(pipeline, tasks, written.defaults, report)
        self.suffix = hooks.suffix([task.task_id for task in tasks])
        self.hooked = {task.invocation.id for task in tasks if hooks.owes(pipeline, task.invocation)}
        self.images = self._image_names()
        coded = {named_by_code(pipeline.images[place]) for place in self.images}
        looked_up = {name for task in tasks for text in task.environment.values() for name in macros(text)}
        self.macros = sorted(looked_up)
        self.coded = coded.pop() if len(coded) == 1 else None  # whether images are named by code; None: some are

    def build(self, layout: Layout) -> DagFile:
        helpers = tuple(helper for operator in self.operators for helper in self._helpers(operator))
        constants = tuple(self._constants(helpers))
        variables = {
            step.invocation.id: self.names.of(task.task_id, ("task", task.task_id))
            for task in self.tasks
            for step in task.steps
        }
        groups = Groups(self.tasks, self.names)
        blocks = tuple(groups.blocks(lambda task: self._task(task, variables), self.inline.edges()))
        repeated = shared_values(helpers, blocks, lambda wish, key: self.names.of(wish, ("shared", key)))
        helpers, blocks = repeated.helpers, repeated.blocks
        constants += repeated.constants
        dag = self._dag()
        guards = self._guards()
        values = [dag, *(c.value for c in constants), *(h.keywords for h in helpers), *_calls(blocks)]
        values += [task.keywords for task in self.inline.tasks]
        values += [guards.watcher] if guards.watcher is not None else []
        functions = self.inline.functions(self.names)
        values += [function.decorator for function in functions]
        used = {name for value in values for name in imports.used(value)}
        used.update(
            ["pass_context"] * bool(self.macros),
            ["shlex"] * ("bash" in self.operators),
            ["json"] * any(not function.alone for function in functions),
            ["Version"] * guards.skips,
        )
        if retries.DOUBLING in used:
            constants = (*constants, Constant(retries.DOUBLING, retries.DOUBLING_VALUE, retries.DOUBLING_COMMENT))
            used.add("Version")
        return DagFile(
            layout.head,
            self._title(layout),
            self._documentation(),
            imports.statements(used, self.operators, self.failure.fail_fast),
            constants,
            helpers,
            dag,
            blocks,
            tuple(_orders(self.pipeline, variables, self.inline.edges())),
            tuple(self._needs()),
            fusing.image_names(self.pipeline, self.tasks),
            tuple(functions),
            tuple(f"{self.options.secrets}_secret" if name == SECRET else name for name in self.macros),
            {f"{large.FOLDER}/{name}": text for step in self._steps() for name, text in step.values.items()},
            guards,
            self.failure.fail_fast,
        )

    def _steps(self) -> Iterator[Plan]:
        return (step for task in self.tasks for step in task.steps)

    def _guards(self) -> Guards:
        watcher = failure.watcher(self.tasks, self.written.defaults) if self.failure.watched else None
        return Guards(self.failure.stops, bool(self.hooked), watcher)

    def _of(self, operator: Operator) -> list[Plan]:
        return [task for task in self.tasks if task.operator == operator]

    # -- constants and helpers --

    def _image_names(self) -> dict[str, str]:
        """A constant for each image: IMAGE for the most used one of the first operator, others by their step."""
        found: dict[str, str] = {}
        for operator in self.operators:
            for task in self._of(operator):
                if operator == "bash" or task.place in found:
                    continue
                first = not found and task.place == self.shared[operator].place
                found[task.place] = "" if first else self.pipeline.steps[task.invocation.step].name
        if found and "" not in found.values():
            found[next(self.shared[o].place for o in self.operators if o != "bash")] = ""
        upper = {
            place: f"{python_name(step).strip('_').upper()}_IMAGE" if step else "IMAGE" for place, step in found.items()
        }
        return {place: self.names.of(name, ("image", place)) for place, name in upper.items()}

    def _constants(self, helpers: Sequence[Helper]) -> Iterable[Constant]:
        if self.operators:
            yield Constant("STORE", self.store.url)
        if "bash" in self.operators:
            yield Constant(
                "PROJECT", project_folder(self.pipeline, self.options), "made by prepare.sh, on every worker"
            )
        for place, name in sorted(self.images.items(), key=lambda item: item[1] != "IMAGE"):
            image = self.pipeline.images[place]
            code = "-{code}" if self.coded is None and named_by_code(image) else ""
            yield Constant(name, f"{image.reference}{code}")
        environments = {helper.operator: helper.environment for helper in helpers}
        for operator in self.operators:
            constant = environments[CLASSES[operator]]
            if constant:
                yield Constant(constant, _base_environment(operator, self.shared[operator]))

    def _helpers(self, operator: Operator) -> Iterable[Helper]:
        """A helper for the steps of an operator that are tasks, and one for its chains."""
        tasks = self._of(operator)
        single = [task for task in tasks if not task.members]
        chains = [task for task in tasks if task.members]
        if single:
            yield self._helper(operator, single)
        if chains:
            made = self._helper(operator, chains)
            yield ChainHelper(
                *made._replace(name=self._called(operator, chains[0]), docstring=fusing.DOCSTRINGS[operator])
            )

    def _called(self, operator: Operator, task: Plan) -> str:
        """The name of the helper that makes a task."""
        name = "chain" if task.members else "step"
        return name if len(self.operators) == 1 else f"{operator}_{name}"

    def _helper(self, operator: Operator, tasks: Sequence[Plan]) -> Helper:
        common = self.shared[operator]
        base = _base_environment(operator, common)
        environment = any(len(task.environment) > len(common.environment) for task in tasks)
        constant = ""
        if base:
            constant = "ENVIRONMENT" if len(self.operators) == 1 else f"{operator.upper()}_ENVIRONMENT"
        several = len({task.place for task in tasks}) > 1
        image = self.images[common.place] if operator != "bash" else py(common.place)
        keywords: dict[str, object] = {"task_id": Code("task_id")}
        place = "image" if several else image
        keywords.update(_command_keywords(operator, self._named(place) if operator != "bash" else place))
        if base or environment:
            name = {"bash": "env", "docker": "environment", "kubernetes": "env_vars"}[operator]
            keywords[name] = Code("environment" if environment else constant)
        keywords.update(common.keywords)
        return Helper(
            self._called(operator, tasks[0]),
            CLASSES[operator],
            DOCSTRINGS[operator],
            (*self._where(tasks[0]), *common.configuration),
            keywords,
            image=image if several else "",
            environment=constant,
            own_environment=environment,
            invocation=any(task.task_id != task.invocation.id for task in tasks),
            options=any(set(task.keywords) - set(common.keywords) for task in tasks),
            python='f"{PROJECT}/{venv}/bin/python"'
            if operator == "bash" and several
            else f'f"{{PROJECT}}/{common.place}/bin/python"'
            if operator == "bash"
            else '"python"',
            hooks=self.suffix if any(task.invocation.id in self.hooked for task in tasks) else "",
            stops=self.failure.stops,
        )

    def _named(self, image: str) -> str:
        """The expression of a task's image, `image` being that of its environment's."""
        if self.coded is None:
            return f"{image}.format(code=code)"
        return f'f"{{{image}}}-{{code}}"' if self.coded else image

    def _where(self, task: Plan) -> Iterable[object]:
        """The arguments that say which code is meant, and which run the step belongs to; a chain's steps have each
        their own code.
        """
        if task.members:
            yield from fusing.TRIES
        else:
            yield Code('f"--code={code}"')
        yield plain(f"--pipeline={self.pipeline.namespace}/{self.pipeline.name}")
        yield "--run={{ run_id }}"
        store = f"--store={self.store.url}"
        yield Code('f"--store={STORE}"') if plain(store) == store else plain(store)
        if self.options.drift == "warn":
            yield "--drift=warn"

    # -- tasks --

    def _task(self, task: Plan, variables: dict[str, str]) -> Task:
        if task.operator == "inline":
            guard = {"pre_execute": Code("start_unless_failed")} if self.failure.stops else {}
            guarded = task._replace(keywords={**task.keywords, **guard})
            return Task(variables[task.invocation.id], self.inline.call(guarded, self.names, variables))
        common = self.shared[task.operator]
        keywords: dict[str, object] = self._code(task)
        if task.task_id != task.invocation.id and not task.members:
            keywords["invocation"] = plain(task.invocation.id)
        if task.place != common.place:
            keywords["venv" if task.operator == "bash" else "image"] = (
                task.place if task.operator == "bash" else Code(self.images[task.place])
            )
        own = {name: value for name, value in task.environment.items() if name not in common.environment}
        if own:
            keywords["environment"] = self._environment(task.operator, own)
        keywords.update({n: v for n, v in task.keywords.items() if n not in common.keywords})
        words = fusing.words(self.pipeline, task, common) if task.members else self._words(task, common)
        helper = self._called(task.operator, task) + "_with_hooks" * (task.invocation.id in self.hooked)
        call = Call(helper, (task.task_id, *words), keywords)
        return Task(variables[task.invocation.id], call)

    def _words(self, task: Plan, common: Shared) -> Iterable[str]:
        """What a step runs, and its arguments."""
        yield plain(self.pipeline.steps[task.invocation.step].entrypoint)
        yield from task.data
        yield from (text for text in task.configuration if text not in common.configuration)

    def _code(self, task: Plan) -> dict[str, object]:
        """The code that is named outside of a task's words; that of a chain only where an image is named by it."""
        codes = [self.pipeline.steps[step.invocation.step].deployed for step in task.steps]
        if not task.members:
            return {"code": codes[0][:DIGITS]}
        if task.operator == "bash" or self.coded is False:
            return {}
        return {"code": fusing.code_of(codes)}

    def _environment(self, operator: Operator, own: dict[str, object]) -> object:
        if not _base_environment(operator, self.shared[operator]):
            return own
        constant = "ENVIRONMENT" if len(self.operators) == 1 else f"{operator.upper()}_ENVIRONMENT"
        if all(name.isidentifier() and not keyword.iskeyword(name) for name in own):
            return Call("dict", (Code(constant),), own)
        return Code(f"{{**{constant}, {py(own)[1:]}")

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
        for tag in tags:
            if len(tag) > LONGEST_TAG:
                self.report.error(
                    "ZC0562",
                    f"a tag has {len(tag)} characters, and Airflow takes {LONGEST_TAG}: `{tag[:40]}…`",
                    pipeline.span,
                    helps="shorten it, or write it in `extra`",
                )
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
        if self.failure.fail_fast:
            keywords["**"] = Code("FAIL_FAST")
        return Call("DAG", (dag_id(pipeline, options),), keywords)

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


def _base_environment(operator: Operator, common: Shared) -> dict[str, object]:
    """The variables of every task; a process on a worker must be told what an image knows by itself."""
    if operator != "bash":
        return common.environment
    base: dict[str, object] = {"PYTHONHASHSEED": "0", "PYTHONPATH": Code('f"{PROJECT}/runtime"')}
    return {**base, **common.environment}


def _command_keywords(operator: Operator, image: str) -> dict[str, object]:
    if operator == "docker":
        return {"image": Code(image), "command": Code("command + where")}
    if operator == "kubernetes":
        return {"image": Code(image), "cmds": Code("command + where")}
    return {"bash_command": Code("shlex.join(command + where)"), "cwd": Code('f"{PROJECT}/sources"')}


def _orders(pipeline: Pipeline, variables: dict[str, str], made: Collection[tuple[str, str]]) -> Iterable[Order]:
    """The edges that stand for themselves: not those inside of a chain, nor those `made` by arguments."""
    waits = upstream(pipeline.invocations, pipeline.controls)
    ordered = [i.id for i in pipeline.invocations]
    position = {name: number for number, name in enumerate(ordered)}
    pairs = [(up, down) for down in ordered for up in waits[down] if up in position]
    pairs = [pair for pair in pairs if variables[pair[0]] != variables[pair[1]] and pair not in made]
    pairs.sort(key=lambda pair: (position[pair[0]], position[pair[1]]))
    for chain in edges.chains((variables[up], variables[down]) for up, down in pairs):
        widest = max(range(len(chain)), key=lambda n: len(chain[n]))
        before = "".join(f"{py(_members(group))} >> " for group in chain[:widest])
        after = "".join(f" >> {py(_members(group))}" for group in chain[widest + 1 :])
        yield Order(_members(chain[widest]), before, after)


def _members(group: tuple[str, ...]) -> object:
    return Code(group[0]) if len(group) == 1 else names(*group)


def _calls(blocks: Iterable[Block]) -> Iterable[object]:
    for block in blocks:
        if block.group is not None:
            yield block.group
        yield from (task.call for task in block.tasks)
        yield from _calls(block.blocks)
