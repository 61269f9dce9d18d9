"""What of a specification's structure the open-source server doesn't run, or runs otherwise than it reads."""

from __future__ import annotations

import json
from collections.abc import Iterator

from zencompile_kubeflow.rules.specification import Dag, Place, Specification, Task, definitions, upstream
from zencompile_kubeflow.rules.table import Finding, rule


@rule("ZC0591", "schema-version", "apiserver/template/v2_template.go: NewV2SpecTemplate")
def schema_version(spec: Specification) -> Iterator[Finding]:
    """One version of the schema is known."""
    if str(spec.data.get("schemaVersion")) != "2.1.0":
        yield Place(), f"is of the schema {spec.data.get('schemaVersion')}, and the server knows 2.1.0"


@rule("ZC0591", "executor-kind", "v2/compiler/visitor.go: dfs; argocompiler/dag.go: task")
def executor_kinds(spec: Specification) -> Iterator[Finding]:
    """Custom jobs are Google Cloud's, resolvers nobody's."""
    for name, executor in spec.executors.items():
        if not {"container", "importer"} & set(executor):
            yield Place(executor=name), f"is neither a container nor an importer but {', '.join(executor)}"


@rule("ZC0591", "artifact-loop", "v2/compiler/argocompiler/dag.go: DAG; driver/resolve.go: resolveInputs")
def artifact_loops(spec: Specification) -> Iterator[Finding]:
    """Loops go over parameters alone."""
    for task in spec.tasks:
        if "artifactIterator" in task.data:
            yield task.place, "loops over artifacts, which is not implemented"


@rule("ZC0591", "conditional-importer", "v2/compiler/argocompiler/dag.go: task")
def conditional_importers(spec: Specification) -> Iterator[Finding]:
    """An importer has no driver that could decide."""
    for task in spec.importing:
        if task.condition:
            yield task.place, "is an importer with a condition"


@rule("ZC0591", "empty-dag", "v2/compiler/argocompiler/dag.go: DAG")
def empty_dags(spec: Specification) -> Iterator[Finding]:
    """A DAG needs a task that is not an exit task."""
    for dag in spec.dags.values():
        if all(task.exits for task in dag.tasks.values()):
            yield Place(dag.name), "has no task to run"


@rule("ZC0591", "skipped", "v2/compiler/argocompiler/dag.go: depends")
def skipped(spec: Specification) -> Iterator[Finding]:
    """Argo is asked for success of all that a task waits for, and what is skipped has not succeeded."""
    for task in spec.tasks if spec.conditional else ():
        for name in task.waits if not task.exits else ():
            other = task.dag.tasks.get(name)
            if other is not None and other.condition and other.condition != task.condition:
                yield task.place, f"waits for `{name}`, and never runs where the condition of that is false"


@rule("ZC0591", "exit-task", "v2/compiler/argocompiler/dag.go: DAG, iteratorTask; common.go: addExitTask")
def exit_tasks(spec: Specification) -> Iterator[Finding]:
    """An exit task is the hook of the tasks that it names, each of which has one hook at most; loops have none."""
    for dag in spec.dags.values() if spec.exiting else ():
        hooked: dict[str, str] = {}
        for task in dag.tasks.values():
            if not task.exits:
                if late := [name for name in task.waits if name in dag.tasks and dag.tasks[name].exits]:
                    yield task.place, f"waits for `{late[0]}`, which runs when all has ended"
                continue
            for name in task.waits:
                other = dag.tasks.get(name)
                if other is None or other.loops or other.imports or other.exits:
                    yield task.place, f"is to run after `{name}`, which has no hook for it"
                elif hooked.setdefault(name, task.key) != task.key:
                    yield task.place, f"is to run after `{name}` like `{hooked[name]}`, and only one of both does"
            if len(task.waits) != 1:
                yield task.place, f"is to run after {len(task.waits)} tasks, and runs once for each"


@rule(
    "ZC0591",
    "same-container",
    "v2/compiler/argocompiler/argo.go: saveComponentSpec, hashComponentContainer",
    since="2.3",
)
def same_containers(spec: Specification) -> Iterator[Finding]:
    """Components are kept by the digest of their container: two with equal ones get the interface of one."""
    first: dict[str, str] = {}
    for name, component in spec.components.items():
        container = spec.executors.get(component.get("executorLabel", ""), {}).get("container")
        if container is None:
            continue
        other = first.setdefault(json.dumps(container, sort_keys=True), name)
        if other != name and _interface(spec.components[other]) != _interface(component):
            yield (
                Place(name),
                f"runs the same container as `{other}` with another interface, and gets that of one of both",
            )


def _interface(component: dict[str, object]) -> str:
    return json.dumps({key: one for key, one in component.items() if key != "executorLabel"}, sort_keys=True)


@rule(
    "ZC0591",
    "list-into-dag",
    "v2/metadata/client.go: GetInputArtifactsByExecutionID",
    alters=True,
    help="gather the list in a step outside of the loop or the branch, and hand on what that returns",
)
def lists_into_dags(spec: Specification) -> Iterator[Finding]:
    """Of the artifacts that a DAG gets under one name, its tasks find the last."""
    for task in spec.nesting:
        for name, what in task.wanted("artifacts").items():
            if what.get("isArtifactList") and name in task.given("artifacts"):
                yield task.place, f"gives the list `{name}` to a DAG, where one artifact of it is left"


@rule("ZC0591", "one-artifact-twice", "v2/metadata/client.go: CreateExecution")
def one_artifact_twice(spec: Specification) -> Iterator[Finding]:
    """An artifact is recorded as an input of a task, step or DAG, under one name: MLMD refuses a second one."""
    for task in spec.tasks:
        seen: dict[str, str] = {}
        for name, source in task.given("artifacts").items():
            other = seen.setdefault(json.dumps(source, sort_keys=True), name)
            if other != name:
                yield (
                    task.place,
                    f"is given one artifact as `{other}` and as `{name}`, and is recorded with one of both",
                )


@rule("ZC0591", "one-of-in-loop", "v2/driver/resolve.go: GetProducerTask", since="2.14")
def one_of_in_loops(spec: Specification) -> Iterator[Finding]:
    """What an iteration's own DAG chooses from is looked for under names that iterations don't have."""
    for task in spec.looping:
        for outputs in task.component.get("dag", {}).get("outputs", {}).values():
            yield from _chosen(task, outputs)


def _chosen(task: Task, outputs: dict[str, dict[str, object]]) -> Iterator[Finding]:
    for name, output in outputs.items():
        several = output.get("artifactSelectors") or ()
        if "valueFromOneof" in output or len(several) > 1:  # type: ignore[arg-type]
            yield (
                task.place,
                f"loops over a DAG whose output `{name}` is one of several tasks' outputs, which isn't found",
            )


@rule(
    "ZC0591",
    "one-of-cached",
    "v2/driver/resolve.go: GetProducerTask; component/launcher_v2.go: Execute",
    since="2.14",
    ours=True,
)
def one_of_cached(spec: Specification) -> Iterator[Finding]:
    """A branch counts as complete when a launcher has said so, and for what is taken from the cache none runs."""
    for dag in spec.dags.values():
        outputs = dag.component["dag"].get("outputs", {})
        for name, output in (*outputs.get("parameters", {}).items(), *outputs.get("artifacts", {}).items()):
            several = output.get("valueFromOneof", {}).get("parameterSelectors") or output.get("artifactSelectors", ())
            for way in several if len(several) > 1 else ():
                arm = spec.dags.get(dag.tasks[way["producerSubtask"]].reference)
                if arm is not None and _may_be_cached(arm):
                    yield (
                        Place(dag.name),
                        f"takes `{name}` from `{way['producerSubtask']}`, whose last task may be cached",
                    )


def _may_be_cached(dag: Dag) -> bool:
    """Whether the last task of a DAG may be one that no launcher runs."""
    waited = {name for task in dag.tasks.values() for name in task.waits}
    last = [task for key, task in dag.tasks.items() if key not in waited]
    return any(
        "container" not in task.executor or task.condition or task.data.get("cachingOptions", {}).get("enableCache")
        for task in last
    )


@rule("ZC0591", "importer-in-loop", "v2/driver/resolve.go: CollectInputs", since="2.14")
def importers_in_loops(spec: Specification) -> Iterator[Finding]:
    """What loops made is collected from containers alone."""
    looped = {task.reference for task in spec.looping}
    for dag in spec.dags.values() if spec.importing else ():
        for output in dag.component["dag"].get("outputs", {}).get("artifacts", {}).values():
            for way in output.get("artifactSelectors", ()):
                producer = dag.tasks.get(way["producerSubtask"])
                if producer is not None and producer.imports and dag.name in looped:
                    yield producer.place, "imports what leaves a loop, which the server can't collect"


@rule("ZC0591", "importer-uri", "v2/component/importer_launcher.go: ImportSpecToMLMDArtifact")
def importer_uris(spec: Specification) -> Iterator[Finding]:
    """The URI is a constant, or a parameter of the DAG that holds the task."""
    for task in spec.importing:
        importer = task.executor["importer"]
        runtime = importer.get("artifactUri", {}).get("runtimeParameter")
        source = task.given("parameters").get(runtime or "", {})
        if not importer.get("artifactUri", {}).get("constant") and upstream(source):
            yield task.place, "imports from a URI that another task gives"
        if len(definitions(task.component, "outputDefinitions", "artifacts")) != 1:
            yield task.place, "imports into other than one output"
