"""Run inside an Airflow environment: one run of each DAG of a folder, in one process.

    python airflow_runs.py FOLDER DAG_ID…

Prints a line of JSON: {DAG id: {"state", "tasks": {task: state}, "tries": {task: number}, "values": {task: XCom}}}, and
under "seen" what each DAG of the folder looks like.
AIRFLOW_HOME is given by the caller; its database is made where it is missing.
"""

from __future__ import annotations

import contextlib
import inspect
import json
import os
import pathlib
import subprocess
import sys
import warnings
from typing import Any


def bag(folder: pathlib.Path) -> Any:
    try:
        from airflow.dag_processing.dagbag import DagBag
    except ImportError:  # Airflow 2
        from airflow.models.dagbag import DagBag
    wanted = {"include_examples": False, "bundle_path": folder, "bundle_name": "dags-folder"}
    known = inspect.signature(DagBag.__init__).parameters
    found = DagBag(str(folder), **{name: value for name, value in wanted.items() if name in known})
    if found.import_errors:
        raise SystemExit(str(found.import_errors))
    return found


def described(run: Any) -> dict[str, Any]:
    instances = {ti.task_id: ti for ti in run.get_task_instances()}
    return {
        "run": run.run_id,
        "state": str(getattr(run.state, "value", run.state)),
        "tasks": {name: str(getattr(ti.state, "value", ti.state)) for name, ti in instances.items()},
        "tries": {name: ti.try_number for name, ti in instances.items()},
        "values": {name: value for name, ti in instances.items() if (value := pushed(run, name)) is not None},
    }


def pushed(run: Any, task: str) -> Any:
    """What a task has returned, as JSON has it."""
    try:
        from airflow.models.xcom import XComModel

        query = XComModel.get_many(run_id=run.run_id, dag_ids=run.dag_id, task_ids=task, key="return_value")
        from airflow.utils.session import create_session

        with create_session() as session:
            found = session.scalars(query.with_session(session).statement).all() if hasattr(query, "statement") else []
            if not found:
                found = session.execute(query).scalars().all()
        return XComModel.deserialize_value(found[0]) if found else None
    except ImportError:  # Airflow 2
        from airflow.models.xcom import XCom

        text = XCom.get_value(ti_key=run.get_task_instance(task).key, key="return_value")
        return json.loads(text) if isinstance(text, str) else text  # as Airflow 3 reads it by itself, above


def seen(dag: Any) -> dict[str, Any]:
    """The groups around each task and their parents, its slots and what it updates; what starts the DAG."""
    condition = getattr(dag.timetable, "asset_condition", None) or getattr(dag.timetable, "dataset_condition", None)
    groups = dag.task_group.get_task_group_dict()
    tasks = {
        task.task_id: {
            "group": task.task_group.group_id,
            "downstream": sorted(task.downstream_task_ids),
            "slots": [task.pool, task.pool_slots, task.queue, task.priority_weight],
            "outlets": [one.uri for one in task.outlets],
        }
        for task in dag.tasks
    }
    return {
        "tasks": tasks,
        "groups": {name: group.parent_group.group_id for name, group in groups.items() if name},
        "starts": shown(condition),
    }


def shown(condition: Any) -> Any:
    if hasattr(condition, "objects"):
        return [type(condition).__name__[-3:], *map(shown, condition.objects)]
    return getattr(condition, "uri", None)


def main(folder: str, *names: str) -> None:
    out, sys.stdout = sys.stdout, sys.stderr
    warnings.simplefilter("ignore")
    os.environ["AIRFLOW__CORE__DAGS_FOLDER"] = folder
    marker = pathlib.Path(os.environ["AIRFLOW_HOME"], "migrated")
    if not marker.exists():
        subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], check=True, capture_output=True)
        marker.touch()
    dags = bag(pathlib.Path(folder)).dags
    answer: dict[str, Any] = {"seen": {name: seen(dag) for name, dag in dags.items()}}
    for name in names:
        with contextlib.suppress(SystemExit):
            answer[name] = described(dags[name].test())
    print(json.dumps(answer), file=out)


if __name__ == "__main__":
    main(*sys.argv[1:])
