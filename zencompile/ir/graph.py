"""A pipeline's DAG as plain data: the stable schema of `zencompile graph --format json`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zencompile.ir.expressions import source
from zencompile.ir.literals import shown_text
from zencompile.ir.model import Invocation, Pipeline
from zencompile.ir.values import (
    Expression,
    External,
    ListValue,
    Literal,
    Lookup,
    Mapping,
    Merge,
    Moment,
    OutputRef,
    ParameterRef,
    Value,
    parts,
)

Json = Any
Locate = Callable[[str], str]


def graph(pipelines: tuple[Pipeline, ...], locate: Locate = lambda file: file) -> dict[str, Json]:
    """The DAGs of `pipelines`. `locate` turns a file relative to the source root into the path to show."""
    return {"pipelines": [_pipeline(p, locate) for p in pipelines]}


def _pipeline(pipeline: Pipeline, locate: Locate) -> dict[str, Json]:
    parameters = []
    for parameter in pipeline.parameters:
        shown: dict[str, Json] = {"name": parameter.name}
        if parameter.default is not None:
            shown["default"] = plain(parameter.default.shown)
        shown["binding"] = parameter.bound
        if parameter.bound == "compile" and parameter.value is not None:
            shown["value"] = plain(parameter.value.shown)
        parameters.append(shown)
    answer: dict[str, Json] = {
        "name": pipeline.name,
        "source": f"{locate(pipeline.source)}:{pipeline.function}",
        "parameters": parameters,
        "invocations": [_invocation(i, pipeline, locate) for i in pipeline.invocations],
    }
    if pipeline.controls:
        answer["controls"] = [c.model_dump(mode="json", exclude={"span"}) for c in pipeline.controls]
    return answer


def _invocation(invocation: Invocation, pipeline: Pipeline, locate: Locate) -> dict[str, Json]:
    step = pipeline.steps[invocation.step]
    parameters: dict[str, Json] = {}
    inputs: dict[str, Json] = {}
    external: dict[str, Json] = {}
    for name, value in invocation.inputs.items():
        upstream = _outputs(value)
        if upstream:
            inputs[name] = upstream
        elif isinstance(value, (External, Lookup)):
            external[name] = value.text if isinstance(value, Lookup) else plain(value.value)
        else:
            parameters[name] = _parameter(value)
    function = step.entrypoint.partition(":")[2].rpartition("<locals>.")[2]
    where = f"{locate(step.span.file)}:{function}" if step.span else step.entrypoint
    return {
        "id": invocation.id,
        "step": where,
        "parameters": parameters,
        "inputs": inputs,
        "after": list(invocation.after),
        "external": external,
        "outputs": [output.name for output in step.outputs],
    }


def _outputs(value: Value) -> list[list[str]]:
    if isinstance(value, OutputRef):
        return [[value.invocation, value.output]]
    if isinstance(value, ListValue):
        return [pair for item in value.items for pair in _outputs(item)]
    if isinstance(value, Mapping):
        return [pair for item in value.items.values() for pair in _outputs(item)]
    if isinstance(value, (Expression, Merge)):
        found = [pair for part in parts(value) for pair in _outputs(part)]
        return [pair for position, pair in enumerate(found) if pair not in found[:position]]
    return []


def _parameter(value: Value) -> Json:
    if isinstance(value, Literal):
        return plain(value.shown)
    if isinstance(value, ParameterRef):
        return {"$param": value.name}
    if isinstance(value, ListValue):
        return [_parameter(item) for item in value.items]
    if isinstance(value, Mapping):
        return {key: _parameter(item) for key, item in value.items.items()}
    if isinstance(value, (Expression, Moment)):
        return {"$expression": source(value)}
    return None


def plain(value: Json) -> Json:
    """A literal as a reader writes it in JSON: a tuple as a list, a path or a date as text, a model as its keywords.
    What lies in the project is as it is from there."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    kind = value.get("$")
    if kind is None:
        return {key: plain(item) for key, item in value.items()}
    if kind in ("tuple", "set", "frozenset"):
        return plain(value["items"])
    if kind == "dict":
        return {str(plain(key)): plain(item) for key, item in value["items"]}
    if kind == "model":
        return plain(value["keywords"])
    if kind == "enum":
        return plain(value["value"])
    if kind == "expression":
        return {"$expression": value["text"]}
    if kind == "timedelta":
        return value["days"] * 86400 + value["seconds"] + value["microseconds"] / 1e6
    if kind == "project":
        return shown_text(value["text"])
    if kind == "path":
        return plain(value["text"])
    return value.get("iso", value.get("text", value.get("path", value.get("base64"))))
