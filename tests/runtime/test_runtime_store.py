"""The store: what can be read is complete, and is what was written."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from runtime_project import Project

from zencompile_runtime import artifacts, own
from zencompile_runtime.errors import ConfigurationFault, CorruptArtifact, InfrastructureFault
from zencompile_runtime.manifest import INLINE
from zencompile_runtime.store import ArtifactStore, claim, layout

LARGE = "x" * (INLINE * 4)


@pytest.fixture(params=["folder", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ArtifactStore:
    """A store in a folder, and one behind fsspec."""
    if request.param == "folder":
        return ArtifactStore(str(tmp_path / "store"))
    pytest.importorskip("fsspec")
    return ArtifactStore(f"memory://{tmp_path.name}-{os.getpid()}")


@given(st.text(min_size=1, max_size=20))
def test_any_name_is_one_part_of_a_key_and_comes_back(name: str) -> None:
    """No slash, no leading dot, nothing lost."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return
    part = layout.part(name)
    assert "/" not in part and not part.startswith(".") and part not in ("", "..")
    assert layout.name(part) == name


def test_the_layout_is_the_documented_one() -> None:
    """Other programs look for artifacts there."""
    assert layout.manifest_key("acme/digits", "r 1", "map:a", "out/put", 3) == (
        "runs/acme/digits/r%201/map%3Aa/3/out%2Fput.json"
    )
    assert layout.run_prefix("acme/My pipe/x:y", "r") == "runs/acme/My%20pipe%2Fx%3Ay/r", "names may hold slashes"
    assert layout.run_prefix("digits", "r") == "runs/default/digits/r"
    assert layout.blob_key("ab" + "c" * 62) == "blobs/ab/" + "c" * 62


@pytest.mark.parametrize("value", [1, "small", LARGE, list(range(5000)), b"\x00\xff", b"\x00" * (INLINE + 1)])
def test_a_value_comes_back_and_verifies(store: ArtifactStore, value: Any) -> None:
    """Inline or as a blob, on a folder and behind fsspec."""
    stored = artifacts.save(store, value)
    store.verify(stored)
    assert artifacts.load(store, stored) == value
    assert store.has(stored)


def test_a_digest_is_the_sha256_of_the_only_file(store: ArtifactStore) -> None:
    """So anybody can check it with sha256sum."""
    stored = artifacts.save(store, LARGE)
    assert stored["digest"] == hashlib.sha256(f'"{LARGE}"'.encode()).hexdigest()


def test_documents_are_replaced_whole(store: ArtifactStore) -> None:
    """The last writer wins."""
    store.write_document("runs/a/b/c/.run.json", {"a": 1})
    store.write_document("runs/a/b/c/.run.json", {"b": 2})
    assert store.read_document("runs/a/b/c/.run.json") == {"b": 2}
    assert store.read_document("runs/none.json") is None
    assert [entry.key for entry in store.entries("runs")] == ["runs/a/b/c/.run.json"]


def test_a_broken_document_does_not_exist(store: ArtifactStore) -> None:
    """As after a loss of power: half a text is none."""
    store.backend.write("cache/x.json", b'{"a": ')
    assert store.read_document("cache/x.json") is None


def _blob(store: ArtifactStore, stored: Any) -> Path:
    return store.backend.path(layout.blob_key(stored["files"][0]["digest"]))


def test_a_blob_that_is_too_short_is_not_read(tmp_path: Path) -> None:
    """The size is checked on every read."""
    store = ArtifactStore(str(tmp_path / "store"))
    stored = artifacts.save(store, LARGE)
    blob = _blob(store, stored)
    blob.chmod(0o644)
    blob.write_bytes(blob.read_bytes()[:-1])
    with pytest.raises(CorruptArtifact):
        artifacts.load(store, stored)
    assert not store.has(stored)


def test_a_blob_with_other_bytes_does_not_verify(tmp_path: Path) -> None:
    """The digest is checked on request."""
    store = ArtifactStore(str(tmp_path / "store"))
    stored = artifacts.save(store, LARGE)
    blob = _blob(store, stored)
    blob.chmod(0o644)
    blob.write_bytes(b"y" * blob.stat().st_size)
    with pytest.raises(CorruptArtifact):
        store.verify(stored)


def test_a_missing_blob_is_named(tmp_path: Path) -> None:
    """With the file that needs it."""
    store = ArtifactStore(str(tmp_path / "store"))
    stored = artifacts.save(store, LARGE)
    _blob(store, stored).unlink()
    with pytest.raises(CorruptArtifact, match=r"data\.json"):
        artifacts.load(store, stored)


def test_equal_content_is_stored_once_and_renewed(tmp_path: Path) -> None:
    """A second writer gives the blob a new time, so that no sweep takes it."""
    store = ArtifactStore(str(tmp_path / "store"))
    blob = _blob(store, artifacts.save(store, LARGE))
    os.utime(blob, (1, 1))
    artifacts.save(store, LARGE)
    assert blob.stat().st_mtime > 1000
    assert len(list(store.entries("blobs"))) == 1
    assert not stat.S_IMODE(blob.stat().st_mode) & 0o222


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    """Staging folders go when the value is stored, and when it can't be."""
    store = ArtifactStore(str(tmp_path / "store"))
    artifacts.save(store, LARGE)
    artifacts.load(store, artifacts.save(store, {"a": object}))
    with pytest.raises(Exception):  # noqa: B017
        artifacts.save(store, Path("/nowhere/at/all"))
    assert list((tmp_path / "store" / "tmp").iterdir()) == []


def test_an_unwritable_store_says_who_could_not_write_where(tmp_path: Path) -> None:
    """One clear error."""
    (tmp_path / "store").write_text("a file, not a folder")
    store = ArtifactStore(str(tmp_path / "store"))
    with pytest.raises(InfrastructureFault, match="store"):
        store.write_document("runs/x.json", {})


def test_a_folder_of_something_else_is_no_store(project: Project) -> None:
    """Nothing is written there, nothing is run; and what to do is said."""
    project.write("def make() -> int:\n    raise SystemError('it ran')\n")
    foreign = Path(project.store_url)
    (foreign / "models").mkdir(parents=True)
    (foreign / "thesis.tex").write_text("")
    failure = project.run("make").failure
    assert failure is not None and failure.kind == "configuration" and failure.location == "steps_under_test.py:1"
    assert "is not an artifact store: it holds models, thesis.tex" in failure.message
    assert "--store" in failure.help and claim.MARK in failure.help
    assert sorted(one.name for one in foreign.iterdir()) == ["models", "thesis.tex"]
    (foreign / claim.MARK).write_text('{"schema": 1}')
    failure = project.run("make").failure
    assert failure is not None and failure.message == "it ran", "whoever wants a store there, can have one"


@pytest.mark.parametrize("before", [(), (".gitkeep",), ("lost+found/",)])
def test_an_empty_place_becomes_a_store(tmp_path: Path, before: tuple[str, ...]) -> None:
    """With what file systems and version control leave in an empty folder."""
    place = tmp_path / "store"
    place.mkdir()
    for name in before:
        (place / name).mkdir() if name.endswith("/") else (place / name).touch()
    ArtifactStore(str(place)).write_document("runs/a/b/c/.run.json", {})
    assert (place / claim.MARK).exists()
    ArtifactStore(str(place)).check()


def test_a_place_that_is_claimed_meanwhile_is_a_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two that start at once both look for the mark before either has written it."""
    store, other = (ArtifactStore(str(tmp_path / "store")) for _ in range(2))
    read = store.backend.read

    def read_late(key: str) -> bytes | None:
        monkeypatch.undo()
        found = read(key)
        other.write_document("code/x.json", {})
        return found

    monkeypatch.setattr(store.backend, "read", read_late)
    store.check()


def test_a_store_without_its_mark_gets_one(store: ArtifactStore) -> None:
    """Stores were not always marked; on an object store there are no folders, only keys."""
    store.write_document("runs/a/b/c/step/.step.json", {})
    store.backend.write("notes.txt", b"mine")
    store.backend.delete(claim.MARK)
    again = ArtifactStore(store.url)
    again.check()
    assert store.backend.read(claim.MARK) is None, "looking changes nothing"
    os.environ.pop("ZENCOMPILE_STORE_CLAIMED", None)
    again.claim()
    assert store.backend.read(claim.MARK) is not None


def test_what_is_foreign_on_an_object_store_is_left_alone(store: ArtifactStore) -> None:
    """It looks like a folder of files."""
    store.backend.write("images/cat.png", b"cat")
    for use in (store.check, store.claim, lambda: store.write_document("runs/a/b/c/.run.json", {})):
        with pytest.raises(ConfigurationFault, match="it holds images, and nothing"):
            use()
    assert [entry.key for entry in store.entries("")] == ["images/cat.png"]


@pytest.mark.parametrize(("text", "says"), [('{"schema": 2}', "has the schema 2"), ("garbage", "is not what marks")])
def test_another_mark_is_understood(store: ArtifactStore, text: str, says: str) -> None:
    """A later version's store, and a broken one."""
    store.backend.write(claim.MARK, text.encode())
    with pytest.raises((ConfigurationFault, InfrastructureFault), match=says):
        store.claim()


@pytest.mark.parametrize("where", ["", "tmp", "blobs/3f", "runs/acme/digits/r1"])
def test_a_store_of_another_user_is_refused_before_the_step_runs(
    project: Project, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    """Whatever part of it can't be written to: not after hours of training."""
    project.write("def make() -> int:\n    raise SystemError('it ran')\n")
    closed = Path(project.store_url, where)
    closed.mkdir(parents=True)
    Path(project.store_url, claim.MARK).write_text('{"schema": 1}')
    real = os.access

    def access(path: Any, mode: int) -> bool:
        return real(path, mode) and not (mode & os.W_OK and str(path).rstrip("/") == str(closed))

    monkeypatch.setattr(own.os, "access", access)
    monkeypatch.setattr(own.os, "getuid", lambda: 4711)
    failure = project.run("make").failure
    assert failure is not None and failure.kind == "infrastructure" and failure.location == "steps_under_test.py:1"
    assert f"{closed} belongs to the user {closed.stat().st_uid}" in failure.message
    assert "runs as the user 4711" in failure.message
    assert "chmod" in failure.help and "DockerSettings(user" in failure.help


def test_a_claimed_store_is_not_claimed_again_by_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run's steps are many; only another place, or another user, has to be looked at."""
    monkeypatch.delenv("ZENCOMPILE_STORE_CLAIMED", raising=False)
    looked: list[str] = []
    monkeypatch.setattr(claim, "check", lambda backend: looked.append(backend.url))
    for name in ("one", "one", "two"):
        ArtifactStore(str(tmp_path / name)).claim()
    assert looked == [str(tmp_path / "one"), str(tmp_path / "two")]


WRITER = """
import sys
from zencompile_runtime import artifacts, own
from zencompile_runtime.store import ArtifactStore
store = ArtifactStore(sys.argv[1])
number = 0
while True:
    value = artifacts.save(store, {"number": number % 7, "text": str(number % 7) * 300_000})
    manifest = {"schema": 1, "value": value}
    store.write_document(f"runs/ns/p/r/step/{number % 5}/output.json", manifest)
    store.write_document(f"runs/ns/p/r/small/{number % 5}/output.json", {"value": artifacts.save(store, number)})
    number += 1
"""


def test_what_a_killed_writer_leaves_is_whole(tmp_path: Path) -> None:
    """Two writers on one store, ended at random moments: every manifest verifies, and can be loaded."""
    random = Random(7)
    url = str(tmp_path / "store")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    for _ in range(8):
        writers = [subprocess.Popen([sys.executable, "-c", WRITER, url], env=environment) for _ in range(2)]
        time.sleep(0.25 + random.random() * 0.4)
        for writer in writers:
            writer.kill()
            writer.wait()
    store = ArtifactStore(url)
    manifests = [entry.key for entry in store.entries("runs")]
    assert manifests
    for key in manifests:
        document = store.read_document(key)
        assert document is not None
        store.verify(document["value"])
        loaded = artifacts.load(store, document["value"])
        assert isinstance(loaded, int) or loaded["text"] == str(loaded["number"]) * 300_000


DAMAGES = [
    ("runs/acme/digits/r1/make/output.json", "value", {"files": {}}),
    ("runs/acme/digits/r1/make/output.json", "value", {"files": [{"path": 1}], "type": "", "materializer": ""}),
    ("runs/acme/digits/r1/make/output.json", "created", "yesterday"),
    ("runs/acme/digits/r1/make/.step.json", "outputs", ["output"]),
    ("runs/acme/digits/r1/make/.step.json", "status", None),
    ("runs/acme/digits/r1/.run.json", "parameters", 5),
    ("runs/acme/digits/r1/.run.json", "steps", {"make": "done"}),
    ("cache/" + "0" * 64 + ".json", "entries", [{"created": 1, "outputs": {"output": {"value": None}}}]),
]


@pytest.mark.parametrize(("key", "field", "value"), DAMAGES)
def test_a_damaged_document_is_as_good_as_none_and_says_why(project: Project, key: str, field: str, value: Any) -> None:
    """Whoever reads it need not expect anything but what is written."""
    project.write("def make() -> int:\n    return 1\n")
    project.compiled(make={})
    result = project.run("make")
    store = project.store
    if key.startswith("cache/"):
        key = f"cache/{result.key}.json"
    document = store.read_any(key) or {"schema": 1, "run": "r1", "parameters": {}, "steps": {}}
    store.write_document(key, document)
    assert store.broken(key) == "" and store.read_document(key) == document
    store.write_document(key, {**document, field: value})
    assert store.read_document(key) is None
    assert store.broken(key) == f"{store.url}/{key} is corrupt (`{field}` is not what it should be)"
    assert store.read_any(key) == {**document, field: value}
    assert project.run("make", run="r2").ok, "what is damaged is made anew"


def test_everything_that_a_run_writes_is_of_its_shape(project: Project) -> None:
    """So that nothing whole is taken for damaged."""
    project.write(
        """
        from typing import Annotated
        from zenml import step, log_metadata, ArtifactConfig
        @step
        def make(n: int) -> tuple[Annotated[list, ArtifactConfig(name="x", version=3, tags=["t"])], str]:
            log_metadata({"k": [1]})
            return list(range(n)), "<b>"
        @step
        def fail(x: int) -> int:
            raise ValueError(x)
        """
    )
    project.compiled(make={"outputs": [{"name": "x"}, {"name": "output_1"}]}, fail={})
    for run in ("r1", "r2"):
        project.run("make", run=run, params={"n": 1000})
        project.run("fail", run=run, inputs={"x": {"over": ["make", "x"]}}, map_index=2)
    keys = [entry.key for entry in project.store.entries("") if entry.key.endswith(".json")]
    assert len([key for key in keys if key.startswith(("runs/", "cache/"))]) == 9
    assert [project.store.broken(key) for key in keys if project.store.broken(key)] == []
