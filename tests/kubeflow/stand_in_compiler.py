"""What the API server refuses of a pipeline before anything runs, and what it makes of the rest, as KFP 2.17 does it.

backend/src/apiserver/template/v2_template.go (`NewV2SpecTemplate`, `validatePipelineJobInputs`),
backend/src/v2/compiler (`Accept`, and argocompiler's `Compile`, `DAG`, `task`, `iteratorTask`, `addTemplate`,
`saveComponentSpec`), and Argo's own validation of names and dependencies (argo-workflows v4,
workflow/validate/validate.go).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from stand_in_pods import json_text, protobuf

Json = Any
Value = Any
EXIT = "ALL_UPSTREAM_TASKS_COMPLETED"
LONGEST_NAME = 128
_PIPELINE = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_FIELD = re.compile(r"[a-zA-Z0-9][-a-zA-Z0-9]*")
_KINDS = {"STRING": str, "BOOLEAN": bool, "LIST": list, "STRUCT": dict, "NUMBER_INTEGER": float, "NUMBER_DOUBLE": float}


class Refused(Exception):
    """The server takes no such pipeline, or doesn't start a run of it."""


def is_exit(task: Json) -> bool:
    """Whether a task runs when another one has ended, however it did."""
    return bool(task.get("triggerPolicy", {}).get("strategy") == EXIT)


def condition_of(task: Json) -> str:
    """The condition of a task, or nothing."""
    found: str = task.get("triggerPolicy", {}).get("condition", "")
    return found


def waits(task: Json) -> set[str]:
    """`addImplicitDependencies`: the tasks that a task depends on."""
    given = [source for kind in task.get("inputs", {}).values() for source in kind.values()]
    outputs = [source.get("taskOutputParameter") or source.get("taskOutputArtifact") for source in given]
    return {*task.get("dependentTasks", ()), *(output["producerTask"] for output in outputs if output)}


def run_parameters(root: Json, given: Mapping[str, Json]) -> dict[str, Value]:
    """The values that a run starts with; Refused where one has another type, is missing or is none of the pipeline."""
    wanted = root.get("inputDefinitions", {}).get("parameters", {})
    if extra := set(given) - set(wanted):
        raise Refused(f"parameter(s) provided are not required by pipeline: {', '.join(sorted(extra))}")
    found = {}
    for name, what in wanted.items():
        if name in given:
            value = protobuf(given[name])
            if not isinstance(value, _KINDS[what["parameterType"]]):
                raise Refused(f"input parameter {name} requires type {what['parameterType']}")
            literal(name, value, what)
            found[name] = value
        elif "defaultValue" in what:
            found[name] = protobuf(what["defaultValue"])
        elif what.get("isOptional"):
            found[name] = None
        else:
            raise Refused(f"parameter {name} is not optional, yet has neither default value nor user provided value")
    return found


# What the expression of `depends` takes for no task (argo dag.go: evaluateDependsLogic; expr-lang's lexer and parser).
EXPRESSION_WORDS = {"and", "or", "not", "in", "matches", "contains", "startsWith", "endsWith", "let", "if", "else"}
EXPRESSION_WORDS |= {"true", "false", "nil"}


def literal(name: str, value: Value, what: Json) -> None:
    """`ValidateLiteralParameter`."""
    allowed = [protobuf(one) for one in what.get("literals", ())]
    if allowed and value not in allowed:
        raise Refused(f"input parameter {name}: {value!r} is none of {allowed}")


@dataclass
class Workflow:
    """A pipeline that was taken. `components` are those that the drivers get, which need not be those of the file."""

    spec: Json
    platform: Json
    components: dict[str, Json] = field(default_factory=dict)
    retries: dict[int, Json] = field(default_factory=dict)  # by id() of the task
    templates: set[str] = field(default_factory=set)
    by_container: dict[str, Json] = field(default_factory=dict)

    @property
    def executors(self) -> dict[str, Json]:
        found: dict[str, Json] = self.spec.get("deploymentSpec", {}).get("executors", {})
        return found

    def container(self, component: str) -> Json:
        """The container of a component, an importer too, or None for a DAG."""
        label = self.spec["components"][component].get("executorLabel")
        return self.executors[label] if label else None


def compiled(documents: list[Json]) -> Workflow:
    """The workflow of a file's documents; Refused where the server would."""
    specs = [one for one in documents if one and "platforms" not in one]
    if len(specs) != 1:
        raise Refused(f"{len(specs)} pipeline specs provided")
    spec = specs[0]
    name = spec.get("pipelineInfo", {}).get("name", "")
    if str(spec.get("schemaVersion")) != "2.1.0" or not _PIPELINE.search(name) or len(name) > LONGEST_NAME:
        raise Refused(f"invalid v2 pipeline spec: version {spec.get('schemaVersion')}, name {name!r}")
    platforms = [one["platforms"].get("kubernetes", {}) for one in documents if one and "platforms" in one]
    made = Workflow(spec, platforms[0].get("deploymentSpec", {}).get("executors", {}) if platforms else {})
    _Visitor(made).visit("root", spec["root"], None)
    return made


class _Visitor:
    def __init__(self, made: Workflow) -> None:
        self.made = made

    def visit(self, name: str, component: Json, task: Json | None) -> None:
        """`Accept`: what a DAG consists of comes before the DAG."""
        if name in self.made.components:
            return
        self.made.components[name] = component
        label = component.get("executorLabel")
        if label:
            self._executor(name, label, component)
            return
        if "dag" not in component:
            raise Refused(f"unknown component implementation: {name}")
        for key, inner in sorted(component["dag"].get("tasks", {}).items()):
            reference = inner.get("componentRef", {}).get("name", "")
            if reference not in self.made.spec.get("components", {}):
                raise Refused(f"cannot find component ref name={reference!r} of {key}")
            retry = inner.get("retryPolicy") or (self.made.retries.get(id(task)) if task else None)
            if retry:
                self.made.retries.setdefault(id(inner), retry)
            self.visit(reference, self.made.spec["components"][reference], inner)
        self._dag(name, component["dag"].get("tasks", {}))

    def _executor(self, name: str, label: str, component: Json) -> None:
        executor = self.made.executors.get(label)
        if executor is None or not {"container", "importer"} & set(executor):
            raise Refused(f"executor(label={label!r}) not found, or neither container nor importer")
        if "container" in executor:  # hashComponentContainer: the first component with these words and image counts
            digest = json.dumps(executor["container"], sort_keys=True)
            self.made.components[name] = self.made.by_container.setdefault(digest, component)

    def _dag(self, name: str, tasks: Json) -> None:
        inner = {key: task for key, task in tasks.items() if not is_exit(task)}
        if not inner:
            raise Refused(f"DAG {name} must contain one or more non-exit tasks")
        names: list[str] = []
        for key, task in tasks.items():
            if is_exit(task):
                self._template(f"exit-hook-{name}-{key}")
                self._names(name, [key, *self._made_of(key, task)])
            else:
                names += [key, *self._made_of(key, task)]
                if unknown := waits(task) - set(inner):
                    raise Refused(f"{name}/{key} depends on {', '.join(sorted(unknown))}, which is no task there")
        self._names(name, names)
        self._template(name)
        order(inner)

    def _made_of(self, key: str, task: Json) -> Iterator[str]:
        """The tasks that Argo gets beside one of the pipeline."""
        reference = task["componentRef"]["name"]
        container = self.made.container(reference)
        if "artifactIterator" in task:
            raise Refused(f"{key}: artifact iterator not implemented yet")
        if container and "importer" in container and condition_of(task):
            raise Refused(f"{key}: triggerPolicy.condition on importer task is not supported")
        if "parameterIterator" in task:
            self._template(f"{reference}-{key}-iterator")
            self._template(f"{reference}-iteration")
        elif not (container and "importer" in container):
            yield f"{key}-driver"

    def _names(self, where: str, names: list[str]) -> None:
        for name in names:
            if not _FIELD.fullmatch(name) or name[0].isdigit() or len(name) > LONGEST_NAME or names.count(name) > 1:
                raise Refused(f"{where}: the name {name!r} is not valid, or there twice")

    def _template(self, name: str) -> None:
        if name in self.made.templates or not _FIELD.fullmatch(name) or len(name) > LONGEST_NAME:
            raise Refused(f"template name={name!r}: already exists, or not valid")
        self.made.templates.add(name)


def order(tasks: Json) -> list[str]:
    """The tasks of a DAG, each after those that it depends on; Refused if there is no such order."""
    left, found = dict(tasks), []
    while left:
        ready = [key for key, task in left.items() if not waits(task) & set(left)]
        if not ready:
            raise Refused(f"invalid dependency cycle: {', '.join(left)}")
        found += ready
        for key in ready:
            del left[key]
    return found


_KNOWN_TO_ARGO = re.compile(
    r"\{\{\s*(=|workflow\.|inputs\.|outputs\.|tasks\.|steps\.|pod\.|node\.|item|retries)[^{}]*\}\}"
)


def templated(message: Json) -> Json:
    """What is left of a message that Argo's templates have carried: their own tags are filled in."""
    return json.loads(_KNOWN_TO_ARGO.sub("argo", json_text(protobuf(message))))
