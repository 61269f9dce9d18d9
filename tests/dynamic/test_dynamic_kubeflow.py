"""Dynamic programs with branches, merges and maps, compiled to Kubeflow and run by the stand-in for KFP's server.

`python tests/dynamic/on_kubeflow.py` runs all of them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from dynamic_compiling import ROOT, compile_for
from dynamic_programs import Program, programs
from dynamic_reference import happened

sys.path.append(str(ROOT / "tests" / "kubeflow"))

from on_kubeflow import runs_alike
from stand_in_forks import Forks

_NAMES = """
    merge-with-none merge-nested merge-elif-chain merge-then-merge merge-of-a-map-and-a-list map-over-a-merge
    gathered-in-a-nested-branch product-of-loaded-lists map-unequal-lengths failure-in-a-branch-stops-what-follows
    text-comparisons nan-of-the-run merge-elif-where-one-arm-sets-it merge-else-with-a-branch-and-more
    merge-same-output-by-two-names
"""
PROGRAMS = {one.name: one for one in programs()}


@pytest.fixture(scope="module")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    with Forks(ROOT, tmp_path_factory.mktemp("forks") / "log.txt") as started:
        yield started


@pytest.mark.parametrize("name", _NAMES.split())
def test_a_program_runs_as_in_python(name: str, forks: Forks, tmp_path: Path) -> None:
    program: Program = PROGRAMS[name]
    program.unpack(tmp_path)
    made = compile_for(program, "kubeflow", tmp_path)
    assert made.files is not None, made.errors
    (tmp_path / "reference").mkdir()
    runs_alike(program, happened(program, tmp_path / "reference"), made, tmp_path, forks)
