"""Settings that would change, in silence, what the compiler wrote: each is refused, or carried over as it is meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from zencompile import api
from zencompile.ir import Literal, Parameter, Retry, Text, Type

TIME = {"$": "timedelta", "days": -1, "seconds": 0, "microseconds": 0}

OF_DAGS = [
    ({"render_template_as_native_obj": True}, "ZC0513"),
    ({"jinja_environment_kwargs": {"variable_start_string": "[["}}, "ZC0513"),
    ({"user_defined_filters": {"tojson": "x"}}, "ZC0557"),
    ({"user_defined_macros": {"secret": "x"}}, "ZC0557"),
    ({"default_args": {"params": {"x": 7}}}, "ZC0557"),
    ({"tags": ["a" * 101]}, "ZC0562"),
    ({"dagrun_timeout": -1}, "ZC0556"),
    ({"max_active_runs": 0}, "ZC0556"),
    ({"default_args": {"retries": -2}}, "ZC0556"),
    ({"default_args": {"retry_delay": 1e15}}, "ZC0556"),
]
OF_TASKS = [
    ({"params": {"x": 99}}, "ZC0557"),
    ({"execution_timeout": 10**14}, "ZC0556"),
    ({"execution_timeout": TIME}, "ZC0556"),
    ({"retries": -2}, "ZC0556"),
    ({"default_args": {"retries": 2}}, "ZC0513"),
]


def pipeline(
    hand: Any, of_task: dict[str, Any] | None = None, of_dag: dict[str, Any] | None = None, **more: Any
) -> Any:
    settings = {"orchestrator.airflow": {"operator_args": of_task}} if of_task else {}
    one = hand.invocation("a", settings=settings, secrets=("db",), **more)
    x = Parameter(name="x", type=Type(name="int"), bound="runtime", default=Literal(value=1))
    dag = {"orchestrator.airflow": {"dag_args": of_dag}} if of_dag else {}
    return hand.pipeline(one, settings=dag, parameters=(x,))


@pytest.mark.parametrize(("given", "code"), OF_DAGS)
def test_arguments_of_dags(hand: Any, given: dict[str, Any], code: str) -> None:
    assert [one.code for one in hand.emit(pipeline(hand, of_dag=given), operator="docker").report.errors] == [code]


@pytest.mark.parametrize(("given", "code"), OF_TASKS)
def test_arguments_of_tasks(hand: Any, given: dict[str, Any], code: str) -> None:
    assert [one.code for one in hand.emit(pipeline(hand, given), operator="docker").report.errors] == [code]


def test_macros_of_the_user_stand_beside_ours(hand: Any) -> None:
    text = hand.emit(pipeline(hand, of_dag={"user_defined_macros": {"team": "ml"}}), operator="docker").text
    assert 'user_defined_macros={"secret": secret, "team": "ml"}' in text


def test_a_backoff_of_the_step_is_stronger_than_that_of_all_tasks(hand: Any) -> None:
    defaults = {"default_args": {"retries": 2, "retry_exponential_backoff": True}}
    own = pipeline(hand, of_dag=defaults, retry=Retry(max_retries=3, delay=60, backoff=1))
    assert "retry_exponential_backoff=False" in hand.emit(own, operator="docker").text
    assert "retry_exponential_backoff=False" not in hand.emit(pipeline(hand, of_dag=defaults), operator="docker").text


def test_no_retries_are_none_whatever_all_tasks_have(tmp_path: Path) -> None:
    """An explicit 0 is written: neither `default_args` nor Airflow's configuration says it for the step."""
    defaults = "{'orchestrator.airflow': {'dag_args': {'default_args': {'retries': 4}}}}"
    (tmp_path / "run.py").write_text(
        "from zencompile import pipeline, step\n\n"
        "@step(retry={'max_retries': 0})\ndef a() -> int:\n    return 1\n\n"
        f"@pipeline(settings={defaults})\ndef p():\n    a()\n\n"
        "p()\n"
    )
    files = api.compile(tmp_path / "run.py", "airflow", options={"store": "s3://a/b"}, output=tmp_path, write=False)
    (text,) = (text for path, text in files.items() if path.name == "p.py")
    assert "retries=0" in text


@pytest.mark.parametrize(("name", "code"), [("", "ZC0541"), ("A=B", "ZC0541"), ("PYTHONPATH", "ZC0557"), ("A_B", None)])
def test_variables_that_no_process_can_have(hand: Any, name: str, code: str | None) -> None:
    made = hand.emit(pipeline(hand, variables={name: Text(value="1")}), operator="bash", project="/srv/p")
    assert [one.code for one in made.report.errors] == [code] * (code is not None)


def test_what_a_step_says_of_the_dag_is_told(hand: Any) -> None:
    settings = {"orchestrator.airflow": {"dag_args": {"max_active_runs": 1}, "dag_tags": ["t"], "dag_id": "zz"}}
    made = hand.emit(hand.pipeline(hand.invocation("a", settings=settings)), operator="docker")
    assert made.codes == ["ZC0514"] * 3
