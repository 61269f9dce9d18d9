"""What is packed for a builder is what was compiled, and the same on every machine."""

from __future__ import annotations

import hashlib
import io
import json
import sys
import tarfile
import uuid
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parents[1] / "cli"))

from calling import call

from zencompile import building, packing, vendor

SOURCE = """\
from zenml import pipeline, step
from zenml.config import DockerSettings

@step(settings={"docker": DockerSettings(requirements=["six"], SETTINGS)})
def load() -> str:
    return open("data/rate.txt").read()

@pipeline
def small():
    load()
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A compiled project of modes and links."""
    monkeypatch.chdir(tmp_path)
    for name in ("data/rate.txt", "data/tool.sh", "data/odd [1]$.txt", "two words.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("#!/bin/sh\necho 1\n")
    (tmp_path / "data" / "tool.sh").chmod(0o711)
    (tmp_path / "data" / "rate.txt").chmod(0o600)
    (tmp_path / "data" / "now").symlink_to("rate.txt")
    (tmp_path / "conf").symlink_to("data")
    compiled(tmp_path)
    return tmp_path


def compiled(folder: Path, settings: str = "") -> None:
    (folder / "run.py").write_text(SOURCE.replace("SETTINGS", settings) + f"\n# {uuid.uuid4()}\n")
    answer = call("run.py", "--target", "kubeflow", "-o", "out", "--build-dir", "build")
    assert answer.code == 0, answer.err


def packed(folder: Path) -> dict[str, tarfile.TarInfo]:
    (plan,) = building.plans(folder / "build")
    with building._context(plan, "FROM scratch\n") as stream, tarfile.open(fileobj=stream) as archive:
        return {entry.name: entry for entry in archive}


def test_modes_are_normal_links_are_links_and_nobody_owns_anything(project: Path) -> None:
    found = packed(project)
    assert {entry.mode for entry in found.values() if entry.isfile()} == {0o644, 0o755}
    assert found["data/tool.sh"].mode == 0o755 and found["data/rate.txt"].mode == 0o644
    assert found["data/now"].linkname == "rate.txt" and found["conf"].linkname == "data"
    assert {(e.uid, e.gid, e.mtime, e.uname, e.gname) for e in found.values()} == {(0, 0, 0, "", "")}
    assert {"two words.txt", "data/odd [1]$.txt", "run.py", "build/runtime/code/small.json"} <= found.keys()
    assert not any("__pycache__" in name for name in found)


def test_the_same_files_are_the_same_archive(project: Path) -> None:
    """Modes but for one bit, times, and files that were not compiled make no difference."""
    (plan,) = building.plans(project / "build")

    def whole() -> str:
        with building._context(plan, "FROM scratch\n") as stream:
            return hashlib.sha256(stream.read()).hexdigest()

    before = whole()
    (project / "data" / "rate.txt").chmod(0o644)
    (project / "data" / "rate.txt").touch()
    (project / "data" / "new.txt").write_text("1")
    (project / "build" / "runtime" / "zencompile_runtime" / "__pycache__").mkdir()
    (project / "build" / "runtime" / "zencompile_runtime" / "__pycache__" / "a.pyc").write_text("1")
    assert whole() == before


def test_the_description_lists_what_goes_in(project: Path) -> None:
    (path,) = (project / "build" / "images").glob("*/image.json")
    described = json.loads(path.read_text())
    assert described["files"]["conf"] == "-> data"
    assert described["files"]["data/tool.sh"].endswith("+x")
    assert described["runtime"] == vendor.runtime_digest()
    assert any(name.endswith("/requirements.txt") for name in described["made"])


EDITS = {
    "data/rate.txt": "changed",
    "data/tool.sh": "changed",
    "run.py": "changed",
    "build/runtime/zencompile_runtime/step.py": "build/runtime/zencompile_runtime` changed",
    "build/images/*/requirements.txt": "requirements.txt` changed",
    "build/images/*/Dockerfile": "Dockerfile` changed",
}


@pytest.mark.parametrize("name", EDITS)
def test_a_file_that_changed_is_refused(project: Path, name: str) -> None:
    """The message names it; nothing is sent to a builder."""
    (place,) = project.glob(name)
    text = place.read_text()
    place.write_text(f"{text}# more\n")
    with pytest.raises(building.ChangedSince, match=EDITS[name]):
        packed(project)
    place.write_text(text)
    packed(project)


def test_kinds_count_too(project: Path) -> None:
    """A link for a file, another link, a file for a link, and one that is gone."""
    place = project / "data" / "rate.txt"
    kept = place.rename(project / "data" / "kept.txt")
    with pytest.raises(building.ChangedSince, match=r"`data/rate.txt` is gone since compiling; compile again"):
        packed(project)
    place.symlink_to("kept.txt")
    with pytest.raises(building.ChangedSince, match=r"`data/rate.txt` changed"):
        packed(project)
    place.unlink()
    kept.rename(place)
    (project / "conf").unlink()
    (project / "conf").symlink_to("./data")
    with pytest.raises(building.ChangedSince, match="`conf` changed"):
        packed(project)


def test_an_entry_is_checked_by_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1\r\n")
    item = packing.Item("a", tmp_path / "a", hashlib.sha256(b"1\r\n").hexdigest())
    assert packing.check(item) == b"1\r\n"
    with packing.pack([item], {"Dockerfile": "FROM scratch\n"}) as stream, tarfile.open(fileobj=stream) as archive:
        assert io.BytesIO(archive.extractfile("a").read()).getvalue() == b"1\r\n"  # type: ignore[union-attr]


@pytest.mark.docker
def test_a_changed_file_is_an_error_of_build(docker_daemon: Any, project: Path) -> None:
    (project / "data" / "rate.txt").write_text("9.9")
    answer = call("build", "build")
    assert answer.code == 1
    assert "error[ZC0022]: building failed: `data/rate.txt` changed since compiling; compile again" in answer.err


LOOK = "cat data/rate.txt conf/rate.txt; data/tool.sh; readlink conf data/now; stat -c %a data/tool.sh data/rate.txt"


@pytest.mark.docker
@pytest.mark.parametrize("mounts", ["true", "false"])
def test_an_image_has_modes_and_links(docker_daemon: Any, project: Path, mounts: str) -> None:
    """In both forms of the Dockerfile, and the labels that its settings ask for."""
    import docker

    (project / "pyproject.toml").write_text(f"[tool.zencompile.docker]\ncache-mounts = {mounts}\n")
    compiled(project, 'python_package_installer="pip", build_config={"build_options": {"labels": {"team": "a b"}}}')
    answer = call("build", "build", "--network", "host")
    assert answer.code == 0, answer.err
    client = docker.from_env()
    reference = answer.out.split()[0]
    said = client.containers.run(reference, ["sh", "-c", LOOK], remove=True).decode().split("\n")
    assert said == [*("#!/bin/sh", "echo 1") * 2, "1", "data", "rate.txt", "755", "644", ""]
    assert client.images.get(reference).labels["team"] == "a b"


@pytest.mark.docker
@pytest.mark.parametrize("place", ["env/Dockerfile", "Own.Dockerfile"])
def test_the_user_s_own_dockerfile_is_built_from_its_context(docker_daemon: Any, project: Path, place: str) -> None:
    """What its ignore file names stays out, its options are its own, and a change since compiling is refused."""
    import docker

    context = project / "env"
    context.mkdir()
    text = "FROM python:3.11-slim-bookworm AS one\nCOPY . /opt/env\nARG V\nRUN echo $V > /opt/v\nFROM one AS two\n"
    (context / "Dockerfile").write_text(text + "RUN exit 1\n")
    (context / ".dockerignore").write_text("*.log\n")
    (context / "a.log").write_text("1")
    (context / "rates.csv").write_text("1")
    (context / "empty").mkdir()
    options = '{"build_options": {"target": "one", "build_args": {"V": 7}}}'
    settings = 'python_package_installer="pip", dockerfile="FILE", build_context_root="env"'
    settings += f", parent_image_build_config={options}"
    if place != "env/Dockerfile":
        (context / "Dockerfile").rename(project / place)
    compiled(project, settings.replace("FILE", place))
    answer = call("build", "build", "--network", "host")
    assert answer.code == 0, answer.err
    said = docker.from_env().containers.run(
        answer.out.split()[0], ["sh", "-c", "ls -A /opt/env; cat /opt/v"], remove=True
    )
    inside = ["Dockerfile"] if place == "env/Dockerfile" else []
    assert said.decode().split() == [".dockerignore", *inside, "empty", "rates.csv", "7"]
    (context / "rates.csv").write_text("2")
    answer = call("build", "build", "--force", "--network", "host")
    assert answer.code == 1 and "ZC0022" in answer.err and "rates.csv" in answer.err
