"""Steps that are one task: in their order, each as often as it may, going on where the last try ended."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from runtime_project import ROOT, Project

from zencompile_runtime.chain import Chain, run
from zencompile_runtime.errors import ConfigurationFault
from zencompile_runtime.spec import StepSpec


def words(store: Path, ids: str, attempts: int, current: int, tries: int) -> list[str]:
    """The arguments of a chain whose steps are called by letters."""
    more = [f"--attempts={attempts}"] if attempts > 1 else []
    steps = [word for id in ids for word in ("--step", f"run:{id}", f"--id={id}", *more)]
    return [*steps, "--all", f"--try={current}", f"--tries={tries}", f"--store={store}", "--run=r", "--pipeline=n/p"]


class Engine:
    """What stands for Airflow: it tries the task as often as it has retries. `plan` says which starts fail."""

    def __init__(self, store: Path, ids: str, retries: int) -> None:
        self.store, self.ids, self.retries = store, ids, retries
        self.started: list[tuple[str, int, int]] = []

    def run(self, failing: Iterator[bool], tries_before: int = 0) -> bool:
        """Whether the task succeeds in the end."""
        tries = tries_before + self.retries * len(self.ids) + 1

        def start(arguments: Sequence[str]) -> int:
            spec = StepSpec.from_argv(arguments)
            self.started.append((spec.id, spec.attempt, spec.attempts))
            return int(next(failing, False))

        for current in range(tries_before + 1, tries + 1):
            given = words(self.store, self.ids, self.retries + 1, current, tries)
            if run(Chain.from_argv(given), start) == 0:
                return True
        return False


def expected(ids: str, retries: int, failing: Iterator[bool]) -> tuple[bool, list[tuple[str, int, int]]]:
    """The same steps as tasks of their own."""
    started = []
    for id in ids:
        for attempt in range(1, retries + 2):
            started.append((id, attempt, retries + 1))
            if not next(failing, False):
                break
        else:
            return False, started
    return True, started


@pytest.mark.parametrize("retries", [1, 2])
def test_every_step_has_the_attempts_of_a_task_of_its_own(tmp_path: Path, retries: int) -> None:
    """Whatever fails, the same steps are started as often as without the chain, and the end is the same."""
    for number, plan in enumerate(itertools.product([False, True], repeat=6)):
        engine = Engine(tmp_path / f"{retries}-{number}", "abc", retries)
        success, started = expected("abc", retries, iter(plan))
        assert (engine.run(iter(plan)), engine.started) == (success, started), plan


def test_a_task_that_is_cleared_starts_anew(tmp_path: Path) -> None:
    engine = Engine(tmp_path, "ab", 1)
    assert engine.run(iter([False, True, False]))
    engine.started.clear()
    assert engine.run(iter([]), tries_before=2)
    assert engine.started == [("a", 1, 2), ("b", 1, 2)]


def test_retries_that_no_step_asked_for_are_the_task_s(tmp_path: Path) -> None:
    """Airflow's own configuration gives tasks retries: the steps share them."""
    started: list[Any] = []

    def start(arguments: Sequence[str]) -> int:
        spec = StepSpec.from_argv(arguments)
        started.append((spec.id, spec.attempt, spec.attempts))
        return int(len(started) == 2)

    assert run(Chain.from_argv(words(tmp_path, "ab", 1, 1, 2)), start) == 1
    assert run(Chain.from_argv(words(tmp_path, "ab", 1, 2, 2)), start) == 0
    assert started == [("a", 1, 2), ("b", 1, 2), ("b", 2, 2)]


@pytest.mark.parametrize("argv", [[], ["--all", "--run=r"], ["run:a", "--id=a"], ["--step", "run:a", "--all"]])
def test_what_is_no_chain_is_refused(argv: list[str]) -> None:
    with pytest.raises(ConfigurationFault):
        Chain.from_argv(argv)


def command(project: Project, *argv: str) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PYTHONHASHSEED": "0",
        "ZENCOMPILE_PROJECT": str(project.folder),
    }
    return subprocess.Popen(
        [sys.executable, "-m", "zencompile_runtime", "chain", *argv],
        env=environment, cwd=project.folder, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


SLOW = """
    import pathlib, time
    from zenml import step

    @step
    def quick() -> int:
        return 1

    @step
    def slow(x: int) -> int:
        pathlib.Path("started").touch()
        try:
            time.sleep(60)
        finally:
            with pathlib.Path("cleaned").open("a") as file:
                file.write("once\\n")
        return x
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_the_end_of_the_task_ends_the_step_that_runs(project: Project, number: int) -> None:
    """Told once, so that it can clean up; and whoever is killed takes his step along."""
    project.write(SLOW, "run.py")
    run_of = ["--step", "run:quick", "--id=quick", "--step", "run:slow", "--id=slow", '--input=x=["quick", "output"]']
    process = command(project, *run_of, "--all", "--run=r", "--pipeline=n/p", f"--store={project.folder.parent / 's'}")
    until(lambda: (project.folder / "started").exists())
    process.send_signal(number)
    _, said = process.communicate(timeout=30)
    assert process.returncode == (143 if number == signal.SIGTERM else -signal.SIGKILL), said
    until(lambda: (project.folder / "cleaned").exists())
    assert (project.folder / "cleaned").read_text() == "once\n"


def until(happened: Any) -> None:
    end = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.02)
