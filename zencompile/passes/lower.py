"""Between the passes and a target: what the target can't express is rewritten into what it can, or reported, all of it.

A value that is computed becomes the output of a small step of the runtime, a condition on any expression a condition on
such a step's answer, and what a run makes once the outputs of one step that comes first. A target then finds only what
it has declared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from zencompile.diagnostics import Report
from zencompile.ir import (
    Condition,
    Expression,
    Input,
    Invocation,
    Literal,
    Map,
    Mapping,
    Merge,
    Moment,
    Output,
    OutputRef,
    Pipeline,
    Type,
    Value,
    leaves,
    with_parts,
)
from zencompile.ir.capabilities import Capability
from zencompile.ir.expressions import Source
from zencompile.ir.order import layers, upstream
from zencompile.passes.features import CHECK, Use, features, is_comparison, needs_computing
from zencompile.passes.grouping import grouped
from zencompile.passes.merging import normalized
from zencompile.passes.synthetic import COMPUTE, DECIDE, MAKE, is_alike, step_of, synthetic

Json = Any


_MADE_OF = ("moments", "program", "values")
_ANY = Type(name="any")
_POSITIONS = Output(name="Output", type=Type(name="list", arguments=(Type(name="int"),)))


class Engine(NamedTuple):
    """A target, as far as this pass needs to know it."""

    name: str
    capabilities: frozenset[Capability]


def lower(pipeline: Pipeline, engine: Engine, report: Report) -> Pipeline:
    """The pipeline in what the engine has; errors and warnings for what it has not."""
    missing = set(Capability) - engine.capabilities
    used = list(features(pipeline))
    if any(use.capability in missing and use.capability in REWRITTEN for use in used):
        pipeline = _Rewriting(pipeline, engine).build()
        used = list(features(pipeline))
    _tell([use for use in used if use.capability in missing], engine, report)
    return pipeline


REWRITTEN = frozenset(
    {
        Capability.COMPARISON,
        Capability.COMPUTED_INPUT,
        Capability.EXPRESSION,
        Capability.MAP_CHECK,
        Capability.MERGE_OF_ANY,
        Capability.MOMENT,
    }
)

OF_CONDITIONS = frozenset({Capability.COMPARISON, Capability.EXPRESSION, Capability.MERGE_OF_ANY})
"""What is rewritten into conditions or what stands in them, and only where the engine has conditions."""

IN_ANOTHER_WAY = {
    Capability.BACKOFF: "each retry waits as long as the first one",
    Capability.SCHEDULE: "it starts when it is called, and the schedule has no effect",
    Capability.RESOURCES: "steps take what the machine has",
    Capability.GPU: "steps take what the machine has",
    Capability.RUN_NAME: "it names runs itself",
    Capability.FAIL_FAST: "after a failure, what doesn't depend on it goes on",
    Capability.STOP_ON_FAILURE: "after a failure, what doesn't depend on it still starts",
}
"""Capabilities without which a pipeline still makes the same artifacts."""

_OTHER_FAILURES = frozenset({Capability.FAIL_FAST, Capability.STOP_ON_FAILURE})

_HELPS = {
    Capability.CONDITION: "use the local target, or decide inside of a step",
    Capability.MAP: "use the local target, or loop over values that are known when compiling",
    Capability.PRODUCT: "make the combinations in a step, and map over its output",
    Capability.AFTER_BRANCH: "move it into each branch, or use the local target",
    Capability.MERGE: "use it in each branch, or use the local target",
    Capability.LOOKUP: "pass the artifact as an output, or load it in the step",
    Capability.SECRETS: "read it in the step, with the client of the store that keeps it",
    Capability.LOOKUP_INSIDE: "give each look-up an input of its own",
}


def _tell(uses: list[Use], engine: Engine, report: Report) -> None:
    """One diagnostic for each place, whatever stands behind it."""
    refused: dict[Any, list[Use]] = {}
    for use in dict.fromkeys(uses):
        instead = IN_ANOTHER_WAY.get(use.capability)
        if instead is None:
            refused.setdefault(use.span, []).append(use)
            continue
        tell = report.warning if use.capability in _OTHER_FAILURES else report.note
        tell("ZC0502", f"the target `{engine.name}` has no {use.capability.value}: {instead}", use.span)
    for span, there in refused.items():
        lacking = list(dict.fromkeys(use.capability for use in there))
        report.error(
            "ZC0501",
            f"{there[0].what} can't be compiled to `{engine.name}`",
            span,
            notes=[f"the target has no {one.value}" for one in lacking],
            helps=[_HELPS[one] for one in lacking if one in _HELPS][:1],
        )


class _Rewriting:
    """Adds steps that compute."""

    def __init__(self, pipeline: Pipeline, engine: Engine) -> None:
        self.pipeline = pipeline
        self.engine = engine
        self.taken = {*(i.id for i in pipeline.invocations), *(c.id for c in pipeline.controls)}
        self.steps = dict(pipeline.steps)
        self.added: list[Invocation] = []
        self.beside: dict[str, list[str]] = {}  # added invocations by the node in whose branch they stand
        self.inside: dict[tuple[str, bool], list[str]] = {}  # added invocations by the branch that they stand in
        self.made: dict[str, tuple[str, Value]] = {}  # what a run makes once: output → its place, what it is
        self.start = ""

    def build(self) -> Pipeline:
        """The pipeline with the steps that are needed."""
        if self.pipeline.moments:
            self.start = self._id("at_start")
        if Capability.MERGE_OF_ANY not in self.engine.capabilities:
            self.pipeline = normalized(self.pipeline, self._left)
        if Capability.COMPUTED_INPUT not in self.engine.capabilities:
            maps = tuple(self._over(one) if isinstance(one, Map) else one for one in self.pipeline.controls)
            self.pipeline = self.pipeline.model_copy(update={"controls": maps})
        invocations = [self._invocation(one) for one in self.pipeline.invocations]
        if Capability.MAP_CHECK not in self.engine.capabilities:
            invocations = self._with_checks(invocations)
        controls = [self._condition(c) if isinstance(c, Condition) else c for c in self.pipeline.controls]
        if self.made:
            self._make([*invocations, *self.added], controls)
        added = grouped(self.added, self.beside, self.pipeline)
        everything = {one.id: one for one in (*invocations, *added)}
        placed = tuple(self._with_added(control) for control in controls)
        graph = upstream(everything.values(), placed)
        ordered = tuple(everything[id_] for layer in layers(graph) for id_ in layer)
        changes = {"steps": self.steps, "invocations": ordered, "controls": placed, "moments": ()}
        return self.pipeline.model_copy(update=changes)

    def _id(self, base: str) -> str:
        id_, number = base, 2
        while id_ in self.taken:
            id_, number = f"{base}_{number}", number + 1
        self.taken.add(id_)
        return id_

    # inputs

    def _invocation(self, invocation: Invocation) -> Invocation:
        if not any(map(needs_computing, invocation.inputs.values())):
            return invocation
        inputs = {name: self._input(invocation, name, value) for name, value in invocation.inputs.items()}
        return invocation.model_copy(update={"inputs": inputs})

    def _input(self, invocation: Invocation, name: str, value: Value) -> Value:
        if not needs_computing(value):
            return value
        value = self._without_moments(value, name)
        if isinstance(value, OutputRef):
            return value
        id_ = self._id(f"{invocation.id}_{name}")
        self._add(id_, self._step(COMPUTE, _ANY), value, invocation)
        self.beside.setdefault(invocation.id, []).append(id_)
        return OutputRef(invocation=id_, output="output", span=value.span)

    def _without_moments(self, value: Value, name: str) -> Value:
        """A value in which all that the first step makes is an output of it."""
        if _is_made_once(value):
            return self._made(value, name)
        return with_parts(value, lambda one: self._without_moments(one, name))

    def _made(self, value: Value, name: str) -> OutputRef:
        known = next((output for output, (_, one) in self.made.items() if _alike(one, value)), None)
        if known is None:
            known, number = name, 2
            while known in self.made:
                known, number = f"{name}_{number}", number + 1
            self.made[known] = (known, value)
        return OutputRef(invocation=self.start, output=known, span=value.span)

    # merges

    def _left(self, value: Value, condition: str, holds: bool, span: Any) -> Value:
        """What a branch leaves, as the output of a step in it."""
        value = self._without_moments(value, "value")
        id_ = self._id("value_then" if holds else "value_else")
        control = next(one for one in self.pipeline.controls if one.id == condition)
        assert isinstance(control, Condition)
        made = next((leaf for leaf in leaves(value) if isinstance(leaf, OutputRef)), None)
        known = {one.id: one for one in self.pipeline.invocations}
        like = known[made.invocation] if made is not None and made.invocation in known else self._first_inside(control)
        if isinstance(value, OutputRef) and like is known.get(value.invocation):
            output = next(one for one in self.steps[like.step].outputs if one.name == value.output)
            materializers = like.materializers.get(value.output, output.materializers)
            step = self._step(COMPUTE, output.type, materializers)
        else:
            step = self._step(COMPUTE, _ANY)
        self._add(id_, step, value, like, span or control.span)
        self.inside.setdefault((condition, holds), []).append(id_)
        return OutputRef(invocation=id_, output="output", span=span)

    def _over(self, control: Map) -> Map:
        """A map over outputs, lists and parameters alone."""
        over = dict(control.over)
        first = next(one for one in self.pipeline.invocations if one.id == control.body[0])
        for name, value in over.items():
            if isinstance(value, (Expression, Merge, Moment)):
                id_ = self._id(f"{first.id}_{name}")
                value = self._without_moments(value, name)
                if not isinstance(value, OutputRef):
                    self._add(id_, self._step(COMPUTE, _ANY), value, first, control.span)
                    self.beside.setdefault(control.id, []).append(id_)
                    value = OutputRef(invocation=id_, output="output", span=value.span)
                over[name] = value
        return control.model_copy(update={"over": over})

    # conditions

    def _condition(self, condition: Condition) -> Condition:
        capabilities = self.engine.capabilities
        if any(isinstance(leaf, Moment) for leaf in leaves(condition.test)):
            test = self._without_moments(condition.test, condition.id)
            condition = condition.model_copy(update={"test": test})
        if Capability.CONDITION not in capabilities or Capability.EXPRESSION in capabilities:
            return condition
        if Capability.COMPARISON in capabilities and is_comparison(condition, self.pipeline):
            return condition
        id_ = self._id(f"decide_{condition.id}")
        around = self._first_inside(condition)
        self._add(id_, self._step(DECIDE, Type(name="bool")), condition.test, around, condition.span)
        self.beside.setdefault(condition.id, []).append(id_)
        return condition.model_copy(update={"test": OutputRef(invocation=id_, output="output", span=condition.span)})

    def _first_inside(self, condition: Condition) -> Invocation:
        """An invocation below a condition, whose image has what the values of its test need."""
        controls = {control.id: control for control in self.pipeline.controls}
        known = {one.id: one for one in self.pipeline.invocations}
        pending = [*condition.then, *condition.otherwise]
        while pending[0] not in known:
            inner = controls[pending.pop(0)]
            pending = [*(inner.body if isinstance(inner, Map) else (*inner.then, *inner.otherwise)), *pending]
        return known[pending[0]]

    # maps

    def _with_checks(self, invocations: list[Invocation]) -> list[Invocation]:
        """The first invocation of each map comes after a step that fails where the map would."""
        maps = {one.body[0]: one for one in self.pipeline.controls if isinstance(one, Map)}
        return [self._checked(one, maps[one.id]) if one.id in maps else one for one in invocations]

    def _checked(self, invocation: Invocation, control: Map) -> Invocation:
        if all(isinstance(value, Literal) for value in control.over.values()):
            return invocation
        id_ = self._id(f"check_{invocation.id}")
        lists = Mapping(items=dict(control.over))
        inputs: dict[str, Value] = {"lists": lists, "product": Literal(value=control.product)}
        key = self._step(CHECK, _ANY)
        named = tuple(Input(name=name, type=_ANY) for name in inputs)
        self.steps[key] = self.steps[key].model_copy(update={"inputs": named, "outputs": (_POSITIONS,)})
        self.added.append(synthetic(id_, key, inputs, invocation, invocation.after, span=control.span))
        self.beside.setdefault(control.id, []).append(id_)
        return invocation.model_copy(update={"after": (*invocation.after, id_)})

    # steps

    def _step(self, entrypoint: str, type: Type, materializers: tuple[str, ...] = ()) -> str:
        step = step_of(entrypoint, Output(name="output", type=type, materializers=materializers))
        key = step.name
        while key in self.steps and not is_alike(self.steps[key], step):
            key += "_"
        self.steps.setdefault(key, step)
        return key

    def _add(self, id_: str, step: str, value: Value, like: Invocation, span: Any = None) -> None:
        """An invocation that computes a value, in the surroundings of another."""
        written = Source()
        inputs: dict[str, Value] = {"program": Literal(value=written.text(value))}
        if written.given:
            inputs["values"] = Mapping(items=written.given)
        after = () if span is not None else like.after
        self.added.append(synthetic(id_, step, inputs, like, after, span=span or value.span or like.span))

    def _make(self, invocations: list[Invocation], controls: list[Map | Condition]) -> None:
        """The invocation that comes first."""
        written = Source()
        sources: list[Json] = [written.text(moment.value) for moment in self.pipeline.moments]
        programs: list[Json] = [written.text(value) for _, value in self.made.values()]
        inputs: dict[str, Value] = {"moments": Literal(value=sources), "program": Literal(value=programs)}
        given = {name: value for name, value in written.given.items() if not isinstance(value, Moment)}
        if given:
            inputs["values"] = Mapping(items=given)
        asking = [one for one in invocations if any(map(self._is_made, _leaves_of(one)))]
        deciding = [one for one in controls if isinstance(one, Condition) and any(map(self._is_made, leaves(one.test)))]
        like = asking[0] if asking else self._first_inside(deciding[0])
        key = self._step(MAKE, _ANY)
        step = self.steps[key]
        outputs = tuple(Output(name=name, type=_ANY) for name in self.made)
        named = tuple(Input(name=name, type=_ANY, default="{}" if name == "values" else None) for name in _MADE_OF)
        self.steps[key] = step.model_copy(update={"inputs": named, "outputs": outputs})
        self.added.append(synthetic(self.start, key, inputs, like, (), span=like.span))

    def _is_made(self, value: Value) -> bool:
        return isinstance(value, OutputRef) and value.invocation == self.start

    # controls

    def _with_added(self, control: Map | Condition) -> Map | Condition:
        """A control that holds what computes for its members, too."""
        if isinstance(control, Map):
            first, *others = control.body
            return control.model_copy(update={"body": (first, *self._members(others))})
        then = (*self._members(control.then), *self.inside.get((control.id, True), ()))
        otherwise = (*self._members(control.otherwise), *self.inside.get((control.id, False), ()))
        return control.model_copy(update={"then": then, "otherwise": otherwise})

    def _members(self, ids: Iterable[str]) -> Iterator[str]:
        for id_ in ids:
            yield from self._needed(id_)
            yield id_

    def _needed(self, id_: str) -> Iterator[str]:
        """What stands beside a member; for a map, what stands beside the first of its body, which is made before it."""
        yield from self.beside.get(id_, ())
        for control in self.pipeline.controls:
            if isinstance(control, Map) and control.id == id_:
                yield from self._needed(control.body[0])


def _leaves_of(invocation: Invocation) -> Iterator[Value]:
    for value in invocation.inputs.values():
        yield from leaves(value)


def _is_made_once(value: Value) -> bool:
    """Whether a value is made of nothing but moments and literals."""
    found = list(leaves(value))
    return any(isinstance(one, Moment) for one in found) and all(isinstance(one, (Moment, Literal)) for one in found)


def _alike(left: Value, right: Value) -> bool:
    one, other = Source(), Source()
    return one.text(left) == other.text(right) and one.given == other.given
