"""The verifier finds every broken rule of the IR, and nothing in a sound pipeline."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ir_samples import ANY, at, step, training

from zencompile.ir import (
    Condition,
    External,
    Invocation,
    ListValue,
    Literal,
    Map,
    OutputRef,
    Parameter,
    ParameterRef,
    Pipeline,
)
from zencompile.ir.order import cycle, layers, upstream
from zencompile.ir.verify import verify


def messages(pipeline: Pipeline) -> list[str]:
    found = verify(pipeline)
    assert {d.code for d in found} <= {"ZC0401", "ZC0402"}
    return [d.message for d in found]


def invocations(*changed: Invocation) -> dict:
    """The invocations of the sample, the ones of the same id replaced."""
    new = {i.id: i for i in changed}
    return {"invocations": tuple(new.get(i.id, i) for i in training().invocations)}


def test_a_sound_pipeline_has_no_problems():
    """Nothing is reported that is not wrong."""
    assert verify(training()) == []


REPORT = Invocation(id="report", step="report", inputs={"score": OutputRef(invocation="train", output="output")})


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (invocations(REPORT.model_copy(update={"step": "nope"})), "unknown step `nope`"),
        (invocations(REPORT.model_copy(update={"environment": "gpu"})), "unknown environment `gpu`"),
        (invocations(REPORT.model_copy(update={"image": "gpu"})), "unknown image `gpu`"),
        (invocations(REPORT.model_copy(update={"materializers": {"x": ("m:C",)}})), "unknown output `x`"),
        (invocations(REPORT.model_copy(update={"after": ("gone",)})), "after the unknown invocation `gone`"),
        (
            invocations(REPORT.model_copy(update={"inputs": {"score": OutputRef(invocation="x", output="y")}})),
            "unknown invocation `x`",
        ),
        (
            invocations(REPORT.model_copy(update={"inputs": {"score": OutputRef(invocation="train", output="y")}})),
            "unknown output `y` of `train`",
        ),
        (
            invocations(REPORT.model_copy(update={"inputs": {"t": ListValue(items=(ParameterRef(name="z"),))}})),
            "unknown parameter `z`",
        ),
        (
            invocations(REPORT.model_copy(update={"inputs": {"t": Literal(value=float("nan"))}})),
            "no canonical literal",
        ),
        (invocations(REPORT.model_copy(update={"inputs": {"t": External(value=(1, 2))}})), "a tuple is no JSON"),
        (invocations(REPORT.model_copy(update={"inputs": {"t": Literal(value={"$": "what"})}})), "type tag 'what'"),
        (invocations(REPORT.model_copy(update={"inputs": {"t": Literal(value="\ud800")}})), "lone surrogate"),
        (
            {"parameters": (Parameter(name="gamma", type=ANY, bound="compile", value=Literal(value=1)),)},
            "bound at compile time",
        ),
        ({"parameters": (*training().parameters, Parameter(name="n", type=ANY, bound="compile"))}, "without a value"),
        ({"parameters": training().parameters * 2}, "parameter `gamma` is given twice"),
        ({"invocations": (*training().invocations, training().invocations[0])}, "id `load` is given twice"),
        ({"invocations": training().invocations[::-1]}, "out of order"),
        ({"outputs": (OutputRef(invocation="load", output="x"),)}, "unknown output `x`"),
        ({"files": {"../run.py": "0" * 64}}, "code manifest"),
        ({"files": {"run.py": "short"}}, "code manifest"),
        ({"steps": training().steps | {"load": step("load", (), ("train", "test", "test"))}}, "two outputs"),
        ({"steps": training().steps | {"load": step("load", (), ("train", "test"), code="12")}}, "no SHA-256"),
        ({"controls": (Condition(id="load", test={"value": {"kind": "lookup"}}, then=("train",)),)}, "given twice"),
        ({"controls": (Condition(id="if", test={"value": {"kind": "lookup"}}, then=("x",)),)}, "holds the unknown `x`"),
        ({"controls": (Condition(id="if", test={"value": 1}, then=("train",)),)}, "no value"),
        ({"controls": (Map(id="map", over={}, body=("train",)),)}, "maps over nothing"),
        (
            {"controls": (Map(id="map", over={"x": OutputRef(invocation="load", output="train")}, body=("train",)),)},
            "maps the unknown input `x`",
        ),
    ],
)
def test_each_rule_is_held(changes, expected):
    """A pipeline that breaks a rule is reported with the name of what is wrong."""
    found = messages(training(**changes))
    assert any(expected in message for message in found), found


def test_a_cycle_names_the_steps_along_it():
    """The user's own circle is an error of its own, with a label for each link."""
    train = training().invocations[1].model_copy(update={"after": ("report",)})
    (found,) = verify(training(**invocations(train)))
    assert found.code == "ZC0402"
    assert found.message == "steps wait for each other: `train` → `report` → `train`"
    assert found.span == at(23)
    assert [label.text for label in found.labels] == ["`train` waits for `report`"]


def test_a_step_after_itself():
    """The shortest circle."""
    train = training().invocations[1].model_copy(update={"after": ("train",)})
    assert messages(training(**invocations(train))) == ["`train` waits for itself"]


def test_what_a_condition_tests_comes_first():
    """An invocation inside a condition waits for the values of its test."""
    test = {"op": "==", "left": {"kind": "output", "invocation": "train", "output": "output"}, "right": {"value": 1}}
    control = Condition(id="if", test=test, then=("lonely",))
    lonely = Invocation(id="lonely", step="load")
    assert upstream([*training().invocations, lonely], [control])["lonely"] == ("train",)


GRAPHS = st.dictionaries(
    st.sampled_from("abcdefgh"), st.lists(st.sampled_from("abcdefgh"), max_size=3).map(lambda names: tuple(set(names)))
)


@given(GRAPHS)
def test_layers_and_cycles_agree(graph):
    """Either every node stands in a layer below all that it waits for, or there is a circle, and it is one."""
    placed = [name for layer in layers(graph) for name in layer]
    along = cycle(graph)
    assert (len(placed) == len(graph)) == (along == ())
    for name, above in zip(along, (*along[1:], *along[:1]), strict=True):
        assert above in graph[name]
    for name in placed:
        assert all(placed.index(above) < placed.index(name) for above in graph[name] if above in graph)
