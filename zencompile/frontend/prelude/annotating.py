"""`typing`, `collections.abc`, `abc`, `types`: what annotations and definitions name."""

from __future__ import annotations

import abc
import types

from zencompile.frontend.prelude.containers import Mapping
from zencompile.frontend.prelude.helpers import Keywords, identity, module
from zencompile.frontend.prelude.modelled import NativeType
from zencompile.frontend.prelude.signatures import Declared, declared
from zencompile.frontend.values import (
    Class,
    Context,
    Descriptor,
    Function,
    Generic,
    Instance,
    NativeFunction,
    NativeModule,
    NativeObject,
    Symbol,
    Unknown,
    Value,
    type_name,
)
from zencompile.frontend.values.operations import all_items
from zencompile.frontend.values.plain import PLAIN
from zencompile.frontend.values.symbols import UNION


def _definition(a: list[Value], k: Keywords, c: Context) -> Value:
    """A decorator that leaves a definition as it is."""
    if type(c.force(a[0])) in PLAIN:
        return c.unknown("a decorator of something that is no definition")
    return a[0]


@declared("assert_never", "arg, /")
def _assert_never(a: list[Value], k: Keywords, c: Context) -> Value:
    raise c.raise_(AssertionError("Expected code to be unreachable"))


class NewType(NativeObject):
    """`NewType("Name", int)`: called, it gives its argument as it is."""

    type_name = "NewType"

    def __init__(self, name: Value, supertype: Value) -> None:
        self.name = name
        self.supertype = supertype

    def call(self, arguments: list[Value], keywords: Keywords, context: Context) -> Value:
        if len(arguments) != 1 or keywords:
            raise context.raise_(TypeError("a new type takes one argument"))
        return arguments[0]

    def get_attribute(self, name: str, context: Context) -> Value:
        own = {"__supertype__": self.supertype, "__name__": self.name, "__qualname__": self.name}
        return own[name] if name in own else super().get_attribute(name, context)


def _type_variable(a: list[Value], k: Keywords, c: Context) -> Value:
    """What an annotation with it says of values: its bound, or one of the types that it is limited to."""
    bound = k.get("bound")
    if len(a) < 3 and (bound is None or isinstance(bound, (str, Unknown))):
        return Symbol("typing.Any")
    return NewType(a[0], bound if len(a) < 3 else Generic(UNION, tuple(a[1:])))


def _parameter_specification(a: list[Value], k: Keywords, c: Context) -> Value:
    return Symbol("typing.Any")


def _new_type(a: list[Value], k: Keywords, c: Context) -> Value:
    return NewType(c.force(a[0]), a[1])


def _hints(a: list[Value], k: Keywords, c: Context) -> Value:
    if a and isinstance(a[0], (Class, Function)):
        return c.get_attribute(a[0], "__annotations__")
    return c.unknown("type hints")


def _is_plain_generic(value: Value) -> bool:
    """Whether a type with arguments is one of a builtin type, such as `list[int]`, whose parts are as written."""
    return isinstance(value, Generic) and isinstance(value.origin, type)


def _get_args(a: list[Value], k: Keywords, c: Context) -> Value:
    value = c.force(a[0])
    if _is_plain_generic(value):
        return value.arguments
    return () if type(value) in PLAIN or isinstance(value, (type, Class)) else c.unknown("the arguments of a type")


def _get_origin(a: list[Value], k: Keywords, c: Context) -> Value:
    value = c.force(a[0])
    if _is_plain_generic(value):
        return value.origin
    return None if type(value) in PLAIN or isinstance(value, (type, Class)) else c.unknown("the origin of a type")


def _named_tuple(a: list[Value], k: Keywords, c: Context) -> Value:
    from zencompile.frontend.prelude import containers

    fields = all_items(a[1], c) if len(a) > 1 else list(k)
    if isinstance(fields, Unknown):
        return fields.forgotten()
    names = [f[0] if isinstance(f, tuple) else f for f in fields]
    return containers.named_tuple_class(c.force(a[0]), names, {}, c)


_ALIASES = {
    "TYPE_CHECKING": False,
    "cast": Declared("cast", "typ, val", lambda a, k, c: a[1]),
    "overload": Declared("overload", "func", _definition),
    "final": Declared("final", "f", _definition),
    "override": Declared("override", "method, /", _definition),
    "runtime_checkable": Declared("runtime_checkable", "cls", _definition),
    "no_type_check": Declared("no_type_check", "arg", _definition),
    "deprecated": NativeFunction("deprecated", lambda a, k, c: NativeFunction("deprecated", identity)),
    "TypeVar": NativeFunction("TypeVar", _type_variable),
    "ParamSpec": NativeFunction("ParamSpec", _parameter_specification),
    "TypeVarTuple": NativeFunction("TypeVarTuple", _parameter_specification),
    "NewType": Declared("NewType", "name, tp", _new_type),
    "get_type_hints": NativeFunction("get_type_hints", _hints),
    "get_args": Declared("get_args", "tp", _get_args),
    "get_origin": Declared("get_origin", "tp", _get_origin),
    "assert_never": _assert_never,
    "reveal_type": NativeFunction("reveal_type", identity),
    "Text": str,
}


class _Typing(NativeModule):
    def own_attribute(self, name: str, context: Context) -> Value:
        if name in self.namespace:
            return self.namespace[name]
        return Symbol(f"typing.{name}")  # typing_extensions has what newer typing has


def _abstract(a: list[Value], k: Keywords, c: Context) -> Value:
    if type(c.force(a[0])) in PLAIN:
        return c.unknown("an abstract method that is no function")
    if isinstance(a[0], Function):
        a[0].attributes = {**(a[0].attributes or {}), "__isabstractmethod__": True}
    return a[0]


def _namespace(a: list[Value], k: Keywords, c: Context) -> Value:
    made = Instance(Class("SimpleNamespace", "SimpleNamespace", None, None, ()))
    made.attributes.update({n: v for n, v in k.items() if n != "**"})
    return made


class MappingProxy(Mapping):
    """`MappingProxyType(mapping)`: the mapping, to be read only."""

    type_name = "mappingproxy"
    host = types.MappingProxyType
    shared = frozenset({"keys", "values", "items", "get"})

    def get_attribute(self, name: str, context: Context) -> Value:
        if name == "copy":
            return Declared(name, "", lambda a, k, c: dict(self.data))
        return super().get_attribute(name, context)

    def set_item(self, key: Value, value: Value, context: Context) -> None:
        raise context.raise_(TypeError("'mappingproxy' object does not support item assignment"))

    def delete_item(self, key: Value, context: Context) -> None:
        raise context.raise_(TypeError("'mappingproxy' object doesn't support item deletion"))

    def copied(self, deep: bool) -> MappingProxy:
        return self

    def text(self, context: Context) -> str | Unknown:
        inner = self._text_of(self.data, context)
        return inner.forgotten() if isinstance(inner, Unknown) else f"mappingproxy({inner})"


def _proxy(a: list[Value], k: Keywords, c: Context) -> Value:
    mapping = c.force(a[0])
    if type(mapping) is dict:
        return MappingProxy(mapping)
    if type(mapping) in (int, float, bool, list, tuple, type(None)):
        raise c.raise_(TypeError(f"mappingproxy() argument must be a mapping, not {type_name(mapping)}"))
    return mapping.forgotten() if isinstance(mapping, Unknown) else c.unknown("a read-only view of another mapping")


MODULES: dict[str, Value] = {
    "typing": _Typing("typing", dict(_ALIASES)),
    "typing_extensions": _Typing("typing_extensions", dict(_ALIASES)),
    "collections.abc": _Typing("collections.abc", {}),
    "__future__": module("__future__", {}),
    "builtins": module("builtins", {}),
    "abc": module(
        "abc",
        {
            "ABC": Symbol("abc.ABC"),
            "ABCMeta": abc.ABCMeta,
            "abstractmethod": Declared("abstractmethod", "funcobj, /", _abstract),
            "abstractproperty": NativeFunction("property", lambda a, k, c: Descriptor("property", a[0])),
        },
    ),
    "types": module("types", {"SimpleNamespace": NativeFunction("SimpleNamespace", _namespace),
                    "FunctionType": types.FunctionType, "MethodType": types.MethodType, "ModuleType": types.ModuleType,
                    "NoneType": type(None), "LambdaType": types.FunctionType,
                    "MappingProxyType": NativeType(types.MappingProxyType, "mapping", _proxy)}),
    "numbers": module("numbers", {}),
}  # fmt: skip
