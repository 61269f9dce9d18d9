"""Builtins that look at objects: their types, attributes, names and classes."""

from __future__ import annotations

from zencompile.frontend.evaluator import classes, modules
from zencompile.frontend.evaluator.attributes import Super, delete_attribute, set_attribute
from zencompile.frontend.evaluator.builtins.registry import BUILTINS, Native, native
from zencompile.frontend.evaluator.plain import hashable, unwrap
from zencompile.frontend.evaluator.scopes import Frame
from zencompile.frontend.evaluator.typechecks import is_instance, type_of
from zencompile.frontend.values import (
    MISSING,
    BoundMethod,
    Class,
    Context,
    Descriptor,
    EnumMember,
    Function,
    Instance,
    Module,
    NativeFunction,
    NativeObject,
    Raised,
    Symbol,
    Unknown,
    Value,
)


@native("isinstance", 2, 2)
def _isinstance(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return is_instance(c.evaluator, a[0], a[1], c.node, c.evaluator._frame(c))


@native("issubclass", 2, 2)
def _issubclass(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    class_, other = c.force(a[0]), c.force(a[1])
    if isinstance(other, tuple):
        answers = [_issubclass([class_, one], {}, c) for one in other]
        if True in answers:
            return True
        return next((x for x in answers if isinstance(x, Unknown)), False)
    if isinstance(class_, Class):
        if class_.is_subclass(other):
            return True
        if isinstance(other, type):
            return any(isinstance(b, type) and issubclass(b, other) for b in class_.mro)
        return c.unknown("the bases of a class") if class_.is_open and not isinstance(other, Class) else False
    if isinstance(class_, type) and isinstance(other, type):
        return issubclass(class_, other)
    if isinstance(class_, type) and isinstance(other, Class):
        return False
    if isinstance(class_, (Unknown, Symbol)) or isinstance(other, (Unknown, Symbol)):
        return c.unknown("the bases of a class that is not read")
    raise c.raise_(TypeError("issubclass() arg 1 must be a class"))


@native("callable", 1, 1)
def _callable(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    value = c.force(a[0])
    if isinstance(value, (Unknown, Symbol)):
        return c.unknown("whether a value that is not read can be called")
    if isinstance(value, Instance):
        return value.class_.lookup("__call__") is not MISSING
    if isinstance(value, NativeObject):
        return type(value).call is not NativeObject.call
    return isinstance(value, (Function, BoundMethod, Class, type))


def type_call(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    if len(a) == 3:
        return _make_type(a, c)
    value = c.force(a[0])
    if isinstance(value, Unknown):
        return value
    found = type_of(c.evaluator, value)
    return c.unknown("the type of this value") if isinstance(found, Unknown) else found


def _make_type(a: list[Value], c: Context) -> Value:
    name, bases, namespace = (c.force(x) for x in a)
    if not isinstance(name, str) or not isinstance(bases, tuple) or not isinstance(namespace, dict):
        return c.unknown("a class made at run time")
    class_ = Class(name, name, c.module, None, bases)
    class_.namespace = dict(namespace)
    own = [b for b in (classes._base(c.evaluator, base) for base in bases) if b is not None]
    class_.mro = classes.linearize(class_, own)
    class_.kind = classes._kind(class_)
    return class_


@native("getattr", 2, 3)
def _getattr(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    name = c.force(a[1])
    if isinstance(name, Unknown):
        return name
    name = unwrap(name)
    if not isinstance(name, str):
        raise c.raise_(TypeError("getattr(): attribute name must be string"))
    try:
        return c.get_attribute(a[0], name)
    except Raised as raised:
        if len(a) == 3 and isinstance(raised.value, AttributeError):
            return a[2]
        raise


@native("hasattr", 2, 2)
def _hasattr(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    name = c.force(a[1])
    if isinstance(name, Unknown):
        return name
    owner = c.force(a[0])
    if isinstance(owner, (Unknown, Symbol)):
        return c.unknown("the attributes of a value that is not read")
    try:
        found = c.get_attribute(owner, name)
    except Raised as raised:
        if isinstance(raised.value, AttributeError):
            return False
        raise
    return found if isinstance(found, Unknown) and isinstance(owner, (Instance, Class)) else True


@native("setattr", 3, 3)
def _setattr(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    name = c.force(a[1])
    if isinstance(name, str):
        set_attribute(c.evaluator, a[0], name, a[2], c.node, c.evaluator._frame(c))
    return None


@native("delattr", 2, 2)
def _delattr(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    name = c.force(a[1])
    if isinstance(name, str):
        delete_attribute(c.evaluator, a[0], name, c.node, c.evaluator._frame(c))
    return None


@native("id", 1, 1)
def _id(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return c.unknown("the address of an object")


@native("hash", 1, 1)
def _hash(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    value = hashable(c.evaluator, a[0], c.node, c.evaluator._frame(c))
    if isinstance(value, Unknown):
        return value
    if isinstance(value, Instance):
        special = value.class_.lookup("__hash__")
        if special is not MISSING:
            return c.call(special, [value])
    if type(value) in (int, bool, float):
        return hash(value)
    return c.unknown("a hash, which differs from run to run")


@native("vars", 0, 1)
def _vars(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    if not a:
        return _locals(a, k, c)
    return c.get_attribute(a[0], "__dict__")


@native("dir", 0, 1)
def _dir(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    value = c.force(a[0]) if a else MISSING
    if isinstance(value, Instance) and not value.class_.is_open:
        names = set(value.attributes)
        for base in value.class_.mro:
            if type(base) is Class:
                names.update(base.namespace)
        return sorted(names)
    if isinstance(value, Module):
        return sorted(c.evaluator.names(value))
    return c.unknown("the names of an object")


@native("locals", 0, 0)
def _locals(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    frame = c.evaluator._frame(c)
    if frame is c.evaluator.state(c.module).frame:
        return _globals(a, k, c)
    return dict(frame.values)


@native("globals", 0, 0)
def _globals(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    state = c.evaluator.state(c.module)
    for name in list(state.order):
        modules.get(c.evaluator, c.module, name)
    return state.values


@native("super", 0, 2)
def _super(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    if len(a) == 2 and isinstance(a[0], Class):
        return Super(a[0], a[1])
    frame: Frame | None = c.evaluator._frame(c)
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
        getter = a[0] if a else k.get("fget")
        setter = a[1] if len(a) > 1 else k.get("fset")
        if isinstance(getter, Descriptor) and kind != "property":
            getter = getter.function
        return Descriptor(kind, getter, setter)

    return make


for _kind in ("property", "classmethod", "staticmethod"):
    BUILTINS[_kind] = NativeFunction(_kind, _descriptor(_kind))
