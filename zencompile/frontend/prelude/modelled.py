"""Objects and classes of the standard library that are modelled here, each beside the class of Python that it models.

What a model does not have, but Python's class has, is unknown; what neither has is an AttributeError.
"""

from __future__ import annotations

import collections.abc
from typing import Any, ClassVar

from zencompile.frontend.prelude.signatures import Declared, Model
from zencompile.frontend.values import (
    MISSING,
    Class,
    Context,
    Function,
    NativeFunction,
    NativeObject,
    Symbol,
    Unknown,
    Value,
)

Keywords = dict[str, Value]


class Modelled(NativeObject):
    """An object of a class of Python's own (`host`)."""

    host: ClassVar[type] = object

    def get_attribute(self, name: str, context: Context) -> Value:
        if name == "__class__":
            return self.python_type
        if name == "__doc__" or hasattr(self.host, name):
            return context.unknown(f"`{name}` of a {self.type_name}")
        return super().get_attribute(name, context)

    def type_of(self, context: Context) -> Value:
        return self.python_type

    def key(self, context: Context) -> Value:
        if self.host.__hash__ is None:
            raise context.raise_(TypeError(f"unhashable type: '{self.type_name}'"))
        return super().key(context)

    @property
    def python_type(self) -> Value:
        """What `type(self)` is: the model of the class, or Unknown."""
        return TYPES.get(self.host, Unknown(None, f"the type of a {self.type_name}"))

    def is_instance_of(self, class_: Value) -> bool | None:
        if isinstance(class_, NativeType):
            return issubclass(self.host, class_.host)
        if isinstance(class_, type):
            return issubclass(self.host, class_)
        if isinstance(class_, Symbol):
            return self._is_instance_of_abstract(class_)
        return False if isinstance(class_, Class) and not class_.is_open else None

    def _is_instance_of_abstract(self, class_: Symbol) -> bool | None:
        module, _, name = class_.path.rpartition(".")
        abstract = getattr(collections.abc, name, None)
        if module not in ("typing", "collections.abc") or not isinstance(abstract, type):
            return None
        return issubclass(self.host, abstract)


class NativeType(Declared):
    """A class of Python's own whose objects are modelled: called, it makes one."""

    __slots__ = ("host",)

    def __init__(self, host: type, signature: str, make: Model) -> None:
        super().__init__(host.__name__, signature, make)
        self.host = host
        TYPES[host] = self

    def get_attribute(self, name: str, context: Context) -> Value:
        if name in ("__name__", "__qualname__", "__module__"):
            return getattr(self.host, name)
        if name.startswith("_") or not hasattr(self.host, name):
            if hasattr(self.host, name):
                return context.unknown(f"`{self.name}.{name}`")
            raise context.raise_(AttributeError(f"type object '{self.name}' has no attribute '{name}'"))
        if not callable(getattr(self.host, name)):
            return context.unknown(f"`{self.name}.{name}`")
        return NativeFunction(name, lambda a, k, c: self._unbound(name, a, k, c))

    def _unbound(self, name: str, a: list[Value], k: Keywords, c: Context) -> Value:
        if a and isinstance(c.force(a[0]), Modelled):
            return c.call(c.get_attribute(a[0], name), a[1:], k)
        return c.unknown(f"the result of `{self.name}.{name}`")

    def get_item(self, key: Value, context: Context) -> Value:
        return context.unknown(f"`{self.name}` with arguments")

    def text(self, context: Context) -> str | Unknown:
        return repr(self.host)

    def type_of(self, context: Context) -> Value:
        return type

    def is_instance_of(self, class_: Value) -> bool | None:
        return class_ in (type, object) if isinstance(class_, type) else None


TYPES: dict[type, NativeType] = {}
"""The models of Python's classes."""


def method(name: str, signature: str, model: Model) -> Declared:
    """A method of a modelled object, for the moment that it is asked for."""
    return Declared(name, signature, model)


def is_callable(value: Value) -> bool | None:
    """Whether a value can be called; None: not known."""
    if isinstance(value, (Function, Class, type)):
        return True
    if isinstance(value, NativeObject):
        return type(value).call is not NativeObject.call
    if isinstance(value, (Unknown, Symbol)):
        return None
    special = value.class_.lookup("__call__") if hasattr(value, "class_") else MISSING
    return special is not MISSING or hasattr(value, "receiver")


def unknown_among(values: Any) -> Unknown | None:
    """The first value that is unknown."""
    return next((value.forgotten() for value in values if isinstance(value, Unknown)), None)
