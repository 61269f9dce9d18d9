"""What a failed step does to its run and its hooks, in real Airflows: held against what ZenML says its modes mean.

The steps write down what happens, so the order of things is read off what ran, not off states alone. Airflow's own
setting gives every task retries, unless it says otherwise.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from zencompile.ir import Hook, Hooks, Literal, Output, Pipeline, Retry, Text

ROOT = Path(__file__).parent.parent.parent
SOURCE = """\
import os, pathlib, signal, time
from zenml import get_step_context

def say(*words):
    context = get_step_context()
    file = pathlib.Path(os.environ["SEEN"], context.pipeline.name)
    with file.open("a") as stream:
        stream.write(" ".join([context.step_name, *words]) + "\\n")

def work(how: str) -> int:
    say("start")
    if how == "raise":
        say("end")
        raise ValueError("no data today")
    if how == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "sleep":
        time.sleep(60)
    say("end")
    return 1

def alert(error):
    say("on_failure", type(error).__name__)

def ended(error):
    say("on_end", type(error).__name__)

def clean():
    say("on_cleanup")
"""
ONCE = {"orchestrator.airflow": {"operator_args": {"retries": 0}}}
ALERT = Hooks(on_failure=Hook(entrypoint="run:alert"))


def work(hand: Any, id: str, how: str = "fine", **more: Any) -> Any:
    return hand.invocation(id, "work", inputs={"how": Literal(value=how)}, **more)


def pipeline(hand: Any, name: str, *invocations: Any, **more: Any) -> Pipeline:
    steps = {"work": hand.step("work", outputs=(Output(name="output", type=hand.any),))}
    result: Pipeline = hand.pipeline(*invocations, name=name, steps=steps, **more)
    return result


# -- modes -------------------------------------------------------------------------------------------------------------

EDGES = {"a": (), "d": (), "b": ("a",), "e": ("d",), "c": ("b", "e")}
PLACES = {"start": "a", "middle": "b", "end": "c"}
TABLE = [
    ("continue_on_failure", "middle"),
    *(("stop_on_failure", place) for place in PLACES),
    ("fail_fast", "middle"),
]


def branches(hand: Any, mode: str, place: str, **more: Any) -> Pipeline:
    """Two branches that meet; a step of the first fails, or the last of both."""
    tasks = [
        work(hand, id, "raise" if id == PLACES[place] else "fine", after=after, settings=ONCE)
        for id, after in EDGES.items()
    ]
    return pipeline(hand, f"{mode}_{place}", *tasks, execution_mode=mode, **more)


def below(step: str) -> set[str]:
    found = {one for one, after in EDGES.items() if step in after}
    return found.union(*(below(one) for one in found))


def check_mode(mode: str, failing: str, state: str, tasks: dict[str, str], seen: list[str]) -> None:
    """ZenML's meaning of a mode: `LocalOrchestrator.submit_pipeline` and the Kubernetes orchestrator's `DagRunner`."""
    assert state == "failed"
    assert tasks[failing] == "failed"
    ran = {line.split()[0] for line in seen}
    assert not ran & below(failing), "what depends on a failed step never runs"
    after = seen[seen.index(f"{failing} end") + 1 :]
    if mode == "continue_on_failure":
        assert ran == set(EDGES) - below(failing), "everything else does"
    else:
        assert not [line for line in after if line.endswith("start")], "nothing starts after a failure"
    assert {one for one, state in tasks.items() if state == "success"} >= ran - {failing}


# What ZenML 0.98 did on its local orchestrator with these pipelines: (mode, place) → the steps that it ran, in order.
ZENML = {
    ("continue_on_failure", "middle"): "a d b e",
    ("stop_on_failure", "start"): "a",
    ("stop_on_failure", "middle"): "a d b",
    ("stop_on_failure", "end"): "a d b e c",
    ("fail_fast", "middle"): "a d b",
}


@pytest.mark.parametrize(("mode", "place"), TABLE)
def test_the_meaning_of_modes_is_zenml_s(mode: str, place: str) -> None:
    """The check that Airflow's runs are put to holds for ZenML's own."""
    ran = ZENML[mode, place].split()
    states = {step: "failed" if step == PLACES[place] else "success" for step in ran}
    check_mode(mode, PLACES[place], "failed", states, [f"{step} {word}" for step in ran for word in ("start", "end")])


# -- hooks -------------------------------------------------------------------------------------------------------------


def hooked(hand: Any) -> Pipeline:
    """Steps that end in every way."""
    two = Retry(max_retries=2)
    every = Hooks(on_failure=Hook(entrypoint="run:alert"), on_end=Hook(entrypoint="run:ended"))
    limited = {"orchestrator.airflow": {"operator_args": {"retries": 2, "retry_delay": 0.0}}}
    return pipeline(
        hand,
        "hooked",
        work(hand, "fine", hooks=every),
        work(hand, "raises", "raise", hooks=every, settings=ONCE),
        work(hand, "by_airflow", "raise", hooks=ALERT),
        work(hand, "by_retry", "raise", hooks=every, retry=two),
        work(hand, "by_settings", "raise", hooks=ALERT, settings=limited),
        work(hand, "killed", "kill", hooks=every, settings=ONCE),
        work(hand, "killed_twice", "kill", hooks=ALERT, retry=Retry(max_retries=1)),
        work(hand, "too_long", "sleep", hooks=every, timeout=3, settings=ONCE),
        work(hand, "never", after=("killed",), hooks=ALERT),
    )


def cleaned(hand: Any) -> Pipeline:
    """Steps of a pipeline that cleans up after each."""
    steps = [work(hand, how, how, settings=ONCE) for how in ("fine", "raise", "kill")]
    return pipeline(hand, "cleaned", *steps, hooks=Hooks(on_cleanup=Hook(entrypoint="run:clean")))


FAILURE = {
    "fine": [],
    "raises": ["ValueError"],
    "by_airflow": ["ValueError"],
    "by_retry": ["ValueError"],
    "by_settings": ["ValueError"],
    "killed": ["Ended"],
    "killed_twice": ["Ended"],
    "too_long": ["Ended"],
    "never": [],
}
TRIES = {"fine": 1, "raises": 1, "by_retry": 3, "by_settings": 3, "killed": 1, "killed_twice": 2, "never": 0}
RULED = {"orchestrator.airflow": {"operator_args": {"trigger_rule": "all_done", "retries": 0}}}


class Ran:
    """Runs of all the DAGs above by one Airflow."""

    def __init__(self, runs: Any, folder: Path) -> None:
        self.runs = runs
        self.folder = folder

    def seen(self, dag: str) -> list[str]:
        file = self.folder / dag
        return file.read_text().splitlines() if file.exists() else []

    def steps(self, dag: str) -> dict[str, str]:
        found: dict[str, str] = self.runs[dag]["tasks"]
        return found


@pytest.fixture(scope="module")
def ran(hand: Any, airflow: Any, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    base = tmp_path_factory.mktemp("failure")
    project, dags, seen = base / "worker", base / "dags", base / "seen"
    (project / "sources").mkdir(parents=True)
    (project / ".venv/bin").mkdir(parents=True)
    seen.mkdir()
    python = project / ".venv/bin/python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    (project / "runtime").symlink_to(ROOT)
    (project / "sources/run.py").write_text(SOURCE)
    given = [branches(hand, mode, place) for mode, place in TABLE]
    given += [hooked(hand), cleaned(hand), *ruled(hand), *stopped(hand)]
    for one in given:
        options = {"dag_id": one.name, "operator": "bash", "project": str(project), "drift": "warn"}
        emitted = hand.emit(one, store=str(base / "store"), **options)
        assert not emitted.report.errors
        emitted.write(dags)
    more = {"AIRFLOW__CORE__DEFAULT_TASK_RETRIES": "3", "AIRFLOW__CORE__DEFAULT_TASK_RETRY_DELAY": "0"}
    runs = airflow.run_all(dags, SEEN=str(seen), AIRFLOW__LOGGING__LOGGING_LEVEL="ERROR", **more)
    return Ran(runs, seen)


def ruled(hand: Any) -> list[Pipeline]:
    """A step that runs although another one failed, as the last one or before others; and where none fails."""
    return [
        pipeline(
            hand,
            f"ruled_{how}",
            work(hand, "load", how, settings=ONCE),
            work(hand, "report", after=("load",), settings=RULED),
        )
        for how in ("fine", "raise")
    ]


def stopped(hand: Any) -> list[Pipeline]:
    """Hooks beside the modes that stop, and a mode where each step waits for the one before it."""
    alone = [work(hand, "a", "raise", settings=ONCE), work(hand, "b", after=("a",))]
    return [
        *(
            pipeline(
                hand,
                f"hooks_{mode}",
                work(hand, "a", "kill", hooks=ALERT, settings=ONCE),
                work(hand, "b", hooks=ALERT, after=("a",)),
                work(hand, "c", hooks=ALERT, after=("a",)),
                execution_mode=mode,
            )
            for mode in ("stop_on_failure", "fail_fast")
        ),
        pipeline(hand, "in_a_row", *alone, execution_mode="fail_fast"),
    ]


@pytest.mark.airflow
@pytest.mark.parametrize(("mode", "place"), TABLE)
def test_a_run_goes_on_after_a_failure_as_its_mode_says(ran: Ran, mode: str, place: str) -> None:
    dag = f"{mode}_{place}"
    check_mode(mode, PLACES[place], ran.runs[dag]["state"], ran.steps(dag), ran.seen(dag))


@pytest.mark.airflow
def test_a_failure_hook_is_called_once_whoever_sees_the_failure(ran: Ran) -> None:
    seen = [line.split() for line in ran.seen("hooked")]
    called = {step: [line[2] for line in seen if line[:2] == [step, "on_failure"]] for step in FAILURE}
    assert called == FAILURE
    tries = ran.runs["hooked"]["tries"]
    assert {step: tries[step] for step in TRIES} == TRIES
    assert tries["by_airflow"] in (1, 4), "Airflow 3's `dag.test` leaves its own setting out of account"
    assert ran.runs["hooked"]["state"] == "failed"


@pytest.mark.airflow
def test_each_attempt_ends_once(ran: Ran) -> None:
    seen = [line.split() for line in ran.seen("hooked")]
    ended = {step: [line[2] for line in seen if line[:2] == [step, "on_end"]] for step in FAILURE}
    assert ended["fine"] == ["NoneType"]
    assert (ended["raises"], ended["by_retry"]) == (["ValueError"], ["ValueError"] * 3)
    assert (ended["killed"], ended["too_long"]) == (["Ended"], ["Ended"])


@pytest.mark.airflow
def test_what_was_killed_is_cleaned_up_once(ran: Ran) -> None:
    assert ran.steps("cleaned")["kill"] == "failed"
    seen = ran.seen("cleaned")
    assert [seen.count(f"{how} on_cleanup") for how in ("fine", "raise", "kill")] == [1, 1, 1]


@pytest.mark.airflow
def test_hooks_of_others_are_no_tasks_of_their_own_success(ran: Ran) -> None:
    tasks = ran.steps("hooked")
    states = {step: tasks[f"{step}_hooks"] for step in FAILURE}
    failed = {step for step in FAILURE if tasks[step] == "failed"}
    assert states == {step: "success" if step in failed else "skipped" for step in FAILURE}


@pytest.mark.airflow
def test_a_step_that_runs_after_a_failure_doesn_t_make_the_run_a_success(ran: Ran) -> None:
    assert ran.runs["ruled_raise"]["state"] == "failed"
    assert ran.steps("ruled_raise") == {"load": "failed", "report": "success", "watcher": "failed"}
    assert ran.runs["ruled_fine"]["state"] == "success"
    assert ran.steps("ruled_fine") == dict.fromkeys(("load", "report", "watcher"), "success")


@pytest.mark.airflow
@pytest.mark.parametrize("mode", ["stop_on_failure", "fail_fast"])
def test_hooks_are_called_where_nothing_new_starts(ran: Ran, mode: str) -> None:
    dag = f"hooks_{mode}"
    assert ran.seen(dag) == ["a start", "a on_failure Ended"]
    assert ran.runs[dag]["state"] == "failed"
    assert ran.steps(dag)["a_hooks"] == "success"
    assert {ran.steps(dag)[name] for name in ("b", "c")} <= {"skipped", "upstream_failed"}


@pytest.mark.airflow
def test_where_each_step_waits_for_the_one_before_a_dag_stays_plain(ran: Ran) -> None:
    assert ran.runs["in_a_row"]["state"] == "failed"
    assert ran.steps("in_a_row") == {"a": "failed", "b": "upstream_failed"}


# -- other operators ---------------------------------------------------------------------------------------------------


@pytest.mark.airflow
@pytest.mark.docker
def test_a_container_that_is_killed_has_its_hook_called_by_another(
    hand: Any, airflow: Any, docker_daemon: Any, tmp_path: Path
) -> None:
    """The runtime is mounted into the bare base image, which is no image of ours."""
    source, store, seen = tmp_path / "source", tmp_path / "store", tmp_path / "seen"
    for folder in (source, store, seen):
        folder.mkdir()
    shutil.copytree(ROOT / "zencompile_runtime", source / "zencompile_runtime")
    # The first process of a container can't kill itself: Linux lets it not.
    (source / "run.py").write_text(SOURCE.replace("os.kill(os.getpid(), signal.SIGKILL)", "os._exit(137)"))
    variables = {"PYTHONPATH": "/opt/source", "ZENCOMPILE_PROJECT": "/opt/source", "SEEN": "/opt/seen"}
    more = {"variables": {name: Text(value=value) for name, value in variables.items()}, "hooks": ALERT}
    given = pipeline(
        hand,
        "containers",
        work(hand, "killed", "kill", retry=Retry(max_retries=1), **more),
        work(hand, "raises", "raise", **more),
        work(hand, "fine", **more),
        images={"main": hand.image(reference=docker_daemon.base_image, build=False)},
    )
    mounts = [f"{source}:/opt/source:ro", f"{seen}:/opt/seen"]
    options = {"docker_url": docker_daemon.host, "network_mode": "host", "mounts": mounts, "drift": "warn"}
    hand.emit(given, dag_id="containers", store=str(store), **options).write(tmp_path / "dags")
    (ran,) = airflow.run_all(tmp_path / "dags").values()
    lines = [line for line in (seen / "containers").read_text().splitlines() if "on_failure" in line]
    assert sorted(lines) == ["killed on_failure Ended", "raises on_failure ValueError"]
    states = {"killed": "failed", "raises": "failed", "fine": "success"}
    hooks = {"killed_hooks": "success", "raises_hooks": "success", "fine_hooks": "skipped"}
    assert (ran["state"], ran["tasks"]) == ("failed", {**states, **hooks})


@pytest.mark.airflow
def test_the_hooks_of_a_pod_run_in_a_pod_like_it(hand: Any, airflow: Any, tmp_path: Path) -> None:
    """By the real operator; there is no cluster here that could kill one."""
    given = pipeline(hand, "pods", work(hand, "a", hooks=ALERT, secrets=("db",)), execution_mode="fail_fast")
    emitted = hand.emit(given, operator="kubernetes", dag_id="pods", namespace="acme")
    pods = airflow.pods(emitted.write(tmp_path), "pods")
    (step,), (hooks,) = (pods[name]["spec"]["containers"] for name in ("a", "a_hooks"))
    assert (step["command"][3], hooks["command"][3]) == ("step", "hooks")
    arguments = [word for word in step["command"][4:] if not word.startswith(("--attempt", "--owe"))]
    assert hooks["command"][4:] == arguments
    for name in ("image", "env"):
        assert hooks.get(name) == step.get(name)
    paths = [[mount["mountPath"] for mount in one["volumeMounts"]] for one in (step, hooks)]
    assert paths[0] == paths[1] == ["/run/secrets/zencompile/db"]
