"""Variables, connections and their fields: a step starts with what Airflow has, or doesn't start."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from zencompile.ir import EnvironmentReference, SecretReference

# A stand-in for a step's interpreter: it writes down the environment that the step would have.
PYTHON = """#!/bin/sh
for word; do case $word in --id=*) id=${word#--id=};; esac; done
env >"$(dirname "$0")/../../seen/$id"
"""
HELD = {
    "AIRFLOW_VAR_THERE": "it's {{ x }}",
    "AIRFLOW_VAR__ODD-NAME": "odd",
    "AIRFLOW_VAR_EMPTY": "",
    "AIRFLOW_CONN_DB": json.dumps({"conn_type": "http", "password": "p'w", "extra": {"token": "t", "none": None}}),
    "AIRFLOW_CONN_A-B": json.dumps({"conn_type": "http", "login": "me"}),
}


def secret(name: str, key: str) -> dict[str, Any]:
    return {"variables": {"X": SecretReference(name=name, key=key)}}


def variable(name: str, default: str | None = None) -> dict[str, Any]:
    return {"variables": {"X": EnvironmentReference(name=name, default=default)}}


THERE = {
    "a_variable": (variable("THERE"), "X=it's {{ x }}"),
    "a_variable_with_an_odd_name": (variable("_ODD-NAME"), "X=odd"),
    "an_empty_variable": (variable("EMPTY"), "X="),
    "a_default": (variable("MISSING", "it's {{ y }}"), "X=it's {{ y }}"),
    "a_password": (secret("db", "password"), "ZENCOMPILE_SECRET_DB_PASSWORD=p'w"),
    "an_extra": (secret("db", "token"), "ZENCOMPILE_SECRET_DB_TOKEN=t"),
    "a_field_of_an_odd_connection": (secret("a-b", "login"), "ZENCOMPILE_SECRET_A_B_LOGIN=me"),
    "all_extras": ({"secrets": ("db",)}, 'ZENCOMPILE_SECRETS_DB={"none": null, "token": "t"}'),
}
MISSING = {
    "no_variable": (variable("MISSING"), "variable MISSING"),
    "no_variable_with_an_odd_name": (variable("_MISSING-X"), "variable _MISSING-X"),
    "no_connection": (secret("lost", "password"), "lost"),
    "no_odd_connection": (secret("lost-b", "token"), "lost-b"),
    "no_password": (secret("a-b", "password"), "connection a-b with password"),
    "no_port": (secret("db", "port"), "connection db with port"),
    "no_extra": (secret("db", "lost-key"), "connection db with lost-key"),
    "an_extra_of_nothing": (secret("db", "none"), "connection db with none"),
    "no_extras": ({"secrets": ("a-b",)}, "connection a-b with extras"),
    "extras_of_no_connection": ({"secrets": ("lost-c",)}, "lost-c"),
}


@pytest.mark.airflow
def test_a_step_starts_only_with_what_is_there(hand: Any, airflow: Any, tmp_path: Path) -> None:
    """All in one run, each in a task of its own: what is missing is named, and its step is never started."""
    python = tmp_path / "project/.venv/bin/python"
    for folder in (python.parent, tmp_path / "project/seen", tmp_path / "project/sources"):
        folder.mkdir(parents=True)
    python.write_text(PYTHON)
    python.chmod(0o755)
    cases = {**THERE, **MISSING}
    pipeline = hand.pipeline(*(hand.invocation(name, step="s", **more) for name, (more, _) in cases.items()))
    emitted = hand.emit(pipeline, operator="bash", dag_id="references", project=str(tmp_path / "project"))
    ran = airflow.run(emitted.write(tmp_path / "dags"), "references", variables=HELD)
    expected = dict.fromkeys(THERE, "success") | dict.fromkeys(MISSING, "failed")
    assert ran["tasks"] == expected, ran["log"][-3000:]
    started = {path.name: path.read_text().splitlines() for path in (tmp_path / "project/seen").iterdir()}
    assert started.keys() == THERE.keys()
    for name, (_, line) in THERE.items():
        assert line in started[name]
    for name, (_, named) in MISSING.items():
        assert named in ran["log"], name


@pytest.mark.parametrize("operator", ["docker", "kubernetes", "bash"])
def test_every_operator_asks_in_the_same_way(hand: Any, operator: str) -> None:
    pipeline = hand.pipeline(hand.invocation("a", **variable("THERE")))
    text = hand.emit(pipeline, operator=operator, volume_claim="c").text
    assert "{{ variable('THERE') }}" in text
    assert 'user_defined_macros={"variable": variable}' in text


def test_a_file_without_references_has_no_macros(hand: Any) -> None:
    text = hand.emit(hand.digits()).text
    assert "macros" not in text and "pass_context" not in text
