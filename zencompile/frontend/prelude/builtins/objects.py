"""Builtins that look at objects: their types, attributes, names and classes."""

from __future__ import annotations

from typing import Any

from zencompile.frontend.prelude.builtins.registry import Native, native
from zencompile.frontend.values import (
    MISSING,
    Class,
    Context,
    Descriptor,
    EnumMember,
    Instance,
    Module,
    Raised,
    Symbol,
    Unknown,
    Value,
    operations,
)
from zencompile.frontend.values.builtin_types import make_class
from zencompile.frontend.values.classes import Super, is_a, is_subclass
from zencompile.frontend.values.hosts import hash_of
from zencompile.frontend.values.plain import unwrap


@native("isinstance", "obj, class_or_tuple, /")
def _isinstance(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return operations.is_instance(a[0], a[1], c)


@native("issubclass", "cls, class_or_tuple, /")
def _issubclass(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return is_subclass(a[0], a[1], c)


@native("callable", "obj, /")
def _callable(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    known = operations.as_object(c.force(a[0])).is_callable()
    return c.unknown("whether a value that is not read can be called") if known is None else known


def type_call(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    if a[2] is not MISSING:
        return make_class(a, k, c)
    if a[1] is not MISSING or k:
        raise c.raise_(TypeError("type() takes 1 or 3 arguments"))
    value = c.force(a[0])
    if isinstance(value, Unknown):
        return value.forgotten()
    found = operations.type_of(value, c)
    return c.unknown("the type of this value") if isinstance(found, Unknown) else found


@native("getattr", "object, name, default=..., /")
def _getattr(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    name = c.force(a[1])
    if isinstance(name, Unknown):
        return name.forgotten()
    name = unwrap(name)
    if not isinstance(name, str):
        raise c.raise_(TypeError("attribute name must be string"))
    try:
        return c.get_attribute(a[0], name)
    except Raised as raised:
        if a[2] is not MISSING and is_a(raised.value, AttributeError):
            return a[2]
        raise


@native("hasattr", "obj, name, /")
def _hasattr(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    name = unwrap(c.force(a[1]))
    if isinstance(name, Unknown):
        return name.forgotten()
    if not isinstance(name, str):
        raise c.raise_(TypeError("attribute name must be string"))
    owner = c.force(a[0])
    if isinstance(owner, (Unknown, Symbol)):
        return c.unknown("the attributes of a value that is not read")
    try:
        found = c.get_attribute(owner, name)
    except Raised as raised:
        if is_a(raised.value, AttributeError):
            return False
        raise
    if isinstance(found, Unknown) and not found.is_later and isinstance(owner, (Instance, Class)):
        return found
    return True


@native("setattr", "obj, name, value, /")
def _setattr(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    name = _attribute_name(a[1], c)
    if name is not None:
        operations.set_attribute(a[0], name, a[2], c)
    return None


@native("delattr", "obj, name, /")
def _delattr(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    name = _attribute_name(a[1], c)
    if name is not None:
        operations.delete_attribute(a[0], name, c)
    return None


def _attribute_name(value: Value, c: Context) -> str | None:
    """The name of an attribute that is set or deleted; None if it is not known."""
    name = unwrap(c.force(value))
    if isinstance(name, Unknown):
        return None
    if not isinstance(name, str):
        raise c.raise_(TypeError("attribute name must be string"))
    return name


@native("id", "obj, /")
def _id(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return c.unknown("the address of an object")


@native("hash", "obj, /")
def _hash(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return hash_of(a[0], c)


@native("vars", "object=..., /")
def _vars(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    if a[0] is MISSING:
        return _locals([], {}, c)
    return c.get_attribute(a[0], "__dict__")


@native("dir", "object=..., /")
def _dir(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    value = c.force(a[0])
    class_ = value.class_ if isinstance(value, Instance) else value
    if isinstance(class_, Class) and class_.kind == "plain" and all(type(base) is Class for base in class_.mro):
        names = {*dir(object), "__dict__", "__module__", "__weakref__"}
        names.update(value.attributes if isinstance(value, Instance) else ())
        for base in class_.mro:
            names.update(base.namespace)
        if class_.slots() is None and class_.meta is None:
            return sorted(names)
    if isinstance(value, Module):
        return sorted(c.evaluator.names(value))
    return c.unknown("the names of an object")


@native("locals", "")
def _locals(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    frame = c.evaluator.frame_of(c)
    if frame is c.evaluator.state(c.module).frame:
        return _globals([], {}, c)
    return dict(frame.values)


@native("globals", "")
def _globals(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return c.evaluator.state(c.module).values


@native("super", "type=..., object=..., /")
def _super(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    if a[1] is not MISSING and isinstance(a[0], Class):
        return Super(a[0], a[1])
    frame: Any = c.evaluator.frame_of(c)
    while frame is not None and (frame.function is None or frame.function.owner is None or frame.info is None):
        frame = frame.parent
    if frame is None or frame.function is None or frame.function.owner is None or frame.info is None:
        raise c.raise_(RuntimeError("super(): no arguments"))
    first = frame.info.parameters[0] if frame.info.parameters else ""
    receiver = frame.values.get(first, MISSING)
    if not isinstance(receiver, (Instance, Class)):
        if isinstance(receiver, EnumMember):
            return c.unknown("`super()` of an enum's member")
        raise c.raise_(RuntimeError("super(): arg[0] deleted"))
    return Super(frame.function.owner, receiver)


def _descriptor(kind: str) -> Native:
    def make(a: list[Value], k: dict[str, Value], c: Context) -> Value:
        getter = a[0]
        setter = a[1] if kind == "property" else None
        if isinstance(getter, Descriptor) and kind != "property":
            getter = getter.function
        return Descriptor(kind, getter, setter, a[2] if kind == "property" else None)

    return make


native("property", "fget=None, fset=None, fdel=None, doc=None")(_descriptor("property"))
native("classmethod", "function, /")(_descriptor("classmethod"))
native("staticmethod", "function, /")(_descriptor("staticmethod"))
