"""Definitions of steps, each once."""

from __future__ import annotations

from zencompile.frontend.evaluator import Evaluator
from zencompile.frontend.framework import entrypoints
from zencompile.frontend.framework.definitions import StepDefinition, Subject
from zencompile.frontend.framework.handles import Recorded
from zencompile.frontend.framework.shape import StepInput
from zencompile.ir import Closure, Input, Output, Step, Type

_ANY = Type.model_construct(name="any")
_EMPTY = Closure.model_construct()


class StepLowering:
    """Collects the `Step` nodes of a pipeline by key: the entrypoint, and a number where one function makes several."""

    def __init__(self) -> None:
        self.steps: dict[str, Step] = {}
        self.subjects: dict[str, Subject] = {}
        self._keys: dict[tuple[int, str, tuple[str, ...], tuple[str, ...]], str] = {}
        self._entrypoints: dict[int, entrypoints.Entrypoint] = {}

    def entrypoint(self, evaluator: Evaluator, subject: Subject) -> entrypoints.Entrypoint:
        """Where what a step runs is found."""
        known = self._entrypoints.get(id(subject))
        if known is None:
            known = self._entrypoints[id(subject)] = entrypoints.find(evaluator, subject)
        return known

    def key(self, recorded: Recorded) -> str:
        """The key of the invocation's step."""
        step = recorded.step
        outputs = () if step.is_read else tuple(recorded.outputs)
        inputs = () if step.is_read else tuple(sorted(recorded.inputs))
        identity = (id(step.subject), step.name, outputs, inputs)
        known = self._keys.get(identity)
        if known is None:
            known = self._keys[identity] = self._add(step, outputs, inputs)
        return known

    def _add(self, step: StepDefinition, outputs: tuple[str, ...], inputs: tuple[str, ...]) -> str:
        found = self._entrypoints.get(id(step.subject))
        entrypoint = found.path if found is not None else step.subject.entrypoint
        key, number = entrypoint, 2
        while key in self.steps:
            key, number = f"{entrypoint}#{number}", number + 1
        self.steps[key] = self._step(step, entrypoint, outputs, inputs)
        self.subjects[key] = step.subject
        return key

    def _step(self, step: StepDefinition, entrypoint: str, opaque: tuple[str, ...], inputs: tuple[str, ...]) -> Step:
        shape = step.shape
        function = step.subject.function
        outputs = shape.outputs if function is not None else tuple(Output(name=name, type=_ANY) for name in opaque)
        known = tuple(_input(i) for i in shape.inputs.values() if not i.injected)  # the runtime gives the context
        return Step.model_construct(
            name=step.name,
            entrypoint=entrypoint,
            inputs=known if function is not None else tuple(Input(name=name, type=_ANY) for name in inputs),
            outputs=outputs,
            docstring=function.docstring if function is not None else None,
            code="",
            closure=_EMPTY,
            span=step.span if function is not None else None,
        )


def _input(known: StepInput) -> Input:
    return Input.model_construct(name=known.name, type=known.annotation.type, default=known.written, span=known.span)
