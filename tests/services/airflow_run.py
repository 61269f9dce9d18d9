"""Run inside an Airflow environment: load DAG files, render a task, run a DAG. Prints one line of JSON.

    python airflow_run.py load FILE_OR_FOLDER...           what a scheduler sees of them
    python airflow_run.py render FILE DAG PARAMS_JSON      every task's template fields, rendered for a run
    python airflow_run.py pods FILE DAG {}             the pod of every task, without a cluster
    python airflow_run.py run FILE DAG PARAMS_JSON         one run in this process: its state and that of each task

AIRFLOW_HOME is given by the caller; its database is made where it is missing.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import pathlib
import sqlite3
import subprocess
import sys
import warnings
from typing import Any


def load(paths: list[str]) -> dict[str, Any]:
    """Errors and warnings by file, and every DAG with its tasks."""
    errors: dict[str, str] = {}
    told: dict[str, list[str]] = {}
    dags = {}
    warnings.simplefilter("always")
    for path in paths:
        bag = _bag(path)
        told.update({pathlib.Path(file).name: list(texts) for file, texts in bag.captured_warnings.items()})
        errors.update({pathlib.Path(file).name: text for file, text in bag.import_errors.items()})
        dags.update({dag_id: _describe(dag) for dag_id, dag in bag.dags.items()})
    ours = sorted(m for m in sys.modules if m.partition(".")[0].startswith(("zencompile", "zenml")))
    return {"errors": errors, "warnings": told, "dags": dags, "imported": ours}


def _bag(path: str) -> Any:
    try:
        from airflow.dag_processing.dagbag import DagBag

        return DagBag(path, bundle_path=pathlib.Path(path).parent, bundle_name="tests")
    except ImportError:  # Airflow 2
        from airflow.models.dagbag import DagBag

        return DagBag(path, include_examples=False, read_dags_from_db=False)


def _describe(dag: Any) -> dict[str, Any]:
    params = {
        name: {"default": _default(dag.params, name), "schema": dag.params.get_param(name).schema}
        for name in dag.params
    }
    return {
        "tasks": {task.task_id: _task(task) for task in dag.tasks},
        "params": params,
        "tags": sorted(dag.tags),
        "description": dag.description,
        "doc_md": dag.doc_md,
        "schedule": str(getattr(dag, "schedule", None) if hasattr(dag, "schedule") else dag.schedule_interval),
        "timetable": str(getattr(dag.timetable, "summary", "")),
        "start_date": str(dag.start_date),
        "end_date": str(dag.end_date),
        "timezone": str(dag.timezone),
        "catchup": dag.catchup,
        "max_active_runs": dag.max_active_runs,
        "fail_fast": getattr(dag, "fail_fast", None) or getattr(dag, "fail_stop", False),
        "serialized": _serialises(dag),
    }


def _default(params: Any, name: str) -> Any:
    try:
        return params[name]
    except Exception as problem:
        return f"{type(problem).__name__}"


def _serialises(dag: Any) -> bool:
    try:
        from airflow.serialization.serialized_objects import DagSerialization as Serialized
    except ImportError:
        from airflow.serialization.serialized_objects import SerializedDAG as Serialized
    Serialized.to_dict(dag)
    return True


_FIELDS = """
command bash_command cmds image environment env env_vars cwd retries retry_delay retry_exponential_backoff
execution_timeout cpus mem_limit pool queue append_env auto_remove network_mode namespace device_requests
container_resources service_account_name in_cluster secrets env_from mounts volumes volume_mounts docker_url
""".split()  # noqa: SIM905 (a list of words reads better)


def _task(task: Any) -> dict[str, Any]:
    group = getattr(task, "task_group", None)
    shown = {name: _plain(getattr(task, name)) for name in _FIELDS if hasattr(task, name)}
    shown["retry_exponential_backoff"] = bool(getattr(task, "retry_exponential_backoff", False))
    return {
        **shown,
        "operator": type(task).__name__,
        "downstream": sorted(task.downstream_task_ids),
        "group": group.group_id if group is not None else None,
    }


def _plain(value: Any) -> Any:
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [_plain(item) for item in value]
    if hasattr(value, "to_dict"):
        return _plain({key: item for key, item in value.to_dict().items() if item is not None})
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if type(value).__module__.startswith("airflow") and hasattr(value, "__dict__"):
        return {key: _plain(item) for key, item in vars(value).items()}
    return str(value)


def render(path: str, dag_id: str, params: dict[str, Any]) -> dict[str, Any]:
    """The template fields of every task as a run would give them to the operator, by Airflow's own code."""
    return rendered(_bag(path).dags[dag_id], params)


def rendered(dag: Any, params: dict[str, Any]) -> dict[str, Any]:
    """The template fields of a loaded DAG's tasks; these hold then what they were rendered to."""
    from types import SimpleNamespace

    answer = {}
    given = {**{name: _default(dag.params, name) for name in dag.params if name not in params}, **params}
    for task in dag.tasks:
        ti = SimpleNamespace(
            try_number=2, max_tries=3, task=task, task_id=task.task_id, dag_id=dag.dag_id, is_mapped=False
        )
        context = {"params": given, "run_id": "manual__2026-01-01T00:00:00+00:00", "ti": ti, "dag": dag, "task": task}
        task.render_template_fields(context)
        shown = {name: _plain(getattr(task, name)) for name in type(task).template_fields}
        answer[task.task_id] = shown
    return answer


def pods(path: str, dag_id: str, params: dict[str, Any]) -> dict[str, Any]:
    """What the Kubernetes operator would send to the cluster for each task."""
    from kubernetes.client import ApiClient

    client = ApiClient()
    return {
        task.task_id: client.sanitize_for_serialization(task.build_pod_request_obj())
        for task in _bag(path).dags[dag_id].tasks
        if hasattr(task, "build_pod_request_obj")
    }


def run(path: str, dag_id: str, params: dict[str, Any]) -> dict[str, Any]:
    """One run by `airflow dags test`, with the states that it left in the database."""
    home = pathlib.Path(os.environ["AIRFLOW_HOME"])
    airflow = str(pathlib.Path(sys.executable).with_name("airflow"))
    environment = {
        **os.environ,
        "AIRFLOW__CORE__DAGS_FOLDER": str(pathlib.Path(path).parent),
        "PATH": f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    database = home / "airflow.db"
    if not (home / "migrated").exists():
        done = subprocess.run([airflow, "db", "migrate"], env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            return {"state": "no database", "tasks": {}, "log": done.stdout + done.stderr}
        (home / "migrated").touch()
    command = [airflow, "dags", "test", dag_id, "--dagfile-path" if _newer() else "--subdir", path]
    if params:
        command += ["--conf", json.dumps(params)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    with contextlib.closing(sqlite3.connect(database)) as connection:
        # The exit status alone is not trusted: the run's own state is.
        found = connection.execute(
            "select run_id, state from dag_run where dag_id = ? order by id desc limit 1", (dag_id,)
        ).fetchone() or (None, "no run")
        tasks = connection.execute(
            "select task_id, state, try_number from task_instance where dag_id = ? and run_id = ?", (dag_id, found[0])
        ).fetchall()
    return {
        "state": found[1] if done.returncode == 0 or found[1] != "success" else "failed",
        "run": found[0],
        "tasks": {task: state for task, state, _ in tasks},
        "tries": {task: tries for task, _, tries in tasks},
        "log": done.stdout + done.stderr,
    }


def _newer() -> bool:
    from importlib.metadata import version

    return int(version("apache-airflow").split(".")[0]) >= 3


def main(arguments: list[str]) -> None:
    warnings.simplefilter("ignore")
    out, sys.stdout = sys.stdout, sys.stderr
    command, *rest = arguments
    if command == "load":
        answer = load(rest)
    else:
        path, dag_id, params = rest
        answer = {"pods": pods, "render": render, "run": run}[command](path, dag_id, json.loads(params))
    print(json.dumps(answer), file=out)


if __name__ == "__main__":
    main(sys.argv[1:])
