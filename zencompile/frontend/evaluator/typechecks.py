"""`type(value)` and `isinstance`."""

from __future__ import annotations

import ast
import enum
import pathlib
import types
from typing import TYPE_CHECKING

from zencompile.frontend.evaluator.plain import PLAIN, force
from zencompile.frontend.evaluator.scopes import Frame
from zencompile.frontend.values import (
    BoundMethod,
    Class,
    EnumMember,
    Function,
    Generic,
    Instance,
    Module,
    NativeFunction,
    NativeObject,
    Symbol,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from zencompile.frontend.evaluator.core import Evaluator


def type_of(ev: Evaluator, value: Value) -> Value:
    if isinstance(value, Instance):
        return value.class_
    if isinstance(value, EnumMember):
        return value.class_
    if isinstance(value, pathlib.PurePath):
        return pathlib.PurePosixPath
    if type(value) in PLAIN or isinstance(value, BaseException):
        return type(value)
    if isinstance(value, (type, Class)):
        return type
    if isinstance(value, Function):
        return types.FunctionType
    if isinstance(value, NativeObject):
        return getattr(value, "python_type", None) or Unknown(None, f"the type of a {value.type_name}")
    return Unknown(None, "the type of this value")


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
    value = force(ev, value, node, frame)
    class_ = force(ev, class_, node, frame)
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
    if type(value) in PLAIN or isinstance(value, (Function, Class, Module, type)):
        return False
    return ev.unknown(node, frame, f"whether this is a `{class_.path}`, which is not read")


def _instance_of_type(value: Value, class_: type) -> bool:
    if class_ is object:
        return True
    if isinstance(value, pathlib.PurePath):
        return isinstance(value, class_) or (issubclass(class_, pathlib.PurePath))
    if type(value) in PLAIN or isinstance(value, BaseException):
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
