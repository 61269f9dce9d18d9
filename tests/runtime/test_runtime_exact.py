"""What is stored comes back equal and of the same type, whatever it is, from files that are called as in ZenML."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import decimal
import enum
import pathlib
import typing
import zoneinfo
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zencompile_runtime import artifacts
from zencompile_runtime.store import ArtifactStore
from zencompile_runtime.values.exact import same

numpy: Any = pytest.importorskip("numpy")
pandas: Any = pytest.importorskip("pandas")
pytest.importorskip("pyarrow")
BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
PICKLED = ["artifact.pkl", "python_version.txt"]


class Celsius(float):
    """A number of a class of its own."""


class Tagged(str):
    """Text with something beside it."""

    tag = ""


class Names(list):  # type: ignore[type-arg]
    """A list that is made of something else than a list."""

    def __init__(self, first: str, *rest: str) -> None:
        super().__init__([first, *rest])


class Settings(dict):  # type: ignore[type-arg]
    """A dictionary with its keys as attributes."""

    def __getattr__(self, name: str) -> Any:
        if name not in self:
            raise AttributeError(name)
        return self[name]


class Pair(typing.NamedTuple):
    a: int
    b: Any = "x"


class Level(enum.IntEnum):
    LOW = 1


@dataclasses.dataclass
class Row:
    value: int | str | float | bool
    more: Any = None


def twice(x: int) -> int:
    """A function to be stored."""
    return 2 * x


tagged = Tagged("x")
tagged.tag = "t"
utc = datetime.timezone.utc

VALUES = [
    (numpy.float64(0.5), ["data.json"]),
    (numpy.str_("q"), ["data.json"]),
    (numpy.int64(3), PICKLED),
    (Celsius(1.5), ["data.json"]),
    (tagged, PICKLED),
    (Names("a", "b"), PICKLED),
    (Settings(a=1), ["data.json"]),
    (collections.Counter("aab"), ["data.json"]),
    (collections.OrderedDict(b=1, a=2), ["data.json"]),
    (collections.defaultdict(list, {"a": [1]}), PICKLED),
    (Pair(1), ["data.json"]),
    (Level.LOW, ["data.json"]),
    ([numpy.float64(0.1), numpy.float32(0.1), numpy.int8(3), numpy.bool_(True), numpy.str_("s")], ["data.json"]),
    ({"accuracy": numpy.float64("nan"), numpy.int64(1): (numpy.float64(-0.0),)}, ["data.json"]),
    ([1, True, 1.0, "1", None, -0.0, float("nan"), float("inf")], ["data.json"]),
    ([datetime.datetime(2020, 7, 1, tzinfo=utc), datetime.date(2020, 1, 1)], ["data.json"]),
    ([datetime.datetime(2020, 7, 1, tzinfo=BERLIN)], None),
    ([datetime.datetime(2020, 10, 25, 2, 30, fold=1)], None),
    ([pathlib.PurePosixPath("a/b"), decimal.Decimal("1.10")], None),
    (pathlib.PurePosixPath("a/b"), PICKLED),
    ([Path("/no/such/file")], ["data.json"]),
    ({"f": twice, "none": None, "type": type(None), "dots": ...}, None),
    ([Celsius(2.0), Level.LOW, Pair(2, (3,))], None),
    (Row(True), ["data.json"]),
    (Row(1.0), ["data.json"]),
    (Row("1"), ["data.json"]),
    (Row(1, numpy.float64(2)), ["data.json"]),
    (Row(1, [(1, {2})]), ["data.json"]),
    (Row(1, Row(2)), PICKLED),
    ([{"a": numpy.arange(3), 1: [numpy.eye(2)]}], None),
]


def roundtrip(folder: Path, value: Any) -> tuple[Any, list[str], list[str]]:
    """The value as it comes back, its files and the notes on it."""
    store, notes = ArtifactStore(str(folder / "store")), []
    stored = artifacts.save(store, value, notes=notes)
    return artifacts.load(store, stored), [file["path"] for file in stored["files"]], notes


@pytest.mark.parametrize(("value", "files"), VALUES, ids=[repr(value)[:40] for value, _ in VALUES])
def test_values_come_back_as_they_are(tmp_path: Path, value: Any, files: list[str] | None) -> None:
    found, written, _ = roundtrip(tmp_path, value)
    assert same(found, value), (found, value)
    assert getattr(found, "tag", None) == getattr(value, "tag", None)
    assert files is None or written == files


def test_a_files_path_in_a_list_takes_the_file_along(tmp_path: Path) -> None:
    """The next step may run on another machine; so it is with a path that stands alone."""
    (tmp_path / "data.txt").write_text("hello")
    found, written, _ = roundtrip(tmp_path, {"paths": [tmp_path / "data.txt"]})
    (tmp_path / "data.txt").unlink()
    assert found["paths"][0].read_text() == "hello" and "1/0/0/file_data" in written


# -- frames ------------------------------------------------------------------------------------------------------------

MULTI = pandas.MultiIndex.from_product([["a", "b"], [1, 2]], names=["l", None])
PARQUET = ["df.parquet"]
FRAMES: dict[str, tuple[Any, list[str]]] = {
    "empty": (pandas.DataFrame(), PARQUET),
    "only an index": (pandas.DataFrame(index=[1, 2]), PARQUET),
    "only columns": (pandas.DataFrame(columns=["a", "b"]), PARQUET),
    "numbered columns": (pandas.DataFrame(numpy.arange(6).reshape(2, 3)), PARQUET),
    "mixed columns": (pandas.DataFrame({1: [1], "b": [2], None: [3], 2.5: [4]}), PARQUET),
    "tuples as columns": (pandas.DataFrame({("a", 1): [1], ("b", 2): [2]}), PARQUET),
    "equal columns": (pandas.DataFrame([[1, 2]], columns=["a", "a"]), PARQUET),
    "almost equal columns": (pandas.DataFrame([[1, 2, 3]], columns=[1, "1", 1.0]), PARQUET),
    "named columns": (pandas.DataFrame({"a": [1]}, columns=pandas.Index(["a"], name="cols")), PARQUET),
    "a multi-index": (pandas.DataFrame({"a": range(4)}, index=MULTI), PARQUET),
    "a named index": (pandas.DataFrame({"a": [1], "index": [2]}, index=pandas.Index([3], name="index")), PARQUET),
    "a range": (pandas.DataFrame({"a": [1, 2]}, index=pandas.RangeIndex(2, 6, 2)), PARQUET),
    "an index of days": (
        pandas.DataFrame({"a": [1, 2]}, index=pandas.date_range("2020", periods=2, freq="D", tz="UTC")),
        PARQUET,
    ),
    "an index of objects": (pandas.DataFrame({"a": [1, 2]}, index=pandas.Index([1, "x"], dtype=object)), ["df.pkl"]),
    "an index of text": (pandas.DataFrame({"a": [1]}, index=pandas.Index(["x"], dtype=object)), PARQUET),
    "ordered categories": (
        pandas.DataFrame({"c": pandas.Categorical(["a", "b", None], categories=["b", "a", "z"], ordered=True)}),
        PARQUET,
    ),
    "categories of numbers": (
        pandas.DataFrame({"c": pandas.Categorical([1, None, 2], [2, 1]), "d": pandas.Categorical([True, False, True])}),
        PARQUET,
    ),
    "times of zones": (pandas.DataFrame({"t": pandas.date_range("2020", periods=3, tz="Europe/Berlin")}), PARQUET),
    "missing times": (pandas.DataFrame({"t": pandas.to_datetime(["2020-01-01", None])}), PARQUET),
    "seconds": (pandas.DataFrame({"a": numpy.array([1, 2], dtype="datetime64[s]")}), PARQUET),
    "durations": (pandas.DataFrame({"a": numpy.array([1, 2], dtype="timedelta64[s]")}), PARQUET),
    "months": (pandas.DataFrame({"p": pandas.period_range("2020", periods=2, freq="M")}), PARQUET),
    "nullable": (
        pandas.DataFrame(
            {
                "i": pandas.array([1, None], dtype="Int64"),
                "b": pandas.array([True, None], dtype="boolean"),
                "s": pandas.array(["x", None], dtype="string"),
            }
        ),
        PARQUET,
    ),
    "text of arrow": (pandas.DataFrame({"a": ["x"]}, dtype="string[pyarrow]"), PARQUET),
    "types of arrow": (pandas.DataFrame({"a": [1, None]}, dtype="int64[pyarrow]"), PARQUET),
    "text and None": (pandas.DataFrame({"a": pandas.Series(["x", None], dtype=object)}), PARQUET),
    "text and nan": (pandas.DataFrame({"a": pandas.Series(["x", float("nan")], dtype=object)}), PARQUET),
    "text and both": (pandas.DataFrame({"a": pandas.Series(["x", None, float("nan")], dtype=object)}), ["df.pkl"]),
    "lists": (pandas.DataFrame({"a": [[1, 2], [3]], "b": [[{"k": 1}], [{"k": None}]]}), PARQUET),
    "arrays": (pandas.DataFrame({"a": [numpy.arange(2.0), numpy.arange(3.0)]}), PARQUET),
    "tuples": (pandas.DataFrame({"a": [(1, 2)]}), ["df.pkl"]),
    "dictionaries that differ": (pandas.DataFrame({"a": [{"k": 1}, {"j": 2}]}), ["df.pkl"]),
    "sets": (pandas.DataFrame({"a": [{1}]}), ["df.pkl"]),
    "mixed": (pandas.DataFrame({"a": [1, "x", None]}), ["df.pkl"]),
    "decimals": (pandas.DataFrame({"a": [decimal.Decimal("1.5"), None]}), PARQUET),
    "days": (pandas.DataFrame({"a": [datetime.date(2020, 1, 1)]}), PARQUET),
    "bytes": (pandas.DataFrame({"a": [b"x"]}), PARQUET),
    "two zones": (
        pandas.DataFrame({"a": [pandas.Timestamp("2020", tz="UTC"), pandas.Timestamp("2021", tz="Asia/Tokyo")]}),
        ["df.pkl"],
    ),
    "enums": (pandas.DataFrame({"a": pandas.Series([Level.LOW], dtype=object)}), ["df.pkl"]),
    "large": (pandas.DataFrame({"a": [10**30]}), ["df.pkl"]),
    "complex": (pandas.DataFrame({"a": [1 + 2j]}), ["df.pkl"]),
    "sparse": (pandas.DataFrame({"a": pandas.arrays.SparseArray([0, 0, 1])}), ["df.pkl"]),
    "NA among objects": (pandas.DataFrame({"a": [pandas.NA, 1]}), ["df.pkl"]),
    "a series": (pandas.Series([1, 2]), PARQUET),
    "a series named by a number": (pandas.Series([1], name=3), PARQUET),
    "a series named by a tuple": (pandas.Series([1], name=("a", 2.5)), PARQUET),
    "a series called series": (pandas.Series([1.0], name="series"), PARQUET),
    "a series of lists": (pandas.Series([["a"], []], index=["x", "x"]), PARQUET),
}


@pytest.mark.parametrize("name", FRAMES)
def test_frames_come_back_as_they_are(tmp_path: Path, name: str) -> None:
    """As Parquet where that, with a note, says all; else pickled, which is reported."""
    value, files = FRAMES[name]
    found, written, notes = roundtrip(tmp_path, value)
    check = pandas.testing.assert_series_equal if isinstance(value, pandas.Series) else _frames_equal
    check(found, value, check_freq=True)
    assert type(found.index) is type(value.index)
    assert written == files
    assert bool(notes) == (files != PARQUET), notes


def _frames_equal(found: Any, value: Any, **options: Any) -> None:
    pandas.testing.assert_frame_equal(found, value, **options)
    assert type(found.columns) is type(value.columns)
    assert same(list(found.columns), list(value.columns))
    for number, kind in enumerate(value.dtypes):
        if str(kind) == "object":
            assert all(map(same, found.iloc[:, number], value.iloc[:, number]))


def test_attributes_and_classes_of_frames_stay(tmp_path: Path) -> None:
    frame = pandas.DataFrame({"a": [1]})
    frame.attrs["origin"] = ("file", 3)
    found, _, _ = roundtrip(tmp_path, frame)
    assert found.attrs == {"origin": ("file", 3)}

    class Own(pandas.DataFrame):  # type: ignore[misc]
        @property
        def _constructor(self) -> Any:
            return Own

    globals()["Own"] = Own
    Own.__qualname__ = "Own"
    found, written, _ = roundtrip(tmp_path, Own({"a": [1]}))
    assert type(found) is Own and "df.pkl" in written


# -- images ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "HSV", "I", "F", "I;16"])
def test_images_of_any_mode_come_back_as_they_are(tmp_path: Path, mode: str) -> None:
    """As PNG where it has the mode."""
    images = pytest.importorskip("PIL.Image")
    image = images.new(mode, (3, 2))
    image.putpixel((1, 1), image.getpixel((0, 0)) if mode == "1" else 1 if mode in "LPIF" or mode == "I;16" else 0)
    found, written, _ = roundtrip(tmp_path, image)
    assert found == image and type(found) is type(image)
    assert (written == ["image_file.png"]) == (mode in ("1", "L", "LA", "RGB", "RGBA", "I;16"))


def test_images_keep_what_they_say_and_their_frames(tmp_path: Path) -> None:
    images = pytest.importorskip("PIL.Image")
    image = images.new("RGB", (2, 2), "red")
    image.info["origin"] = ("hello", 1)
    assert roundtrip(tmp_path, image)[0] == image
    assert roundtrip(tmp_path, images.new("RGB", (0, 0)))[0].size == (0, 0)
    moving = tmp_path / "moving.gif"
    image.save(moving, save_all=True, append_images=[images.new("RGB", (2, 2), "blue")])
    found, written, _ = roundtrip(tmp_path, images.open(moving))
    assert found.n_frames == 2 and "image_file.gif" in written


def test_sparse_dictionaries_are_sparse_arrays(tmp_path: Path) -> None:
    """Though their class is a dictionary, too."""
    sparse = pytest.importorskip("scipy.sparse")
    found, written, _ = roundtrip(tmp_path, sparse.dok_array(numpy.eye(3)))
    assert type(found) is sparse.dok_array and written == ["data.npz"] and (found.toarray() == numpy.eye(3)).all()


def test_a_data_set_without_rows_is_a_data_set(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    empty = datasets.Dataset.from_dict({"a": []})
    found, _, _ = roundtrip(tmp_path, empty)
    assert found.num_rows == 0 and found.column_names == ["a"]
    found, _, _ = roundtrip(tmp_path, datasets.DatasetDict(train=datasets.Dataset.from_dict({"a": [1]}), test=empty))
    assert found.num_rows == {"train": 1, "test": 0}


# -- anything ----------------------------------------------------------------------------------------------------------

_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.binary(),
    st.sampled_from(["$", "items"]),
    st.datetimes(timezones=st.none() | st.just(utc) | st.timezones()),
    st.dates() | st.times() | st.timedeltas(),
    st.uuids() | st.decimals(allow_nan=False) | st.complex_numbers(allow_nan=False),
    st.floats().map(numpy.float64) | st.integers(-9, 9).map(numpy.int64) | st.floats(width=32).map(numpy.float32),
)
_KEYS = st.recursive(_SCALARS, lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=3), max_leaves=4)
_ANYTHING = st.recursive(
    _SCALARS | st.just(numpy.array([1.5])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(_KEYS, inner, max_size=4)
        | st.dictionaries(st.sampled_from(["$", "a", "items"]), inner, max_size=3)
        | st.sets(_KEYS, max_size=3)
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(value=_ANYTHING)
def test_any_nest_of_values_comes_back_as_it_is(tmp_path_factory: pytest.TempPathFactory, value: Any) -> None:
    """Sets and keys with nan apart, which equal nothing."""
    found, _, _ = roundtrip(tmp_path_factory.getbasetemp(), value)
    assert same(found, value) or "nan" in repr(value).lower(), (found, value)
