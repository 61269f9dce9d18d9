"""What small programs observe here is what they observe in ZenML 0.98: the step context, hooks, metadata, exits, …

`observed.json` holds what the real ZenML gave; `refresh.py` makes it. Where both differ, `differences.txt` says why,
and so does the table in `docs/runtime.md`. Half of the programs run in one process; a sample in processes of their own,
as forks and as new interpreters. ZENCOMPILE_BEHAVIOUR=all runs all of them in each, and makes a part of the table anew.
"""

from __future__ import annotations

import json
import os
import sys
import zlib
from pathlib import Path
from typing import Any

import programs
import pytest
import refresh

TABLE = refresh.table()
PROGRAMS = programs.programs()
DIFFERENCES = programs.differences()
ALL = os.environ.get("ZENCOMPILE_BEHAVIOUR") == "all"

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="programs run in forks")


def chosen(one_of: int) -> list[str]:
    """One of so many programs, always the same ones, and those whose topic is the process."""
    return [name for name in PROGRAMS if ALL or zlib.crc32(name.encode()) % one_of == 0]


def held(tmp_path: Path, name: str, *flags: str) -> None:
    """Hold a program against the table."""
    import ours

    found, said = ours.run(PROGRAMS[name], tmp_path, *flags)
    if name in DIFFERENCES:
        assert found != TABLE[name], f"{name} is as in ZenML: take it out of differences.txt"
        assert (
            'Traceback (most recent call last):\n  File "' + str(Path(__file__).parents[2] / "zencompile") not in said
        )
        return
    assert found == TABLE[name], said


@pytest.mark.parametrize("name", chosen(2))
def test_a_program_observes_in_one_process_what_it_does_in_zenml(tmp_path: Path, name: str) -> None:
    """Prints, records, values, metadata, tags, the order of hooks, the exit code."""
    held(tmp_path, name, "--in-process")


@pytest.mark.parametrize("name", chosen(24))
def test_a_program_observes_in_forks_what_it_does_in_zenml(tmp_path: Path, name: str) -> None:
    """The same where each step has a process."""
    held(tmp_path, name, "--isolation", "fork")


@pytest.mark.parametrize("name", chosen(60))
def test_a_program_observes_in_new_interpreters_what_it_does_in_zenml(tmp_path: Path, name: str) -> None:
    """The same where each step has an interpreter."""
    held(tmp_path, name, "--isolation", "full")


def test_the_table_is_whole() -> None:
    """A program that was added has been run, and differences are of programs."""
    assert set(PROGRAMS) == set(TABLE)
    assert set(DIFFERENCES) <= set(PROGRAMS)
    assert len(PROGRAMS) >= 200


def test_the_page_has_the_table_of_fields() -> None:
    """What the compiler and the runtime know of the context's fields; `tests/context_page.py` writes it."""
    from tests import context_page

    text = context_page.PAGE.read_text("utf-8")
    assert context_page.page(text) == text


def test_the_page_tells_each_difference() -> None:
    """`docs/runtime.md` has the reason of each."""
    page = (Path(__file__).parents[2] / "docs" / "runtime.md").read_text("utf-8")
    assert not [why for why in DIFFERENCES.values() if why not in page]


@pytest.mark.skipif(not os.environ.get("ZENCOMPILE_BEHAVIOUR"), reason="ZENCOMPILE_BEHAVIOUR runs the real ZenML")
def test_zenml_still_observes_what_is_recorded() -> None:
    """A sample of the table, made again."""
    sample = chosen(40)
    found: dict[str, Any] = refresh.observe({name: PROGRAMS[name] for name in sample})
    assert json.loads(json.dumps(found)) == {name: TABLE[name] for name in sample}
