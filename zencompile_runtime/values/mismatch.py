"""What coercers are told and what they raise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

EXACT = 2
STRICT = 1
LAX = 0

_NOTHING: Any = object()


class Mismatch(ValueError):
    """A value does not fit; `path` leads to the part that does not, `value` is that part."""

    def __init__(self, message: str, path: str = "", value: Any = _NOTHING) -> None:
        super().__init__(message)
        self.path = path
        self.value = value

    @property
    def has_value(self) -> bool:
        """Whether the part that does not fit is known."""
        return self.value is not _NOTHING

    def within(self, part: str) -> Mismatch:
        """The same problem, seen from one level further out."""
        return Mismatch(str(self), part + self.path, self.value)


class Match:
    """How well a value fits, and whether that is known: what a union decides by.

    A value is an EXACT match where it has the annotated class itself, a STRICT one where it counts as such a value (an
    integer as a float, an object of a subclass), a LAX one where it was converted. `is_undecided` says that a part of
    the value is known only later. `fields` counts the fields that models, dataclasses and typed dictionaries in it were
    given; None if there are none of these.
    """

    __slots__ = ("exactness", "fields", "is_undecided")

    def __init__(self) -> None:
        self.exactness = EXACT
        self.fields: int | None = None
        self.is_undecided = False

    def floor(self, exactness: int) -> None:
        """It fits no better than this."""
        if exactness < self.exactness:
            self.exactness = exactness

    def given(self, fields: int | None) -> None:
        """So many fields were given besides."""
        if fields is not None:
            self.fields = (self.fields or 0) + fields

    def is_better_than(self, other: Match) -> bool:
        """Whether a union takes this one, which comes later: more fields count before exactness."""
        if self.fields is not None and other.fields is not None and self.fields != other.fields:
            return self.fields > other.fields
        return self.exactness > other.exactness


class Undecided(Exception):
    """Which of several results a value has is known only later."""


class Stranger:
    """An object of a class of its own, which is nothing else."""


def refused(coercer: Callable[[Any, Match], Any], value: Any) -> Any:
    """Raise the Mismatch with which a coercer refuses an object that is nothing else; undecided if it takes it."""
    match = Match()
    try:
        coercer(Stranger(), match)
    except Mismatch as problem:
        raise Mismatch(str(problem), value=value) from None
    raise Undecided
