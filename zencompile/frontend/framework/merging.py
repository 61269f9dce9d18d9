"""What the two sides of a branch that a run decides leave behind, each another value: a merge."""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import Any

from zencompile.frontend.framework.handles import Future, OpaqueOutput, Output, PipelineParameter
from zencompile.frontend.framework.later import Decision, Later, RunValue, refuse
from zencompile.frontend.framework.state import Recorder
from zencompile.frontend.values import MISSING, Context, NativeFunction, Unknown, Value
from zencompile.ir import Expression, Literal, LiteralError, Merge, OutputRef, ParameterRef, encode, leaves
from zencompile.ir import Value as InputValue
from zencompile.source import Span

_IMMUTABLE = (type(None), bool, int, float, str, bytes)
_OF_PARAMETERS = frozenset({"bool", "int", "float", "str"})
_MOST_LEAVES = 200


class Sides(Unknown):
    """A decision, as what a value is by that its sides leave.

    `made` are the invocations of each side. Only what nothing can change is merged, so that it doesn't matter that it
    is another object then.
    """

    def __init__(self, decision: Decision, recording: Recorder, made: tuple[Set[str], Set[str]]) -> None:
        super().__init__(decision.span, decision.reason)
        self.decision = decision
        self.recording = recording
        self.made = made

    def merged(self, values: list[Value]) -> Value:
        assert self.span is not None
        sides = [_lowered(value, self.span) for value in values]
        then, otherwise = sides
        if (
            then is None
            or otherwise is None
            or sum(1 for side in (then, otherwise) for _ in leaves(side)) > _MOST_LEAVES
        ):
            return MISSING
        value = self._value(then, otherwise)
        written = f"what the branches of `{self.decision.written}` leave"
        if any(map(_is_handle, values)):
            return Merged(self.decision.value, value, (values[0], values[1]), written)
        kinds = {_kind(one) for one in values}
        return RunValue(self.decision.value.recording, value, written, kinds.pop() if len(kinds) == 1 else "any")

    def _value(self, then: InputValue, otherwise: InputValue) -> InputValue:
        """A merge where a side's value is made in that side; else the program's choice of two values."""
        if any(_made_of(side, made) for side, made in zip((then, otherwise), self.made, strict=True)):
            id_ = self.decision.value.recording.condition_id(self.decision)
            return Merge(condition=id_, then=then, otherwise=otherwise, span=self.span)
        return Expression(operator="if", operands=(self.decision.value.value, then, otherwise), span=self.span)


def _made_of(value: InputValue, made: Set[str]) -> bool:
    return any(isinstance(leaf, OutputRef) and leaf.invocation in made for leaf in leaves(value))


def _is_handle(value: Value) -> bool:
    return isinstance(value, (Output, Future, Merged))


def _lowered(value: Value, span: Span) -> InputValue | None:
    """A side's value in the IR; None for what can't be merged."""
    if type(value) in _IMMUTABLE:
        try:
            return Literal(value=encode(value), span=span)
        except LiteralError:
            return None
    if isinstance(value, RunValue):
        return value.value
    if isinstance(value, Merged):
        return value.value
    if isinstance(value, Output):
        return None if isinstance(value, OpaqueOutput) else value.reference(span)
    if isinstance(value, Future) and len(value.outputs) == 1:
        return _lowered(value.outputs[0], span)
    if isinstance(value, PipelineParameter) and not value.ended and value.annotation.type.name in _OF_PARAMETERS:
        return ParameterRef(name=value.name, span=span)
    return None


def _kind(value: Value) -> str:
    """The name of a value's type."""
    if isinstance(value, RunValue):
        return value.type
    if isinstance(value, PipelineParameter):
        return "any"
    return "none" if value is None else type(value).__name__


class Merged(Later):
    """Outputs of steps, of which the run takes one, or an output where the other side leaves plain data.

    It can be given to steps; if all sides leave outputs, it can be loaded and mapped over.
    """

    type_name = "output of a branch"

    def __init__(self, test: RunValue, value: InputValue, sides: tuple[Value, Value], written: str) -> None:
        self.test = test
        self.value = value
        self.sides = sides
        self.written = written

    def lower(self, span: Span) -> InputValue:
        """As an input of a step."""
        return self.value.model_copy(update={"span": span})

    def refuse(self, context: Context) -> Unknown:
        return refuse(context, self.written, "give it to a step, or compare what `.load()` gives")

    def handles(self) -> Iterator[Output | Future]:
        """The outputs and futures among what the sides leave."""
        for side in self.sides:
            if isinstance(side, Merged):
                yield from side.handles()
            elif isinstance(side, (Output, Future)):
                yield side

    @property
    def is_output(self) -> bool:
        """Whether all sides leave outputs."""
        return all(side.is_output if isinstance(side, Merged) else _is_handle(side) for side in self.sides)

    def get_attribute(self, name: str, context: Context) -> Value:
        if not self.is_output:
            return self.refuse(context)
        if name == "load":
            return NativeFunction(name, lambda a, k, c: self._loaded(c))
        if name in ("result", "artifacts"):
            return NativeFunction(name, lambda a, k, c: self._awaited(self, c))
        if name == "wait":
            return NativeFunction(name, lambda a, k, c: self._awaited(None, c))
        return self.refuse(context)

    def is_same(self, other: Value, context: Context) -> Any:
        answers = [_is_none(side) for side in self.sides] if other is None else [MISSING]
        if answers[0] is answers[-1] and answers[0] is not MISSING:
            return answers[0]
        if set(map(id, answers)) != {id(True), id(False)}:
            return self.refuse(context)
        return self.test.made("truth" if answers[0] else "not", [self.test], context)

    def _awaited(self, result: Value, context: Context) -> Value:
        for handle in self.handles():
            if isinstance(handle, Future):
                if context.evaluator.watch is not None:
                    return self.refuse(context)
                handle.recorded.recording.awaited(handle.recorded)
        return result

    def _loaded(self, context: Context) -> Value:
        kinds = {_kind_of_output(handle) for handle in self.handles()}
        kind = kinds.pop() if len(kinds) == 1 else "any"
        loaded = RunValue(self.test.recording, self.lower(context.span), self.written, kind)
        return self._awaited(loaded, context)


def _is_none(side: Value) -> Any:
    if _is_handle(side):
        return MISSING if isinstance(side, Merged) else False
    return MISSING if isinstance(side, (RunValue, PipelineParameter)) else side is None


def _kind_of_output(handle: Output | Future) -> str:
    """The name of the type of what a handle's output holds."""
    if isinstance(handle, Future) and handle.mapped:
        return "list"
    output = handle.outputs[0] if isinstance(handle, Future) else handle
    declared = {one.name: one.type.name for one in output.recorded.step.shape.outputs}
    return declared.get(output.name, "any") if output.item is None else "any"
