"""Inputs that don't fit their step are found before anything runs."""

import pytest
from pass_samples import at, codes, flow, pipeline, run, step
from pydantic import TypeAdapter, ValidationError

from zencompile.ir import Input, Invocation, ListValue, Literal, Map, Output, OutputRef, Type
from zencompile.passes.types import excludes

ANY = Type(name="any")


def test_an_unknown_input_names_the_one_that_was_meant():
    """A typing error in a call gets a suggestion."""
    steps = {"train": step("train", inputs=(Input(name="gamma", type=ANY, default="1"),))}
    call = Invocation(id="train", step="train", inputs={"gama": Literal(value=1, span=at(7))})
    _, report = run(pipeline({}, steps=steps, invocations=(call,)))
    (found,) = report
    assert (found.code, found.span, found.helps) == ("ZC0403", at(7), ("did you mean `gamma`?",))


def test_missing_inputs_are_named_together():
    """One mistake, one message."""
    steps = {"train": step("train", inputs=(Input(name="a", type=ANY), Input(name="b", type=ANY)))}
    _, report = run(pipeline({}, steps=steps, invocations=(Invocation(id="train", step="train"),)))
    assert [(d.code, d.message) for d in report] == [("ZC0404", "`train` gets no value for `a`, `b`")]


def test_a_mapped_input_is_not_missing():
    """What a map gives element by element is given."""
    sample = flow(Type(name="list"), Type(name="int"))
    made, take = sample.invocations
    control = Map(id="map", over=take.inputs, body=("take",))
    changed = sample.model_copy(
        update={"invocations": (made, take.model_copy(update={"inputs": {}})), "controls": (control,)}
    )
    assert codes(run(changed)[1]) == []


VALUES = {
    "bool": [True, False],
    "int": [0, 1, 7],
    "float": [0.0, 1.0, 2.5],
    "str": ["", "1", "true", "text"],
    "bytes": [b"", b"1", b"x"],
    "list": [[], [1], ["a"]],
    "tuple": [(), (1,)],
    "set": [set(), {1}],
    "dict": [{}, {"a": 1}],
    "none": [None],
}
TYPES = {name: type(values[0]) for name, values in VALUES.items()}


@pytest.mark.parametrize("given", VALUES)
@pytest.mark.parametrize("wanted", VALUES)
def test_only_what_pydantic_always_refuses_is_excluded(given, wanted):
    """What is asked for by a union is loaded as it is; if that can't be valid, pydantic refuses each sample of it."""
    if excludes(Type(name=given), Type(name="union", arguments=(Type(name=wanted),))):
        for value in VALUES[given]:
            with pytest.raises(ValidationError):
                TypeAdapter(TYPES[wanted] if wanted != "none" else None).validate_python(value)


@pytest.mark.parametrize(
    ("given", "wanted", "expected"),
    [
        (Type(name="list"), Type(name="float"), True),
        (Type(name="int"), Type(name="float"), False),
        (Type(name="str"), Type(name="int"), False),
        (ANY, Type(name="int"), False),
        (Type(name="dict"), Type(name="any"), False),
        (Type(name="pandas.DataFrame"), Type(name="str"), True),
        (Type(name="pandas.DataFrame"), Type(name="pandas.Series"), False),
        (Type(name="pandas.Series"), Type(name="pandas.DataFrame"), False),
        (Type(name="pandas.Series"), Type(name="numpy.ndarray"), True),
        (Type(name="numpy.ndarray"), Type(name="list"), True),
        (Type(name="torch.Tensor"), Type(name="float"), False),
        (Type(name="str"), Type(name="pathlib.Path"), True),
        (Type(name="bytes"), Type(name="str"), True),
        (Type(name="bytes"), Type(name="union", arguments=(Type(name="str"), Type(name="none"))), False),
        (Type(name="dict"), Type(name="m:Config", what="model"), True),
        (Type(name="dict"), Type(name="m:Row", what="dataclass"), False),
        (Type(name="str"), Type(name="m:Color", what="enum"), False),
        (Type(name="list"), Type(name="dict"), False),
        (Type(name="list", what="alike"), Type(name="str"), False),
        (Type(name="dict"), Type(name="list", what="alike"), False),
        (Type(name="datetime.datetime"), Type(name="datetime.date"), False),
        (ANY, Type(name="literal", values=(1,)), True),
        (Type(name="pandas.DataFrame"), Type(name="my.Frame"), False),
        (Type(name="int"), Type(name="union", arguments=(Type(name="str"), Type(name="none"))), True),
        (Type(name="int"), Type(name="union", arguments=(Type(name="str"), Type(name="float"))), False),
        (Type(name="union", arguments=(Type(name="str"), Type(name="none"))), Type(name="list"), True),
        (Type(name="union", arguments=(Type(name="str"), ANY)), Type(name="list"), False),
    ],
)
def test_types(given, wanted, expected):
    """Certain mismatches are errors; doubt is not."""
    _, report = run(flow(given, wanted))
    assert codes(report) == (["ZC0405"] if expected else [])


@pytest.mark.parametrize(
    ("wanted", "refused"),
    [
        (Type(name="int"), True),
        (Type(name="list"), False),
        (Type(name="list", arguments=(Type(name="float"),)), False),
        (Type(name="list", arguments=(Type(name="str"),)), True),
        (Type(name="tuple", arguments=(Type(name="int"), Type(name="int"))), False),
        (Type(name="list", what="alike"), True),
        (Type(name="union", arguments=(Type(name="list"), Type(name="none"))), True),
        (Type(name="m:Names", what="class"), False),
        (ANY, False),
    ],
)
def test_outputs_handed_on_together_need_a_list_or_a_tuple(wanted, refused):
    """Each is loaded as the first argument of the annotation says."""
    sample = flow(Type(name="int"), wanted)
    made, take = sample.invocations
    both = ListValue(items=(OutputRef(invocation="make", output="output"),) * 2)
    changed = sample.model_copy(update={"invocations": (made, take.model_copy(update={"inputs": {"x": both}}))})
    assert codes(run(changed)[1]) == (["ZC0405"] if refused else [])


def test_a_list_of_loaded_values_is_what_a_dynamic_pipeline_makes_of_it():
    """There it is handed on as one artifact."""
    sample = flow(Type(name="int"), Type(name="union", arguments=(Type(name="list"), Type(name="none"))))
    made, take = sample.invocations
    both = ListValue(items=(OutputRef(invocation="make", output="output"),) * 2)
    changed = (made, take.model_copy(update={"inputs": {"x": both}}))
    assert codes(run(sample.model_copy(update={"invocations": changed, "dynamic": True}))[1]) == []


def test_a_fan_in_of_a_map_is_a_list():
    """What a mapped step made is a list outside of the map, whatever one of them is."""
    sample = flow(Type(name="int"), Type(name="list"))
    source = step("source", outputs=(Output(name="output", type=Type(name="list")),))
    steps = sample.steps | {"source": source}
    steps["make"] = steps["make"].model_copy(update={"inputs": (Input(name="n", type=ANY),)})
    over = {"n": OutputRef(invocation="source", output="output")}
    changed = sample.model_copy(
        update={
            "steps": steps,
            "invocations": (Invocation(id="source", step="source"), *sample.invocations),
            "controls": (Map(id="map", over=over, body=("make",)),),
        }
    )
    assert codes(run(changed)[1]) == []


def test_a_materializer_makes_a_type_unknown():
    """Who writes its own format may load something else."""
    sample = flow(Type(name="list"), Type(name="float"))
    make, take = sample.invocations
    own = make.model_copy(update={"materializers": {"output": ("m:C",)}})
    assert codes(run(sample.model_copy(update={"invocations": (own, take)}))[1]) == []
