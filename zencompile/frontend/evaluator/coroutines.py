"""Coroutines: what calling an `async def` gives, and awaiting it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from zencompile.frontend.values import Context, NativeFunction, NativeObject, Value

if TYPE_CHECKING:
    from zencompile.frontend.evaluator.core import Evaluator


class Coroutine(NativeObject):
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
        return NativeFunction(name, lambda a, k, c: self.wait() if name in ("result", "send") else None)


def awaited(ev: Evaluator, value: Value, context: Context) -> Value:
    value = context.force(value)
    return value.wait() if isinstance(value, Coroutine) else value
