"""What only the run of a dynamic pipeline can tell: values that were loaded, what is computed of them, conditions.

Every operation on such a value builds an expression of the IR, with Python's meaning, or is refused at its line. None
is decided when compiling, and nothing of the host's equality, hash or truth is ever asked.
"""

from __future__ import annotations

import ast
import datetime
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from zencompile.frontend.framework.raising import may_raise, type_made
from zencompile.frontend.values import MISSING, Context, NativeObject, Object, Raised, Symbol, Unknown, Value
from zencompile.frontend.values.deferred import (
    OF_ITEMS,
    Deferred,
    Moment,
    Named,
    Opaque,
    later_in,
    own_function,
    parts_of,
)
from zencompile.frontend.values.placed import Placed
from zencompile.ir import Expression, ListValue, Literal, LiteralError, Mapping, encode
from zencompile.ir import Moment as MomentRef
from zencompile.ir import Value as InputValue
from zencompile.source import Span


def expression(context: Context, limit: int = 60) -> str:
    """The source text of the expression at a context, shortened."""
    node: ast.AST = context.node
    if isinstance(node, (ast.If, ast.While)):
        node = node.test
    elif isinstance(node, (ast.For, ast.AsyncFor)):
        node = node.iter
    elif isinstance(node, (ast.Assign, ast.AugAssign, ast.Return, ast.Expr)) and node.value is not None:
        node = node.value
    return source(node, limit)


def source(node: ast.AST, limit: int = 60) -> str:
    """The text of a piece of the program, in one line, shortened."""
    try:
        text = " ".join(ast.unparse(node).split())
    except (RecursionError, AttributeError):
        return ""
    return text if len(text) <= limit else text[: limit - 3] + "..."


def unpacked_count(node: ast.AST) -> int | None:
    """How many targets an assignment unpacks into; None if that can't be told."""
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, (ast.Tuple, ast.List)):
        targets = [node]
    for target in targets:
        if isinstance(target, (ast.Tuple, ast.List)) and not any(isinstance(e, ast.Starred) for e in target.elts):
            return len(target.elts)
    return None


def refuse(context: Context, what: str, help: str) -> Unknown:
    """Report that something is known only when the pipeline runs."""
    context.report.error("ZC0231", f"{what} is known only when the pipeline runs", context.span, helps=help)
    return context.unknown(f"{what}", reported=True)


def needs_dynamic(name: str, context: Context) -> Unknown:
    """Report a method of a step that only dynamic pipelines have."""
    context.report.error(
        "ZC0213", f"`.{name}()` needs a dynamic pipeline", context.span, helps="write `@pipeline(dynamic=True)`"
    )
    return context.unknown("a feature of dynamic pipelines", reported=True)


class Deciding(Protocol):
    """Who records what stands in the branches of a condition of the run."""

    def enter_branch(self, decision: Decision, side: int) -> None:
        """A side of an `if` is about to be evaluated: 0 if the test holds, 1 if it doesn't."""

    def leave_branches(self, decision: Decision) -> None:
        """Both sides have been evaluated."""

    def both_sides(self, decision: Decision) -> Unknown:
        """The decision, as what a value is by that both its sides leave, each another one."""

    def condition_id(self, decision: Decision) -> str:
        """The id of the condition that a decision becomes."""

    def computes(self, made: Expression, context: Context) -> None:
        """The body computes something that may raise."""


class Later(NativeObject):
    """What only the run can tell. Whatever is asked of it is refused, where a kind doesn't know better."""

    is_later = True

    def refusal(self, context: Context) -> Unknown:
        return self.refuse(context)

    def refuse(self, context: Context) -> Unknown:
        raise NotImplementedError

    def compare(self, operator: str, other: Value, context: Context) -> Any:
        return self.refuse(context)

    def is_same(self, other: Value, context: Context) -> Any:
        return self.refuse(context)

    def key(self, context: Context) -> Value:
        return self.refuse(context)

    def truth(self, context: Context) -> bool | Unknown:
        return self.refuse(context)

    def contains(self, item: Value, context: Context) -> Any:
        return self.refuse(context)

    def binary(self, operator: str, other: Value, reflected: bool, context: Context) -> Value:
        return self.refuse(context)

    def in_place(self, operator: str, other: Value, context: Context) -> Value:
        return self.refuse(context)

    def unary(self, operator: str, context: Context) -> Value:
        return self.refuse(context)

    def iterate(self, context: Context) -> Iterator[Value] | Unknown:
        return self.refuse(context)

    def next_item(self, context: Context) -> Value:
        return self.refuse(context)

    def length(self, context: Context) -> int | Unknown:
        return self.refuse(context)

    def get_item(self, key: Value, context: Context) -> Value:
        return self.refuse(context)

    def set_item(self, key: Value, value: Value, context: Context) -> None:
        self.refuse(context)

    def delete_item(self, key: Value, context: Context) -> None:
        self.refuse(context)

    def mapping(self, context: Context) -> Any:
        return self.refuse(context)

    def get_attribute(self, name: str, context: Context) -> Value:
        return self.refuse(context)

    def set_attribute(self, name: str, value: Value, context: Context) -> None:
        self.refuse(context)

    def delete_attribute(self, name: str, context: Context) -> None:
        self.refuse(context)

    def call(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        return self.refuse(context)

    def text(self, context: Context) -> str | Unknown:
        return self.refuse(context)

    def formatted(self, spec: str, context: Context) -> Any:
        return self.refuse(context)

    def type_of(self, context: Context) -> Value:
        return self.refuse(context)

    def index(self, context: Context) -> Value:
        return self.refuse(context)

    def enter(self, context: Context) -> Value:
        return self.refuse(context)

    def as_exception(self, context: Context) -> Value:
        return self.refuse(context)

    def is_callable(self) -> bool | None:
        return None


_UNCHANGING = frozenset({"int", "float", "str", "bool", "bytes", "tuple", "none"})
"""Types whose values nothing changes, so that `x += y` is `x = x + y`."""

_UNARY = {"-": "negative", "+": "positive", "~": "invert"}

_METHOD_NAMES = """
capitalize casefold center copy count decode difference encode endswith expandtabs find format get hex index
intersection is_integer isalnum isalpha isascii isdecimal isdigit isdisjoint isidentifier islower isnumeric
isprintable isspace issubset issuperset istitle isupper items join keys ljust lower lstrip partition removeprefix
removesuffix replace rfind rindex rjust rpartition rsplit rstrip split splitlines startswith strip swapcase
symmetric_difference title union upper values zfill
"""
_METHODS = frozenset(_METHOD_NAMES.split())
"""Methods of plain data that change nothing; the runtime refuses them on anything else."""

_TYPES = (bool, int, float, str, list, tuple, set, frozenset, dict, bytes)


class RunValue(Later):
    """A value of the run: loaded from an output, or computed of such values.

    `value` is what it is in the IR, `type` the name of its type as far as that is annotated.
    """

    type_name = "value of the run"

    def __init__(self, recording: Deciding, value: InputValue, written: str, type: str = "any") -> None:
        self.recording = recording
        self.value = value
        self.written = written
        self.type = type

    def lower(self, span: Span) -> InputValue:
        """Given to a step: an edge, or what is to be computed."""
        return self.value.model_copy(update={"span": span})

    def refuse(self, context: Context) -> Unknown:
        return refuse(context, f"`{self.written}`", "decide or compute in a step")

    def made(self, operator: str, operands: Sequence[Value], context: Context, **more: Any) -> Value:
        """What an operator makes of values, at least one of them of the run."""
        lowered = [operand(one, context) for one in operands]
        values = [one for one in lowered if one is not None]
        if len(values) < len(lowered):
            return self.refuse(context)
        return self.of(operator, values, [kind_of(one, context) for one in operands], context, **more)

    def of(
        self, operator: str, operands: Sequence[InputValue], kinds: Sequence[str], context: Context, **more: Any
    ) -> RunValue:
        """A value that is computed of others, which are of types of these names."""
        if context.evaluator.watch is not None:
            refuse(context, "whether this raises, which a `try` or `with` around it asks for,", "compute it in a step")
        written = expression(context)
        made = Expression(operator=operator, operands=tuple(operands), span=context.span, **more)
        if may_raise(made, kinds):
            self.recording.computes(made, context)
        type = _TYPE_OF.get(operator) or type_made(operator, kinds, made.operands)
        return RunValue(self.recording, made, written, type)

    # operators

    def precedes(self, other: Any) -> bool:
        return not isinstance(other, RunValue)

    def compare(self, operator: str, other: Value, context: Context) -> Any:
        return self.made(operator, [self, other], context)

    def is_same(self, other: Value, context: Context) -> Any:
        if other is None or other is True or other is False:
            return self.made("is", [self, other], context)
        return self.refuse(context)

    def binary(self, operator: str, other: Value, reflected: bool, context: Context) -> Value:
        return self.made(operator, [other, self] if reflected else [self, other], context)

    def in_place(self, operator: str, other: Value, context: Context) -> Value:
        if self.type in _UNCHANGING:
            return MISSING
        return refuse(context, f"what `{operator}=` changes", f"write `… = … {operator} …`, which makes a new value")

    def unary(self, operator: str, context: Context) -> Value:
        return self.made(_UNARY[operator], [self], context)

    def truth(self, context: Context) -> bool | Unknown:
        return RunCondition(self, context)

    def negated(self, context: Context) -> Value:
        return self.made("not", [self], context)

    def contains(self, item: Value, context: Context) -> Any:
        return self.made("in", [item, self], context)

    def contained(self, container: Value, context: Context) -> Any:
        return self.made("in", [self, container], context)

    def item_of(self, owner: Value, key: Value, context: Context) -> Value:
        return MISSING if isinstance(owner, Object) else self.made("item", [owner, key], context)

    def iterate(self, context: Context) -> Iterator[Value] | Unknown:
        return refuse(context, f"`{self.written}`, which this loops over,", "map a step over the output: `.map(…)`")

    # attributes, items, calls

    def get_item(self, key: Value, context: Context) -> Value:
        return self.made("item", [self, key], context)

    def get_attribute(self, name: str, context: Context) -> Value:
        if name.startswith("_"):
            return self.refuse(context)
        if name in _METHODS:
            return _Method(self, name)
        return self.made("attribute", [self], context, name=name)

    def applied(self, callee: Value, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        """What one of Python's own functions makes of values of the run; MISSING for any other function."""
        name = own_function(callee, context)
        if not name:
            return MISSING
        function = Literal(value={"$": "symbol", "path": f"builtins.{name}"})
        given = [_type(one) or operand(one, context) for one in (*arguments, *keywords.values())]
        operands = [one for one in given if one is not None]
        if len(operands) < len(given) or "**" in keywords:
            return self.refuse(context)
        kinds = ["function", *(kind_of(one, context) for one in (*arguments, *keywords.values()))]
        return self.of("call", [function, *operands], kinds, context, keywords=tuple(keywords))

    def applied_inside(
        self, callee: Value, arguments: list[Value], keywords: dict[str, Value], context: Context
    ) -> Value:
        return (
            self.applied(callee, arguments, keywords, context) if own_function(callee, context) in OF_ITEMS else MISSING
        )

    def given_to(
        self, owner: Value, name: str, arguments: list[Value], keywords: dict[str, Value], context: Context
    ) -> Value:
        """What a method of plain data makes of values of the run; what keeps them in the data goes on as it is."""
        if name not in _METHODS:
            return MISSING
        given = [operand(one, context) for one in (owner, *arguments, *keywords.values())]
        operands = [one for one in given if one is not None]
        if len(operands) < len(given) or "**" in keywords:
            return self.refuse(context)
        kinds = [kind_of(one, context) for one in (owner, *arguments, *keywords.values())]
        return self.of("method", operands, kinds, context, name=name, keywords=tuple(keywords))

    # text

    def text(self, context: Context) -> str | Unknown:
        return context.unknown(f"`{self.written}` is a value of the run")

    def in_text(self, conversion: int, spec: Value, context: Context) -> Value:
        """As a part of an f-string."""
        name = chr(conversion) if conversion > 0 else ""
        return self.made("format", [self, spec], context, name=name)

    def formatting(self, template: str, parts: Value, context: Context) -> Value:
        return self.made("%", [template, parts], context)

    def joining(self, parts: list[Value], context: Context) -> Value:
        """An f-string of texts and values of the run."""
        return self.made("join", parts, context)


_TYPE_OF = {
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">=", "in", "not in", "is", "is not", "not", "truth"), "bool"),
    **dict.fromkeys(("join", "format"), "str"),
}


class _Method(Later):
    """A method of a value of the run."""

    type_name = "method"

    def __init__(self, owner: RunValue, name: str) -> None:
        self.owner = owner
        self.name = name

    def refuse(self, context: Context) -> Unknown:
        return refuse(context, f"`.{self.name}` of `{self.owner.written}`", "call it, or use it in a step")

    def call(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        given = [operand(one, context) for one in (self.owner, *arguments, *keywords.values())]
        operands = [one for one in given if one is not None]
        if len(operands) < len(given) or "**" in keywords:
            return self.refuse(context)
        kinds = [kind_of(one, context) for one in (self.owner, *arguments, *keywords.values())]
        return self.owner.of("method", operands, kinds, context, name=self.name, keywords=tuple(keywords))


def kind_of(value: Value, context: Context) -> str:
    """The name of the type of a part of an expression, "any" if it isn't known."""
    value = context.force(value)
    if isinstance(value, RunValue):
        return value.type
    return "any" if isinstance(value, Unknown) else type(value).__name__


def _type(value: Value) -> InputValue | None:
    """One of Python's types, as `isinstance` takes it."""
    if isinstance(value, type) and value in _TYPES:
        return Literal(value={"$": "symbol", "path": f"builtins.{value.__name__}"})
    if isinstance(value, tuple) and value and all(map(_type, value)):
        items = tuple(one for one in map(_type, value) if one is not None)
        return ListValue(items=items, is_tuple=True)
    return None


def operand(value: Value, context: Context) -> InputValue | None:
    """A value as a part of an expression; None where it can't be one."""
    value = context.force(value)
    if isinstance(value, RunValue):
        return value.value
    if isinstance(value, Deferred):
        return _tree(value, context)
    if isinstance(value, (Symbol, Named)):
        return _symbol(value.path)
    if isinstance(value, type) and value in _TYPES:
        return _symbol(f"builtins.{value.__name__}")
    if isinstance(value, slice):
        parts = [operand(part, context) for part in parts_of(value)]
        known = tuple(part for part in parts if part is not None)
        return Expression(operator="slice", operands=known) if len(known) == len(parts) else None
    if type(value) is range:
        bounds = (Literal(value=value.start), Literal(value=value.stop), Literal(value=value.step))
        return Expression(operator="call", operands=(_symbol("builtins.range"), *bounds))
    if type(value) is datetime.timezone and value == datetime.timezone.utc:
        return _symbol("datetime.timezone.utc")
    if isinstance(value, (list, tuple)) and later_in(value) is not None:
        return _list_operand(value, context)
    if isinstance(value, dict) and later_in(value.values()) is not None:
        return _dict_operand(value, context)
    if isinstance(value, Placed):
        return Literal(value=value.literal)
    try:
        return Literal(value=encode(value))
    except LiteralError:
        return _of_names(value, context)


def _of_names(value: Value, context: Context) -> InputValue | None:
    """A container that holds what libraries have."""
    if type(value) in (list, tuple):
        return _list_operand(value, context)
    return _dict_operand(value, context) if type(value) is dict else None


def _list_operand(value: list[Value] | tuple[Value, ...], context: Context) -> InputValue | None:
    items = [operand(item, context) for item in value]
    known = tuple(item for item in items if item is not None)
    return ListValue(items=known, is_tuple=type(value) is tuple) if len(known) == len(items) else None


def _dict_operand(value: dict[Value, Value], context: Context) -> InputValue | None:
    entries = {key: operand(item, context) for key, item in value.items()}
    found = {key: item for key, item in entries.items() if item is not None and type(key) is str}
    return Mapping(items=found) if len(found) == len(entries) else None


def _symbol(path: str) -> Literal:
    return Literal(value={"$": "symbol", "path": path})


def _tree(value: Deferred, context: Context) -> InputValue | None:
    """How running makes a value that is unknown when compiling."""
    if isinstance(value, Moment):
        index = next(n for n, one in enumerate(context.evaluator.moments) if one is value)
        return MomentRef(index=index, span=value.span)
    parts: list[Value] = list(value.operands)
    if isinstance(value, Opaque):
        parts.insert(0, Named(value.path))
    found = [_tree(one, context) if isinstance(one, Deferred) else operand(one, context) for one in parts]
    operands = tuple(one for one in found if one is not None)
    if len(operands) < len(found):
        return None
    if value.operator == "value" and len(operands) == 1:
        return operands[0]
    return Expression(
        operator=value.operator, operands=operands, name=value.name, keywords=value.keywords, span=value.span
    )


def source_of(moment: Moment, context: Context) -> InputValue | None:
    """The call that makes a moment."""
    given = [operand(one, context) for one in (*moment.arguments, *moment.named.values())]
    operands = tuple(one for one in given if one is not None)
    if len(operands) < len(given):
        return None
    return Expression(operator="call", operands=(_symbol(moment.path), *operands), keywords=tuple(moment.named))


def holds_run_values(value: Value) -> bool:
    """Whether something that a run makes is somewhere inside of plain containers."""
    if isinstance(value, (list, tuple)):
        return any(map(holds_run_values, value))
    if isinstance(value, dict):
        return any(map(holds_run_values, value.values()))
    return isinstance(value, RunValue) or (isinstance(value, Deferred) and value.has_moments)


# conditions


class RunCondition(Unknown):
    """The truth of something that only the run knows."""

    is_of_run = True

    def __init__(self, value: RunValue, context: Context) -> None:
        super().__init__(context.span, "it depends on a value of the run")
        self.value = value

    def partial(self, context: Context) -> Unknown:
        return refuse(
            context, "one of several comparisons with a value of the run", "decide by one comparison, or in a step"
        )

    def negated(self, context: Context) -> Value:
        return self.value.negated(context)

    def joined(self, operator: str, left: Value, right: Value, context: Context) -> Value:
        """`left and right`, `left or right`, of which this is the truth of `left`."""
        return self.value.made(operator, [left, right], context)

    def quantified(self, all_: list[Unknown], stop_at: bool, context: Context) -> Value:
        values = [one.value for one in all_ if isinstance(one, RunCondition)]
        if len(values) < len(all_):
            return next(one for one in all_ if not isinstance(one, RunCondition)).forgotten()
        joined = values[0] if len(values) == 1 else self.value.made("or" if stop_at else "and", values, context)
        return joined if isinstance(joined, Unknown) else self.value.made("truth", [joined], context)

    def chosen(self, values: list[Value], context: Context) -> Value:
        """`a if test else b`."""
        if len(values) != 2:
            return self
        return self.value.made("if", [self.value, *values], context)

    def of_statement(self, node: ast.If, context: Context) -> Unknown:
        return Decision(self, source(node.test, 200), context)

    def asserted(self, context: Context) -> None:
        refuse(context, f"whether `assert {self.value.written}` raises", "check it in a step, which then fails")

    def raised_inside(self, raised: Raised, context: Context) -> bool:
        span = raised.span or context.span
        context.report.error(
            "ZC0231",
            "whether this raises is known only when the pipeline runs",
            span,
            helps="raise in a step: the run fails with it, and nothing that comes after it runs",
        )
        return True


class Decision(RunCondition):
    """An `if` on a value of the run, each time that it is met: what stands in its branches becomes conditional."""

    def __init__(self, condition: RunCondition, text: str, context: Context) -> None:
        super().__init__(condition.value, context)
        self.span = condition.span
        self.written = text
        self.side = 0

    def enter_side(self, index: int) -> None:
        self.side = index
        self.value.recording.enter_branch(self, index)

    def leave_sides(self) -> None:
        self.value.recording.leave_branches(self)

    def of_both_sides(self) -> Unknown:
        return self.value.recording.both_sides(self)

    def from_here(self) -> Unknown:
        return Unknown(self.span, "a branch that depends on a value of the run leaves the block")
