"""What a loop made outside of a branch is what the branch may leave, and what is mapped over after it."""

from __future__ import annotations

from pathlib import Path

import pytest
from kubeflow_projects import Compiled, value

PROGRAM = """
from zenml import pipeline, step

@step
def lst(n: int) -> list[int]:
    return list(range(n))

@step
def use(v: int) -> int:
    return v + 1

@step
def num(n: int) -> int:
    return n

@step
def total(vs: list[int]) -> int:
    return sum(vs)

@pipeline(dynamic=True, enable_cache=False)
def demo(k: int = 5):
    r = use.map(v=lst(2))
    if num(k).load() > 2:
        q = use.map(v=r)
    else:
        q = r
    total(use.map(v=q))
"""


@pytest.mark.parametrize(("k", "found"), [(5, 7), (1, 5)])
def test_a_branch_leaves_the_list_of_a_loop_before_it(k: int, found: int, tmp_path: Path) -> None:
    run = Compiled(tmp_path, {"run.py": PROGRAM}).run(k=k)
    assert value(run["total"].made["output-artifact"]) == found
