"""Arguments that are worked out where a step runs: a cached step was given what it would be given now."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

RUN = """\
import os
import time
from dataclasses import dataclass

import acme_numbers
import numpy
from zenml import pipeline, step


@dataclass
class Scale:
    by: int

    def up(self):
        return self.by * 1


@dataclass
class Stamp:
    by: int

    def __post_init__(self):
        self.at = time.time_ns()


@step
def home(value: str) -> object:
    return value


@step
def called(value: object) -> object:
    return value


@step
def named(value: object) -> object:
    return value


@step
def added(value: object) -> object:
    return value


@step
def summed(value: object) -> object:
    return int(value.sum())


@step
def scaled(value: object) -> object:
    return value.up()


@step
def stamped(value: object) -> object:
    return value.by


@pipeline
def small():
    stamped(Stamp(7))
    home(os.path.expanduser("~") + "/data")
    called(acme_numbers.get())
    named(acme_numbers.SIZE)
    added(acme_numbers.SIZE + 1)
    summed(numpy.array([1, 2]))
    scaled(Scale(3))
"""
LIBRARY = """\
SIZE = {size}


def get():
    return open({path!r}).read()
"""
EVERY_TIME = {"home", "called", "stamped"}


class Project:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.runs = 0
        self.library = folder / "installed"
        (folder / "project").mkdir()
        (folder / "project" / "pyproject.toml").touch()
        (folder / "project" / "run.py").write_text(RUN)
        self.library.mkdir()
        self.answer = folder / "answer"
        self.answer.write_text("a")
        self.install("1.0", 10)

    def install(self, version: str, size: int) -> None:
        """The library in this version, as pip leaves it."""
        for old in self.library.glob("*.dist-info"):
            (old / "METADATA").unlink()
            old.rmdir()
        info = self.library / f"acme_numbers-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: acme-numbers\nVersion: {version}\n")
        (self.library / "acme_numbers.py").write_text(LIBRARY.format(size=size, path=str(self.answer)))

    def ran(self, home: str) -> tuple[set[str], dict[str, object]]:
        """Run it: the steps that really ran, and what each of all steps gave back."""
        self.runs += 1
        name = f"r{self.runs}"
        kept = {key: value for key, value in os.environ.items() if not key.startswith("ZENCOMPILE_")}
        done = subprocess.run(
            [sys.executable, "-c", "from zencompile.cli import main; main()", "run", "run.py", "--run", name],
            cwd=self.folder / "project",
            env={**kept, "HOME": home, "PYTHONPATH": str(self.library), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        (run,) = self.folder.glob(f"project/.zencompile/store/runs/*/small/{name}")
        records = {path.parent.name: json.loads(path.read_text()) for path in run.glob("*/.step.json")}
        manifests = {step: json.loads((run / step / "output.json").read_text()) for step in records}
        seen = {step: json.loads(manifest["value"]["files"][0]["text"]) for step, manifest in manifests.items()}
        return {step for step, record in records.items() if record["status"] == "completed"}, seen


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_no_argument_is_of_another_time(project: Project) -> None:
    """Another home, another answer of a library, another version of it, another method of a value's class."""
    first = {"home": "/home/ada/data", "called": "a", "named": 10, "added": 11, "summed": 3, "scaled": 3, "stamped": 7}
    assert project.ran("/home/ada") == (set(first), first)
    assert project.ran("/home/ada") == (EVERY_TIME, first)

    project.answer.write_text("b")
    second = {**first, "home": "/home/bob/data", "called": "b"}
    assert project.ran("/home/bob") == (EVERY_TIME, second)

    project.install("2.0", 20)
    third = {**second, "named": 20, "added": 21}
    ran, values = project.ran("/home/bob")
    assert ran >= {*EVERY_TIME, "named", "added"}  # all others of the file were imported beside it
    assert values == third

    source = project.folder / "project" / "run.py"
    source.write_text(source.read_text().replace("self.by * 1", "self.by * 2"))
    assert project.ran("/home/bob") == ({*EVERY_TIME, "scaled"}, {**third, "scaled": 6})
