"""Iteration: the items of any value, and the iterators that a program makes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from zencompile.frontend.evaluator.plain import force, in_order
from zencompile.frontend.evaluator.scopes import Frame
from zencompile.frontend.values import (
    MISSING,
    Class,
    Context,
    EnumMember,
    Instance,
    NativeFunction,
    NativeObject,
    Raised,
    Symbol,
    Unknown,
    Value,
    type_name,
)

if TYPE_CHECKING:
    from zencompile.frontend.evaluator.core import Evaluator


class Generator(NativeObject):
    """An iterator of the program: a generator, `iter(x)`, `zip(…)`, `map(…)`. `source` is a Python iterator over
    values."""

    type_name = "generator"

    def __init__(self, source: Iterator[Value], type_name: str = "generator") -> None:
        self.source = source
        self.type_name = type_name  # type: ignore[misc]

    def iterate(self, context: Context) -> Iterator[Value] | Unknown:
        return self.source

    def get_attribute(self, name: str, context: Context) -> Value:
        if name in ("__next__", "send"):
            return NativeFunction(name, lambda a, k, c: self._next(c))
        if name == "close":
            return NativeFunction(name, lambda a, k, c: self._close())
        if name == "__iter__":
            return NativeFunction(name, lambda a, k, c: self)
        return super().get_attribute(name, context)

    def _next(self, context: Context) -> Value:
        for item in self.source:
            return item
        raise context.raise_(StopIteration())

    def _close(self) -> None:
        self.source = iter(())

    def text(self, context: Context) -> str | Unknown:
        return context.unknown(f"the text of a {self.type_name}")


def iterate(ev: Evaluator, value: Value, node: ast.AST, frame: Frame) -> Iterator[Value] | Unknown:
    """The items of a value. Consumers count what they take (`tick`), so that nothing runs for ever."""
    value = force(ev, value, node, frame)
    kind = type(value)
    if kind in (list, tuple, range, str, bytes):
        return iter(value)  # type: ignore[no-any-return]
    if kind in (dict, set, frozenset):
        return iter(list(value) if kind is dict else in_order(value))
    if isinstance(value, Unknown):
        return value
    context = Context(ev, node, frame.module)
    if isinstance(value, NativeObject):
        return value.iterate(context)
    if isinstance(value, Class):
        if value.kind == "enum":
            return iter(list(value.members.values()))
    elif isinstance(value, Instance):
        found = _iterate_instance(ev, value, context)
        if found is not None:
            return found
    elif isinstance(value, Symbol):
        return context.unknown(f"the items of `{value.path}`, which is not read")
    elif isinstance(value, EnumMember) and value.mixin is str:
        return iter(value.value)  # type: ignore[no-any-return]
    elif isinstance(value, bytearray):
        return iter(bytes(value))
    raise ev.raised(TypeError(f"'{type_name(value)}' object is not iterable"), node, frame)


def _iterate_instance(ev: Evaluator, value: Instance, context: Context) -> Iterator[Value] | Unknown | None:
    special = value.class_.lookup("__iter__")
    if special is not MISSING:
        iterator = context.force(ev.call_value(special, [value], {}, context))
        if isinstance(iterator, Instance):
            advance = iterator.class_.lookup("__next__")
            return _advance(ev, iterator, advance, context) if advance is not MISSING else None
        return ev.iterate(iterator, context)
    special = value.class_.lookup("__getitem__")
    if special is not MISSING:
        return _by_index(ev, value, special, context)
    if value.native is not MISSING:
        return ev.iterate(value.native, context)
    if value.class_.kind == "namedtuple":
        return iter(list(value.attributes.values()))
    if value.class_.kind == "pydantic":
        return iter([(name, value.attributes[name]) for name in value.class_.fields if name in value.attributes])
    return context.unknown(f"the items of a `{value.class_.name}`") if value.class_.is_open else None


def _advance(ev: Evaluator, iterator: Instance, advance: Value, context: Context) -> Iterator[Value]:
    while True:
        try:
            yield ev.call_value(advance, [iterator], {}, context)
        except Raised as raised:
            if isinstance(raised.value, StopIteration):
                return
            raise


def _by_index(ev: Evaluator, value: Instance, special: Value, context: Context) -> Iterator[Value]:
    index = 0
    while True:
        try:
            yield ev.call_value(special, [value, index], {}, context)
        except Raised as raised:
            if isinstance(raised.value, IndexError):
                return
            raise
        index += 1


def bounded(ev: Evaluator, items: Iterator[Value], node: ast.AST, frame: Frame) -> list[Value]:
    """All items, counted."""
    result = []
    for item in items:
        result.append(item)
        ev.steps += 1
        if ev.steps > ev.limit:
            ev.out_of_steps(node, frame)
    return result


def all_items(value: Value, context: Context) -> list[Value] | Unknown:
    """All items of any value, counted; or Unknown."""
    items = context.iterate(value)
    if isinstance(items, Unknown):
        return items
    return bounded(context.evaluator, items, context.node, context.evaluator._frame(context))


def unpack(
    ev: Evaluator, value: Value, count: int, starred: int | None, node: ast.AST, frame: Frame
) -> list[Value] | Unknown:
    if type(value) in (list, tuple):
        return list(value)
    if isinstance(value, Symbol):
        return ev.unknown(node, frame, f"the items of `{value.path}`, which is not read")
    items = iterate(ev, value, node, frame)
    if isinstance(items, Unknown):
        return items
    if starred is not None:
        return bounded(ev, items, node, frame)
    result = []
    for item in items:
        result.append(item)
        if len(result) > count:
            break
    return result
