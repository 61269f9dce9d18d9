"""`itertools`: as lazy as Python's, and with its sharing: an iterator that is advanced once is advanced for all.

What the program's own functions and comparisons decide is asked of the evaluator. Where that can't be known, the
iterator gives an unknown item and ends.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from zencompile.frontend.prelude.helpers import Keywords, module
from zencompile.frontend.prelude.modelled import unknown_among
from zencompile.frontend.prelude.signatures import Declared
from zencompile.frontend.values import MISSING, Context, Generator, Unknown, Value, operations
from zencompile.frontend.values.operations import all_items
from zencompile.frontend.values.pure import call_pure


def _over(name: str, signature: str, iterables: slice, make: Callable[[list[Any], Keywords, Context], Any]) -> Declared:
    """A function whose arguments in a slice are iterables: `make` gets iterators in their places."""

    def act(a: list[Value], k: Keywords, c: Context) -> Value:
        given: list[Any] = list(a)
        given[iterables] = [c.iterate(one) for one in a[iterables]]
        unknown = unknown_among(given[iterables])
        return unknown if unknown is not None else Generator(make(given, k, c), name)

    return Declared(name, signature, act)


def _count(a: list[Value], k: Keywords, c: Context) -> Value:
    made = call_pure(itertools.count, a, {}, c)
    return made.forgotten() if isinstance(made, Unknown) else Generator(made, "count")


def _repeat(a: list[Value], k: Keywords, c: Context) -> Value:
    if a[1] is MISSING:
        return Generator(itertools.repeat(a[0]), "repeat")
    times = call_pure(itertools.repeat, [None, a[1]], {}, c)
    return times.forgotten() if isinstance(times, Unknown) else Generator((a[0] for _ in times), "repeat")


def _islice(a: list[Value], k: Keywords, c: Context) -> Value:
    made = call_pure(itertools.islice, [(), *a[1:]], {}, c)  # are the bounds as they must be?
    source = made if isinstance(made, Unknown) else c.iterate(a[0])
    if isinstance(source, Unknown):
        return source.forgotten()
    return Generator(itertools.islice(source, *[c.force(one) for one in a[1:]]), "islice")


def _cycle(a: list[Any], k: Keywords, c: Context) -> Iterator[Value]:
    seen: list[Value] = []
    for item in a[0]:
        seen.append(item)
        yield item
    while seen:
        yield from seen


def _compress(a: list[Any], k: Keywords, c: Context) -> Iterator[Value]:
    for item, selector in zip(a[0], a[1], strict=False):
        kept = c.truth(selector)
        if isinstance(kept, Unknown):
            yield kept
            return
        if kept:
            yield item


def _starmap(a: list[Any], k: Keywords, c: Context) -> Iterator[Value]:
    for item in a[1]:
        row = all_items(item, c)
        yield row if isinstance(row, Unknown) else c.call(a[0], row)


def _takewhile(a: list[Any], k: Keywords, c: Context) -> Iterator[Value]:
    for item in a[1]:
        kept = c.truth(c.call(a[0], [item]))
        if isinstance(kept, Unknown):
            yield kept
        if kept is not True:
            return
        yield item


def _dropwhile(a: list[Any], k: Keywords, c: Context) -> Iterator[Value]:
    for item in a[1]:
        dropped = c.truth(c.call(a[0], [item]))
        if isinstance(dropped, Unknown):
            yield dropped
            return
        if not dropped:
            yield item
            break
    yield from a[1]


def _filterfalse(a: list[Any], k: Keywords, c: Context) -> Iterator[Value]:
    for item in a[1]:
        dropped = c.truth(item if a[0] is None else c.call(a[0], [item]))
        if isinstance(dropped, Unknown):
            yield dropped
            return
        if not dropped:
            yield item


class _Groups:
    """The state of one `groupby`: its groups are parts of one iterator, so going on to the next ends the last."""

    def __init__(self, source: Iterator[Value], key: Value, context: Context) -> None:
        self.source = source
        self.key = key
        self.context = context
        self.item: Value = MISSING
        self.value: Value = MISSING
        self.number = 0

    def advance(self) -> bool:
        """Go on to the next item; False at the end."""
        item = next(self.source, MISSING)
        if item is MISSING:
            return False
        self.context.tick()
        self.item = item
        self.value = item if self.key is None else self.context.call(self.key, [item])
        return True

    def same(self, value: Value) -> bool | Unknown:
        """Whether the present item is of the group with that key."""
        c = self.context
        if self.value is value:
            return True
        return c.truth(operations.compare("==", self.value, value, c))

    def groups(self) -> Iterator[Value]:
        more = self.advance()
        while more:
            value = self.value
            if isinstance(value, Unknown):
                yield value
                return
            yield value, Generator(self._group(value, self.number), "_grouper")
            self.number += 1
            same = self.same(value)
            while same is True:
                more = self.advance()
                if not more:
                    return
                same = self.same(value)
            if isinstance(same, Unknown):
                yield same
                return

    def _group(self, value: Value, number: int) -> Iterator[Value]:
        while number == self.number and self.item is not MISSING:
            same = self.same(value)
            if same is not True:
                if isinstance(same, Unknown):
                    yield same
                return
            item = self.item
            yield item
            if number != self.number:
                return
            if not self.advance():
                self.item = MISSING
                return


def _groupby(a: list[Any], k: Keywords, c: Context) -> Iterator[Value]:
    return _Groups(a[0], a[1], c).groups()


def _accumulate(a: list[Any], k: Keywords, c: Context) -> Iterator[Value]:
    total = MISSING if k["initial"] is None else k["initial"]
    if total is not MISSING:
        yield total
    for item in a[0]:
        if total is MISSING:
            total = item
        elif a[1] is None:
            total = operations.binary("+", total, item, c)
        else:
            total = c.call(a[1], [total, item])
        yield total


def _pairwise(a: list[Any], k: Keywords, c: Context) -> Iterator[Value]:
    before = next(a[0], MISSING)
    for item in a[0]:
        yield before, item
        before = item


def _longest(a: list[Any], k: Keywords, c: Context) -> Iterator[Value]:
    return itertools.zip_longest(*a, fillvalue=k["fillvalue"])


def _whole(function: Any, name: str, signature: str) -> Declared:
    """A function that takes its inputs whole at once: `product`, `combinations`, …"""

    def act(a: list[Value], k: Keywords, c: Context) -> Value:
        is_product = name == "product"
        pools = [all_items(one, c) for one in (a if is_product else a[:1])]
        unknown = unknown_among(pools)
        number = c.force(k["repeat"] if is_product else a[1])
        if unknown is not None:
            return unknown
        checked = call_pure(function, [()], {"repeat": number} if is_product else {"r": number}, c, name)
        if isinstance(checked, Unknown):
            return checked.forgotten()
        if isinstance(number, int) and number > 1_000:
            return c.unknown(f"a {name} of very many")
        return Generator(function(*pools, repeat=number) if is_product else function(pools[0], number), name)

    return Declared(name, signature, act)


def _chain_items(source: Iterator[Value], c: Context) -> Iterator[Value]:
    for one in source:
        inner = c.iterate(one)
        if isinstance(inner, Unknown):
            yield inner
            return
        yield from inner


class Chain(Declared):
    """`itertools.chain` and `chain.from_iterable`."""

    def __init__(self) -> None:
        super().__init__("chain", "*iterables", lambda a, k, c: Generator(_chain_items(iter(a), c), "chain"))

    def get_attribute(self, name: str, context: Context) -> Value:
        if name == "from_iterable":
            return _over(name, "iterable, /", slice(0, 1), lambda a, k, c: _chain_items(a[0], c))
        return super().get_attribute(name, context)


def _tee(a: list[Value], k: Keywords, c: Context) -> Value:
    number = c.force(a[1])
    if not isinstance(number, int) or number > 1000:
        return c.unknown("copies of an iterator")
    if number < 0:
        raise c.raise_(ValueError("n must be >= 0"))
    source = c.iterate(a[0])
    if isinstance(source, Unknown):
        return source.forgotten()
    waiting: list[deque[Value]] = [deque() for _ in range(number)]

    def one(mine: deque[Value]) -> Iterator[Value]:
        while True:
            if not mine:
                item = next(source, MISSING)
                if item is MISSING:
                    return
                for queue in waiting:
                    queue.append(item)
            yield mine.popleft()

    return tuple(Generator(one(mine), "_tee") for mine in waiting)


def _batched(a: list[Value], k: Keywords, c: Context) -> Value:
    source, size = c.iterate(a[0]), c.force(a[1])
    if isinstance(source, Unknown) or not isinstance(size, int) or k:
        return source.forgotten() if isinstance(source, Unknown) else c.unknown("batches of an iterable")
    if size < 1:
        raise c.raise_(ValueError("n must be at least one"))

    def batches(items: Iterator[Value]) -> Iterator[Value]:
        while batch := tuple(itertools.islice(items, size)):
            yield batch

    return Generator(batches(source), "batched")


_ALL = slice(0, None)
_FIRST = slice(0, 1)
_SECOND = slice(1, 2)
_COMBINED = {"permutations": "iterable, r=None", "combinations": "iterable, r",
             "combinations_with_replacement": "iterable, r"}  # fmt: skip

MODULES: dict[str, Value] = {
    "itertools": module(
        "itertools",
        {
            "chain": Chain(),
            "count": Declared("count", "start=0, step=1", _count),
            "cycle": _over("cycle", "iterable, /", _FIRST, _cycle),
            "repeat": Declared("repeat", "object, times=...", _repeat),
            "islice": Declared("islice", "iterable, stop, /, *bounds", _islice),
            "zip_longest": _over("zip_longest", "*iterables, fillvalue=None", _ALL, _longest),
            "compress": _over("compress", "data, selectors", slice(0, 2), _compress),
            "pairwise": _over("pairwise", "iterable, /", _FIRST, _pairwise),
            "product": _whole(itertools.product, "product", "*iterables, repeat=1"),
            **{name: _whole(getattr(itertools, name), name, signature) for name, signature in _COMBINED.items()},
            "starmap": _over("starmap", "function, iterable, /", _SECOND, _starmap),
            "takewhile": _over("takewhile", "predicate, iterable, /", _SECOND, _takewhile),
            "dropwhile": _over("dropwhile", "predicate, iterable, /", _SECOND, _dropwhile),
            "filterfalse": _over("filterfalse", "function, iterable, /", _SECOND, _filterfalse),
            "groupby": _over("groupby", "iterable, key=None", _FIRST, _groupby),
            "accumulate": _over("accumulate", "iterable, func=None, *, initial=None", _FIRST, _accumulate),
            "tee": Declared("tee", "iterable, n=2, /", _tee),
            "batched": Declared("batched", "iterable, n, **keywords", _batched),
        },
    ),
}
