"""The IR goes to JSON and back without loss, and its schema is published."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ir_samples import filled, training
from pydantic import BaseModel, ValidationError

from zencompile.ir import Invocation, Literal, Pipeline, encode, model
from zencompile.ir.schema import as_json, from_json, schema_text, to_json

SCHEMA = Path(__file__).parents[2] / "docs" / "ir.schema.json"
NODES = [n for n in vars(model).values() if isinstance(n, type) and issubclass(n, model.Node) and n is not model.Node]


@pytest.mark.parametrize("depth", [2, 3, 5, 6])
def test_every_field_survives(depth):
    """A pipeline with every field set comes back equal."""
    pipeline = filled(Pipeline, depth)
    assert from_json(to_json(pipeline)) == pipeline


@pytest.mark.parametrize("node", NODES, ids=lambda n: n.__name__)
def test_every_node_survives(node: type[BaseModel]):
    """Each kind of node comes back equal, whatever holds it."""
    full = filled(node, 4)
    assert node.model_validate_json(json.dumps(as_json(full))) == full


def test_defaults_are_left_out_and_kinds_are_not():
    """The text is small, and still says which kind of value each is."""
    text = to_json(training())
    assert json.loads(text)["invocations"][1]["inputs"]["gamma"] == {"kind": "parameter", "name": "gamma"}
    assert json.loads(text)["schema_version"] == 1
    assert "retry" not in text


LITERALS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.binary()
    | st.datetimes()
    | st.uuids(),
    lambda s: st.lists(s) | st.tuples(s) | st.dictionaries(st.text() | st.integers(), s),
    max_leaves=6,
)


@given(LITERALS)
def test_literals_survive(value):
    """A literal is the same after JSON, to the type and the last digit."""
    literal = Literal(value=encode(value))
    pipeline = training(
        steps={},
        invocations=(Invocation(id="a", step="a", inputs={"x": literal}),),
    )
    again = from_json(to_json(pipeline)).invocations[0].inputs["x"]
    assert repr(again.value) == repr(literal.value)


@pytest.mark.parametrize("value", [float("inf"), float("nan")])
def test_infinity_and_nan_are_refused(value):
    """What JSON can't say never gets into it."""
    pipeline = training(invocations=(Invocation(id="a", step="load", inputs={"x": Literal(value=value)}),))
    with pytest.raises(ValueError):
        to_json(pipeline)


def test_unknown_fields_are_refused():
    """A newer or foreign document is not half-read."""
    document = json.loads(to_json(training()))
    document["surprise"] = 1
    with pytest.raises(ValidationError):
        from_json(json.dumps(document))


def test_the_published_schema_is_current():
    """`docs/ir.schema.json` is what the models say: to renew it, write `zencompile.ir.schema.schema_text()` there."""
    assert SCHEMA.read_text("utf-8") == schema_text()


def test_the_schema_accepts_what_is_written():
    """A JSON Schema validator agrees with our own reader."""
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(json.loads(schema_text()))
    for pipeline in (training(), filled(Pipeline, 5)):
        assert list(validator.iter_errors(json.loads(to_json(pipeline)))) == []
    assert list(validator.iter_errors({"schema_version": 1}))
