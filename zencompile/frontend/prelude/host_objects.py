"""Objects that never change and hold nothing but plain data: Python's own object answers for itself."""

from __future__ import annotations

import operator
from collections.abc import Iterator
from typing import Any

from zencompile.frontend.prelude.modelled import Modelled
from zencompile.frontend.values import MISSING, Context, NativeFunction, Unknown, Value
from zencompile.frontend.values.plain import PLAIN
from zencompile.frontend.values.pure import call_pure

_COMPARE = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_BINARY = {"|": operator.or_, "&": operator.and_, "^": operator.xor}


class HostObject(Modelled):
    """A match, a flag, a parsed URL: an immutable object of Python's own. `text_is_stable` says whether its text is
    the same in every version of Python and holds no address."""

    def __init__(self, value: Any, text_is_stable: bool = True) -> None:
        self.value = value
        self.host = type(value)  # type: ignore[misc]
        self.type_name = type(value).__name__  # type: ignore[misc]
        self.text_is_stable = text_is_stable

    def get_attribute(self, name: str, context: Context) -> Value:
        found = MISSING if name.startswith("_") else getattr(self.value, name, MISSING)
        if found is MISSING:
            return super().get_attribute(name, context)
        if callable(found):
            return NativeFunction(name, lambda a, k, c: shown(call_pure(found, a, k, c, name)))
        made = shown(found)
        return made if type(made) in PLAIN or isinstance(made, HostObject) else super().get_attribute(name, context)

    def get_item(self, key: Value, context: Context) -> Value:
        if not hasattr(self.value, "__getitem__"):
            return super().get_item(key, context)
        return call_pure(self.value.__getitem__, [key], {}, context)

    def iterate(self, context: Context) -> Iterator[Value] | Unknown:
        return iter([shown(item) for item in self.value]) if isinstance(self.value, tuple) else super().iterate(context)

    def length(self, context: Context) -> int | Unknown:
        return len(self.value) if isinstance(self.value, tuple) else super().length(context)

    def truth(self, context: Context) -> bool | Unknown:
        return bool(self.value)

    def compare(self, operator: str, other: Value, context: Context) -> Any:
        theirs = other.value if isinstance(other, HostObject) else other
        if not isinstance(other, HostObject) and type(other) not in PLAIN:
            return MISSING
        answer = getattr(type(self.value), _COMPARE[operator].__name__.join(("__", "__")))(self.value, theirs)
        return MISSING if answer is NotImplemented else answer

    def binary(self, operator: str, other: Value, reflected: bool, context: Context) -> Value:
        theirs = other.value if isinstance(other, HostObject) else other
        if operator not in _BINARY or (not isinstance(other, HostObject) and type(other) is not int):
            return MISSING
        try:
            return shown(_BINARY[operator](theirs, self.value) if reflected else _BINARY[operator](self.value, theirs))
        except TypeError:
            return MISSING

    def text(self, context: Context) -> str | Unknown:
        return repr(self.value) if self.text_is_stable else super().text(context)


def shown(value: Any) -> Value:
    """What a method of Python's own object gives, as a value."""
    if isinstance(value, Unknown) or type(value) in PLAIN:
        return value
    return HostObject(value, False)
