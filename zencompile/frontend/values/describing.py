"""Values in the words of messages."""

from __future__ import annotations

import pathlib

from zencompile.frontend.values.natives import NativeObject
from zencompile.frontend.values.objects import BoundMethod, Class, EnumMember, Function, Instance, Module
from zencompile.frontend.values.symbolic import MISSING, Lazy, Symbol, Unknown, Value


def describe(value: Value) -> str:
    """A few words for messages: what kind of thing this is."""
    if isinstance(value, Unknown):
        return "an unknown value"
    if isinstance(value, Symbol):
        return f"`{value.path}`"
    if isinstance(value, Function):
        return f"the function `{value.name}`"
    if isinstance(value, Class):
        return f"the class `{value.name}`"
    if isinstance(value, Instance):
        return f"a `{value.class_.name}`"
    if isinstance(value, EnumMember):
        return f"`{value.class_.name}.{value.name}`"
    if isinstance(value, Module):
        return f"the module `{value.name}`"
    if isinstance(value, NativeObject):
        return f"a {value.type_name}"
    if isinstance(value, Lazy):
        return describe(value.peek()) if value.peek() is not MISSING else "a value that is given later"
    text = repr(value)
    return f"`{text}`" if len(text) <= 40 else f"a {type(value).__name__}"


def type_name(value: Value) -> str:
    """The name of a value's type, as messages and Python's own exceptions show it."""
    if isinstance(value, (Instance, EnumMember)):
        return value.class_.name
    if isinstance(value, NativeObject):
        return value.type_name
    if isinstance(value, Function):
        return "function"
    if isinstance(value, BoundMethod):
        return "method"
    if isinstance(value, (Class, type)):
        return "type"
    if isinstance(value, Module):
        return "module"
    if isinstance(value, pathlib.PurePath):
        return "PosixPath"
    return type(value).__name__
