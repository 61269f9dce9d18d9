"""The table of builtin names: types and constants stand in it, functions are entered by the module that models them."""

from __future__ import annotations

import builtins as python
from collections.abc import Callable
from typing import Any

from zencompile.frontend.prelude.signatures import Declared, Model
from zencompile.frontend.values import NativeFunction, Symbol, Value
from zencompile.frontend.values.pure import call_pure

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
Native = Model


def native(name: str, signature: str) -> Callable[[Model], Model]:
    """Register a builtin of that signature."""

    def register(function: Model) -> Model:
        BUILTINS[name] = Declared(name, signature, function)
        return function

    return register


def register_pure(name: str, function: Callable[..., Any]) -> None:
    BUILTINS[name] = NativeFunction(name, lambda a, k, c: call_pure(function, a, k, c, name))
