"""Annotations as JSON Schema, by which Airflow's trigger form and API check what is given to a run.

A schema takes at least what the annotation takes, of what JSON can hold. Its form is the one from which Airflow's
form makes the right field: a list without `items.type` is a text field there, whose lines become a list of strings.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from zencompile.ir import Type
from zencompile_airflow.shown import shown

Json = Any
Schema = dict[str, Json]

_NAMES: Mapping[str, str] = {
    "bool": "boolean",
    "dict": "object",
    "float": "number",
    "int": "integer",
    "list": "array",
    "none": "null",
    "set": "array",
    "str": "string",
    "tuple": "array",
}
_ANY = ["null", "boolean", "number", "string", "array", "object"]
# Classes that a form shows as text, and the runtime makes of that text.
_AS_TEXT: Mapping[str, str] = {
    "datetime.date": "date",
    "datetime.datetime": "date-time",
    "datetime.time": "time",
    "decimal.Decimal": "",
    "pathlib.Path": "",
    "pathlib.PurePath": "",
    "uuid.UUID": "uuid",
}
_LIMITS: Mapping[str, Mapping[str, str]] = {
    "number": {
        "ge": "minimum",
        "gt": "exclusiveMinimum",
        "le": "maximum",
        "lt": "exclusiveMaximum",
        "multiple_of": "multipleOf",
    },
    "string": {"min_length": "minLength", "max_length": "maxLength", "pattern": "pattern"},
    "array": {"min_length": "minItems", "max_length": "maxItems"},
    "object": {"min_length": "minProperties", "max_length": "maxProperties"},
}


def schema_of(type_: Type) -> Schema:
    """The keywords for an annotation; none where any value may come."""
    if type_.name == "literal" or (type_.what == "enum" and type_.values):
        return {"enum": [shown(value) for value in type_.values]}
    if type_.name == "union":
        return _union([schema_of(argument) for argument in type_.arguments])
    if type_.what in ("model", "dataclass"):
        return {"type": "object"}
    if type_.name in _AS_TEXT:
        form = _AS_TEXT[type_.name]
        return {"type": "string", **({"format": form} if form else {})}
    named = _NAMES.get(type_.name)
    if named is None:
        return {}
    parts: Schema = {}
    if named == "array":
        parts = _items(type_)
    elif named == "object" and len(type_.arguments) == 2:
        values = schema_of(type_.arguments[1])
        parts = {"additionalProperties": values} if values else {}
    return {"type": named, **parts, **_limits(type_, "number" if named == "integer" else named)}


def takes_objects(schema: Json) -> bool:
    """Whether an object passes a schema of ours, or something with one in it."""
    if "enum" in schema:
        return any(isinstance(value, (dict, list)) for value in schema["enum"])
    if "anyOf" in schema:
        return any(map(takes_objects, schema["anyOf"]))
    names = _types(schema)
    parts = [*schema.get("prefixItems", ()), schema.get("items", {})]
    return not names or "object" in names or ("array" in names and any(map(takes_objects, parts)))


def _items(type_: Type) -> Schema:
    """The keywords for what is in a list, a set or a tuple."""
    arguments = type_.arguments
    if type_.name == "tuple" and arguments and not any(argument.name == "..." for argument in arguments):
        members = [schema_of(argument) for argument in arguments]
        return {
            "prefixItems": members,
            "items": {"type": _ANY},
            "minItems": len(members),
            "maxItems": len(members),
        }
    return {"items": (schema_of(arguments[0]) if arguments else {}) or {"type": _ANY}}


def _limits(type_: Type, name: str) -> Schema:
    known = _LIMITS.get(name, {})
    found = {known[limit]: bound for limit, bound in type_.limits.items() if limit in known}
    return found if "pattern" not in found or _is_pattern(found["pattern"]) else {}


def _is_pattern(text: str) -> bool:
    try:
        re.compile(text)
    except re.error:
        return False
    return True


def _union(members: list[Schema]) -> Schema:
    """The schema that takes what any member takes, in the form for which Airflow has a field if there is one."""
    if not all(members):
        return {}
    rest = [member for member in members if member != {"type": "null"}]
    enums = [member for member in rest if "enum" in member]
    if enums and len(rest) == 1:
        return {"enum": [*enums[0]["enum"], *([None] if len(rest) < len(members) else [])]}
    # Keywords speak of values of their own type alone: where none is said twice, members can stand side by side.
    keywords = [name for member in members for name in member if name != "type"]
    names = [name for member in members for name in _types(member)]
    if enums or len(keywords) != len(set(keywords)) or "anyOf" in keywords or not _are_apart(members):
        return {"anyOf": members}
    # "null" first, as in Airflow's own examples; the form shows a field of the other type.
    names = sorted(dict.fromkeys(names), key=lambda name: name != "null")
    merged = {name: value for member in members for name, value in member.items() if name != "type"}
    return {"type": names if len(names) > 1 else names[0], **merged}


def _types(member: Schema) -> list[str]:
    found = member.get("type", [])
    return [found] if isinstance(found, str) else list(found)


def _are_apart(members: list[Schema]) -> bool:
    """Whether no value is of two of the types, one of which says more about it."""
    limited = [member for member in members if len(member) > 1]
    for member in limited:
        others = {name for other in members if other is not member for name in _types(other)}
        numbers = {"integer", "number"}
        mine = set(_types(member))
        if mine & others or (mine & numbers and others & numbers):
            return False
    return True
