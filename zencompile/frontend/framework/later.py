"""What only the run of a dynamic pipeline can tell: values that were loaded, comparisons with them, conditions."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from typing import Any

from zencompile.frontend.values import Context, NativeObject, Unknown, Value
from zencompile.ir import Literal, OutputRef
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


class Later(NativeObject):
    """What only the run can tell. Whatever is asked of it is refused: nothing of it is ever decided when compiling."""

    def refuse(self, context: Context) -> Unknown:
        raise NotImplementedError

    def compare(self, operator: str, other: Value, context: Context) -> Any:
        return self.refuse(context)

    def is_same(self, other: Value, context: Context) -> Any:
        return self.refuse(context)

    def key(self, context: Context) -> Value:
        return self.refuse(context)

    def contains(self, item: Value, context: Context) -> Any:
        return self.refuse(context)

    def binary(self, operator: str, other: Value, reflected: bool, context: Context) -> Value:
        return self.refuse(context)

    def unary(self, operator: str, context: Context) -> Value:
        return self.refuse(context)

    def iterate(self, context: Context) -> Iterator[Value] | Unknown:
        return self.refuse(context)

    def length(self, context: Context) -> int | Unknown:
        return self.refuse(context)

    def get_item(self, key: Value, context: Context) -> Value:
        return self.refuse(context)

    def get_attribute(self, name: str, context: Context) -> Value:
        return self.refuse(context)

    def call(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        return self.refuse(context)

    def is_callable(self) -> bool | None:
        return None


class Loaded(Later):
    """The value of an output, in the body of a dynamic pipeline."""

    type_name = "value of the run"

    def __init__(self, output: OutputRef, written: str) -> None:
        self.output = output
        self.written = written

    def lower(self, span: Span) -> OutputRef:
        """Given to a step, it is the output."""
        return self.output.model_copy(update={"span": span})

    def as_json(self) -> Any:
        """The value in a test."""
        return self.output.model_dump(mode="json", exclude={"span"})

    def truth(self, context: Context) -> bool | Unknown:
        return RunCondition({"value": self.as_json()}, context)

    def compare(self, operator: str, other: Value, context: Context) -> Any:
        right = _operand(other, context)
        if right is None:
            context.report.error(
                "ZC0231",
                f"`{self.written}` is compared with something else than a number, a text, a truth value or None",
                context.span,
                helps="compare in a step, and decide by its output",
            )
            return context.unknown("a comparison", reported=True)
        return Test({"op": operator, "left": self.as_json(), "right": right}, context.span)

    def refuse(self, context: Context) -> Unknown:
        return refuse(context, f"`{self.written}`", "decide or compute in a step")

    def text(self, context: Context) -> str | Unknown:
        return context.unknown(f"`{self.written}` is a value of the run")

    def iterate(self, context: Context) -> Iterator[Value] | Unknown:
        return refuse(context, f"`{self.written}`, which this loops over,", "map a step over the output: `.map(…)`")

    def length(self, context: Context) -> int | Unknown:
        return refuse(context, f"the length of `{self.written}`", "count in a step")

    def binary(self, operator: str, other: Value, reflected: bool, context: Context) -> Value:
        return refuse(context, f"`{self.written}`", "compute in a step")

    def get_item(self, key: Value, context: Context) -> Value:
        return refuse(context, f"`{self.written}`", "take the element in a step")

    def get_attribute(self, name: str, context: Context) -> Value:
        return refuse(context, f"`{self.written}`", "use its attributes in a step")


def _operand(value: Value, context: Context) -> Any:
    value = context.force(value)
    if isinstance(value, Loaded):
        return value.as_json()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or type(value) in (bool, int, float, str):
        return Literal(value=value).model_dump(mode="json", exclude={"span"})
    return None


class Test(Later):
    """A comparison on a value of the run."""

    type_name = "condition"

    def __init__(self, test: dict[str, Any], span: Span) -> None:
        self.test = test
        self.span = span

    def refuse(self, context: Context) -> Unknown:
        return refuse(context, "a comparison with a value of the run", "decide by it alone, or compute in a step")

    def truth(self, context: Context) -> bool | Unknown:
        return RunCondition(self.test, context)

    def text(self, context: Context) -> str | Unknown:
        return context.unknown("a condition on a value of the run")


class RunCondition(Unknown):
    """The truth of something that only the run knows; what it decides becomes a condition of the IR."""

    def __init__(self, test: dict[str, Any], context: Context) -> None:
        super().__init__(context.span, "it depends on a value of the run")
        self.test = test
        self.node = context.node
        self.module = context.module

    def partial(self, context: Context) -> Unknown:
        return refuse(
            context, "one of several comparisons with a value of the run", "decide by one comparison, or in a step"
        )
