"""Lists that a loop makes enter no DAG: one artifact that holds the list goes in its place.

KFP's server keeps the artifacts that a DAG is given by their names, and of a list under one name the last
(backend/src/v2/metadata/client.go, `GetInputArtifactsByExecutionID`). A step in the DAG that holds the loop is given
the list as it is; for one in a branch or a loop there, a small step puts it together before.
"""

from __future__ import annotations

from collections.abc import Iterator

from zencompile.ir import Condition, Invocation, Map, Merge, OutputRef, Pipeline, Type, Value, leaves, with_parts
from zencompile.ir.order import layers, upstream
from zencompile_kubeflow.copies import Adding

Place = tuple[str, bool | None]  # a control, and which side of a condition


def with_whole_lists(pipeline: Pipeline) -> Pipeline:
    """The pipeline with the steps that it needs; the pipeline itself, if it needs none."""
    if not any(isinstance(one, Map) for one in pipeline.controls):
        return pipeline
    return _Lists(pipeline).build()


class _Lists:
    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline
        self.adding = Adding(pipeline)
        self.homes = dict(_homes(pipeline))
        self.maps = {one.id for one in pipeline.controls if isinstance(one, Map)}
        self.known: dict[tuple[str, str], OutputRef] = {}
        self.inside: dict[Place, list[str]] = {}

    def build(self) -> Pipeline:
        known: dict[str, Invocation] = {}
        for one in self.pipeline.invocations:
            around = self._around(one.id)
            inputs = {name: self._value(value, around) for name, value in one.inputs.items()}
            known[one.id] = one if inputs == one.inputs else one.model_copy(update={"inputs": inputs})
        controls = [self._over(one) if isinstance(one, Map) else one for one in self.pipeline.controls]
        if not self.known:
            return self.pipeline
        known |= {one.id: one for one in self.adding.added}
        placed = tuple(self._with_added(one) for one in controls)
        order = layers(upstream(known.values(), placed))
        changes = {
            "steps": self.adding.steps,
            "invocations": tuple(known[id_] for layer in order for id_ in layer),
            "controls": placed,
        }
        return self.pipeline.model_copy(update=changes)

    def _over(self, control: Map) -> Map:
        around = (*self._around(control.id), (control.id, None))
        over = {name: self._value(value, around) for name, value in control.over.items()}
        return control.model_copy(update={"over": over})

    def _value(self, value: Value, around: tuple[Place, ...]) -> Value:
        if not any(isinstance(leaf, OutputRef) and leaf.invocation in self.homes for leaf in leaves(value)):
            return value
        if isinstance(value, Merge):  # its sides are copied beside the arms (see `copies`)
            beside = self._around(value.condition)
            then = self._value(value.then, (*beside, (value.condition, True)))
            otherwise = self._value(value.otherwise, (*beside, (value.condition, False)))
            return value.model_copy(update={"then": then, "otherwise": otherwise})
        if not isinstance(value, OutputRef):
            return with_parts(value, lambda one: self._value(one, around))
        producer = self._around(value.invocation)
        shared = sum(1 for one, other in zip(producer, around, strict=False) if one == other)
        rest = producer[shared:]
        if not rest or rest[0][0] not in self.maps or len(around) == shared:
            return value
        return self._whole(value, around[shared - 1] if shared else None)

    def _whole(self, value: OutputRef, place: Place | None) -> OutputRef:
        key = value.invocation, value.output
        if key not in self.known:
            plain = value.model_copy(update={"item": None})
            made = self.adding.computed(plain, f"{value.invocation}_list", self.adding.like(plain), Type(name="list"))
            self.known[key] = made
            if place is not None:
                self.inside.setdefault(place, []).append(made.invocation)
        return self.known[key].model_copy(update={"item": value.item, "span": value.span})

    def _around(self, id_: str) -> tuple[Place, ...]:
        """The controls around an invocation or a control, outermost first."""
        found: list[Place] = []
        while id_ in self.homes:
            found.append(self.homes[id_])
            id_ = self.homes[id_][0]
        return tuple(reversed(found))

    def _with_added(self, control: Map | Condition) -> Map | Condition:
        if isinstance(control, Map):
            return control.model_copy(update={"body": (*control.body, *self.inside.get((control.id, None), ()))})
        then = (*control.then, *self.inside.get((control.id, True), ()))
        otherwise = (*control.otherwise, *self.inside.get((control.id, False), ()))
        return control.model_copy(update={"then": then, "otherwise": otherwise})


def _homes(pipeline: Pipeline) -> Iterator[tuple[str, Place]]:
    for control in pipeline.controls:
        if isinstance(control, Map):
            yield from ((id_, (control.id, None)) for id_ in control.body)
        else:
            yield from ((id_, (control.id, True)) for id_ in control.then)
            yield from ((id_, (control.id, False)) for id_ in control.otherwise)
