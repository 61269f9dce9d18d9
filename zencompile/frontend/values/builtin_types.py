"""Python's own types as values: calling them, their attributes, and what is an instance of them."""

from __future__ import annotations

import datetime
import enum
import pathlib
from collections.abc import Callable
from typing import Any

from zencompile.frontend.values.base import MISSING, Context, Object, Raised, Unknown, Value
from zencompile.frontend.values.classes import (
    Class,
    Instance,
    allocated,
    made_by_metaclass,
    make_native,
    type_new,
)
from zencompile.frontend.values.deferred import Call, Deferred, not_the_programs, settled
from zencompile.frontend.values.functions import NativeFunction
from zencompile.frontend.values.hosts import SPECIAL_METHODS, Clock, Host, call_method
from zencompile.frontend.values.operations import (
    all_items,
    call,
    get_attribute,
    instance_of,
    key,
    represents,
    type_name,
)
from zencompile.frontend.values.plain import PLAIN, unwrap
from zencompile.frontend.values.pure import call_pure
from zencompile.frontend.values.symbols import Generic, is_type, union

Maker = Callable[[Any, list[Value], dict[str, Value], Context], Value]

MAKERS: dict[type, Maker] = {}
"""What calling a type makes. Those of exceptions, paths and enums hold for the types below them, too."""

_ABOVE = (BaseException, pathlib.PurePath, enum.Enum)

ATTRIBUTES: dict[type, Callable[[type, str, Context], Value]] = {}
"""Attributes of types (and of those below them) that a model has a say in."""

_CLOCK = frozenset({"now", "today", "utcnow"})


def makes(*made: type) -> Callable[[Maker], Maker]:
    """A decorator: the function is what calling these types does."""

    def enter(maker: Maker) -> Maker:
        MAKERS.update(dict.fromkeys(made, maker))
        return maker

    return enter


def _dotted(kind: type) -> str:
    """The name of a type of plain data that a program imports it by; empty for any other."""
    if issubclass(kind, pathlib.PurePath):
        return f"pathlib.{kind.__name__.replace('PurePosix', '')}"
    return f"{kind.__module__}.{kind.__qualname__}" if kind in PLAIN else ""


@represents(type)
class TypeHost(Host):
    """A builtin type."""

    is_type = True

    @property
    def type_name(self) -> str:  # type: ignore[override]
        return "type"

    def described(self) -> str:
        return f"the type `{self.value.__name__}`"

    def binary(self, operator: str, other: Value, reflected: bool, context: Context) -> Value:
        if operator == "|" and (is_type(other) or isinstance(other, type)):
            return union(other, self.value) if reflected else union(self.value, other)
        return MISSING

    def compare(self, operator: str, other: Value, context: Context) -> Any:
        return MISSING

    def truth(self, context: Context) -> bool | Unknown:
        return True

    def length(self, context: Context) -> int | Unknown:
        raise context.raise_(TypeError("object of type 'type' has no len()"))

    def contains(self, item: Value, context: Context) -> Any:
        return MISSING

    def get_item(self, key: Value, context: Context) -> Value:
        owner = self.value
        if owner is object or (issubclass(owner, (int, float, BaseException)) and owner is not type):
            raise context.raise_(TypeError(f"type '{owner.__name__}' is not subscriptable"))
        return Generic(owner, key if isinstance(key, tuple) else (key,))

    def set_attribute(self, name: str, value: Value, context: Context) -> None:
        text_ = f"cannot set '{name}' attribute of immutable type '{self.value.__name__}'"
        raise context.raise_(TypeError(text_))

    def get_attribute(self, name: str, context: Context) -> Value:
        found = _attribute(self.value, name, context)
        if found is MISSING:
            text_ = f"type object '{self.value.__name__}' has no attribute '{name}'"
            raise context.raise_(AttributeError(text_))
        return found

    def call(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        unknown = keywords.get("**")
        if isinstance(unknown, Unknown):
            return unknown.forgotten()
        mark = next(Deferred.births) if context.evaluator.run_values else 0
        try:
            made = self._made(arguments, keywords, context)
        except Raised as raised:
            found = not_the_programs(raised, (*arguments, *keywords.values()), context) if mark else None
            if found is None:
                raise
            return found
        return settled(made, mark, Call(_dotted(self.value), arguments, keywords), context) if mark else made

    def _made(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        kind = self.value
        maker = next((MAKERS[base] for base in kind.__mro__ if base in MAKERS and base in (kind, *_ABOVE)), None)
        if maker is not None:
            return maker(kind, arguments, keywords, context)
        if kind in PLAIN:
            return call_pure(kind, arguments, keywords, context, kind.__name__)
        return context.unknown(f"a `{kind.__name__}`")

    def is_callable(self) -> bool | None:
        return True

    def representation(self, context: Context) -> str | Unknown:
        return repr(self.value)

    def text(self, context: Context) -> str | Unknown:
        return repr(self.value)

    def type_of(self, context: Context) -> Value:
        return type

    def is_instance_of(self, class_: Value) -> bool | None:
        if isinstance(class_, type):
            return class_ is object or class_ is type
        return super().is_instance_of(class_) or getattr(class_, "path", "").rpartition(".")[2] == "Callable"

    def has_instance(self, value: Value, context: Context) -> Any:
        return instance_of(value, self.value, context)

    def as_exception(self, context: Context) -> Value:
        if not issubclass(self.value, BaseException):
            return MISSING
        return self.call([], {}, context)


# attributes of types


def _attribute(kind: type, name: str, context: Context) -> Value:
    fixed = _TYPE_ATTRIBUTES.get(name)
    if fixed is not None:
        return fixed(kind)
    for base, told in ATTRIBUTES.items():
        if issubclass(kind, base):
            return told(kind, name, context)
    if issubclass(kind, datetime.date):
        if name in _CLOCK:
            return Clock(f"datetime.{kind.__name__}.{name}", "the present time")
        if name in ("fromtimestamp", "utcfromtimestamp"):
            return NativeFunction(name, lambda a, k, c: _from_timestamp(kind, name, a, k, c))
    if kind is dict and name == "fromkeys":
        return NativeFunction(name, _from_keys)
    if kind not in PLAIN and not issubclass(kind, BaseException):
        return context.unknown(f"`{kind.__name__}.{name}`") if hasattr(kind, name) else MISSING
    if name.startswith("_") and name not in SPECIAL_METHODS:
        return context.unknown(f"`{kind.__name__}.{name}`") if hasattr(kind, name) else MISSING
    return _python_attribute(kind, name, context)


def _python_attribute(kind: type, name: str, context: Context) -> Value:
    found = next((base.__dict__[name] for base in kind.__mro__ if name in base.__dict__), None)
    if found is None:
        return MISSING
    if isinstance(found, (classmethod, staticmethod)) or type(found).__name__ == "classmethod_descriptor":
        function = getattr(kind, name)
        return NativeFunction(name, lambda a, k, c: call_pure(function, a, k, c, name))
    if callable(found):
        return NativeFunction(name, lambda a, k, c: _unbound(kind, name, a, k, c))
    plain = getattr(kind, name)
    return plain if type(plain) in PLAIN else context.unknown(f"`{kind.__name__}.{name}`")


_TYPE_ATTRIBUTES: dict[str, Callable[[type], Value]] = {
    "__name__": lambda kind: kind.__name__,
    "__qualname__": lambda kind: kind.__qualname__,
    "__module__": lambda kind: kind.__module__,
    "__doc__": lambda kind: kind.__doc__,
    "__mro__": lambda kind: kind.__mro__,
    "__bases__": lambda kind: kind.__bases__,
    "__class__": lambda kind: type,
    "__new__": lambda kind: NativeFunction("__new__", lambda a, k, c: _new(kind, a, k, c)),
    "__init__": lambda kind: NativeFunction("__init__", _base_init),
    "__call__": lambda kind: NativeFunction("__call__", lambda a, k, c: _call_of(kind, a, k, c)),
    "__setattr__": lambda kind: NativeFunction("__setattr__", _raw),
    "__delattr__": lambda kind: NativeFunction("__delattr__", _raw_delete),
    "__getattribute__": lambda kind: NativeFunction("__getattribute__", _raw),
}


def _unbound(kind: type, name: str, a: list[Value], k: dict[str, Value], c: Context) -> Value:
    """`str.lower(x)`, `dict.__getitem__(self, key)`: of an object of the project, on the data inside."""
    if not a:
        raise c.raise_(TypeError(f"unbound method {kind.__name__}.{name}() needs an argument"))
    receiver = unwrap(c.force(a[0]))
    if isinstance(receiver, Object):
        return call(get_attribute(receiver, name, c), a[1:], k, c)
    if not isinstance(receiver, kind):
        text_ = f"descriptor '{name}' for '{kind.__name__}' objects doesn't apply to a '{type_name(receiver)}' object"
        raise c.raise_(TypeError(text_))
    if type(receiver) in PLAIN:
        return call_method(receiver, name, a[1:], k, c)
    return call(get_attribute(receiver, name, c), a[1:], k, c)


def _new(kind: type, a: list[Value], k: dict[str, Value], c: Context) -> Value:
    if issubclass(kind, type):
        return type_new(a, k, c)
    if a and isinstance(a[0], Class):
        made = allocated(a[0], c)
        if kind is object:
            make_native(made, [], {}, c)
        else:
            made.native = c.call(kind, a[1:], k)
        return made
    return c.call(kind, a[1:], k)


def _call_of(kind: type, a: list[Value], k: dict[str, Value], c: Context) -> Value:
    """`type.__call__(class_, …)`, or a call of the type itself by another name."""
    if issubclass(kind, type) and a and isinstance(a[0], Class):
        return a[0].construct(a[1:], k, c)
    return c.unknown("a call by way of `__call__`") if issubclass(kind, type) else c.call(kind, a, k)


def _base_init(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    if a and isinstance(a[0], Instance):
        if a[0].class_.kind == "exception":
            a[0].attributes["args"] = tuple(a[1:])
        elif a[0].native is not MISSING:
            a[0].class_.behaviour.initialize(a[0], a[1:], k, c)
    return None


def _raw(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    """`object.__setattr__(self, name, value)` and `object.__getattribute__(self, name)`."""
    if len(a) >= 2 and isinstance(a[0], Instance):
        if len(a) == 3:
            a[0].set_own(a[1], a[2], c)
            return None
        return a[0].own_attribute(a[1], c)
    return c.unknown("an attribute of a value")


def _raw_delete(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    """`object.__delattr__(self, name)`."""
    if len(a) != 2 or not isinstance(a[0], Instance):
        return c.unknown("an attribute of a value")
    a[0].delete_own(a[1], c)
    return None


def _from_timestamp(kind: Any, name: str, a: list[Value], k: dict[str, Value], c: Context) -> Value:
    if name == "utcfromtimestamp" or len(a) > 1 or "tz" in k:
        return call_pure(getattr(kind, name), a, k, c, name)
    return c.unknown("a time that depends on the machine's time zone")


def _from_keys(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    items = all_items(a[0], c) if a else []
    if isinstance(items, Unknown):
        return items.forgotten()
    value = a[1] if len(a) > 1 else None
    return {key(item, c): value for item in items}


# calls of types


def make_class(arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
    """`type(name, bases, namespace, **keywords)`: by the metaclass of the bases."""
    bases = context.force(arguments[1])
    inherited = [base.meta for base in bases if isinstance(base, Class) and base.meta] if type(bases) is tuple else []
    if inherited:
        return made_by_metaclass(inherited[0], arguments, keywords, context)
    return type_new([type, *arguments], keywords, context)
