"""The examples, compiled for the local runner and run, against the same steps called by hand."""

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

ROOT = Path(__file__).resolve().parents[2]
COMPARING = Path(__file__).parent / "comparing.py"
SECRETS = {"ZENCOMPILE_SECRET_CHURN_REGISTRY_REGISTRY_TOKEN": "t"}
BY_HAND = {"CHANNEL": "churn-releases", "STAGE": "dev", "REGISTRY_TOKEN": "t"}
PATHS = {"PYTHONPATH": ":".join(str(ROOT / p) for p in ("", "backends", "templates"))}


@dataclass(frozen=True)
class Example:
    """A pipeline of an example: where it is, how it is chosen, what it is called."""

    project: str
    arguments: tuple[str, ...]
    pipeline: str
    by_hand: str

    @property
    def name(self) -> str:
        return self.pipeline.rpartition("/")[2]


EXAMPLES = [
    Example("quickstart", (), "zencompile/wines", "quickstart"),
    Example("churn", ("--train",), "zencompile/churn_training", "churn_training"),
    Example("churn", ("--monitor",), "zencompile/churn_monitoring", "churn_monitoring"),
]


def run(*words: str | Path, cwd: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env=os.environ | {"PYTHONHASHSEED": "0"} | environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )


def compare(*words: str | Path, **environment: str) -> dict[str, Any]:
    """What `comparing.py` prints."""
    done = run(sys.executable, COMPARING, *words, **PATHS, **environment)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def compiled(example: Example, target: str, folder: Path, *options: str) -> Path:
    """The example's project, copied and compiled; the output folder is `folder`/out."""
    project = folder / example.project
    if not project.exists():
        ignored = shutil.ignore_patterns("__pycache__", ".zencompile", "build")
        shutil.copytree(ROOT / "examples" / example.project, project, ignore=ignored)
        (folder / "pyproject.toml").write_text('[project]\nname = "zencompile"\n')
    words = ["run.py", "--target", target, "-o", str(folder / "out"), "--build-dir", str(folder / "build"), *options]
    command = [sys.executable, "-c", "from zencompile.cli import main; main()", *words]
    done = run(*command, "--", *example.arguments, cwd=project, **PATHS)
    assert done.returncode == 0, done.stderr
    return project


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: e.name)
def test_the_local_runner_gives_what_calling_the_steps_by_hand_gives(example: Example, tmp_path: Path) -> None:
    """Every output of every step is equal; a second run takes all of them from the cache."""
    project = compiled(example, "local", tmp_path)
    script = tmp_path / "out" / f"{example.name}.py"
    store = tmp_path / "store"
    first = run(sys.executable, script, "--store", store, "--run", "one", cwd=tmp_path, **SECRETS)
    assert first.returncode == 0, first.stdout + first.stderr
    by_hand = compare("plain", example.by_hand, project, ZENCOMPILE_PROJECT=str(project), **BY_HAND)
    stored = compare("store", store, example.pipeline, "one", ZENCOMPILE_PROJECT=str(project))
    assert stored == by_hand
    second = run(sys.executable, script, "--store", store, "--run", "two", cwd=tmp_path, **SECRETS)
    assert second.returncode == 0, second.stdout + second.stderr
    states = _states(store, example.pipeline, "two")
    uncached = {"publish_card"}  # its decorator says enable_cache=False
    assert {step: state for step, state in states.items() if step not in uncached} == {
        step: "cached" for step in states if step not in uncached
    }
    assert compare("store", store, example.pipeline, "two", ZENCOMPILE_PROJECT=str(project)) == by_hand


def _states(store: Path, pipeline: str, name: str) -> dict[str, str]:
    folder = store / "runs" / pipeline / name
    return {path.parent.name: json.loads(path.read_text())["status"] for path in sorted(folder.glob("*/.step.json"))}


def test_the_runner_works_without_the_compiler(tmp_path: Path) -> None:
    """What was compiled needs Python and the user's own requirements; the compiler can't even be imported."""
    example = EXAMPLES[0]
    compiled(example, "local", tmp_path)
    blocker = tmp_path / "blocked"
    blocker.mkdir()
    (blocker / "sitecustomize.py").write_text(
        "import sys\n\nclass Refuse:\n    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] in ('zencompile', 'zenml', 'pydantic', 'click', 'jinja2'):\n"
        "            raise ModuleNotFoundError(name, name=name)\n\nsys.meta_path.insert(0, Refuse())\n"
    )
    environment = {"PYTHONPATH": str(blocker)}
    script = tmp_path / "out" / "wines.py"
    done = run(sys.executable, script, "--store", tmp_path / "store", cwd=tmp_path, **environment)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.zenml
def test_real_zenml_agrees(zenml_python: Path, tmp_path: Path) -> None:
    """The original runs examples/churn with its dev configuration: same invocation ids, equal values."""
    project = tmp_path / "churn"
    shutil.copytree(ROOT / "examples" / "churn", project, ignore=shutil.ignore_patterns("__pycache__", ".zencompile"))
    environment = {
        "ZENML_CONFIG_PATH": str(tmp_path / "zenml"),
        "ZENML_ANALYTICS_OPT_IN": "false",
        "ZENML_LOGGING_VERBOSITY": "ERROR",
        "PYTHONPATH": "",
    }
    secret = [zenml_python.parent / "zenml", "secret", "create", "churn_registry", "--REGISTRY_TOKEN=t"]
    made = run(*secret, cwd=project, **environment)
    assert made.returncode == 0, made.stdout + made.stderr
    done = run(zenml_python, "run.py", "--train", "--stage", "dev", cwd=project, **environment)
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    importable = environment | {"PYTHONPATH": str(project)}
    answer = run(zenml_python, COMPARING, "zenml", "churn_training", cwd=project, **importable)
    assert answer.returncode == 0, answer.stderr[-4000:]
    original = json.loads(answer.stdout.splitlines()[-1])

    example = EXAMPLES[1]
    compiled(example, "local", tmp_path / "ours")
    ours, store = tmp_path / "ours" / "churn", tmp_path / "store"
    script = tmp_path / "ours" / "out" / "churn_training.py"
    done = run(sys.executable, script, "--store", store, "--run", "one", cwd=ours, **SECRETS)
    assert done.returncode == 0, done.stdout + done.stderr
    assert compare("store", store, example.pipeline, "one", ZENCOMPILE_PROJECT=str(ours)) == original
