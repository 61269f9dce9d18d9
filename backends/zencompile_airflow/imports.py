"""The imports of a DAG file: what it uses, in the places where each version of Airflow has it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from zencompile_airflow.expressions import symbols
from zencompile_airflow.model import Imports
from zencompile_airflow.options import Operator

# Every name that a file may import or define by itself: a task never takes one, whether this file uses it or not.
_RESERVED = """
AirflowSkipException BASH_ENVIRONMENT BashOperator DAG DOCKER_ENVIRONMENT DOUBLING DeviceRequest DockerOperator
ENVIRONMENT FAIL_FAST KUBERNETES_ENVIRONMENT KubernetesPodOperator Mount PROJECT Param STORE Secret StrictUndefined
TaskGroup Version airflow_version bash_step bash_step_with_hooks dag datetime docker_step docker_step_with_hooks
failed_tasks k8s kubernetes_step kubernetes_step_with_hooks only_after_failure pendulum shlex start_unless_failed step
step_with_hooks task timedelta timezone watcher
"""
RESERVED = frozenset(_RESERVED.split())

_DATETIME = ("datetime", "timedelta", "timezone")
_OTHERS = {
    "Secret": "from airflow.providers.cncf.kubernetes.secret import Secret",
    "StrictUndefined": "from jinja2 import StrictUndefined",
    "Version": "from packaging.version import Version",
    "airflow_version": "from airflow import __version__ as airflow_version",
    "k8s": "from kubernetes.client import models as k8s",
    "pendulum": "import pendulum",
}
_DOCKER_TYPES = ("DeviceRequest", "Mount")
_OPERATORS: dict[Operator, str] = {
    "docker": "from airflow.providers.docker.operators.docker import DockerOperator",
    "kubernetes": "from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator",
}
_AIRFLOW_2 = {
    "DAG": "from airflow import DAG",
    "task": "from airflow.decorators import task",
    "Param": "from airflow.models.param import Param",
    "BashOperator": "from airflow.operators.bash import BashOperator",
    "TaskGroup": "from airflow.utils.task_group import TaskGroup",
}


def used(value: object) -> Iterator[str]:
    """The imported names in an expression: of `k8s.V1Volume`, `k8s`."""
    for name in symbols(value):
        yield name.partition(".")[0]


def statements(names: Iterable[str], operators: Iterable[Operator], fail_fast: bool) -> Imports:
    """The import statements for these names, sorted as a formatter would."""
    wanted, chosen = set(names), set(operators)
    standard = ["import shlex"] if "bash" in chosen else []
    times = [name for name in _DATETIME if name in wanted]
    # The zone is written as `timezone.utc` inside of a call, which `used` reports by its first part.
    if times:
        standard.append(f"from datetime import {', '.join(times)}")
    others = [text for name, text in _OTHERS.items() if name in wanted]
    others += [text for operator, text in _OPERATORS.items() if operator in chosen]
    docker = [name for name in _DOCKER_TYPES if name in wanted]
    if docker:
        others.append(f"from docker.types import {', '.join(docker)}")
    others.sort(key=lambda text: (text.startswith("from"), text.split()[1]))
    sdk = [name for name in ("DAG", "Param", "TaskGroup", "task") if name in wanted]
    airflow3 = [f"from airflow.sdk import {', '.join(sdk)}"]
    airflow2 = [text for name, text in _AIRFLOW_2.items() if name in wanted]
    if "bash" in chosen:
        airflow3.insert(0, "from airflow.providers.standard.operators.bash import BashOperator")
        airflow2.append(_AIRFLOW_2["BashOperator"])
        airflow2.sort(key=lambda text: text.split()[1])
    if fail_fast:
        airflow3 += ["", 'FAIL_FAST = {"fail_fast": True}']
        airflow2 += ["", 'FAIL_FAST = {"fail_stop": True}']
    return Imports(tuple(standard), tuple(others), tuple(airflow3), tuple(airflow2))
