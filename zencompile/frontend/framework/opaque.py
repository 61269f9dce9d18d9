"""Names of the framework that have no model here, and what is built from them.

They are inert: they can be passed around, called and looked into, and only when the DAG depends on one is anything
said.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from zencompile.frontend.values import Class, Context, NativeObject, Unknown, Value


class Name(NativeObject):
    """A function, class or constant of the framework that is not modelled: `path` is its dotted name."""

    __slots__ = ("path",)

    def __init__(self, path: str) -> None:
        self.path = path

    @property
    def type_name(self) -> str:  # type: ignore[override]
        return f"`{self.path}`"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Name) and other.path == self.path

    def __hash__(self) -> int:
        return hash(self.path)

    def get_attribute(self, name: str, context: Context) -> Value:
        return Name(f"{self.path}.{name}")

    def set_attribute(self, name: str, value: Value, context: Context) -> None:
        """Nothing reads it."""

    def call(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        made = Call(self.path, arguments, keywords)
        if context.evaluator.work is not None and self.path.rpartition(".")[2].islower():
            context.evaluator.work.called(made, context, self.path)
        return made

    def decorated(self, target: Any, context: Context) -> Value:
        return target

    def get_item(self, key: Value, context: Context) -> Value:
        return self

    def iterate(self, context: Context) -> Iterator[Value] | Unknown:
        return context.unknown(f"`{self.path}` is a part of the framework that is not read")

    def truth(self, context: Context) -> bool | Unknown:
        return context.unknown(f"`{self.path}` is a part of the framework that is not read")

    def compare(self, operator: str, other: Value, context: Context) -> Any:
        if operator in ("==", "!=") and isinstance(other, Name):
            return (self.path == other.path) is (operator == "==")
        return context.unknown(f"`{self.path}` is a part of the framework that is not read")

    def binary(self, operator: str, other: Value, reflected: bool, context: Context) -> Value:
        return context.unknown(f"`{self.path}` is a part of the framework that is not read")

    def text(self, context: Context) -> str | Unknown:
        return context.unknown(f"`{self.path}` is a part of the framework that is not read")

    def enter(self, context: Context) -> Value:
        return self

    def subclass(self, class_: Class, context: Context) -> Value:
        return class_

    def is_instance_of(self, class_: Value) -> bool | None:
        return None


class Call(Name):
    """What a call of such a name gives, with its arguments as written. Where it reaches a step it is built at run
    time.
    """

    __slots__ = ("arguments", "keywords")

    def __init__(self, path: str, arguments: list[Value], keywords: dict[str, Value]) -> None:
        super().__init__(path)
        self.arguments = arguments
        self.keywords = keywords

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    @property
    def type_name(self) -> str:  # type: ignore[override]
        return f"`{self.path}(…)`"

    def get_attribute(self, name: str, context: Context) -> Value:
        if name in self.keywords:
            return self.keywords[name]
        return context.unknown(f"`{self.path}(…).{name}` belongs to a part of the framework that is not read")

    def call(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        return context.unknown(f"`{self.path}` is a part of the framework that is not read")

    def decorated(self, target: Any, context: Context) -> Value:
        return target

    def truth(self, context: Context) -> bool | Unknown:
        return True


class Inert(NativeObject):
    """An object of which nothing matters when compiling: a logger, a console. Everything on it is possible and gives
    None.
    """

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    @property
    def type_name(self) -> str:  # type: ignore[override]
        return self.name

    def get_attribute(self, name: str, context: Context) -> Value:
        return Inert(f"{self.name}.{name}")

    def set_attribute(self, name: str, value: Value, context: Context) -> None:
        """Nothing reads it."""

    def call(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        return None
