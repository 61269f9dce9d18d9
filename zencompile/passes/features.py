"""Which capabilities a pipeline asks for, and where."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from zencompile.ir import (
    Condition,
    Expression,
    Invocation,
    Literal,
    Lookup,
    Map,
    Moment,
    OutputRef,
    Pipeline,
    Type,
    Value,
    leaves,
    looked_up_inside,
)
from zencompile.ir.capabilities import Capability
from zencompile.ir.order import upstream
from zencompile.source import Span

_EXACT = 1 << 53
_CUT = 1000  # characters that an engine has of a text at least
"""Integers up to here are doubles, too."""

_COMPARISONS = frozenset(("==", "!=", "<", "<=", ">", ">="))
_NUMBERS = frozenset(("int", "float"))


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
    if value.kind == "list":
        return any(map(needs_computing, value.items))
    return value.kind == "mapping" and any(map(needs_computing, value.items.values()))


def _of_map(control: Map, pipeline: Pipeline) -> Iterator[Use]:
    yield Use(Capability.MAP, f"the map of `{control.body[0]}`", control.span)
    unknown = [value for value in control.over.values() if not isinstance(value, Literal)]
    if unknown and not _comes_after_its_check(control, pipeline):
        yield Use(Capability.MAP_CHECK, f"the map of `{control.body[0]}`", control.span)
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
        return _type_of(test, pipeline) == "bool"
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


def _compares_alike(type: str, value: object, operator: str) -> bool:
    if isinstance(value, bool):
        return type == "bool" and operator in ("==", "!=")
    if isinstance(value, (int, float)):
        return type in _NUMBERS and abs(value) < _EXACT
    return isinstance(value, str) and type == "str" and operator in ("==", "!=") and _is_written_alike(value)


def _is_written_alike(text: str) -> bool:
    """Whether a text stands for itself in the languages of engines, and in their templates.

    An engine may have cut the output that is compared with it, and have said so behind an ellipsis.
    """
    return len(text) < _CUT and text.isprintable() and "{{" not in text and "\u2026 [" not in text


def _type_of(value: OutputRef, pipeline: Pipeline) -> str:
    """The name of an output's annotated type."""
    if value.item is not None:
        return "any"
    step = next((one.step for one in pipeline.invocations if one.id == value.invocation), None)
    if step is None:
        return "any"
    types: dict[str, Type] = {output.name: output.type for output in pipeline.steps[step].outputs}
    return types[value.output].name


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


def branches(pipeline: Pipeline) -> dict[str, tuple[tuple[str, bool], ...]]:
    """The branches of conditions around each invocation and control, outermost first."""
    parents: dict[str, tuple[str, bool | None]] = {}
    for control in pipeline.controls:
        if isinstance(control, Map):
            parents.update(dict.fromkeys(control.body, (control.id, None)))
        else:
            parents.update(dict.fromkeys(control.then, (control.id, True)))
            parents.update(dict.fromkeys(control.otherwise, (control.id, False)))

    def around(id_: str) -> tuple[tuple[str, bool], ...]:
        if id_ not in parents:
            return ()
        parent, side = parents[id_]
        return around(parent) if side is None else (*around(parent), (parent, side))

    return {id_: around(id_) for id_ in (*(i.id for i in pipeline.invocations), *(c.id for c in pipeline.controls))}
