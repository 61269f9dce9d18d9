"""What the arms of a branch leave: outputs of the DAG around them, each that of the arm that ran (`dsl.OneOf`).

Where an output of a DAG names several tasks, a reader gets that of the first one which completed
(backend/src/v2/driver/resolve.go, `GetProducerTask`). It looks for them in the DAG that holds the tasks, without the
number of a loop's round: so they are the arms, or stand beside them (see `copies`), never in the DAG of a loop.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from zencompile.ir import Merge, OutputRef, without_spans
from zencompile_kubeflow.model import Artifact, OneOf, ParameterOutput, Upstream
from zencompile_kubeflow.scopes import Scope

if TYPE_CHECKING:
    from zencompile_kubeflow.bindings import Surroundings

_ARTIFACT = "system.Artifact"


class Given(NamedTuple):
    """An artifact as the scope that holds its task sees it, and the parameter beside it."""

    scope: Scope
    made: Artifact
    source: Upstream
    beside: ParameterOutput | None = None


def given(value: OutputRef | Merge, around: Surroundings) -> Given:
    """Where an artifact comes from."""
    if isinstance(value, Merge):
        return _merged(value, around)
    made = around.plan.outputs[around.step_of[value.invocation]][value.output]
    source = Upstream(around.plan.tasks[value.invocation], made.artifact.name)
    return Given(around.scopes[value.invocation], made.artifact, source, made.parameter)


def _merged(merge: Merge, around: Surroundings) -> Given:
    found = [given(side, around) for side in _sides(merge)]
    first = found[0]
    sides = [_of_arm(one) for one in found]
    scope = sides[0].scope
    assert scope.parent is not None
    key = repr(without_spans(merge))
    name = scope.merges.get(key)
    if name is None:
        name = scope.merges[key] = _free(first.source.task, scope)
        kinds = {one.made.type for one in sides}
        kind = kinds.pop() if len(kinds) == 1 else _ARTIFACT
        scope.outputs[name] = (Artifact(name, kind), OneOf(tuple(one.source for one in sides)))
    return Given(scope.parent, scope.outputs[name][0], Upstream(scope.task, name))


def _of_arm(one: Given) -> Given:
    """What an arm leaves, as the DAG around it sees it."""
    if not one.scope.arm:
        return one
    assert one.scope.parent is not None
    return Given(one.scope.parent, *one.scope.give(one.made, one.source))


def _sides(merge: Merge) -> Iterator[OutputRef]:
    """What each arm leaves; an `elif` is an arm of the same branch."""
    for side in merge.sides:
        if isinstance(side, Merge):
            yield from _sides(side)
        else:
            assert isinstance(side, OutputRef)
            yield side


def _free(wanted: str, scope: Scope) -> str:
    """A name that no output of a scope has."""
    name, number = wanted, 2
    while name in scope.outputs:
        name, number = f"{wanted}-{number}", number + 1
    return name
