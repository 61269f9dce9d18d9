"""The runtime's literals are the compiler's."""

from __future__ import annotations

import datetime
import decimal
import json
import math
import os
import pathlib
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zencompile.ir import literals as compiler
from zencompile_runtime import importing
from zencompile_runtime.errors import ConfigurationFault
from zencompile_runtime.runner import plan
from zencompile_runtime.values import literals as runtime

KEYS = st.one_of(st.text(max_size=4), st.just("$"), st.integers(0, 5))
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=6),
    st.binary(max_size=6),
    st.datetimes(),
    st.dates(),
    st.times(),
    st.timedeltas(),
    st.uuids(),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.sampled_from([pathlib.Path("a/b"), pathlib.Path("/x")]),
)
HASHABLE = st.one_of(st.integers(), st.text(max_size=3), st.tuples(st.integers(), st.text(max_size=2)))
VALUES = st.recursive(
    st.one_of(LEAVES, st.sets(HASHABLE, max_size=3), st.frozensets(HASHABLE, max_size=3)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(KEYS, inner, max_size=3),
    ),
    max_leaves=12,
)


@given(VALUES)
def test_both_write_the_same_text_and_read_it_back(value: Any) -> None:
    """Encoding agrees byte by byte; decoding gives an equal value of equal types."""
    written = compiler.canonical(compiler.encode(value))
    assert runtime.canonical(runtime.encode(value)) == written
    read = runtime.decode(json.loads(written))
    assert read == value
    assert type(read) is type(value)


def test_every_tag_is_known_to_both() -> None:
    """A tag that one side gains, the other has to gain too."""
    of_arguments = {"file", "given", "typed"}
    known = set(compiler._DECODERS) | {"enum", "model", "symbol", "project", "expression", "numpy"} | of_arguments
    assert known == set(runtime._DECODERS), "a scalar of NumPy is an artifact's"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{project}", "/a/b c"),
        ("{project}/data/in.csv", "/a/b c/data/in.csv"),
        ("{project}/", "/a/b c/"),
        ("{project}_old", "/a/b c_old"),
        ("{project/..}/libs", "/a/libs"),
        ("{project/../..}", "/"),
        ("{project/../..}/x", "/x"),
        ("{project/../..}_x", "/_x"),
        ("{project/../../../..}/x", "/x"),
        ("file://{project}/{{date}}:{project}", "file:///a/b c/{date}:/a/b c"),
        ("{{project}}", "{project}"),
        ("{{{project}}}", "{/a/b c}"),
    ],
)
def test_a_path_of_the_project_is_known_where_the_step_runs(
    text: str, wanted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As text and as path; the compiler leaves it as it is."""
    monkeypatch.setenv("ZENCOMPILE_PROJECT", "/a/b c")
    literal = {"$": "project", "text": text}
    path = {"$": "path", "text": literal}
    assert runtime.decode([literal, path]) == [wanted, pathlib.Path(wanted)]
    assert compiler.decode([literal, path]) == [literal, path]
    told = [compiler.decode(one, lambda found: ("told", found)) for one in (literal, path)]
    assert told == [("told", literal), ("told", path)]


def test_user_code_that_moves_takes_no_path_along(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ZENCOMPILE_PROJECT", raising=False)
    monkeypatch.chdir(tmp_path)
    with importing.pinned():
        monkeypatch.chdir("/")
        assert runtime.decode({"$": "project", "text": "{project}/x"}) == f"{tmp_path}/x"
    assert importing.project() == "/"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("{project}", "."),
        ("{project}/a/b", "a/b"),
        ("{project/../..}/a", "../../a"),
        ("{project/..}", ".."),
        ("{project}/../a", "{project}/../a"),
        ("{project}/", "{project}/"),
        ("{project}/./a", "{project}/./a"),
        ("{project}//a", "{project}//a"),
        ("{project}_a", "{project}_a"),
        ("{project}/{{a}}", "{project}/{{a}}"),
        ("{project}/..a", "..a"),
    ],
)
def test_a_script_writes_it_as_it_is_from_the_project(text: str, wanted: str) -> None:
    """The short form means what the literal does."""
    assert compiler.shown_text(text) == wanted
    literal = {"$": "project", "text": text}
    assert plan.literal(plan.Project(wanted), lambda param: None) == literal
    assert plan.literal([plan.ProjectPath(wanted)], lambda param: None) == [{"$": "path", "text": literal}]


def test_enums_and_models_are_decoded_by_importing_their_class() -> None:
    """The class is named as module:Class; a member that is gone is found by its value."""
    member = {"$": "enum", "class": "http:HTTPStatus", "name": "OK", "value": 200}
    assert runtime.decode(member).name == "OK"
    assert runtime.decode({**member, "name": "RENAMED"}).value == 200
    model = {"$": "model", "class": "datetime:timedelta", "keywords": {"days": 2, "seconds": 3}}
    assert runtime.decode(model) == datetime.timedelta(2, 3)


@pytest.mark.parametrize("literal", [{"$": "nonsense"}, {"$": "uuid", "text": "x"}, {"$": "tuple"}])
def test_a_broken_literal_is_said_to_be_one(literal: Any) -> None:
    """Its text is in the message."""
    with pytest.raises(ConfigurationFault):
        runtime.decode(literal)


@pytest.mark.parametrize("value", [object(), 1j, float("inf"), {"a": [float("nan")]}])
def test_what_has_no_literal_is_refused(value: Any) -> None:
    """Never written as something else."""
    with pytest.raises(runtime.NotLiteral):
        runtime.encode(value)


def test_values_of_other_types_survive() -> None:
    """One of each, at once."""
    value = [decimal.Decimal("1.50"), uuid.UUID(int=5), b"\x00", {1: "a"}, {"$": 1}]
    assert runtime.decode(json.loads(runtime.canonical(runtime.encode(value)))) == value


def test_what_a_library_calls_so_is_imported_when_it_is_decoded() -> None:
    assert runtime.decode({"$": "symbol", "path": "math.pi"}) == math.pi
    assert runtime.decode([{"$": "symbol", "path": "os.path"}]) == [os.path]
    assert runtime.decode({"a": {"$": "symbol", "path": "decimal.Decimal.from_float"}})["a"](0.5) == 0.5


@pytest.mark.parametrize("path", ["math.no_such_name", "no_such_module", "no_such_module.X", "os.path.join.x"])
def test_what_is_not_there_is_an_error_and_never_handed_to_a_step(path: str) -> None:
    with pytest.raises(ConfigurationFault, match=path):
        runtime.decode({"value": [{"$": "symbol", "path": path}]})


@pytest.mark.parametrize("tag", ["unknown", "lookup", "", "made up"])
def test_a_tag_that_nobody_knows_is_an_error(tag: str) -> None:
    with pytest.raises(ConfigurationFault):
        runtime.decode([{"$": tag, "text": "random.random()"}])


def test_a_call_has_its_arguments_by_position_too() -> None:
    made = {"$": "model", "class": "calendar:monthrange", "keywords": {"month": 2}, "arguments": [2024]}
    assert runtime.decode(made)[1] == 29
