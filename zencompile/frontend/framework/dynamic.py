"""Dynamic pipelines: mapping over outputs, futures, and conditions on values of the run.

What has a static shape becomes control nodes of the IR; the rest is a diagnostic where it is used.
"""

from __future__ import annotations

import ast
from typing import Any

from zencompile.frontend.framework.definitions import StepDefinition
from zencompile.frontend.framework.handles import Future, Output, Recorded, Unmapped
from zencompile.frontend.framework.later import RunCondition
from zencompile.frontend.framework.options import Options
from zencompile.frontend.framework.recorder import Recording
from zencompile.frontend.framework.state import Framework
from zencompile.frontend.values import Context, Unknown, Value
from zencompile.ir import Condition, Map
from zencompile.ir import Value as InputValue
from zencompile.source import Span


class DynamicRecording(Recording):
    """The evaluation of a dynamic pipeline."""

    dynamic = True

    def __init__(self, framework: Framework, name: str, options: Options) -> None:
        super().__init__(framework, name, options)
        self.conditions: dict[int, ConditionControl] = {}  # by id() of their statements

    def invoke(
        self, step: StepDefinition, arguments: list[Value], keywords: dict[str, Value], context: Context
    ) -> Value:
        before = len(self.invocations)
        result = super().invoke(step, arguments, keywords, context)
        if len(self.invocations) > before and context.evaluator.uncertain:
            self._in_condition(next(reversed(self.invocations)), context)
        return result

    def decided_by_run(self, context: Context) -> bool:
        return self._enclosing(context) is not None

    # methods of steps

    def call_method(
        self, name: str, step: StepDefinition, arguments: list[Value], keywords: dict[str, Value], context: Context
    ) -> Value:
        keywords = {k: v for k, v in keywords.items() if k != "start_after"}
        if name == "submit":
            recorded = self._invoked(step, arguments, keywords, context)
            return recorded if isinstance(recorded, Unknown) else Future(recorded)
        return self._map(step, name == "product", arguments, keywords, context)

    def _invoked(
        self, step: StepDefinition, arguments: list[Value], keywords: dict[str, Value], context: Context
    ) -> Recorded | Unknown:
        before = len(self.invocations)
        result = self.invoke(step, arguments, keywords, context)
        if len(self.invocations) == before:
            return result if isinstance(result, Unknown) else context.unknown("a refused call", reported=True)
        return next(reversed(self.invocations.values()))

    def _map(
        self, step: StepDefinition, product: bool, arguments: list[Value], keywords: dict[str, Value], context: Context
    ) -> Value:
        names = list(step.shape.positional)
        given = {**dict(zip(names, arguments, strict=False)), **keywords}
        mapped = {name for name, value in given.items() if name not in ("id", "after") and _is_sequence(value)}
        plain = {name: value.value if isinstance(value, Unmapped) else value for name, value in given.items()}
        if not mapped:
            context.report.error(
                "ZC0231",
                f"`{step.name}` is mapped over nothing",
                context.span,
                helps="give it the output of a step that returns a list",
            )
            return context.unknown("a map over nothing", reported=True)
        recorded = self._invoked(step, [], plain, context)
        if isinstance(recorded, Unknown):
            return recorded
        over = {name: recorded.inputs[name] for name in sorted(mapped) if name in recorded.inputs}
        for name in over:
            del recorded.inputs[name]
            recorded.mapped.add(name)
        id_ = self._control_id(f"map:{recorded.id}")
        self.controls.append(MapControl(id_, over, recorded.id, product, context.span))
        self._enclose(recorded.id, id_)
        return Future(recorded, mapped=True)

    def _enclose(self, invocation: str, control: str) -> None:
        """A control takes an invocation's place in the conditions around it."""
        for condition in self.conditions.values():
            for branch in condition.branches:
                branch[:] = [control if member == invocation else member for member in branch]

    def _control_id(self, base: str) -> str:
        """An id that neither an invocation nor a control has."""
        taken = {*self.invocations, *(control.id for control in self.controls)}
        id_, number = base, 2
        while id_ in taken:
            id_, number = f"{base}_{number}", number + 1
        return id_

    # conditions

    def _in_condition(self, id_: str, context: Context) -> None:
        """Put an invocation into the branches of conditions that enclose its call."""
        member = id_
        for control, branch in reversed(self._enclosing(context) or []):
            if member not in control.branches[branch]:
                control.branches[branch].append(member)
            member = control.id

    def _enclosing(self, context: Context) -> list[tuple[ConditionControl, int]] | None:
        """The conditions that enclose a call, outermost first, each with its branch; None if they can't be told."""
        found: list[tuple[ConditionControl, int]] = []
        for unknown in context.evaluator.uncertain:
            if not isinstance(unknown, RunCondition):
                return None
            place = _branch(unknown, context)
            if place is None:
                return None
            statement, branch, negated = place
            found.append((self._condition(unknown, statement, negated), branch))
        return found

    def _condition(self, unknown: RunCondition, statement: ast.If, negated: bool) -> ConditionControl:
        known = self.conditions.get(id(statement))
        if known is None:
            test = {"op": "not", "operand": unknown.test} if negated else unknown.test
            id_ = self._control_id("condition")
            known = ConditionControl(id_, test, " ".join(ast.unparse(statement.test).split()), unknown.span)
            self.conditions[id(statement)] = known
            self.controls.append(known)
        return known


class MapControl:
    """A map, until it is a node."""

    def __init__(self, id_: str, over: dict[str, InputValue], body: str, product: bool, span: Span) -> None:
        self.id = id_
        self.over = over
        self.body = body
        self.product = product
        self.span = span

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

    def build(self) -> Condition:
        then, otherwise = self.branches
        return Condition(
            id=self.id, test=self.test, then=tuple(then), otherwise=tuple(otherwise), text=self.text, span=self.span
        )


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


def _is_sequence(value: Value) -> bool:
    """Whether an argument of a map is mapped over: outputs and futures are, and lists of them; plain values are not."""
    if isinstance(value, (Output, Future)):
        return True
    return isinstance(value, (list, tuple)) and bool(value) and all(isinstance(v, (Output, Future)) for v in value)
