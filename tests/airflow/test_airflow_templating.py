"""A user's text is data: Airflow's templates give it back as it was."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from texts_through_airflow import PIECES, differences

from zencompile_airflow.templating import json_text, parameter, plain, secret, variable

awkward = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=3)), max_size=6).map("".join)


def rendered(text: str, **context: Any) -> str:
    return jinja2.Environment(cache_size=0).from_string(text).render(context)


@given(awkward.filter(lambda text: "\ud800" not in text))
def test_plain_text_survives(text: str) -> None:
    assert rendered(plain(text)) == text


@given(awkward)
def test_json_survives(text: str) -> None:
    assert json.loads(rendered(json_text({text: [text]}))) == {text: [text]}


@given(awkward)
def test_text_is_never_taken_for_the_name_of_a_file(text: str) -> None:
    endings = (".sh", ".bash", ".env", ".yaml", ".yml", ".json")
    assert not plain(text).endswith(endings)
    assert not f"--param=x={json_text(text)}".endswith(endings)


@pytest.mark.parametrize("name", ["gamma", "items", "get", "values", "pop"])
def test_a_parameter_is_found_by_its_name(name: str) -> None:
    assert json.loads(rendered(parameter(name), params={name: "it's {{ x }}"})) == "it's {{ x }}"


def test_references_hold_any_name() -> None:
    class Var:
        def get(self, name: str, default: str = "") -> str:
            return f"{name}={default}"

    assert rendered(variable('a"b{{', "}}'"), var={"value": Var()}) == "a\"b{{=}}'"
    assert rendered(secret("db", "it's"), secret=lambda *names: names) == """('db', "it's")"""


@pytest.mark.airflow
def test_airflow_hands_every_text_to_the_step_unchanged(hand: Any, airflow: Any, tmp_path: Path) -> None:
    """Ids, arguments, keys, variables, tags, docstrings, through Airflow's own rendering and the runtime's decoding."""
    assert not differences(hand, airflow.python, airflow.home, tmp_path, 300, 1)
