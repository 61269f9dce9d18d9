"""`itertools`."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Iterator
from typing import Any

from zencompile.frontend.evaluator import arithmetic
from zencompile.frontend.evaluator.iteration import Generator, all_items
from zencompile.frontend.evaluator.plain import identical
from zencompile.frontend.stdlib.helpers import Keywords, module
from zencompile.frontend.values import MISSING, Context, NativeFunction, Unknown, Value


def _lazy(name: str, function: Callable[..., Iterator[Value]], iterables: int = 1000, first: int = 0) -> NativeFunction:
    """A function of itertools itself: arguments from `first` on are iterables (at most so many), the others forced."""

    def act(a: list[Value], k: Keywords, c: Context) -> Value:
        given: list[Value] = []
        for index, argument in enumerate(a):
            value = c.iterate(argument) if first <= index < first + iterables else c.force(argument)
            if isinstance(value, Unknown):
                return value
            given.append(value)
        options = {n: c.force(v) for n, v in k.items()}
        try:
            return Generator(iter(function(*given, **options)), name)
        except Exception as error:
            raise c.raise_(error) from None

    return NativeFunction(name, act)


def _bounded(name: str, function: Any) -> NativeFunction:
    """A function of itertools that multiplies: its inputs are taken whole and its items counted."""

    def act(a: list[Value], k: Keywords, c: Context) -> Value:
        given: list[Value] = []
        for index, argument in enumerate(a):
            value = all_items(argument, c) if index == 0 or name == "product" else c.force(argument)
            if isinstance(value, Unknown):
                return value
            given.append(value)
        try:
            return Generator(iter(function(*given, **{n: c.force(v) for n, v in k.items()})), name)
        except Exception as error:
            raise c.raise_(error) from None

    return NativeFunction(name, act)


def _calling(name: str, generate: Callable[[Value, Iterator[Value], Context], Iterator[Value]]) -> NativeFunction:
    def act(a: list[Value], k: Keywords, c: Context) -> Value:
        source = c.iterate(a[1])
        return source if isinstance(source, Unknown) else Generator(generate(a[0], source, c), name)

    return NativeFunction(name, act)


def _starmap(function: Value, source: Iterator[Value], c: Context) -> Iterator[Value]:
    for item in source:
        row = all_items(item, c)
        yield row if isinstance(row, Unknown) else c.call(function, row)


def _takewhile(function: Value, source: Iterator[Value], c: Context) -> Iterator[Value]:
    for item in source:
        if c.truth(c.call(function, [item])) is not True:
            return
        yield item


def _dropwhile(function: Value, source: Iterator[Value], c: Context) -> Iterator[Value]:
    dropping = True
    for item in source:
        dropping = dropping and c.truth(c.call(function, [item])) is True
        if not dropping:
            yield item


def _filterfalse(function: Value, source: Iterator[Value], c: Context) -> Iterator[Value]:
    for item in source:
        if c.truth(item if function is None else c.call(function, [item])) is False:
            yield item


def _groupby(a: list[Value], k: Keywords, c: Context) -> Value:
    listed = all_items(a[0], c)
    if isinstance(listed, Unknown):
        return listed
    key = a[1] if len(a) > 1 else k.get("key")
    groups: list[tuple[Value, list[Value]]] = []
    for item in listed:
        value = item if key is None else c.call(key, [item])
        if groups and identical(groups[-1][0], value):
            groups[-1][1].append(item)
        else:
            groups.append((value, [item]))
    return Generator(iter([(value, Generator(iter(group))) for value, group in groups]), "groupby")


def _accumulate(a: list[Value], k: Keywords, c: Context) -> Value:
    listed = all_items(a[0], c)
    if isinstance(listed, Unknown):
        return listed
    function = a[1] if len(a) > 1 else k.get("func")
    ev = c.evaluator
    found: list[Value] = []
    total = k.get("initial", MISSING)
    if total is not MISSING and total is not None:
        found.append(total)
    for item in listed:
        if not found:
            found.append(item)
        elif function is None:
            found.append(arithmetic.binary(ev, ast.Add, found[-1], item, c.node, ev._frame(c)))
        else:
            found.append(c.call(function, [found[-1], item]))
    return Generator(iter(found), "accumulate")


def _chain_items(source: Iterator[Value], c: Context) -> Iterator[Value]:
    for one in source:
        inner = c.iterate(one)
        if isinstance(inner, Unknown):
            yield inner
        else:
            yield from inner


class Chain(NativeFunction):
    """`itertools.chain` and `chain.from_iterable`."""

    def __init__(self) -> None:
        super().__init__("chain", lambda a, k, c: Generator(_chain_items(iter(a), c), "chain"))

    def get_attribute(self, name: str, context: Context) -> Value:
        if name == "from_iterable":
            return NativeFunction(name, self._from_iterable)
        return super().get_attribute(name, context)

    def _from_iterable(self, a: list[Value], k: Keywords, c: Context) -> Value:
        source = c.iterate(a[0])
        return source if isinstance(source, Unknown) else Generator(_chain_items(source, c), "chain")


def _tee(a: list[Value], c: Context) -> Value:
    listed = all_items(a[0], c)
    number = c.force(a[1]) if len(a) > 1 else 2
    if isinstance(listed, Unknown) or not isinstance(number, int) or number > 1000:
        return c.unknown("copies of an iterator")
    return tuple(Generator(iter(list(listed))) for _ in range(number))


def _batched(a: list[Value], c: Context) -> Value:
    listed, size = all_items(a[0], c), c.force(a[1])
    if isinstance(listed, Unknown) or not isinstance(size, int) or size < 1:
        return c.unknown("batches of an iterable")
    return Generator(iter([tuple(listed[i : i + size]) for i in range(0, len(listed), size)]))


MODULES: dict[str, Value] = {
    "itertools": module(
        "itertools",
        {
            "chain": Chain(),
            "count": _lazy("count", itertools.count, 0),
            "cycle": _lazy("cycle", itertools.cycle),
            "repeat": NativeFunction("repeat", lambda a, k, c: Generator(
                itertools.repeat(a[0], *[c.force(x) for x in [*a[1:], *k.values()]]), "repeat")),
            "islice": _lazy("islice", itertools.islice, 1),
            "zip_longest": _lazy("zip_longest", itertools.zip_longest),
            "compress": _lazy("compress", itertools.compress),
            "pairwise": _lazy("pairwise", itertools.pairwise),
            "product": _bounded("product", itertools.product),
            "permutations": _bounded("permutations", itertools.permutations),
            "combinations": _bounded("combinations", itertools.combinations),
            "combinations_with_replacement": _bounded("combinations", itertools.combinations_with_replacement),
            "starmap": _calling("starmap", _starmap),
            "takewhile": _calling("takewhile", _takewhile),
            "dropwhile": _calling("dropwhile", _dropwhile),
            "filterfalse": _calling("filterfalse", _filterfalse),
            "groupby": NativeFunction("groupby", _groupby),
            "accumulate": NativeFunction("accumulate", _accumulate),
            "tee": NativeFunction("tee", lambda a, k, c: _tee(a, c)),
            "batched": NativeFunction("batched", lambda a, k, c: _batched(a, c)),
        },
    ),
}  # fmt: skip
