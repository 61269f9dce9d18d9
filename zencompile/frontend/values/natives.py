"""How Python code joins in: the objects that model something, and the place of an operation that they get."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from zencompile.frontend.values.symbolic import MISSING, Lazy, Raised, Symbol, Unknown, Value
from zencompile.source import Span

if TYPE_CHECKING:
    from zencompile.diagnostics import Report
    from zencompile.frontend.evaluator import Evaluator
    from zencompile.frontend.values.objects import Class, Function, Module


class Context:
    """The place of an operation: given to every native. Make none of your own; keep none beyond the call if you can."""

    __slots__ = ("evaluator", "module", "node")

    def __init__(self, evaluator: Evaluator, node: ast.AST, module: Module) -> None:
        self.evaluator = evaluator
        self.node = node
        self.module = module

    @property
    def report(self) -> Report:
        return self.evaluator.report

    @property
    def span(self) -> Span:
        """The whole expression or statement."""
        return self.evaluator.span(self.node, self.module)

    def argument_span(self, key: int | str) -> Span:
        """The span of the argument at a position, or of a keyword argument's value; the call's where it can't be
        told."""
        node = self._argument(key)
        return self.span if node is None else self.evaluator.span(node, self.module)

    def keyword_span(self, name: str) -> Span:
        """The span of a keyword argument's name."""
        if isinstance(self.node, ast.Call):
            for keyword in self.node.keywords:
                if keyword.arg == name:
                    whole = self.evaluator.span(keyword, self.module)
                    return whole._replace(end_line=whole.line, end_column=whole.column + len(name))
        return self.span

    def key_span(self, name: str, key: str) -> Span:
        """The span of a key in the dictionary that is written for a keyword argument; the argument's otherwise."""
        node = self._argument(name)
        for one in node.keys if isinstance(node, ast.Dict) else ():
            if isinstance(one, ast.Constant) and one.value == key:
                return self.evaluator.span(one, self.module)
        return self.argument_span(name)

    def element_spans(self, name: str) -> list[Span]:
        """The spans of the elements of the list that is written for a keyword argument; empty if none is."""
        node = self._argument(name)
        if not isinstance(node, (ast.List, ast.Tuple)) or any(isinstance(e, ast.Starred) for e in node.elts):
            return []
        return [self.evaluator.span(element, self.module) for element in node.elts]

    @property
    def callee_span(self) -> Span:
        """The span of what is called: `train` in `train(x)`, also in `m.train(x)` the whole `m.train`."""
        return self.evaluator.span(self.node.func, self.module) if isinstance(self.node, ast.Call) else self.span

    def _argument(self, key: int | str) -> ast.AST | None:
        if not isinstance(self.node, ast.Call):
            return None
        if isinstance(key, str):
            return next((k.value for k in self.node.keywords if k.arg == key), None)
        positional = self.node.args
        if key < len(positional) and not any(isinstance(a, ast.Starred) for a in positional[: key + 1]):
            return positional[key]
        return None

    def unknown(self, reason: str, reported: bool = False) -> Unknown:
        """An Unknown whose origin is here."""
        return Unknown(self.span, reason, reported)

    def raise_(self, exception: Value) -> Raised:
        """The user's program raises `exception` (a builtin exception object) here: `raise
        context.raise_(KeyError("x"))`."""
        return Raised(exception, self.span)

    def force(self, value: Value) -> Value:
        """`value`, or what a Lazy stands for; an Unknown for an object that is uncertain. Does not look into
        containers; see `plain`."""
        while isinstance(value, Lazy):
            value = value.force(self)
        uncertain = self.evaluator.uncertain_objects
        if uncertain and id(value) in uncertain:
            return uncertain[id(value)][1]
        return value

    def plain(self, value: Value) -> Value:
        """A deep copy of `value` as plain data with every Lazy forced, or the first Unknown inside."""
        return self.evaluator.plain(value, self)

    def call(
        self, function: Value, arguments: Sequence[Value] = (), keywords: Mapping[str, Value] | None = None
    ) -> Value:
        """Call any value, as the program would at this place. Raises `Raised` if the program does."""
        return self.evaluator.call_value(function, list(arguments), dict(keywords or {}), self)

    def get_attribute(self, value: Value, name: str) -> Value:
        """`value.name`. Raises `Raised(AttributeError)` if there is none."""
        return self.evaluator.attribute(value, name, self)

    def iterate(self, value: Value) -> Iterator[Value] | Unknown:
        """The items of any value, or Unknown."""
        return self.evaluator.iterate(value, self)

    def truth(self, value: Value) -> bool | Unknown:
        return self.evaluator.truth(value, self)

    @property
    def uncertain(self) -> Unknown | None:
        """Why it is not known whether this place is reached at all (a branch on an Unknown encloses it), or None.

        A framework that does something here that matters (invokes a step) reports it as an error.
        """
        return self.evaluator.uncertain[-1] if self.evaluator.uncertain else None


class NativeObject:
    """Base of everything that is modelled in Python.

    A spread of an unknown mapping (`f(**unknown)`) arrives in `keywords` under the name `**`.

    Override what the object can do; the defaults raise the user's TypeError or AttributeError as Python would. All
    get plain
    values and the classes of this module, possibly Lazy or Unknown ones: `context.force` and `context.plain` help.
    """

    type_name: ClassVar[str] = "object"  # for messages

    def get_attribute(self, name: str, context: Context) -> Value:
        raise context.raise_(AttributeError(f"'{self.type_name}' object has no attribute '{name}'"))

    def set_attribute(self, name: str, value: Value, context: Context) -> None:
        raise context.raise_(AttributeError(f"'{self.type_name}' object has no attribute '{name}'"))

    def call(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        raise context.raise_(TypeError(f"'{self.type_name}' object is not callable"))

    def get_item(self, key: Value, context: Context) -> Value:
        raise context.raise_(TypeError(f"'{self.type_name}' object is not subscriptable"))

    def set_item(self, key: Value, value: Value, context: Context) -> None:
        raise context.raise_(TypeError(f"'{self.type_name}' object does not support item assignment"))

    def delete_item(self, key: Value, context: Context) -> None:
        raise context.raise_(TypeError(f"'{self.type_name}' object does not support item deletion"))

    def iterate(self, context: Context) -> Iterator[Value] | Unknown:
        raise context.raise_(TypeError(f"'{self.type_name}' object is not iterable"))

    def length(self, context: Context) -> int | Unknown:
        raise context.raise_(TypeError(f"object of type '{self.type_name}' has no len()"))

    def truth(self, context: Context) -> bool | Unknown:
        return True

    def contains(self, item: Value, context: Context) -> bool | Unknown:
        items = self.iterate(context)
        return items if isinstance(items, Unknown) else any(one is item or one == item for one in items)

    def binary(self, operator: str, other: Value, reflected: bool, context: Context) -> Value:
        """`self <operator> other` ("+", "**", "@", …), or with the sides changed if `reflected`. `MISSING`: not
        supported."""
        return MISSING

    def in_place(self, operator: str, other: Value, context: Context) -> Value:
        """`self <operator>= other`: `self`, changed. `MISSING`: as `self <operator> other`."""
        return MISSING

    def unary(self, operator: str, context: Context) -> Value:
        """`-self`, `+self`, `~self`."""
        raise context.raise_(TypeError(f"bad operand type for unary {operator}: '{self.type_name}'"))

    def compare(self, operator: str, other: Value, context: Context) -> bool | Unknown | Any:
        """`self <operator> other` for "==", "!=", "<", "<=", ">", ">=". `MISSING`: not supported (identity decides
        ==)."""
        return MISSING

    def text(self, context: Context) -> str | Unknown:
        """`str(self)`, and in f-strings."""
        return context.unknown(f"the text of a {self.type_name} is not modelled")

    def is_instance_of(self, class_: Value) -> bool | None:
        """Whether `isinstance(self, class_)`; None: not known."""
        return None

    def enter(self, context: Context) -> Value:
        """`with self as …`: what the target gets."""
        return self

    def leave(self, raised: Raised | None, context: Context) -> bool:
        """The end of the `with`; true swallows the exception."""
        return False

    def decorated(self, target: Function | Class, context: Context) -> Value:
        """`@self` above a function or class. By default a call."""
        return self.call([target], {}, context)

    def subclass(self, class_: Class, context: Context) -> Value:
        """A class of the project that has this among its bases has been made: the value to bind (by default the
        class)."""
        return class_

    def construct(self, class_: Class, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        """A project class with this among its bases is called. `MISSING`: as for any class."""
        return MISSING


class NativeFunction(NativeObject):
    """A function modelled in Python: `function(arguments, keywords, context) -> value`."""

    type_name = "function"
    __slots__ = ("function", "name")

    def __init__(self, name: str, function: Callable[[list[Value], dict[str, Value], Context], Value]) -> None:
        self.name = name
        self.function = function

    def call(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        try:
            return self.function(arguments, keywords, context)
        except (TypeError, IndexError, ValueError, AttributeError, KeyError, OverflowError):
            # Arguments that the model does not foresee: unknown ones, or a call that Python would refuse.
            return context.unknown(f"the result of `{self.name}()`, called in a way that is not modelled")

    def get_attribute(self, name: str, context: Context) -> Value:
        if name in ("__name__", "__qualname__"):
            return self.name.rpartition(".")[2]
        return context.unknown(f"`{self.name}.{name}` is not modelled")

    def text(self, context: Context) -> str | Unknown:
        return context.unknown(f"the text of `{self.name}`, which may hold its address")

    def __repr__(self) -> str:
        return f"NativeFunction({self.name})"


class NativeModule(NativeObject):
    """A module modelled in Python: a dictionary of values. A name that is missing there is a Symbol (or what
    `missing` says)."""

    type_name = "module"
    __slots__ = ("missing", "name", "namespace")

    def __init__(self, name: str, namespace: dict[str, Value], missing: Callable[[str], Value] | None = None) -> None:
        self.name = name
        self.namespace = namespace
        self.missing = missing

    def get_attribute(self, name: str, context: Context) -> Value:
        try:
            return self.namespace[name]
        except KeyError:
            return self.missing(name) if self.missing else Symbol(f"{self.name}.{name}")

    def set_attribute(self, name: str, value: Value, context: Context) -> None:
        """Monkey patches are kept out: a model is shared."""

    def __repr__(self) -> str:
        return f"NativeModule({self.name})"


class Provider(Protocol):
    """Where the framework's modules come from, and what it wants to hear."""

    def module(self, dotted: str) -> Value | None:
        """The module of that name (a NativeModule or other NativeObject), or None if it is not the framework's.

        Asked for every import, before the project is searched. `import a.b.c` asks for `a`, then attributes are taken;
        `from a.b import c` asks for `a.b`, then takes the attribute `c`, then asks for `a.b.c`.
        """
        ...

    def decorated(self, decorator: Value, target: Function | Class, context: Context) -> Value:
        """A decorator that is not read (Symbol, Unknown) stands above a definition: the value to bind. Return
        `target` to
        pass the decorator over (it is then recorded in `target.wrappers`)."""
        ...
