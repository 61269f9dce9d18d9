"""Run inside an Airflow environment: every DAG of a folder once, one after the other, in this process.

    python airflow_many.py FOLDER      one line of JSON: DAG → its run's state, and the state and tries of each task

AIRFLOW_HOME is given by the caller; its database is made where it is missing.
"""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import time
import traceback
from typing import Any


def main(folder: str) -> None:
    out, sys.stdout = sys.stdout, sys.stderr
    os.environ["AIRFLOW__CORE__DAGS_FOLDER"] = folder
    airflow = str(pathlib.Path(sys.executable).with_name("airflow"))
    os.environ["PATH"] = f"{pathlib.Path(airflow).parent}:{os.environ['PATH']}"
    migrated = pathlib.Path(os.environ["AIRFLOW_HOME"], "migrated")
    if not migrated.exists():
        subprocess.run([airflow, "db", "migrate"], check=True, capture_output=True)
        migrated.touch()
    dags = _dags(folder)
    print(json.dumps({name: _run(dag) for name, dag in sorted(dags.items())}), file=out)


def _dags(folder: str) -> dict[str, Any]:
    try:
        from airflow.dag_processing.dagbag import DagBag

        bag = DagBag(folder, bundle_path=pathlib.Path(folder), bundle_name="dags-folder")
    except ImportError:  # Airflow 2
        from airflow.models.dagbag import DagBag

        bag = DagBag(folder, include_examples=False, read_dags_from_db=False)
        _outlive_timeouts()
    if bag.import_errors:
        raise SystemExit(str(bag.import_errors))
    return dict(bag.dags)


def _outlive_timeouts() -> None:
    """Go on after a task's time is up: its exception ends a worker's process, which is ours here."""
    from airflow.exceptions import AirflowTaskTimeout
    from airflow.models import dag

    run = dag._run_task

    def run_task(**given: Any) -> Any:
        try:
            return run(**given)
        except AirflowTaskTimeout:  # no Exception in Airflow 2, whose `dag.test` ends by it
            return None

    dag._run_task = run_task


def _run(dag: Any) -> dict[str, Any]:
    began = time.monotonic()
    try:
        done = dag.test()
    except Exception:
        return {"state": "broken", "tasks": {}, "tries": {}, "log": traceback.format_exc()}
    tasks = done.get_task_instances()
    return {
        "state": _text(done.state),
        "tasks": {one.task_id: _text(one.state) for one in tasks},
        "tries": {one.task_id: one.try_number for one in tasks},
        "seconds": time.monotonic() - began,
    }


def _text(state: Any) -> str:
    return str(getattr(state, "value", state))


if __name__ == "__main__":
    main(sys.argv[1])
