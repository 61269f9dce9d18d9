"""What the program holds in place of the framework's objects, and of everything that is not known: thin objects around
values. Each operation of Python becomes the evaluator's operation on the value, so it means what it means there."""

from __future__ import annotations

import abc
import sys
from collections.abc import Callable, Iterator
from types import FrameType, ModuleType
from typing import Any, Protocol

from zencompile.frontend.framework.records import Record
from zencompile.frontend.values import Class, Context, Lazy, NativeObject, Unknown, Value, describe, operations

_SPECIAL = frozenset({"__name__", "__qualname__", "__version__"})


class Stopped(BaseException):
    """The program needs to know what is known only later: it can't go on. No exception of the program."""

    def __init__(self, unknown: Unknown) -> None:
        super().__init__(unknown.reason)
        self.unknown = unknown


class Operations(Protocol):
    """What does for the proxies what the program does to them: the bridge."""

    def operate(self, act: Callable[[Context], Value]) -> Any:
        """Do what the program does, and give it the result."""

    def known(self, act: Callable[[Context], Value]) -> Any:
        """The same for what Python needs at once: a truth value, a number, the items of a loop."""

    def called(self, value: Value, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """The program calls a value."""

    def text(self, value: Value) -> str:
        """The text of a value."""

    def to_value(self, thing: Any) -> Value:
        """What an object of the program is for the framework."""

    def to_python(self, value: Value) -> Any:
        """What the program gets for a value."""

    def asked_by_project(self, frame: FrameType) -> bool:
        """Whether code of the project itself does something, and not a library that it uses."""

    def is_instance(self, instance: Any, class_: Value) -> bool:
        """`isinstance(instance, class_)` for a class of the framework."""

    def base_for(self, value: Value) -> type:
        """The real class that stands for a class of the framework, or of a module that is not installed."""

    def native_class(self, cls: type) -> Value | None:
        """What a class-based step or pipeline of the program is for the framework, None for other classes."""

    def starred(self, value: Value) -> list[str]:
        """The names that `from module import *` binds."""


class Proxy:
    """A value of the evaluator, as an object of the program."""

    __slots__ = ("__weakref__", "_zen_bridge", "_zen_value")

    def __init__(self, value: Value, bridge: Operations) -> None:
        object.__setattr__(self, "_zen_value", value)
        object.__setattr__(self, "_zen_bridge", bridge)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__") and name not in _SPECIAL:
            raise AttributeError(name)
        value = self._zen_value
        return self._zen_bridge.operate(lambda c: c.get_attribute(value, name))

    @property
    def __doc__(self) -> Any:  # type: ignore[override]
        value = self._zen_value
        return self._zen_bridge.operate(lambda c: c.get_attribute(value, "__doc__"))

    def __setattr__(self, name: str, given: Any) -> None:
        value, bridge = self._zen_value, self._zen_bridge
        if isinstance(value, NativeObject):
            bridge.operate(lambda c: value.set_attribute(name, bridge.to_value(given), c))

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        return self._zen_bridge.called(self._zen_value, arguments, keywords)

    def __getitem__(self, key: Any) -> Any:
        value, bridge = self._zen_value, self._zen_bridge
        return bridge.operate(lambda c: _item(value, bridge.to_value(key), c))

    def __setitem__(self, key: Any, given: Any) -> None:
        value, bridge = self._zen_value, self._zen_bridge
        if isinstance(value, NativeObject):
            bridge.operate(lambda c: value.set_item(bridge.to_value(key), bridge.to_value(given), c))

    def __iter__(self) -> Iterator[Any]:
        value, bridge = self._zen_value, self._zen_bridge
        items = bridge.known(lambda c: c.iterate(value))
        return iter([bridge.to_python(item) for item in items])

    def __len__(self) -> int:
        value = self._zen_value
        return self._zen_bridge.known(lambda c: _length(value, c))  # type: ignore[no-any-return]

    def __bool__(self) -> bool:
        value = self._zen_value
        if not self._zen_bridge.asked_by_project(sys._getframe(1)) and not isinstance(value, Lazy):
            return True
        return bool(self._zen_bridge.known(lambda c: c.truth(value)))

    def __contains__(self, item: Any) -> bool:
        value, bridge = self._zen_value, self._zen_bridge
        given = bridge.to_value(item)
        return bool(bridge.known(lambda c: operations.contains(value, given, c)))

    def __str__(self) -> str:
        return str(self._zen_bridge.text(self._zen_value))

    def __format__(self, spec: str) -> str:
        text = self._zen_bridge.text(self._zen_value)
        return format(text, spec) if spec else text

    def __repr__(self) -> str:
        return f"<{describe(self._zen_value)}>"

    def __hash__(self) -> int:
        return hash(id(self._zen_value))

    def __index__(self) -> int:
        value = self._zen_value
        return self._zen_bridge.known(lambda c: c.force(value))  # type: ignore[no-any-return]

    def __int__(self) -> int:
        return int(self.__index__())

    def __float__(self) -> float:
        return float(self.__index__())

    def __enter__(self) -> Any:
        value = self._zen_value
        native = isinstance(value, NativeObject)
        return self._zen_bridge.operate(lambda c: value.enter(c)) if native else self

    def __exit__(self, *raised: Any) -> None:
        """What is modelled swallows no exception."""

    # classes: what is subclassed or tested against

    def __mro_entries__(self, bases: tuple[Any, ...]) -> tuple[type, ...]:
        return (self._zen_bridge.base_for(self._zen_value),)

    def __instancecheck__(self, instance: Any) -> bool:
        return bool(self._zen_bridge.is_instance(instance, self._zen_value))

    def __subclasscheck__(self, class_: type) -> bool:
        return isinstance(class_, type) and issubclass(class_, self._zen_bridge.base_for(self._zen_value))

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        return core_schema.any_schema()

    def __copy__(self) -> Any:
        value, bridge = self._zen_value, self._zen_bridge
        if isinstance(value, Record):
            return bridge.to_python(Record(value.class_, dict(value.fields), dict(value.spans), value.span))
        return self

    def __deepcopy__(self, memo: Any) -> Any:
        return self.__copy__()


def _item(value: Value, key: Value, context: Context) -> Value:
    value = context.force(value)
    if isinstance(value, NativeObject):
        return value.get_item(key, context)
    if isinstance(value, Unknown):
        return value
    return context.unknown(f"an element of {describe(value)}")


def _length(value: Value, context: Context) -> Value:
    value = context.force(value)
    if isinstance(value, NativeObject):
        return value.length(context)
    if isinstance(value, Unknown):
        return value
    try:
        return len(value)
    except TypeError as error:
        raise context.raise_(error) from None


def _binary(operator: str, reflected: bool) -> Any:
    def act(proxy: Proxy, other: Any) -> Any:
        bridge = proxy._zen_bridge
        mine, theirs = proxy._zen_value, bridge.to_value(other)
        left, right = (theirs, mine) if reflected else (mine, theirs)
        if operator == "|" and isinstance(mine, (NativeObject, Class)):
            return proxy  # `Settings | None` in an annotation that is evaluated
        return bridge.operate(lambda c: operations.binary(operator, left, right, c))

    return act


def _compared(operator: str) -> Any:
    def act(proxy: Proxy, other: Any) -> Any:
        bridge = proxy._zen_bridge
        if operator in ("==", "!=") and not bridge.asked_by_project(sys._getframe(1)):
            return (proxy is other) is (operator == "==")  # `typing` compares the arguments of its generics
        mine, theirs = proxy._zen_value, bridge.to_value(other)
        return bridge.operate(lambda c: operations.compare(operator, mine, theirs, c))

    return act


def _unary(operator: str) -> Any:
    def act(proxy: Proxy) -> Any:
        mine = proxy._zen_value
        return proxy._zen_bridge.operate(lambda c: operations.unary(operator, mine, c))

    return act


for _sign, (_name, _) in operations.ARITHMETIC.items():
    setattr(Proxy, f"__{_name}__", _binary(_sign, False))
    setattr(Proxy, f"__r{_name}__", _binary(_sign, True))
for _sign, (_name, _) in operations.COMPARISON.items():
    setattr(Proxy, _name, _compared(_sign))
for _sign, (_name, _) in operations.UNARY.items():  # type: ignore[assignment]
    setattr(Proxy, _name, _unary(_sign))


class ProxyModule(ModuleType):
    """A module of the framework, or one that stands for a module that is not installed."""

    def __init__(self, name: str, value: Value, bridge: Operations) -> None:
        super().__init__(name)
        self.__path__: list[str] = []
        self.__file__ = f"<{name}>"
        self._zen_value = value
        self._zen_bridge = bridge

    def __getattr__(self, name: str) -> Any:
        if name == "__all__":
            return self._zen_bridge.starred(self._zen_value)
        if name.startswith("__") and name.endswith("__") and name not in _SPECIAL:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        value = self._zen_value
        found = self._zen_bridge.operate(lambda c: c.get_attribute(value, name))
        self.__dict__[name] = found
        return found


class Meta(abc.ABCMeta):
    """The metaclass of classes of the program that have one of the framework's among their bases."""

    def __call__(cls, *arguments: Any, **keywords: Any) -> Any:
        bridge: Operations = getattr(cls, "_zen_bridge")  # noqa: B009 (set on every base that has this metaclass)
        native = bridge.native_class(cls)
        if native is not None:
            return bridge.called(native, arguments, keywords)
        return super().__call__(*arguments, **keywords)
