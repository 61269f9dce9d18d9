"""What tasks are given: values of the right types, which no layer takes for something else."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

from zencompile_kubeflow.rules.specification import (
    NUMBERS,
    PLACEHOLDER,
    Place,
    Specification,
    Task,
    definitions,
    upstream,
)
from zencompile_kubeflow.rules.table import Finding, rule

Json = Any

_PYTHON: dict[str, tuple[type, ...]] = {
    "STRING": (str,),
    "BOOLEAN": (bool,),
    "LIST": (list,),
    "STRUCT": (dict,),
    "NUMBER_INTEGER": (int, float),
    "NUMBER_DOUBLE": (int, float),
}
_PLACEHOLDERS = re.compile(
    r"\{\{\$\.(?:pipeline_(?:job_(?:name|resource_name|uuid|create_time_utc|schedule_time_utc)|task_(?:name|uuid)))\}\}"
)
_RUNTIME = frozenset(("KFP_POD_NAME", "KFP_POD_UID", "NAMESPACE", "KFP_RETRY_INDEX"))
_DOLLAR = re.compile(r"\$\$|\$\(([A-Za-z_][\w.-]*)\)")


def is_a(value: Json, kind: str) -> bool:
    """Whether a JSON value can be a parameter of a KFP type."""
    if isinstance(value, bool):
        return kind == "BOOLEAN"
    return isinstance(value, _PYTHON.get(kind, (object,)))


def finite(value: Json) -> bool:
    """Whether protobuf's JSON has the value."""
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, int):
        return abs(value) < 1 << 1023
    if isinstance(value, dict):
        return all(map(finite, value.values()))
    return all(map(finite, value)) if isinstance(value, list) else True


@rule("ZC0594", "constant-type", "v2/driver/resolve.go: handleParamTypeValidationAndConversion")
def constant_types(spec: Specification) -> Iterator[Finding]:
    """A constant has the type of the input, or the driver stops; a text would be made of what is no text."""
    for task in spec.tasks:
        wanted = task.wanted("parameters")
        for name, source in task.given("parameters").items():
            kind = wanted.get(name, {}).get("parameterType", "")
            constant = source.get("runtimeValue", {}).get("constant", task)
            if constant is not task and not (is_a(constant, kind) and finite(constant)):
                yield task.place, f"gives `{name}` {_shown(constant)}, which is no {kind}"


def _shown(value: Json) -> str:
    text = "null" if value is None else repr(value)
    return text if len(text) < 60 else f"{text[:57]}…"


@rule(
    "ZC0594",
    "default-type",
    "v2/driver/resolve.go: handleParamTypeValidationAndConversion; component/launcher_v2.go: addDefaultParams",
)
def default_types(spec: Specification) -> Iterator[Finding]:
    """A default has the type of its input, and counts only where the input is optional."""
    for name, component in spec.everything.items():
        for key, what in definitions(component, "inputDefinitions", "parameters").items():
            if "defaultValue" not in what:
                continue
            if not (is_a(what["defaultValue"], what["parameterType"]) and finite(what["defaultValue"])):
                yield (
                    Place(name),
                    f"has the default {_shown(what['defaultValue'])} for `{key}`, no {what['parameterType']}",
                )
            elif name != "root" and not what.get("isOptional"):
                yield Place(name), f"has a default for `{key}`, which counts for optional inputs alone"


@rule("ZC0594", "parameter-type", "v2/driver/resolve.go: handleParamTypeValidationAndConversion")
def parameter_types(spec: Specification) -> Iterator[Finding]:
    """What a parameter is given by another one has its type; of numbers there is one kind."""
    for task in spec.tasks:
        for name, source in task.given("parameters").items():
            wanted = task.wanted("parameters").get(name, {}).get("parameterType", "")
            given = given_type(task, source)
            if given and wanted and not _agree(given, wanted):
                yield task.place, f"gives `{name}` a {given} for a {wanted}"


def _agree(given: str, wanted: str) -> bool:
    return given == wanted or {given, wanted} <= set(NUMBERS) or given.startswith("TASK_") or wanted.startswith("TASK_")


def given_type(task: Task, source: Json) -> str:
    """The type of what another parameter gives, or nothing where it isn't known."""
    if "parameterExpressionSelector" in source:
        return ""
    if entering := source.get("componentInputParameter"):
        own = definitions(task.dag.component, "inputDefinitions", "parameters").get(entering, {})
        return str(own.get("parameterType", ""))
    output = upstream(source)
    producer = task.dag.tasks.get(output["producerTask"]) if output else None
    if producer is None:
        return ""
    made = definitions(producer.component, "outputDefinitions", "parameters").get(output["outputParameterKey"], {})
    kind = str(made.get("parameterType", ""))
    return "LIST" if producer.loops and kind else kind


@rule("ZC0594", "missing-input", "v2/driver/resolve.go: resolveInputs")
def missing_inputs(spec: Specification) -> Iterator[Finding]:
    """An input that is not optional is given; loops fill in their own."""
    for task in spec.tasks:
        item = task.data.get("parameterIterator", {}).get("itemInput")
        for kind in ("parameters", "artifacts"):
            given = task.given(kind)
            for name, what in task.wanted(kind).items():
                if name not in given and name != item and not what.get("isOptional"):
                    yield task.place, f"does not give the input `{name}`"


@rule("ZC0594", "loop-items", "v2/driver/dag.go: DAG; util.go: getItems")
def loop_items(spec: Specification) -> Iterator[Finding]:
    """A loop goes over a list, or over a text that is the JSON of one."""
    for task in spec.looping:
        iterator = task.data["parameterIterator"]
        item = task.wanted("parameters").get(iterator.get("itemInput"), {}).get("parameterType", "")
        if "raw" in iterator["items"]:
            yield from _raw_items(task, iterator["items"]["raw"], item)
            continue
        source = task.given("parameters").get(iterator["items"].get("inputParameter"), {})
        given = given_type(task, source)
        if given and given not in ("LIST", "STRING"):
            yield task.place, f"loops over a {given}"
        if iterator.get("itemInput") in task.given("parameters"):
            yield task.place, f"gives `{iterator['itemInput']}`, which its loop fills in"


def _raw_items(task: Task, raw: str, kind: str) -> Iterator[Finding]:
    try:
        items = json.loads(raw)
    except ValueError:
        items = None
    if not isinstance(items, list):
        yield task.place, f"loops over {raw[:40]!r}, which is no list in JSON"
        return
    for item in items:
        if kind and kind != "STRING" and not (is_a(item, kind) and finite(item)):
            yield task.place, f"loops over {_shown(item)}, which is no {kind}"


@rule("ZC0594", "literals", "common/util/validate_literal.go: ValidateLiteralParameter", since="2.16")
def literals(spec: Specification) -> Iterator[Finding]:
    """A value is one of those that the input allows."""
    for task in spec.tasks if _limited(spec) else ():
        for name, what in task.wanted("parameters").items():
            source = task.given("parameters").get(name, {})
            if "literals" in what and "constant" in source.get("runtimeValue", {}):
                constant = source["runtimeValue"]["constant"]
                if constant not in what["literals"]:
                    yield task.place, f"gives `{name}` {_shown(constant)}, which is none of {what['literals']}"


def _limited(spec: Specification) -> bool:
    """Whether any input says which values it takes."""
    inputs = (definitions(one, "inputDefinitions", "parameters") for one in spec.components.values())
    return any("literals" in what for parameters in inputs for what in parameters.values())


@rule("ZC0594", "run-parameter", "apiserver/template/v2_template.go: validatePipelineJobInputs")
def run_parameters(spec: Specification) -> Iterator[Finding]:
    """A run is given parameters of the plain types; artifacts and statuses can't be given."""
    root = spec.data["root"]
    for name, what in definitions(root, "inputDefinitions", "parameters").items():
        if what.get("parameterType") not in _PYTHON:
            yield Place("root"), f"has the parameter `{name}` of the type {what.get('parameterType')}"


@rule("ZC0594", "optional-placeholder", "v2/driver/util.go: resolveContainerArgs", since="2.17")
def optional_placeholders(spec: Specification) -> Iterator[Finding]:
    """The driver fills in placeholders before the launcher fills in defaults: what is not given stops it."""
    read: dict[str, set[str]] = {}
    for task in spec.tasks:
        label = task.component.get("executorLabel", "")
        if "container" not in task.executor:
            continue
        if label not in read:
            words = [*task.executor["container"].get("command", ()), *task.executor["container"].get("args", ())]
            read[label] = {name for word in words for name in _required(word)}
        item = task.data.get("parameterIterator", {}).get("itemInput")
        for name in sorted(read[label]):
            if name in task.wanted("parameters") and name not in task.given("parameters") and name != item:
                yield task.place, f"does not give `{name}`, which an argument reads"


def _required(word: str) -> list[str]:
    guarded = "{$.outputs" in word or word.lstrip().startswith('{"IfPresent":') or "$.inputs" not in word
    return [] if guarded else PLACEHOLDER.findall(word)


@rule("ZC0594", "placeholder", "v2/driver/resolve.go: resolveInputParameter", alters=True, ours=True)
def placeholders(spec: Specification) -> Iterator[Finding]:
    """A constant that is a placeholder of the server becomes what that stands for."""
    for place, name, text in spec.texts:
        if "{{$." in text and (_PLACEHOLDERS.fullmatch(text) or "{{$.workspace_path}}" in text):
            yield place, f"gives `{name}` the text `{text[:60]}`, which the server fills in"


@rule("ZC0594", "workspace", "v2/driver/driver.go: needsWorkspaceMount", since="2.15")
def workspaces(spec: Specification) -> Iterator[Finding]:
    """A text with the path of the workspace makes the pod wait for a volume that there is only if one was asked for."""
    if spec.platform.get("pipelineConfig", {}).get("workspace"):
        return
    for place, name, text in spec.texts:
        if "/kfp-workspace" in text:
            yield place, f"gives `{name}` a text with `/kfp-workspace`, for which the pod waits in vain for a volume"


@rule(
    "ZC0594",
    "dollar",
    "v2/driver/driver.go: initPodSpecPatch; Kubernetes: expansion of $(NAME)",
    alters=True,
    ours=True,
)
def dollars(spec: Specification) -> Iterator[Finding]:
    """Commands, arguments, inputs and defaults end in a pod's command, where `$$` and known variables are expanded."""
    for place, container in spec.containers():
        known = _RUNTIME | {entry["name"] for entry in container.get("env", ())}
        for word in (*container.get("command", ()), *container.get("args", ())):
            if found := _expands(word, known):
                yield place, f"has `{found}` in its command, which Kubernetes expands"
    for place, name, text in spec.texts:
        if found := _expands(text, None):
            yield place, f"gives `{name}` a text with `{found}`, which Kubernetes expands"


def _expands(text: str, known: frozenset[str] | None) -> str:
    """The first piece of a text that Kubernetes expands; without `known`, any variable might be there."""
    if "$" in text:
        for found in _DOLLAR.finditer(text):
            if found[0] == "$$" or known is None or found[1] in known:
                return found[0]
    return ""
