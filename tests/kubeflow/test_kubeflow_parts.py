"""Nothing waits for more than the program says: after a failure, just that runs which needs nothing that failed."""

from __future__ import annotations

import random
import shutil
from pathlib import Path
from typing import Any

import pytest
import stand_in
from kubeflow_samples import Compiled, call, kind, pipeline, step

from zencompile.ir import Condition, Expression, Literal, OutputRef
from zencompile.ir.order import upstream

STEPS = [step("score", {}, {"output": kind("int")}), step("work", {"one": kind("any")}, {"output": kind("int")})]


def program(chooser: random.Random) -> Any:
    """A pipeline with steps before a branch, in its arms, in a branch of one arm, and after it."""
    score = OutputRef(invocation="score", output="output")
    arms = {"before": 2, "then": 3, "deep": 2, "otherwise": 2, "after": 3}
    ids = {arm: [f"{arm}-{number}" for number in range(count)] for arm, count in arms.items()}
    seen: list[str] = []
    awaited = ["score"]
    calls = [call("score")]
    for arm, members in ids.items():
        for id_ in members:
            others = ("then", "deep") if arm == "otherwise" else ("otherwise",) if arm in ("then", "deep") else ()
            known = [one for one in seen if not one.startswith(others)]
            after = [one for one in known if one not in awaited and chooser.random() < 0.1]
            data = [one for one in known if one.startswith(("before", arm)) and chooser.random() < 0.1]
            after += [one for one in awaited if not one.startswith(others)]
            calls.append(call(id_, "work", {"one": (data[0], "output") if data else 1}, after=tuple(after)))
            seen.append(id_)
            if chooser.random() < 0.6:
                awaited.append(id_)
    tests = [Expression(operator=">", operands=(score, Literal(value=limit))) for limit in (0, chooser.choice([0, 5]))]
    controls = (
        Condition(id="c", test=tests[1], then=(*ids["then"], "d"), otherwise=tuple(ids["otherwise"])),
        Condition(id="d", test=tests[0], then=tuple(ids["deep"])),
    )
    return pipeline(STEPS, calls, controls=controls), tests[1].operands[1].value == 0


def expected(made: Any, holds: bool, failing: str) -> set[str]:
    """What succeeds: what a failure, or a step that it keeps from running, is needed for doesn't."""
    needs, ran = upstream(made.invocations, made.controls), set()
    skipped = {one.id for one in made.invocations if one.id.startswith("otherwise" if holds else ("then", "deep"))}
    for one in made.invocations:
        if one.id not in skipped and one.id != failing and set(needs[one.id]) <= ran | skipped:
            ran.add(one.id)
    return ran


def worker(failing: str) -> stand_in.Worker:
    def work(pod: stand_in.Pod) -> int:
        for what in pod.executor_input["outputs"]["parameters"].values():
            Path(what["outputFile"]).write_text("3")
        return int(pod.path.rpartition("/")[2] == failing)

    return work


@pytest.mark.parametrize("seed", range(24))
def test_a_failure_keeps_nothing_from_running_that_needs_nothing_of_it(seed: int, tmp_path: Path) -> None:
    chooser = random.Random(seed)
    ir, holds = program(chooser)
    made = Compiled(ir)
    if made.codes:
        assert made.codes == ["ZC0524"] * len(made.codes)
        return
    for one in ir.invocations[1:]:
        try:
            run = stand_in.run(made.documents, tmp_path / "outputs", worker(one.id))
        except stand_in.RunFailed as failed:
            run = failed.run
        shutil.rmtree(tmp_path / "outputs", ignore_errors=True)
        assert {path.rpartition("/")[2] for path in run.ran()} == expected(ir, holds, one.id), one.id


def test_a_branch_is_one_dag_where_that_adds_no_wait_and_an_error_where_nothing_helps() -> None:
    codes = [Compiled(program(random.Random(seed))[0]).codes for seed in range(24)]
    assert 3 < sum(map(bool, codes)) < 20
