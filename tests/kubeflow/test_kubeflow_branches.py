"""Branches: one DAG around the arms of each `if`, for which all that comes after it waits."""

from __future__ import annotations

import re
from typing import Any

from kubeflow_samples import Compiled, call, kind, pipeline, step

from zencompile.ir import Condition, Expression, Literal, Merge, OutputRef, Value

SCORE = step("score", {"value": kind("int")}, {"output": kind("int")})
NOTE = step("note", {"text": kind("any")}, {"output": kind("any")})
SCORED = OutputRef(invocation="score", output="output")


def compare(left: Value, operator: str, value: Any) -> Expression:
    return Expression(operator=operator, operands=(left, Literal(value=value)))


def condition(made: Compiled, task: str) -> str:
    """A task's condition, with X for what it reads."""
    return re.sub(r"inputs\.parameter_values\['[^']*'\]", "X", made.task(task)["triggerPolicy"]["condition"])


def test_what_comes_after_a_branch_waits_for_all_its_arms() -> None:
    """A task that waits for a skipped one would never run; the DAG around the arms always ends."""
    made = Compiled(
        pipeline(
            [SCORE, NOTE],
            [
                call("score", inputs={"value": 3}),
                call("high", "note", {"text": 1}),
                call("low", "note", {"text": 2}, after=("high",)),
                call("last", "note", {"text": 3}, after=("high", "low")),
            ],
            controls=(Condition(id="condition", test=compare(SCORED, ">", 1), then=("high",), otherwise=("low",)),),
        )
    )
    assert made.task("last")["dependentTasks"] == ["condition-branches-1"]
    assert made.task("condition-branches-1")["dependentTasks"] == ["score"]
    assert "triggerPolicy" not in made.task("condition-branches-1")
    assert not any("dependentTasks" in made.task(name) for name in ("if-condition", "else-condition", "high", "low"))


def test_a_condition_alone_behind_an_else_is_an_arm_of_the_same_branch() -> None:
    tests = [compare(SCORED, ">", number) for number in (2, 1)]
    made = Compiled(
        pipeline(
            [SCORE, NOTE],
            [
                call("score", inputs={"value": 3}),
                *(call(name, "note", {"text": 1}) for name in ("high", "low", "middle")),
            ],
            controls=(
                Condition(id="condition", test=tests[0], then=("high",), otherwise=("condition_2",)),
                Condition(id="condition_2", test=tests[1], then=("middle",), otherwise=("low",)),
            ),
        )
    )
    arms = made.spec["components"]["comp-condition-branches-1"]["dag"]["tasks"]
    assert list(arms) == ["if-condition", "if-condition-2", "else-condition-2"]
    assert [condition(made, name) for name in arms] == [
        "X > 2.0",
        "!(X > 2.0) && (X > 1.0)",
        "!(X > 2.0) && !(X > 1.0)",
    ]


def test_what_arms_of_steps_leave_is_theirs_and_nothing_waits_for_one_that_may_be_skipped() -> None:
    """Each ends with a step that is never taken from the cache, by which the server tells that the arm has ended."""
    left = Merge(condition="condition", then=OutputRef(invocation="high", output="output"), otherwise=SCORED)
    made = Compiled(
        pipeline(
            [SCORE, NOTE],
            [
                call("score", inputs={"value": 3}),
                call("high", "note", {"text": 1}),
                call("last", "note", {"text": left}),
            ],
            controls=(Condition(id="condition", test=compare(SCORED, ">", 1), then=("high",)),),
            execution_mode="stop_on_failure",
        )
    )
    around = made.spec["components"]["comp-condition-branches-1"]["dag"]
    (selectors,) = (one["artifactSelectors"] for one in around["outputs"]["artifacts"].values())
    assert [one["producerSubtask"] for one in selectors] == list(around["tasks"]) == ["if-condition", "else-condition"]
    for arm in around["tasks"]:
        assert "dependentTasks" not in around["tasks"][arm]
        *others, last = made.spec["components"][f"comp-{arm}"]["dag"]["tasks"].items()
        assert last[1]["dependentTasks"] == [name for name, _ in others]
        assert last[1]["cachingOptions"] == {"enableCache": False}
