"""What breaks a rule of the server is said where the source calls the step."""

from __future__ import annotations

from typing import Any

import pytest
from kubeflow_samples import SPAN, Compiled, call, kind, pipeline, step

from zencompile.diagnostics import Severity
from zencompile.ir import Condition, Map, OutputRef
from zencompile.source import Span

THERE = Span("run.py", 30, 1, 30, 9)
NUMBERS = kind("list", kind("int"))
STEPS = [
    step("numbers", outputs={"output": NUMBERS}),
    step("square", {"x": kind("int")}, {"output": kind("int")}),
    step("total", {"xs": NUMBERS}, {"output": kind("int")}),
    step("check", outputs={"output": kind("bool")}),
]
LOOP = Map(id="a", over={"x": OutputRef(invocation="numbers", output="output")}, body=("square",))


def at(invocation: Any) -> Any:
    """The invocation, called at another line than the others."""
    return invocation.model_copy(update={"span": THERE})


def compiled(*last: Any, controls: tuple[Any, ...] = ()) -> Compiled:
    calls = [call("numbers"), call("check"), call("square", inputs={"x": ("numbers", "output")}), *last]
    return Compiled(pipeline(STEPS, calls, controls=(LOOP, *controls)))


def test_an_error_is_at_the_step_inside_of_what_gets_a_list() -> None:
    """A branch is two DAGs, one in the other; both get it."""
    test = OutputRef(invocation="check", output="output")
    branch = Condition(id="condition", test=test, then=("total",))
    made = compiled(at(call("total", inputs={"xs": ("square", "output")})), controls=(branch,))
    assert set(made.codes) == {"ZC0591"}
    assert {found.span for found in made.report} == {THERE}
    assert not made.files


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
