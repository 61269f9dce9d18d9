"""Plain data: which types are, how large a value may be, and data with everything lazy inside forced."""

from __future__ import annotations

import datetime
import decimal
import fractions
import pathlib
import uuid
from typing import Any

from zencompile.frontend.values.base import Context, Lazy, Object, Unknown, Value

LARGEST = 5_000_000
"""Items or characters of one value; more is taken for a mistake."""

SCALARS = frozenset({int, float, str, bool, type(None), bytes, complex})
CONTAINERS = frozenset({list, tuple, dict, set, frozenset})
PLAIN = SCALARS | CONTAINERS | {
    range, slice, type(...), type(NotImplemented), bytearray, decimal.Decimal, fractions.Fraction, uuid.UUID,
    datetime.datetime, datetime.date, datetime.time, datetime.timedelta, datetime.timezone,
    pathlib.PurePosixPath, pathlib.PureWindowsPath,
}  # fmt: skip


def unwrap(value: Value) -> Value:
    """The plain data that a value also is: of a str-enum's member, of an instance of `class D(dict)`. Unknown for what
    is data, but known only where a step runs."""
    if not isinstance(value, Object):
        return value
    inner = value.unwrap()
    return inner.unwrap() if isinstance(inner, Object) and inner.is_data else inner


def identical(left: Value, right: Value) -> bool:
    """Whether two values can't be told apart: the same object, or plain data that are equal."""
    if left is right:
        return True
    is_data = type(left) in PLAIN or (isinstance(left, Object) and left.is_data)
    return type(left) is type(right) and is_data and bool(left == right)


def in_order(items: Any) -> list[Value]:
    """The items of a set in the order in which a program meets them.

    Sets of numbers have Python's own order, which is the same wherever the program runs. Python takes any other set in
    an order that differs from run to run; here it is one that doesn't depend on the machine, so that what is compiled
    is the same everywhere: sorted, or where that can't be, by type and text.
    """
    if has_own_order(items):
        return list(items)
    try:
        return sorted(items)
    except Exception:
        return sorted(
            items,
            key=lambda item: (type(item).__name__, repr(item) if type(item) in PLAIN else getattr(item, "name", "")),
        )


_NUMBERS = frozenset({int, float, bool, complex})


def has_own_order(items: Any) -> bool:
    """Whether the order of a set doesn't depend on the hash seed: its items are numbers, or tuples of them. (A NaN has
    the hash of an address.)"""
    return all(
        (item.__class__ in _NUMBERS and item == item)
        or (item.__class__ is tuple and has_own_order(item))
        or (isinstance(item, Object) and unwrap(item).__class__ in _NUMBERS)
        for item in items
    )


def only_scalars(container: Any) -> bool:
    """Whether Python's own comparison of the container's items is the program's."""
    items = (*container.keys(), *container.values()) if type(container) is dict else container
    return all(item.__class__ in SCALARS for item in items)


def plain(value: Value, context: Context) -> Value:
    """Plain data with every Lazy inside forced, or the first Unknown. Shares what needs no change."""
    return _plain(value, context, 0)


def _plain(value: Value, context: Context, depth: int) -> Value:
    kind = value.__class__
    if kind in SCALARS:
        return value
    if depth > 100:
        return context.unknown("data that contain themselves")
    uncertain = context.evaluator.uncertain_objects
    if uncertain and id(value) in uncertain:
        return uncertain[id(value)][1]
    if kind is list or kind is tuple:
        return _plain_sequence(value, context, depth)
    if kind is dict:
        return _plain_mapping(value, context, depth)
    if kind is set or kind is frozenset:
        return next((item.forgotten() for item in value if isinstance(item, Unknown)), value)
    if isinstance(value, Lazy):
        return _plain(context.force(value), context, depth + 1)
    return value


def _plain_sequence(value: Any, context: Context, depth: int) -> Value:
    changed = False
    items = []
    for item in value:
        new = item if item.__class__ in SCALARS else _plain(item, context, depth + 1)
        if isinstance(new, Unknown):
            return new.forgotten()
        changed = changed or new is not item
        items.append(new)
    return type(value)(items) if changed else value


def _plain_mapping(value: dict[Value, Value], context: Context, depth: int) -> Value:
    result = {}
    changed = False
    for key, item in value.items():
        new_key, new = _plain(key, context, depth + 1), _plain(item, context, depth + 1)
        if isinstance(new_key, Unknown):
            return new_key.forgotten()
        if isinstance(new, Unknown):
            return new.forgotten()
        changed = changed or new is not item or new_key is not key
        result[new_key] = new
    return result if changed else value
