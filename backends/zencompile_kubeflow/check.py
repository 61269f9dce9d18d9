"""Checks that every reference in a PipelineSpec resolves and that types agree. KFP's loader accepts dangling ones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

Json = Any

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,127}")
_READS = re.compile(r"inputs\.parameter_values\['([^']*)'\]")
_PLACEHOLDER = re.compile(r"\{\{\$\.inputs\.parameters\['([^']*)'\]\}\}")
_TYPES = {"BOOLEAN": bool, "STRING": str, "LIST": list, "STRUCT": dict, "NUMBER_INTEGER": int, "NUMBER_DOUBLE": float}


def problems(documents: list[dict[str, Json]]) -> Iterator[str]:
    """What is wrong with a file's documents, a sentence each; nothing if all is well."""
    spec = documents[0]
    components, executors = spec.get("components", {}), spec["deploymentSpec"]["executors"]
    if not _NAME.fullmatch(spec["pipelineInfo"]["name"]):
        yield f"`{spec['pipelineInfo']['name']}` is no name of a pipeline"
    if f"comp-{spec['pipelineInfo']['name']}" in components:
        yield "a component is called like the pipeline, whose inputs the SDK would then take from it"
    used: set[str] = set()
    for name, component in {"": spec["root"], **components}.items():
        where = f"component `{name}`" if name else "the root"
        if "dag" in component:
            yield from _dag(where, component, components, used)
        elif component.get("executorLabel") not in executors:
            yield f"{where} names the executor `{component.get('executorLabel')}`, which does not exist"
        else:
            container = executors[component["executorLabel"]]["container"]
            yield from _placeholders(where, container, component)
    yield from (f"no task runs component `{name}`" for name in components if name not in used)
    labels = {c.get("executorLabel") for c in components.values()}
    yield from (f"no component uses the executor `{name}`" for name in executors if name not in labels)
    for platform in documents[1]["platforms"].values() if len(documents) > 1 else ():
        for name in platform["deploymentSpec"]["executors"]:
            if name not in executors:
                yield f"the platform names the executor `{name}`, which does not exist"


def _placeholders(where: str, container: Json, component: Json) -> Iterator[str]:
    inputs = component.get("inputDefinitions", {}).get("parameters", {})
    for argument in container.get("args", ()):
        for name in _PLACEHOLDER.findall(argument):
            if name not in inputs:
                yield f"an argument of {where} reads the input `{name}`, which it does not have"


def _dag(where: str, component: Json, components: Json, used: set[str]) -> Iterator[str]:
    tasks = component["dag"].get("tasks", {})
    for name, task in tasks.items():
        reference = task["componentRef"]["name"]
        if reference not in components:
            yield f"task `{name}` of {where} runs the component `{reference}`, which does not exist"
            continue
        used.add(reference)
        yield from _Task(f"task `{name}` of {where}", task, components[reference], component, components).problems()
    yield from _cycles(where, tasks)
    yield from _outputs(where, component, components)


@dataclass(frozen=True)
class _Task:
    where: str
    task: Json
    component: Json
    parent: Json
    components: Json

    def problems(self) -> Iterator[str]:
        """What is wrong with one task of a DAG."""
        item = self.task.get("parameterIterator", {}).get("itemInput")
        siblings = self.parent["dag"]["tasks"]
        for name in self.task.get("dependentTasks", ()):
            if name not in siblings:
                yield f"{self.where} waits for `{name}`, which does not exist"
        for kind in ("parameters", "artifacts"):
            wanted = _definitions(self.component, "inputDefinitions", kind)
            given = self.task.get("inputs", {}).get(kind, {})
            for name in wanted:
                if name not in given and name != item and not wanted[name].get("isOptional"):
                    yield f"{self.where} does not give the input `{name}`"
            for name, source in given.items():
                if name not in wanted:
                    yield f"{self.where} gives the input `{name}`, which its component does not have"
                else:
                    yield from self._source(name, source, wanted[name], kind)
        yield from self._control(item)

    def _source(self, name: str, source: Json, wanted: Json, kind: str) -> Iterator[str]:
        upstream = source.get("taskOutputParameter") or source.get("taskOutputArtifact")
        entering = source.get("componentInputParameter") or source.get("componentInputArtifact")
        if upstream:
            yield from self._upstream(name, upstream, wanted, kind)
        elif entering:
            given = _definitions(self.parent, "inputDefinitions", kind).get(entering)
            if given is None:
                yield f"{self.where} takes `{name}` from the input `{entering}` of its DAG, which does not exist"
            else:
                yield from self._agree(name, given, wanted)
        elif "taskFinalStatus" in source:
            if source["taskFinalStatus"]["producerTask"] not in self.task.get("dependentTasks", ()):
                yield f"{self.where} takes the state of a task that it does not come after"
        else:
            constant = source["runtimeValue"]["constant"]
            python = _TYPES[wanted["parameterType"]]
            if not isinstance(constant, (int, float) if python is float else python) or (
                isinstance(constant, bool) and python is not bool
            ):
                yield f"{self.where} gives `{name}` {constant!r}, which is no {wanted['parameterType']}"

    def _upstream(self, name: str, upstream: Json, wanted: Json, kind: str) -> Iterator[str]:
        producer = self.parent["dag"]["tasks"].get(upstream["producerTask"])
        key = upstream.get("outputParameterKey") or upstream.get("outputArtifactKey")
        if producer is None:
            yield f"{self.where} takes `{name}` from `{upstream['producerTask']}`, which does not exist"
            return
        component = self.components.get(producer["componentRef"]["name"], {})
        made = _definitions(component, "outputDefinitions", kind).get(key)
        if made is None:
            yield f"{self.where} takes `{name}` from `{upstream['producerTask']}`, which has no output `{key}`"
            return
        if upstream["producerTask"] not in self.task.get("dependentTasks", ()):
            yield f"{self.where} takes `{name}` from `{upstream['producerTask']}` and does not wait for it"
        yield from self._agree(name, made, wanted)

    def _agree(self, name: str, given: Json, wanted: Json) -> Iterator[str]:
        if "parameterType" in wanted:
            one, other = given.get("parameterType"), wanted["parameterType"]
        else:
            one, other = (kind.get("artifactType", {}).get("schemaTitle") for kind in (given, wanted))
            if given.get("isArtifactList", False) != wanted.get("isArtifactList", False):
                yield f"{self.where} gives `{name}` a list for one artifact, or one for a list"
        if one != other and other != "system.Artifact":
            yield f"{self.where} gives `{name}` {one} for {other}"

    def _control(self, item: str | None) -> Iterator[str]:
        own = self.task.get("inputs", {}).get("parameters", {})
        for name in _READS.findall(self.task.get("triggerPolicy", {}).get("condition", "")):
            if name not in own:
                yield f"the condition of {self.where} reads `{name}`, which it does not get"
        if item is None:
            return
        if item not in _definitions(self.component, "inputDefinitions", "parameters"):
            yield f"the loop of {self.where} fills `{item}`, which its component does not have"
        items = self.task["parameterIterator"]["items"].get("inputParameter")
        if items is not None and items not in own:
            yield f"the loop of {self.where} goes over `{items}`, which it does not get"


def _definitions(component: Json, side: str, kind: str) -> dict[str, Json]:
    found: dict[str, Json] = component.get(side, {}).get(kind, {})
    return found


def _outputs(where: str, component: Json, components: Json) -> Iterator[str]:
    given = component["dag"].get("outputs", {})
    for kind in ("parameters", "artifacts"):
        if set(given.get(kind, {})) != set(_definitions(component, "outputDefinitions", kind)):
            yield f"{where} declares other outputs than its DAG gives"
        for name, output in given.get(kind, {}).items():
            for producer, key in _selected(output):
                task = component["dag"]["tasks"].get(producer)
                made = components.get(task["componentRef"]["name"], {}) if task else {}
                if key not in _definitions(made, "outputDefinitions", kind):
                    yield f"the output `{name}` of {where} comes from an output that does not exist"


def _selected(output: Json) -> Iterator[tuple[str, str]]:
    """The tasks and their outputs that an output of a DAG may be."""
    for selector in output.get("artifactSelectors", ()):
        yield selector["producerSubtask"], selector["outputArtifactKey"]
    parameter = output.get("valueFromParameter")
    if parameter:
        yield parameter["producerSubtask"], parameter["outputParameterKey"]


def _cycles(where: str, tasks: Json) -> Iterator[str]:
    """Tasks that wait for themselves, by Kahn's algorithm."""
    waits = {name: {t for t in task.get("dependentTasks", ()) if t in tasks} for name, task in tasks.items()}
    followers: dict[str, list[str]] = {name: [] for name in tasks}
    for name, upstream in waits.items():
        for other in upstream:
            followers[other].append(name)
    ready: list[str] = [name for name, upstream in waits.items() if not upstream]
    left = {name: len(upstream) for name, upstream in waits.items()}
    done: Iterable[str] = ready
    for name in ready:  # grows while it is walked
        for follower in followers[name]:
            left[follower] -= 1
            if not left[follower]:
                ready.append(follower)
    stuck = sorted(set(tasks) - set(done))
    if stuck:
        yield f"tasks of {where} wait for each other: {', '.join(stuck)}"
