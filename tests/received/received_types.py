"""What the steps of the table return and ask for, and how a value that arrives is written down.

It is imported by ZenML's engine, by our local runner and by the test: the standard library, pydantic, numpy and pandas
are all that there is.
"""

from __future__ import annotations

import collections.abc
import dataclasses
import enum
import json
import os
import typing
from pathlib import Path
from typing import Any

import numpy
import pandas
import pydantic


class Color(enum.Enum):
    RED = "red"


class Shade(str, enum.Enum):
    DARK = "dark"


class Level(enum.IntEnum):
    LOW = 1


@dataclasses.dataclass
class Row:
    x: int
    y: float = 0.5


@dataclasses.dataclass
class Wide:
    """What has one of a Row's fields, and one more."""

    x: float
    z: str = "z"


@dataclasses.dataclass
class Holder:
    """What pydantic has no JSON for."""

    array: numpy.ndarray  # type: ignore[type-arg]


class Movie(typing.TypedDict):
    title: str


class Config(pydantic.BaseModel):
    depth: int = 3
    name: str = "n"


class Deeper(Config):
    more: int = 1


class Other(pydantic.BaseModel):
    name: str = "other"


class Pair(typing.NamedTuple):
    a: int
    b: str = "z"


class Base:
    """A class of the project."""

    def __init__(self, value: int = 1) -> None:
        self.value = value


class Derived(Base):
    """A subclass of it."""


class Names(list):  # type: ignore[type-arg]
    """A list of a class of its own."""


class Sized(typing.Protocol):
    """A protocol that can't be asked while running."""

    def __len__(self) -> int: ...


@typing.runtime_checkable
class Measured(typing.Protocol):
    """A protocol that can."""

    def __len__(self) -> int: ...


Item = typing.TypeVar("Item")
UserId = typing.NewType("UserId", int)


def described(value: Any) -> str:
    """The type and what is in it, nested: equal texts mean that a step receives the same."""
    kind = type(value)
    name = kind.__name__
    if isinstance(value, pandas.DataFrame):
        return f"{name}{list(map(str, value.dtypes))} {value.to_dict('list')} {list(value.index)}"
    if isinstance(value, pandas.Series):
        return f"{name}[{value.dtype}] {value.name} {value.to_list()} {list(value.index)}"
    if isinstance(value, numpy.ndarray):
        return f"{name}[{value.dtype}] {value.tolist()}"
    if isinstance(value, pydantic.BaseModel):
        return f"{name}({', '.join(f'{key}={described(item)}' for key, item in vars(value).items())})"
    if isinstance(value, dict):
        return f"{name}{{{', '.join(f'{described(k)}: {described(v)}' for k, v in value.items())}}}"
    if isinstance(value, (set, frozenset)):
        return f"{name}{{{', '.join(sorted(map(described, value)))}}}"
    if isinstance(value, (list, tuple, collections.deque)):
        return f"{name}[{', '.join(map(described, value))}]"
    if isinstance(value, Holder):
        return f"{name}({described(value.array)})"
    if isinstance(value, Base):
        return f"{name}({value.value})"
    if isinstance(value, Path):
        return f"{name}({value.read_text() if value.is_file() else 'gone'})"
    if isinstance(value, collections.abc.Iterator):
        return f"{name} of {described(list(value))}"
    return f"{name} {value!r}"


def received(step: str, value: Any) -> None:
    """Write down what a step got."""
    path = Path(os.environ["RECEIVED"], f"{step}.json")
    path.write_text(json.dumps(described(value)))


def a_file() -> Path:
    """A file to be handed on."""
    path = Path(os.environ["RECEIVED"], "file.txt")
    path.write_text("in the file")
    return path
