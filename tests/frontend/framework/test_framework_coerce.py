"""Values against annotations: the same answers as pydantic's."""

from __future__ import annotations

import datetime
import pathlib
import uuid
from typing import Any, Literal, Optional, Union

import pytest
from pydantic import TypeAdapter, ValidationError

from zencompile.frontend.framework.annotations import convert
from zencompile.frontend.framework.coerce import Annotation, Constraint, Mismatch, coerce
from zencompile.frontend.values import Generic, Symbol
from zencompile.ir import Type

VALUES: list[Any] = [
    None, True, False, 0, 1, -3, 7, 10**30, 0.0, 1.0, 1.5, "", "x", "7", " 7 ", "7.0", "1_000", "-4", "+4", "1e3",
    "true", "Off", "yes", "2", b"ab", [], [1], ["1", 2], ["x"], (1, 2), (1, "2"), {1, 2}, {}, {"a": 1}, {"a": "x"},
    {1: 2},
]  # fmt: skip

TYPES: list[tuple[Any, Any]] = [
    (bool, bool),
    (int, int),
    (float, float),
    (str, str),
    (bytes, bytes),
    (list, list),
    (dict, dict),
    (tuple, tuple),
    (set, set),
    (None, None),
    (list[int], Generic(list, (int,))),
    (list[str], Generic(list, (str,))),
    (dict[str, int], Generic(dict, (str, int))),
    (tuple[int, str], Generic(tuple, (int, str))),
    (tuple[int, ...], Generic(tuple, (int, ...))),
    (Optional[int], Generic(Symbol("typing.Optional"), (int,))),  # noqa: UP045
    (Union[int, str], Generic(Symbol("typing.Union"), (int, str))),  # noqa: UP007
    (Literal["x", 7], Generic(Symbol("typing.Literal"), ("x", 7))),
]


@pytest.mark.parametrize(("annotation", "value_of_it"), TYPES, ids=lambda t: str(t))
def test_same_as_pydantic(annotation: Any, value_of_it: Any) -> None:
    """What pydantic takes is taken with the same result, what it refuses is refused."""
    adapter = TypeAdapter(annotation)
    wanted = Annotation(convert(value_of_it))
    for value in VALUES:
        try:
            expected = adapter.validate_python(value)
        except ValidationError:
            with pytest.raises(Mismatch):
                coerce(value, wanted)
        else:
            found = coerce(value, wanted)
            assert (type(found), found) == (type(expected), expected), value


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("datetime.datetime", "2026-01-02T03:04:05", datetime.datetime(2026, 1, 2, 3, 4, 5)),
        ("datetime.date", "2026-01-02", datetime.date(2026, 1, 2)),
        ("datetime.timedelta", 60, datetime.timedelta(seconds=60)),
        ("pathlib.Path", "a/b", pathlib.PurePosixPath("a/b")),
        ("uuid.UUID", "12345678123456781234567812345678", uuid.UUID("12345678123456781234567812345678")),
    ],
)
def test_classes_of_the_standard_library(name: str, value: Any, expected: Any) -> None:
    """Text becomes what the class makes of it."""
    assert coerce(value, Annotation(Type(name=name))) == expected


@pytest.mark.parametrize(
    ("constraint", "good", "bad"),
    [
        (Constraint("gt", 0), 1, 0),
        (Constraint("le", 5), 5, 6),
        (Constraint("min_length", 2), "ab", "a"),
        (Constraint("pattern", "^a"), "ab", "ba"),
    ],
)
def test_constraints(constraint: Constraint, good: Any, bad: Any) -> None:
    """Bounds hold after coercion."""
    wanted = Annotation(Type(name="any"), (constraint,))
    assert coerce(good, wanted) == good
    with pytest.raises(Mismatch):
        coerce(bad, wanted)
