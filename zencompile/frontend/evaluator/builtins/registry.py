"""The table of builtin names: types and constants stand in it, functions are entered by the module that models them."""

from __future__ import annotations

import builtins as python
from collections.abc import Callable
from typing import Any

from zencompile.frontend.evaluator.pure import call_pure
from zencompile.frontend.values import Context, NativeFunction, Symbol, Unknown, Value

BUILTINS: dict[str, Value] = {
    **{one.__name__: one for one in (int, str, float, bool, list, tuple, dict, set, frozenset, bytes, bytearray)},
    **{one.__name__: one for one in (complex, range, slice, object, type)},
    **{n: one for n, one in vars(python).items() if isinstance(one, type) and issubclass(one, BaseException)},
    **{name: Symbol(f"builtins.{name}") for name in ("memoryview", "copyright", "aiter", "anext")},
    "None": None,
    "True": True,
    "False": False,
    "NotImplemented": NotImplemented,
    "Ellipsis": ...,
    "__debug__": True,
    "__name__": "builtins",
    "help": NativeFunction("help", lambda a, k, c: None),
    "display": NativeFunction("display", lambda a, k, c: None),
    "reveal_type": NativeFunction("reveal_type", lambda a, k, c: a[0]),
}
Native = Callable[[list[Value], dict[str, Value], Context], Value]


def native(name: str, low: int = 0, high: int = 1000) -> Callable[[Native], Native]:
    """Register a builtin that takes `low` to `high` positional arguments."""

    def register(function: Native) -> Native:
        def checked(a: list[Value], k: dict[str, Value], c: Context) -> Value:
            if not low <= len(a) <= high:
                raise c.raise_(TypeError(f"{name}() takes {low} to {high} positional arguments ({len(a)} given)"))
            unknown = k.get("**")
            return unknown if isinstance(unknown, Unknown) else function(a, k, c)

        BUILTINS[name] = NativeFunction(name, checked if (low, high) != (0, 1000) else function)
        return function

    return register


def register_pure(name: str, function: Callable[..., Any]) -> None:
    BUILTINS[name] = NativeFunction(name, lambda a, k, c: call_pure(c.evaluator, function, a, k, c, name))
