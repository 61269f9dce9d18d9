"""Steps of the runtime that the compiler adds to a pipeline, and their invocations."""

from __future__ import annotations

from typing import Any

from zencompile.ir import CachePolicy, Input, Invocation, Output, Step, Type, Value
from zencompile.passes.features import CHECK

COMPUTE = "zencompile_runtime.computing:compute"
DECIDE = "zencompile_runtime.computing:decide"
MAKE = "zencompile_runtime.computing:make"

_ANY = Type(name="any")
_CHANGED = frozenset({CHECK, MAKE})
_UNCACHED = CachePolicy(enabled=False)


def step_of(entrypoint: str, output: Output) -> Step:
    """A step that takes a program, and the values of its names."""
    inputs = tuple(Input(name=one, type=_ANY) for one in ("program", "values"))
    return Step(
        name=entrypoint.partition(":")[2],
        entrypoint=entrypoint,
        inputs=(inputs[0], inputs[1].model_copy(update={"default": "{}"})),
        outputs=(output,),
    )


def is_alike(known: Step, wanted: Step) -> bool:
    """Whether a step is the one that is wanted; `check` and `make` are given their own inputs and outputs later."""
    return known.entrypoint == wanted.entrypoint and (wanted.entrypoint in _CHANGED or known.outputs == wanted.outputs)


def synthetic(
    id_: str, step: str, inputs: dict[str, Value], like: Invocation, after: tuple[str, ...], *, span: Any = None
) -> Invocation:
    """An invocation that the compiler adds, in the surroundings of another."""
    return Invocation(
        id=id_,
        step=step,
        inputs=inputs,
        after=after,
        cache=_UNCACHED,
        environment=like.environment,
        image=like.image,
        variables=like.variables,
        secrets=like.secrets,
        settings=like.settings,
        artifact_visualization=False,
        span=span,
    )
