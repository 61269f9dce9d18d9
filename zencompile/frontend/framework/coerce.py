"""Values against annotations, by pydantic's lax rules, without importing anything of the user's.

A step's parameter is only *checked* here: it is stored as it was written and coerced where the step runs. A pipeline's
parameter is *coerced*, because the body computes with it. What can't be judged (a class that is not read, a value
that is not known) is accepted.
"""

from __future__ import annotations

import datetime
import decimal
import math
import pathlib
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from zencompile.frontend.values import Placed, ProjectPath, ProjectText
from zencompile.ir import Type

Build = Callable[[Type, object], object]
_TRUE = frozenset({"1", "on", "t", "true", "y", "yes"})
_FALSE = frozenset({"0", "off", "f", "false", "n", "no"})
_INTEGER = re.compile(r"[+-]?\d+(_\d+)*(\.0*)?")
_SEQUENCES = (list, tuple, set, frozenset)


class Mismatch(ValueError):
    """A value that an annotation refuses; the message reads "expected an integer, got 'x'"."""


@dataclass(frozen=True)
class Constraint:
    """One keyword of a pydantic `Field`, or an annotated-types object: `gt`, `ge`, `lt`, `le`, `min_length`, …"""

    name: str
    bound: Any


@dataclass(frozen=True)
class Annotation:
    """A type and what `Annotated` adds to it."""

    type: Type
    constraints: tuple[Constraint, ...] = ()


ANY = Annotation(Type.model_construct(name="any"))


def coerce(value: object, annotation: Annotation, build: Build | None = None) -> object:
    """The value that pydantic would hand to the function. Raises `Mismatch`.

    `build` makes an object of one of the project's classes (model, dataclass, enum) from what was given for it.
    """
    result = _coerce(value, annotation.type, build)
    for constraint in annotation.constraints:
        _constrain(result, constraint)
    return result


def _coerce(value: object, wanted: Type, build: Build | None) -> object:
    if isinstance(value, Placed):
        return _coerce_placed(value, wanted)
    rule = _RULES.get(wanted.name)
    if rule is not None:
        return rule(value, wanted, build)
    if wanted.what in ("enum", "model", "dataclass") and build is not None:
        return build(wanted, value)
    return value


def _coerce_placed(value: Placed, wanted: Type) -> object:
    """A path of the project, or a text that holds one: nothing that a number is written as."""
    if wanted.name == "pathlib.Path" and isinstance(value, ProjectText):
        return ProjectPath(PurePosixPath(value.inner))
    if wanted.name == "union":
        own = "str" if isinstance(value, ProjectText) else "pathlib.Path"
        names = {member.name for member in wanted.arguments}
        return value if own in names else _union(value, wanted, None)
    if wanted.name == "str" and isinstance(value, ProjectPath):
        raise _wrong("a string", value)
    if wanted.name in _NEVER_TEXT:
        raise _wrong(_NEVER_TEXT[wanted.name], value)
    return value


_NEVER_TEXT = {
    "none": "None", "bool": "a boolean", "int": "an integer", "float": "a number", "list": "a list", "set": "a set",
    "tuple": "a tuple", "dict": "a dictionary",
}  # fmt: skip


def shown(value: object) -> str:
    """`value` as a message shows it: short, on one line."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _wrong(what: str, value: object) -> Mismatch:
    return Mismatch(f"expected {what}, got {shown(value)}")


def _known(value: object) -> bool:
    return value is None or isinstance(
        value, (bool, int, float, str, bytes, list, tuple, set, frozenset, dict, *_CLOCK)
    )


_CLOCK = (datetime.date, datetime.time, datetime.timedelta, uuid.UUID, decimal.Decimal, pathlib.PurePath)


def _any(value: object, wanted: Type, build: Build | None) -> object:
    return value


def _none(value: object, wanted: Type, build: Build | None) -> object:
    if value is not None and _known(value):
        raise _wrong("None", value)
    return value


def _bool(value: object, wanted: Type, build: Build | None) -> object:
    if isinstance(value, bool) or not _known(value):
        return value
    if isinstance(value, (int, float)) and value in (0, 1):
        return bool(value)
    if isinstance(value, str) and value.lower() in _TRUE | _FALSE:
        return value.lower() in _TRUE
    raise _wrong("a boolean", value)


def _int(value: object, wanted: Type, build: Build | None) -> object:
    if not _known(value):
        return value
    if isinstance(value, (bool, int)):
        return int(value)
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        return int(value)
    if isinstance(value, str) and _INTEGER.fullmatch(value.strip()):
        return int(value.strip().partition(".")[0])
    raise _wrong("an integer", value)


def _float(value: object, wanted: Type, build: Build | None) -> object:
    if not _known(value):
        return value
    if isinstance(value, (bool, int, float)):
        return float(value)
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            pass
    raise _wrong("a number", value)


def _str(value: object, wanted: Type, build: Build | None) -> object:
    if isinstance(value, str) or not _known(value):
        return value
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            pass
    raise _wrong("a string", value)


def _bytes(value: object, wanted: Type, build: Build | None) -> object:
    if isinstance(value, bytes) or not _known(value):
        return value
    if isinstance(value, str):
        return value.encode()
    raise _wrong("bytes", value)


def _sequence(make: Callable[[list[object]], object], what: str) -> Callable[[object, Type, Build | None], object]:
    def rule(value: object, wanted: Type, build: Build | None) -> object:
        if not _known(value):
            return value
        if not isinstance(value, _SEQUENCES):
            raise _wrong(what, value)
        if not wanted.arguments:
            return make(list(value))
        return make([_coerce(item, wanted.arguments[0], build) for item in value])

    return rule


def _tuple(value: object, wanted: Type, build: Build | None) -> object:
    if not _known(value):
        return value
    if not isinstance(value, _SEQUENCES):
        raise _wrong("a tuple", value)
    items, types = list(value), wanted.arguments
    if not types:
        return tuple(items)
    if len(types) == 2 and types[1].name == "...":
        return tuple(_coerce(item, types[0], build) for item in items)
    if len(items) != len(types):
        raise _wrong(f"{len(types)} items", value)
    return tuple(_coerce(item, t, build) for item, t in zip(items, types, strict=True))


def _dict(value: object, wanted: Type, build: Build | None) -> object:
    if not _known(value):
        return value
    if not isinstance(value, dict):
        raise _wrong("a dictionary", value)
    if len(wanted.arguments) != 2:
        return dict(value)
    key, item = wanted.arguments
    return {_coerce(k, key, build): _coerce(v, item, build) for k, v in value.items()}


def _union(value: object, wanted: Type, build: Build | None) -> object:
    """Smart mode: a member that takes the value as it is, else the first that can coerce it."""
    if any(_is_exactly(value, member) for member in wanted.arguments):
        return value
    problems = []
    for member in wanted.arguments:
        try:
            return _coerce(value, member, build)
        except Mismatch as problem:
            problems.append(str(problem).partition(", got ")[0].removeprefix("expected "))
    raise _wrong(" or ".join(dict.fromkeys(problems)), value)


def _is_exactly(value: object, member: Type) -> bool:
    if member.name == "none":
        return value is None
    if member.name == "literal":
        return value in member.values
    return type(value).__name__ == member.name and not member.arguments


def _literal(value: object, wanted: Type, build: Build | None) -> object:
    if not _known(value):
        return value
    if any(value == choice and type(value) is type(choice) for choice in wanted.values):
        return value
    raise _wrong("one of " + ", ".join(map(repr, wanted.values)), value)


def _parsed(classes: tuple[type, ...], parse: Callable[[Any], object], what: str) -> Callable[..., object]:
    def rule(value: object, wanted: Type, build: Build | None) -> object:
        if isinstance(value, classes) or not _known(value):
            return value
        if isinstance(value, (str, int, float)) and not isinstance(value, bool):
            try:
                return parse(value)
            except (ValueError, TypeError, ArithmeticError, OverflowError):
                pass
        raise _wrong(what, value)

    return rule


def _datetime(value: Any) -> object:
    if isinstance(value, str):
        return datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
    return datetime.datetime.fromtimestamp(value, datetime.timezone.utc)


def _seconds(value: Any) -> object:
    return datetime.timedelta(seconds=float(value))


_RULES: dict[str, Callable[[object, Type, Build | None], object]] = {
    "any": _any,
    "none": _none,
    "bool": _bool,
    "int": _int,
    "float": _float,
    "str": _str,
    "bytes": _bytes,
    "list": _sequence(list, "a list"),
    "set": _sequence(set, "a set"),
    "tuple": _tuple,
    "dict": _dict,
    "union": _union,
    "literal": _literal,
    "datetime.datetime": _parsed((datetime.date,), _datetime, "a date and time"),
    "datetime.date": _parsed((datetime.date,), lambda v: datetime.date.fromisoformat(str(v)), "a date"),
    "datetime.time": _parsed((datetime.time,), lambda v: datetime.time.fromisoformat(str(v)), "a time"),
    "datetime.timedelta": _parsed((datetime.timedelta,), _seconds, "a duration"),
    "pathlib.Path": _parsed((pathlib.PurePath,), lambda v: pathlib.PurePosixPath(_text(v)), "a path"),
    "uuid.UUID": _parsed((uuid.UUID,), lambda v: uuid.UUID(_text(v)), "a UUID"),
    "decimal.Decimal": _parsed((decimal.Decimal,), lambda v: decimal.Decimal(str(v)), "a decimal number"),
}


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _constrain(value: object, constraint: Constraint) -> None:
    """Raise `Mismatch` if a bound that can be judged here does not hold."""
    test = _CONSTRAINTS.get(constraint.name)
    if test is None or value is None or not _known(value):
        return
    relation, holds = test
    try:
        fine = holds(value, constraint.bound)
    except TypeError:
        return
    if not fine:
        raise _wrong(f"{relation} {constraint.bound!r}", value)


_CONSTRAINTS: dict[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "gt": ("a value greater than", lambda v, b: v > b),
    "ge": ("a value of at least", lambda v, b: v >= b),
    "lt": ("a value less than", lambda v, b: v < b),
    "le": ("a value of at most", lambda v, b: v <= b),
    "multiple_of": ("a multiple of", lambda v, b: v % b == 0),
    "min_length": ("a length of at least", lambda v, b: len(v) >= b),
    "max_length": ("a length of at most", lambda v, b: len(v) <= b),
    "pattern": ("a match of", lambda v, b: re.search(b, v) is not None),
}
