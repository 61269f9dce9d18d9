"""Functions of Python itself, called on plain data."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from pathlib import Path, PurePath
from types import GeneratorType
from typing import Any

from zencompile.frontend.values.base import MISSING, Context, NativeObject, Object, Unknown, Value
from zencompile.frontend.values.operations import described, iterate
from zencompile.frontend.values.plain import LARGEST, PLAIN, SCALARS, plain, unwrap


class _UnknownItem(Exception):
    """An item that an iterator of the program gave to a function of Python's own can't be known."""

    def __init__(self, unknown: Unknown) -> None:
        self.unknown = unknown


def call_pure(
    function: Callable[..., Any],
    arguments: list[Value],
    keywords: dict[str, Value],
    context: Context,
    name: str = "",
    receiver: Value = None,
) -> Value:
    """Call a function of Python itself on plain data; Unknown if some of it is unknown, or no plain data: what Python
    would make of an object of the program is not to be asked of the object that stands for it here."""
    given = []
    for argument in arguments:
        value = argument if argument.__class__ in SCALARS else plain_argument(argument, context)
        if isinstance(value, Unknown):
            return value.forgotten()
        given.append(value)
    options = {}
    for key, argument in keywords.items():
        value = plain_argument(argument, context)
        if isinstance(value, Unknown):
            return value.forgotten()
        options[key] = value
    too_large = _guard(receiver, name, given, context)
    if too_large is not None:
        return too_large
    try:
        result = function(*given, **options)
        return context.unknown("an iterator of Python's own") if isinstance(result, GeneratorType) else result
    except _UnknownItem as item:
        return item.unknown
    except MemoryError:
        return context.unknown("a value too large to be made when compiling")
    except Exception as error:
        if _asks_the_disk(error):
            return context.unknown("what Python's own code makes of a path's file")
        raise context.raise_(error) from None


def _asks_the_disk(error: Exception) -> bool:
    """Whether Python's own code asked a path for what only the one on a disk has: here it is given a pure one."""
    return isinstance(error, AttributeError) and isinstance(error.obj, PurePath) and hasattr(Path, error.name or "")


def plain_argument(value: Value, context: Context) -> Value:
    """A value that Python's own functions understand: plain data, and of other things what they stand for."""
    value = unwrap(context.force(value))
    if isinstance(value, NativeObject) and value.is_iterator:
        items = iterate(value, context)
        return items.forgotten() if isinstance(items, Unknown) else _host_iterator(items, context)
    value = plain(value, context)
    if type(value) in (list, tuple) and any(isinstance(item, Object) for item in value):
        value = type(value)(unwrap(item) for item in value)
    if isinstance(value, Unknown):
        return value.forgotten()
    foreign = _foreign(value)
    return value if foreign is MISSING else context.unknown(f"what Python's own code makes of {described(foreign)}")


def _host_iterator(items: Iterator[Value], context: Context) -> Iterator[Any]:
    """An iterator of the program as Python's own code may use it: it is advanced as far as that code asks."""
    for item in items:
        context.tick()
        value = plain_argument(item, context)
        if isinstance(value, Unknown):
            raise _UnknownItem(value)
        yield value


def _foreign(value: Value) -> Value:
    """The first part of a value that is no data of Python's own, or MISSING."""
    kind = value.__class__
    if kind in SCALARS:
        return MISSING
    if kind is dict:
        parts: Any = (*value.keys(), *value.values())
    elif kind in (list, tuple, set, frozenset):
        parts = value
    elif kind in PLAIN or isinstance(value, (type, BaseException, datetime.tzinfo)):
        return MISSING
    else:
        return value
    for part in parts:
        if part.__class__ not in SCALARS:
            found = _foreign(part)
            if found is not MISSING:
                return found
    return MISSING


_WIDE = frozenset({"ljust", "rjust", "center", "zfill", "expandtabs"})


def _guard(receiver: Value, name: str, given: list[Value], context: Context) -> Unknown | None:
    """Unknown for a call whose result would be too large to be made here."""
    size = given[0] if given and isinstance(given[0], int) else 0
    if isinstance(receiver, (str, bytes)):
        length = len(receiver)
        replaced = name == "replace" and len(given) >= 2 and isinstance(given[1], (str, bytes))
        too_large = (
            (name in _WIDE and size > LARGEST)
            or (name == "expandtabs" and length * size > LARGEST)
            or (replaced and (length + 1) * (len(given[1]) + 1) > LARGEST)
        )
        if too_large:
            return context.unknown("a text too large to be made when compiling")
        context.tick(length // 10_000)
    if name in ("to_bytes", "bytes", "bytearray", "zfill") and size > LARGEST:
        return context.unknown("a value too large to be made when compiling")
    return None
