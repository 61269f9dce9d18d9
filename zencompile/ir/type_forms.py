"""Types as arguments say them: {"$": "typed", "as": TYPE, "value": …} is what the runtime makes of a value.

An engine hands on a parameter as JSON, or less. Mostly the step's own annotation makes of it what the pipeline's would;
where it doesn't, the argument says the type.
"""

from __future__ import annotations

from typing import Any

from zencompile.ir.model import Type

Json = Any

TAGGED = {
    "date": "datetime.date",
    "datetime": "datetime.datetime",
    "decimal": "decimal.Decimal",
    "path": "pathlib.Path",
    "time": "datetime.time",
    "uuid": "uuid.UUID",
}
"""Classes whose values are written as texts, by the tags of their literals."""

_CLASSES = frozenset({*TAGGED.values(), "bytes", "datetime.timedelta", "float", "set", "tuple"})
_WHOLE = frozenset({"any", "bool", "dict", "int", "list", "none", "str", "...", *_CLASSES})


def without_none(type_: Type) -> Type:
    """The other member of an optional type; unions of more are what they are."""
    if type_.name != "union":
        return type_
    others = [member for member in type_.arguments if member.name != "none"]
    return others[0] if len(others) == 1 else type_


def named_type(type_: Type, wanted: Type | None) -> Json:
    """The type that an argument has to say, so that a step which wants another gets it; None if there is no need.

    A type with a part that the runtime can't make (a class that isn't read) is not said.
    """
    return form(type_, wanted) if _is_lost(type_) else None


def form(type_: Type, wanted: Type | None) -> Json:
    """The type as an argument says it; None if it can't, or if a step wants the same."""
    if type_.name == "any" or (wanted is not None and _alike(without_none(type_), without_none(wanted))):
        return None
    return _form(type_)


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
