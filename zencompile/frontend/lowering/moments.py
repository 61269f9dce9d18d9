"""What a pipeline's runs make once: the moments that its invocations take, and those that have to come before."""

from __future__ import annotations

from zencompile.frontend.framework.later import source_of
from zencompile.frontend.framework.state import Framework
from zencompile.frontend.values import Context
from zencompile.frontend.values.deferred import Moment
from zencompile.ir import Invocation, Source, Value, leaves, with_parts
from zencompile.ir import Moment as MomentRef

_SEED = "random.seed"


def gather(
    invocations: dict[str, Invocation], framework: Framework, context: Context
) -> tuple[dict[str, Invocation], tuple[Source, ...]]:
    """The invocations with the numbers of their own pipeline's moments, and these, in the order of the program."""
    moments: list[Moment] = context.evaluator.moments
    used = {index for one in invocations.values() for value in one.inputs.values() for index in _indices(value)}
    if not used:
        return invocations, ()
    sources: dict[int, Value] = {}
    pending = sorted(used | _drawn_before(used, moments))
    while pending:
        index = pending.pop()
        value = source_of(moments[index], context)
        if value is None:
            _not_known(moments[index], framework)
            continue
        sources[index] = value
        pending += [one for one in _indices(value) if one not in sources]
    numbers = {index: number for number, index in enumerate(sorted(sources))}
    numbered = {id_: _with_numbers(one, numbers) for id_, one in invocations.items()}
    found = [
        Source(value=_numbered(sources[index], numbers), why=moments[index].why, span=moments[index].span)
        for index in sorted(sources)
    ]
    return numbered, tuple(found)


def _indices(value: Value) -> list[int]:
    return [leaf.index for leaf in leaves(value) if isinstance(leaf, MomentRef)]


def _drawn_before(used: set[int], moments: list[Moment]) -> set[int]:
    """Random numbers that a program draws from a seed: those before decide what those that are used are."""
    drawn = [index for index, one in enumerate(moments) if one.path.startswith("random.")]
    last = max((index for index in drawn if index in used), default=-1)
    before = [index for index in drawn if index <= last]
    return set(before) if any(moments[index].path == _SEED for index in before) else set()


def _not_known(moment: Moment, framework: Framework) -> None:
    framework.problem(
        "ZC0208",
        f"what `{moment.path}` is given here is not known when compiling",
        moment.span,
        notes="a step is given what comes of it",
        helps="make the value a parameter of the pipeline",
    )


def _with_numbers(invocation: Invocation, numbers: dict[int, int]) -> Invocation:
    if not any(_indices(value) for value in invocation.inputs.values()):
        return invocation
    inputs = {name: _numbered(value, numbers) for name, value in invocation.inputs.items()}
    return invocation.model_copy(update={"inputs": inputs})


def _numbered(value: Value, numbers: dict[int, int]) -> Value:
    if isinstance(value, MomentRef):
        return value.model_copy(update={"index": numbers.get(value.index, 0)})
    return with_parts(value, lambda one: _numbered(one, numbers))
