"""A step depends on the code of the values that it gets: their classes, and what loads them, named by it or not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

KINDS = """\
from zenml.materializers.base_materializer import BaseMaterializer


def scale(n):
    return n * 1


class Box:
    def __init__(self, n):
        self.n = n

    def content(self):
        return self.n + 0


class Boxes(BaseMaterializer):
    ASSOCIATED_TYPES = (Box,)

    def save(self, data):
        open(f"{self.uri}/n", "w").write(str(data.n))

    def load(self, data_type):
        return Box(scale(int(open(f"{self.uri}/n").read())))
"""
RUN = """\
from typing import Any, List

from zenml import pipeline, step

from kinds import Box


@step
def make() -> Box:
    return Box(1)


@step
def several() -> List[Box]:
    return [Box(2)]


@step
def hand_on(value) -> Any:
    return value


@step
def plain() -> int:
    return 5


@step
def look(box) -> int:
    return box.content()


@step
def look_at_all(boxes: list) -> int:
    return sum(box.content() for box in boxes)


@step
def look_later(box) -> int:
    return box.content()


@step
def count(n) -> int:
    return n


@pipeline
def small():
    look(make())
    look_at_all(several())
    look_later(hand_on(make()))
    count(plain())
"""
LOOKING = {"look", "look_at_all", "look_later"}


class Project:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.runs = 0
        (folder / "kinds.py").write_text(KINDS)
        (folder / "run.py").write_text(RUN)

    def ran(self) -> tuple[set[str], dict[str, int]]:
        """Run it: the steps that really ran, and what those that look saw."""
        self.runs += 1
        name = f"r{self.runs}"
        done = subprocess.run(
            [sys.executable, "-c", "from zencompile.cli import main; main()", "run", "run.py", "--run", name],
            cwd=self.folder,
            env={k: v for k, v in os.environ.items() if not k.startswith("ZENCOMPILE_")},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        (run,) = self.folder.glob(f".zencompile/store/runs/*/small/{name}")
        records = {path.parent.name: json.loads(path.read_text()) for path in run.glob("*/.step.json")}
        manifests = {step: json.loads((run / step / "output.json").read_text()) for step in LOOKING}
        seen = {step: int(manifest["value"]["files"][0]["text"]) for step, manifest in manifests.items()}
        return {step for step, record in records.items() if record["status"] == "completed"}, seen

    def edit(self, before: str, after: str) -> None:
        text = (self.folder / "kinds.py").read_text()
        assert before in text
        (self.folder / "kinds.py").write_text(text.replace(before, after))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_what_a_step_gets_is_code_that_it_runs(project: Project) -> None:
    """A method of a value's class, its materializer, and a helper of that; annotated by the step before, or earlier."""
    ran, seen = project.ran()
    assert ran >= {*LOOKING, "count"} and seen == {"look": 1, "look_at_all": 2, "look_later": 1}
    assert project.ran()[0] == set()
    project.edit("return self.n + 0", "return self.n + 10")
    ran, seen = project.ran()
    assert ran >= LOOKING and "count" not in ran
    assert seen == {"look": 11, "look_at_all": 12, "look_later": 11}
    project.edit("return n * 1", "return n * 3")
    ran, seen = project.ran()
    assert ran >= LOOKING and "count" not in ran and seen["look"] == 13
    project.edit("int(open", "1 + int(open")
    ran, seen = project.ran()
    assert ran >= LOOKING and seen["look"] == 16
    project.edit("class Box:", "# a box\n\n\nclass Box:")
    assert project.ran()[0] == set(), "a comment changes nothing"
