"""Generated programs mean what they mean in Python: the same graph with the same values, or an error."""

from __future__ import annotations

from pathlib import Path

import pytest
from programs import Program, generate
from python_side import Python
from verdicts import Kind, Verdict, judge, shrunk

pytest.skip(
    "module code is not yet run in its order: most programs are refused, some are read wrongly", allow_module_level=True
)

BASE = 20_000
CHUNKS = 6
PROGRAMS = 300
TRACED = 40
ALLOWED = ()
"""Why a program that Python runs may be refused."""


def _fails(kind: Kind, reason: str) -> bool:
    return kind in (Kind.WRONG, Kind.ELSEWHERE, Kind.INVALID) or (
        kind is Kind.REFUSED and not reason.startswith(ALLOWED)
    )


def _told(seed: int, program: Program, verdict: Verdict) -> str:
    return f"seed {seed} is {verdict.kind.value}: {verdict.reason}\n{program}\n{verdict.details}"


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_programs_mean_what_they_mean_in_python(chunk: int, tmp_path: Path) -> None:
    """Each program of the seeds of this chunk."""
    with Python() as python:
        for seed in range(BASE + chunk, BASE + PROGRAMS, CHUNKS):
            program, verdict = judge(seed, tmp_path / "program", python)
            if _fails(verdict.kind, verdict.reason):
                program, verdict = shrunk(program, verdict, tmp_path / "program", python)
                pytest.fail(
                    f"seed {seed} is {verdict.kind.value}: {verdict.reason}\n{program}\n{verdict.details}",
                    pytrace=False,
                )


def test_running_a_program_gives_the_same_graph(tmp_path: Path) -> None:
    """The front end that runs the program agrees with Python and, to the last field, with the one that reads it."""
    with Python() as python:
        for seed in range(BASE, BASE + TRACED):
            program, verdict = judge(seed, tmp_path / "program", python, traced=True)
            if verdict.kind not in (Kind.SAME, Kind.RIGHTLY_REFUSED):
                program, verdict = shrunk(program, verdict, tmp_path / "program", python, traced=True, tries=60)
                pytest.fail(_told(seed, program, verdict), pytrace=False)


def test_a_seed_decides_its_program() -> None:
    """The same seed gives the same files, another one others."""
    assert generate(BASE) == generate(BASE)
    assert generate(BASE).files != generate(BASE + 2).files
