"""Iterators of the program, and coroutines."""

from __future__ import annotations

import builtins
import inspect
import itertools
import types
from collections.abc import Callable, Iterator
from typing import Any

from zencompile.frontend.values.base import MISSING, Context, NativeObject, Raised, Unknown, Value
from zencompile.frontend.values.classes import Awaitable
from zencompile.frontend.values.functions import NativeFunction
from zencompile.frontend.values.operations import as_object
from zencompile.frontend.values.symbols import Symbol


class Generator(NativeObject):
    """An iterator of the program: a generator, `iter(x)`, `zip(…)`, `map(…)`. `source` is a Python iterator over
    values."""

    type_name = "generator"
    is_iterator = True
    is_changeable = is_consumed = True
    births = itertools.count()  # what is made and opened, in order

    def __init__(self, source: Iterator[Value], type_name: str = "generator") -> None:
        self.source = source
        self.type_name = type_name  # type: ignore[misc]
        self.born = next(self.births)
        self.returned: Value = None  # what a generator function gave at its end

    def iterate(self, context: Context) -> Iterator[Value] | Unknown:
        context.touch(self)
        return self.source

    def next_item(self, context: Context) -> Value:
        context.touch(self)
        try:
            return next(self.source)
        except StopIteration as end:
            self.returned = end.value
            return MISSING
        except ValueError as error:  # it is running
            raise context.raise_(error) from None

    def get_attribute(self, name: str, context: Context) -> Value:
        if name == "__next__":
            return NativeFunction(name, lambda a, k, c: self._next(c))
        if name == "__iter__":
            return NativeFunction(name, lambda a, k, c: self)
        if name in _GENERATOR_METHODS and isinstance(self.source, types.GeneratorType):
            act = _GENERATOR_METHODS[name]
            return NativeFunction(name, lambda a, k, c: act(self, self.source, a, c))
        kind = types.GeneratorType if self.type_name == "generator" else getattr(builtins, self.type_name, object)
        if hasattr(kind, name):
            return self.unmodelled(f"`{name}`", context)
        return super().get_attribute(name, context)

    def _next(self, context: Context) -> Value:
        item = self.next_item(context)
        if item is MISSING:
            raise context.raise_(self.end())
        return item

    def end(self) -> StopIteration:
        """What Python raises when no item is left."""
        return StopIteration() if self.returned is None else StopIteration(self.returned)

    def close(self, context: Context) -> None:
        """End a generator: where it stands, `GeneratorExit` is raised."""
        if isinstance(self.source, types.GeneratorType) and self.type_name == "generator":
            _close(self, self.source, [], context)

    def resumed(self, act: Callable[[], Value], context: Context) -> Value:
        """The item that the source yields next, after something was sent or thrown into it."""
        context.touch(self)
        try:
            return act()
        except StopIteration as end:
            self.returned = end.value
            raise context.raise_(self.end()) from None

    def text(self, context: Context) -> str | Unknown:
        return context.unknown(f"the text of a {self.type_name}")

    def is_instance_of(self, class_: Value) -> bool | None:
        if isinstance(class_, Symbol) and class_.path.startswith(("typing.", "collections.abc.")):
            return class_.path.rpartition(".")[2] in ("Iterator", "Iterable", "Generator") or None
        return True if class_ is object else None


def _send(generator: Generator, source: Any, arguments: list[Value], context: Context) -> Value:
    value = arguments[0]
    if value is not None and inspect.getgeneratorstate(source) == inspect.GEN_CREATED:
        raise context.raise_(TypeError("can't send non-None value to a just-started generator"))
    return generator.resumed(lambda: source.send(value), context)


def _throw(generator: Generator, source: Any, arguments: list[Value], context: Context) -> Value:
    exception = as_object(context.force(arguments[0])).as_exception(context)
    if exception is MISSING or isinstance(exception, Unknown):
        raise context.raise_(TypeError("exceptions must be classes or instances deriving from BaseException"))
    return generator.resumed(lambda: source.throw(context.raise_(exception)), context)


def _close(generator: Generator, source: Any, arguments: list[Value], context: Context) -> Value:
    context.touch(generator)
    if inspect.getgeneratorstate(source) != inspect.GEN_SUSPENDED:
        source.close()
        return None
    try:
        source.throw(context.raise_(GeneratorExit()))
    except StopIteration:
        return None
    except Raised as raised:
        if isinstance(raised.value, GeneratorExit):
            return None
        raise
    raise context.raise_(RuntimeError("generator ignored GeneratorExit"))


_GENERATOR_METHODS: dict[str, Callable[[Generator, Any, list[Value], Context], Value]] = {
    "send": _send,
    "throw": _throw,
    "close": _close,
}


class Coroutine(Awaitable):
    """The call of an `async def`: evaluated when it is awaited (or run)."""

    type_name = "coroutine"

    def __init__(self, act: Callable[[], Value]) -> None:
        self.act = act
        self.done = False
        self.result: Value = None

    def wait(self) -> Value:
        if not self.done:
            self.done = True
            self.result = self.act()
        return self.result

    def get_attribute(self, name: str, context: Context) -> Value:
        def answer(arguments: list[Value], keywords: dict[str, Value], place: Context) -> Any:
            return self.wait() if name in ("result", "send") else None

        return NativeFunction(name, answer)
