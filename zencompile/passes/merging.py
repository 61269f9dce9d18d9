"""Merges in what every engine has: outputs of steps that stand in the branches of a condition.

Any other value that a branch leaves (a literal, what there was before, what is computed) is made by a small step of the
runtime in that branch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from zencompile.ir import Condition, Map, Merge, Pipeline, Value, with_parts, without_spans
from zencompile.passes.features import is_made_in, parents, sides
from zencompile.source import Span

Json = Any
Make = Callable[[Value, str, bool, "Span | None"], Value]
"""Adds a step that makes a value in a branch (the condition, whether it holds), and gives its output."""


def normalized(pipeline: Pipeline, make: Make) -> Pipeline:
    """The pipeline, its merges made of outputs of their branches' own invocations alone."""
    rewriting = _Merges(parents(pipeline), make)
    invocations = tuple(
        one.model_copy(update={"inputs": {name: rewriting.value(value) for name, value in one.inputs.items()}})
        for one in pipeline.invocations
    )
    controls = tuple(rewriting.control(one) for one in pipeline.controls)
    return pipeline.model_copy(update={"invocations": invocations, "controls": controls})


class _Merges:
    """Each value once: what two steps are given is made for both."""

    def __init__(self, homes: Mapping[str, tuple[str, bool | None]], make: Make) -> None:
        self.homes, self.make = homes, make
        self.known: dict[Json, Value] = {}

    def control(self, control: Map | Condition) -> Map | Condition:
        if isinstance(control, Map):
            over = {name: self.value(value) for name, value in control.over.items()}
            return control.model_copy(update={"over": over})
        return control.model_copy(update={"test": self.value(control.test)})

    def value(self, value: Value) -> Value:
        if not isinstance(value, Merge):
            return with_parts(value, self.value)
        then, otherwise = (self._side(side, value, holds) for side, holds in sides(value))
        return value.model_copy(update={"then": then, "otherwise": otherwise})

    def _side(self, side: Value, merge: Merge, holds: bool) -> Value:
        side = self.value(side)
        if is_made_in(side, merge.condition, holds, self.homes):
            return side
        key = (merge.condition, holds, repr(without_spans(side)))
        if key not in self.known:
            self.known[key] = self.make(side, merge.condition, holds, merge.span)
        return self.known[key]
