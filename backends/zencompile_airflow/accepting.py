"""Whether a value passes a schema of ours, by the rules of Airflow's validator.

Airflow asks jsonschema with its plain `FormatChecker`. Here stand the keywords that `schemas` writes, no others; a test
holds it against `Param.resolve`.
"""

from __future__ import annotations

import datetime
import re
import uuid
from collections.abc import Callable
from typing import Any

Json = Any

_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})")


def accepts(schema: dict[str, Json], value: Json) -> bool:
    """Whether the value is what the schema says."""
    return all(_RULES[name](value, expected, schema) for name, expected in schema.items())


def _is_number(value: Json) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


_TYPES: dict[str, Callable[[Json], bool]] = {
    "array": lambda value: isinstance(value, list),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: _is_number(value) and value == int(value),
    "null": lambda value: value is None,
    "number": _is_number,
    "object": lambda value: isinstance(value, dict),
    "string": lambda value: isinstance(value, str),
}


def _type(value: Json, expected: Json, _: Json) -> bool:
    return any(_TYPES[name](value) for name in ([expected] if isinstance(expected, str) else expected))


def _equal(one: Json, other: Json) -> bool:
    """Equality of JSON, for which true is not 1."""
    return isinstance(one, bool) == isinstance(other, bool) and bool(one == other)


def _prefix(value: Json, expected: Json, _: Json) -> bool:
    return not isinstance(value, list) or all(accepts(one, item) for one, item in zip(expected, value, strict=False))


def _items(value: Json, expected: Json, schema: Json) -> bool:
    rest = value[len(schema.get("prefixItems", ())) :] if isinstance(value, list) else []
    return all(accepts(expected, item) for item in rest)


def _values(value: Json, expected: Json, _: Json) -> bool:
    return not isinstance(value, dict) or all(accepts(expected, item) for item in value.values())


def _format(value: Json, expected: Json, _: Json) -> bool:
    if not isinstance(value, str):
        return True
    try:
        if expected == "date":
            return len(value) == 10 and bool(datetime.date.fromisoformat(value))
        if expected == "time":
            return bool(datetime.datetime.strptime(value, "%H:%M:%S"))
        if expected == "uuid":
            return bool(uuid.UUID(value)) and all(value[position] == "-" for position in (8, 13, 18, 23))
        return bool(_MOMENT.fullmatch(value) and datetime.datetime.fromisoformat(re.sub("[Zz]", "+00:00", value)))
    except ValueError:
        return False


def _multiple(value: Json, expected: Json, _: Json) -> bool:
    if not _is_number(value):
        return True
    if isinstance(expected, float):
        quotient = value / expected
        return bool(quotient == int(quotient))
    return bool(value % expected == 0)


def _number(holds: Callable[[Any, Any], bool]) -> Callable[[Json, Json, Json], bool]:
    return lambda value, expected, _: not _is_number(value) or holds(value, expected)


def _length(kind: type[Any], holds: Callable[[int, int], bool]) -> Callable[[Json, Json, Json], bool]:
    return lambda value, expected, _: not isinstance(value, kind) or holds(len(value), expected)


_RULES: dict[str, Callable[[Json, Json, Json], bool]] = {
    "additionalProperties": _values,
    "anyOf": lambda value, expected, _: any(accepts(one, value) for one in expected),
    "const": lambda value, expected, _: _equal(value, expected),
    "enum": lambda value, expected, _: any(_equal(value, one) for one in expected),
    "exclusiveMaximum": _number(lambda value, bound: value < bound),
    "exclusiveMinimum": _number(lambda value, bound: value > bound),
    "format": _format,
    "items": _items,
    "maxItems": _length(list, lambda length, bound: length <= bound),
    "maxLength": _length(str, lambda length, bound: length <= bound),
    "maxProperties": _length(dict, lambda length, bound: length <= bound),
    "maximum": _number(lambda value, bound: value <= bound),
    "minItems": _length(list, lambda length, bound: length >= bound),
    "minLength": _length(str, lambda length, bound: length >= bound),
    "minProperties": _length(dict, lambda length, bound: length >= bound),
    "minimum": _number(lambda value, bound: value >= bound),
    "multipleOf": _multiple,
    "pattern": lambda value, expected, _: not isinstance(value, str) or re.search(expected, value) is not None,
    "prefixItems": _prefix,
    "type": _type,
}
