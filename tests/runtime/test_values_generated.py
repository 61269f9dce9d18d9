"""Generated values, in each way that a value goes from one step to another: exactly as they were, none refused.

A recipe says what a value consists of. `("again", n)` in it is something that has been made before, or is being made:
so values share their parts and hold themselves. What a value is, `portraits` says, which knows nothing of the runtime.
"""

from __future__ import annotations

import collections
import dataclasses
import datetime
import decimal
import enum
import functools
import os
import pickle
import subprocess
import sys
import types
import typing
import uuid
import zoneinfo
from pathlib import Path, PurePosixPath
from typing import Any

import numpy
import pandas
import pydantic
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from portraits import portrait
from runtime_project import Project

from zencompile_runtime import artifacts
from zencompile_runtime.store import ArtifactStore

pytest.importorskip("pyarrow")
ROWS = 3
T = typing.TypeVar("T")


class Bag:
    """An object."""


class Model(pydantic.BaseModel):
    """A model of anything."""

    model_config = pydantic.ConfigDict(extra="allow")
    a: Any = 0
    b: int | str = 0
    _private: Any = pydantic.PrivateAttr(default=None)


class Generic(pydantic.BaseModel, typing.Generic[T]):
    """A model of another class."""

    a: T


@dataclasses.dataclass
class Row:
    """A dataclass."""

    a: Any = None
    b: list[Any] = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True)
class Point:
    """A dataclass that nobody changes."""

    x: float = 0.0
    name: str = ""


class Pair(typing.NamedTuple):
    """A tuple with names."""

    a: Any
    b: Any


class Level(enum.IntEnum):
    """Numbers with names."""

    LOW = 1


class Failure(Exception):
    """An exception that is not made of its arguments."""

    def __init__(self, *, held: Any) -> None:
        super().__init__("failed")
        self.held = held


class Words(str):
    """Texts of a class."""


class Several(list):  # type: ignore[type-arg]
    """A list of a class."""


def own() -> Any:
    """A model of a class that no module has."""

    class Own(pydantic.BaseModel):
        """A class of a function."""

        a: int = 1

    return Own(a=2)


BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
LEAVES: list[Any] = [
    lambda: Level.LOW,
    lambda: Words("w"),
    lambda: Point(0.5, "p"),
    lambda: Generic[int](a=1),
    own,
    lambda: decimal.Decimal("1.10"),
    lambda: uuid.UUID(int=7),
    lambda: datetime.datetime(2020, 10, 25, 2, 30, fold=1, tzinfo=BERLIN),
    lambda: datetime.timedelta(-1, 3),
    lambda: PurePosixPath("a/b"),
    lambda: [Path("/no/such/file")],  # alone it is refused
    lambda: b"\xff",
    lambda: bytearray(b"x"),
    lambda: frozenset({1, "a"}),
    lambda: {1, "a"},
    lambda: range(3),
    lambda: 10**5000,
    lambda: 1j,
    lambda: int,
    lambda: own,
    lambda: KeyError("k"),
    lambda: numpy.float32(0.1),
    lambda: numpy.int64(3),
    lambda: numpy.datetime64("2020", "s"),
    lambda: numpy.arange(4),
    lambda: numpy.asfortranarray(numpy.arange(6.0).reshape(2, 3)),
    lambda: numpy.array([1, "x", None], dtype=object),
    lambda: numpy.ma.array([1, 2], mask=[0, 1]),
    lambda: numpy.zeros(2, [("a", "i1"), ("b", ">f8")]),
    lambda: pandas.Timestamp("2020", tz="UTC"),
    lambda: pandas.Period("2020", "M"),
    lambda: pandas.NA,
    lambda: pandas.Index([1, 2], name="i"),
]
COLUMNS: list[Any] = [
    lambda: [1, 2, 3],
    lambda: numpy.array([0.5, numpy.nan, -0.0]),
    lambda: pandas.array([1, None, 3], dtype="Int16"),
    lambda: pandas.Series(["a", None, "b"], dtype=object),
    lambda: pandas.Series(["a", Words("b"), "c"], dtype=object),
    lambda: pandas.Series([1, True, 1.0], dtype=object),
    lambda: pandas.Series([[1], (1,), None], dtype=object),
    lambda: pandas.array(["a", None, "b"], dtype="string"),
    lambda: pandas.Categorical(["b", None, "a"], categories=["b", "a", "c"], ordered=True),
    lambda: pandas.date_range("2020", periods=ROWS, tz=BERLIN),
    lambda: numpy.array(["2020", "NaT", "2021"], "M8[s]"),
    lambda: pandas.period_range("2020", periods=ROWS, freq="M"),
    lambda: pandas.interval_range(0, ROWS),
    lambda: [True, False, True],
    lambda: [decimal.Decimal("1.10"), decimal.Decimal("1.1"), None],
    lambda: pandas.Series([Level.LOW, 1, "x"], dtype=object),
]
INDICES: list[Any] = [
    lambda: None,
    lambda: pandas.RangeIndex(4, 10, 2, name="r"),
    lambda: pandas.Index(["x", "y", "x"], dtype=object, name="t"),
    lambda: pandas.Index(["x", Words("y"), "z"], dtype=object),
    lambda: pandas.Index([1, "x", None], dtype=object),
    lambda: pandas.date_range("2020", periods=ROWS, freq="D", name=("a", 1)),
    lambda: pandas.period_range("2020", periods=ROWS, freq="M"),
    lambda: pandas.MultiIndex.from_arrays([[1, 1, 2], ["b", "a", "b"]], names=["k", None]),
    lambda: pandas.CategoricalIndex(["b", "a", "b"], categories=["b", "a"]),
    lambda: pandas.Index([1.5, None, 2.5], dtype="Float64"),
]
LABELS: list[Any] = [str, int, lambda n: (n, "t"), lambda n: "same", Words]

# -- recipes -----------------------------------------------------------------------------------------------------------

KINDS = [
    "list", "dict", "keys", "tuple", "pair", "ordered", "default", "deque", "several", "row", "model", "extra", "bag",
    "namespace", "failure", "cause", "objects", "partial", "series",
]  # fmt: skip
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(st.characters(), max_size=4),
    st.sampled_from(["$", ""]),
)
FRAMES = st.tuples(
    st.just("frame"),
    st.lists(st.sampled_from(range(len(COLUMNS))), max_size=3),
    st.sampled_from(range(len(INDICES))),
    st.sampled_from(range(len(LABELS))),
)
RECIPES = st.recursive(
    st.one_of(
        st.tuples(st.just("scalar"), SCALARS),
        st.tuples(st.just("leaf"), st.sampled_from(range(len(LEAVES)))),
        st.tuples(st.just("again"), st.integers(0, 3)),
        st.tuples(st.just("view"), st.integers(1, 3)),
        FRAMES,
    ),
    lambda inner: st.tuples(st.sampled_from(KINDS), st.lists(inner, max_size=4)),
    max_leaves=10,
)


class Maker:
    """Makes the value of a recipe. What can be changed is there before its parts are, so that they can hold it."""

    def __init__(self) -> None:
        self.made: list[Any] = []
        self.array = numpy.arange(8)

    def make(self, recipe: Any) -> Any:
        """A part."""
        kind, held = recipe[0], recipe[1]
        if kind == "scalar":
            return held
        if kind == "again":
            return self.made[held % len(self.made)] if self.made else None
        if kind == "view":
            return self.array[:held]
        if kind in ("leaf", "frame"):
            found = LEAVES[held]() if kind == "leaf" else frame(*recipe[1:])
            self.made.append(found)
            return found
        return getattr(self, f"_{kind}", self._filled)(kind, held)

    def _parts(self, held: Any) -> list[Any]:
        return [self.make(one) for one in held]

    def _begun(self, found: Any) -> Any:
        self.made.append(found)
        return found

    def _filled(self, kind: str, held: Any) -> Any:
        """What is a list."""
        makers = {"list": list, "deque": lambda: collections.deque(maxlen=9), "several": Several}
        found = self._begun(makers[kind]())
        found.extend(self._parts(held))
        if kind == "several":
            found.tag = len(held)
        return found

    def _dict(self, kind: str, held: Any) -> Any:
        makers = {"dict": dict, "ordered": collections.OrderedDict, "default": lambda: collections.defaultdict(list)}
        found = self._begun(makers[kind]())
        found.update((f"k{number}", self.make(one)) for number, one in enumerate(held))
        return found

    _ordered = _default = _dict

    def _keys(self, kind: str, held: Any) -> Any:
        found = self._begun({})
        keys = [None, True, 0, (1, "a"), 1.5, "$"]
        found.update((keys[number], self.make(one)) for number, one in enumerate(held))
        return found

    def _tuple(self, kind: str, held: Any) -> Any:
        return tuple(self._parts(held))

    def _pair(self, kind: str, held: Any) -> Any:
        return Pair(self._parts(held[:1]), self._tuple(kind, held[1:]))

    def _row(self, kind: str, held: Any) -> Any:
        found = self._begun(Row())
        parts = self._parts(held)
        found.a, found.b = parts[:1], parts[1:]
        return found

    def _model(self, kind: str, held: Any) -> Any:
        found = self._begun(Model())
        for one in self._parts(held[:1]):
            found.a = one
        for one in self._parts(held[1:2]):
            found._private = one
        return found

    def _extra(self, kind: str, held: Any) -> Any:
        return self._begun(Model(b="1", more=self._parts(held)))

    def _bag(self, kind: str, held: Any) -> Any:
        found = self._begun(Bag() if kind == "bag" else types.SimpleNamespace())
        for number, one in enumerate(held):
            setattr(found, f"a{number}", self.make(one))
        return found

    _namespace = _bag

    def _failure(self, kind: str, held: Any) -> Any:
        found = self._begun(Failure(held=None))
        found.held = self._parts(held)
        return found

    def _cause(self, kind: str, held: Any) -> Any:
        found = self._begun(ValueError(kind))
        found.__cause__ = Failure(held=self._parts(held))
        return found

    def _objects(self, kind: str, held: Any) -> Any:
        found = self._begun(numpy.empty(len(held), dtype=object))
        for number, one in enumerate(held):
            found[number] = self.make(one)
        return found

    def _partial(self, kind: str, held: Any) -> Any:
        return self._begun(functools.partial(own, *self._parts(held)))

    def _series(self, kind: str, held: Any) -> Any:
        found = numpy.empty(len(held), dtype=object)
        for number, one in enumerate(held):
            found[number] = self.make(one)
        return self._begun(pandas.Series(found, dtype=object))


def frame(columns: list[int], index: int, labels: int) -> Any:
    """A frame."""
    made = INDICES[index]()
    rows = pandas.RangeIndex(ROWS) if made is None else made
    parts = [pandas.Series(COLUMNS[one](), copy=False).set_axis(rows) for one in columns]
    found = pandas.concat(parts, axis=1) if parts and rows.is_unique else pandas.DataFrame(index=rows)
    found.columns = pandas.Index([LABELS[labels](number) for number in range(found.shape[1])], tupleize_cols=False)
    return found


def made(recipe: Any) -> Any:
    """The value of a recipe."""
    return Maker().make(recipe)


@functools.cache
def drawn(count: int) -> list[Any]:
    """That many recipes, always the same. Hypothesis reads files of its own: not while a step is observed."""
    found: list[Any] = []

    @settings(max_examples=count, derandomize=True, database=None, deadline=None)
    @given(RECIPES)
    def draw(recipe: Any) -> None:
        found.append(recipe)

    draw()
    return found


# -- ways --------------------------------------------------------------------------------------------------------------


@settings(
    max_examples=int(os.environ.get("VALUES", "120")),
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(recipe=RECIPES)
def test_a_value_comes_back_as_it_was(tmp_path: Path, recipe: Any) -> None:
    """And storing it changes nothing of it."""
    value, store = made(recipe), ArtifactStore(str(tmp_path / "store"))
    before = portrait(value)
    stored = artifacts.save(store, value)
    assert portrait(value) == before
    assert portrait(artifacts.load(store, stored)) == before


ELSEWHERE = """
import pickle, sys
from portraits import portrait
from zencompile_runtime import artifacts
from zencompile_runtime.store import ArtifactStore
stored = pickle.loads(sys.stdin.buffer.read())
store = ArtifactStore(sys.argv[1])
sys.stdout.buffer.write(pickle.dumps([portrait(artifacts.load(store, one)) for one in stored]))
"""


def test_values_come_back_in_another_process(tmp_path: Path) -> None:
    """Which knows of their classes what their modules say."""
    store = ArtifactStore(str(tmp_path / "store"))
    recipes = drawn(60)
    values = [made(one) for one in recipes]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", ELSEWHERE, store.url],
        input=pickle.dumps([artifacts.save(store, one) for one in values]),
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr.decode()
    found = pickle.loads(done.stdout)
    wrong = [recipe for recipe, one, value in zip(recipes, found, values, strict=True) if one != portrait(value)]
    assert wrong == []


STEPS = """
    from typing import Any
    from test_values_generated import drawn, made
    from portraits import portrait
    from zenml import step

    @step
    def several() -> tuple[{types}]:
        return tuple(made(one) for one in drawn({count}))

    @step
    def one() -> list:
        return [made(one) for one in drawn({count})]

    @step(enable_cache=False)
    def look(value: Any) -> str:
        return repr(portrait(value))
"""
COUNT = 30


@pytest.mark.filterwarnings("ignore")
def test_values_go_from_step_to_step(project: Project) -> None:
    """As outputs of one step, as elements that a step is mapped over; and all of that from the cache, too."""
    project.write(STEPS.format(types=", ".join(["Any"] * COUNT), count=COUNT))
    outputs = [{"name": f"output_{number}"} for number in range(COUNT)]
    project.compiled(several={"outputs": outputs}, one={}, look={"inputs": {"value": {}}})
    expected = [repr(portrait(made(one))) for one in drawn(COUNT)]  # drawn before a step asks for them
    for run, status in (("r1", "completed"), ("r2", "cached")):
        for step in ("several", "one"):
            done = project.run(step, run=run)
            assert done.status == status, (done.failure, done.cache, done.why, done.notes)
        ways = {
            "outputs": lambda number: ({"value": ["several", f"output_{number}"]}, None),
            "elements": lambda number: ({"value": {"over": ["one", "output"]}}, number),
        }
        for way, given_by in ways.items():
            for number, value in enumerate(expected):
                inputs, index = given_by(number)
                done = project.run("look", f"look_{way}_{number}", run=run, inputs=inputs, map_index=index)
                found = artifacts.load(project.store, done.outputs["output"]["value"])
                assert found == value, (run, way, drawn(COUNT)[number])
