"""Which capabilities a pipeline asks for, and where."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from zencompile.ir import (
    Condition,
    Expression,
    Invocation,
    Literal,
    Lookup,
    Map,
    Merge,
    Moment,
    OutputRef,
    Pipeline,
    Type,
    Value,
    leaves,
    looked_up_inside,
    merges,
)
from zencompile.ir.capabilities import Capability
from zencompile.ir.order import upstream
from zencompile.source import Span

_ANY = Type(name="any")
_EXACT = 1 << 53
"""Integers up to here are doubles, too."""

_COMPARISONS = frozenset(("==", "!=", "<", "<=", ">", ">="))
_PLAIN = re.compile(r"[A-Za-z0-9_. -]{0,100}")


class Use(NamedTuple):
    """A place where a capability is asked for. `what` names it in a message."""

    capability: Capability
    what: str
    span: Span | None


def features(pipeline: Pipeline) -> Iterator[Use]:
    """Everything that a pipeline asks of a target."""
    yield from _of_run(pipeline)
    for invocation in pipeline.invocations:
        yield from _of_invocation(invocation)
    for control in pipeline.controls:
        yield from _of_map(control, pipeline) if isinstance(control, Map) else _of_condition(control, pipeline)
    yield from _after_branches(pipeline)
    yield from _of_merges(pipeline)


def _of_run(pipeline: Pipeline) -> Iterator[Use]:
    span = pipeline.span
    if pipeline.schedule is not None:
        yield Use(Capability.SCHEDULE, "the schedule", pipeline.schedule.span or span)
    if pipeline.run_name is not None:
        yield Use(Capability.RUN_NAME, f"the name `{pipeline.run_name}`", span)
    if pipeline.execution_mode == "fail_fast":
        yield Use(Capability.FAIL_FAST, "the execution mode", span)
    if pipeline.execution_mode == "stop_on_failure":
        yield Use(Capability.STOP_ON_FAILURE, "the execution mode", span)
    for parameter in pipeline.parameters:
        if parameter.bound == "runtime":
            yield Use(Capability.RUNTIME_PARAMETERS, f"the parameter `{parameter.name}`", parameter.span)


def _of_invocation(invocation: Invocation) -> Iterator[Use]:
    name, span = f"step `{invocation.id}`", invocation.span
    if invocation.retry is not None and invocation.retry.max_retries:
        yield Use(Capability.RETRY, f"the retries of {name}", span)
        if invocation.retry.backoff not in (0, 1):
            yield Use(Capability.BACKOFF, f"the backoff of {name}", span)
    if invocation.timeout:
        yield Use(Capability.TIMEOUT, f"the timeout of {name}", span)
    if invocation.resources is not None:
        yield Use(Capability.RESOURCES, f"the resources of {name}", span)
        if invocation.resources.gpu:
            yield Use(Capability.GPU, f"the GPUs of {name}", span)
    if invocation.secrets:
        yield Use(Capability.SECRETS, f"the secrets of {name}", span)
    for input_, value in invocation.inputs.items():
        yield from _of_input(f"`{input_}` of {name}", value, value.span or span)


def _of_input(what: str, value: Value, span: Span | None) -> Iterator[Use]:
    if isinstance(value, Literal):
        return
    if isinstance(value, Lookup):
        yield Use(Capability.LOOKUP, what, span)
    inner = looked_up_inside(value)
    if inner is not None:
        yield Use(Capability.LOOKUP_INSIDE, what, inner.span or span)
    if any(isinstance(leaf, Moment) for leaf in leaves(value)):
        yield Use(Capability.MOMENT, what, span)
    if needs_computing(value):
        yield Use(Capability.COMPUTED_INPUT, what, span)


def needs_computing(value: Value) -> bool:
    """Whether something has to be computed before a step can be given a value."""
    if isinstance(value, (Expression, Moment)):
        return True
    if isinstance(value, Merge):
        return any(isinstance(leaf, Moment) for leaf in leaves(value))
    if value.kind == "list":
        return any(map(needs_computing, value.items))
    return value.kind == "mapping" and any(map(needs_computing, value.items.values()))


def _of_map(control: Map, pipeline: Pipeline) -> Iterator[Use]:
    yield Use(Capability.MAP, f"the map of `{control.body[0]}`", control.span)
    unknown = [value for value in control.over.values() if not isinstance(value, Literal)]
    if unknown and not _comes_after_its_check(control, pipeline):
        yield Use(Capability.MAP_CHECK, f"the map of `{control.body[0]}`", control.span)
    if any(isinstance(value, (Expression, Merge, Moment)) for value in control.over.values()):
        yield Use(Capability.COMPUTED_INPUT, f"the map of `{control.body[0]}`", control.span)
    if control.product and len(control.over) > 1 and unknown:
        yield Use(Capability.PRODUCT, f"the product of `{control.body[0]}`", control.span)


CHECK = "zencompile_runtime.computing:check"
"""The step that checks what a map goes over."""


def _comes_after_its_check(control: Map, pipeline: Pipeline) -> bool:
    known = {one.id: one for one in pipeline.invocations}
    first = known.get(control.body[0])
    before = [known[id_] for id_ in first.after if id_ in known] if first is not None else []
    return any(pipeline.steps[one.step].entrypoint == CHECK for one in before)


def _of_condition(control: Condition, pipeline: Pipeline) -> Iterator[Use]:
    what = f"the condition `{control.text or control.id}`"
    yield Use(Capability.CONDITION, what, control.span)
    kind = Capability.COMPARISON if is_comparison(control, pipeline) else Capability.EXPRESSION
    yield Use(kind, what, control.span)
    if any(isinstance(leaf, Moment) for leaf in leaves(control.test)):
        yield Use(Capability.MOMENT, what, control.span)


def is_comparison(condition: Condition, pipeline: Pipeline) -> bool:
    """Whether a condition compares annotated outputs with literals of their type, so that every engine decides it
    alike."""
    around = _maps(pipeline)
    own = around[condition.id]
    for leaf in leaves(condition.test):
        outer = around.get(leaf.invocation, ()) if isinstance(leaf, OutputRef) else ()
        if outer != own[: len(outer)]:
            return False  # all that a map made
    return _compares(condition.test, pipeline)


def _compares(test: Value, pipeline: Pipeline) -> bool:
    if isinstance(test, OutputRef):
        return _type_of(test, pipeline).name in ("bool", "int")
    if not isinstance(test, Expression):
        return False
    if test.operator in ("and", "or", "not", "truth"):
        return all(_compares(one, pipeline) for one in test.operands)
    if test.operator in ("in", "not in"):
        return _is_member_of_literals(test, pipeline)
    if test.operator not in _COMPARISONS:
        return False
    left, right = test.operands
    if isinstance(left, Literal):
        left, right = right, left
    if not isinstance(left, OutputRef) or not isinstance(right, Literal):
        return False
    return _compares_alike(_type_of(left, pipeline), right.value, test.operator)


def _is_member_of_literals(test: Expression, pipeline: Pipeline) -> bool:
    """Whether a test looks for an output among literals of its type: a chain of comparisons."""
    left, right = test.operands
    if not isinstance(left, OutputRef) or not isinstance(right, Literal):
        return False
    items = right.value.get("items") if isinstance(right.value, dict) and "$" in right.value else right.value
    kind = _type_of(left, pipeline)
    return isinstance(items, list) and all(_compares_alike(kind, item, "==") for item in items)


def _compares_alike(type: Type, value: object, operator: str) -> bool:
    """Whether engines compare all values of a type with a literal as Python does.

    They have numbers as doubles: of an int they tell on which side of a number below 2**53 it is. No float is compared
    alike, for it may be NaN, which travels nowhere; and no text, for engines cut long ones and may write them into an
    expression as they are. One of a few texts that are known is.
    """
    if isinstance(value, bool):
        return type.name == "bool" and operator in ("==", "!=")
    if isinstance(value, (int, float)):
        return type.name == "int" and abs(value) < _EXACT
    texts = [value, *type.values]
    return type.name == "literal" and operator in ("==", "!=") and all(map(_is_written_alike, texts))


def _is_written_alike(value: object) -> bool:
    """Whether a text stands for itself in the languages of engines, and in their templates."""
    return isinstance(value, str) and _PLAIN.fullmatch(value) is not None and "--" not in value


def _type_of(value: OutputRef, pipeline: Pipeline) -> Type:
    """An output's annotated type."""
    step = next((one.step for one in pipeline.invocations if one.id == value.invocation), None)
    if step is None or value.item is not None:
        return _ANY
    types: dict[str, Type] = {output.name: output.type for output in pipeline.steps[step].outputs}
    return types[value.output]


def _after_branches(pipeline: Pipeline) -> Iterator[Use]:
    """Steps that wait for one that a branch holds which they don't stand in."""
    around = branches(pipeline)
    if not any(around.values()):
        return
    waits = upstream(pipeline.invocations, pipeline.controls)
    for invocation in pipeline.invocations:
        own = around[invocation.id]
        if any(around[one] != own[: len(around[one])] for one in waits[invocation.id] if one in around):
            what = f"step `{invocation.id}`, which comes after a branch,"
            yield Use(Capability.AFTER_BRANCH, what, invocation.span)


def _of_merges(pipeline: Pipeline) -> Iterator[Use]:
    """Values of which each branch has its own."""
    homes: dict[str, tuple[str, bool | None]] | None = None
    for value, span in _values(pipeline):
        for merge in merges(value):
            what, span = "what the branches leave", merge.span or span
            homes = homes if homes is not None else parents(pipeline)
            yield Use(Capability.MERGE, what, span)
            if not all(is_made_in(side, merge.condition, holds, homes) for side, holds in sides(merge)):
                yield Use(Capability.MERGE_OF_ANY, what, span)


def _values(pipeline: Pipeline) -> Iterator[tuple[Value, Span | None]]:
    """All values of a pipeline in which others may stand, and where."""
    for invocation in pipeline.invocations:
        for value in invocation.inputs.values():
            if value.__class__ is not Literal and value.__class__ is not OutputRef:
                yield value, invocation.span
    for control in pipeline.controls:
        for value in control.over.values() if isinstance(control, Map) else (control.test,):
            yield value, control.span


def sides(merge: Merge) -> tuple[tuple[Value, bool], tuple[Value, bool]]:
    """The values of a merge, each with whether its condition holds then."""
    return (merge.then, True), (merge.otherwise, False)


def is_made_in(value: Value, condition: str, holds: bool, homes: Mapping[str, tuple[str, bool | None]]) -> bool:
    """Whether a value is an output of an invocation that stands in a branch, or a merge of a condition there."""
    if isinstance(value, OutputRef):
        return value.item is None and homes.get(value.invocation) == (condition, holds)
    return isinstance(value, Merge) and homes.get(value.condition) == (condition, holds)


def _maps(pipeline: Pipeline) -> dict[str, tuple[str, ...]]:
    """The maps around each invocation and control, outermost first."""
    parents: dict[str, tuple[str, bool]] = {}
    for control in pipeline.controls:
        is_map = isinstance(control, Map)
        members = control.body if isinstance(control, Map) else (*control.then, *control.otherwise)
        parents.update(dict.fromkeys(members, (control.id, is_map)))

    def around(id_: str) -> tuple[str, ...]:
        if id_ not in parents:
            return ()
        parent, is_map = parents[id_]
        return (*around(parent), parent) if is_map else around(parent)

    return {one.id: around(one.id) for one in (*pipeline.invocations, *pipeline.controls)}


def parents(pipeline: Pipeline) -> dict[str, tuple[str, bool | None]]:
    """The control in which each invocation and control stands that stands in one, with the side of a condition."""
    found: dict[str, tuple[str, bool | None]] = {}
    for control in pipeline.controls:
        if isinstance(control, Map):
            found.update(dict.fromkeys(control.body, (control.id, None)))
        else:
            found.update(dict.fromkeys(control.then, (control.id, True)))
            found.update(dict.fromkeys(control.otherwise, (control.id, False)))
    return found


def branches(pipeline: Pipeline) -> dict[str, tuple[tuple[str, bool], ...]]:
    """The branches of conditions around each invocation and control, outermost first."""
    homes = parents(pipeline)

    def around(id_: str) -> tuple[tuple[str, bool], ...]:
        if id_ not in homes:
            return ()
        parent, side = homes[id_]
        return around(parent) if side is None else (*around(parent), (parent, side))

    return {id_: around(id_) for id_ in (*(i.id for i in pipeline.invocations), *(c.id for c in pipeline.controls))}
