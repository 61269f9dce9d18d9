"""What the documentation says that a value loses, and no more than that."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

import numpy
import pandas
import pytest

from zencompile_runtime import artifacts
from zencompile_runtime.errors import OutputFault
from zencompile_runtime.materializers import pandas as frames
from zencompile_runtime.store import ArtifactStore

pytest.importorskip("pyarrow")


class Forgetful:
    """Leaves something out of its pickle."""

    def __init__(self) -> None:
        self.kept, self.left = [1], [2]

    def __getstate__(self) -> dict[str, Any]:
        return {"kept": self.kept}


def come_back(folder: Path, *values: Any) -> list[Any]:
    """Values of one step as the next one has them."""
    store = ArtifactStore(str(folder / "store"))
    stored = [artifacts.save(store, one) for one in values]
    return [artifacts.load(store, one) for one in stored]


def test_two_outputs_are_two(tmp_path: Path) -> None:
    held = [1]
    one, other = come_back(tmp_path, [held], [held])
    assert one == other == [[1]] and one[0] is not other[0]


def test_two_inputs_are_two(tmp_path: Path) -> None:
    store = ArtifactStore(str(tmp_path / "store"))
    stored = artifacts.save(store, [1])
    assert artifacts.load(store, stored) is not artifacts.load(store, stored)


def test_tracebacks_and_what_a_class_leaves_out(tmp_path: Path) -> None:
    try:
        raise ValueError("no")
    except ValueError as error:
        found, forgetful = come_back(tmp_path, error, Forgetful())
    assert found.__traceback__ is None and found.args == ("no",)
    assert vars(forgetful) == {"kept": [1]}


def test_what_of_a_folder_is_kept(tmp_path: Path) -> None:
    folder = tmp_path / "given"
    (folder / "empty").mkdir(parents=True)
    (folder / "run.sh").write_text("x")
    (folder / "run.sh").chmod(0o755)
    (folder / "link").symlink_to("run.sh")
    os.utime(folder / "run.sh", (1, 1))
    (found, alone) = come_back(tmp_path, folder, folder / "run.sh")
    assert sorted(one.name for one in found.iterdir()) == ["empty", "link", "run.sh"]
    assert (found / "link").is_symlink() and (found / "run.sh").stat().st_mode & 0o777 == 0o755
    assert (found / "run.sh").stat().st_mtime != 1
    assert alone.name == "file_data" and alone.read_text() == "x"


@pytest.mark.parametrize("kind", ["a link that leads out", "a pipe"])
def test_what_no_folder_may_hold(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "given"
    folder.mkdir()
    if kind == "a pipe":
        os.mkfifo(folder / "odd")
    else:
        (folder / "odd").symlink_to(tmp_path)
    with pytest.raises(OutputFault, match="odd"):
        come_back(tmp_path, folder)


def test_a_memmap_is_an_array(tmp_path: Path) -> None:
    held = numpy.memmap(tmp_path / "data", dtype="i4", shape=(3,), mode="w+")
    notes: list[str] = []
    store = ArtifactStore(str(tmp_path / "store"))
    found = artifacts.load(store, artifacts.save(store, held, notes=notes))
    assert type(found) is numpy.ndarray and found.tolist() == [0, 0, 0]
    assert notes == ["a memmap of NumPy comes back as an array"]


def test_frames_in_one_memory_come_apart(tmp_path: Path) -> None:
    whole = numpy.zeros((2, 2))
    held = [pandas.DataFrame(whole, copy=False), pandas.DataFrame(whole[:1], copy=False)]
    ((one, other),) = come_back(tmp_path, held)
    assert not numpy.shares_memory(one.to_numpy(), other.to_numpy())


def test_of_a_large_frame_the_first_rows_are_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The others of a column of numbers are in the file as they are: nothing looks at them again."""
    from zencompile_runtime.materializers import frame_equality

    looked_at: list[int] = []
    compare = frame_equality.same_data
    monkeypatch.setattr(
        frame_equality, "same_data", lambda one, other: (looked_at.append(len(other)), compare(one, other))[1]
    )
    come_back(tmp_path, pandas.DataFrame({"a": range(30_000)}), pandas.DataFrame({"a": range(300)}))
    assert looked_at == [frames._LOOKED_AT, 300]


def test_bits_that_no_number_tells(tmp_path: Path) -> None:
    strided = numpy.arange(12).reshape(3, 4)[:, ::2]
    nan, array = come_back(tmp_path, [-math.nan], strided)
    assert math.isnan(nan[0]) and math.copysign(1, nan[0]) == 1
    assert array.flags.c_contiguous and (array == strided).all()


def test_what_polars_notes_of_an_order(tmp_path: Path) -> None:
    polars = pytest.importorskip("polars")
    (found,) = come_back(tmp_path, polars.DataFrame({"a": [1, 2]}).sort("a"))
    assert found["a"].to_list() == [1, 2] and not found["a"].flags["SORTED_ASC"]
