"""The readable form of the IR."""

import re

import pytest
from ir_samples import filled, training
from pydantic import BaseModel

from zencompile.ir import (
    Condition,
    Expression,
    Invocation,
    ListValue,
    Literal,
    Map,
    Mapping,
    Moment,
    OutputRef,
    ParameterRef,
    Pipeline,
    Source,
)
from zencompile.ir.dump import dump, show_value


def test_it_reads_like_the_pipeline():
    """Values are short, defaults are absent, places are there."""
    assert dump(training()) == EXPECTED


EXPECTED = """\
pipeline acme/training  # run.py:19
  function: training = run:training in run.py
  file run.py: 0000000000000000
  docstring: Train a model.

parameter gamma  # run.py:20
  type: float
  default: 0.5

step load
  entrypoint: run:load
  output train: any
  output test: any
  reaches files: run.py

step train
  entrypoint: run:train
  input data: any
  input gamma: any
  output output: any
  reaches files: run.py

step report
  entrypoint: run:report
  input score: any
  input title: any
  reaches files: run.py

load = load()  # run.py:21

train = train()  # run.py:22
  data = load.train
  gamma = $gamma

report = report()  # run.py:23
  score = train.output
  title = "it's"
"""


def _changes(value, path=""):
    """Copies of a filled node, each with one field somewhere below it changed, and the path of that field."""
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            if name in ("kind", "schema_version"):
                continue
            for changed, where in _changes(getattr(value, name), f"{path}.{name}"):
                yield value.model_copy(update={name: changed}), where
    elif isinstance(value, tuple) and value and not hasattr(value, "_fields"):
        for changed, where in _changes(value[0], f"{path}[]"):
            yield (changed, *value[1:]), where
    elif isinstance(value, dict) and value and "$" not in value:
        key = next(iter(value))
        for changed, where in _changes(value[key], f"{path}{{}}"):
            yield value | {key: changed}, where
    elif isinstance(value, bool):
        yield not value, path
    elif isinstance(value, str):
        yield f"other {value}", path
    elif isinstance(value, (int, float)):
        yield value + 1, path
    elif hasattr(value, "_fields"):
        yield value._replace(line=99), path
    elif value:
        yield "changed", path


# An image's key is what it is found by (the verifier holds that); values show no places of their own, and no
# defaults of the objects in them, which are for who reads the graph.
_EXPECTED = re.compile(r"images\{\}\.key$|(inputs|outputs|over|default|value|items|test).*\.span$|\.held$")


@pytest.mark.parametrize("depth", [4, 5])
def test_every_field_shows(depth):
    """No change of the IR is invisible in its dump."""
    full = filled(Pipeline, depth)
    before = dump(full)
    hidden = [where for changed, where in _changes(full) if dump(changed) == before]
    assert [where for where in hidden if not _EXPECTED.search(where)] == []


def test_dump_ends_every_line():
    """Texts with line breaks don't break the form."""
    text = dump(training(docstring="two\nlines"))
    assert '  docstring: "two\\nlines"\n' in text


SCORE = OutputRef(invocation="train", output="output")
TEST = OutputRef(invocation="load", output="test")


def computed(operator, *operands, **fields):
    return Expression(operator=operator, operands=operands, **fields)


def symbol(path):
    return Literal(value={"$": "symbol", "path": path})


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Moment(index=2), "moment_2"),
        (computed("+", SCORE, Literal(value=1)), "train + 1"),
        (computed("*", computed("+", SCORE, TEST), ParameterRef(name="gamma")), "(train + load_test) * gamma"),
        (computed("and", computed("not", SCORE), computed(">=", TEST, Literal(value=-0.5))), None),
        (computed("if", SCORE, Literal(value="a"), Literal(value=None)), "'a' if train else None"),
        (computed("method", SCORE, Literal(value="x"), Literal(value=2), name="replace", keywords=("n",)), None),
        (computed("call", symbol("builtins.len"), SCORE), "len(train)"),
        (computed("item", SCORE, computed("slice", Literal(value=1), Literal(value=None), Literal(value=2))), None),
        (computed("join", Literal(value="n: "), computed("format", SCORE, Literal(value=".2f"), name="")), None),
        (ListValue(items=(computed("negative", SCORE), Moment(index=0))), "[-train, moment_0]"),
        (Mapping(items={"k": computed("is", SCORE, Literal(value=None))}), '{"k": train is None}'),
    ],
)
def test_what_is_computed_reads_as_python(value, text):
    """An expression is its source; the values in it go by the names of what makes them."""
    expected = {
        "and": "not train and load_test >= -0.5",
        "method": "train.replace('x', n=2)",
        "item": "train[1:None:2]",
        "join": "'n: ' + format(train, '.2f')",
    }
    wanted = expected[value.operator] if text is None else text
    assert show_value(value).replace("train[1::2]", "train[1:None:2]") == wanted


def test_conditions_and_moments_have_blocks_of_their_own():
    """A condition shows how it was written and what it means, a moment what makes it."""
    clock = Source(value=computed("call", symbol("time.time")), why="the clock")
    test = computed(">", SCORE, Literal(value=3))
    controls = (
        Condition(id="if", test=test, then=("report",), text="score.load() > 3"),
        Condition(id="if_2", test=TEST, then=()),
        Map(id="map", over={"data": computed("item", TEST, Literal(value=0))}, body=("train",)),
    )
    text = dump(training(controls=controls, moments=(clock,)))
    assert "\ncondition if\n  test: score.load() > 3\n  means: train > 3\n  then: report\n" in text
    assert "\ncondition if_2\n  test: load.test\n" in text
    assert "\n  over data = load_test[0]\n" in text
    assert "\nmoment 0\n  the clock: time.time()\n" in text


VALUES = [
    computed("attribute", SCORE, name="a"),
    computed("call", symbol("math.floor"), SCORE, Moment(index=0), keywords=("n",)),
    computed("format", SCORE, Literal(value="d"), name="r"),
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value.operator)
@pytest.mark.parametrize("place", ["input", "test"])
def test_every_part_of_an_expression_shows(value, place):
    """No change of what is computed is invisible, but its place and how it was written."""

    def shown(held):
        if place == "test":
            return dump(training(controls=(Condition(id="if", test=held, then=("report",)),)))
        call = Invocation(id="x", step="load", inputs={"x": held})
        return dump(training(invocations=(*training().invocations, call)))

    changes = [(value.model_copy(update={"operator": "value"}), "operator")]
    changes += [(value.model_copy(update={"name": "s"}), "name")] if value.name else []
    changes += [(value.model_copy(update={"keywords": ("m",)}), "keywords")] if value.keywords else []
    for position, operand in enumerate(value.operands):
        other = Literal(value="d") if operand == SCORE else SCORE
        operands = (*value.operands[:position], other, *value.operands[position + 1 :])
        changes.append((value.model_copy(update={"operands": operands}), f"operands[{position}]"))
    assert [where for changed, where in changes if shown(changed) == shown(value)] == []
