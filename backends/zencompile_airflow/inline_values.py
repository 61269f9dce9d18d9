"""Values of inline steps: what JSON holds exactly, and of which types a step says that it takes and gives."""

from __future__ import annotations

from typing import Any

from zencompile.ir import Type

_SCALARS = {"bool": bool, "float": float, "int": int, "none": type(None), "str": str}


class NotExact(Exception):
    """Why a value or a type can't travel between inline steps."""


def check_type(type_: Type) -> None:
    """Raise `NotExact` if JSON doesn't hold every value of a type as it is."""
    if type_.name in _SCALARS or type_.name == "any":
        return
    if type_.name == "literal" and all(value.__class__ in _SCALARS.values() for value in type_.values):
        return
    if type_.what != "alike":
        if type_.name == "list" or type_.name == "union":
            return _check_all(type_.arguments)
        if type_.name == "dict" and (not type_.arguments or type_.arguments[0].name == "str"):
            return _check_all(type_.arguments)
    raise NotExact(f"JSON holds no `{type_.text or type_.name}` as it is")


def _check_all(types: tuple[Type, ...]) -> None:
    for one in types:
        check_type(one)


def kinds(type_: Type) -> list[str]:
    """The classes of a type's values, as Python names them; none where any will do."""
    if type_.name == "any":
        return []
    if type_.name == "literal":
        return list(dict.fromkeys(_class_name(value) for value in type_.values))
    if type_.name == "union":
        found = [kinds(one) for one in type_.arguments]
        return list(dict.fromkeys(name for names in found for name in names)) if all(found) else []
    return ["type(None)" if type_.name == "none" else type_.name]


def _class_name(value: Any) -> str:
    return "type(None)" if value is None else type(value).__name__


def same(one: Type, other: Type) -> bool:
    """Whether two annotations mean the same type."""
    if one.name != other.name or one.values != other.values or len(one.arguments) != len(other.arguments):
        return False
    return all(same(a, b) for a, b in zip(one.arguments, other.arguments, strict=True))


def fitted(value: Any, type_: Type) -> Any:
    """A JSON value as a step gets it that takes this type: an `int` is a `float` where one is asked for.

    Raises `NotExact` where the step would convert or refuse it.
    """
    if isinstance(value, dict) and "$" in value:
        raise NotExact(f"JSON holds no {value['$']}")
    if type_.name == "union":
        return _fitted_to_one(value, type_)
    if isinstance(value, (list, dict)):
        return _fitted_items(value, type_)
    if type_.name == "float" and value.__class__ is int:
        return float(value)
    if type_.name != "any" and not _is_of(value, type_):
        raise _converted(type_)
    return value


def _is_of(value: Any, type_: Type) -> bool:
    """Whether a scalar is of the type as it is."""
    if type_.name == "literal":
        return any(value.__class__ is one.__class__ and value == one for one in type_.values)
    return type_.name in _SCALARS and value.__class__ is _SCALARS[type_.name]


def _fitted_items(value: Any, type_: Type) -> Any:
    """A list or a dictionary, each item as the type of items has it."""
    if type_.name not in ("any", value.__class__.__name__):
        raise _converted(type_)
    inner = type_.arguments[-1] if type_.arguments else Type(name="any")
    if isinstance(value, list):
        return [fitted(item, inner) for item in value]
    return {key: fitted(item, inner) for key, item in value.items()}


def _converted(type_: Type) -> NotExact:
    return NotExact(f"it would be converted to `{type_.text or type_.name}`")


def _fitted_to_one(value: Any, union: Type) -> Any:
    for one in union.arguments:
        try:
            found = fitted(value, one)
        except NotExact:
            continue
        if repr(found) == repr(value):
            return value
    raise _converted(union)
