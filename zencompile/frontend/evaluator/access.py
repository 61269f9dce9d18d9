"""Attributes, items and `isinstance`."""

from __future__ import annotations

import ast
import enum
import pathlib
import types
from typing import TYPE_CHECKING, Any

from zencompile.frontend.evaluator import operations as ops
from zencompile.frontend.evaluator.scopes import Frame
from zencompile.frontend.values import (
    MISSING,
    BoundMethod,
    Class,
    Context,
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
)

if TYPE_CHECKING:
    from zencompile.frontend.evaluator.core import Evaluator


class Descriptor:
    """What `@property`, `@classmethod`, `@staticmethod` make of a function. `kind` is their name."""

    __slots__ = ("function", "kind", "setter")

    def __init__(self, kind: str, function: Value, setter: Value = None) -> None:
        self.kind = kind
        self.function = function
        self.setter = setter


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
        from zencompile.frontend.evaluator import classes

        return classes.default_method(context.evaluator, class_, receiver, name, context)


def attribute(ev: Evaluator, value: Value, name: str, node: ast.AST, frame: Frame) -> Value:
    """`value.name`."""
    kind = value.__class__
    if kind is Instance:
        return instance_attribute(ev, value, name, node, frame)
    if kind is Module:
        from zencompile.frontend.evaluator import modules

        found = modules.module_attribute(ev, value, name)
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
        return attribute(ev, ops.force(ev, value, node, frame), name, node, frame)
    if kind is BoundMethod:
        if name == "__self__":
            return value.receiver
        return value.function if name == "__func__" else attribute(ev, value.function, name, node, frame)
    if kind is Generic:
        if name in ("__args__", "__origin__"):
            return value.arguments if name == "__args__" else value.origin
        return attribute(ev, value.origin, name, node, frame)
    if kind is Descriptor:
        return _descriptor_attribute(value, name)
    from zencompile.frontend.evaluator import methods

    found = methods.attribute(ev, value, name, node, frame)
    if found is MISSING:
        text = f"'{ops.type_name(value)}' object has no attribute '{name}'"
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
    from zencompile.frontend.evaluator import classes

    hook = class_.lookup("__getattr__")
    if hook is not MISSING and not (name.startswith("__") and name.endswith("__")):
        return ev.call_value(hook, [value, name], {}, context)
    return classes.default_method(ev, class_, value, name, context)


def class_attribute(ev: Evaluator, value: Class, name: str, node: ast.AST, frame: Frame) -> Value:
    member = value.members.get(name)
    if member is not None:
        return member
    found = value.lookup(name)
    if found is not MISSING:
        return bind(ev, found, value, value, Context(ev, node, frame.module))
    from zencompile.frontend.evaluator import classes

    return classes.class_default(ev, value, name, Context(ev, node, frame.module))


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
        return attribute(ev, value.value, name, node, frame)
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
    owner = ops.force(ev, owner, node, frame)
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
        ev.touch(owner.namespace)
        owner.namespace[name] = value
    elif isinstance(owner, Function):
        owner.attributes = owner.attributes if owner.attributes is not None else {}
        owner.attributes[name] = value
    elif isinstance(owner, Module):
        ev.state(owner).values[name] = value
    elif isinstance(owner, (Unknown, Symbol, BoundMethod, BaseException, EnumMember)):
        return
    else:
        text = f"'{ops.type_name(owner)}' object has no attribute '{name}'"
        raise ev.raised(AttributeError(text), node, frame)


def delete_attribute(ev: Evaluator, owner: Value, name: str, node: ast.AST, frame: Frame) -> None:
    if isinstance(owner, Instance):
        ev.touch(owner)
        if owner.attributes.pop(name, MISSING) is MISSING and not owner.class_.is_open:
            text = f"'{owner.class_.name}' object has no attribute '{name}'"
            raise ev.raised(AttributeError(text), node, frame)
    elif isinstance(owner, Class):
        owner.namespace.pop(name, None)
    elif isinstance(owner, Function) and owner.attributes:
        owner.attributes.pop(name, None)


# items


def get_item(ev: Evaluator, owner: Value, key: Value, node: ast.AST, frame: Frame) -> Value:
    """`owner[key]`."""
    kind = owner.__class__
    if kind is dict:
        return _dict_item(ev, owner, key, node, frame)
    if kind in (list, tuple, str, bytes, range):
        return _sequence_item(ev, owner, key, node, frame)
    if isinstance(owner, Lazy):
        return get_item(ev, ops.force(ev, owner, node, frame), key, node, frame)
    if isinstance(owner, Unknown):
        return owner
    context = Context(ev, node, frame.module)
    if isinstance(owner, NativeObject):
        return owner.get_item(key, context)
    if isinstance(owner, (type, Symbol, Generic)) or (isinstance(owner, Class) and owner.kind != "enum"):
        hook = owner.lookup("__class_getitem__") if isinstance(owner, Class) else MISSING
        if hook is not MISSING:
            function = hook.function if isinstance(hook, Descriptor) else hook
            return ev.call_value(function, [owner, key], {}, context)
        if owner is object or (
            isinstance(owner, type) and issubclass(owner, (int, float, BaseException)) and owner is not type
        ):
            raise ev.raised(TypeError(f"type '{owner.__name__}' is not subscriptable"), node, frame)
        return Generic(owner, key if isinstance(key, tuple) else (key,))
    if isinstance(owner, Class):
        member = owner.members.get(ops.force(ev, key, node, frame)) if isinstance(key, (str, Lazy)) else None
        if member is None:
            raise ev.raised(KeyError(key), node, frame)
        return member
    if isinstance(owner, Instance):
        return _instance_item(ev, owner, key, node, frame, context)
    plain = ops.unwrap(owner)
    if plain is not owner:
        return get_item(ev, plain, key, node, frame)
    if type(owner) is bytearray:
        return _sequence_item(ev, owner, key, node, frame)
    raise ev.raised(TypeError(f"'{ops.type_name(owner)}' object is not subscriptable"), node, frame)


def _dict_item(ev: Evaluator, owner: dict[Value, Value], key: Value, node: ast.AST, frame: Frame) -> Value:
    key = ops.hashable(ev, key, node, frame)
    if isinstance(key, Unknown):
        return key
    try:
        return owner[key]
    except KeyError:
        for one in owner:
            if isinstance(one, Unknown):
                return one
        raise ev.raised(KeyError(key if type(key) in ops.PLAIN else ops.type_name(key)), node, frame) from None
    except Exception as error:
        raise ev.raised(error, node, frame) from None


def _sequence_item(ev: Evaluator, owner: Any, key: Value, node: ast.AST, frame: Frame) -> Value:
    key = ops.unwrap(ops.force(ev, key, node, frame))
    if isinstance(key, Unknown):
        return key
    try:
        return owner[key]
    except Exception as error:
        if type(owner) is list and owner and isinstance(owner[-1], Unknown):
            return owner[-1]
        if not isinstance(error, (IndexError, ValueError)):
            text = f"{ops.type_name(owner)} indices must be integers or slices, not {ops.type_name(key)}"
            error = TypeError(text)
        raise ev.raised(error, node, frame) from None


def _instance_item(ev: Evaluator, owner: Instance, key: Value, node: ast.AST, frame: Frame, context: Context) -> Value:
    special = owner.class_.lookup("__getitem__")
    if special is not MISSING:
        return ev.call_value(special, [owner, key], {}, context)
    if owner.native is not MISSING:
        if isinstance(owner.native, dict):
            missing = owner.class_.lookup("__missing__")
            if missing is not MISSING and ops.hashable(ev, key, node, frame) not in owner.native:
                return ev.call_value(missing, [owner, key], {}, context)
        return get_item(ev, owner.native, key, node, frame)
    if owner.class_.kind == "namedtuple":
        return get_item(ev, tuple(owner.attributes.values()), key, node, frame)
    if owner.class_.is_open:
        return context.unknown(f"an item of a `{owner.class_.name}`, whose base is not read")
    raise ev.raised(TypeError(f"'{owner.class_.name}' object is not subscriptable"), node, frame)


def set_item(ev: Evaluator, owner: Value, key: Value, value: Value, node: ast.AST, frame: Frame) -> None:
    owner = ops.force(ev, owner, node, frame)
    key = ops.force(ev, key, node, frame)
    if isinstance(owner, (Unknown, Symbol)):
        return
    kind = type(owner)
    context = Context(ev, node, frame.module)
    if kind is dict:
        ev.touch(owner)
        owner[ops.hashable(ev, key, node, frame)] = value
    elif kind in (list, bytearray):
        _set_sequence_item(ev, owner, key, value, node, frame)
    elif isinstance(owner, NativeObject):
        owner.set_item(key, value, context)
    elif isinstance(owner, Instance):
        special = owner.class_.lookup("__setitem__")
        if special is not MISSING:
            ev.call_value(special, [owner, key, value], {}, context)
        elif owner.native is not MISSING:
            set_item(ev, owner.native, key, value, node, frame)
        elif not owner.class_.is_open:
            text = f"'{owner.class_.name}' object does not support item assignment"
            raise ev.raised(TypeError(text), node, frame)
    else:
        text = f"'{ops.type_name(owner)}' object does not support item assignment"
        raise ev.raised(TypeError(text), node, frame)


def _set_sequence_item(ev: Evaluator, owner: Any, key: Value, value: Value, node: ast.AST, frame: Frame) -> None:
    if isinstance(key, Unknown):
        ev.touch(owner)
        owner[:] = [key] * len(owner)
        return
    ev.touch(owner)
    if isinstance(key, slice):
        items = ops.iterate(ev, value, node, frame)
        value = [items] if isinstance(items, Unknown) else ops.bounded(ev, items, node, frame)
    try:
        owner[key] = value
    except Exception as error:
        raise ev.raised(error, node, frame) from None


def delete_item(ev: Evaluator, owner: Value, key: Value, node: ast.AST, frame: Frame) -> None:
    owner, key = ops.force(ev, owner, node, frame), ops.force(ev, key, node, frame)
    if isinstance(owner, Instance):
        special = owner.class_.lookup("__delitem__")
        if special is not MISSING:
            ev.call_value(special, [owner, key], {}, Context(ev, node, frame.module))
            return
        owner = ops.unwrap(owner)
    if type(owner) in (list, dict, bytearray) and not isinstance(key, Unknown):
        ev.touch(owner)
        try:
            del owner[key]
        except Exception as error:
            raise ev.raised(error, node, frame) from None


# isinstance

_ABSTRACT = {
    "Mapping": (dict,),
    "MutableMapping": (dict,),
    "Sequence": (list, tuple, str, range, bytes),
    "MutableSequence": (list,),
    "Iterable": (list, tuple, str, range, bytes, dict, set, frozenset),
    "Collection": (list, tuple, str, range, bytes, dict, set, frozenset),
    "Sized": (list, tuple, str, range, bytes, dict, set, frozenset),
    "Container": (list, tuple, str, range, bytes, dict, set, frozenset),
    "Set": (set, frozenset),
    "MutableSet": (set,),
    "Hashable": (int, float, str, bytes, tuple, frozenset, type(None)),
    "Number": (int, float, complex),
    "Real": (int, float),
    "Integral": (int,),
}


def is_instance(ev: Evaluator, value: Value, class_: Value, node: ast.AST, frame: Frame) -> bool | Unknown:
    """`isinstance(value, class_)`."""
    value = ops.force(ev, value, node, frame)
    class_ = ops.force(ev, class_, node, frame)
    if isinstance(class_, tuple):
        unknown: Unknown | None = None
        for one in class_:
            answer = is_instance(ev, value, one, node, frame)
            if answer is True:
                return True
            unknown = unknown or (answer if isinstance(answer, Unknown) else None)
        return unknown or False
    if isinstance(class_, Generic):
        if class_.origin == Symbol("typing.Union"):
            return is_instance(ev, value, tuple(type(None) if a is None else a for a in class_.arguments), node, frame)
        return is_instance(ev, value, class_.origin, node, frame)
    if isinstance(value, Unknown):
        return value
    if isinstance(class_, Unknown):
        return class_
    if isinstance(value, NativeObject):
        known = value.is_instance_of(class_)
        return ev.unknown(node, frame, f"what a {value.type_name} is an instance of") if known is None else known
    if isinstance(class_, Symbol):
        return _instance_of_symbol(ev, value, class_, node, frame)
    if isinstance(class_, type):
        return _instance_of_type(value, class_)
    if isinstance(class_, Class):
        if isinstance(value, (Instance, EnumMember)):
            return value.class_.is_subclass(class_)
        return False
    if isinstance(class_, NativeObject):
        if isinstance(value, Instance):
            return value.class_.is_subclass(class_)
        return False
    if isinstance(value, Symbol):
        return ev.unknown(node, frame, f"what `{value.path}`, which is not read, is an instance of")
    raise ev.raised(TypeError("isinstance() arg 2 must be a type, a tuple of types, or a union"), node, frame)


def _instance_of_symbol(ev: Evaluator, value: Value, class_: Symbol, node: ast.AST, frame: Frame) -> bool | Unknown:
    last = class_.path.rpartition(".")[2]
    module = class_.path.partition(".")[0]
    if module in ("typing", "collections", "numbers") and last in _ABSTRACT:
        return isinstance(value, _ABSTRACT[last])
    if last == "Callable" and module in ("typing", "collections"):
        return isinstance(value, (Function, BoundMethod, Class, NativeFunction, type))
    if isinstance(value, (Instance, EnumMember)):
        if value.class_.is_subclass(class_):
            return True
        opaque = any(isinstance(b, (Symbol, Unknown)) for b in value.class_.mro)
        return ev.unknown(node, frame, f"whether this is a `{class_.path}`") if opaque else False
    if type(value) in ops.PLAIN or isinstance(value, (Function, Class, Module, type)):
        return False
    return ev.unknown(node, frame, f"whether this is a `{class_.path}`, which is not read")


def _instance_of_type(value: Value, class_: type) -> bool:
    if class_ is object:
        return True
    if isinstance(value, pathlib.PurePath):
        return isinstance(value, class_) or (issubclass(class_, pathlib.PurePath))
    if type(value) in ops.PLAIN or isinstance(value, BaseException):
        return isinstance(value, class_)
    if isinstance(value, EnumMember):
        return (
            (value.mixin is not None and issubclass(value.mixin, class_))
            or class_ is enum.Enum
            or any(isinstance(b, type) and issubclass(b, class_) for b in value.class_.mro)
        )
    if isinstance(value, Instance):
        if value.class_.kind == "namedtuple" and class_ is tuple:
            return True
        return any(isinstance(b, type) and issubclass(b, class_) for b in value.class_.mro)
    if class_ is type:
        return isinstance(value, (type, Class))
    if class_ in (types.FunctionType, types.MethodType):
        return isinstance(value, Function if class_ is types.FunctionType else BoundMethod)
    if class_ is types.ModuleType:
        return isinstance(value, Module)
    return isinstance(value, type) and isinstance(value, class_)
