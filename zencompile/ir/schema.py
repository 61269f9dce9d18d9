"""The IR as JSON, and the JSON Schema that is published with it (`docs/ir.schema.json`)."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from pydantic import BaseModel

from zencompile.ir.model import SCHEMA_VERSION, Pipeline
from zencompile.source import Span

Json = Any

_WIDTH = 120
_PLAIN = frozenset({str, int, bool, float, type(None)})
_ALWAYS = frozenset({"kind", "schema_version"})  # said even where they are the default: they tell what the rest means


def to_json(pipeline: Pipeline) -> str:
    """`pipeline` as JSON text that `from_json` reads back to an equal pipeline.

    Defaults are left out; what fits in a line stands in one. Raises ValueError for infinity and NaN.
    """
    return _pretty(as_json(pipeline), 0) + "\n"


def from_json(text: str | bytes) -> Pipeline:
    """The pipeline that `to_json` wrote. Raises pydantic's ValidationError for anything else."""
    return Pipeline.model_validate_json(text)


def as_json(value: Any) -> Json:
    """A node, or what a field of one holds, as plain JSON without defaults."""
    kind = value.__class__
    if kind in _PLAIN:
        return value
    if kind is tuple or kind is list:
        return [item if item.__class__ in _PLAIN else as_json(item) for item in value]
    if isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, BaseModel):
        held = value.__dict__
        return {
            name: item if item.__class__ in _PLAIN else as_json(item)
            for name, default, always in _fields(type(value))
            if (item := held[name]) != default or always
        }
    if isinstance(value, dict):
        return {key: as_json(item) for key, item in value.items()}
    if isinstance(value, (Span, tuple, list)):
        return [item if item.__class__ in _PLAIN else as_json(item) for item in value]
    raise TypeError(f"a {type(value).__name__} has no place in the IR")


@cache
def _fields(node: type[BaseModel]) -> tuple[tuple[str, Any, bool], ...]:
    """Name, default and whether it is always said, of each field of a node."""
    return tuple(
        (name, field.get_default(call_default_factory=True), name in _ALWAYS)
        for name, field in node.model_fields.items()
    )


def _pretty(value: Json, indent: int) -> str:
    flat = json.dumps(value, ensure_ascii=False, allow_nan=False)
    if not value or not isinstance(value, (dict, list)) or indent + len(flat) <= _WIDTH:
        return flat
    inner = " " * (indent + 2)
    if isinstance(value, dict):
        items = [f"{inner}{json.dumps(k, ensure_ascii=False)}: {_pretty(v, indent + 2)}" for k, v in value.items()]
        opening, closing = "{", "}"
    else:
        items = [inner + _pretty(item, indent + 2) for item in value]
        opening, closing = "[", "]"
    return opening + "\n" + ",\n".join(items) + "\n" + " " * indent + closing


def json_schema() -> dict[str, Json]:
    """The JSON Schema (2020-12) of the IR."""
    schema = Pipeline.model_json_schema()
    for definition in [schema, *schema["$defs"].values()]:
        said = _ALWAYS & definition.get("properties", {}).keys()
        if said:
            definition["required"] = sorted({*definition.get("required", ()), *said})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:zencompile:ir:{SCHEMA_VERSION}",
        **schema,
    }


def schema_text() -> str:
    """The published file's text."""
    return _pretty(json_schema(), 0) + "\n"
