"""`functools`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ClassVar

from zencompile.frontend.prelude.containers import named_tuple_class
from zencompile.frontend.prelude.helpers import Keywords, module
from zencompile.frontend.prelude.modelled import Modelled, NativeType, is_callable
from zencompile.frontend.prelude.signatures import Declared, declared
from zencompile.frontend.values import (
    MISSING,
    BoundMethod,
    Class,
    Context,
    Descriptor,
    Function,
    Generic,
    NativeObject,
    Symbol,
    Unknown,
    Value,
    operations,
)
from zencompile.frontend.values.operations import all_items


class Partial(Modelled):
    """`functools.partial(function, …)`."""

    type_name = "partial"
    host: ClassVar[type] = functools.partial

    def __init__(self, function: Value, arguments: list[Value], keywords: Keywords) -> None:
        is_nested = type(function) is type(self) and not function.attributes
        self.function: Value = function.function if is_nested else function
        self.arguments: list[Value] = [*function.arguments, *arguments] if is_nested else arguments
        self.keywords: Keywords = {**function.keywords, **keywords} if is_nested else keywords
        self.attributes: dict[str, Value] = {}

    def call(self, arguments: list[Value], keywords: Keywords, context: Context) -> Value:
        return context.call(self.function, [*self.arguments, *arguments], {**self.keywords, **keywords})

    def get_attribute(self, name: str, context: Context) -> Value:
        if name in self.attributes:
            return self.attributes[name]
        if name in ("func", "args", "keywords"):
            return {"func": self.function, "args": tuple(self.arguments), "keywords": dict(self.keywords)}[name]
        return super().get_attribute(name, context)

    def set_attribute(self, name: str, value: Value, context: Context) -> None:
        self.attributes[name] = value


class PartialMethod(Partial):
    """`functools.partialmethod(function, …)`: its first argument is the object that it is called on."""

    type_name = "partialmethod"
    host: ClassVar[type] = functools.partialmethod

    def bind(self, receiver: Value, class_: Value, context: Context) -> Value:
        return self if receiver is class_ else BoundMethod(self, receiver)

    def call(self, arguments: list[Value], keywords: Keywords, context: Context) -> Value:
        given = [*arguments[:1], *self.arguments, *arguments[1:]]
        return context.call(self.function, given, {**self.keywords, **keywords})


def _partial(kind: type[Partial]) -> Callable[[list[Value], Keywords, Context], Value]:
    def make(a: list[Value], k: Keywords, c: Context) -> Value:
        if is_callable(c.force(a[0])) is False and not isinstance(a[0], Descriptor):
            raise c.raise_(TypeError("the first argument must be callable"))
        return kind(a[0], a[1:], k)

    return make


def _named_after(target: Value, wrapped: Value) -> Value:
    """A wrapper with the names and attributes of what it wraps."""
    if isinstance(target, Function) and isinstance(wrapped, Function):
        target.attributes = {
            **(target.attributes or {}),
            "__name__": wrapped.name,
            "__doc__": wrapped.docstring,
            "__qualname__": wrapped.qualname,
            "__module__": wrapped.module.name,
            **(wrapped.attributes or {}),
            "__wrapped__": wrapped,
        }
    return target


_WRAPPING = "wrapped, assigned=..., updated=..."


@declared("wraps", _WRAPPING)
def _wraps(a: list[Value], k: Keywords, c: Context) -> Value:
    """`@wraps(f)`: the wrapper takes on the names of what it wraps."""
    return Declared("wraps", "wrapper", lambda b, _, d: _named_after(b[0], a[0]))


@declared("update_wrapper", f"wrapper, {_WRAPPING}")
def _update_wrapper(a: list[Value], k: Keywords, c: Context) -> Value:
    if not all(isinstance(one, Function) for one in a[:2]):
        return c.unknown("what a wrapper of something else is")
    return _named_after(a[0], a[1])


class Cached(NativeObject):
    """A function under `@lru_cache` or `@cache`: a call whose arguments are those of a call that is remembered gives
    what that gave, and the function does not run."""

    type_name = "function"

    def bind(self, receiver: Value, class_: Value, context: Context) -> Value:
        return self if receiver is class_ else BoundMethod(self, receiver)

    def __init__(self, function: Value, longest: int | None, typed: bool) -> None:
        self.function = function
        self.longest = longest
        self.typed = typed
        self.results: dict[Any, Value] = {}
        self.hits = 0
        self.misses = 0
        self.uncounted: Unknown | None = None  # why what is remembered is not known

    def call(self, arguments: list[Value], keywords: Keywords, context: Context) -> Value:
        given = [operations.key(one, context) for one in (*arguments, *keywords.values())]
        unknown = next((one.forgotten() for one in given if isinstance(one, Unknown)), self.uncounted)
        if unknown is not None:
            self.uncounted = unknown
            return context.call(self.function, arguments, keywords)
        context.touch(self)
        context.touch(self.results)
        key = self._key(given, len(arguments), tuple(keywords))
        if key in self.results:
            self.hits += 1
            self.results[key] = self.results.pop(key)  # the latest used is the last
            return self.results[key]
        self.misses += 1
        made = context.call(self.function, arguments, keywords)
        if self.longest != 0:
            self.results[key] = made
        while self.longest is not None and len(self.results) > self.longest:
            del self.results[next(iter(self.results))]
        return made

    def _key(self, given: list[Value], positional: int, names: tuple[str, ...]) -> Any:
        """What a call is remembered by. One number or text alone is its own key, so that `1` is not `1.0`."""
        if len(given) == positional == 1 and not self.typed and type(given[0]) in (int, str):
            return "alone", given[0]
        types = tuple(type(one) for one in given) if self.typed else ()
        return tuple(given[:positional]), names, tuple(given[positional:]), types

    def get_attribute(self, name: str, context: Context) -> Value:
        if name == "cache_clear":
            return Declared(name, "", lambda a, k, c: self._clear(c))
        if name == "cache_info":
            return Declared(name, "", lambda a, k, c: self.uncounted or self._info(c))
        if name == "cache_parameters":
            return Declared(name, "", lambda a, k, c: {"maxsize": self.longest, "typed": self.typed})
        return self.function if name == "__wrapped__" else context.get_attribute(self.function, name)

    def _clear(self, context: Context) -> None:
        context.touch(self)
        context.touch(self.results)
        self.results.clear()
        self.hits = self.misses = 0

    def _info(self, context: Context) -> Value:
        class_ = named_tuple_class("CacheInfo", ["hits", "misses", "maxsize", "currsize"], {}, context)
        return context.call(class_, [self.hits, self.misses, self.longest, len(self.results)])

    def is_instance_of(self, class_: Value) -> bool | None:
        return None


@declared("lru_cache", "maxsize=128, typed=False")
def _lru_cache(a: list[Value], k: Keywords, c: Context) -> Value:
    longest, typed = c.force(a[0]), c.truth(a[1])
    if isinstance(longest, (Function, NativeObject, Descriptor)):
        return Cached(longest, 128, False)
    if isinstance(longest, Unknown) or isinstance(typed, Unknown):
        return c.unknown("a function that is remembered in a way that is not known")
    if longest is not None and not isinstance(longest, int):
        if is_callable(longest):
            return Cached(longest, 128, False)
        raise c.raise_(TypeError("Expected first argument to be an integer, a callable, or None"))
    size = None if longest is None else max(int(longest), 0)
    return Declared("decorating_function", "user_function", lambda b, _, d: Cached(b[0], size, typed))


@declared("cache", "user_function, /")
def _cache(a: list[Value], k: Keywords, c: Context) -> Value:
    return Cached(a[0], None, False)


@declared("reduce", "function, sequence, initial=..., /")
def _reduce(a: list[Value], k: Keywords, c: Context) -> Value:
    listed = all_items(a[1], c)
    if isinstance(listed, Unknown):
        return listed.forgotten()
    rest = iter(listed)
    value = next(rest, MISSING) if a[2] is MISSING else a[2]
    if value is MISSING:
        raise c.raise_(TypeError("reduce() of empty iterable with no initial value"))
    for item in rest:
        value = c.call(a[0], [value, item])
    return value


class SingleDispatch(NativeObject):
    """A function under `@singledispatch`: the implementation of the nearest class answers."""

    type_name = "function"
    skipped = 0  # parameters before the one whose type decides

    def __init__(self, function: Value) -> None:
        self.function = function
        self.registry: list[tuple[Value, Value]] = []

    def call(self, arguments: list[Value], keywords: Keywords, context: Context) -> Value:
        if not arguments:
            raise context.raise_(TypeError("a generic function requires at least 1 positional argument"))
        chosen = self._chosen(arguments[0], context)
        return chosen.forgotten() if isinstance(chosen, Unknown) else context.call(chosen, arguments, keywords)

    def _chosen(self, value: Value, context: Context) -> Value:
        value = context.force(value)
        class_ = operations.type_of(value, context)
        if isinstance(value, Unknown) or isinstance(class_, Unknown):
            return context.unknown("which implementation of a function is called")
        return self._nearest(class_, context, value)

    def _nearest(self, class_: Value, context: Context, value: Value = MISSING) -> Value:
        order = class_.mro if isinstance(class_, Class) else getattr(class_, "__mro__", (class_,))
        for type_, _ in self.registry:
            if isinstance(type_, (type, Class)):
                continue
            if value is MISSING or operations.is_instance(value, type_, context) is not False:
                return context.unknown("which implementation of a function is called")
        for one in [base for each in order for base in (each.__mro__ if isinstance(each, type) else (each,))]:
            for type_, function in reversed(self.registry):
                if type_ is one:
                    return function
        return self.function

    def get_attribute(self, name: str, context: Context) -> Value:
        if name == "register":
            return Declared(name, "cls, func=None", self._register)
        if name == "dispatch":
            return Declared(name, "cls", lambda a, k, c: self._nearest(c.force(a[0]), c))
        if name == "registry":
            return {object: self.function, **dict(self.registry)}
        return context.get_attribute(self.function, name)

    def _register(self, a: list[Value], k: Keywords, c: Context) -> Value:
        type_, function = c.force(a[0]), a[1]
        if isinstance(type_, Function):
            parameters = c.evaluator.info(type_).parameters[self.skipped : self.skipped + 1]
            annotated = c.evaluator.annotation(type_, parameters[0]) if parameters else MISSING
            if annotated is MISSING:
                raise c.raise_(TypeError("Invalid first argument to `register()`"))
            self._enter(annotated, type_)
            return type_
        if function is not None:
            self._enter(type_, function)
            return function

        def apply(b: list[Value], _: Keywords, d: Context) -> Value:
            self._enter(type_, b[0])
            return b[0]

        return Declared("register", "func", apply)

    def _enter(self, type_: Value, function: Value) -> None:
        is_union = isinstance(type_, Generic) and type_.origin == Symbol("typing.Union")
        for one in type_.arguments if is_union else (type_,):
            self.registry.append((type(None) if one is None else one, function))


class SingleDispatchMethod(SingleDispatch):
    """A method under `@singledispatchmethod`: its first argument after the object decides."""

    skipped = 1

    def bind(self, receiver: Value, class_: Value, context: Context) -> Value:
        def call(a: list[Value], k: Keywords, c: Context) -> Value:
            if not a:
                raise c.raise_(TypeError("a generic function requires at least 1 positional argument"))
            chosen = self._chosen(a[0], c)
            return (
                chosen.forgotten()
                if isinstance(chosen, Unknown)
                else c.call(operations.bind(chosen, receiver, class_, c), a, k)
            )

        return Declared("method", "*arguments, **keywords", call)

    def get_attribute(self, name: str, context: Context) -> Value:
        if name == "register":
            return Declared(name, "cls, func=None", self._register)
        return super().get_attribute(name, context)


_ROOTS = ("__lt__", "__le__", "__gt__", "__ge__")
# Each comparison from the one that a class has: is the answer turned round, and what joins it with (in)equality?
_DERIVED = {
    "__lt__": {"__gt__": (True, "and !="), "__le__": (False, "or =="), "__ge__": (True, "")},
    "__le__": {"__ge__": (True, "or =="), "__lt__": (False, "and !="), "__gt__": (True, "")},
    "__gt__": {"__lt__": (True, "and !="), "__ge__": (False, "or =="), "__le__": (True, "")},
    "__ge__": {"__le__": (True, "or =="), "__gt__": (False, "and !="), "__lt__": (True, "")},
}


@declared("total_ordering", "cls")
def _total_ordering(a: list[Value], k: Keywords, c: Context) -> Value:
    """The missing comparisons, from the one that the class has."""
    class_ = c.force(a[0])
    if not isinstance(class_, Class):
        return class_.forgotten() if isinstance(class_, Unknown) else c.unknown("a class that is not the program's")
    root = next((name for name in _ROOTS if class_.lookup(name) is not MISSING), None)
    if root is None:
        if class_.is_open:
            return class_
        raise c.raise_(ValueError("must define at least one ordering operation: < > <= >="))
    for name, (is_turned, joined) in _DERIVED[root].items():
        if class_.lookup(name) is MISSING:
            class_.namespace[name] = _comparison(name, class_.lookup(root), is_turned, joined)
    return class_


class _Comparison(Declared):
    """A comparison that `total_ordering` adds to a class."""

    def bind(self, receiver: Value, class_: Value, context: Context) -> Value:
        return self if receiver is class_ else BoundMethod(self, receiver)


def _comparison(name: str, root: Value, is_turned: bool, joined: str) -> Declared:
    def act(a: list[Value], k: Keywords, c: Context) -> Value:
        answer = c.call(root, a)
        if answer is NotImplemented:
            return NotImplemented
        truth = c.truth(answer)
        if isinstance(truth, Unknown):
            return truth.forgotten()
        if is_turned:
            truth = not truth
        is_decided = not joined or truth is (joined == "or ==")
        return truth if is_decided else _equality(a, joined[-2:], c)

    return _Comparison(name, "self, other", act)


def _equality(a: list[Value], sign: str, c: Context) -> Value:
    from zencompile.frontend.values import operations

    return operations.compare(sign, a[0], a[1], c)


class _Key(NativeObject):
    """What `cmp_to_key(function)` makes of a value: it is compared by the function."""

    type_name = "KeyWrapper"

    def __init__(self, function: Value, value: Value) -> None:
        self.function = function
        self.value = value

    def get_attribute(self, name: str, context: Context) -> Value:
        return self.value if name == "obj" else super().get_attribute(name, context)

    def compare(self, operator: str, other: Value, context: Context) -> Any:
        if not isinstance(other, _Key):
            raise context.raise_(TypeError("other argument must be K instance"))
        from zencompile.frontend.values import operations

        answer = context.call(self.function, [self.value, other.value])
        return operations.compare(operator, answer, 0, context)


@declared("cmp_to_key", "mycmp")
def _cmp_to_key(a: list[Value], k: Keywords, c: Context) -> Value:
    return Declared("K", "obj", lambda b, _, d: _Key(a[0], b[0]))


_CALLED = "func, /, *arguments, **keywords"

MODULES: dict[str, Value] = {
    "functools": module(
        "functools",
        {
            "partial": NativeType(functools.partial, _CALLED, _partial(Partial)),
            "partialmethod": NativeType(functools.partialmethod, _CALLED, _partial(PartialMethod)),
            "wraps": _wraps,
            "update_wrapper": _update_wrapper,
            "lru_cache": _lru_cache,
            "cache": _cache,
            "cached_property": Declared("cached_property", "func", lambda a, k, c: Descriptor("cached_property", a[0])),
            "cmp_to_key": _cmp_to_key,
            "reduce": _reduce,
            "total_ordering": _total_ordering,
            "singledispatchmethod": Declared(
                "singledispatchmethod", "func", lambda a, k, c: SingleDispatchMethod(a[0])
            ),
            "singledispatch": Declared("singledispatch", "func", lambda a, k, c: SingleDispatch(a[0])),
        },
    ),
}
