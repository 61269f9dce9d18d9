"""What is too long for Kubeflow: arguments of processes, parameters of a run, a whole workflow.

Linux takes no single argument of 128 KiB or more (`MAX_ARG_STRLEN` in `execve(2)`). The server hands on in one argument
each: a task, its component and its container, to the driver (kubeflow/pipelines, `v2/compiler/argocompiler/dag.go` and
`container.go`), all inputs of a step, to the launcher and to the step (`v2/driver/driver.go`, `initPodSpecPatch`), and
all parameters of a run (`argocompiler/dag.go`, `addDAGDriverTemplate`). Long values of calls travel as files in the
step's image; the rest is reported where it stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from zencompile.diagnostics import Report
from zencompile.ir import Invocation, Pipeline, long_values
from zencompile_kubeflow.lengths import of_json
from zencompile_kubeflow.model import Component, Constant, Executor, ParameterInput, PipelineModel, Task
from zencompile_kubeflow.pods.given import POD, Places

Json = Any

ONE = 128 * 1024 - 1
"""Bytes of an argument or a variable, without the zero that ends it."""

GIVEN = 10_000
"""Bytes of all parameters that a run is given, unless the server is told otherwise (`apiserver/server/api_util.go`)."""

WHOLE = 1_500_000
"""Bytes of a workflow: what etcd takes in one request."""

_ARTIFACT = 440  # of an input artifact besides its name: its place, and what the runtime says of it (about the least)
_TASK = 700  # of a task in a workflow besides what the pipeline says


class Told(NamedTuple):
    """A part of what the server hands on: what it is in the words of users, its size, and where it was written."""

    what: str
    size: int
    name: str = ""


def relieved(pipeline: Pipeline) -> Pipeline:
    """The pipeline with its long values in files, where steps run in images that are built of them."""
    if not any(step.values for step in pipeline.steps.values()):
        return pipeline
    built = {key for key, image in pipeline.images.items() if image.build}
    calls = (long_values.relieved(pipeline, i) if i.image in built else i for i in pipeline.invocations)
    return pipeline.model_copy(update={"invocations": tuple(calls)})


def check(pipeline: Pipeline, model: PipelineModel, tasks: Mapping[str, str], report: Report) -> None:
    """Report what is too long for a process or a cluster; `tasks` are the tasks of the invocations."""
    dags = [one.dag for one in (model.root, *model.components) if one.dag is not None]
    by_name = {task.name: task for dag in dags for task in dag.tasks}
    components = {one.name: one for one in model.components}
    executors = {one.name: one for one in model.executors}
    for invocation in pipeline.invocations:
        task = by_name[tasks[invocation.id]]
        component = components[task.component]
        if not _check_task(invocation, task, component, report):
            _check_executor(invocation, executors[component.executor], report)
            _check_pod(pipeline, invocation, executors[component.executor].kubernetes, report)
    _check_defaults(pipeline, model.root.parameters, report)


def _check_task(invocation: Invocation, task: Task, component: Component, report: Report) -> bool:
    """Report a task whose inputs are too long; whether it is."""
    count = f"{len(task.artifacts):,} artifacts"
    values = [Told(f"the value of `{name}`", of_json(s.value), name) for name, s in _constants(task)]
    given = Told(count, sum(len(name) + _ARTIFACT for name in task.artifacts))
    wiring = sum(len(name) + 90 for name in task.parameters) + sum(2 * len(name) + 130 for name in task.artifacts)
    wiring += sum(len(name) + 4 for name in task.after)
    inputs = len(component.parameters) + len(component.artifacts)
    definitions = 90 * inputs + sum(len(name) for name in (*task.parameters, *task.artifacts))
    return (
        _refused(invocation, [*values, given], "all inputs of a step", report)
        or _refused(invocation, [*values, Told(count, wiring)], "a task", report)
        or _refused(invocation, [Told(f"{inputs:,} inputs", definitions)], "a component", report)
    )


def _check_executor(invocation: Invocation, executor: Executor, report: Report) -> None:
    flags = [_flag(word) for word in executor.arguments if len(word) > 64]
    variables = [Told(f"the variable `{name}`", len(name) + 1 + of_json(t)) for name, t in executor.variables.items()]
    _refused(invocation, [*flags, *variables], "what a step runs", report)


_PARTS = {
    "secretAsVolume": ("the secrets that are mounted", "volume_mounts"),
    "secretAsEnv": ("the variables from secrets", "env"),
    "configMapAsEnv": ("the variables from config maps", "env"),
    "labels": ("the labels", "labels"),
    "annotations": ("the annotations", "annotations"),
}


def _check_pod(pipeline: Pipeline, invocation: Invocation, settings: Mapping[str, Json], report: Report) -> None:
    """Report settings of a pod that are too long for their driver."""
    size = of_json(settings)
    if size <= ONE:
        return
    parts = {**settings, **settings.get("podMetadata", {})}
    parts.pop("podMetadata", None)
    longest = max(parts, key=lambda name: of_json(parts[name]))
    what, written = _PARTS.get(longest, (f"those of `{longest}`", longest))
    report.error(
        "ZC0580",
        f"the settings of the pod of `{invocation.id}` are too long for Kubeflow: {size:,} bytes",
        Places(invocation, pipeline).anywhere((POD, written)),
        label=f"the longest are {what}",
        notes=f"KFP hands them on in one argument, and Linux starts no process with one of more than {ONE:,} bytes",
        helps="let the step read what is long from a file, and many secrets as keys of a few",
    )


def _check_defaults(pipeline: Pipeline, inputs: Iterable[ParameterInput], report: Report) -> None:
    """Report defaults of parameters that are too long to be handed on when a run starts."""
    sizes = {one.name: len(one.name) + of_json(one.default) for one in inputs if one.default is not None}
    total = sum(sizes.values())
    if total <= GIVEN:
        return
    name = max(sizes, key=lambda one: sizes[one])
    span = next((p.span for p in pipeline.parameters if p.name == name), None) or pipeline.span
    helps = "make it a constant that is handed to the step, or let the step read a file"
    if total > ONE // 2:
        report.error(
            "ZC0580",
            f"the defaults of the parameters of `{pipeline.name}` are too long for Kubeflow: {total:,} bytes",
            span,
            notes=f"they reach their steps by command lines; Linux takes no argument of more than {ONE:,} bytes",
            helps=helps,
        )
        return
    report.warning(
        "ZC0581",
        f"runs of `{pipeline.name}` can't be given the defaults of their parameters: {total:,} bytes",
        span,
        notes=f"a server takes {GIVEN:,} bytes of parameters; its page and a recurring run send all, defaults, too",
        helps=helps,
    )


def check_whole(pipeline: Pipeline, text: str, report: Report) -> None:
    """Report a pipeline whose file is too long for a cluster."""
    size = _bytes(text) + _TASK * len(pipeline.invocations)
    if size > WHOLE:
        report.warning(
            "ZC0582",
            f"`{pipeline.name}` is too long for most clusters: about {size:,} bytes as a workflow",
            pipeline.span,
            notes=f"a cluster keeps a workflow in etcd, which takes {WHOLE:,} bytes unless it is told otherwise",
            helps="split it into several pipelines, or map a step over a list",
        )


def _refused(invocation: Invocation, parts: list[Told], what: str, report: Report) -> bool:
    """Report the longest of some parts that are too long together; whether they are."""
    size = sum(part.size for part in parts)
    if size <= ONE:
        return False
    part = max(parts, key=lambda one: one.size)
    value = invocation.inputs.get(part.name)
    several = part.what.endswith(("artifacts", "inputs"))
    report.error(
        "ZC0580",
        f"{part.what} {'are' if several else 'is'} more than Kubeflow can hand to `{invocation.id}`: "
        f"{'about ' if several else ''}{size:,} bytes in one argument",
        getattr(value, "span", None) or invocation.span,
        notes=f"KFP hands on {what} in one argument, and Linux starts no process with one of more than {ONE:,} bytes",
        helps=(
            "gather them in several steps, and what these give in another one"
            if several
            else "let the step read it from a file of the project, or from a constant of a module that it imports"
        ),
    )
    return True


def _constants(task: Task) -> Iterable[tuple[str, Constant]]:
    return ((name, source) for name, source in task.parameters.items() if isinstance(source, Constant))


_FLAGS = {"input": "the value of `{}`", "external": "the value of `{}`", "variable": "the variable `{}`"}


def _flag(word: str) -> Told:
    """What a flag of the runtime says. Quotes in it are escaped where it stands in JSON."""
    flag, _, rest = word.removeprefix("--").partition("=")
    name = rest.partition("=")[0] if flag in _FLAGS else flag
    return Told(_FLAGS.get(flag, "`{}`").format(name), of_json(word), name if flag in _FLAGS else "")


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
