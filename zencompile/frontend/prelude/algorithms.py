"""`heapq`, `bisect`, `difflib`, `calendar`, `struct`: what computes with the program's own data."""

from __future__ import annotations

import bisect
import calendar
import difflib
import heapq
import struct
from collections.abc import Callable, Iterator
from typing import Any

from zencompile.frontend.prelude.helpers import Keywords, constants_of, given_plain, lazily, module, pure_from
from zencompile.frontend.prelude.modelled import unknown_among
from zencompile.frontend.prelude.signatures import Declared, Model
from zencompile.frontend.values import Context, Generator, NativeFunction, Unended, Unknown, Value, operations, sorting
from zencompile.frontend.values.operations import all_items
from zencompile.frontend.values.pure import call_pure


class _Undecided(Exception):
    """The order of two values can't be known."""

    def __init__(self, unknown: Unknown) -> None:
        super().__init__(unknown.reason)
        self.unknown = unknown


class _Ordered:
    """A value of the program as Python's own algorithms order it: by the program's comparison."""

    __slots__ = ("context", "value")

    def __init__(self, value: Value, context: Context) -> None:
        self.value = value
        self.context = context

    def __lt__(self, other: _Ordered) -> bool:
        self.context.tick()
        answer = operations.truth(operations.compare("<", self.value, other.value, self.context), self.context)
        if isinstance(answer, Unknown):
            raise _Undecided(answer)
        return answer

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Ordered):
            return False
        answer = operations.equal(self.value, other.value, self.context)
        if isinstance(answer, Unknown):
            raise _Undecided(answer)
        return answer

    __hash__ = None  # type: ignore[assignment]


def _key(function: Value, context: Context) -> Callable[[_Ordered], _Ordered] | None:
    if function is None:
        return None
    return lambda one: _Ordered(context.call(function, [one.value]), context)


def _changing(name: str, signature: str, function: Callable[..., Any]) -> Declared:
    """A function that changes the list that it gets."""

    def act(a: list[Value], k: Keywords, c: Context) -> Value:
        owner = c.force(a[0])
        if type(owner) is not list:
            return (
                owner.forgotten()
                if isinstance(owner, Unknown)
                else c.unknown(f"what `{name}()` makes of something else")
            )
        c.touch(owner)
        ordered = [_Ordered(item, c) for item in owner]
        try:
            made = function(ordered, a[1:], k, c)
        except _Undecided as undecided:
            c.spoil(owner, undecided.unknown)
            return undecided.unknown
        except (IndexError, ValueError) as error:
            raise c.raise_(error) from None
        owner[:] = [one.value for one in ordered]
        return made.value if isinstance(made, _Ordered) else made

    return Declared(name, signature, act)


def _heap(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda heap, a, k, c: function(heap, *[_Ordered(item, c) for item in a])


def _extremes(largest: bool) -> Model:
    def act(a: list[Value], k: Keywords, c: Context) -> Value:
        count, items = c.force(a[0]), all_items(a[1], c)
        unknown = unknown_among((count, items))
        if unknown is not None or isinstance(items, Unknown):
            return unknown
        found = sorting.sort(items, {"key": a[2], "reverse": largest}, c)
        return found.forgotten() if isinstance(found, Unknown) else found[: max(count, 0)]

    return act


def _merge(a: list[Value], k: Keywords, c: Context) -> Value:
    reverse = c.truth(k["reverse"])
    if isinstance(reverse, Unknown):
        return reverse.forgotten()
    return Generator(_merged(a, k["key"], reverse, c), "generator")


def _merged(iterables: list[Value], key: Value, reverse: bool, c: Context) -> Iterator[Value]:
    sources: list[list[_Ordered]] = []
    for one in iterables:
        items = all_items(one, c)
        if isinstance(items, Unknown):
            yield Unended(items.span, items.reason, items.reported)
            return
        sources.append([_Ordered(item, c) for item in items])
    try:
        for ordered in heapq.merge(*sources, key=_key(key, c), reverse=reverse):
            yield ordered.value
    except _Undecided as undecided:
        unknown = undecided.unknown
        yield Unended(unknown.span, unknown.reason, unknown.reported)


def _place(function: Callable[..., int]) -> Model:
    def act(a: list[Value], k: Keywords, c: Context) -> Value:
        items, low, high = all_items(a[0], c), c.force(a[2]), c.force(a[3])
        unknown = unknown_among((items, low, high))
        if unknown is not None or isinstance(items, Unknown):
            return unknown
        key = _key(k["key"], c)
        try:
            return function([_Ordered(item, c) for item in items], _Ordered(a[1], c), low, high, key=key)
        except _Undecided as undecided:
            return undecided.unknown
        except ValueError as error:
            raise c.raise_(error) from None

    return act


def _insert(function: Callable[..., None]) -> Callable[..., Any]:
    def act(ordered: list[_Ordered], a: list[Value], k: Keywords, c: Context) -> None:
        item, low, high = a
        function(ordered, _Ordered(item, c), c.force(low), c.force(high), key=_key(k["key"], c))

    return act


_BISECT = "a, x, lo=0, hi=None, *, key=None"


def _listed(function: Callable[..., Any]) -> NativeFunction:
    """A function that gives a generator of Python's own."""

    def act(a: list[Value], k: Keywords, c: Context) -> Value:
        given = given_plain(a, k, c)
        if isinstance(given, Unknown):
            return given.forgotten()
        try:
            return Generator(lazily(function(*given[0], **given[1]), c))
        except Exception as error:
            raise c.raise_(error) from None

    return NativeFunction(function.__name__, act)


def _month(a: list[Value], k: Keywords, c: Context) -> Value:
    found = call_pure(calendar.monthrange, a, k, c)
    return found.forgotten() if isinstance(found, Unknown) else (int(found[0]), found[1])


MODULES: dict[str, Value] = {
    "heapq": module("heapq", {
        "heappush": _changing("heappush", "heap, item, /", _heap(heapq.heappush)),
        "heappop": _changing("heappop", "heap, /", _heap(heapq.heappop)),
        "heapify": _changing("heapify", "heap, /", _heap(heapq.heapify)),
        "heappushpop": _changing("heappushpop", "heap, item, /", _heap(heapq.heappushpop)),
        "heapreplace": _changing("heapreplace", "heap, item, /", _heap(heapq.heapreplace)),
        "nsmallest": Declared("nsmallest", "n, iterable, key=None", _extremes(False)),
        "nlargest": Declared("nlargest", "n, iterable, key=None", _extremes(True)),
        "merge": Declared("merge", "*iterables, key=None, reverse=False", _merge),
    }),
    "bisect": module("bisect", {
        "bisect": Declared("bisect", _BISECT, _place(bisect.bisect_right)),
        "bisect_left": Declared("bisect_left", _BISECT, _place(bisect.bisect_left)),
        "bisect_right": Declared("bisect_right", _BISECT, _place(bisect.bisect_right)),
        "insort": _changing("insort", _BISECT, _insert(bisect.insort_right)),
        "insort_left": _changing("insort_left", _BISECT, _insert(bisect.insort_left)),
        "insort_right": _changing("insort_right", _BISECT, _insert(bisect.insort_right)),
    }),
    "difflib": module("difflib", {
        **pure_from(difflib, ("get_close_matches",)),
        **{f.__name__: _listed(f) for f in (difflib.ndiff, difflib.unified_diff, difflib.context_diff)},
    }),
    "calendar": module("calendar", {
        **{name: value for name, value in constants_of(calendar).items() if type(value) is int},
        **pure_from(calendar, ("isleap", "leapdays", "weekday", "timegm")),
        "monthrange": Declared("monthrange", "year, month", _month),
    }),
    "struct": module("struct", pure_from(struct, ("pack", "unpack", "unpack_from", "calcsize"))),
}  # fmt: skip
