"""Pictures of a DAG show what its controls decide."""

from ir_samples import at, step, training

from zencompile.ir import Expression, Invocation, Literal, Mapping, Moment, OutputRef, ParameterRef, Source, drawing
from zencompile.ir.graph import graph
from zencompile.ir.model import Condition, Map


def controlled():
    """`each` is mapped over what `make` returns, `report` runs if its test on `make` holds."""
    items = OutputRef(invocation="make", output="output")
    steps = {"make": step("make"), "each": step("each", ("x",)), "report": step("report", (), ())}
    calls = [Invocation(id=name, step=name, span=at(30)) for name in ("make", "each", "report")]
    test = Expression(operator=">", operands=(items, Literal(value=1)))
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


def computing():
    """`report` is given what is computed of `make` and of what a run makes once."""
    made = OutputRef(invocation="make", output="output")
    clock = Source(value=Expression(operator="call", operands=(_symbol("time.time"),)), why="the clock")
    scaled = Expression(operator="*", operands=(made, Expression(operator="+", operands=(made, Literal(value=1)))))
    inputs = {
        "score": scaled,
        "stamp": Expression(operator="//", operands=(Moment(index=0), Literal(value=60))),
        "other": Mapping(items={"n": Expression(operator="negative", operands=(ParameterRef(name="gamma"),))}),
    }
    steps = {"make": step("make"), "report": step("report", tuple(inputs), ())}
    calls = (Invocation(id="make", step="make"), Invocation(id="report", step="report", inputs=inputs))
    return graph((training(steps=steps, invocations=calls, moments=(clock,)),))["pipelines"]


def _symbol(path):
    return Literal(value={"$": "symbol", "path": path})


def test_what_is_computed_of_outputs_is_an_edge_and_the_rest_is_source():
    (pipeline,) = computing()
    report = pipeline["invocations"][1]
    assert report["inputs"] == {"score": [["make", "output"]]}
    assert report["parameters"] == {
        "stamp": {"$expression": "moment_0 // 60"},
        "other": {"n": {"$expression": "-gamma"}},
    }
    assert drawing.edges(pipeline) == [("make", "report", "output")]
    assert "score ← make.output; stamp = {'$expression': 'moment_0 // 60'}" in drawing.text([pipeline])
    for picture in (drawing.svg, drawing.html, drawing.mermaid):
        assert "report" in picture([pipeline])


def test_a_condition_on_an_expression_is_data_that_pictures_read():
    """The operands of a test are found at any depth, and a condition without words is named by its id."""
    (pipeline,) = controlled()
    deep = Expression(
        operator="not", operands=(Expression(operator="in", operands=(Literal(value=1), _output("make"))),)
    )
    pipeline["controls"][1] = Condition(id="if", test=deep, then=("report",)).model_dump(mode="json")
    assert ("make", "report", "output") in drawing.edges(pipeline)
    assert "  report  if if" in drawing.text([pipeline]).splitlines()


def _output(invocation):
    return OutputRef(invocation=invocation, output="output")
