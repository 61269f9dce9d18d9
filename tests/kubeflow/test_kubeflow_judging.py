"""What breaks a rule of the server is said where the source calls the step."""

from __future__ import annotations

from typing import Any

import pytest
from kubeflow_samples import SPAN, Compiled, call, kind, pipeline, step

from zencompile.diagnostics import Report, Severity
from zencompile.ir import Condition, Map, OutputRef
from zencompile.source import Span
from zencompile_kubeflow import judging, rules
from zencompile_kubeflow.rules import Place, Rule

THERE = Span("run.py", 30, 1, 30, 9)
NUMBERS = kind("list", kind("int"))
STEPS = [
    step("numbers", outputs={"output": NUMBERS}),
    step("square", {"x": kind("int")}, {"output": kind("int")}),
    step("total", {"xs": NUMBERS}, {"output": kind("int")}),
    step("check", outputs={"output": kind("bool")}),
]
LOOP = Map(id="a", over={"x": OutputRef(invocation="numbers", output="output")}, body=("square",))


def compiled(*last: Any, controls: tuple[Any, ...] = ()) -> Compiled:
    calls = [call("numbers"), call("check"), call("square", inputs={"x": ("numbers", "output")}), *last]
    return Compiled(pipeline(STEPS, calls, controls=(LOOP, *controls)))


def test_every_place_in_a_branch_is_that_of_the_step_inside() -> None:
    """A branch is two DAGs, one in the other."""
    test = OutputRef(invocation="check", output="output")
    branch = Condition(id="condition", test=test, then=("total",))
    made = compiled(call("total", inputs={"xs": ("numbers", "output")}), controls=(branch,))
    assert made.codes == []
    nested = [name for name, one in made.spec["components"].items() if "dag" in one and "for-" not in name]
    places = [Place(name) for name in nested] + [Place(executor="exec-total"), Place("comp-total")]
    for name, task in made.spec["root"]["dag"]["tasks"].items():
        if task["componentRef"]["name"] in nested:
            places.append(Place("root", name))
    report = Report()
    for place in places:
        wrong = Rule("wrong", "ZC0591", "here: there", "2.0", lambda _, place=place: iter([(place, "is wrong")]))
        with_rule(wrong, made, {"total": THERE, "numbers": SPAN}, report)
    assert len(report.errors) == len(places) == 5
    assert {found.span for found in report} == {THERE}


def with_rule(rule: Rule, made: Compiled, spans: dict[str, Span | None], report: Report) -> None:
    """Judge by one rule alone."""
    whole = list(rules.TABLE)
    rules.TABLE[:] = [rule]
    try:
        judging.pipeline(made.documents, spans, SPAN, report)
    finally:
        rules.TABLE[:] = whole


@pytest.mark.parametrize(("count", "codes"), [(100, []), (500, ["ZC0592"])])
def test_a_dag_that_no_argument_holds_is_a_warning_at_the_pipeline(count: int, codes: list[str]) -> None:
    made = compiled(*(call(f"total_{n}", "total", {"xs": ("numbers", "output")}) for n in range(count)))
    assert made.codes == codes
    assert all(found.severity is Severity.WARNING and found.span == SPAN for found in made.report)
    assert made.files


def test_components_with_one_container_are_told_apart() -> None:
    """An input that is an artifact for one call and a value for another."""
    calls = [call("total_2", "total", {"xs": ("numbers", "output")}), call("total_3", "total", {"xs": ["a"]})]
    made = compiled(*calls)
    assert made.codes == []
    boxes = [made.container(task) for task in ("total-2", "total-3")]
    assert boxes[0] != boxes[1]
    assert made.component("total-2")["inputDefinitions"] != made.component("total-3")["inputDefinitions"]
