"""Hooks that a step owes, and the command that calls them when the engine has given the step up."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from runtime_project import ROOT, Project

from zencompile_runtime import owed

SOURCE = """
import os, pathlib, signal, time
from zenml import get_step_context, step

def say(*words):
    with open("said", "a") as file:
        file.write(" ".join([*words, get_step_context().step_name]) + "\\n")

def failure(error): say("failure", type(error).__name__)
def ended(error): say("end", type(error).__name__)
def clean(): say("clean")

@step
def good() -> int:
    return 1

@step
def bad() -> int:
    raise ValueError("no")

@step
def killed() -> int:
    os.kill(os.getpid(), signal.SIGKILL)

@step
def slow() -> int:
    pathlib.Path("began").touch()
    time.sleep(60)
    return 1

@step
def given(x: int) -> int:
    return x
"""
HOOKS = (
    "--on-failure=steps_under_test:failure",
    "--on-end=steps_under_test:ended",
    "--on-cleanup=steps_under_test:clean",
)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setattr(owed, "GRACE", 0)
    made = Project(tmp_path)
    made.write(SOURCE)
    return made


def arguments(project: Project, step: str, *more: str) -> list[str]:
    common = ["--pipeline=acme/digits", "--run=r1", f"--store={project.store_url}", *HOOKS]
    return [f"steps_under_test:{step}", f"--id={step}", *common, *more]


def step(project: Project, name: str, *more: str) -> int:
    return project.command("step", *arguments(project, name, "--owe", *more)).returncode


def hooks(project: Project, name: str, *more: str) -> subprocess.CompletedProcess[str]:
    return project.command("hooks", *arguments(project, name, *more))


def said(project: Project) -> list[str]:
    file = project.folder / "said"
    words = [line.rpartition(" ")[0] for line in file.read_text().splitlines()] if file.exists() else []
    file.unlink(missing_ok=True)
    return words


def test_what_a_step_could_call_is_not_called_again(project: Project) -> None:
    step(project, "good")
    assert said(project) == ["end NoneType", "clean"]
    step(project, "bad")
    assert said(project) == ["end ValueError", "failure ValueError", "clean"]
    assert hooks(project, "bad").returncode == 0
    assert said(project) == []


def test_a_killed_step_owes_all(project: Project) -> None:
    assert step(project, "killed") == -signal.SIGKILL
    assert hooks(project, "killed").returncode == 0
    assert said(project) == ["end Ended", "failure Ended", "clean"]
    assert hooks(project, "killed").returncode == 0
    assert said(project) == ["failure Ended"], "the engine tried it again as a whole, and it never began"


def test_a_step_that_never_began_owes_its_failure(project: Project) -> None:
    hooks(project, "good")
    assert said(project) == ["failure Ended"]


def test_an_attempt_before_the_last_owes_its_failure_until_there_is_another(project: Project) -> None:
    """An engine may give a step up although it has attempts left; or may not come to start the last one."""
    step(project, "bad", "--attempt=1", "--attempts=3")
    assert said(project) == ["end ValueError", "clean"]
    hooks(project, "bad")
    assert said(project) == ["failure Ended"]
    step(project, "bad", "--attempt=1", "--attempts=2")
    step(project, "bad", "--attempt=2", "--attempts=2")
    assert said(project) == ["end ValueError", "clean", "end ValueError", "failure ValueError", "clean"]
    hooks(project, "bad")
    assert said(project) == []


@pytest.mark.parametrize("name", ["given", "none"])
def test_a_step_that_found_no_input_or_no_code_owes_nothing(project: Project, name: str) -> None:
    """As in ZenML, whose hooks are those of a step that ran."""
    assert step(project, name, '--input=x=["nowhere","output"]') in (2, 3)
    hooks(project, name)
    assert said(project) == []


def test_a_step_that_is_asked_to_end_cleans_up_and_leaves_the_rest(project: Project) -> None:
    """The process alone has what on_init made; the engine alone knows whether the failure is the last one."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "ZENCOMPILE_CODE": str(project.code)}
    command = [sys.executable, "-m", "zencompile_runtime", "step", *arguments(project, "slow", "--owe")]
    process = subprocess.Popen(command, cwd=project.folder, env=environment)
    while not (project.folder / "began").exists():
        time.sleep(0.05)
    process.terminate()
    assert process.wait(30) == 143
    assert said(project) == ["clean"]
    hooks(project, "slow")
    assert said(project) == ["end Ended", "failure Ended"]


def test_a_process_that_lingers_calls_nothing_that_another_has_called(project: Project) -> None:
    spec = project.spec("good", hooks={"on_cleanup": "steps_under_test:clean"}, owe=True)
    lingering = owed.Owed(spec, project.store)
    lingering.begin()
    owed.call(spec)
    assert not lingering.take("on_cleanup")
    lingering.begin()
    owed.Owed(project.spec("good", hooks=spec.hooks, owe=True, attempt=2), project.store).begin()
    assert not lingering.take("on_cleanup")


def test_a_hook_that_fails_is_told_and_the_others_are_called(project: Project) -> None:
    project.write(SOURCE.replace('say("failure", type(error).__name__)', "1 / 0"))
    step(project, "killed")
    done = hooks(project, "killed")
    assert (done.returncode, "ZeroDivisionError" in done.stderr) == (1, True)
    assert said(project) == ["end Ended", "clean"]


def test_a_step_that_owes_nothing_writes_nothing(project: Project) -> None:
    project.command("step", *arguments(project, "good"))
    assert not list(Path(project.store_url).rglob(".hooks.json"))
    step(project, "good")
    (file,) = Path(project.store_url).rglob(".hooks.json")
    document: dict[str, Any] = json.loads(file.read_text())
    assert document["hooks"] == []
