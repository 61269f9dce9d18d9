"""Attributes: `value.name` read, bound, set and deleted."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from zencompile.frontend.evaluator.implicit_attributes import class_default, default_method
from zencompile.frontend.evaluator.plain import force
from zencompile.frontend.evaluator.plain_attributes import plain_attribute
from zencompile.frontend.evaluator.scopes import Frame
from zencompile.frontend.values import (
    MISSING,
    BoundMethod,
    Class,
    Context,
    Descriptor,
    EnumMember,
    Function,
    Generic,
    Instance,
    Lazy,
    Module,
    NativeFunction,
    NativeObject,
    Symbol,
    Unknown,
    Value,
    type_name,
)

if TYPE_CHECKING:
    from zencompile.frontend.evaluator.core import Evaluator


class Super(NativeObject):
    """`super()`: attributes from the classes after one in the MRO."""

    type_name = "super"

    def __init__(self, after: Class, receiver: Value) -> None:
        self.after = after
        self.receiver = receiver

    def get_attribute(self, name: str, context: Context) -> Value:
        receiver = self.receiver
        class_ = receiver if isinstance(receiver, Class) else receiver.class_
        mro = list(class_.mro)
        rest = mro[mro.index(self.after) + 1 :] if self.after in mro else []
        for base in rest:
            if type(base) is Class and name in base.namespace:
                return bind(context.evaluator, base.namespace[name], receiver, class_, context)
            if isinstance(base, NativeObject) and name not in ("__init__", "__new__", "__init_subclass__"):
                return context.unknown(f"`super().{name}` of a class that is not read")
        return default_method(context.evaluator, class_, receiver, name, context)


def get_attribute(ev: Evaluator, value: Value, name: str, node: ast.AST, frame: Frame) -> Value:
    """`value.name`."""
    if ev.uncertain_objects:
        value = force(ev, value, node, frame)
    kind = value.__class__
    if kind is Instance:
        return instance_attribute(ev, value, name, node, frame)
    if kind is Module:
        found = ev.module_attribute(value, name)
        if found is not MISSING:
            return found
        if value.file is None:
            return Symbol(f"{value.name}.{name}")
        text = f"module '{value.name}' has no attribute '{name}'"
        raise ev.raised(AttributeError(text), node, frame)
    if kind is Symbol:
        return Symbol(f"{value.path}.{name}")
    if isinstance(value, NativeObject):
        return value.get_attribute(name, Context(ev, node, frame.module))
    if isinstance(value, Unknown):
        return Unknown(value.span, value.reason, value.reported)
    if kind is Class:
        return class_attribute(ev, value, name, node, frame)
    if kind is EnumMember:
        return _member_attribute(ev, value, name, node, frame)
    if kind is Function:
        return _function_attribute(ev, value, name, node, frame)
    if isinstance(value, Lazy):
        return get_attribute(ev, force(ev, value, node, frame), name, node, frame)
    if kind is BoundMethod:
        if name == "__self__":
            return value.receiver
        return value.function if name == "__func__" else get_attribute(ev, value.function, name, node, frame)
    if kind is Generic:
        if name in ("__args__", "__origin__"):
            return value.arguments if name == "__args__" else value.origin
        return get_attribute(ev, value.origin, name, node, frame)
    if kind is Descriptor:
        return _descriptor_attribute(value, name)

    found = plain_attribute(ev, value, name, node, frame)
    if found is MISSING:
        text = f"'{type_name(value)}' object has no attribute '{name}'"
        if isinstance(value, type):
            text = f"type object '{value.__name__}' has no attribute '{name}'"
        raise ev.raised(AttributeError(text), node, frame)
    return found


def _descriptor_attribute(value: Descriptor, name: str) -> Value:
    if name == "setter":
        return NativeFunction("setter", lambda a, k, c: Descriptor(value.kind, value.function, a[0]))
    if name == "getter":
        return NativeFunction("getter", lambda a, k, c: Descriptor(value.kind, a[0], value.setter))
    if name == "deleter":
        return NativeFunction("deleter", lambda a, k, c: value)
    if name in ("fget", "__func__", "__wrapped__"):
        return value.function
    return value.setter if name == "fset" else None


def bind(ev: Evaluator, value: Value, receiver: Value, class_: Class, context: Context) -> Value:
    """What an attribute of a class is when it is reached through an instance (or the class, for class methods)."""
    kind = value.__class__
    instance = not isinstance(receiver, Class)
    if kind is Function:
        return BoundMethod(value, receiver) if instance else value
    if kind is Descriptor:
        if value.kind == "staticmethod":
            return value.function
        if value.kind == "classmethod":
            return BoundMethod(value.function, class_)
        return ev.call_value(value.function, [receiver], {}, context) if instance else value
    if kind is Instance and instance:
        getter = value.class_.lookup("__get__")
        if getter is not MISSING:
            return ev.call_value(getter, [value, receiver, class_], {}, context)
    if isinstance(value, NativeObject) and getattr(value, "binds", False) and instance:
        return BoundMethod(value, receiver)
    return value


def instance_attribute(ev: Evaluator, value: Instance, name: str, node: ast.AST, frame: Frame) -> Value:
    class_ = value.class_
    found = class_.lookup(name)
    if found.__class__ is not Descriptor or found.kind == "cached_property":
        own = value.attributes.get(name, MISSING)
        if own is not MISSING:
            return own
    context = Context(ev, node, frame.module)
    if found is not MISSING:
        if found.__class__ is Descriptor and found.kind == "cached_property":
            value.attributes[name] = result = ev.call_value(found.function, [value], {}, context)
            return result
        return bind(ev, found, value, class_, context)
    if name == "__class__":
        return class_
    if name == "__dict__":
        return value.attributes
    hook = class_.lookup("__getattr__")
    if hook is not MISSING and not (name.startswith("__") and name.endswith("__")):
        return ev.call_value(hook, [value, name], {}, context)
    return default_method(ev, class_, value, name, context)


def class_attribute(ev: Evaluator, value: Class, name: str, node: ast.AST, frame: Frame) -> Value:
    member = value.members.get(name)
    if member is not None:
        return member
    found = value.lookup(name)
    if found is not MISSING:
        return bind(ev, found, value, value, Context(ev, node, frame.module))
    return class_default(ev, value, name, Context(ev, node, frame.module))


def _member_attribute(ev: Evaluator, value: EnumMember, name: str, node: ast.AST, frame: Frame) -> Value:
    context = Context(ev, node, frame.module)
    if name in value.attributes:
        return value.attributes[name]
    found = value.class_.lookup(name)
    if found is not MISSING and not (name in ("name", "value") and not isinstance(found, Descriptor)):
        return bind(ev, found, value, value.class_, context)
    if name in ("value", "_value_"):
        return value.value
    if name in ("name", "_name_"):
        return value.name
    if name == "__class__":
        return value.class_
    if name in value.class_.members:
        return value.class_.members[name]
    if value.mixin is not None:
        return get_attribute(ev, value.value, name, node, frame)
    text = f"'{value.class_.name}' object has no attribute '{name}'"
    raise ev.raised(AttributeError(text), node, frame)


def _function_attribute(ev: Evaluator, value: Function, name: str, node: ast.AST, frame: Frame) -> Value:
    if value.attributes and name in value.attributes:
        return value.attributes[name]
    if name == "__name__":
        return value.name
    if name == "__qualname__":
        return value.qualname
    if name == "__module__":
        return value.module.name
    if name == "__doc__":
        return value.docstring
    if name == "__dict__":
        value.attributes = value.attributes if value.attributes is not None else {}
        return value.attributes
    if name == "__wrapped__":
        raise ev.raised(AttributeError("'function' object has no attribute '__wrapped__'"), node, frame)
    if name == "__annotations__":
        names = list(ev.info(value).parameters)
        found = {p: ev.annotation(value, p) for p in [*names, "return"]}
        return {p: a for p, a in found.items() if a is not MISSING}
    if name == "__defaults__":
        return tuple(value.defaults.values()) or None
    if name == "__call__":
        return value
    if value.wrappers:
        return ev.unknown(node, frame, f"`{name}` of a function with a decorator that is not read")
    if name.startswith("__"):
        return ev.unknown(node, frame, f"`{name}` of a function")
    raise ev.raised(AttributeError(f"'function' object has no attribute '{name}'"), node, frame)


def set_attribute(ev: Evaluator, owner: Value, name: str, value: Value, node: ast.AST, frame: Frame) -> None:
    owner = force(ev, owner, node, frame)
    if isinstance(owner, Instance):
        found = owner.class_.lookup(name)
        context = Context(ev, node, frame.module)
        if isinstance(found, Descriptor) and found.kind == "property":
            if found.setter is None:
                text = f"property '{name}' of '{owner.class_.name}' object has no setter"
                raise ev.raised(AttributeError(text), node, frame)
            ev.call_value(found.setter, [owner, value], {}, context)
            return
        hook = owner.class_.lookup("__setattr__")
        if hook is not MISSING and name not in ("__dict__",):
            ev.call_value(hook, [owner, name, value], {}, context)
            return
        if owner.class_.kind == "namedtuple" or owner.class_.options.get("frozen") is True:
            raise ev.raised(AttributeError(f"cannot assign to field '{name}'"), node, frame)
        ev.touch(owner)
        owner.attributes[name] = value
        if name in owner.class_.fields:
            owner.keywords[name] = value
    elif isinstance(owner, NativeObject):
        owner.set_attribute(name, value, Context(ev, node, frame.module))
    elif isinstance(owner, Class):
        ev.touch(owner)
        owner.namespace[name] = value
    elif isinstance(owner, Function):
        owner.attributes = owner.attributes if owner.attributes is not None else {}
        owner.attributes[name] = value
    elif isinstance(owner, Module):
        ev.touch(owner)
        ev.state(owner).values[name] = value
    elif isinstance(owner, (Unknown, Symbol, BoundMethod, BaseException, EnumMember)):
        return
    else:
        text = f"'{type_name(owner)}' object has no attribute '{name}'"
        raise ev.raised(AttributeError(text), node, frame)


def delete_attribute(ev: Evaluator, owner: Value, name: str, node: ast.AST, frame: Frame) -> None:
    if isinstance(owner, Instance):
        ev.touch(owner)
        if owner.attributes.pop(name, MISSING) is MISSING and not owner.class_.is_open:
            text = f"'{owner.class_.name}' object has no attribute '{name}'"
            raise ev.raised(AttributeError(text), node, frame)
    elif isinstance(owner, Class):
        ev.touch(owner)
        if owner.namespace.pop(name, MISSING) is MISSING and not owner.is_open:
            raise ev.raised(AttributeError(f"type object '{owner.name}' has no attribute '{name}'"), node, frame)
    elif isinstance(owner, Module):
        ev.touch(owner)
        if ev.state(owner).values.pop(name, MISSING) is MISSING:
            raise ev.raised(AttributeError(f"module '{owner.name}' has no attribute '{name}'"), node, frame)
    elif isinstance(owner, Function) and owner.attributes:
        owner.attributes.pop(name, None)
