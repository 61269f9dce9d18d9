"""Expressions of an Airflow file that more than one module makes, and the names that they use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from zencompile_templates.python import Call, Code


class Imported(Code):
    """A name that a file imports from `module`."""

    __slots__ = ("module",)
    module: str

    def __new__(cls, name: str, module: str) -> Imported:
        made = super().__new__(cls, name)
        made.module = module
        return made


@dataclass(frozen=True)
class ImportedCall(Call):
    """A call of what a file imports from `module`."""

    module: str = ""


def length(time: timedelta) -> Call:
    """A length of time, exactly: in the largest unit that gives a whole number."""
    microseconds = (time.days * 86_400 + time.seconds) * 1_000_000 + time.microseconds
    for unit, size in _UNITS:
        if microseconds % size == 0 and (microseconds or unit == "seconds"):
            return Call("timedelta", (), {unit: microseconds // size})
    raise AssertionError("microseconds are whole")


_UNITS = (
    ("days", 86_400_000_000),
    ("hours", 3_600_000_000),
    ("minutes", 60_000_000),
    ("seconds", 1_000_000),
    ("milliseconds", 1_000),
    ("microseconds", 1),
)


def symbols(value: object) -> Iterator[str]:
    """The names that an expression uses; of what is imported from a module of its own, the statement."""
    if isinstance(value, (Imported, ImportedCall)):
        yield f"from {value.module} import {value.function if isinstance(value, Call) else value}"
    elif isinstance(value, Call):
        yield value.function
    if isinstance(value, Call):
        for argument in (*value.positional, *value.keywords.values()):
            yield from symbols(argument)
    elif isinstance(value, Code) and not isinstance(value, Imported):
        yield str(value)
    elif isinstance(value, (list, tuple, set)):
        for item in value:
            yield from symbols(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from symbols(item)
