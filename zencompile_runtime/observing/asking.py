"""What a step is told of the store and of its own run: a part of what it depends on.

A question is a list that JSON can hold; `zencompile_runtime.answers` finds its answer again, for a later run.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from zencompile_runtime.observing.session import looking
from zencompile_runtime.values.literals import canonical

RUN = "run"
"""Of `Seen.unobservable`: the run's name, id or times."""


def told(question: Sequence[Any], answer: Any) -> None:
    """The step was told something, which a later run must find to be the same."""
    session = looking()
    if session is not None:
        session.look_up(canonical(list(question)), digest(answer))


def told_of_run() -> None:
    """The step was told its run's name, id or times. Like the clock, they are no reason to run again."""
    session = looking()
    if session is not None:
        session.add("unobservable", RUN)


def digest(answer: Any) -> str | None:
    """What tells an answer from another; None for none."""
    return None if answer is None else sha256(canonical(answer).encode("utf-8", "surrogatepass")).hexdigest()[:32]
