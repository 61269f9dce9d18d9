"""Pipelines that are written twice, in the SDK's DSL and for this compiler, mean the same to a KFP server."""

from __future__ import annotations

import functools
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from zencompile import api

HERE = Path(__file__).parent / "twice"
sys.path.insert(0, str(HERE))
from normal import normal  # noqa: E402

pytestmark = pytest.mark.kfp

NAMES = (
    *("chain", "fan", "parameters", "required", "conditions", "condition", "one_of", "loop", "loop_over_output"),
    *("nested_loops", "collected", "nested", "exit_handler", "importer", "retries", "resources", "uncached"),
    *("variables", "platform", "documents", "optional", "order", "parts"),
)

DIFFERENT: dict[str, str] = {}
"""What is not the same yet, and why."""

Json = Any


@functools.lru_cache(maxsize=1)
def theirs(python: Path) -> dict[str, list[Json]]:
    """The specifications that the SDK makes, all in one process."""
    done = subprocess.run([str(python), str(HERE / "theirs.py")], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, list[Json]] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our program, alone in a folder."""
    folder = tmp_path_factory.mktemp("twice")
    shutil.copy(HERE / "ours.py", folder / "run.py")
    return folder / "run.py"


def ours(program: Path, name: str) -> list[Json]:
    """The specification that this compiler makes of the pipeline of that name."""
    options = {"artifacts": {"iris": "gs://bucket/iris.csv"}}
    made = api.compile(program, "kubeflow", pipeline=name, options=options, write=False)
    (text,) = (text for path, text in made.items() if path.name == f"{name.replace('_', '-')}.yaml")
    return [one for one in yaml.load_all(text, yaml.CSafeLoader) if one]


def test_every_pipeline_is_written_twice(kfp_python: Path) -> None:
    assert sorted(theirs(kfp_python)) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_it_means_the_same(name: str, kfp_python: Path, program: Path, request: pytest.FixtureRequest) -> None:
    if name in DIFFERENT:
        request.applymarker(pytest.mark.xfail(reason=DIFFERENT[name], strict=True, raises=Exception))
    wanted = normal(theirs(kfp_python)[name])
    assert normal(ours(program, name)) == wanted
