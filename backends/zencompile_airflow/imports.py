"""The imports of a DAG file: what it uses, in the places where each version of Airflow has it.

Airflow 3 comes last, in the `else`: ruff's rules AIR3xx judge the use of a name by its last binding in the file; were
that the import for Airflow 2, they would take the name for a deprecated one (`Param`, AIR311).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from zencompile_airflow import assets
from zencompile_airflow.expressions import symbols
from zencompile_airflow.model import Imports
from zencompile_airflow.options import Operator

# Every name that a file may import or define by itself: a task never takes one, whether this file uses it or not.
_RESERVED = """
AirflowSkipException Asset AssetAll AssetAny BASH_ENVIRONMENT BashOperator DAG DOCKER_ENVIRONMENT DOUBLING
DeviceRequest DockerOperator DriverConfig ENVIRONMENT FAIL_FAST KUBERNETES_ENVIRONMENT KubernetesPodOperator Mount
PROJECT Param STORE Secret TaskGroup Ulimit Version airflow bash_chain bash_step bash_step_with_hooks chain dag datetime
docker_chain docker_step docker_step_with_hooks exact failed_tasks handed json k8s kubernetes_chain kubernetes_step
kubernetes_step_with_hooks only_after_failure pass_context pendulum secret shlex start_unless_failed step
step_with_hooks task timedelta timezone variable watcher
"""
RESERVED = frozenset(_RESERVED.split())

_DATETIME = ("datetime", "timedelta", "timezone")
_OTHERS = {
    "Secret": "from airflow.providers.cncf.kubernetes.secret import Secret",
    "Version": "from packaging.version import Version",
    "pass_context": "from jinja2 import pass_context",
    "k8s": "from kubernetes.client import models as k8s",
    "pendulum": "import pendulum",
}
_DOCKER_TYPES = ("DeviceRequest", "DriverConfig", "Mount", "Ulimit")
_OPERATORS: dict[Operator, str] = {
    "docker": "from airflow.providers.docker.operators.docker import DockerOperator",
    "kubernetes": "from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator",
}
_AIRFLOW_2 = {
    "DAG": "from airflow import DAG",
    "Param": "from airflow.models.param import Param",
    "task": "from airflow.decorators import task",
    "BashOperator": "from airflow.operators.bash import BashOperator",
    "TaskGroup": "from airflow.utils.task_group import TaskGroup",
}


def used(value: object) -> Iterator[str]:
    """The imported names in an expression: of `k8s.V1Volume`, `k8s`; a whole statement stays one."""
    for name in symbols(value):
        yield name if name.startswith("from ") else name.partition(".")[0]


def named(value: object) -> Iterator[str]:
    """The names that an expression imports by statements of its own."""
    for name in symbols(value):
        if name.startswith("from "):
            yield name.rpartition(" ")[2]


def statements(names: Iterable[str], operators: Iterable[Operator], fail_fast: bool) -> Imports:
    """The import statements for these names, sorted as a formatter would."""
    wanted, chosen = set(names), set(operators)
    standard = [f"import {name}" for name in ("json", "shlex") if name in wanted]
    times = [name for name in _DATETIME if name in wanted]
    # The zone is written as `timezone.utc` inside of a call, which `used` reports by its first part.
    if times:
        standard.append(f"from datetime import {', '.join(times)}")
    others = ["import airflow", *(text for name, text in _OTHERS.items() if name in wanted)]
    others += [name for name in wanted if name.startswith("from ")]
    others += [text for operator, text in _OPERATORS.items() if operator in chosen]
    docker = [name for name in _DOCKER_TYPES if name in wanted]
    if docker:
        others.append(f"from docker.types import {', '.join(docker)}")
    others.sort(key=lambda text: (text.startswith("from"), text.split()[1]))
    classes = ("DAG", "Asset", "AssetAll", "AssetAny", "Param", "TaskGroup", "task")
    sdk = [name for name in classes if name in wanted]
    airflow3 = [f"from airflow.sdk import {', '.join(sdk)}"]
    airflow2 = [text for name, text in _AIRFLOW_2.items() if name in wanted]
    airflow2 += [f"from airflow.datasets import {old} as {new}" for new, old in assets.NAMES.items() if new in wanted]
    if "bash" in chosen:
        airflow3.insert(0, "from airflow.providers.standard.operators.bash import BashOperator")
        airflow2.append(_AIRFLOW_2["BashOperator"])
    airflow2.sort(key=lambda text: text.split()[1::2])
    if fail_fast:
        airflow3 += ["", 'FAIL_FAST = {"fail_fast": True}']
        airflow2 += ["", 'FAIL_FAST = {"fail_stop": True}']
    return Imports(tuple(standard), tuple(others), tuple(airflow3), tuple(airflow2))
