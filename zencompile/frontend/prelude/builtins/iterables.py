"""Builtins over the items of a value: counting, folding, ordering and making iterators."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from zencompile.frontend.prelude.builtins.registry import Native, native
from zencompile.frontend.values import (
    MISSING,
    Context,
    Generator,
    Instance,
    Unended,
    Unknown,
    Value,
    dunder,
    operations,
    sorting,
    type_name,
)
from zencompile.frontend.values.operations import all_items
from zencompile.frontend.values.plain import unwrap

_EMPTY = "{}() iterable argument is empty" if sys.version_info >= (3, 12) else "{}() arg is an empty sequence"


@native("len", "obj, /")
def _len(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return operations.length(a[0], c)


@native("sum", "iterable, /, start=0")
def _sum(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    items = all_items(a[0], c)
    if isinstance(items, Unknown):
        return items.forgotten()
    total = c.force(a[1])
    if isinstance(unwrap(total), (str, bytes, bytearray)):
        raise c.raise_(TypeError(f"sum() can't sum {type_name(total)} [use join instead]"))
    for item in items:
        total = operations.binary("+", total, item, c)
    return total


def _extreme(largest: bool) -> Native:
    name = "max" if largest else "min"

    def function(a: list[Value], k: dict[str, Value], c: Context) -> Value:
        items = all_items(a[0], c) if len(a) == 1 else list(a)
        if isinstance(items, Unknown):
            return items.forgotten()
        if not a:
            raise c.raise_(TypeError(f"{name} expected at least 1 argument, got 0"))
        if len(a) > 1 and k["default"] is not MISSING:
            raise c.raise_(TypeError(f"Cannot specify a default for {name}() with multiple positional arguments"))
        if not items:
            if k["default"] is not MISSING:
                return k["default"]
            raise c.raise_(ValueError(_EMPTY.format(name)))
        return sorting.extreme(items, k["key"], largest, c)

    return function


native("max", "*arguments, key=None, default=...")(_extreme(True))
native("min", "*arguments, key=None, default=...")(_extreme(False))


@native("sorted", "iterable, /, *, key=None, reverse=False")
def _sorted(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    items = all_items(a[0], c)
    return items.forgotten() if isinstance(items, Unknown) else sorting.sort(items, k, c)


@native("reversed", "sequence, /")
def _reversed(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    value = c.force(a[0])
    special = dunder(value, "__reversed__")
    if special is not MISSING:
        return c.call(special, [value])
    if isinstance(value, (set, frozenset, Generator)):
        raise c.raise_(TypeError(f"'{type_name(value)}' object is not reversible"))
    if type(value) in (list, tuple, range, str, bytes, dict):
        return Generator(reversed(value), "reversed")  # of a list as it will be then
    items = all_items(value, c)
    return items.forgotten() if isinstance(items, Unknown) else Generator(reversed(items), "reversed")


@native("any", "iterable, /")
def _any(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return _quantify(a, c, True)


@native("all", "iterable, /")
def _all(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return _quantify(a, c, False)


def _quantify(a: list[Value], c: Context, stop_at: bool) -> Value:
    items = c.iterate(a[0])
    if isinstance(items, Unknown):
        return items.forgotten()
    unknown: list[Unknown] = []
    around = c.evaluator.uncertain
    depth = len(around)
    try:
        for item in items:
            c.tick()
            truth = c.truth(item)
            if truth is stop_at:
                return stop_at
            if isinstance(truth, Unknown):
                unknown.append(truth)
                around.append(truth)  # whether a further item is asked for
    finally:
        del around[depth:]
    return unknown[0].quantified(unknown, stop_at, c) if unknown else not stop_at


@native("enumerate", "iterable, start=0")
def _enumerate(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    items = c.iterate(a[0])
    start = c.force(a[1])
    if isinstance(items, Unknown):
        return items.forgotten()
    if isinstance(start, Unknown):
        return start.forgotten()
    if isinstance(start, Instance):
        return c.unknown("a count that an object begins")
    if not isinstance(start, int):
        raise c.raise_(TypeError(f"'{type_name(start)}' object cannot be interpreted as an integer"))
    counted = (item if isinstance(item, Unended) else (number, item) for number, item in enumerate(items, start))
    return Generator(counted, "enumerate")


@native("zip", "*iterables, strict=False")
def _zip(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    iterators = [c.iterate(one) for one in a]
    unknown = next((i.forgotten() for i in iterators if isinstance(i, Unknown)), None)
    if unknown is not None:
        return unknown
    strict = c.truth(k["strict"]) is True
    return Generator(_zipped(iterators, strict, c), "zip")  # type: ignore[arg-type]


def _zipped(iterators: list[Iterator[Value]], strict: bool, c: Context) -> Iterator[Value]:
    while iterators:
        row: list[Value] = []
        for index, one in enumerate(iterators):
            item = next(one, MISSING)
            if item is MISSING:
                if strict and (index or any(next(other, MISSING) is not MISSING for other in iterators[1:])):
                    raise c.raise_(ValueError(f"zip() argument {index + 1} is shorter than argument 1"))
                return
            if isinstance(item, Unended):
                yield item
                return
            row.append(item)
        yield tuple(row)


@native("map", "function, iterable, /, *iterables")
def _map(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    iterators = [c.iterate(one) for one in a[1:]]
    unknown = next((i.forgotten() for i in iterators if isinstance(i, Unknown)), None)
    if unknown is not None:
        return unknown
    rows = _zipped(iterators, False, c)  # type: ignore[arg-type]
    called = (row if isinstance(row, Unended) else c.call(a[0], list(row)) for row in rows)
    return Generator(called, "map")


@native("filter", "function, iterable, /")
def _filter(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    items = c.iterate(a[1])
    return items.forgotten() if isinstance(items, Unknown) else Generator(_filtered(a[0], items, c), "filter")


def _filtered(function: Value, items: Iterator[Value], c: Context) -> Iterator[Value]:
    for item in items:
        c.tick()
        if isinstance(item, Unended):
            yield item
            return
        kept = c.truth(item if function is None else c.call(function, [item]))
        if isinstance(kept, Unknown):
            yield Unended(kept.span, kept.reason, kept.reported)
            return
        if kept:
            yield item


@native("iter", "object, sentinel=..., /")
def _iter(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    if a[1] is not MISSING:
        return Generator(_until(a[0], a[1], c), "callable_iterator")
    value = c.force(a[0])
    if isinstance(value, Generator):
        return value
    items = c.iterate(value)
    return items.forgotten() if isinstance(items, Unknown) else Generator(items, "iterator")


def _until(function: Value, last: Value, c: Context) -> Iterator[Value]:
    while True:
        c.tick()
        value = c.call(function)
        same = operations.equal(value, last, c)
        if isinstance(same, Unknown):
            yield Unended(same.span, same.reason, same.reported)
        if same is not False:
            return
        yield value


@native("next", "iterator, default=..., /")
def _next(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    item = operations.next_item(a[0], c)
    if item is not MISSING:
        return item
    if a[1] is not MISSING:
        return a[1]
    iterator = c.force(a[0])
    raise c.raise_(iterator.end() if isinstance(iterator, Generator) else StopIteration())
