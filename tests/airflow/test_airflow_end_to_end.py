"""The quickstart, compiled by the command line and run by real Airflows: as processes and as containers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import docker_daemon as docker_service
import pytest

pytestmark = pytest.mark.airflow
QUICKSTART = Path(__file__).parent.parent.parent / "examples" / "quickstart"
# What the steps return, by invocation and output; all of these are promised to be equal byte for byte.
OUTPUTS = {
    "load_data": ["train", "test"],
    "train_model": ["model"],
    "evaluate": ["accuracy", "confusion"],
    "summarise": ["output"],
}


def compiled(folder: Path, *settings: str) -> Path:
    """A copy of the quickstart in `folder`, compiled there for Airflow."""
    shutil.copytree(QUICKSTART, folder, ignore=shutil.ignore_patterns("build", "__pycache__", ".zencompile"))
    command = [sys.executable, "-c", "from zencompile.cli import main; main()", "run.py", "--target", "airflow"]
    command += ["-o", "dags", *(f"--set=airflow.{setting}" for setting in settings)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def digests(store: Path, run: str) -> dict[str, Any]:
    """The digest of every output of a run."""
    from urllib.parse import quote

    folder = store / "runs" / "default" / "wines" / quote(run, safe="")
    return {
        f"{invocation}.{output}": json.loads((folder / invocation / f"{output}.json").read_text())["value"]["digest"]
        for invocation, outputs in OUTPUTS.items()
        for output in outputs
    }


@pytest.fixture(scope="session")
def quickstart_project(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The quickstart for the bash operator, its project folder prepared: the compiled copy, and the store."""
    base = tmp_path_factory.mktemp("bash")
    store = base / "store"
    project = compiled(base / "quickstart", "operator=bash", f"project={base / 'worker'}", f"store={store}")
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    done = subprocess.run(
        ["sh", "build/airflow/wines/prepare.sh"],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return project, store


@pytest.fixture(scope="session")
def by_hand(quickstart_project: tuple[Path, Path]) -> dict[str, Any]:
    """The digests of the same steps run one by one with the runtime's command, in the same environment."""
    project, store = quickstart_project
    worker = project.parent / "worker"
    environment = {**os.environ, "PYTHONPATH": str(worker / "runtime"), "PYTHONHASHSEED": "0"}
    arguments = {
        "load_data": ["--param=test_size=0.25"],
        "train_model": ['--input=train=["load_data","train"]', "--param=trees=7"],
        "evaluate": ['--input=model=["train_model","model"]', '--input=test=["load_data","test"]'],
        "summarise": [
            '--input=accuracy=["evaluate","accuracy"]',
            '--input=confusion=["evaluate","confusion"]',
            '--param=title="Wine classifier"',
        ],
    }
    own = store.parent / "store by hand"
    for step, given in arguments.items():
        command = [str(worker / ".venv/bin/python"), "-m", "zencompile_runtime", "step", f"run:{step}", f"--id={step}"]
        command += [*given, "--pipeline=default/wines", "--run=by hand", f"--store={own}"]
        done = subprocess.run(
            command, cwd=worker / "sources", env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
    return digests(own, "by hand")


def test_the_bash_operator_runs_the_quickstart(
    airflow: Any, quickstart_project: tuple[Path, Path], by_hand: dict[str, Any]
) -> None:
    """Every step succeeds, with a parameter given at the start, and the artifacts are those of the plain steps."""
    project, store = quickstart_project
    ran = airflow.run(project / "dags" / "wines.py", "wines", trees=7)
    assert ran["state"] == "success", ran["log"][-4000:]
    assert ran["tasks"] == dict.fromkeys(OUTPUTS, "success")
    assert digests(store, ran["run"]) == by_hand


@pytest.mark.docker
def test_the_docker_operator_runs_the_quickstart_in_its_image(
    airflow: Any, docker_daemon: docker_service.Docker, by_hand: dict[str, Any], tmp_path: Path
) -> None:
    """In the image built from the generated Dockerfile, with the same artifacts as without containers."""
    store = tmp_path / "store"
    store.mkdir()
    project = compiled(tmp_path / "quickstart", f"store={store}", f"docker_url={docker_daemon.host}")
    (image,) = (project / "build" / "images").iterdir()
    reference = json.loads((image / "image.json").read_text())["reference"]
    docker_service.build(docker_daemon.host, image / "Dockerfile", reference, project)
    names = json.loads((image / "steps" / "wines.json").read_text())["steps"].values()
    for name in names:
        docker_service.tag(docker_daemon.host, reference, name)
    ran = airflow.run(project / "dags" / "wines.py", "wines", trees=7)
    assert ran["state"] == "success", ran["log"][-4000:]
    assert ran["tasks"] == dict.fromkeys(OUTPUTS, "success")
    assert digests(store, ran["run"]) == by_hand
