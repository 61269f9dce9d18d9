"""Defaults of the run's parameters: as a form shows them, and whether a step makes the same value of that again.

What a run is given is plain data, and nothing in it says a type: the annotation alone makes a set, a date or a member
of an enum of it. Where it wouldn't make the default again, the reference says the default itself, and the form of it
that a run is given.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable
from typing import Any

from zencompile.ir import Type
from zencompile.ir.graph import plain
from zencompile.ir.type_forms import TAGGED, without_none

Json = Any

_ANY = Type(name="any")
_COLLECTIONS = ("tuple", "set", "frozenset")


def shown(value: Json) -> Json:
    """A literal without tags: what a form shows, and what may be given for it."""
    if isinstance(value, list):
        return [shown(item) for item in value]
    if not isinstance(value, dict):
        return value
    tag = value.get("$")
    if tag is None:
        return {key: shown(item) for key, item in value.items()}
    if tag == "bytes":
        return _utf8(value) or value["base64"]
    if tag in _COLLECTIONS:
        return shown(value["items"])
    if tag == "dict":
        return {_key(shown(key)): shown(item) for key, item in value["items"]}
    if tag in ("enum", "model"):
        return shown(value["value" if tag == "enum" else "keywords"])
    return plain(value)


def _key(value: Json) -> str:
    return value if isinstance(value, str) else str(value)


def _utf8(value: Json) -> str | None:
    try:
        return base64.b64decode(value["base64"]).decode()
    except UnicodeDecodeError:
        return None


def arrives(kind: Type, value: Json, doubles: bool) -> bool:
    """Whether a coercion to the annotation makes the literal of what is shown of it.

    With `doubles` no number tells whether it is an integer, and no order of keys is kept.
    """
    if value is None:
        return kind.name in ("any", "none") or any(one.name in ("any", "none") for one in kind.arguments)
    kind = without_none(kind)
    if isinstance(value, dict):
        return _object_arrives(kind, value, doubles)
    if isinstance(value, list):
        inner = kind.arguments[0] if kind.arguments else _ANY
        return kind.name in ("any", "list") and _all(inner, value, doubles)
    return _scalar_arrives(kind, value, doubles)


def _all(kind: Type, values: Iterable[Json], doubles: bool) -> bool:
    return all(arrives(kind, value, doubles) for value in values)


def _scalar_arrives(kind: Type, value: Json, doubles: bool) -> bool:
    own = type(value).__name__
    members = kind.arguments if kind.name == "union" else (kind,)
    if kind.name == "literal":
        return [one for one in kind.values if one == value and type(one) is type(value)] == [value]
    if not any(one.name in (own, "any") and not one.what for one in members):
        return False
    if isinstance(value, float) and doubles and not any(one.name == "float" for one in members[:1]):
        return not value.is_integer()
    return not isinstance(value, float) or math.isfinite(value)


def _object_arrives(kind: Type, value: Json, doubles: bool) -> bool:
    tag = value.get("$")
    if tag is None:
        keys, items = kind.arguments if len(kind.arguments) == 2 else (_ANY, _ANY)
        ordered = not doubles or len(value) < 2
        return (
            kind.name in ("any", "dict")
            and _all(keys, value, doubles)
            and ordered
            and _all(items, value.values(), doubles)
        )
    if tag in _COLLECTIONS:
        return _collection_arrives(kind, value, doubles)
    if tag == "dict":
        return _pairs_arrive(kind, value["items"], doubles)
    if tag == "enum":
        return kind.what == "enum" and kind.name == value["class"] and _is_plain_member(kind, value["value"])
    if tag == "model":
        bare = not value.get("arguments") and not value.get("anew")
        return (
            kind.what == "model" and kind.name == value["class"] and bare and _field_arrives(value["keywords"], doubles)
        )
    if tag == "bytes":
        return kind.name == "bytes" and _utf8(value) is not None
    if tag == "timedelta":
        return kind.name == "datetime.timedelta" and not value["microseconds"]
    return kind.name == TAGGED.get(tag) and isinstance(next(v for k, v in value.items() if k != "$"), str)


def _collection_arrives(kind: Type, value: Json, doubles: bool) -> bool:
    tag, items = value["$"], value["items"]
    if tag == "frozenset":
        alike = kind.name == "set" and kind.text.lower().startswith("frozenset")
    else:
        alike = kind.name == tag and not kind.what
    arguments = kind.arguments
    if tag == "tuple" and arguments and not any(one.name == "..." for one in arguments):
        known = len(arguments) == len(items)
        return alike and known and all(arrives(a, i, doubles) for a, i in zip(arguments, items, strict=True))
    return alike and _all(arguments[0] if arguments else _ANY, items, doubles)


def _pairs_arrive(kind: Type, pairs: list[list[Json]], doubles: bool) -> bool:
    if doubles:
        return False
    if all(isinstance(key, str) for key, _ in pairs):  # one of them is `$`
        return arrives(kind, {f"_{key}": item for key, item in pairs}, doubles)
    if kind.name != "dict" or len(kind.arguments) != 2 or kind.arguments[0].name != "int":
        return False
    return all(type(key) is int for key, _ in pairs) and _all(kind.arguments[1], (item for _, item in pairs), doubles)


def _is_plain_member(kind: Type, value: Json) -> bool:
    """Whether a value is of one member alone."""
    return isinstance(value, (str, int)) and [one for one in kind.values if one == value] == [value]


def _field_arrives(value: Json, doubles: bool) -> bool:
    """Whether a field gets what was given for it, whatever its annotation is."""
    if isinstance(value, list):
        return all(_field_arrives(item, doubles) for item in value)
    if isinstance(value, dict):
        return "$" not in value and all(_field_arrives(item, doubles) for item in value.values())
    return not (isinstance(value, float) and doubles and value.is_integer())
