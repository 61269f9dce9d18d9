"""Run inside an Airflow environment: what operators and DAGs made of their arguments. Prints one line of JSON.

    python airflow_fields.py FOLDER REQUEST_JSON

The request names fields: {dag id: {"dag": [name, …], "task": [name, …]}}. Every file of the folder is loaded; every pod
is built by the operator, and read back by the strict models of the Kubernetes client; at last, templates are rendered.
"""

from __future__ import annotations

import datetime
import json
import sys
import warnings
from typing import Any

from airflow_run import _bag
from airflow_run import rendered as render


def main(folder: str, request: str) -> None:
    warnings.simplefilter("ignore")
    out, sys.stdout = sys.stdout, sys.stderr
    wanted = json.loads(request)
    bag = _bag(folder)
    answer = {dag_id: _dag(bag.dags[dag_id], fields) for dag_id, fields in wanted.items() if dag_id in bag.dags}
    for dag_id, one in answer.items():  # last: it changes the tasks
        one["rendered"] = render(bag.dags[dag_id], {})
    print(json.dumps({"errors": bag.import_errors, "dags": answer}, default=str), file=out)


def _dag(dag: Any, fields: dict[str, list[str]]) -> dict[str, Any]:
    return {
        "dag": {name: canonical(getattr(dag, name)) for name in fields["dag"]},
        "tasks": {task.task_id: {name: canonical(_field(task, name)) for name in fields["task"]} for task in dag.tasks},
        "rendered": {},
        "pods": {task.task_id: _pod(task) for task in dag.tasks if hasattr(task, "build_pod_request_obj")},
    }


def _field(task: Any, name: str) -> Any:
    return getattr(task, f"_{name}", None) if name in ("private_environment", "container_logs") else getattr(task, name)


def _pod(task: Any) -> Any:
    """The pod as JSON; as text where it can't be built, or where the client's models lose something of it."""
    from kubernetes.client import ApiClient

    client = ApiClient()
    try:
        built = client.sanitize_for_serialization(task.build_pod_request_obj())
        again = client.sanitize_for_serialization(client._ApiClient__deserialize(built, "V1Pod"))
    except Exception as problem:
        return f"{type(problem).__name__}: {problem}"
    return built if again == built else f"lost when read back: {sorted(_paths(built) ^ _paths(again))}"


def _paths(value: Any, path: str = "") -> set[str]:
    """Every scalar of a structure, with where it stands."""
    if isinstance(value, dict):
        return {one for key, item in value.items() for one in _paths(item, f"{path}.{key}")}
    if isinstance(value, list):
        return {one for index, item in enumerate(value) for one in _paths(item, f"{path}[{index}]")}
    return {f"{path} = {value!r}"}


def canonical(value: Any) -> Any:
    """A value as JSON that tells types apart: models of Kubernetes as the API has them, times by what they are."""
    if isinstance(value, datetime.timedelta):
        return {"$": "timedelta", "µs": value // datetime.timedelta(microseconds=1)}
    if isinstance(value, datetime.datetime):
        return {"$": "datetime", "iso": value.isoformat()}
    if isinstance(value, dict):
        return {str(key): canonical(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [canonical(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted(canonical(item) for item in value)
    if hasattr(value, "openapi_types"):
        from kubernetes.client import ApiClient

        return ApiClient().sanitize_for_serialization(value)
    if hasattr(value, "value") and type(value).__module__.startswith("airflow"):
        return value.value  # a member of an enumeration
    return value


if __name__ == "__main__":
    main(*sys.argv[1:])
