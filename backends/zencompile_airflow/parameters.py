"""Parameters of a pipeline as Airflow's params, which the trigger form shows and the API checks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from zencompile.ir import Parameter, Pipeline
from zencompile_airflow import docstrings, json_types
from zencompile_airflow.accepting import accepts
from zencompile_airflow.schemas import Schema, schema_of
from zencompile_airflow.shown import of_project, shown
from zencompile_templates.python import Call

Json = Any


def parameters(pipeline: Pipeline) -> dict[str, Call]:
    """A `Param` for each parameter. One fixed when compiling is `const`: another value fails at the trigger."""
    described = docstrings.of_parameters(pipeline.docstring)
    return {p.name: _param(p, described.get(p.name)) for p in pipeline.parameters}


def without_default(pipeline: Pipeline) -> list[Parameter]:
    """The parameters that must be given when a run starts."""
    return [p for p in pipeline.parameters if p.bound == "runtime" and p.default is None]


def _param(parameter: Parameter, description: str | None) -> Call:
    said = {"description": description} if description else {}
    if parameter.bound == "compile":
        value = shown(parameter.value.value) if parameter.value is not None else None
        return Call("Param", (value,), {"const": value, **said})
    if parameter.default is None:
        return Call("Param", (), {**schema_of(parameter.type), **said})
    value, schema = form_of(parameter)
    return Call("Param", (value,), {**schema, **said})


def form_of(parameter: Parameter) -> tuple[Json, Schema]:
    """The default of a runtime parameter as the form shows it, and the schema of what may be given for it."""
    schema = schema_of(parameter.type)
    if parameter.default is None:
        return None, schema
    literal = parameter.default.value
    # What the annotation doesn't tell keeps its type's tag, and so does what says where the project lies: no form can.
    told = not of_project(literal) and json_types.restores(parameter.type, literal)
    value = shown(literal) if told else literal
    return value, next(one for one in _weaker(_with_lines(schema, value)) if accepts(one, value))


def _weaker(schema: Schema) -> Iterator[Schema]:
    """The schema, then ones that take more. The form's own default must pass: Airflow's formats have no times without a
    zone, and no zones in a time of day.
    """
    yield schema
    yield _without_formats(schema)
    yield {}


def _without_formats(schema: Json) -> Json:
    if isinstance(schema, list):
        return [_without_formats(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {name: _without_formats(one) for name, one in schema.items() if name != "format"}


def _with_lines(schema: Schema, value: Json) -> Schema:
    """The schema of a list of texts, said so that the form has a field for JSON where lines would lose something."""
    if schema.get("items") != {"type": "string"} or not isinstance(value, list):
        return schema
    if all(isinstance(text, str) and text == text.strip() and len(text.splitlines()) == 1 for text in value):
        return schema
    return {**schema, "items": {"type": ["string"]}}
