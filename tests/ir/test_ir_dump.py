"""The readable form of the IR."""

import re

import pytest
from ir_samples import filled, training
from pydantic import BaseModel

from zencompile.ir import Pipeline
from zencompile.ir.dump import dump


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


# An image's key is what it is found by (the verifier holds that); values show no places of their own.
_EXPECTED = re.compile(r"images\{\}\.key$|(inputs|outputs|over|default|value|items).*\.span$")


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
