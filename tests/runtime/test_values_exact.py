"""Every kind of value comes back as it was, or its step fails: none is altered, whatever a materializer can't keep."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import io
import os
import pathlib
import pickle
import re
import subprocess
import sys
import threading
import types
import uuid
import weakref
import zoneinfo
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy
import pandas
import pydantic
import pytest
from portraits import portrait

from zencompile_runtime import artifacts
from zencompile_runtime.errors import OutputFault
from zencompile_runtime.store import ArtifactStore

pytest.importorskip("pyarrow")
BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
LARGE = 20_500  # rows of which not all are compared when they are stored
LISTS = ([1], [2])
T = TypeVar("T")


class Bag:
    """An object."""

    def __init__(self, **held: Any) -> None:
        vars(self).update(held)


class Slots:
    """An object without a dictionary."""

    __slots__ = ("a",)


class Permission(enum.Flag):
    R = 1
    W = 2
    BOTH = 3
    ALIAS = 1


class Text(str, enum.Enum):
    """Texts with names."""

    A = "a"


class Tagged(str):
    """A text with attributes."""


class Sized(list):  # type: ignore[type-arg]
    """A list with attributes."""


class Model(pydantic.BaseModel):
    """A model of which not all was given."""

    model_config = pydantic.ConfigDict(extra="allow")
    a: int = 0
    items: list[Any] = []
    inner: Model | None = None
    _private: int = pydantic.PrivateAttr(default=1)

    @functools.cached_property
    def doubled(self) -> int:
        return 2 * self.a


class Holder(pydantic.BaseModel, Generic[T]):
    """A model of another class."""

    held: T


class Frozen(pydantic.BaseModel, frozen=True):
    """A model that nobody changes."""

    a: int = 0
    b: tuple[int, ...] = ()


@dataclasses.dataclass
class Row:
    """A dataclass."""

    a: Any = None
    b: Any = None

    def __post_init__(self) -> None:
        self.made = True


@dataclasses.dataclass
class Derived:
    """A dataclass that is not made of its fields alone."""

    a: int
    seed: dataclasses.InitVar[int] = 3
    b: int = dataclasses.field(default=0, init=False)

    def __post_init__(self, seed: int) -> None:
        self.b = self.a + seed


class Peculiar(Exception):
    """An exception that isn't made of its arguments."""

    def __init__(self, code: int, *, why: str) -> None:
        super().__init__(f"error {code}")
        self.code, self.why = code, why


class Named(numpy.ndarray):  # type: ignore[type-arg]
    """An array with attributes."""


class Own(pandas.DataFrame):  # type: ignore[misc]
    """A class of frames."""

    _metadata = ["origin"]  # noqa: RUF012

    @property
    def _constructor(self) -> Any:
        return Own


def with_attributes(value: Any, **held: Any) -> Any:
    """A value with attributes set."""
    for name, one in held.items():
        setattr(value, name, one)
    return value


def of_itself() -> Any:
    """A list that holds itself."""
    found: list[Any] = [1]
    found.append(found)
    return found


def dict_of_itself() -> Any:
    """A dictionary that holds itself in an object."""
    found: dict[str, Any] = {"bag": Bag()}
    found["bag"].back = found
    return found


def raised() -> Any:
    """An exception with a cause, a context and notes."""
    try:
        try:
            raise ValueError("inner")
        except ValueError as error:
            raise Peculiar(3, why="so") from error
    except Peculiar as error:
        error.__dict__["__notes__"] = ["a note"]
        return error


def twice(value: Any) -> Any:
    """A value in two places."""
    return [value, value]


def bag() -> Any:
    """Attributes that are one list."""
    return Bag(a=LISTS[0], b=LISTS[0], c=LISTS)


def closures() -> Any:
    """Two functions that share a variable."""
    held: list[int] = []
    return lambda: held, lambda: held


def counting() -> Any:
    """A generator."""
    yield 1


def masked(**options: Any) -> Any:
    """An array with a mask."""
    return numpy.ma.array([1, 2, 3], **options)


def read_only(value: Any) -> Any:
    """An array that nobody may change."""
    value.flags.writeable = False
    return value


def views() -> Any:
    """Arrays in one memory."""
    whole = numpy.arange(12.0).reshape(3, 4)
    return {"x": whole[:, :-1], "y": whole[:, -1], "head": whole[:2]}


def months(**options: Any) -> Any:
    """An index of periods."""
    return pandas.period_range("2020", periods=2, freq="M", **options)


def frame(index: Any = None, **columns: Any) -> Any:
    """A frame."""
    return pandas.DataFrame(columns, index=index)


def multi(*, unused: bool = False) -> Any:
    """An index of two levels."""
    found = pandas.MultiIndex.from_product([["b", "a"], [1, 2]], names=["k", None])
    return found[:2] if unused else found


def own(base: Any, *arguments: Any) -> Any:
    """A value of a class that no module has."""

    class Own(base):  # type: ignore[misc]
        """A class of a function."""

    return Own(*arguments)


def own_row() -> Any:
    """A dataclass that no module has."""

    @dataclasses.dataclass
    class Own:
        """A class of a function."""

        a: int = 0

    return Own(1)


def nullable() -> Any:
    """NA and NaN in one column."""
    values = pandas.array([1.0, 0.0, 2.0], dtype="Float64")
    return pandas.Series(values / pandas.array([1.0, 0.0, None], dtype="Float64"))


KEPT: dict[str, Any] = {
    # one object in two places
    "a list twice": lambda: twice([1]),
    "a dictionary twice": lambda: {"x": LISTS[0], "y": LISTS[0]},
    "a set twice": lambda: (lambda one: (one, [one]))({1}),
    "an object twice": lambda: twice(Bag(a=1)),
    "a frame twice": lambda: twice(frame(a=[1])),
    "an array twice": lambda: {"a": twice(numpy.arange(3)), "b": numpy.arange(2)},
    "a list in tuples": lambda: ((LISTS[0],), (LISTS[0],)),
    "a list in objects": lambda: [Bag(a=LISTS[0]), Bag(a=LISTS[0])],
    "a list in keys and values": lambda: {("k", Tagged("x")): LISTS[0], "l": LISTS},
    "a list in a dataclass": lambda: Row(LISTS[0], LISTS[0]),
    "a list in two dataclasses": lambda: [Row(LISTS[0]), Row(LISTS[0])],
    "a list in a model": lambda: Model(items=[1]).model_copy(update={"items": LISTS[0], "x": LISTS[0]}),
    "a list in two models": lambda: (lambda one: [Model.model_construct(items=one), Model.model_construct(items=one)])(
        []
    ),
    "a list in a series and beside it": lambda: [LISTS[0], pandas.Series([LISTS[0], None], dtype=object)],
    "a list in two frames": lambda: {"a": frame(a=[LISTS[0]]), "b": frame(b=[LISTS[0]])},
    "a list in a mask": lambda: [LISTS[0], numpy.ma.array([LISTS[0], None], mask=[0, 1], dtype=object)],
    "a list that holds itself": of_itself,
    "a dictionary that holds itself": dict_of_itself,
    "lists in an object": bag,
    "equal lists": lambda: [[1], [1], ([1],)],
    "a tuple twice": lambda: twice((1, 2)),
    "bytes that change": lambda: twice(bytearray(b"x")),
    "functions of one variable": closures,
    "arrays in one memory": views,
    "an array and its reverse": lambda: (lambda one: [one, one[::-1]])(numpy.arange(5)),
    "arrays side by side": lambda: list(numpy.arange(6).reshape(3, 2)),
    # state beside fields
    "no field set": lambda: Model(),
    "some fields set": lambda: Model(a=1, inner=Model(items=[1])),
    "extra fields": lambda: Model(a=1, more=[1]),
    "a private attribute": lambda: with_attributes(Model(a=1), _private=5),
    "a cached property": lambda: (lambda one: (one.doubled, one)[1])(Model(a=2)),
    "a frozen model": lambda: Frozen(a=1),
    "a dataclass with attributes": lambda: with_attributes(Row(1), beside=2),
    "a dataclass with computed fields": lambda: Derived(1, 5),
    "slots": lambda: with_attributes(Slots(), a=[1]),
    "an exception": raised,
    "exceptions": lambda: [OSError(2, "no", "f"), KeyError("a"), UnicodeDecodeError("utf8", b"x", 0, 1, "r"), raised()],
    "an attribute error": lambda: AttributeError("no", name="n", obj="o"),
    "flags": lambda: [Permission.R | Permission.W, Permission(0), Permission.ALIAS],
    "a text with attributes": lambda: with_attributes(Tagged("x"), tag=1),
    "a list with attributes": lambda: with_attributes(Sized([1]), tag=1),
    # classes that no module has by their name
    "a generic model": lambda: Holder[int](held=1),
    "generic models": lambda: [Holder[Model](held=Model(a=1)), Holder[list[int]], {"a": Holder[int](held=1)}],
    "a number of a function's class": lambda: own(int, 3),
    "a list of a function's class": lambda: own(list, [1]),
    "a model of a function's class": lambda: own(Model),
    "a dataclass of a function": own_row,
    "values of functions' classes": lambda: [own(int, 3), own(Model), own_row(), own(str, "x"), own(ValueError, 1)],
    "a tuple of a function's class": lambda: collections.namedtuple("Own", "a b")(1, [2]),
    "a member of a function's class": lambda: enum.IntEnum("Own", "A B").A,
    # Python's own
    "containers": lambda: [
        collections.defaultdict(list, a=[1]),
        collections.OrderedDict(b=1, a=2),
        collections.Counter(a=0, b=-1),
        collections.deque([1, 2], maxlen=2),
        collections.ChainMap({"a": 1}, {"b": 2}),
    ],
    "a default dictionary": lambda: collections.defaultdict(int, a=1),
    "a bounded queue": lambda: collections.deque([1], maxlen=3),
    "counts": lambda: collections.Counter(a=0, b=-1),
    "keys": lambda: {True: 1, 0: 2, "1": 3, 1.5: 4, None: 5, (1, "a"): 6},
    "numbers": lambda: [float("nan"), -0.0, float("-inf"), 10**400, -1, True, 1 + 2j, fractions.Fraction(1, 3)],
    "an integer of many digits": lambda: 10**5000,
    "integers of many digits": lambda: [10**5000],
    "decimals": lambda: [decimal.Decimal("1.10"), decimal.Decimal("sNaN7"), decimal.Context(prec=5)],
    "texts": lambda: ["\ud800", "\0", "a\r\nb", "$"],
    "a text": lambda: "\ud800x",
    "bytes": lambda: [b"\xff", bytearray(b"x")],
    "bytes of one's own": lambda: bytearray(b"x"),
    "ranges": lambda: [range(1, 9, 2), slice(1, None, 2), ..., NotImplemented],
    "times": lambda: [
        datetime.datetime(2020, 10, 25, 2, 30, fold=1, tzinfo=BERLIN),
        datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=1), "X")),
        datetime.time(1, tzinfo=datetime.timezone.utc),
        datetime.timedelta(-1, 3, 5),
        datetime.date.max,
    ],
    "a zone": lambda: BERLIN,
    "paths": lambda: [pathlib.PurePosixPath("a"), pathlib.PureWindowsPath("c:/a"), Path("/no/such")],
    "a pure path": lambda: pathlib.PureWindowsPath("c:/a"),
    "an identifier": lambda: uuid.UUID(int=7, is_safe=uuid.SafeUUID.safe),
    "identifiers": lambda: [uuid.UUID(int=7), uuid.UUID(int=8, is_safe=uuid.SafeUUID.unsafe)],
    "patterns": lambda: [re.compile("a", re.I)],
    "types and functions": lambda: [int, Bag, twice, len, functools.partial(twice, 1), Bag(a=1).__reduce_ex__],
    "a namespace": lambda: types.SimpleNamespace(a=[1]),
    "texts in memory": lambda: io.StringIO("a"),
    # NumPy
    "long doubles": lambda: numpy.arange(3, dtype=numpy.longdouble),
    "a long double": lambda: [numpy.longdouble("0.1"), numpy.longlong(3)],
    "aligned": lambda: numpy.zeros(2, numpy.dtype([("a", "i1"), ("b", "i8")], align=True)),
    "packed": lambda: numpy.zeros(2, [("a", "i1"), ("b", "i8", (2,)), ("c", [("d", "S3")])]),
    "metadata of a type": lambda: numpy.zeros(2, numpy.dtype("i4", metadata={"unit": "m"})),
    "offsets": lambda: numpy.zeros(2, numpy.dtype({"names": ["a"], "formats": ["i2"], "offsets": [4], "itemsize": 12})),
    "titles": lambda: numpy.zeros(2, numpy.dtype([(("Title", "a"), "i4")])),
    "a mask": lambda: masked(mask=[0, 1, 0]),
    "a hard mask": lambda: masked(mask=[0, 1, 0], hard_mask=True, fill_value=7),
    "no mask": lambda: masked(),
    "masked objects": lambda: numpy.ma.array([1, "x", None], mask=[0, 1, 0], dtype=object),
    "objects": lambda: numpy.array([1, "x", None, [1]], dtype=object),
    "objects twice": lambda: numpy.array([LISTS[0], LISTS[0], None], dtype=object),
    "records": lambda: numpy.rec.array([(1, "a")], dtype=[("n", "i4"), ("t", "U3")]),
    "a matrix": lambda: numpy.matrix([[1, 2]]),
    "an array with attributes": lambda: with_attributes(numpy.arange(3).view(Named), unit="m"),
    "Fortran's order": lambda: numpy.asfortranarray(numpy.arange(6).reshape(2, 3)),
    "no elements": lambda: [numpy.zeros((0, 3)), numpy.zeros((2, 0), "M8[D]"), numpy.array(5), numpy.zeros(2, "V0")],
    "dates": lambda: [numpy.array(["2020", "NaT"], "M8[D]"), numpy.array([1], "m8[25s]"), numpy.array([1], ">M8[ns]")],
    "orders of bytes": lambda: [numpy.arange(3, dtype=">i4"), numpy.arange(3, dtype="<f2")],
    "texts of a width": lambda: numpy.array(["a", "bcd"]),
    "bits": lambda: numpy.array([True, False]),
    "read only": lambda: read_only(numpy.arange(3)),
    "read only and strided": lambda: [read_only(numpy.arange(9)[::2]), read_only(numpy.array([None]))],
    "read only and strided alone": lambda: read_only(numpy.arange(9)[::2]),
    "strides": lambda: numpy.arange(12).reshape(3, 4)[::2, ::-1],
    "broadcast": lambda: numpy.broadcast_to(numpy.arange(3), (2, 3)),
    "scalars": lambda: [
        numpy.float32(0.1),
        numpy.datetime64("2020-01-01", "ns"),
        numpy.timedelta64(5, "ns"),
        numpy.bool_(True),
        numpy.complex64(1j),
        numpy.bytes_(b"a\0b"),
        numpy.str_("x"),
        numpy.uint8(3),
    ],
    # pandas
    "months as index": lambda: pandas.Series([1.0, 2.0], index=months(name="m")),
    "months as columns": lambda: pandas.DataFrame([[1, 2]], columns=months()),
    "intervals as index": lambda: frame(pandas.interval_range(0, 2, closed="left"), a=[1, 2]),
    "intervals": lambda: frame(a=pandas.arrays.IntervalArray.from_breaks([0.5, 1.5, 2.5])),
    "an index of Int64": lambda: pandas.Series([1.0, 2.0], index=pandas.Index([1, None], dtype="Int64")),
    "an index of string": lambda: frame(pandas.Index(["a", None], dtype="string"), a=[1, 2]),
    "an index of categories": lambda: frame(
        pandas.CategoricalIndex([2, 1], categories=[2, 1, 3], ordered=True), a=[1, 2]
    ),
    "an index of a zone": lambda: frame(pandas.date_range("2020", periods=2, tz=BERLIN, freq="D"), a=[1, 2]),
    "an index of pytz": lambda: frame(pandas.date_range("2020", periods=2, tz=_pytz("Asia/Tokyo")), a=[1, 2]),
    "zones": lambda: frame(
        a=pandas.date_range("2020", periods=2, tz=BERLIN),
        b=pandas.date_range("2020", periods=2, tz=_pytz("Europe/Berlin")),
        c=pandas.date_range("2020", periods=2, tz=datetime.timezone.utc),
        d=pandas.date_range("2020", periods=2, tz=datetime.timezone(datetime.timedelta(hours=2))),
        e=pandas.date_range("2020", periods=2, tz=_pytz("UTC")),
    ),
    "an index of durations": lambda: frame(pandas.timedelta_range("1s", periods=2, freq="s"), a=[1, 2]),
    "months of business": lambda: frame(pandas.date_range("2020", periods=3, freq="BME"), a=[1, 2, 3]),
    "a range": lambda: frame(pandas.RangeIndex(4, 0, -2, name="r"), a=[1, 2]),
    "levels": lambda: frame(multi(), a=range(4)),
    "levels that nobody uses": lambda: frame(multi(unused=True), a=range(2)),
    "levels of months": lambda: frame(pandas.MultiIndex.from_arrays([months(), [1, 2]], names=["m", None]), a=[1, 2]),
    "levels of columns": lambda: pandas.DataFrame([[1, 2, 3, 4]], columns=multi()),
    "labels twice": lambda: pandas.DataFrame([[1, 2]], columns=["a", "a"], index=[0]),
    "labels of numbers": lambda: pandas.DataFrame([[1, 2]], columns=pandas.Index([1, 2], name="n")),
    "labels of times": lambda: pandas.DataFrame([[1, 2]], columns=pandas.date_range("2020", periods=2)),
    "labels of objects": lambda: frame(pandas.Index([1, "x"], dtype=object), a=[1, 2]),
    "a name that is no text": lambda: frame(pandas.Index([5, 6], name=("a", 1)), a=[1, 2]),
    "flags of a frame": lambda: frame(a=[1]).set_flags(allows_duplicate_labels=False),
    "attributes of a frame": lambda: with_attributes(frame(a=[1]), attrs={"k": (1, {2})}),
    "nullable": lambda: frame(
        a=pandas.array([1, None], dtype="Int8"),
        b=pandas.array([True, None], dtype="boolean"),
        c=pandas.array(["x", None], dtype="string[python]"),
        d=pandas.array(["x", None], dtype="string[pyarrow]"),
    ),
    "NA and NaN": nullable,
    "types of Arrow": lambda: frame(
        a=pandas.array([1.5, None], dtype="double[pyarrow]"),
        b=pandas.array([datetime.date(2020, 1, 1), None], dtype="date32[pyarrow]"),
        c=pandas.array([1, None], dtype="timestamp[s][pyarrow]"),
        d=pandas.array([1, None], dtype="duration[s][pyarrow]"),
    ),
    "units of time": lambda: frame(
        **{unit: numpy.array([1, "NaT"], dtype=f"M8[{unit}]") for unit in ("s", "ms", "us", "ns")},
        d=numpy.array([1, 2], dtype="m8[s]"),
    ),
    "sparse": lambda: frame(a=pandas.arrays.SparseArray([0, 0, 1])),
    "mixed objects": lambda: frame(a=pandas.Series([1, "x", None, float("nan"), pandas.NaT, pandas.NA], dtype=object)),
    "missing texts": lambda: frame(a=pandas.Series(["x", None, float("nan")], dtype=object)),
    "lists in a column": lambda: frame(a=pandas.Series([LISTS[0], LISTS[0]], dtype=object)),
    "arrays in a column": lambda: frame(a=pandas.Series(twice(numpy.arange(2)), dtype=object)),
    "categories": lambda: frame(a=pandas.Categorical(["a", None], categories=["b", "a"], ordered=True)),
    "categories of times": lambda: frame(a=pandas.Categorical(pandas.date_range("2020", periods=2))),
    "half precision": lambda: frame(a=numpy.array([1, 2], dtype="f2")),
    "complex numbers": lambda: pandas.Series([1j]),
    "long doubles in a column": lambda: frame(a=numpy.arange(2, dtype=numpy.longdouble)),
    "a series": lambda: pandas.Series([1], name=("a", 2), index=["x"]),
    "an empty frame": lambda: [frame(), frame(pandas.Index([], name="i")), pandas.DataFrame(columns=["a"])],
    "an empty series": lambda: pandas.Series([], dtype="M8[ns]", index=pandas.DatetimeIndex([], tz="UTC")),
    "a class of frames": lambda: with_attributes(Own({"a": [1]}), origin="here"),
    "values of pandas": lambda: [
        pandas.Index([1, 2], name="i"),
        pandas.Timestamp("2020", tz=BERLIN),
        pandas.Timedelta(5),
        pandas.Interval(0, 1, closed="both"),
        pandas.Period("2020", "M"),
        pandas.Categorical(["a"]),
        pandas.offsets.MonthEnd(2),
        pandas.NaT,
        pandas.NA,
        pandas.array([1, None]),
    ],
    "a frame with attributes": lambda: twice(with_attributes(frame(a=[1]), unit="m")),
    "a series with attributes": lambda: with_attributes(pandas.Series([1]), unit="m"),
    "a large frame": lambda: frame(pandas.period_range("1900", periods=LARGE, freq="h"), a=numpy.arange(LARGE)),
    "texts of a class in a large frame": lambda: frame(a=pandas.Series(["x"] * LARGE + [Text.A, numpy.str_("y")])),
    "texts of a class in a large index": lambda: frame(pandas.Index(["x"] * LARGE + [Text.A], dtype=object), a=0),
    "texts of a class as columns": lambda: pandas.DataFrame(
        [[1, 2]], columns=pandas.Index(["x", Text.A], dtype=object)
    ),
}
REFUSED: dict[str, Any] = {
    "a generator": counting,
    "an open file": lambda: Path(__file__).open(),  # noqa: SIM115
    "an open file in a list": lambda: [1, Path(__file__).open("rb")],  # noqa: SIM115
    "a lock": threading.Lock,
    "a lock in an object": lambda: Bag(a=threading.RLock()),
    "a weak reference": lambda: [weakref.ref(Bag)],
    "memory": lambda: memoryview(b"x"),
    "a nest without end": lambda: functools.reduce(lambda inner, _: [inner], range(100_000), []),
    "a path that isn't there": lambda: Path("/no/such/file"),
    "objects in one memory": lambda: (lambda one: [one, one[:1]])(numpy.array([1, None], dtype=object)),
}


def _pytz(name: str) -> Any:
    return pytest.importorskip("pytz").timezone(name)


@pytest.mark.parametrize("name", KEPT)
def test_values_are_kept_exactly(tmp_path: Path, name: str) -> None:
    """Types, order, attributes, and what is one object; nor is the value itself changed by storing it."""
    value, store = KEPT[name](), ArtifactStore(str(tmp_path / "store"))
    before = portrait(value)
    stored = artifacts.save(store, value)
    assert portrait(artifacts.load(store, stored)) == before
    assert portrait(value) == before


ELSEWHERE = """
import pickle, sys
import test_values_exact as values
from zencompile_runtime import artifacts
from zencompile_runtime.store import ArtifactStore
stored = pickle.loads(sys.stdin.buffer.read())
store = ArtifactStore(sys.argv[1])
found = {name: values.portrait(artifacts.load(store, one)) for name, one in stored.items()}
sys.stdout.buffer.write(pickle.dumps(found))
"""


def test_another_process_has_the_same_values(tmp_path: Path) -> None:
    """What is found by its name there, what was made by this one's code, what pickle would have remembered."""
    store = ArtifactStore(str(tmp_path / "store"))
    made = {name: one() for name, one in KEPT.items()}
    stored = {name: artifacts.save(store, value) for name, value in made.items()}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", ELSEWHERE, store.url],
        input=pickle.dumps(stored),
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr.decode()
    found = pickle.loads(done.stdout)
    assert [name for name, value in made.items() if found[name] != portrait(value)] == []


@pytest.mark.parametrize("name", REFUSED)
def test_what_nobody_can_keep_is_refused_where_it_is_made(tmp_path: Path, name: str) -> None:
    """With the materializer's name, the type and the remedy, and with nothing stored."""
    value, store = REFUSED[name](), ArtifactStore(str(tmp_path / "store"))
    with pytest.raises(OutputFault, match="Materializer") as caught:
        artifacts.save(store, value)
    assert caught.value.help
    assert not list((tmp_path / "store").rglob("*.*"))


def test_arrays_in_one_memory_share_it_afterwards(tmp_path: Path) -> None:
    """A change of one is a change of the other, as in a plain call."""
    store = ArtifactStore(str(tmp_path / "store"))
    found = artifacts.load(store, artifacts.save(store, views()))
    found["x"][0, 0] = 99
    assert found["head"][0, 0] == 99
