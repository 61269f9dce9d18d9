"""A step refuses to run other code than it was compiled from, before it imports any of it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from repositories import Repository, environment, generated


@pytest.fixture
def project(tmp_path: Path) -> Repository:
    """The generated project, compiled to a local script that runs its steps."""
    repository = generated(tmp_path / "project")
    compiled(repository)
    return repository


def compiled(repository: Repository, *words: str) -> None:
    done = repository.zencompile("--target", "local", "-o", "local", *words)
    assert done.returncode == 0, done.stderr


def run(repository: Repository) -> tuple[int, str]:
    """The exit code of the local script, and all that it says."""
    command = [sys.executable, "local/training.py"]
    done = subprocess.run(command, cwd=repository.root, capture_output=True, text=True, env=environment())
    return done.returncode, done.stdout + done.stderr


def test_it_runs_what_was_compiled(project: Repository) -> None:
    code, said = run(project)
    assert code == 0, said


def test_edits_that_mean_nothing_run_and_come_from_the_cache(project: Repository) -> None:
    assert run(project)[0] == 0
    project.replace("steps/total.py", "@step\ndef total", "# adds\n@step\ndef total")
    project.replace("helpers.py", "LIMIT = 100", "LIMIT = 100  # at most")
    project.write("data/sold.csv", "1.0\n2.0\n")
    code, said = run(project)
    assert code == 0, said
    assert said.count("cached") >= 4 or "4 from the cache" in said, said


def test_a_step_whose_code_changed_fails_and_says_which_file(project: Repository) -> None:
    project.replace("helpers.py", "value * factor", "value + factor")
    code, said = run(project)
    assert code != 0
    assert "helpers.py changed since the pipeline was compiled" in said
    assert "compile the pipeline again" in said
    compiled(project)
    assert run(project)[0] == 0


def test_a_step_runs_beside_one_that_changed(project: Repository) -> None:
    """The body of another step in the same file is none of its code."""
    project.replace("steps/total.py", "sum(items) / len(items)", "max(items)")
    code, said = run(project)
    assert code != 0
    assert re.search(r"average.*failed|failed.*average", said, re.S)
    assert "step `total`: " not in said


def test_code_that_can_t_be_imported_is_not_imported(project: Repository) -> None:
    """It is told before anything of it runs."""
    project.write("steps/load.py", "raise SystemExit('imported')\n")
    code, said = run(project)
    assert code != 0
    assert "imported" not in said
    assert "steps/load.py changed" in said


@pytest.mark.parametrize("path", ["helpers/__init__.py", "statistics.py", "queue/__init__.py"])
def test_what_stands_before_the_code_that_was_compiled(path: str, project: Repository) -> None:
    """A package beside a module of its name, and what is called like a module of the standard library."""
    project.write(path, "def scale(value, factor):\n    return 0\n")
    code, said = run(project)
    assert code != 0
    assert f"{path} changed since" in said
    compiled(project)
    (project.root / path).unlink()
    assert run(project)[0] != 0, "compiled with it, the code without it is another"


def test_a_package_that_is_called_like_python_s_own_tests(project: Repository) -> None:
    """Nothing imports those."""
    project.write("test/__init__.py", "")
    assert run(project)[0] == 0


def step_on_a_worker(folder: Path, code: str) -> tuple[int, str]:
    """The step that reads data, in a folder to which sources and runtime were copied."""
    variables = {"PYTHONPATH": str(folder / "runtime"), "PYTHONHASHSEED": "0"}
    command = [sys.executable, "-m", "zencompile_runtime", "step", "steps.load:load", "--id=load", f"--code={code}"]
    command += ["--pipeline=shop/training", "--run=r", f"--store={folder / 'store'}"]
    environ = {name: value for name, value in environment().items() if name != "PYTHONPATH"} | variables
    done = subprocess.run(command, cwd=folder / "sources", capture_output=True, text=True, env=environ)
    return done.returncode, done.stdout + done.stderr


def test_data_that_travelled_with_the_code_is_compared(project: Repository, tmp_path: Path) -> None:
    """A worker's folder is filled from one compilation; what changes there is no longer that."""
    (code,) = re.findall(r'"steps.load:load", code="(\w+)"', (project.root / "deploy/airflow/training.py").read_text())
    folder = tmp_path / "worker"
    shutil.copytree(project.root, folder / "sources", ignore=shutil.ignore_patterns("build", ".git"))
    shutil.copytree(project.root / "build/runtime", folder / "runtime")
    ended, said = step_on_a_worker(folder, code)
    assert ended == 0, said
    (folder / "sources/data/rates.json").write_text("another step's")
    assert step_on_a_worker(folder, code)[0] == 0
    (folder / "sources/data/sold.csv").write_text("42\n")
    ended, said = step_on_a_worker(folder, code)
    assert ended == 2
    assert "data/sold.csv changed since" in said
    (folder / "sources/data/sold.csv").unlink()
    assert step_on_a_worker(folder, code)[0] == 2


def test_a_warning_on_request(project: Repository) -> None:
    compiled(project, "--set", "local.drift=warn")
    project.replace("helpers.py", "value * factor", "value + factor")
    code, said = run(project)
    assert code == 0, said
    assert "helpers.py changed since the pipeline was compiled" in said


def test_data_is_read_as_it_is(project: Repository) -> None:
    """The project is where the script runs, so its data is too."""
    project.write("data/sold.csv", "5.0\n")
    assert run(project)[0] == 0
    before = (project.root / "local/training.py").read_text()
    compiled(project)
    assert (project.root / "local/training.py").read_text() == before


def test_a_file_that_is_for_reading_runs_nothing(project: Repository) -> None:
    project.write("pyproject.toml", '[project]\nname = "shop"\n[tool.zencompile.images]\ntag = "review"\n')
    compiled(project)
    code, said = run(project)
    assert code != 0
    assert "this was compiled for reading" in said
