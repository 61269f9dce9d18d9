# ruff: noqa: UP007, UP045, E501 (the table is about old spellings too)
"""Coercion means what pydantic's lax mode means, without pydantic."""

from __future__ import annotations

import collections
import datetime
import decimal
import enum
import pathlib
import uuid
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NamedTuple, Optional, Union

import pydantic
import pytest
from typing_extensions import TypedDict

from zencompile_runtime.errors import ParameterFault
from zencompile_runtime.values.coerce import coerce


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


@dataclass
class Point:
    x: int
    y: float = 0.5


class Pair(NamedTuple):
    a: int
    b: str = "z"


class Movie(TypedDict):
    title: str
    year: int


class Model(pydantic.BaseModel):
    depth: int = 3
    name: str = "n"


ANNOTATIONS: list[Any] = [
    int,
    float,
    bool,
    str,
    bytes,
    None,
    Optional[int],
    int | None,
    Union[int, str],
    Union[str, int],
    Union[float, int],
    Union[bool, int],
    Union[int, float, None],
    Literal["a", "b"],
    Literal[1, 2],
    Color,
    Level,
    list,
    list[int],
    list[float],
    set[int],
    frozenset[str],
    tuple[int, ...],
    tuple[int, str],
    tuple[int, float],
    dict,
    dict[str, int],
    dict[int, float],
    datetime.datetime,
    datetime.date,
    datetime.time,
    datetime.timedelta,
    pathlib.Path,
    uuid.UUID,
    decimal.Decimal,
    Point,
    Pair,
    Movie,
    Model,
    Annotated[int, pydantic.Field(gt=0)],
    Annotated[str, "only a name"],
    list[Point],
    Optional[list[int]],
    dict[str, list[float]],
    Any,
    collections.deque,
]

IDENTIFIER = uuid.UUID("12345678-1234-5678-1234-567812345678")
VALUES: list[Any] = [
    None, True, False, 0, 1, 2, -3, 10**20, 1.0, 1.5, 0.0, -2.0, "", "1", " 7 ", "7.0", "1.5", "1_000", "+4", "-0", "true",
    "Off", "y", "x", "red", "a", "é", "nan", b"7", b"\xff", bytearray(b"ab"), [], [1, 2], ["1", 2.0], ["a"], [1.5], (1, 2),
    (1, "b"), ("1", 2), {1, 2}, frozenset({3}), {}, {"a": 1}, {"a": "1"}, {1: 2}, {"1": "2.5"}, {"x": "4"}, {"x": 1, "y": "2"},
    {"title": "t", "year": "1999"}, {"depth": "9"}, {"depth": 1, "name": "q"}, {"a": [1, "2"]}, Color.RED, Level.HIGH, "2",
    datetime.datetime(2020, 1, 2, 3, 4, 5), datetime.datetime(2020, 1, 2), datetime.date(2020, 1, 2), datetime.time(3, 4),
    datetime.timedelta(days=1, seconds=2), "2020-01-02", "2020-01-02T03:04:05", "2020-01-02 03:04:05.123", "2020-01-02T03:04:05Z",
    "2020-01-02T03:04:05+02:00", "03:04", "03:04:05.5", "P1DT2H", "PT30M", "1 day, 02:00:00", "01:30:00", "-PT1S", 1577934245,
    1577934245000, 86400, 3600.5, pathlib.Path("/x/y"), "/x/y", IDENTIFIER, str(IDENTIFIER), IDENTIFIER.hex, IDENTIFIER.bytes,
    decimal.Decimal("1.50"), decimal.Decimal("2"), "1e3", "12.30", Point(1), Pair(1, "b"), Model(depth=8), [{"x": 1}],
    [None], object, 1 + 2j,
]  # fmt: skip

# where pydantic's answer hangs on details that no parameter of a step should hang on: it iterates over models, and
# its unions prefer one lax conversion to another
UNDECIDED = {
    ("list", "Model"), ("deque", "Model"), ("typing.Union[float, int]", "Level"), ("typing.Union[int, str]", "bytes"),
    ("typing.Union[int, float, NoneType]", "Decimal"), ("typing.Union[float, int]", "Decimal"),
}  # fmt: skip


def _pydantic(annotation: Any) -> Any:
    return pydantic.TypeAdapter(annotation)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, (datetime.datetime, datetime.time)):  # pydantic has its own class for time zones
        return type(one) is type(other) and one == other and one.utcoffset() == other.utcoffset()
    return type(one) is type(other) and repr(one) == repr(other)


@pytest.mark.parametrize("annotation", ANNOTATIONS, ids=str)
def test_coercion_agrees_with_pydantic(annotation: Any) -> None:
    """Every value of the table becomes what pydantic makes of it, or is refused as pydantic refuses it."""
    adapter = _pydantic(annotation)
    differences = []
    for value in VALUES:
        try:
            expected = ("value", adapter.validate_python(value))
        except pydantic.ValidationError:
            expected = ("refused", None)
        try:
            got = ("value", coerce(value, annotation, "x"))
        except ParameterFault:
            got = ("refused", None)
        name = annotation.__name__ if annotation in (list, collections.deque) else str(annotation)
        if (name, type(value).__name__) in UNDECIDED or (
            value is Color.RED and expected == ("value", "red") and "int" in name
        ):
            continue  # the last: an int that is a str is a bug there
        if expected[0] != got[0] or not _same(expected[1], got[1]):
            differences.append((value, expected, got))
    assert not differences, "\n".join(
        f"{value!r}: pydantic {expected}, here {got}" for value, expected, got in differences
    )
