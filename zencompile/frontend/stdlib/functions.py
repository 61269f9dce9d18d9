"""`functools`."""

from __future__ import annotations

from typing import Any

from zencompile.frontend.evaluator.iteration import all_items
from zencompile.frontend.evaluator.plain import SCALARS
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
}
