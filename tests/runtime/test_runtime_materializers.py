"""Every kind of value comes back as it was, from the files that ZenML's own materializers would call the same."""

from __future__ import annotations

import collections
import datetime
import enum
import subprocess
import sys
import textwrap
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy
import pandas
import pydantic
import pytest
from runtime_project import ROOT, Project

from zencompile_runtime import artifacts
from zencompile_runtime.names.types import CSVString, HTMLString, JSONString, MarkdownString
from zencompile_runtime.store import ArtifactStore


class Color(enum.Enum):
    RED = "red"


class Mood(str, enum.Enum):
    GOOD = "good"


class Pair(NamedTuple):
    a: int
    b: str


class Model(pydantic.BaseModel):
    depth: int = 3
    when: datetime.datetime | None = None


class Ratio(pydantic.BaseModel):
    value: float


@dataclass
class Point:
    x: int
    tags: list[str] = field(default_factory=list)
    other: Any = None


class Plain:
    def __init__(self, a: int) -> None:
        self.a = a

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Plain) and other.a == self.a

    __hash__ = None  # type: ignore[assignment]


@pytest.fixture
def store(tmp_path: Path) -> ArtifactStore:
    """A store in a folder."""
    return ArtifactStore(str(tmp_path / "store"))


def paths(stored: Any) -> list[str]:
    """The names of a value's files."""
    return [file["path"] for file in stored["files"]]


JSON, PICKLE = ["data.json"], ["artifact.pkl", "python_version.txt"]
PLAIN = [
    (True, JSON),
    (3, JSON),
    (-1.5, JSON),
    ("text", JSON),
    ("é" * 5000, JSON),
    (None, JSON),
    (10**30, JSON),
    (float("inf"), JSON),
    (b"\xff\x00", ["data.txt"]),
    ([1, "a", None], JSON),
    ({"a": {"b": [1.5]}}, JSON),
    ((1, 2), JSON),
    ({1, "a"}, JSON),
    (frozenset({1}), JSON),
    ([(1, 2), {3}], JSON),
    ({1: "a", (2, 3): "b"}, JSON),
    ({"$": 1}, JSON),
    (Pair(1, "x"), JSON),
    (collections.OrderedDict(b=1, a=2), JSON),
    ([datetime.date(2020, 1, 2)], JSON),
    ([], JSON),
    (Mood.GOOD, JSON),
    (Model(when=datetime.datetime(2020, 1, 2)), ["data_v2.json", "fields_set.json"]),
    (Model(depth=1, when=None), ["data_v2.json"]),
    (Point(1, ["a"]), JSON),
    (Point(1, other=Plain(2)), PICKLE),
    (Ratio(value=float("inf")), PICKLE),
    (uuid.UUID(int=7), ["uuid.txt"]),
    (HTMLString("<b>"), ["output.html"]),
    (MarkdownString("# a"), ["output.md"]),
    (CSVString("a,b"), ["output.csv"]),
    (JSONString("{}"), ["output.json"]),
    (Plain(4), PICKLE),
    (Color.RED, PICKLE),
    (datetime.datetime(2020, 1, 2), PICKLE),
    ([Ratio(value=1.0), Ratio(value=4.0)], ["0/data_v2.json", "1/data_v2.json", "metadata.json"]),
    ({"m": Ratio(value=1.0)}, ["0/data.json", "1/0/data_v2.json", "1/metadata.json", "metadata.json"]),
    ((Plain(1), 2), ["0/artifact.pkl", "0/python_version.txt", "1/data.json", "metadata.json"]),
    (collections.Counter("aab"), JSON),
]


@pytest.mark.parametrize(("value", "files"), PLAIN, ids=lambda one: repr(one)[:40])
def test_a_value_of_python_comes_back_equal_and_of_its_type(store: ArtifactStore, value: Any, files: list[str]) -> None:
    """Twice stored, it has one digest; its files have their names."""
    stored = artifacts.save(store, value)
    found = artifacts.load(store, stored)
    assert found == value
    assert type(found) is type(value)
    assert paths(stored) == files
    assert artifacts.save(store, value)["digest"] == stored["digest"]
    store.verify(stored)


ARRAYS = [
    numpy.arange(12).reshape(3, 4),
    numpy.arange(12).reshape(3, 4).T,
    numpy.arange(10)[::2],
    numpy.zeros((0, 3)),
    numpy.array(5),
    numpy.array(["a", None], dtype=object),
    numpy.array([("a", 1)], dtype=[("x", "U1"), ("y", "i4")]),
    numpy.array(["2020-01-01"], dtype="M8[D]"),
    numpy.random.default_rng(0).normal(size=(64, 200)),
    numpy.asfortranarray(numpy.random.default_rng(0).normal(size=(64, 200))),
    numpy.array([True, False]),
    numpy.array(["text"]),
]


@pytest.mark.parametrize("value", ARRAYS, ids=lambda one: f"{one.dtype}{one.shape}")
def test_an_array_comes_back(store: ArtifactStore, value: Any) -> None:
    """As npy, byte for byte what numpy writes."""
    stored = artifacts.save(store, value)
    found = artifacts.load(store, stored)
    numpy.testing.assert_array_equal(found, value)
    assert (found.dtype, found.flags.f_contiguous) == (
        value.dtype,
        numpy.asarray(value, order="K").flags.f_contiguous,
    ) or (not value.flags.contiguous)
    assert paths(stored) == ["data.npy"]
    import io

    expected = io.BytesIO()
    numpy.save(expected, value)
    assert store.read(stored["files"][0]) == expected.getvalue()


def test_a_masked_array_keeps_its_mask(store: ArtifactStore) -> None:
    """Npy would drop it, so it is pickled."""
    value = numpy.ma.array([1, 2], mask=[False, True])
    found = artifacts.load(store, artifacts.save(store, value))
    assert found.mask.tolist() == [False, True]


FRAMES = {
    "plain": pandas.DataFrame({"a": [1.5, 2], "b": ["x", None]}),
    "dates": pandas.DataFrame({"a": [1, 2]}, index=pandas.date_range("2020", periods=2, freq="D")),
    "numbered columns": pandas.DataFrame({0: [1], 1: [2]}),
    "mixed": pandas.DataFrame({"a": [1, "x"]}),
    "categories": pandas.DataFrame({"c": pandas.Categorical(["a", "b"]), "t": pandas.to_timedelta([1, 2], unit="s")}),
    "levels": pandas.DataFrame([[1, 2]], columns=pandas.MultiIndex.from_tuples([("a", "b"), ("a", "c")])),
    "index": pandas.DataFrame({"a": [1]}, index=pandas.MultiIndex.from_tuples([(1, "x")], names=["i", "j"])),
    "empty": pandas.DataFrame(),
    "no rows": pandas.DataFrame({"a": pandas.Series(dtype="int64")}),
    "part": pandas.DataFrame({"a": [1, 2, 3]})[1:],
    "nullable": pandas.DataFrame({"a": pandas.array([1, None], dtype="Int64")}),
    "zone": pandas.DataFrame({"a": pandas.to_datetime(["2020-01-01"]).tz_localize("Europe/Berlin")}),
    "lists": pandas.DataFrame({"a": [[1, 2], [3]]}),
}


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_comes_back(store: ArtifactStore, name: str) -> None:
    """With index, types and names; and its digest is the same each time."""
    value = FRAMES[name]
    stored = artifacts.save(store, value)
    found = artifacts.load(store, stored)
    if name == "lists":
        found = found.assign(a=found["a"].map(list))
    pandas.testing.assert_frame_equal(found, value)
    assert artifacts.save(store, value)["digest"] == stored["digest"]


@pytest.mark.parametrize("name", [None, "q", 3])
def test_a_series_comes_back(store: ArtifactStore, name: Any) -> None:
    """With its name, or without one."""
    value = pandas.Series([1, 2], name=name)
    pandas.testing.assert_series_equal(artifacts.load(store, artifacts.save(store, value)), value)


def test_a_long_frame_is_written_in_parts_and_comes_back_whole(
    store: ArtifactStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row groups bound what is held twice; the index is of the whole."""
    from zencompile_runtime.materializers import pandas as module

    monkeypatch.setattr(module, "_ROWS", 100)
    for index in (None, pandas.RangeIndex(5, 5 + 1050), pandas.Index(range(1050)[::-1], name="i")):
        value = pandas.DataFrame({"a": numpy.arange(1050), "b": numpy.arange(1050) / 3}, index=index)
        pandas.testing.assert_frame_equal(artifacts.load(store, artifacts.save(store, value)), value)


def test_frames_in_a_list_have_a_folder_each(store: ArtifactStore) -> None:
    """As ZenML lays them out; one can be loaded alone."""
    value = [FRAMES["plain"], numpy.arange(3)]
    stored = artifacts.save(store, value)
    assert paths(stored) == ["0/df.parquet", "1/data.npy", "metadata.json"]
    assert stored["items"] == 2
    numpy.testing.assert_array_equal(artifacts.load(store, stored, item=1), value[1])


def test_numbers_of_numpy_in_containers_are_numbers(store: ArtifactStore) -> None:
    """A metrics dictionary stays one readable JSON file."""
    stored = artifacts.save(store, {"accuracy": numpy.float64(0.5), "n": numpy.int64(3), "ok": numpy.bool_(True)})
    assert artifacts.load(store, stored) == {"accuracy": 0.5, "n": 3, "ok": True}
    assert paths(stored) == JSON


def test_files_and_folders(store: ArtifactStore, tmp_path: Path) -> None:
    """A file is its bytes; a folder an archive without times, so that equal folders have equal digests."""
    file = tmp_path / "a.txt"
    file.write_text("hello")
    stored = artifacts.save(store, file)
    assert paths(stored) == ["file_data"]
    assert artifacts.load(store, stored).read_text() == "hello"
    digests = set()
    for name in ("one", "two"):
        folder = tmp_path / name
        (folder / "inner").mkdir(parents=True)
        (folder / "inner" / "x").write_text("1")
        (folder / "b").write_text("2")
        stored = artifacts.save(store, folder)
        digests.add(stored["digest"])
    assert paths(stored) == ["data.tar.gz"]
    assert len(digests) == 1
    assert (artifacts.load(store, stored) / "inner" / "x").read_text() == "1"


def test_models_and_matrices(store: ArtifactStore) -> None:
    """scikit-learn by pickle, SciPy by npz."""
    from scipy import sparse
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression().fit([[0.0], [1.0]], [0, 1])
    stored = artifacts.save(store, model)
    assert (paths(stored), stored["kind"]) == (PICKLE, "ModelArtifact")
    assert artifacts.load(store, stored).coef_.tolist() == model.coef_.tolist()
    for value in (sparse.eye(3, format="csr"), sparse.eye(3, format="lil"), sparse.csr_array([[1, 0]])):
        stored = artifacts.save(store, value)
        assert paths(stored) == ["data.npz"]
        found = artifacts.load(store, stored)
        assert (type(found), found.toarray().tolist()) == (type(value), value.toarray().tolist())
        assert artifacts.save(store, value)["digest"] == stored["digest"]


@pytest.mark.parametrize(
    "module", ["polars", "torch", "PIL", "xgboost", "lightgbm", "datasets", "transformers", "tokenizers", "keras"]
)
def test_values_of_other_libraries(store: ArtifactStore, module: str) -> None:
    """Where they are installed."""
    pytest.importorskip(module)
    value, equal, files = globals()[f"_{module}"]()
    stored = artifacts.save(store, value)
    assert equal(artifacts.load(store, stored))
    assert all(any(path.startswith(one) for one in files) for path in paths(stored))


def _polars() -> Any:
    import polars

    value = polars.DataFrame({"a": [1, 2]})
    return value, lambda found: found.equals(value), ["dataframe.parquet"]


def _torch() -> Any:
    import torch

    value = torch.nn.Linear(2, 1)
    return value, lambda found: torch.equal(found.weight, value.weight), ["entire_model.pt", "checkpoint.pt"]


def _PIL() -> Any:
    from PIL import Image

    value = Image.new("RGB", (3, 2), (1, 2, 3))
    return value, lambda found: found.tobytes() == value.tobytes(), ["image_file.png"]


def _xgboost() -> Any:
    import xgboost

    data = xgboost.DMatrix(numpy.arange(8.0).reshape(4, 2), label=[0, 1, 0, 1])
    value = xgboost.train({"max_depth": 1}, data, 2)
    return value, lambda found: found.predict(data).tolist() == value.predict(data).tolist(), ["model.json"]


def _lightgbm() -> Any:
    import lightgbm

    x, y = numpy.random.default_rng(0).normal(size=(60, 2)), [0, 1] * 30
    value = lightgbm.train({"verbose": -1, "min_data_in_leaf": 2}, lightgbm.Dataset(x, y), 2)
    return value, lambda found: found.predict(x).tolist() == value.predict(x).tolist(), ["model.txt"]


def _datasets() -> Any:
    import datasets

    value = datasets.Dataset.from_dict({"a": [1, 2]})
    return value, lambda found: found["a"][:] == [1, 2], ["hf_datasets/"]


def _transformers() -> Any:
    torch = pytest.importorskip("torch")
    import transformers

    size = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1, "intermediate_size": 8}
    value = transformers.BertModel(transformers.BertConfig(vocab_size=5, **size)).eval()
    weights = value.state_dict()

    def equal(found: Any) -> bool:
        there = found.state_dict()
        return type(found) is type(value) and all(torch.equal(one, there[name]) for name, one in weights.items())

    return value, equal, ["hf_pt_model/"]


def _tokenizers() -> Any:
    transformers = pytest.importorskip("transformers")
    import tokenizers

    plain = tokenizers.Tokenizer(tokenizers.models.WordLevel({"[UNK]": 0, "a": 1, "b": 2}, unk_token="[UNK]"))
    plain.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    value = transformers.PreTrainedTokenizerFast(tokenizer_object=plain, unk_token="[UNK]")
    return value, lambda found: found("b a c").input_ids == [2, 1, 0], ["hf_tokenizer/"]


def _keras() -> Any:
    import keras
    import numpy

    value = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    x = numpy.array([[1.0, 2.0], [3.0, 4.0]])
    before = value.predict(x, verbose=0)
    return value, lambda found: numpy.allclose(found.predict(x, verbose=0), before), ["model.keras"]


# -- of users ----------------------------------------------------------------------------------------------------------

CUSTOM = """
    import json, os
    from typing import Type
    from zenml import step
    from zenml.enums import ArtifactType, VisualizationType
    from zenml.io import fileio
    from zenml.materializers.base_materializer import BaseMaterializer

    class Thing:
        def __init__(self, n): self.n = n

    class ThingMaterializer(BaseMaterializer):
        ASSOCIATED_TYPES = (Thing,)
        ASSOCIATED_ARTIFACT_TYPE = ArtifactType.MODEL
        {init}
        def save(self, data):
            with fileio.open(os.path.join(self.uri, "thing.json"), "w") as f:
                f.write(json.dumps(data.n))
        def load(self, data_type: Type[Thing]) -> Thing:
            with {open}(os.path.join(self.uri, "thing.json"), "r") as f:
                return Thing(json.loads(f.read()))
        def save_visualizations(self, data):
            path = os.path.join(self.uri, "thing.html")
            with self.artifact_store.open(path, "w") as f:
                f.write("<b>%d</b>" % data.n)
            return {{path: VisualizationType.HTML}}
        def extract_metadata(self, data):
            return {{"n": data.n}}

    @step
    def make() -> Thing:
        return Thing(7)

    @step
    def take(thing: Thing) -> int:
        return thing.n
"""


@pytest.mark.parametrize(
    "init",
    [
        "pass",
        "def __init__(self, uri, artifact_store=None): super().__init__(uri, artifact_store)",
        "def __init__(self, uri): super().__init__(uri)",
        "def __init__(self, uri: str, *args, **kwargs): super().__init__(uri, *args, **kwargs)",
        "def __init__(self, uri): self.uri = uri; self._artifact_store = None",
    ],
)
def test_a_users_materializer_works_unmodified(project: Project, init: str) -> None:
    """Registered when it is defined; its file, its metadata and its visualisation are kept."""
    project.write(CUSTOM.format(init=init, open="self.artifact_store.open"))
    made = project.run("make")
    assert made.ok, made.failure
    value = made.outputs["output"]["value"]
    assert (paths(value), value["kind"]) == (["thing.json"], "ModelArtifact")
    assert value["metadata"]["n"] == 7
    assert [(one["type"], one["file"]["text"]) for one in value["visualizations"]] == [("html", "<b>7</b>")]
    taken = project.run("take", inputs={"thing": ["make", "output"]})
    assert taken.ok, taken.failure
    assert artifacts.load(project.store, taken.outputs["output"]["value"]) == 7


def test_a_materializer_may_be_chosen_for_one_output(project: Project) -> None:
    """By the step command, whatever the type's own is."""
    project.write(
        """
        from zenml import step
        from zenml.materializers.base_materializer import BaseMaterializer

        class Upper(BaseMaterializer):
            ASSOCIATED_TYPES = (str,)
            SKIP_REGISTRATION = True
            def save(self, data):
                open(self.uri + "/upper.txt", "w").write(data.upper())
            def load(self, data_type):
                return open(self.uri + "/upper.txt").read()

        @step
        def say() -> str:
            return "hello"
        """
    )
    result = project.run("say", materializers={"output": ("steps_under_test:Upper",)})
    assert result.ok, result.failure
    value = result.outputs["output"]["value"]
    assert (paths(value), value["materializer"]) == (["upper.txt"], "steps_under_test:Upper")
    assert artifacts.load(project.store, value) == "HELLO"


def test_materializers_of_old_releases_store_and_load(project: Project) -> None:
    """`handle_input` and `handle_return` before 0.30; calls of the base's own `load` and `save`, which do nothing."""
    project.write(
        """
        import os
        from zenml import step
        from zenml.materializers.base_materializer import BaseMaterializer

        class Box:
            def __init__(self, n):
                self.n = n

        class Old(BaseMaterializer):
            ASSOCIATED_TYPES = (Box,)

            def handle_input(self, data_type):
                super().handle_input(data_type)
                return Box(int(open(os.path.join(self.artifact.uri, "n")).read()))

            def handle_return(self, box):
                super().handle_return(box)
                with open(os.path.join(self.artifact.uri, "n"), "w") as file:
                    file.write(str(box.n))

        class Crate(Box):
            pass

        class Newer(BaseMaterializer):
            ASSOCIATED_TYPES = (Crate,)

            def load(self, data_type):
                super().load(data_type)
                return Crate(int(open(os.path.join(self.uri, "m")).read()))

            def save(self, crate):
                super().save(crate)
                with open(os.path.join(self.uri, "m"), "w") as file:
                    file.write(str(crate.n))

        @step
        def box() -> Box:
            return Box(3)

        @step
        def crate() -> Crate:
            return Crate(4)
        """
    )
    for step, number in (("box", 3), ("crate", 4)):
        result = project.run(step)
        assert result.ok, result.failure
        assert artifacts.load(project.store, result.outputs["output"]["value"]).n == number


def test_pickle_is_reported(store: ArtifactStore) -> None:
    """Whoever reads the log knows which artifacts are bound to a version of Python."""
    notes: list[str] = []
    artifacts.save(store, Plain(1), notes=notes)
    assert "pickle" in notes[0]


def test_what_no_materializer_can_store_is_an_output_fault(project: Project) -> None:
    """With the step, the output and the user's line."""
    project.write(
        """
        from typing import Any
        from zenml import step

        @step
        def lock() -> Any:
            import threading
            return threading.Lock()
        """
    )
    failure = project.run("lock").failure
    assert failure is not None and failure.kind == "user"
    assert "`lock`" in failure.message and "`output`" in failure.message
    assert failure.location == "steps_under_test.py:5"


DIGESTS = """
    import sys
    from zencompile_runtime import artifacts
    from zencompile_runtime.store import ArtifactStore
    import numpy, pandas
    from sklearn.ensemble import RandomForestClassifier
    x = numpy.random.default_rng(0).normal(size=(50, 3))
    y = [0, 1] * 25
    store = ArtifactStore(sys.argv[1])
    for value in ({"b": {3, "x", (1, 2)}, "a": 1.5}, b"bytes", x, pandas.DataFrame({"x": x[:, 0], "y": y}),
                  RandomForestClassifier(n_estimators=3, random_state=0).fit(x, y)):
        print(artifacts.save(store, value)["digest"])
"""


def test_digests_are_equal_in_every_process(tmp_path: Path) -> None:
    """JSON, bytes, npy, Parquet and models fitted in the step: run after run, under one hash seed."""
    found = []
    for number in range(2):
        run = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(DIGESTS), str(tmp_path / str(number))],
            env={"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0", "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        found.append(run.stdout.split())
    assert found[0] == found[1]
    assert len(found[0]) == 5


def test_a_figure_is_kept_with_its_picture(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """matplotlib itself is not needed to know one of its figures."""
    package = project.folder / "matplotlib"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "figure.py").write_text(
        textwrap.dedent(
            """
            class Figure:
                def savefig(self, path, format, **options):
                    with open(path, "wb") as file:
                        file.write(format.encode())
            """
        )
    )
    project.write(
        """
        from matplotlib.figure import Figure
        from zenml import step

        @step
        def draw() -> Figure:
            return Figure()
        """
    )
    made = project.run("draw")
    assert made.ok, made.failure
    (shown,) = made.outputs["output"]["value"]["visualizations"]
    assert shown["type"] == "image" and project.store.read(shown["file"]) == b"png"
    assert not [note for note in made.notes if "pickle" in note]
