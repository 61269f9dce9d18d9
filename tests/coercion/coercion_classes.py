"""Classes of a project that the table's annotations name; read by the compiler, imported by everything else."""

import enum
from collections import namedtuple
from dataclasses import dataclass, field
from typing import Any, Dict, List, NamedTuple, NewType, Optional, TypeVar  # noqa: UP035

from pydantic import BaseModel
from typing_extensions import TypedDict

T = TypeVar("T")
Bound = TypeVar("Bound", bound=int)
OneOf = TypeVar("OneOf", int, str)
Identifier = NewType("Identifier", int)


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Tone(str, enum.Enum):
    SOFT = "soft"
    LOUD = "2"


class Mixed(enum.Enum):
    ONE = 1
    TWO = "two"
    PAIR = (1, 2)


@dataclass
class Point:
    x: int
    y: float = 0.5


@dataclass
class Nested:
    points: List[Point] = field(default_factory=list)  # noqa: UP006
    name: Optional[str] = None  # noqa: UP045


class Pair(NamedTuple):
    a: int
    b: str = "z"


Plain = namedtuple("Plain", "a b")


class Movie(TypedDict):
    title: str
    year: int


class Loose(TypedDict, total=False):
    year: int


class Model(BaseModel):
    depth: int = 3
    name: str = "n"


class Deep(BaseModel):
    model: Model
    rates: Dict[str, float] = {}  # noqa: UP006
    extra: Any = None
