"""The verifier finds every broken rule of the IR, and nothing in a sound pipeline."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ir_samples import ANY, at, step, training

from zencompile.ir import (
    Condition,
    Expression,
    External,
    Invocation,
    ListValue,
    Literal,
    Lookup,
    Map,
    Mapping,
    Moment,
    OutputRef,
    Parameter,
    ParameterRef,
    Pipeline,
    Source,
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
SCORE = OutputRef(invocation="train", output="output")
NOW = Source(
    value=Expression(operator="call", operands=(Literal(value={"$": "symbol", "path": "time.time"}),)), why="the clock"
)


def titled(value) -> dict:
    """The invocations of the sample, `report` with this value as its title."""
    return invocations(REPORT.model_copy(update={"inputs": REPORT.inputs | {"title": value}}))


def decided(test, *then: str, id: str = "if") -> dict:
    """A condition on this test."""
    return {"controls": (Condition.model_construct(id=id, test=test, then=then),)}


def computed(operator: str, *operands, **fields) -> Expression:
    return Expression(operator=operator, operands=operands, **fields)


@pytest.mark.parametrize(
    "changes",
    [
        titled(computed("+", SCORE, Literal(value=1))),
        titled(computed("method", SCORE, Literal(value="a"), name="replace", keywords=("count",))),
        titled(Moment(index=0)) | {"moments": (NOW,)},
        titled(computed("*", Moment(index=1), ParameterRef(name="gamma")))
        | {"moments": (NOW, Source(value=computed("+", Moment(index=0), Literal(value=1)), why="the clock"))},
        decided(computed(">", SCORE, Literal(value=0.5)), "report"),
        decided(computed("and", SCORE, computed("not", ParameterRef(name="gamma"))), "report"),
    ],
)
def test_what_the_run_computes_is_sound(changes):
    """Expressions and moments wherever a value may stand."""
    assert verify(training(**changes)) == []


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
        (decided(Literal(value=1), "train", id="load"), "given twice"),
        (decided(Literal(value=1), "x"), "holds the unknown `x`"),
        (decided({"value": 1}, "train"), "the test of control `if` is a dict, not a value"),
        (decided(OutputRef(invocation="x", output="y"), "report"), "the test of control `if` refers to the unknown"),
        (decided(computed("not", computed("!", SCORE)), "report"), "the test of control `if` has the unknown operator"),
        (titled(computed("+=", SCORE, SCORE)), "has the unknown operator '+='"),
        (titled(ListValue(items=(computed("xor", SCORE),))), "has the unknown operator 'xor'"),
        (
            titled(computed("call", SCORE, keywords=("a", "b"))),
            "input `title` of invocation `report` names more operands than it has",
        ),
        (titled(computed("+", SCORE, OutputRef(invocation="train", output="y"))), "unknown output `y` of `train`"),
        (titled(computed("+", SCORE, ParameterRef(name="z"))), "unknown parameter `z`"),
        (titled(computed("+", SCORE, Literal(value=float("inf")))), "no canonical literal"),
        (titled(Moment(index=0)), "a moment that the pipeline doesn't have"),
        (titled(Moment(index=1)) | {"moments": (NOW,)}, "a moment that the pipeline doesn't have"),
        (titled(Moment(index=-1)) | {"moments": (NOW,)}, "a moment that the pipeline doesn't have"),
        (titled(Mapping(items={"k": computed("not", Moment(index=3))})), "a moment that the pipeline doesn't have"),
        ({"moments": (Source(value=SCORE, why="it"),)}, "moment 0 is made of a output"),
        ({"moments": (Source(value=ParameterRef(name="gamma"), why="it"),)}, "moment 0 is made of a parameter"),
        ({"moments": (Source(value=Moment(index=0), why="it"),)}, "moment 0 is made of a moment"),
        ({"moments": (Source(value=computed("+", Moment(index=1)), why="it"), NOW)}, "moment 0 is made of a moment"),
        ({"moments": (Source(value=computed("now"), why="it"),)}, "moment 0 has the unknown operator"),
        (
            {"moments": (Source(value=Lookup(source="client", chain=(), text="x"), why="it"),)},
            "moment 0 is made of a lookup",
        ),
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
    test = computed("and", computed("==", Literal(value=1), SCORE), OutputRef(invocation="load", output="test"))
    control = Condition(id="if", test=test, then=("lonely",))
    lonely = Invocation(id="lonely", step="load")
    assert upstream([*training().invocations, lonely], [control])["lonely"] == ("load", "train")


def test_what_an_expression_holds_comes_first():
    """An invocation waits for every output that an input of it is computed of."""
    value = ListValue(items=(Moment(index=0), computed("item", SCORE, OutputRef(invocation="load", output="test"))))
    (invocation,) = (i for i in titled(value)["invocations"] if i.id == "report")
    assert upstream([invocation])["report"] == ("load", "train")


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
