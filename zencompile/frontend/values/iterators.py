"""Iterators of the program, and coroutines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from zencompile.frontend.values.base import MISSING, Context, NativeObject, Unknown, Value
from zencompile.frontend.values.classes import Awaitable
from zencompile.frontend.values.functions import NativeFunction
from zencompile.frontend.values.symbols import Symbol


class Generator(NativeObject):
    """An iterator of the program: a generator, `iter(x)`, `zip(…)`, `map(…)`. `source` is a Python iterator over
    values."""

    type_name = "generator"
    is_iterator = True

    def __init__(self, source: Iterator[Value], type_name: str = "generator") -> None:
        self.source = source
        self.type_name = type_name  # type: ignore[misc]

    def iterate(self, context: Context) -> Iterator[Value] | Unknown:
        return self.source

    def next_item(self, context: Context) -> Value:
        return next(self.source, MISSING)

    def get_attribute(self, name: str, context: Context) -> Value:
        if name in ("__next__", "send"):
            return NativeFunction(name, lambda a, k, c: self._next(c))
        if name == "close":
            return NativeFunction(name, lambda a, k, c: self._close())
        if name == "__iter__":
            return NativeFunction(name, lambda a, k, c: self)
        return super().get_attribute(name, context)

    def _next(self, context: Context) -> Value:
        item = self.next_item(context)
        if item is MISSING:
            raise context.raise_(StopIteration())
        return item

    def _close(self) -> None:
        self.source = iter(())

    def text(self, context: Context) -> str | Unknown:
        return context.unknown(f"the text of a {self.type_name}")

    def is_instance_of(self, class_: Value) -> bool | None:
        if isinstance(class_, Symbol) and class_.path.startswith(("typing.", "collections.abc.")):
            return class_.path.rpartition(".")[2] in ("Iterator", "Iterable", "Generator") or None
        return True if class_ is object else None


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
