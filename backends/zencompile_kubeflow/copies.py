"""What the arms of a branch leave, as outputs that can be chosen from: of the arms, or of steps beside them.

A reader of an output that names several tasks gets that of the one which completed, and KFP's server works out the
state of an arm, which is a DAG, when the launcher of a step in it ends (`UpdateDAGExecutionsState` of
backend/src/v2/metadata/client.go). For a step from the cache no launcher runs. So an arm of nothing but steps ends
with one of ours that is never cached, and what it leaves are its own outputs: that of a step of the user's, or of one
of ours for a literal, what there was before, or what is computed.

An arm with DAGs in it may have ended without its state: the driver of a skipped arm inside may be late. In a run that
goes on after a failure, nothing may wait for all of an arm. There, what an arm leaves is copied by steps beside it,
which have the arm's condition themselves: the state of a step is always right.
"""

from __future__ import annotations

from collections.abc import Iterator

from zencompile.ir import (
    CachePolicy,
    Condition,
    Input,
    Invocation,
    Literal,
    Map,
    Mapping,
    Merge,
    Output,
    OutputRef,
    Pipeline,
    Step,
    Type,
    Value,
    leaves,
    merges,
    with_parts,
    without_spans,
)
from zencompile.ir.expressions import Source
from zencompile.ir.order import layers, upstream

_ANY = Type(name="any")
_ENTRYPOINT = "zencompile_runtime.computing:compute"

Side = tuple[str, bool]  # a condition, and whether it holds


def with_copies(pipeline: Pipeline) -> tuple[Pipeline, dict[str, Side]]:
    """The pipeline, every merge in it of such outputs, and the arm beside which each step stands that is beside one."""
    if not any(True for value in _values(pipeline) for _ in merges(value)):
        return pipeline, {}
    copying = _Copying(pipeline)
    known = {}
    for one in pipeline.invocations:
        inputs = {name: copying.whole(value) for name, value in one.inputs.items()}
        known[one.id] = one.model_copy(update={"inputs": inputs})
    controls = copying.ended()
    known |= {one.id: one for one in copying.added}
    order = layers(upstream(known.values(), controls))
    invocations = tuple(known[id_] for layer in order for id_ in layer)
    changes = {"steps": copying.steps, "invocations": invocations, "controls": controls}
    return pipeline.model_copy(update=changes), copying.sides


def _values(pipeline: Pipeline) -> Iterator[Value]:
    for invocation in pipeline.invocations:
        for value in invocation.inputs.values():
            if value.__class__ is not Literal and value.__class__ is not OutputRef:
                yield value


class Adding:
    """Adds steps that compute, in the surroundings of others."""

    def __init__(self, pipeline: Pipeline) -> None:
        self.steps = dict(pipeline.steps)
        self.invocations = {one.id: one for one in pipeline.invocations}
        self.taken = {*self.invocations, *(one.id for one in pipeline.controls)}
        self.added: list[Invocation] = []

    def like(self, value: OutputRef) -> Invocation:
        """The invocation whose image has what a value needs."""
        return self.invocations[value.invocation]

    def computed(
        self, value: Value, wanted: str, like: Invocation, kind: Type | None = None, after: tuple[str, ...] = ()
    ) -> OutputRef:
        """The output of a new invocation, called `wanted` or nearly so, which is this value.

        A copy of an output is of the same type and written by the same materializers, unless `kind` is another type.
        """
        is_copy = isinstance(value, OutputRef) and value.item is None
        output = Output(name="output", type=kind or _ANY)
        if isinstance(value, OutputRef) and is_copy and kind is None:
            output = self._output(value)
        written = Source()
        inputs: dict[str, Value] = {"program": Literal(value=written.text(value))}
        if written.given:
            inputs["values"] = Mapping(items=written.given)
        invocation = Invocation(
            id=self._id(wanted),
            step=self._step(output),
            inputs=inputs,
            after=after,
            cache=CachePolicy(enabled=is_copy),
            environment=like.environment,
            image=like.image,
            variables=like.variables,
            secrets=like.secrets,
            settings=like.settings,
            artifact_visualization=False,
            span=value.span or like.span,
        )
        self.added.append(invocation)
        self.invocations[invocation.id] = invocation
        return OutputRef(invocation=invocation.id, output="output", span=value.span)

    def _output(self, value: OutputRef) -> Output:
        producer = self.invocations[value.invocation]
        made = next(one for one in self.steps[producer.step].outputs if one.name == value.output)
        materializers = producer.materializers.get(value.output, made.materializers)
        return Output(name="output", type=made.type, artifact_type=made.artifact_type, materializers=materializers)

    def _step(self, output: Output) -> str:
        inputs = (Input(name="program", type=_ANY), Input(name="values", type=_ANY, default="{}"))
        step = Step(name="compute", entrypoint=_ENTRYPOINT, inputs=inputs, outputs=(output,))
        key = step.name
        while key in self.steps and self.steps[key] != step:
            key += "_"
        self.steps[key] = step
        return key

    def _id(self, wanted: str) -> str:
        id_, number = wanted, 2
        while id_ in self.taken:
            id_, number = f"{wanted}_{number}", number + 1
        self.taken.add(id_)
        return id_


class _Copying(Adding):
    """Gives each merge outputs to choose from."""

    def __init__(self, pipeline: Pipeline) -> None:
        super().__init__(pipeline)
        self.controls = pipeline.controls
        self.goes_on = pipeline.execution_mode == "continue_on_failure"
        self.members = {one.id: one for one in pipeline.controls}
        self.conditions = {one.id: one for one in pipeline.controls if isinstance(one, Condition)}
        self.known: dict[str, OutputRef] = {}
        self.chosen: dict[tuple[str, str], str] = {}  # outputs of arms that a merge chooses from → the merge
        self.inside: dict[Side, list[str]] = {}  # arms that leave something themselves → what is added to them
        self.sides: dict[str, Side] = {}

    def whole(self, value: Value) -> Value:
        """A value, its merges made of such outputs alone.

        No two merges choose from the same: who is given both would be given one artifact twice where they leave it.
        """
        if not isinstance(value, Merge):
            return with_parts(value, self.whole)
        return self._merge(value, repr(without_spans(value)))

    def _merge(self, value: Merge, owner: str) -> Merge:
        """A merge of outputs; an `elif` stays a merge of its own, as each of its arms leaves something."""
        then = self._copy(value.then, (value.condition, True), value, owner)
        elif_ = self._elif(value)
        if elif_ is not None:
            return value.model_copy(update={"then": then, "otherwise": self._merge(elif_, owner)})
        otherwise = self._copy(value.otherwise, (value.condition, False), value, owner)
        return value.model_copy(update={"then": then, "otherwise": otherwise})

    def _elif(self, merge: Merge) -> Merge | None:
        """What an `else` leaves that holds nothing but another condition."""
        held = self._held((merge.condition, False))
        if len(held) != 1 or held[0] not in self.conditions:
            return None
        other = merge.otherwise
        if isinstance(other, Merge) and other.condition == held[0]:
            return other
        return Merge(condition=held[0], then=other, otherwise=other, span=merge.span)

    def _held(self, side: Side) -> tuple[str, ...]:
        """What stands in an arm."""
        condition = self.conditions[side[0]]
        return condition.then if side[1] else condition.otherwise

    def _copy(self, value: Value, side: Side, merge: Merge, owner: str) -> OutputRef:
        key = repr((side, without_spans(value), owner))
        if key not in self.known:
            self.known[key] = self._made(self.whole(value), side, merge, owner)
        return self.known[key]

    def _made(self, value: Value, side: Side, merge: Merge, owner: str) -> OutputRef:
        leaves_it = self._leaves_its_own(side)
        added = self.inside.setdefault(side, []) if leaves_it else []
        if leaves_it and isinstance(value, OutputRef) and value.item is None and value.invocation in self._held(side):
            output = value.invocation, value.output
            if self.chosen.setdefault(output, owner) == owner:
                return value
        made = next((leaf for leaf in leaves(value) if isinstance(leaf, OutputRef)), None)
        like = self.like(made) if made is not None else self._inside(side[0])
        wanted = f"{side[0]}_{'then' if side[1] else 'else'}"
        if isinstance(value, OutputRef) and value.item is None:
            wanted = f"{value.invocation}_left"
        copy = self.computed(value.model_copy(update={"span": merge.span}), wanted, like)
        if leaves_it:
            added.append(copy.invocation)
        else:
            self.sides[copy.invocation] = side
        return copy

    def _leaves_its_own(self, side: Side) -> bool:
        """Whether an arm holds steps alone, all of which may have to end before what it leaves is used."""
        held = [self.invocations.get(id_) for id_ in self._held(side)]
        return not self.goes_on and all(one is not None and one.group is None for one in held)

    def ended(self) -> tuple[Map | Condition, ...]:
        """The controls, each arm that leaves something ended by a step."""
        for side, added in self.inside.items():
            wanted = f"{side[0]}_{'then' if side[1] else 'else'}_end"
            before = (*self._held(side), *added)
            end = self.computed(Literal(value=None), wanted, self._inside(side[0]), after=before)
            added.append(end.invocation)
        return tuple(self._with_added(one) if isinstance(one, Condition) else one for one in self.controls)

    def _with_added(self, condition: Condition) -> Condition:
        then, otherwise = ((*self._held(side), *self.inside.get(side, ())) for side in _sides(condition))
        return condition.model_copy(update={"then": then, "otherwise": otherwise})

    def _inside(self, condition: str) -> Invocation:
        """An invocation below a condition."""
        pending = [*self.conditions[condition].then, *self.conditions[condition].otherwise]
        while pending[0] not in self.invocations:
            inner = self.members[pending.pop(0)]
            pending = [*((*inner.then, *inner.otherwise) if isinstance(inner, Condition) else inner.body), *pending]
        return self.invocations[pending[0]]


def _sides(condition: Condition) -> tuple[Side, Side]:
    return (condition.id, True), (condition.id, False)
