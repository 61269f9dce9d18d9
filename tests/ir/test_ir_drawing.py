"""Pictures of a DAG show what its controls decide."""

from ir_samples import at, step, training

from zencompile.ir import Invocation, OutputRef, drawing
from zencompile.ir.graph import graph
from zencompile.ir.model import Condition, Map


def controlled():
    """`each` is mapped over what `make` returns, `report` runs if its test on `make` holds."""
    items = OutputRef(invocation="make", output="output")
    steps = {"make": step("make"), "each": step("each", ("x",)), "report": step("report", (), ())}
    calls = [Invocation(id=name, step=name, span=at(30)) for name in ("make", "each", "report")]
    test = {"op": ">", "left": items.model_dump(), "right": {"kind": "literal", "value": 1}}
    controls = (
        Map(id="map:each", over={"x": items}, body=("each",)),
        Condition(id="if", test=test, then=("report",), text="made.load() > 1"),
    )
    return graph((training(steps=steps, invocations=tuple(calls), controls=controls),))["pipelines"]


def test_the_text_says_over_what_a_step_is_mapped_and_when_it_runs():
    lines = drawing.text(controlled()).splitlines()
    assert "  each    x ← each of make.output" in lines
    assert "  report  if made.load() > 1" in lines


def test_mapped_and_decided_steps_hang_on_what_they_wait_for():
    (pipeline,) = controlled()
    assert drawing.edges(pipeline) == [("make", "each", "output"), ("make", "report", "output")]
    assert drawing.layers(pipeline) == [["make"], ["each", "report"]]
    for picture in (drawing.svg, drawing.html, drawing.mermaid):
        assert "make" in picture([pipeline])
