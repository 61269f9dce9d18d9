"""Compiled projects run on KFP's own Docker runner, each step a container of the image that was generated with them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.kfp, pytest.mark.docker]

ROOT = Path(__file__).resolve().parents[2]
PATHS = {"PYTHONPATH": os.pathsep.join(str(ROOT / p) for p in ("", "backends", "templates"))}

PROJECT = """
from typing import Annotated, Any, Optional

from zenml import pipeline, step


@step
def make(start: int, label: Optional[str] = "default") -> tuple[Annotated[list, "items"], Annotated[str, "label"]]:
    return [start, start + 0.5, {"$x": "{{$}}"}, (None, True)[1]], repr(label)


@step
def join(items: list, lists: list, big: int, text: str, config: dict) -> Annotated[dict, "seen"]:
    return {"items": items, "lists": lists, "big": big, "text": text, "config": config}


@step
def crash(seen: dict) -> None:
    if seen["text"] == "crash":
        raise ValueError("on purpose")


@pipeline
def values(start: int = 1, label: Optional[str] = None, text: str = "it's {plain}"):
    items, name = make(start)
    more, other = make(start=10, label=label)
    config = {"b": 1, "a": [1.0, None], "t": "{{$.inputs}}", "long": "lorem $$(A) " * 9000}
    seen = join(items, [items, more], 2**60, text, config, after=["make_2"])
    crash(seen)
    return items, more, name, other, seen


if __name__ == "__main__":
    values()
"""


@dataclass(frozen=True)
class Built:
    """A compiled project whose images are built."""

    python: Path
    host: str
    yaml: Path
    root: Path

    def run(self, **arguments: Any) -> tuple[dict[str, Any], str]:
        """The answer of the run, and everything that was logged."""
        done = subprocess.run(
            [self.python, ROOT / "tests/services/kfp_run.py", self.yaml, json.dumps(arguments), self.root],
            env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | {"DOCKER_HOST": self.host},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stdout, done.stderr[-3000:]
        answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return answer, done.stderr


def build(python: Path, host: str, folder: Path, source: Path, *options: str) -> Built:
    """Compile the project in `source` and build its images as their header says."""
    command = [sys.executable, "-c", "from zencompile.cli import main; main()", "run.py", "--target", "kubeflow"]
    command += ["-o", str(folder / "out"), "--build-dir", str(folder / "build"), *options]
    done = subprocess.run(command, cwd=source, env=os.environ | PATHS, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    docker = "/usr/bin/docker" if Path("/usr/bin/docker").exists() else "docker"
    for described in sorted((folder / "build/images").glob("*/image.json")):
        image = json.loads(described.read_text())["reference"]
        done = subprocess.run(
            [docker, "build", "--network", "host", "-f", described.with_name("Dockerfile"), "-t", image, "."],
            cwd=folder,
            env=os.environ | {"DOCKER_HOST": host, "DOCKER_BUILDKIT": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        for names in described.parent.glob("steps/*.json"):
            for name in json.loads(names.read_text())["steps"].values():
                subprocess.run([docker, "-H", host, "tag", image, name], check=True)
    (path,) = (folder / "out").glob("*.yaml")
    root = folder / "kfp"
    root.mkdir()
    return Built(python, host, path, root)


@pytest.fixture
def built(docker_daemon: Any, kfp_python: Path, tmp_path: Path) -> Built:
    project = tmp_path / "project"
    project.mkdir()
    (project / "run.py").write_text(PROJECT)
    return build(kfp_python, docker_daemon.host, tmp_path, project)


def value(told: Any) -> Any:
    """The value of a parameter, or of the JSON artifact at a path."""
    if not os.path.isdir(str(told)):  # noqa: PTH112 (a text may be too long for a path)
        return told
    (file,) = (p for p in Path(told).iterdir() if p.name == "data.json")
    return json.loads(file.read_text())


def test_values_reach_the_steps_and_failures_are_failures(built: Built) -> None:
    """Two invocations share a component; literals, parameters and lists of artifacts arrive as they were written,
    one too long for an argument by a file in the image.
    """
    answer, log = built.run(start=2, label="x")
    assert answer["ok"], log[-3000:]
    told = {name: path for name, path in answer["outputs"].items() if name.removesuffix("-artifact") == name}
    found = sorted((json.dumps(value(path)) for path in told.values()), key=len)
    first, second = [2, 2.5, {"$x": "{{$}}"}, True], [10, 10.5, {"$x": "{{$}}"}, True]
    seen = {
        "items": first,
        "lists": [first, second],
        "big": 2**60,
        "text": "it's {plain}",
        "config": {"b": 1, "a": [1.0, None], "t": "{{$.inputs}}", "long": "lorem $$(A) " * 9000},
    }
    assert found == sorted(map(json.dumps, [first, second, "'default'", "'x'", seen]), key=len)
    answer, log = built.run()
    assert answer["ok"], log[-3000:]
    assert '"None"' in [json.dumps(value(path)) for path in answer["outputs"].values()]
    answer, log = built.run(text="crash")
    assert not answer["ok"]
    assert "ValueError: on purpose" in log


def test_the_quickstart_runs(docker_daemon: Any, kfp_python: Path, tmp_path: Path) -> None:
    """The example of the README, with the libraries that it names, from its source to KFP's artifacts."""
    shutil.copytree(ROOT / "examples/quickstart", tmp_path / "quickstart", ignore=shutil.ignore_patterns("__pycache__"))
    built = build(kfp_python, docker_daemon.host, tmp_path, tmp_path / "quickstart")
    answer, log = built.run(trees=5)
    assert answer["ok"], log[-3000:]
    (accuracy,) = built.root.glob("*/evaluate/accuracy-artifact")
    assert 0.8 < value(str(accuracy)) <= 1
    (summary,) = built.root.glob("*/summarise/output-artifact")
    assert value(str(summary)).startswith("Wine classifier: ")
    (train,) = built.root.glob("*/load-data/train")
    assert [p.suffix for p in train.iterdir() if p.suffix == ".parquet"]
