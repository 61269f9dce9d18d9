"""Things in modules that are not read, known by their dotted names, and types with arguments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from zencompile.frontend.values.base import MISSING, Context, Modelled, Object, Unknown, Value, pass_over
from zencompile.frontend.values.deferred import Deferred, Opaque
from zencompile.frontend.values.operations import call, get_attribute, instance_of, is_instance


def patch(path: str, name: str, value: Value, context: Context) -> None:
    """The program sets an attribute of what is not its own: all that read it see that, in this evaluation."""
    own = context.evaluator.patched.setdefault(path, {})
    context.touch(own)
    own[name] = value


def has_it(path: str, name: str, context: Context, modelled: bool = False) -> None:
    """Raise the program's AttributeError where a module of the standard library surely has no such attribute."""
    helps = context.evaluator.lacking(path, name, modelled)
    if helps is not None:
        raise context.raise_(AttributeError(f"module '{path}' has no attribute '{name}'"), helps)


class Symbol(Object):
    """Something in a module that is not read: `path` is its dotted name where it is defined or was imported from."""

    type_name = "Symbol"
    is_type = True
    __slots__ = ("path",)

    def __init__(self, path: str) -> None:
        self.path = path

    def described(self) -> str:
        return f"`{self.path}`"

    def unmodelled(self, what: str, context: Context) -> Unknown:
        return context.unknown(f"{what} of `{self.path}`, which is not read")

    def binary(self, operator: str, other: Value, reflected: bool, context: Context) -> Value:
        if operator == "|" and is_type(other):
            return union(other, self) if reflected else union(self, other)
        return self._deferred(context).binary(operator, other, reflected, context)

    def unary(self, operator: str, context: Context) -> Value:
        return self._deferred(context).unary(operator, context)

    def _deferred(self, context: Context) -> Deferred:
        """This, as something that is known when running."""
        return Deferred(context.span, f"`{self.path}`, which is not read", "value", [self])

    def in_text(self, conversion: int, spec: Value, context: Context) -> Value:
        return self._deferred(context).in_text(conversion, spec, context)

    def compare(self, operator: str, other: Value, context: Context) -> Any:
        if operator in ("==", "!="):
            if isinstance(other, Symbol) and other == self:
                return operator == "=="
            if other is None:
                return operator == "!="
        return context.unknown("a comparison with a value that is not read")

    def is_same(self, other: Value, context: Context) -> Any:
        if other is None:
            return False
        if isinstance(other, Symbol) and other == self:
            return True
        return context.unknown(f"what `{self.path}` is")

    def truth(self, context: Context) -> bool | Unknown:
        return context.unknown(f"whether `{self.path}`, which is not read, is true")

    def key(self, context: Context) -> Value:
        return self

    def mapping(self, context: Context) -> Any:
        return context.unknown(f"what `{self.path}`, which is not read, holds")

    def next_item(self, context: Context) -> Value:
        return context.unknown("the next item of a value that is not read")

    def iterate(self, context: Context) -> Iterator[Value] | Unknown:
        return context.unknown(f"the items of `{self.path}`, which is not read")

    def get_item(self, key: Value, context: Context) -> Value:
        return Generic(self, key if isinstance(key, tuple) else (key,))

    def get_attribute(self, name: str, context: Context) -> Value:
        patched = context.evaluator.patched
        if patched and name in patched.get(self.path, ()):
            return patched[self.path][name]
        has_it(self.path, name, context)
        return Symbol(f"{self.path}.{name}")

    def set_attribute(self, name: str, value: Value, context: Context) -> None:
        patch(self.path, name, value, context)

    def call(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        context.evaluator.give_away(self.path, arguments, keywords, context)
        if context.evaluator.called is not None:
            answer = context.evaluator.called(self, arguments, keywords, context)
            if answer is not MISSING:
                return answer
        reason = f"the result of `{self.path}()`, which is not read"
        evaluator = context.evaluator
        evaluator.run_values = True
        given = [evaluator.snapshot(one) for one in arguments]
        named = {name: evaluator.snapshot(one) for name, one in keywords.items()}
        made = Opaque(context.span, reason, self.path, given, named)
        if evaluator.work is not None:
            evaluator.work.called(made, context, self.path)
        return made

    def decorated(self, target: Any, context: Context) -> Value:
        return pass_over(self, target, context)

    def has_instance(self, value: Value, context: Context) -> Any:
        return instance_of(value, self, context)

    def enter(self, context: Context) -> Value:
        return context.unknown("what a context manager that is not read gives")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Symbol) and other.path == self.path

    def __hash__(self) -> int:
        return hash(self.path)

    def __repr__(self) -> str:
        return f"Symbol({self.path})"


class Generic(Modelled):
    """A type with arguments. `origin` is a builtin type, a Class or a Symbol (`typing.Optional`, `typing.Annotated`,
    `typing.Union`, also for `X | Y`); `arguments` are values (types, or for Literal and Annotated anything)."""

    type_name = "GenericAlias"
    is_type = True
    __slots__ = ("arguments", "origin")

    def __init__(self, origin: Value, arguments: tuple[Value, ...]) -> None:
        self.origin = origin
        self.arguments = arguments

    def described(self) -> str:
        return "a type with arguments"

    def binary(self, operator: str, other: Value, reflected: bool, context: Context) -> Value:
        if operator == "|" and is_type(other):
            return union(other, self) if reflected else union(self, other)
        return MISSING

    def compare(self, operator: str, other: Value, context: Context) -> Any:
        if operator not in ("==", "!=") or not isinstance(other, Generic):
            return MISSING
        return (self == other) is (operator == "==")

    def is_same(self, other: Value, context: Context) -> Any:
        same = isinstance(other, Generic) and other == self
        return context.unknown("whether two equal types are one object") if same else MISSING

    def get_item(self, key: Value, context: Context) -> Value:
        return Generic(self, key if isinstance(key, tuple) else (key,))

    def get_attribute(self, name: str, context: Context) -> Value:
        if name in ("__args__", "__origin__"):
            return self.arguments if name == "__args__" else self.origin
        return get_attribute(self.origin, name, context)

    def call(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        return call(self.origin, arguments, keywords, context)

    def is_callable(self) -> bool | None:
        return True

    def text(self, context: Context) -> str | Unknown:
        return context.unknown("the text of an object, which may hold its address")

    def type_of(self, context: Context) -> Value:
        return context.unknown("the type of this value")

    def is_instance_of(self, class_: Value) -> bool | None:
        return True if class_ is object else None

    def has_instance(self, value: Value, context: Context) -> Any:
        if self.origin == UNION:
            return is_instance(value, tuple(type(None) if a is None else a for a in self.arguments), context)
        return is_instance(value, self.origin, context)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Generic) and (other.origin, other.arguments) == (self.origin, self.arguments)

    def __hash__(self) -> int:
        return hash(str(self.origin))

    def __repr__(self) -> str:
        return f"Generic({self.origin!r}, {self.arguments!r})"


UNION = Symbol("typing.Union")


def is_type(value: Value) -> bool:
    """Whether a value can stand beside `|` in a union of types."""
    return value is None or isinstance(value, (type, str)) or (isinstance(value, Object) and value.is_type)


def union(left: Value, right: Value) -> Generic:
    """`left | right` of types."""
    parts: list[Value] = []
    for side in (left, right):
        nested = isinstance(side, Generic) and side.origin == UNION
        parts.extend(side.arguments if nested else [side])
    return Generic(UNION, tuple(dict.fromkeys(parts)))
