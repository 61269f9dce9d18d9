"""Tests of conditions as CEL, in the part of it that KFP's back end and its local runner (by Python) read alike.

A number parameter is a double in CEL, so numbers are compared as doubles. The local runner finds a parameter by its
name, which is why names have the form that `scopes` gives them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zencompile.ir import Expression, Literal, OutputRef, ParameterRef, Value
from zencompile_kubeflow.bindings import Surroundings
from zencompile_kubeflow.model import Enclosing, ParameterInput, Source, Upstream
from zencompile_kubeflow.scopes import Scope
from zencompile_kubeflow.texts import is_plain
from zencompile_kubeflow.values import BOOLEAN, DOUBLE, INTEGER, STRING

Json = Any

_COMPARISONS = frozenset(("==", "!=", "<", "<=", ">", ">="))
_NUMBERS = (INTEGER, DOUBLE)


class Unclear(Exception):
    """A test that KFP can't evaluate; `help` says what to do."""

    def __init__(self, message: str, help: str = "let a step compute the condition and return a bool") -> None:
        super().__init__(message)
        self.help = help


@dataclass(frozen=True)
class Operand:
    """A part of a test: its text, and the KFP type of its value."""

    text: str
    type: str


@dataclass(frozen=True)
class Reader:
    """Gives the branch that a test guards the parameters that the test reads."""

    branch: Scope
    around: Surroundings

    def operand(self, value: Value) -> Operand:
        """A value of the run, or a literal."""
        if isinstance(value, Literal):
            return _literal(value.value)
        if isinstance(value, ParameterRef):
            run = self.around.plan.runs[value.name]
            if run.leaf != "from":
                raise Unclear(f"the type of the parameter `{value.name}` is not known", "annotate it")
            return self._read(run.type, self.around.root, Enclosing(value.name))
        if isinstance(value, OutputRef):
            return self._output(value)
        raise Unclear("it compares something that is neither an output nor a parameter")

    def _output(self, value: OutputRef) -> Operand:
        around = self.around
        step = around.step_of[value.invocation]
        made = around.plan.outputs[step][value.output].parameter
        scope = around.scopes[value.invocation]
        if value.item is not None or not self.branch.sees(scope):
            raise Unclear(f"it reads a part of `{value.invocation}`, or all that a loop made")
        if made is None:
            raise Unclear(
                f"the type of the output `{value.output}` of `{value.invocation}` is no bool, number or str",
                "annotate the output, or let a step compute the condition and return a bool",
            )
        return self._read(made.type, scope, Upstream(around.plan.tasks[value.invocation], made.name))

    def _read(self, kind: str, home: Scope, source: Source) -> Operand:
        entered = self.branch.parameter(ParameterInput("", kind), home, source)
        assert isinstance(entered, Enclosing)
        return Operand(f"inputs.parameter_values['{entered.name}']", kind)


def cel(test: Value, reader: Reader) -> str:
    """The CEL expression of a test; Unclear if there is none."""
    if not isinstance(test, Expression):
        return _truth(reader.operand(test))
    operator, operands = test.operator, test.operands
    if operator == "truth":
        return cel(operands[0], reader)
    if operator == "not":
        return f"!({cel(operands[0], reader)})"
    if operator in ("and", "or"):
        parts = [f"({cel(one, reader)})" for one in operands]
        return (" && " if operator == "and" else " || ").join(parts)
    if operator in _COMPARISONS:
        return _comparison(operator, reader.operand(operands[0]), reader.operand(operands[1]))
    if operator in ("in", "not in"):
        return _membership(operator, operands, reader)
    raise Unclear(f"it uses `{operator}`")


def _membership(operator: str, operands: tuple[Value, ...], reader: Reader) -> str:
    """A chain of comparisons: the SDK's local runner has no `in`."""
    left = reader.operand(operands[0])
    items = _items(operands[1])
    if items is None:
        raise Unclear("it looks for a value in something that is no list of literals")
    parts = [f"({_comparison('==', left, _literal(item))})" for item in items]
    text = " || ".join(parts) or "false"
    return text if operator == "in" else f"!({text})"


def _items(value: Value) -> list[Json] | None:
    """The items of a literal list, tuple or set."""
    literal = value.value if isinstance(value, Literal) else None
    if isinstance(literal, dict) and literal.get("$") in ("tuple", "set", "frozenset"):
        literal = literal["items"]
    return literal if isinstance(literal, list) else None


def _comparison(operator: str, left: Operand, right: Operand) -> str:
    alike = left.type == right.type or (left.type in _NUMBERS and right.type in _NUMBERS)
    if not alike:
        raise Unclear("it compares values of different types")
    return f"{left.text} {operator} {right.text}"


def _truth(operand: Operand) -> str:
    if operand.type == BOOLEAN:
        return f"{operand.text} == true"
    if operand.type in _NUMBERS:
        return f"{operand.text} != 0.0"
    if operand.type == STRING:
        return f"{operand.text} != ''"
    raise Unclear("it asks whether a list is empty")


def _literal(value: Json) -> Operand:
    if isinstance(value, bool):
        return Operand("true" if value else "false", BOOLEAN)
    if isinstance(value, (int, float)):
        return Operand(repr(float(value)), DOUBLE)
    if isinstance(value, str) and is_plain(value):
        return Operand("'" + value.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n") + "'", STRING)
    raise Unclear("it compares with a value that CEL does not have")
