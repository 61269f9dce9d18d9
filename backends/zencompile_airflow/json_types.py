"""What of a value's type is lost in JSON, and how a step gets it back.

Airflow hands on a parameter as JSON. Mostly the step's own annotation makes of it what the pipeline's would; where it
doesn't, the argument says the type: {"$": "typed", "as": TYPE, "value": …}, which the runtime coerces as ZenML does.
"""

from __future__ import annotations

from typing import Any

from zencompile.ir import Type
from zencompile.ir.type_forms import TAGGED, without_none
from zencompile_airflow.shown import shown

Json = Any

_ANY = Type(name="any")


def restores(type_: Type, value: Json) -> bool:
    """Whether an annotation makes the value of what a form shows of it."""
    type_ = without_none(type_)
    if isinstance(value, list):
        items = type_.arguments[0] if type_.arguments and type_.name == "list" else _ANY
        return all(restores(items, item) for item in value)
    if not isinstance(value, dict):
        return True
    tag = value.get("$")
    if tag is None:
        values = type_.arguments[1] if type_.name == "dict" and len(type_.arguments) == 2 else _ANY
        return all(restores(values, item) for item in value.values())
    if tag in ("tuple", "set", "frozenset"):
        return _is_collection(type_, tag) and all(
            restores(argument, item) for argument, item in zip(_members(type_, value), value["items"], strict=True)
        )
    if tag == "dict":
        return value == shown(value) or _restores_keys(type_, value)
    if tag == "enum":
        return type_.what == "enum" or type_.name == "literal"
    if tag == "model":
        return value == shown(value) or (type_.what in ("model", "dataclass") and type_.name == value["class"])
    return value == shown(value) or type_.name == TAGGED.get(tag)


def _is_collection(type_: Type, tag: str) -> bool:
    if tag == "frozenset":
        return type_.name == "set" and type_.text.lower().startswith("frozenset")
    return type_.name == tag and not type_.what


def _members(type_: Type, value: Json) -> list[Type]:
    """The annotation of each item of a tuple or set."""
    arguments, length = type_.arguments, len(value["items"])
    if type_.name == "tuple" and arguments and not any(one.name == "..." for one in arguments):
        return list(arguments) if len(arguments) == length else [_ANY] * length
    return [arguments[0] if arguments else _ANY] * length


def _restores_keys(type_: Type, value: Json) -> bool:
    if type_.name != "dict" or len(type_.arguments) != 2 or type_.arguments[0].name != "int":
        return False
    return all(restores(type_.arguments[1], item) for _, item in value["items"])
