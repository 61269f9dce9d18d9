"""Dynamic pipelines do what they do in Python, on each target that compiles them."""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from dynamic_compiling import TARGETS, Compiled, compiled, line, listed, without_ids
from dynamic_programs import Program, programs
from dynamic_reference import Happened, happened
from graphs import NotSimulated, Wrong, airflow, kubeflow

PROGRAMS = list(programs())
INTERNAL = ("ZC0009", "ZC0401")
"""What the compiler says of mistakes of its own."""
RAISES = "ZC0102"
NUMBERED = "ZC0238"
"""An invocation is called by a number that it wouldn't have in each run."""
SECONDS = 60


@dataclass(frozen=True)
class Case:
    """A program, unpacked to a folder, and what the targets made of it."""

    program: Program
    folder: Path
    targets: dict[str, Compiled]

    @functools.cached_property
    def happened(self) -> Happened:
        """What Python does; a process, so that only those ask who have something to compare with it."""
        folder = self.folder / "reference"
        folder.mkdir()
        return happened(self.program, folder)


@pytest.fixture(scope="module", params=PROGRAMS, ids=lambda program: program.name)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    folder = tmp_path_factory.mktemp(request.param.name, numbered=True)
    return Case(request.param, folder, compiled(request.param, folder))


def test_a_program_does_what_it_does_in_python_or_is_refused(case: Case) -> None:
    """Each target refuses it with a true reason, or what it compiles to agrees with the reference."""
    faults, skipped = [], []
    for target, made in case.targets.items():
        try:
            AGREES[target](case, made) if made.files is not None else _rightly_refused(case, made)
        except Wrong as why:
            faults.append(f"{target}: {why}")
        except NotSimulated as why:
            skipped.append(f"{target} can't be played: {why}")
    if faults:
        pytest.fail("\n".join([*faults, "", case.program.text]), pytrace=False)
    if skipped:
        pytest.skip("; ".join(skipped))


def test_what_is_compiled_is_listed(case: Case) -> None:
    """No target refuses what it could compile, and each program that a target learns to compile is put in the list."""
    name, before = case.program.name, listed().get(case.program.name, [])
    told = []
    for target in TARGETS:
        made = case.targets[target]
        if made.files is None and target in before:
            told.append(f"{target} doesn't compile {name} any longer: {'; '.join(made.errors)}")
        elif made.files is not None and target not in before:
            told.append(f"{target} compiles {name} now: its line of compiled.txt is `{line(name, case.targets)}`")
    if told:
        pytest.fail("\n".join(told), pytrace=False)


def test_the_list_has_each_program_once_and_in_order() -> None:
    assert list(listed()) == [program.name for program in PROGRAMS]
    assert len({program.name for program in PROGRAMS}) == len(PROGRAMS)


def _rightly_refused(case: Case, made: Compiled) -> None:
    """Raise Wrong if a reason for refusing the program is none."""
    if not made.errors:
        raise Wrong("neither compiled nor refused")
    for error in made.errors:
        internal = error.startswith(INTERNAL)
        if internal or (error.startswith(RAISES) and "raises" in error and not case.happened.raised):
            raise Wrong(f"refused with what isn't true: {error}")


def _runs_alike(case: Case, made: Compiled) -> None:
    """Raise Wrong unless the generated scripts, run in turn, write the same lines and end as the program does."""
    out = case.folder / "out.txt"
    out.touch()
    code, log = 0, ""
    for script in made.write(case.folder):
        done = _run(script, OUT=str(out), ZENCOMPILE_CODE=str(case.folder / "build" / "runtime" / "code"))
        code, log = done.returncode, done.stdout + done.stderr
        if code:
            break
    got, wanted = out.read_text("utf-8").splitlines(), list(case.happened.lines)
    if case.program.unordered:
        got, wanted = sorted(got), sorted(wanted)
    if made.warned(NUMBERED):
        got, wanted = without_ids(got), without_ids(wanted)
    if got != wanted:
        raise Wrong(f"writes {got}, not {wanted}\n{log}")
    if (code != 0) != case.happened.raised:
        raise Wrong(f"ends with {code}, the program {'raises' if case.happened.raised else 'completes'}\n{log}")


def _run(script: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a generated script, which needs nothing that is installed."""
    return subprocess.run(
        [sys.executable, "-S", script, "--in-process", "--plain"],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=SECONDS,
        check=False,
    )


AGREES: dict[str, Callable[[Case, Compiled], None]] = {
    "local": _runs_alike,
    "airflow": lambda case, made: airflow(case.program, case.happened, made.deployed),
    "kubeflow": lambda case, made: kubeflow(case.program, case.happened, made.deployed),
}
"""What raises Wrong unless a compiled program does what the reference does."""
