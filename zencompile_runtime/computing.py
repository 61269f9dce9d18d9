"""Steps that the compiler adds: what a program computes of values of the run, decides by them, or makes once a run.

`program` is a piece of Python (see `values.expressions`), `values` are what its names stand for.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Annotated, Any

from zencompile_runtime.materializers.files import PathText
from zencompile_runtime.values.expressions import evaluate

_NONE: Mapping[str, Any] = {}


def compute(program: str, values: Any = _NONE) -> Any:
    """The value of an expression."""
    return _handed_on(evaluate(program, values))


def decide(program: str, values: Any = _NONE) -> bool:
    """Whether an expression is true."""
    return bool(evaluate(program, values))


def check(lists: Mapping[str, Any], product: bool) -> Annotated[list[int], "Output"]:
    """The positions of a map over these lists: 0, 1, … up to how often it runs.

    It fails where the map can't be: a list is empty, or they differ in length and are taken side by side.

    What is no list goes whole to each step of the map.
    """
    lengths = {name: len(one) for name, one in lists.items() if isinstance(one, (list, tuple))}
    if not lengths:
        raise ValueError(f"none of what is mapped over is a list: {', '.join(lists)}")
    for name, length in lengths.items():
        if not length:
            raise ValueError(f"`{name}` has no elements to map over")
    if not product and len(set(lengths.values())) > 1:
        shown = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise ValueError(f"mapped inputs differ in length: {shown}")
    return list(range(math.prod(lengths.values()) if product else min(lengths.values())))


def make(moments: Sequence[str], program: Sequence[str], values: Any = _NONE) -> Any:
    """What the clock, random numbers and the machine say, each once and in their order, and what is computed of that.

    One value for each expression of `program`: alone if there is but one, else as a tuple.
    """
    made: dict[str, Any] = dict(values)
    for number, moment in enumerate(moments):
        made[f"moment_{number}"] = evaluate(moment, made, trusted=True)
    found = tuple(_handed_on(evaluate(one, made, trusted=True)) for one in program)
    return found[0] if len(found) == 1 else found


def _handed_on(value: Any) -> Any:
    """A path that a program computes is an argument: a step is given the path, not a copy of what lies there."""
    return PathText(value) if isinstance(value, PurePath) else value
