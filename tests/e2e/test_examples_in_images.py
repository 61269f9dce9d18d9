"""The quickstart with the local runner's docker executor: built, run in its image, equal to the process executor."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.docker
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
COMMAND = [sys.executable, "-c", "from zencompile.cli import main; main()"]


def command(folder: Path, *words: str) -> str:
    done = subprocess.run([*COMMAND, *words], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
    return done.stdout


def digests(folder: Path, run: str) -> dict[str, str]:
    manifests = (folder / f".zencompile/store/runs/default/wines/{run}").glob("*/[!.]*.json")
    return {
        f"{path.parent.name}.{path.stem}": json.loads(path.read_text())["value"]["digest"] for path in sorted(manifests)
    }


def test_the_quickstart_in_its_image_makes_what_it_makes_in_processes(docker_daemon, tmp_path: Path) -> None:
    """The same files by the same bytes, but for the model: its pickle has the same digest where all versions agree."""
    folder = tmp_path / "project"
    shutil.copytree(
        EXAMPLES / "quickstart", folder, ignore=shutil.ignore_patterns(".zencompile", "build", "__pycache__")
    )
    docker = ("--set", "local.executor=docker")
    command(folder, "compile", "run.py", "--target", "local", *docker)
    command(folder, "build", "build", "--network", "host")
    out = command(folder, "run", "run.py", *docker, "--run", "images", "--no-cache")
    assert "4 completed" in out
    document = json.loads((folder / ".zencompile/store/runs/default/wines/images/.run.json").read_text())
    assert document["executor"] == "docker"
    command(folder, "run", "run.py", "--run", "processes", "--no-cache")
    images, processes = digests(folder, "images"), digests(folder, "processes")
    assert len(images) == 6 and images.keys() == processes.keys()
    values = [name for name in images if name != "train_model.model"]
    assert {name: images[name] for name in values} == {name: processes[name] for name in values}
