"""What fits: arguments of drivers and steps, and the object that Kubernetes keeps of a run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from zencompile_kubeflow.lengths import MOST, of_json
from zencompile_kubeflow.rules.specification import Place, Specification, Task
from zencompile_kubeflow.rules.table import Finding, rule

Json = Any

ARGUMENT = 128 * 1024  # Linux: MAX_ARG_STRLEN, the terminating zero included
COMMAND_LINE = 2 * 1024 * 1024  # Linux: ARG_MAX, a quarter of the usual stack
_MARGIN = 4 * 1024  # what the server writes beside it: names of the run, addresses
_SHORT = 1024  # a text whose escapes don't matter
_ARTIFACT = 400  # an artifact in --executor_input: uri, type, metadata


@rule("ZC0592", "argument", "v2/compiler/argocompiler/dag.go: dagDriverTask; container.go: containerDriverTask")
def arguments(spec: Specification) -> Iterator[Finding]:
    """Each component, task and container is one argument of a driver."""
    for name, component in spec.everything.items():
        if "dag" not in component:
            yield from _too_large(Place(name), of_json(component), "component")
    for task in spec.tasks:
        yield from _too_large(task.place, _of_task(task), "task")
    for place, container in spec.containers():
        yield from _too_large(place, of_json(container), "container")
    for name, settings in spec.pods.items():
        yield from _too_large(Place(executor=name), of_json(settings), "set of a pod's settings")


@rule(
    "ZC0592",
    "dag-size",
    "v2/compiler/argocompiler/dag.go: DAG, dagDriverTask",
    warns=True,
    help="put steps together in pipelines that this one calls: each is a DAG of its own",
)
def dag_sizes(spec: Specification) -> Iterator[Finding]:
    """The component of a DAG is one argument, too, with all tasks in it, if not with those of DAGs in it."""
    for name, dag in spec.dags.items():
        about = sum(_about(task) for task in dag.tasks.values())
        if about > ARGUMENT // MOST:  # else it fits, whatever stands around
            found = about if about > 2 * ARGUMENT else of_json(dag.component)
            yield from _too_large(Place(name), found, f"DAG of {len(dag.tasks):,} tasks")


def _of_task(task: Task) -> int:
    return _about(task) if _about(task) < ARGUMENT // MOST else of_json(task.data)


def _about(task: Task) -> int:
    """Bytes of a task, counted in a quick way: texts are written otherwise, but hardly longer."""
    if task.size < 0:
        task.size = len(repr(task.data))
    return task.size


def _too_large(place: Place, found: int, kind: str) -> Iterator[Finding]:
    if found >= ARGUMENT:
        limit = f"handed on in one argument, of {ARGUMENT // 1024} KiB at most"
        yield place, f"is a {kind} and of about {found // 1000:,} kB: it is {limit}"


@rule(
    "ZC0592",
    "step-command",
    "v2/driver/driver.go: initPodSpecPatch; component/launcher_v2.go: compileCmdAndArgs",
)
def commands(spec: Specification) -> Iterator[Finding]:
    """What a step is given is written into its executor input, which is one argument and may stand in others."""
    words = {}
    for place, container in spec.containers():
        words[place.executor] = [*container.get("command", ()), *container.get("args", ())]
        yield from _words(place, words[place.executor], container)
    for task in spec.tasks:
        found = _executor_input(task) if "container" in task.executor else 0
        if found >= ARGUMENT:
            yield (
                task.place,
                f"is given {found} bytes of values, and Linux takes no argument of more than {ARGUMENT - 1}",
            )


def _words(place: Place, words: list[str], container: Json) -> Iterator[Finding]:
    sizes = [len(word.encode("utf-8", "surrogatepass")) for word in words]
    variables = [of_json(entry) for entry in container.get("env", ())]
    if sum(sizes) + sum(variables) + _MARGIN >= COMMAND_LINE:
        yield place, f"has a command of {sum(sizes)} bytes, and Linux takes {COMMAND_LINE} with all variables"


def _executor_input(task: Task) -> int:
    """The constants of a task, with room for what else a run writes there."""
    found = 0
    for source in task.given("parameters").values():
        constant = source["runtimeValue"].get("constant") if "runtimeValue" in source else None
        found += 2 * len(constant) if isinstance(constant, str) and len(constant) < _SHORT else of_json(constant)
    return found + _ARTIFACT * len(task.given("artifacts"))
