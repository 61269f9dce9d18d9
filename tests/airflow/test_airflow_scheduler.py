"""A compiled DAG under a real scheduler: what people and machines do to runs over Airflow's REST API.

CI runs it on Airflow 3. With ZENCOMPILE_SCHEDULER=airflow2,airflow3 it runs on both; Airflow 2 has one task at a time
on SQLite, so there two runs are not side by side.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import airflow_scheduler
import pytest
from airflow_scheduler import Refused, Running, until

pytestmark = [pytest.mark.airflow, pytest.mark.skipif(sys.platform != "linux", reason="sessions are read from /proc")]
GENERATIONS = os.environ.get("ZENCOMPILE_SCHEDULER", "airflow3").split(",")
DAG = "doubling"
SOURCE = '''
import os
import time
from pathlib import Path

from zencompile import Schedule, StepRetryConfig, pipeline, step


@step(enable_cache=False, retry=StepRetryConfig(max_retries=1, delay=1))
def load(n: int, folder: str) -> int:
    """Fail the first attempt of the run with 13; let those above 100 wait, and be killed."""
    tried = Path(folder, f"tried-{n}")
    first = not tried.exists()
    tried.touch()
    if n == 13 and first:
        raise RuntimeError("the first attempt")
    if n > 100:
        Path(folder, f"pid-{n}").write_text(str(os.getpid()))
        while not Path(folder, f"go-{n}").exists():
            time.sleep(0.1)
    return n


@step(enable_cache=False)
def double(n: int) -> int:
    return 2 * n


@pipeline
def doubling(n: int = 3, folder: str = "FOLDER"):
    double(load(n, folder))


if __name__ == "__main__":
    schedule = Schedule(cron_expression="0 3 1 * *", start_time="2025-01-01T00:00:00+00:00")
    doubling.with_options(schedule=schedule)()
'''


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project, compiled for the bash operator and prepared for the worker; steps meet us in its folder `marks`."""
    base = tmp_path_factory.mktemp("scheduler")
    (base / "marks").mkdir()
    (base / "run.py").write_text(SOURCE.replace("FOLDER", str(base / "marks")))
    command = [sys.executable, "-c", "from zencompile.cli import main; main()", "run.py", "--target", "airflow"]
    settings = {"operator": "bash", "project": base / "worker", "store": base / "store"}
    command += ["-o", "dags", *(f"--set=airflow.{name}={value}" for name, value in settings.items())]
    environment = {k: v for k, v in os.environ.items() if k != "VIRTUAL_ENV"}
    subprocess.run(command, cwd=base, env=environment, check=True, capture_output=True)
    environment.pop("PYTHONPATH", None)
    subprocess.run(
        ["sh", f"build/airflow/{DAG}/prepare.sh"], cwd=base, env=environment, check=True, capture_output=True
    )
    return base


@pytest.fixture(scope="module", params=GENERATIONS)
def airflow(request: pytest.FixtureRequest, place: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Each Airflow in turn, with that DAG."""
    python = request.getfixturevalue(request.param).python
    home = tmp_path_factory.mktemp(request.param)
    for mark in (place / "marks").iterdir():
        mark.unlink()
    with airflow_scheduler.start(python, home, place / "dags", int(request.param[-1])) as running:
        yield running


def result(place: Path, run: str) -> int:
    """What the last step of a run returned."""
    (manifest,) = (place / "store" / "runs").rglob(f"{quote(run, safe='')}/double/output.json")
    (file,) = json.loads(manifest.read_text())["value"]["files"]
    return int(file["text"])


def test_a_run_is_started_with_parameters(airflow: Running, place: Path) -> None:
    """Checked by their types; a task that failed is tried again."""
    with pytest.raises(Refused) as refused:
        airflow.trigger(DAG, n="many")
    assert 400 <= refused.value.status < 500
    plain, retried = airflow.trigger(DAG, n=5), airflow.trigger(DAG, n=13)
    assert airflow.wait(DAG, plain) == "success"
    assert airflow.tasks(DAG, plain) == {"load": ("success", 1), "double": ("success", 1)}
    assert airflow.wait(DAG, retried) == "success"
    assert airflow.tasks(DAG, retried)["load"] == ("success", 2)
    assert (result(place, plain), result(place, retried)) == (10, 26)


def test_a_task_that_is_cleared_runs_again(airflow: Running, place: Path) -> None:
    run = airflow.trigger(DAG, n=6)
    assert airflow.wait(DAG, run) == "success"
    airflow.clear(DAG, run, "double")
    until(lambda: airflow.tasks(DAG, run)["double"] == ("success", 2), "the cleared task", airflow)
    assert airflow.wait(DAG, run) == "success"
    assert airflow.tasks(DAG, run)["load"] == ("success", 1)
    assert result(place, run) == 12


def test_runs_side_by_side_keep_apart_and_a_killed_process_is_tried_again(airflow: Running, place: Path) -> None:
    """Both wait inside of their first step; then one of them is killed."""
    runs = {n: airflow.trigger(DAG, n=n) for n in ((101, 102) if airflow.major == 3 else (101,))}
    marks = place / "marks"
    until(lambda: all((marks / f"pid-{n}").exists() for n in runs), "the steps to start", airflow)
    first = int((marks / "pid-101").read_text())
    os.kill(first, signal.SIGKILL)
    until(lambda: int((marks / "pid-101").read_text() or first) != first, "the second attempt", airflow)
    for n in runs:
        (marks / f"go-{n}").touch()
    for n, run in runs.items():
        assert airflow.wait(DAG, run) == "success"
        assert airflow.tasks(DAG, run)["load"] == ("success", 2 if n == 101 else 1)
        assert result(place, run) == 2 * n


def test_a_dag_that_is_paused_starts_nothing(airflow: Running, place: Path) -> None:
    airflow.pause(DAG, True)
    run = airflow.trigger(DAG, n=7)
    other = airflow.call("GET", f"/dags/{DAG}")
    assert other["is_paused"] and airflow.state(DAG, run) == "queued"
    airflow.pause(DAG, False)
    assert airflow.wait(DAG, run) == "success"
    assert result(place, run) == 14


def test_a_backfill_makes_the_runs_of_the_past(airflow: Running, place: Path) -> None:
    """With the parameters' defaults."""
    runs = airflow.backfill(DAG, "2025-02-01", "2025-03-31")
    assert {airflow.state(DAG, run) for run in runs} == {"success"}
    assert {result(place, run) for run in runs} == {6}
