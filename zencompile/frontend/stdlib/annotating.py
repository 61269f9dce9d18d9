"""`typing`, `collections.abc`, `abc`, `types`: what annotations and definitions name."""

from __future__ import annotations

import types

from zencompile.frontend.stdlib.helpers import Keywords, constant, identity, module
from zencompile.frontend.values import (
    Class,
    Context,
    Descriptor,
    Function,
    Instance,
    NativeFunction,
    NativeModule,
    Symbol,
    Unknown,
    Value,
)
from zencompile.frontend.values.operations import all_items


def _cast(a: list[Value], k: Keywords, c: Context) -> Value:
    return a[1] if len(a) > 1 else k.get("val")


def _type_variable(a: list[Value], k: Keywords, c: Context) -> Value:
    return Symbol("typing.Any")


def _new_type(a: list[Value], k: Keywords, c: Context) -> Value:
    return a[1] if len(a) > 1 else c.unknown("a new type")


def _hints(a: list[Value], k: Keywords, c: Context) -> Value:
    if a and isinstance(a[0], (Class, Function)):
        return c.get_attribute(a[0], "__annotations__")
    return c.unknown("type hints")


def _get_args(a: list[Value], k: Keywords, c: Context) -> Value:
    return a[0].arguments if a and hasattr(a[0], "arguments") and hasattr(a[0], "origin") else ()


def _get_origin(a: list[Value], k: Keywords, c: Context) -> Value:
    return a[0].origin if a and hasattr(a[0], "origin") else None


def _named_tuple(a: list[Value], k: Keywords, c: Context) -> Value:
    from zencompile.frontend.stdlib import containers

    fields = all_items(a[1], c) if len(a) > 1 else list(k)
    if isinstance(fields, Unknown):
        return fields
    names = [f[0] if isinstance(f, tuple) else f for f in fields]
    return containers.named_tuple_class(c.force(a[0]), names, {}, c)


_ALIASES = {
    "TYPE_CHECKING": False,
    "cast": NativeFunction("cast", _cast),
    "overload": NativeFunction("overload", identity),
    "final": NativeFunction("final", identity),
    "override": NativeFunction("override", identity),
    "runtime_checkable": NativeFunction("runtime_checkable", identity),
    "no_type_check": NativeFunction("no_type_check", identity),
    "deprecated": NativeFunction("deprecated", lambda a, k, c: NativeFunction("deprecated", identity)),
    "TypeVar": NativeFunction("TypeVar", _type_variable),
    "ParamSpec": NativeFunction("ParamSpec", _type_variable),
    "TypeVarTuple": NativeFunction("TypeVarTuple", _type_variable),
    "NewType": NativeFunction("NewType", _new_type),
    "get_type_hints": NativeFunction("get_type_hints", _hints),
    "get_args": NativeFunction("get_args", _get_args),
    "get_origin": NativeFunction("get_origin", _get_origin),
    "assert_never": constant("assert_never"),
    "reveal_type": NativeFunction("reveal_type", identity),
    "Text": str,
}


class _Typing(NativeModule):
    def get_attribute(self, name: str, context: Context) -> Value:
        if name in self.namespace:
            return self.namespace[name]
        return Symbol(f"typing.{name}")  # typing_extensions has what newer typing has


def _abstract(a: list[Value], k: Keywords, c: Context) -> Value:
    return a[0] if a else None


def _namespace(a: list[Value], k: Keywords, c: Context) -> Value:
    made = Instance(Class("SimpleNamespace", "SimpleNamespace", None, None, ()))
    made.attributes.update({n: v for n, v in k.items() if n != "**"})
    return made


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
            "ABCMeta": type,
            "abstractmethod": NativeFunction("abstractmethod", _abstract),
            "abstractproperty": NativeFunction("property", lambda a, k, c: Descriptor("property", a[0])),
        },
    ),
    "types": module("types", {"SimpleNamespace": NativeFunction("SimpleNamespace", _namespace),
                    "FunctionType": types.FunctionType, "MethodType": types.MethodType, "ModuleType": types.ModuleType,
                    "NoneType": type(None), "LambdaType": types.FunctionType,
                    "MappingProxyType": NativeFunction("MappingProxyType", identity)}),
    "numbers": module("numbers", {}),
}  # fmt: skip
