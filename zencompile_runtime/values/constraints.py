"""Limits that `Annotated` puts on a value, as pydantic's `Field(…)` means them, without pydantic."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from zencompile_runtime.values.mismatch import Match, Mismatch


@dataclass(frozen=True)
class Constraint:
    """One keyword of a pydantic `Field`, or an annotated-types object: `gt`, `ge`, `lt`, `le`, `min_length`, …"""

    name: str
    bound: Any

    def constrained(self, coercer: Callable[[Any, Match], Any]) -> Callable[[Any, Match], Any]:
        """What the coercer makes of a value, held against the limit."""
        relation, holds = CONSTRAINTS[self.name]

        def limited(value: Any, match: Match) -> Any:
            made = coercer(value, match)
            if made is None or hasattr(type(made), "__coerced__"):
                return made
            try:
                fine = holds(made, self.bound)
            except TypeError:
                match.is_undecided = True
                return made
            if not fine:
                raise Mismatch(f"should be {relation} {self.bound!r}", value=made)
            return made

        return limited


CONSTRAINTS: dict[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "gt": ("a value greater than", lambda value, bound: value > bound),
    "ge": ("a value of at least", lambda value, bound: value >= bound),
    "lt": ("a value less than", lambda value, bound: value < bound),
    "le": ("a value of at most", lambda value, bound: value <= bound),
    "multiple_of": ("a multiple of", lambda value, bound: value % bound == 0),
    "min_length": ("a length of at least", lambda value, bound: len(value) >= bound),
    "max_length": ("a length of at most", lambda value, bound: len(value) <= bound),
    "pattern": ("a match of", lambda value, bound: re.search(bound, value) is not None),
}
