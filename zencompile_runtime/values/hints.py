"""Annotations whose parts are no classes of this process: what the compiler knows of a program that it doesn't import.

Each has `__coercer__`, as the parts may have, and says the same as the annotation of `typing` of its kind.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zencompile_runtime.values.coerce import Coercer, class_coercer, coercer_of, known_later, literal, union
from zencompile_runtime.values.constraints import Constraint


@dataclass(frozen=True, eq=False)
class Of:
    """A class with arguments: `List[int]`."""

    kind: type
    arguments: tuple[Any, ...]

    @property
    def __name__(self) -> str:
        return self.kind.__name__

    def __coercer__(self) -> Coercer:
        return known_later(self.kind, class_coercer(self.kind, self.arguments, self))


@dataclass(frozen=True, eq=False)
class AnyOf:
    """`Union` and `Optional`."""

    members: tuple[Any, ...]

    def __coercer__(self) -> Coercer:
        return union(self.members)


@dataclass(frozen=True, eq=False)
class OneOf:
    """`Literal`."""

    choices: tuple[Any, ...]

    @property
    def __name__(self) -> str:
        return ", ".join(map(repr, self.choices))

    def __coercer__(self) -> Coercer:
        return known_later(self, literal(self.choices))


@dataclass(frozen=True, eq=False)
class Limited:
    """`Annotated` with limits."""

    inner: Any
    limits: tuple[Constraint, ...]

    @property
    def __name__(self) -> str:
        return str(getattr(self.inner, "__name__", self.inner))

    def __coercer__(self) -> Coercer:
        coercer = coercer_of(self.inner)
        for limit in self.limits:
            coercer = limit.constrained(coercer)
        return coercer
