"""Steps that hand on what the arms of a branch leave, one for each arm, beside the arms in the DAG around them.

A reader of an output that names several tasks gets that of the one which completed, and KFP's server doesn't know that
an arm has: the state of a DAG is worked out by the launcher of a step in it (`UpdateDAGExecutionsState` of
backend/src/v2/metadata/client.go), which never runs for one from the cache, and too early where the driver of a skipped
arm is late. The state of a step is always right. So what an arm leaves is the output of a step that has the arm's
condition itself: a copy of an output, a literal, what there was before, or what is computed.
"""

from __future__ import annotations

from collections.abc import Iterator

from zencompile.ir import (
    CachePolicy,
    Condition,
    Input,
    Invocation,
    Literal,
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
    """The pipeline, every merge in it of the outputs of such steps, and the arm beside which each of them stands."""
    if not any(True for value in _values(pipeline) for _ in merges(value)):
        return pipeline, {}
    copying = _Copying(pipeline)
    known = {}
    for one in pipeline.invocations:
        inputs = {name: copying.whole(value) for name, value in one.inputs.items()}
        known[one.id] = one.model_copy(update={"inputs": inputs})
    known |= {one.id: one for one in copying.added}
    order = layers(upstream(known.values(), pipeline.controls))
    invocations = tuple(known[id_] for layer in order for id_ in layer)
    return pipeline.model_copy(update={"steps": copying.steps, "invocations": invocations}), copying.sides


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

    def computed(self, value: Value, wanted: str, like: Invocation, kind: Type | None = None) -> OutputRef:
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
    """Gives each merge its copies."""

    def __init__(self, pipeline: Pipeline) -> None:
        super().__init__(pipeline)
        self.members = {one.id: one for one in pipeline.controls}
        self.conditions = {one.id: one for one in pipeline.controls if isinstance(one, Condition)}
        self.known: dict[str, OutputRef] = {}
        self.sides: dict[str, Side] = {}

    def whole(self, value: Value) -> Value:
        """A value, its merges made of copies alone.

        Two merges share none: who is given both would be given one artifact twice where they leave the same.
        """
        if not isinstance(value, Merge):
            return with_parts(value, self.whole)
        return self._merge(value, repr(without_spans(value)))

    def _merge(self, value: Merge, owner: str) -> Merge:
        """A merge of copies; an `elif` stays a merge of its own."""
        then = self._copy(value.then, (value.condition, True), value, owner)
        if self._is_elif(value):
            assert isinstance(value.otherwise, Merge)
            return value.model_copy(update={"then": then, "otherwise": self._merge(value.otherwise, owner)})
        otherwise = self._copy(value.otherwise, (value.condition, False), value, owner)
        return value.model_copy(update={"then": then, "otherwise": otherwise})

    def _is_elif(self, merge: Merge) -> bool:
        """Whether what an `else` leaves is what another condition leaves, which is all that stands in it."""
        other = merge.otherwise
        return isinstance(other, Merge) and self.conditions[merge.condition].otherwise == (other.condition,)

    def _copy(self, value: Value, side: Side, merge: Merge, owner: str) -> OutputRef:
        key = repr((side, without_spans(value), owner))
        if key not in self.known:
            self.known[key] = self._made(self.whole(value), side, merge)
        return self.known[key]

    def _made(self, value: Value, side: Side, merge: Merge) -> OutputRef:
        made = next((leaf for leaf in leaves(value) if isinstance(leaf, OutputRef)), None)
        like = self.like(made) if made is not None else self._inside(side[0])
        wanted = f"{side[0]}_{'then' if side[1] else 'else'}"
        if isinstance(value, OutputRef) and value.item is None:
            wanted = f"{value.invocation}_left"
        copy = self.computed(value.model_copy(update={"span": merge.span}), wanted, like)
        self.sides[copy.invocation] = side
        return copy

    def _inside(self, condition: str) -> Invocation:
        """An invocation below a condition."""
        pending = [*self.conditions[condition].then, *self.conditions[condition].otherwise]
        while pending[0] not in self.invocations:
            inner = self.members[pending.pop(0)]
            pending = [*((*inner.then, *inner.otherwise) if isinstance(inner, Condition) else inner.body), *pending]
        return self.invocations[pending[0]]
