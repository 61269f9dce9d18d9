"""What a run of a generated program recorded, as JSON. Imported by the process that runs programs, and by no other."""

from __future__ import annotations

import dataclasses
import datetime
import enum
from typing import Any


@dataclasses.dataclass(frozen=True)
class Output:
    """A handle of a step's result."""

    invocation: str
    name: str


@dataclasses.dataclass
class Invocation:
    """A step's call. `defaults` are the values of the parameters that the call leaves out."""

    id: str
    step: str
    module: str
    qualname: str
    line: int
    inputs: dict[str, Any]
    defaults: dict[str, Any]
    after: list[str]


@dataclasses.dataclass
class Run:
    """A pipeline's call from outside of any pipeline."""

    pipeline: str
    invocations: list[Invocation] = dataclasses.field(default_factory=list)

    def free_id(self, base: str, wanted: str | None) -> str:
        taken = {invocation.id for invocation in self.invocations}
        if wanted is not None:
            if wanted in taken:
                raise RuntimeError(f"two invocations have the id {wanted}")
            return wanted
        number = 1
        while _numbered(base, number) in taken:
            number += 1
        return _numbered(base, number)


def _numbered(base: str, number: int) -> str:
    return base if number == 1 else f"{base}_{number}"


def encode(value: Any) -> Any:
    """A value as JSON that tells types apart, as the IR does; what a step can't be given in this test raises."""
    if value is None or type(value) in (bool, int, float, str):
        return value
    if isinstance(value, Output):
        return {"$": "output", "invocation": value.invocation, "output": value.name}
    if type(value) is list:
        return [encode(item) for item in value]
    if type(value) is tuple:
        return {"$": "tuple", "items": [encode(item) for item in value]}
    if type(value) is dict and all(type(key) is str for key in value):
        return {key: encode(item) for key, item in value.items()}
    if isinstance(value, enum.Enum):
        return {"$": "enum", "name": value.name, "value": encode(value.value)}
    if isinstance(value, (datetime.date, datetime.datetime)):
        return {"$": type(value).__name__, "iso": value.isoformat()}
    raise TypeError(f"{type(value).__name__} is no value of a generated program")
