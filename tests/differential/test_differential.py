"""Generated programs mean what they mean in Python: the same graph with the same values, or an error."""

from __future__ import annotations

from pathlib import Path

import pytest
from programs import Program, generate
from python_side import Python
from verdicts import Kind, Verdict, judge, shrunk

BASE = 20_000
CHUNKS = 6
PROGRAMS = 300
TRACED = 24
OPEN = (
    "default at run time",  # of a step, computed by code whose result depends on the order of imports
    "ZC0401 invalid IR",  # a parameter that one run leaves behind and another one reads
)
"""Verdicts that are known to be wrong."""


def _fails(verdict: Verdict) -> bool:
    return verdict.kind not in (Kind.SAME, Kind.RIGHTLY_REFUSED) and not verdict.reason.startswith(OPEN)


def _told(seed: int, program: Program, verdict: Verdict) -> str:
    return f"seed {seed} is {verdict.kind.value}: {verdict.reason}\n{program}\n{verdict.details}"


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_programs_mean_what_they_mean_in_python(chunk: int, tmp_path: Path) -> None:
    """Each program of the seeds of this chunk."""
    with Python() as python:
        for seed in range(BASE + chunk, BASE + PROGRAMS, CHUNKS):
            program, verdict = judge(seed, tmp_path / "program", python)
            if _fails(verdict):
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
            if _fails(verdict):
                program, verdict = shrunk(program, verdict, tmp_path / "program", python, traced=True, tries=60)
                pytest.fail(_told(seed, program, verdict), pytrace=False)


def test_a_seed_decides_its_program() -> None:
    """The same seed gives the same files, another one others."""
    assert generate(BASE) == generate(BASE)
    assert generate(BASE).files != generate(BASE + 2).files
