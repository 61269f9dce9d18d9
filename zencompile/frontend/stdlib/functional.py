"""`functools`, `itertools`, `operator`."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Callable, Iterator
from typing import Any

from zencompile.frontend.evaluator import arithmetic, comparison
from zencompile.frontend.evaluator.items import get_item
from zencompile.frontend.evaluator.iteration import Generator, all_items
from zencompile.frontend.evaluator.plain import SCALARS, identical
from zencompile.frontend.evaluator.typechecks import is_instance
from zencompile.frontend.stdlib.helpers import Keywords, module
from zencompile.frontend.values import (
    MISSING,
    Class,
    Context,
    Descriptor,
    Function,
    NativeFunction,
    NativeObject,
    Unknown,
    Value,
)

# functools


class Partial(NativeObject):
    """`functools.partial(function, …)`."""

    type_name = "partial"

    def __init__(self, function: Value, arguments: list[Value], keywords: Keywords) -> None:
        self.function = function
        self.arguments = arguments
        self.keywords = keywords

    def call(self, arguments: list[Value], keywords: Keywords, context: Context) -> Value:
        return context.call(self.function, [*self.arguments, *arguments], {**self.keywords, **keywords})

    def get_attribute(self, name: str, context: Context) -> Value:
        if name in ("func", "args", "keywords"):
            return {"func": self.function, "args": tuple(self.arguments), "keywords": dict(self.keywords)}[name]
        return super().get_attribute(name, context)

    def set_attribute(self, name: str, value: Value, context: Context) -> None:
        """Names for people to read."""


def _partial(a: list[Value], k: Keywords, c: Context) -> Value:
    if not a:
        raise c.raise_(TypeError("type 'partial' takes at least one argument"))
    return Partial(a[0], a[1:], k)


def _wraps(a: list[Value], k: Keywords, c: Context) -> Value:
    """`@wraps(f)`: the wrapper takes on the names of what it wraps."""
    wrapped = a[0] if a else None

    def apply(b: list[Value], _: Keywords, d: Context) -> Value:
        target = b[0]
        if isinstance(target, Function) and isinstance(wrapped, Function):
            target.attributes = {
                **(target.attributes or {}), "__name__": wrapped.name, "__doc__": wrapped.docstring,
                "__qualname__": wrapped.qualname, "__module__": wrapped.module.name, "__wrapped__": wrapped,
            }  # fmt: skip
        return target

    return NativeFunction("wraps", apply)


class Cached(NativeObject):
    """A function under `@lru_cache` or `@cache`."""

    type_name = "function"
    binds = True

    def __init__(self, function: Value) -> None:
        self.function = function
        self.results: dict[Any, Value] = {}

    def call(self, arguments: list[Value], keywords: Keywords, context: Context) -> Value:
        try:
            key = (*arguments, *sorted(keywords.items()))
            if all(type(x) in SCALARS or type(x) is tuple for x in key):
                known = self.results.get(key, MISSING)
                if known is MISSING:
                    known = self.results[key] = context.call(self.function, arguments, keywords)
                return known
        except TypeError:
            pass
        return context.call(self.function, arguments, keywords)

    def get_attribute(self, name: str, context: Context) -> Value:
        if name in ("cache_clear", "cache_info"):
            return NativeFunction(name, lambda a, k, c: None)
        return context.get_attribute(self.function, name)


def _cache(a: list[Value], k: Keywords, c: Context) -> Value:
    if len(a) == 1 and not k and isinstance(a[0], (Function, NativeObject)):
        return Cached(a[0])
    return NativeFunction("lru_cache", lambda b, _, d: Cached(b[0]))


def _reduce(a: list[Value], k: Keywords, c: Context) -> Value:
    listed = all_items(a[1], c)
    if isinstance(listed, Unknown):
        return listed
    rest = iter(listed)
    value = a[2] if len(a) > 2 else next(rest, MISSING)
    if value is MISSING:
        raise c.raise_(TypeError("reduce() of empty iterable with no initial value"))
    for item in rest:
        value = c.call(a[0], [value, item])
    return value


class SingleDispatch(NativeObject):
    """A function under `@singledispatch`."""

    type_name = "function"

    def __init__(self, function: Value) -> None:
        self.function = function
        self.registry: list[tuple[Value, Value]] = []

    def call(self, arguments: list[Value], keywords: Keywords, context: Context) -> Value:
        ev = context.evaluator
        for type_, function in reversed(self.registry):
            if arguments and is_instance(ev, arguments[0], type_, context.node, ev._frame(context)) is True:
                return context.call(function, arguments, keywords)
        return context.call(self.function, arguments, keywords)

    def get_attribute(self, name: str, context: Context) -> Value:
        if name == "register":
            return NativeFunction(name, self._register)
        return context.get_attribute(self.function, name)

    def _register(self, a: list[Value], k: Keywords, c: Context) -> Value:
        if isinstance(a[0], Function):
            first = c.evaluator.info(a[0]).parameters[:1]
            type_ = c.evaluator.annotation(a[0], first[0]) if first else object
            self.registry.append((type_, a[0]))
            return a[0]
        type_ = a[0]

        def apply(b: list[Value], _: Keywords, d: Context) -> Value:
            self.registry.append((type_, b[0]))
            return b[0]

        return apply([a[1]], {}, c) if len(a) > 1 else NativeFunction("register", apply)


def _cached_property(a: list[Value], k: Keywords, c: Context) -> Value:
    return Descriptor("cached_property", a[0])


def _total_ordering(a: list[Value], k: Keywords, c: Context) -> Value:
    """The missing comparisons, from the one that the class has."""
    class_ = a[0]
    if isinstance(class_, Class) and class_.lookup("__lt__") is not MISSING:
        less = class_.lookup("__lt__")
        extra = {
            "__gt__": lambda b, _, d: d.call(less, [b[1], b[0]]),
            "__le__": lambda b, _, d: not d.truth(d.call(less, [b[1], b[0]])),
            "__ge__": lambda b, _, d: not d.truth(d.call(less, [b[0], b[1]])),
        }
        for name, function in extra.items():
            class_.namespace.setdefault(name, NativeFunction(name, function))
    return class_


# itertools

Make = Callable[[list[Iterator[Value]], list[Value], Keywords, Context], Iterator[Value]]


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


# operator


def _binary(operator: type) -> NativeFunction:
    return NativeFunction(
        operator.__name__,
        lambda a, k, c: arithmetic.binary(c.evaluator, operator, a[0], a[1], c.node, c.evaluator._frame(c)),
    )


def _comparison(sign: str) -> NativeFunction:
    return NativeFunction(
        sign, lambda a, k, c: comparison.compare_values(c.evaluator, sign, a[0], a[1], c.node, c.evaluator._frame(c))
    )


def _itemgetter(a: list[Value], k: Keywords, c: Context) -> Value:
    def get(b: list[Value], _: Keywords, d: Context) -> Value:
        found = [get_item(d.evaluator, b[0], key, d.node, d.evaluator._frame(d)) for key in a]
        return found[0] if len(found) == 1 else tuple(found)

    return NativeFunction("itemgetter", get)


def _attrgetter(a: list[Value], k: Keywords, c: Context) -> Value:
    def one(value: Value, path: str, d: Context) -> Value:
        for part in path.split("."):
            value = d.get_attribute(value, part)
        return value

    def get(b: list[Value], _: Keywords, d: Context) -> Value:
        found = [one(b[0], str(c.force(path)), d) for path in a]
        return found[0] if len(found) == 1 else tuple(found)

    return NativeFunction("attrgetter", get)


def _methodcaller(a: list[Value], k: Keywords, c: Context) -> Value:
    name = str(c.force(a[0]))
    return NativeFunction(name, lambda b, _, d: d.call(d.get_attribute(b[0], name), a[1:], k))


_OPERATORS = {
    "add": ast.Add, "sub": ast.Sub, "mul": ast.Mult, "truediv": ast.Div, "floordiv": ast.FloorDiv, "mod": ast.Mod,
    "pow": ast.Pow, "or_": ast.BitOr, "and_": ast.BitAnd, "xor": ast.BitXor, "concat": ast.Add,
}  # fmt: skip

MODULES: dict[str, Value] = {
    "functools": module(
        "functools",
        {
            "partial": NativeFunction("partial", _partial),
            "partialmethod": NativeFunction("partialmethod", _partial),
            "wraps": NativeFunction("wraps", _wraps),
            "update_wrapper": NativeFunction("update_wrapper", lambda a, k, c: a[0]),
            "lru_cache": NativeFunction("lru_cache", _cache),
            "cache": NativeFunction("cache", _cache),
            "cached_property": NativeFunction("cached_property", _cached_property),
            "reduce": NativeFunction("reduce", _reduce),
            "total_ordering": NativeFunction("total_ordering", _total_ordering),
            "singledispatch": NativeFunction("singledispatch", lambda a, k, c: SingleDispatch(a[0])),
        },
    ),
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
    "operator": module(
        "operator",
        {
            **{name: _binary(kind) for name, kind in _OPERATORS.items()},
            **{n: _comparison(s) for n, s in (("eq", "=="), ("ne", "!="), ("lt", "<"), ("le", "<="), ("gt", ">"),
                ("ge", ">="))},
            "itemgetter": NativeFunction("itemgetter", _itemgetter),
            "attrgetter": NativeFunction("attrgetter", _attrgetter),
            "methodcaller": NativeFunction("methodcaller", _methodcaller),
            "not_": NativeFunction("not_", lambda a, k, c: _negated(c.truth(a[0]))),
            "truth": NativeFunction("truth", lambda a, k, c: c.truth(a[0])),
            "neg": NativeFunction("neg", lambda a, k, c: arithmetic.unary(c.evaluator, ast.USub, a[0], c.node,
                c.evaluator._frame(c))),
            "contains": NativeFunction("contains", lambda a, k, c: comparison.contains(
                c.evaluator, a[0], a[1], c.node, c.evaluator._frame(c))),
            "getitem": NativeFunction("getitem", lambda a, k, c: get_item(
                c.evaluator, a[0], a[1], c.node, c.evaluator._frame(c))),
        },
    ),
}  # fmt: skip


def _negated(truth: bool | Unknown) -> Value:
    return truth if isinstance(truth, Unknown) else not truth


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
