"""What of a value's type is lost in JSON, and how a step gets it back.

Airflow hands on a parameter as JSON. Mostly the step's own annotation makes of it what the pipeline's would; where it
doesn't, the argument says the type: {"$": "typed", "as": TYPE, "value": …}, which the runtime coerces as ZenML does.
"""

from __future__ import annotations

from typing import Any

from zencompile.ir import Type
from zencompile_airflow.shown import shown

Json = Any

_TAGGED = {
    "date": "datetime.date",
    "datetime": "datetime.datetime",
    "decimal": "decimal.Decimal",
    "path": "pathlib.Path",
    "time": "datetime.time",
    "uuid": "uuid.UUID",
}
_CLASSES = frozenset({*_TAGGED.values(), "bytes", "datetime.timedelta", "float", "set", "tuple"})
_WHOLE = frozenset({"any", "bool", "dict", "int", "list", "none", "str", "...", *_CLASSES})
_ANY = Type(name="any")


def restores(type_: Type, value: Json) -> bool:
    """Whether an annotation makes the value of what a form shows of it."""
    type_ = _without_none(type_)
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
    return value == shown(value) or type_.name == _TAGGED.get(tag)


def _without_none(type_: Type) -> Type:
    """The other member of an optional type; unions of more are what they are."""
    if type_.name != "union":
        return type_
    others = [member for member in type_.arguments if member.name != "none"]
    return others[0] if len(others) == 1 else type_


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


def named_type(type_: Type, wanted: Type | None) -> Json:
    """The type that an argument has to say, so that a step which wants another gets it; None if there is no need.

    A type with a part that the runtime can't make (a class that isn't read) is not said.
    """
    if wanted is not None and _alike(_without_none(type_), _without_none(wanted)):
        return None
    return _form(type_) if _is_lost(type_) else None


def _alike(one: Type, other: Type) -> bool:
    return (
        (one.name, one.what, one.values) == (other.name, other.what, other.values)
        and len(one.arguments) == len(other.arguments)
        and all(map(_alike, one.arguments, other.arguments))
    )


def _is_lost(type_: Type) -> bool:
    """Whether JSON loses something of the values of a type."""
    if type_.what == "alike":
        return any(map(_is_lost, type_.arguments))
    if type_.name in _CLASSES or type_.what in ("model", "dataclass", "enum"):
        return True
    if type_.name == "dict" and type_.arguments and type_.arguments[0].name not in ("str", "any"):
        return True
    return any(map(_is_lost, type_.arguments))


def _form(type_: Type) -> Json:
    """A type as the runtime reads it: a name, or a list of a name and its arguments. None if it can't be said."""
    if type_.name == "literal":
        return {"literal": list(type_.values)}
    named = type_.name in _WHOLE or type_.name == "union" or type_.what in ("model", "dataclass", "enum")
    if not named or type_.what == "alike":
        return None
    arguments = [_form(argument) for argument in type_.arguments]
    if any(argument is None for argument in arguments):
        return None
    return [type_.name, *arguments] if arguments else type_.name
