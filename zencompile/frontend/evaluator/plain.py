"""Plain data: which types are, how a value becomes it (forced, unwrapped, as a key), and how large it may be."""

from __future__ import annotations

import ast
import datetime
import decimal
import fractions
import pathlib
import uuid
from typing import TYPE_CHECKING, Any

from zencompile.frontend.evaluator.scopes import Frame
from zencompile.frontend.values import MISSING, Context, EnumMember, Instance, Lazy, Unknown, Value, type_name

if TYPE_CHECKING:
    from zencompile.frontend.evaluator.core import Evaluator


LARGEST = 5_000_000
"""Items or characters of one value; more is taken for a mistake."""

SCALARS = frozenset({int, float, str, bool, type(None), bytes, complex})
CONTAINERS = frozenset({list, tuple, dict, set, frozenset})
PLAIN = SCALARS | CONTAINERS | {
    range, slice, type(...), type(NotImplemented), bytearray, decimal.Decimal, fractions.Fraction, uuid.UUID,
    datetime.datetime, datetime.date, datetime.time, datetime.timedelta, datetime.timezone,
    pathlib.PurePosixPath, pathlib.PureWindowsPath,
}  # fmt: skip


def force(ev: Evaluator, value: Value, node: ast.AST, frame: Frame) -> Value:
    """A value that an operation can have: what a Lazy stands for; an Unknown for an object that is uncertain."""
    if isinstance(value, Lazy):
        value = Context(ev, node, frame.module).force(value)
    if ev.uncertain_objects and id(value) in ev.uncertain_objects:
        return ev.uncertain_objects[id(value)][1]
    return value


def unwrap(value: Value) -> Value:
    """The plain data that a value also is: of a str-enum's member, of an instance of `class D(dict)`."""
    if type(value) is EnumMember and value.mixin is not None:
        return value.value
    if type(value) is Instance and value.native is not MISSING and type(value.native) in PLAIN:
        return value.native
    return value


def identical(left: Value, right: Value) -> bool:
    if left is right:
        return True
    return type(left) is type(right) and type(left) in PLAIN and bool(left == right)


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
    """Whether the order of a set doesn't depend on the hash seed: its items are numbers, or tuples of them."""
    return all(
        item.__class__ in _NUMBERS or (item.__class__ is tuple and has_own_order(item)) or _is_number_member(item)
        for item in items
    )


def _is_number_member(item: Value) -> bool:
    return type(item) is EnumMember and item.mixin is int


def only_scalars(container: Any) -> bool:
    """Whether Python's own comparison of the container's items is the program's."""
    items = (*container.keys(), *container.values()) if type(container) is dict else container
    return all(item.__class__ in SCALARS for item in items)


def plain(ev: Evaluator, value: Value, context: Context) -> Value:
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
        changed = False
        items = []
        for item in value:
            new = item if item.__class__ in SCALARS else _plain(item, context, depth + 1)
            if isinstance(new, Unknown):
                return new
            changed = changed or new is not item
            items.append(new)
        return kind(items) if changed else value
    if kind is dict:
        result = {}
        changed = False
        for key, item in value.items():
            new_key, new = _plain(key, context, depth + 1), _plain(item, context, depth + 1)
            if isinstance(new_key, Unknown):
                return new_key
            if isinstance(new, Unknown):
                return new
            changed = changed or new is not item or new_key is not key
            result[new_key] = new
        return result if changed else value
    if kind is set or kind is frozenset:
        return next((item for item in value if isinstance(item, Unknown)), value)
    if isinstance(value, Lazy):
        return _plain(context.force(value), context, depth + 1)
    return value


def hashable(ev: Evaluator, value: Value, node: ast.AST, frame: Frame) -> Value:
    """A value as a key: forced, and of a type that can be one."""
    if value.__class__ in SCALARS:
        return value
    value = force(ev, value, node, frame)
    if isinstance(value, tuple):
        value = tuple(hashable(ev, item, node, frame) for item in value)
    elif type(value) in (list, dict, set, bytearray, slice):
        raise ev.raised(TypeError(f"unhashable type: '{type_name(value)}'"), node, frame)
    elif isinstance(value, Instance):
        return _instance_key(value)
    return value


def _instance_key(value: Instance) -> Value:
    if value.class_.kind == "namedtuple":
        return tuple(value.attributes.values())
    return value
