"""Values that are unknown when compiling, of which it is known how running makes them.

To whatever computes or decides when compiling they are unknown. What is only handed on, and what is computed of them on
the way (`datetime.now().year`, `f"run-{uuid4()}"`), is a tree of operations that running evaluates.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

from zencompile.frontend.values.base import MISSING, Context, Object, Raised, Unknown, Value
from zencompile.source import Span


class Deferred(Unknown):
    """What an operator makes of values, at least one of them deferred; `operator` and `name` as in the IR.

    `is_fixed` says that nothing changes it, as nothing changes a number or a date: what isn't may be another after a
    method of it was called.
    """

    births: ClassVar[Any] = itertools.count(1)
    is_later: ClassVar[bool] = True
    __slots__ = ("born", "is_fixed", "keywords", "name", "operands", "operator")

    def __init__(
        self,
        span: Span | None,
        reason: str,
        operator: str,
        operands: Sequence[Value],
        name: str = "",
        keywords: Sequence[str] = (),
        is_fixed: bool = False,
    ) -> None:
        super().__init__(span, reason)
        self.operator = operator
        self.operands = tuple(operands)
        self.name = name
        self.keywords = tuple(keywords)
        self.is_fixed = is_fixed
        self.born = next(Deferred.births)

    @property
    def is_changeable(self) -> bool:
        """Whether something that is not read may change it."""
        return not self.is_fixed

    def forgotten(self) -> Unknown:
        """What is unknown for the same reason, and nothing more is known of."""
        return Unknown(self.span, self.reason, self.reported)

    def unmodelled(self, what: str, context: Context) -> Unknown:
        return self.forgotten()

    def refusal(self, context: Context) -> Unknown:
        return self.forgotten()

    def made(self, operator: str, operands: Sequence[Value], context: Context, **more: Any) -> Unknown:
        """What an operator makes of this and others."""
        if any(isinstance(one, Unknown) and not isinstance(one, Deferred) for one in operands):
            return self.forgotten()
        evaluator = context.evaluator
        evaluator.run_values = True
        operands = [evaluator.snapshot(one) for one in operands]
        fixed = all(not isinstance(one, Deferred) or one.is_fixed for one in operands)
        return Deferred(context.span, self.reason, operator, operands, is_fixed=fixed, **more)

    # operators

    def binary(self, operator: str, other: Value, reflected: bool, context: Context) -> Value:
        return self.made(operator, [other, self] if reflected else [self, other], context)

    def in_place(self, operator: str, other: Value, context: Context) -> Value:
        if self.is_fixed:
            return MISSING
        self.changes(context)
        return self.forgotten()

    def unary(self, operator: str, context: Context) -> Value:
        return self.made({"-": "negative", "+": "positive", "~": "invert"}[operator], [self], context)

    def compare(self, operator: str, other: Value, context: Context) -> Any:
        return self.made(operator, [self, other], context)

    def negated(self, context: Context) -> Value:
        return self.made("not", [self], context)

    def truth(self, context: Context) -> bool | Unknown:
        return self.forgotten()

    def is_same(self, other: Value, context: Context) -> Any:
        return self.forgotten()

    # items, attributes, calls

    def get_item(self, key: Value, context: Context) -> Value:
        return self.made("item", [self, key], context)

    def contained(self, container: Value, context: Context) -> Any:
        return MISSING if isinstance(container, Object) else self.made("in", [self, container], context)

    def item_of(self, owner: Value, key: Value, context: Context) -> Value:
        return MISSING if isinstance(owner, Object) else self.made("item", [owner, key], context)

    def set_item(self, key: Value, value: Value, context: Context) -> None:
        self.changes(context)

    def delete_item(self, key: Value, context: Context) -> None:
        self.changes(context)

    def get_attribute(self, name: str, context: Context) -> Value:
        if name.startswith("__"):
            return self.forgotten()
        return self.made("attribute", [self], context, name=name)

    def set_attribute(self, name: str, value: Value, context: Context) -> None:
        self.changes(context)

    def delete_attribute(self, name: str, context: Context) -> None:
        self.changes(context)

    def call(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        answer = super().call(arguments, keywords, context)
        made: Value = answer
        if "**" not in keywords and type(answer) is Unknown:
            made = self.made("call", [self, *arguments, *keywords.values()], context, keywords=tuple(keywords))
        if self._only_reads(arguments):
            return made
        if context.evaluator.work is not None:
            context.evaluator.work.called(made, context)
        self.changes(context)
        return made

    def _only_reads(self, arguments: list[Value]) -> bool:
        """Whether this is a method that changes nothing by all custom: `config.get("x")`, `text.strip()`."""
        if self.operator != "attribute":
            return False
        return self.name in _READING or (self.name == "get" and bool(arguments))

    @property
    def has_moments(self) -> bool:
        """Whether it is made of something that a run makes once."""
        return any(map(_holds_moments, self.operands))

    def changes(self, context: Context) -> None:
        """A method was called, or something set: this, and what it is a part of, may be another from here on."""
        pending: list[Value] = [self]
        why = Unknown(context.span, f"{self.reason}; a call may have changed it")
        while pending:
            one = pending.pop()
            if isinstance(one, Deferred) and not one.is_fixed:
                context.spoil(one, why)
                pending.extend(one.operands)

    def enter(self, context: Context) -> Value:
        self.changes(context)
        return super().enter(context)

    def next_item(self, context: Context) -> Value:
        self.changes(context)
        return self.forgotten()

    def iterate(self, context: Context) -> Any:
        self.changes(context)
        return self.forgotten()

    def applied(self, callee: Value, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        name = own_function(callee, context)
        if not name or "**" in keywords:
            return MISSING
        operands = [Named(f"builtins.{name}"), *arguments, *keywords.values()]
        return self.made("call", operands, context, keywords=tuple(keywords))

    def applied_inside(
        self, callee: Value, arguments: list[Value], keywords: dict[str, Value], context: Context
    ) -> Value:
        asks = own_function(callee, context) in OF_ITEMS
        return self.applied(callee, arguments, keywords, context) if asks else MISSING

    def given_to(
        self, owner: Value, name: str, arguments: list[Value], keywords: dict[str, Value], context: Context
    ) -> Value:
        if type(owner) is not str or "**" in keywords:
            return MISSING
        operands = [owner, *arguments, *keywords.values()]
        return self.made("method", operands, context, name=name, keywords=tuple(keywords))

    # text

    def in_text(self, conversion: int, spec: Value, context: Context) -> Value:
        return self.made("format", [self, spec], context, name=chr(conversion) if conversion > 0 else "")

    def formatting(self, template: str, parts: Value, context: Context) -> Value:
        return self.made("%", [template, parts], context)

    def joining(self, parts: list[Value], context: Context) -> Value:
        return self.made("join", parts, context)


class Opaque(Deferred):
    """The result of calling a Symbol: unknown, but for what was called with what."""

    __slots__ = ("arguments", "named", "path")

    def __init__(
        self, span: Span | None, reason: str, path: str, arguments: list[Value], keywords: dict[str, Value]
    ) -> None:
        super().__init__(span, reason, "call", (*arguments, *keywords.values()), keywords=tuple(keywords))
        self.path = path
        self.arguments = arguments
        self.named = keywords


class Moment(Deferred):
    """What the clock or a source of random numbers says, once in a run: `path` was called with `arguments`, `named`.

    Draws from one source follow each other, so all of a program are kept in their order, which `born` tells.
    """

    __slots__ = ("arguments", "named", "path", "why")

    def __init__(
        self, span: Span | None, why: str, path: str, arguments: list[Value], keywords: dict[str, Value]
    ) -> None:
        super().__init__(span, why, "call", (*arguments, *keywords.values()), keywords=tuple(keywords), is_fixed=True)
        self.why = why
        self.path = path
        self.arguments = arguments
        self.named = keywords

    @property
    def has_moments(self) -> bool:
        return True


def _holds_moments(value: Value) -> bool:
    """Whether a moment is inside, of plain containers too."""
    return value.has_moments if isinstance(value, Deferred) else any(map(_holds_moments, parts_of(value)))


def parts_of(value: Value) -> Iterable[Value]:
    """What a plain container, or a slice, is made of; nothing for any other value."""
    if isinstance(value, (list, tuple, set, frozenset)):
        return value
    if isinstance(value, slice):
        return (value.start, value.stop, value.step)
    return value.values() if isinstance(value, dict) else ()


_READING_NAMES = """
as_dict copy decode dict encode endswith format isoformat items join json keys lower lstrip model_dump replace rstrip
split splitlines startswith strftime strip title to_dict tolist upper values
"""
_READING = frozenset(_READING_NAMES.split())

_TYPES = (bool, int, float, str, list, tuple, set, frozenset, dict, bytes)
_FUNCTION_NAMES = """
abs all any ascii bin chr divmod format hex isinstance len max min oct ord pow repr round sorted sum
"""
_FUNCTIONS = frozenset(_FUNCTION_NAMES.split())


OF_ITEMS = frozenset({"sum", "min", "max", "sorted", "str", "repr"})
"""Functions of Python whose answer depends on the items of a list."""


def own_function(callee: Value, context: Context) -> str:
    """The name of one of Python's own functions and types that change nothing and ask nothing of the machine; empty for
    anything else."""
    if isinstance(callee, type):
        return callee.__name__ if callee in _TYPES else ""
    name = getattr(callee, "name", "")
    known = isinstance(name, str) and name in _FUNCTIONS and context.evaluator.builtins.get(name) is callee
    return name if known else ""


def later_in(values: Iterable[Value], depth: int = 3) -> Object | None:
    """What only running knows among values, and in plain containers among them."""
    for value in values:
        if isinstance(value, Object):
            if value.is_later:
                return value
        elif depth:
            found = later_in(parts_of(value), depth - 1)
            if found is not None:
                return found
    return None


def not_the_programs(raised: Raised, values: Iterable[Value], context: Context) -> Unknown | None:
    """What stands for the result where a function of Python's own raised, as it was given something that only running
    knows: the program has another value there. None: it is the program that raises."""
    later = later_in(values) if isinstance(raised.value, BaseException) else None
    return None if later is None else later.refusal(context)


class Call(NamedTuple):
    """A call of a function by its dotted name; empty where the name can't be told."""

    path: str = ""
    arguments: Sequence[Value] = ()
    keywords: Mapping[str, Value] = MappingProxyType({})


def settled(value: Value, mark: int, call: Call, context: Context) -> Value:
    """What a function of Python's own gives: what is unknown as it was given deferred values, or a deferred value that
    was there before, is no result of it, but what its model says where something is unknown. The result is the call,
    deferred itself, if it can be written down."""
    if not _is_no_result(value, mark):
        return value
    given = [*call.arguments, *call.keywords.values()]
    later = value if isinstance(value, Deferred) else later_in(given)
    if call.path and "**" not in call.keywords and isinstance(later, Deferred):
        return later.made("call", [Named(call.path), *given], context, keywords=tuple(call.keywords))
    found: Unknown = value.forgotten()
    return found


def _is_no_result(value: Value, mark: int) -> bool:
    return value.born < mark if isinstance(value, Deferred) else type(value) is Unknown


class Named(NamedTuple):
    """What a program imports by a dotted name."""

    path: str
