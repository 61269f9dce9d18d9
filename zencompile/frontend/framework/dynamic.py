"""Dynamic pipelines: mapping over outputs, futures, and conditions on values of the run.

What has a static shape becomes control nodes of the IR; the rest is a diagnostic where it is used.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from zencompile.frontend.framework.handles import Output, expression, unpacked_count
from zencompile.frontend.values import MISSING, Context, NativeFunction, NativeObject, Unknown, Value
from zencompile.ir import Condition, ListValue, Literal, Map, OutputRef
from zencompile.source import Span

if TYPE_CHECKING:
    from zencompile.frontend.framework.recorder import Recorded, Recording
    from zencompile.frontend.framework.steps import StepDefinition


class Unmapped(NativeObject):
    """`unmapped(x)`: given whole to every invocation of a map."""

    type_name = "unmapped value"

    def __init__(self, value: Value) -> None:
        self.value = value


def unmapped(arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
    """The function of that name."""
    return Unmapped(arguments[0] if arguments else keywords.get("value"))


class Future(NativeObject):
    """`step.submit(…)`, or (`mapped`) the results of a map: stands for the outputs."""

    type_name = "future"

    def __init__(self, recorded: Recorded, mapped: bool = False) -> None:
        self.recorded = recorded
        self.mapped = mapped

    @property
    def outputs(self) -> list[Output]:
        return list(self.recorded.outputs.values())

    @property
    def value(self) -> Value:
        outputs = self.outputs
        return outputs[0] if len(outputs) == 1 else outputs

    def lower(self, span: Span, context: Context) -> Any:
        """As an input of a step: the output (of a map: all of its values), or all outputs."""
        references = [_reference(output, span) for output in self.outputs]
        if len(references) == 1:
            return references[0]
        return ListValue.model_construct(kind="list", items=tuple(references), is_tuple=False, span=span)

    def get_attribute(self, name: str, context: Context) -> Value:
        if name in ("result", "artifacts", "get_artifact"):
            return NativeFunction(name, lambda a, k, c: self.value)
        if name in ("wait", "running"):
            return NativeFunction(name, lambda a, k, c: None)
        if name == "load":
            return NativeFunction(name, lambda a, k, c: load(self.outputs, c, self.mapped))
        if name == "unpack" and self.mapped:
            return NativeFunction(name, lambda a, k, c: tuple(self.outputs))
        return super().get_attribute(name, context)

    def get_item(self, key: Value, context: Context) -> Value:
        index = context.force(key)
        if not isinstance(index, int):
            return context.unknown("an element that is not known")
        if self.mapped:
            output = self.outputs[0]
            return Output(output.recorded, output.name, index)
        return (
            self.outputs[index] if -len(self.outputs) <= index < len(self.outputs) else super().get_item(key, context)
        )

    def iterate(self, context: Context) -> Iterator[Value] | Unknown:
        if not self.mapped or unpacked_count(context.node) == len(self.outputs) > 1:
            return iter(self.outputs)
        return _refuse(context, "the number of results of a map", "map a step over the results with `.map(…)`")

    def length(self, context: Context) -> int | Unknown:
        if not self.mapped:
            return len(self.outputs)
        return _refuse(context, "the number of results of a map", "count them in a step")


def _reference(output: Output, span: Span) -> OutputRef:
    return OutputRef.model_construct(
        kind="output", invocation=output.recorded.id, output=output.name, item=output.item, span=span
    )


def _refuse(context: Context, what: str, help: str) -> Unknown:
    context.report.error("ZC0231", f"{what} is known only when the pipeline runs", context.span, helps=help)
    return context.unknown(f"{what}", reported=True)


# methods of steps and outputs


def step_method(
    step: StepDefinition, name: str, arguments: list[Value], keywords: dict[str, Value], context: Context
) -> Value:
    """`step.submit(…)`, `step.map(…)`, `step.product(…)`."""
    recording = step.framework.recording
    if recording is None or not recording.dynamic:
        context.report.error(
            "ZC0213", f"`.{name}()` needs a dynamic pipeline", context.span, helps="write `@pipeline(dynamic=True)`"
        )
        return context.unknown("a feature of dynamic pipelines", reported=True)
    keywords = {k: v for k, v in keywords.items() if k != "start_after"}
    if name == "submit":
        recorded = _invoked(recording, step, arguments, keywords, context)
        return recorded if isinstance(recorded, Unknown) else Future(recorded)
    return _map(recording, step, name == "product", arguments, keywords, context)


def _invoked(
    recording: Recording, step: StepDefinition, arguments: list[Value], keywords: dict[str, Value], context: Context
) -> Any:
    before = len(recording.invocations)
    result = recording.invoke(step, arguments, keywords, context)
    if len(recording.invocations) == before:
        return result if isinstance(result, Unknown) else context.unknown("a refused call", reported=True)
    return list(recording.invocations.values())[-1]


def _map(
    recording: Recording,
    step: StepDefinition,
    product: bool,
    arguments: list[Value],
    keywords: dict[str, Value],
    context: Context,
) -> Value:
    names = list(step.shape.positional)
    given = {**dict(zip(names, arguments, strict=False)), **keywords}
    mapped = {name for name, value in given.items() if name not in ("id", "after") and _is_sequence(value)}
    plain = {name: value.value if isinstance(value, Unmapped) else value for name, value in given.items()}
    if not mapped:
        context.report.error(
            "ZC0231", f"`{step.name}` is mapped over nothing", context.span,
            helps="give it the output of a step that returns a list",
        )  # fmt: skip
        return context.unknown("a map over nothing", reported=True)
    recorded = _invoked(recording, step, [], plain, context)
    if isinstance(recorded, Unknown):
        return recorded
    over = {name: recorded.inputs[name] for name in sorted(mapped) if name in recorded.inputs}
    for name in over:
        del recorded.inputs[name]
        recorded.mapped.add(name)
    id_ = recording.control_id(f"map:{recorded.id}")
    control = MapControl(id_, over, recorded.id, product, context.span)
    recording.controls.append(control)
    recording.enclose(recorded.id, id_)
    return Future(recorded, mapped=True)


def _is_sequence(value: Value) -> bool:
    """Whether an argument of a map is mapped over: outputs and futures are, and lists of them; plain values are not."""
    if isinstance(value, (Output, Future)):
        return True
    return isinstance(value, (list, tuple)) and bool(value) and all(isinstance(v, (Output, Future)) for v in value)


def attribute(output: Output, name: str, context: Context) -> Value:
    """An attribute of an output in a dynamic pipeline."""
    if name == "load":
        return NativeFunction(name, lambda a, k, c: load([output], c))
    if name in ("result", "artifacts"):
        return NativeFunction(name, lambda a, k, c: output)
    if name in ("wait", "running"):
        return NativeFunction(name, lambda a, k, c: None)
    if name == "chunk":
        return NativeFunction(name, lambda a, k, c: _chunk(output, a, k, c))
    return _refuse(context, f"`.{name}` of an output", "use the output in a step")


def _chunk(output: Output, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
    index = context.force(arguments[0] if arguments else keywords.get("index"))
    if isinstance(index, int) and not isinstance(index, bool):
        return Output(output.recorded, output.name, index)
    return _refuse(context, "which element is meant", "give its number")


# values of the run


def load(outputs: list[Output], context: Context, mapped: bool = False) -> Value:
    """`.load()`: a value of the run; it can be compared in a condition, and handed to a step."""
    if len(outputs) != 1:
        return [Loaded(output, expression(context)) for output in outputs]
    return Loaded(outputs[0], expression(context))


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

    def __init__(self, output: Output, written: str) -> None:
        self.output = output
        self.written = written

    def lower(self, span: Span, context: Context) -> Any:
        """Given to a step, it is the output."""
        return _reference(self.output, span)

    def _value(self, context: Context) -> Any:
        return _reference(self.output, context.span).model_dump(mode="json", exclude={"span"})

    def truth(self, context: Context) -> bool | Unknown:
        return RunCondition({"value": self._value(context)}, context)

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
        return Test({"op": operator, "left": self._value(context), "right": right}, context.span)

    def refuse(self, context: Context) -> Unknown:
        return _refuse(context, f"`{self.written}`", "decide or compute in a step")

    def text(self, context: Context) -> str | Unknown:
        return context.unknown(f"`{self.written}` is a value of the run")

    def iterate(self, context: Context) -> Iterator[Value] | Unknown:
        return _refuse(context, f"`{self.written}`, which this loops over,", "map a step over the output: `.map(…)`")

    def length(self, context: Context) -> int | Unknown:
        return _refuse(context, f"the length of `{self.written}`", "count in a step")

    def binary(self, operator: str, other: Value, reflected: bool, context: Context) -> Value:
        return _refuse(context, f"`{self.written}`", "compute in a step")

    def get_item(self, key: Value, context: Context) -> Value:
        return _refuse(context, f"`{self.written}`", "take the element in a step")

    def get_attribute(self, name: str, context: Context) -> Value:
        return _refuse(context, f"`{self.written}`", "use its attributes in a step")


def _operand(value: Value, context: Context) -> Any:
    value = context.force(value)
    if isinstance(value, Loaded):
        return value._value(context)
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
        return _refuse(context, "a comparison with a value of the run", "decide by it alone, or compute in a step")

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
        return _refuse(
            context, "one of several comparisons with a value of the run", "decide by one comparison, or in a step"
        )


class MapControl:
    """A map, until it is a node."""

    def __init__(self, id_: str, over: dict[str, Any], body: str, product: bool, span: Span) -> None:
        self.id = id_
        self.over = over
        self.body = body
        self.product = product
        self.span = span

    def members(self) -> list[str]:
        return [self.body]

    def values(self) -> list[Any]:
        return list(self.over.values())

    def build(self) -> Map:
        return Map(id=self.id, over=self.over, body=(self.body,), product=self.product, span=self.span)


class ConditionControl:
    """A condition, until it is a node: which invocations and controls stand in each branch."""

    def __init__(self, id_: str, test: dict[str, Any], text: str, span: Span | None) -> None:
        self.id = id_
        self.test = test
        self.text = text
        self.span = span
        self.branches: tuple[list[str], list[str]] = ([], [])

    def members(self) -> list[str]:
        return [*self.branches[0], *self.branches[1]]

    def values(self) -> list[Any]:
        """The outputs that the test depends on."""
        from zencompile.ir import OutputRef

        found: list[Any] = []
        stack: list[Any] = [self.test]
        while stack:
            part = stack.pop()
            if isinstance(part, dict) and part.get("kind") == "output":
                found.append(OutputRef(invocation=part["invocation"], output=part["output"]))
            elif isinstance(part, dict):
                stack.extend(part.values())
            elif isinstance(part, list):
                stack.extend(part)
        return found

    def build(self) -> Condition:
        then, otherwise = self.branches
        return Condition(
            id=self.id, test=self.test, then=tuple(then), otherwise=tuple(otherwise), text=self.text, span=self.span
        )


def condition_of(
    recording: Recording, uncertain: list[Unknown], context: Context
) -> list[tuple[ConditionControl, int]] | None:
    """The conditions that enclose a call, outermost first, each with its branch; None if they can't be told."""
    found: list[tuple[ConditionControl, int]] = []
    for unknown in uncertain:
        place = _branch(unknown, context) if isinstance(unknown, RunCondition) else None
        if place is None:
            return None
        statement, branch, negated = place
        found.append((_control(recording, unknown, statement, negated), branch))
    return found


def _control(recording: Recording, unknown: Any, statement: ast.If, negated: bool) -> ConditionControl:
    known = recording.conditions.get(id(statement))
    if known is None:
        test = {"op": "not", "operand": unknown.test} if negated else unknown.test
        id_ = recording.control_id("condition")
        known = ConditionControl(id_, test, " ".join(ast.unparse(statement.test).split()), unknown.span)
        recording.conditions[id(statement)] = known
        recording.controls.append(known)
    return known


def _branch(unknown: RunCondition, context: Context) -> tuple[ast.If, int, bool] | None:
    """The `if` that tests exactly this, the branch that the context stands in, and whether the test is negated."""
    if unknown.module is not context.module or unknown.module.tree is None:
        return None
    for statement in ast.walk(unknown.module.tree):
        if not isinstance(statement, ast.If):
            continue
        test, negated = statement.test, False
        while isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            test, negated = test.operand, not negated
        if test is unknown.node:
            for branch, body in enumerate((statement.body, statement.orelse)):
                if any(_inside(context.node, s) for s in body):
                    return statement, branch, negated
    return None


def _inside(node: ast.AST, statement: ast.stmt) -> bool:
    return any(inner is node for inner in ast.walk(statement))


__all__ = ["MISSING", "Future", "Unmapped", "attribute", "condition_of", "step_method", "unmapped"]
