"""References: every name that a specification uses is that of something, and what it joins fits.

The server finds most of it when a run has begun; KFP's loader, and its local runner, accept more.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from zencompile_kubeflow.rules.specification import PLACEHOLDER, Dag, Place, Specification, Task, definitions, upstream
from zencompile_kubeflow.rules.table import Finding, rule

Json = Any


@rule("ZC0529", "component", "v2/compiler/visitor.go: dfs")
def components(spec: Specification) -> Iterator[Finding]:
    """Tasks run components, which have executors or DAGs."""
    for task in spec.tasks:
        if task.reference not in spec.components:
            yield task.place, f"runs the component `{task.reference}`, which does not exist"
    for name, component in spec.everything.items():
        if "dag" not in component and component.get("executorLabel") not in spec.executors:
            yield Place(name), f"names the executor `{component.get('executorLabel')}`, which does not exist"
    for name in spec.pods:
        if name not in spec.executors:
            yield Place(), f"has settings of the executor `{name}`, which does not exist"


@rule("ZC0529", "unused", "none: nothing runs it", ours=True)
def unused(spec: Specification) -> Iterator[Finding]:
    """What no task runs is left over from something."""
    used = {task.reference for task in spec.tasks}
    yield from ((Place(name), "is run by no task") for name in spec.components if name not in used)
    labels = {component.get("executorLabel") for component in spec.components.values()}
    yield from ((Place(executor=name), "is used by no component") for name in spec.executors if name not in labels)


@rule("ZC0529", "pipeline-component", "sdk/python/kfp/dsl/structures.py: ComponentSpec.from_ir_dicts", ours=True)
def pipeline_component(spec: Specification) -> Iterator[Finding]:
    """The SDK takes the inputs of a component that is called like the pipeline for those of the pipeline."""
    component = spec.components.get(f"comp-{spec.name}", spec.data["root"])
    if component.get("inputDefinitions") != spec.data["root"].get("inputDefinitions"):
        yield Place(f"comp-{spec.name}"), "is called like the pipeline, whose inputs the SDK would take from it"


@rule(
    "ZC0529",
    "producer",
    "v2/compiler/argocompiler/dag.go: addImplicitDependencies; argo validate.go: validateDAG",
)
def producers(spec: Specification) -> Iterator[Finding]:
    """What a task waits for and reads is in its DAG."""
    for task in spec.tasks:
        for name in task.waits:
            if name not in task.dag.tasks:
                yield task.place, f"waits for `{name}`, which does not exist"


@rule("ZC0529", "waits-for-producer", "sdk/python/kfp/local/graph_utils.py: build_adjacency_list", ours=True)
def waits_for_producers(spec: Specification) -> Iterator[Finding]:
    """The SDK's local runner orders tasks by `dependentTasks` alone."""
    for task in spec.tasks:
        for name in task.waits:
            if name not in task.data.get("dependentTasks", ()):
                yield task.place, f"takes something from `{name}` and does not wait for it"


@rule("ZC0529", "cycle", "argo validate.go: validateDAG, sortDAGTasks")
def cycles(spec: Specification) -> Iterator[Finding]:
    """Tasks that wait for themselves, by Kahn's algorithm."""
    for dag in spec.dags.values():
        waits = {key: [name for name in task.waits if name in dag.tasks] for key, task in dag.tasks.items()}
        followers: dict[str, list[str]] = {key: [] for key in waits}
        for key, names in waits.items():
            for name in names:
                followers[name].append(key)
        left = {key: len(names) for key, names in waits.items()}
        ready = [key for key, count in left.items() if not count]
        for key in ready:  # grows while it is walked
            for follower in followers[key]:
                left[follower] -= 1
                if not left[follower]:
                    ready.append(follower)
        if stuck := sorted(set(waits) - set(ready)):
            yield Place(dag.name), f"has tasks that wait for each other: {', '.join(stuck)}"


@rule("ZC0529", "input", "v2/driver/resolve.go: resolveInputParameter, resolveInputArtifact")
def inputs(spec: Specification) -> Iterator[Finding]:
    """What a task is given are inputs of its component, from outputs of tasks or inputs of the DAG that there are."""
    for task in spec.tasks:
        if task.reference not in spec.components:
            continue
        for kind in ("parameters", "artifacts"):
            for name, source in task.given(kind).items():
                if problem := _dangling(task, source, kind):
                    yield task.place, f"takes `{name}` {problem}"


@rule("ZC0529", "surplus-input", "none: the server ignores it", ours=True)
def surplus_inputs(spec: Specification) -> Iterator[Finding]:
    """What a task gives, its component takes."""
    for task in spec.tasks:
        for kind in ("parameters", "artifacts") if task.reference in spec.components else ():
            wanted = task.wanted(kind)
            for name in task.given(kind):
                if name not in wanted:
                    yield task.place, f"gives the input `{name}`, which its component does not have"


def _dangling(task: Task, source: Json, kind: str) -> str:
    output = upstream(source)
    entering = source.get("componentInputParameter") or source.get("componentInputArtifact")
    if output:
        producer = task.dag.tasks.get(output["producerTask"])
        key = output.get("outputParameterKey") or output.get("outputArtifactKey")
        if producer is not None and key not in definitions(producer.component, "outputDefinitions", kind):
            return f"from `{producer.key}`, which has no output `{key}`"
    elif entering and entering not in definitions(task.dag.component, "inputDefinitions", kind):
        return f"from the input `{entering}` of its DAG, which does not exist"
    return ""


@rule("ZC0529", "artifact-type", "sdk/python/kfp/dsl/types/type_utils.py: verify_type_compatibility")
def artifact_types(spec: Specification) -> Iterator[Finding]:
    """Artifacts have the type of the input, and are one or a list as that is."""
    for task in spec.tasks:
        for name, source in task.given("artifacts").items():
            wanted, given = task.wanted("artifacts").get(name), _given_artifact(task, source)
            if wanted is None or given is None:
                continue
            if given.get("isArtifactList", False) != wanted.get("isArtifactList", False):
                yield task.place, f"gives `{name}` a list for one artifact, or one for a list"
            one, other = (kind.get("artifactType", {}).get("schemaTitle") for kind in (given, wanted))
            if one != other and "system.Artifact" not in (one, other):
                yield task.place, f"gives `{name}` {one} for {other}"


def _given_artifact(task: Task, source: Json) -> Json:
    output = upstream(source)
    if not output:
        return definitions(task.dag.component, "inputDefinitions", "artifacts").get(
            source.get("componentInputArtifact")
        )
    producer = task.dag.tasks.get(output["producerTask"])
    made = definitions(producer.component, "outputDefinitions", "artifacts") if producer else {}
    return made.get(output["outputArtifactKey"])


@rule("ZC0529", "loop-input", "v2/driver/dag.go: DAG; resolve.go: resolveInputs")
def loop_inputs(spec: Specification) -> Iterator[Finding]:
    """A loop goes over an input of its task and fills one of its component."""
    for task in spec.looping:
        iterator = task.data["parameterIterator"]
        if task.reference not in spec.components:
            continue
        if iterator["itemInput"] not in task.wanted("parameters"):
            yield task.place, f"loops into `{iterator['itemInput']}`, which its component does not have"
        items = iterator["items"].get("inputParameter")
        if items is not None and items not in task.given("parameters"):
            yield task.place, f"loops over `{items}`, which it does not get"


@rule("ZC0529", "final-status", "v2/driver/resolve.go: resolveInputParameter")
def final_statuses(spec: Specification) -> Iterator[Finding]:
    """The status that a task is given is that of the task that it comes after."""
    for task in spec.tasks:
        for name, source in task.given("parameters").items():
            status = source.get("taskFinalStatus")
            if status and status.get("producerTask") not in task.data.get("dependentTasks", ()):
                yield (
                    task.place,
                    f"takes `{name}`, the state of `{status.get('producerTask')}`, and does not come after it",
                )


@rule("ZC0529", "dag-output", "v2/driver/resolve.go: GetProducerTask")
def dag_outputs(spec: Specification) -> Iterator[Finding]:
    """The outputs of a DAG are those that its component declares, and come from outputs of its tasks."""
    for dag in spec.dags.values():
        for kind in ("parameters", "artifacts"):
            given = dag.component["dag"].get("outputs", {}).get(kind, {})
            if set(given) != set(definitions(dag.component, "outputDefinitions", kind)):
                yield Place(dag.name), f"declares other {kind} as outputs than its DAG gives"
            for name, output in given.items():
                yield from _selected(dag, name, output, kind)


def _selected(dag: Dag, name: str, output: Json, kind: str) -> Iterator[Finding]:
    ways = output.get("artifactSelectors") or output.get("valueFromOneof", {}).get("parameterSelectors")
    for way in ways or [output.get("valueFromParameter", {})]:
        producer = dag.tasks.get(way.get("producerSubtask", ""))
        key = way.get("outputArtifactKey") or way.get("outputParameterKey")
        if producer is None or key not in definitions(producer.component, "outputDefinitions", kind):
            yield Place(dag.name), f"has the output `{name}` from an output that does not exist"


@rule("ZC0529", "placeholder-input", "v2/driver/util.go: resolveSinglePlaceholder", since="2.17")
def placeholder_inputs(spec: Specification) -> Iterator[Finding]:
    """Placeholders name inputs of the component."""
    for name, component in spec.components.items():
        container = spec.executors.get(component.get("executorLabel", ""), {}).get("container", {})
        known = definitions(component, "inputDefinitions", "parameters")
        for word in (*container.get("command", ()), *container.get("args", ())):
            for read in PLACEHOLDER.findall(word) if "{{$." in word else ():
                if read not in known:
                    yield Place(name), f"reads the input `{read}` in an argument, which it does not have"
