"""Names that the server takes, whatever the names in the source are, and that stay what they are."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kubeflow_samples import Compiled, call, kind, pipeline, step

from zencompile.ir import Map, OutputRef
from zencompile_kubeflow import rules
from zencompile_kubeflow.names import LONGEST, namespace, of_tasks, task_name

# fmt: off
NASTY = (
    "load", "load_driver", "load_driver_driver", "driver", "_driver", "Load", "LOAD", "1st", "2", "load_2", "load-2",
    "l" * 56, "l" * 57, "l" * 63, "l" * 64, "l" * 200, "l" * 200 + "_1", "l" * 200 + "_2", "root", "entrypoint",
    "system_dag_driver", "iteration", "iteration_item", "iteration_driver", "executor_logs", "digits", "for_m", "é",
    "日本", "a b", "a--b", "a_b", "a.b", "step_1st", "-", "x" * 49 + "_driver", "x" * 56 + "_driver",
)
# fmt: on


def compiled(ids: list[str], name: str = "digits", loops: bool = False) -> Compiled:
    """A pipeline of invocations of these ids, each in a loop of its own if wanted."""
    numbers = kind("list", kind("int"))
    steps = [
        step("numbers", outputs={"output": numbers}),
        step("square", {"x": kind("int")}, {"executor-logs": numbers}),
    ]
    calls: list[Any] = [call("the numbers", "numbers")]
    calls += [call(id_, "square", {"x": ("the numbers", "output") if loops else 3}) for id_ in ids]
    over = {"x": OutputRef(invocation="the numbers", output="output")}
    maps = tuple(Map(id=f"m{number}", over=over, body=(id_,)) for number, id_ in enumerate(ids)) if loops else ()
    return Compiled(pipeline(steps, calls, name=name, controls=maps))


@pytest.mark.parametrize("loops", [False, True])
def test_nasty_names_break_no_rule(loops: bool) -> None:
    made = compiled(list(NASTY), loops=loops)
    assert made.codes == [], [str(d) for d in made.report]
    assert list(map(str, rules.of_pipeline(made.documents))) == []
    tasks = [
        name
        for dag in (made.spec["root"], *made.spec["components"].values())
        for name in dag.get("dag", {}).get("tasks", {})
    ]
    assert len(tasks) == len(set(tasks)) == 1 + len(NASTY) * (3 if loops else 1)


@pytest.mark.parametrize("name", ["load", "l" * 300, "1st", "Ünïcode", "日本", "a/b"])
def test_a_pipeline_may_have_any_name(name: str) -> None:
    made = compiled(["load", "square"], name=name)
    assert made.codes == []
    assert list(map(str, rules.of_pipeline(made.documents))) == []


@settings(deadline=None, max_examples=60)
@given(ids=st.lists(st.one_of(st.sampled_from(NASTY), st.text(min_size=1, max_size=80)), unique=True, max_size=12))
def test_names_of_tasks_are_valid_and_distinct(ids: list[str]) -> None:
    names = of_tasks(ids, namespace())
    found = list(names.values())
    made = [*found, *(f"{name}-driver" for name in found)]
    assert len(made) == len(set(made))
    for name in found:
        assert name[0].isalpha() and len(name) <= LONGEST and name.replace("-", "a").isalnum() and name.isascii()
        assert len(f"comp-{name}-{name}-iterator") <= 128


def test_a_new_step_renames_no_other() -> None:
    """But for those that come out equal where neither is written so."""
    chooser = random.Random(5)
    distinct = [name for name in NASTY if task_name(name) == name.replace("_", "-") or len(name) > LONGEST]
    distinct = list({task_name(name): name for name in distinct}.values())
    whole = of_tasks(distinct, namespace())
    for _ in range(50):
        some = chooser.sample(distinct, 8)
        assert of_tasks(some, namespace()) == {id_: whole[id_] for id_ in some}


def test_plain_names_stay_readable() -> None:
    names = of_tasks(["load_data", "train", "train_2", "load_driver", "1st"], namespace())
    assert list(names.values()) == ["load-data", "train", "train-2", "load-driver-step", "step-1st"]
