"""What Airflow's operators, its DAG and the models of pods and containers take, in both generations.

The table is made of the real ones by `scripts/airflow_signatures.py`, and a test holds it against them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

GENERATIONS = ("Airflow 2", "Airflow 3")

# What an argument takes besides what its annotation says, or in its stead: the code of Airflow and docker-py decides.
_TAKEN: dict[tuple[str, str], str] = {
    ("BaseOperator", "params"): "dict[str, Any] | None",
    ("BaseOperator", "pool"): "Key | None",
    ("BaseOperator", "max_active_tis_per_dag"): "Positive | None",
    ("BaseOperator", "max_active_tis_per_dagrun"): "Positive | None",
    ("BaseOperator", "pool_slots"): "Positive",
    ("BaseOperator", "retries"): "Count | None",
    ("BaseOperator", "retry_exponential_backoff"): "bool",  # Airflow 3 reads True as 2.0
    ("BaseOperator", "trigger_rule"): "TriggerRule",
    ("BaseOperator", "weight_rule"): "WeightRule | PriorityWeightStrategy",
    ("DAG", "default_args"): "dict[str, Any] | None",
    ("DAG", "max_active_runs"): "Positive",
    ("DAG", "max_active_tasks"): "Positive",
    ("DAG", "max_consecutive_failed_dag_runs"): "Count",
    ("DAG", "owner_links"): "dict[str, Link] | None",
    ("DAG", "params"): "dict[str, Any] | None",
    ("DAG", "schedule"): "str | timedelta | Timetable | None",
    ("DAG", "tags"): "list[str] | None",
    ("DockerOperator", "environment"): "dict[str, str] | None",
    ("DockerOperator", "mounts"): "list[Mount] | None",
    ("DockerOperator", "private_environment"): "dict[str, str] | None",
    ("DockerOperator", "shm_size"): "int | str | None",  # docker-py reads "1g"
    ("KubernetesPodOperator", "annotations"): "dict[str, str] | None",
    ("KubernetesPodOperator", "container_resources"): "k8s.V1ResourceRequirements | None",
    ("KubernetesPodOperator", "container_security_context"): "k8s.V1SecurityContext | None",
    ("KubernetesPodOperator", "image_pull_secrets"): "list[k8s.V1LocalObjectReference] | str | None",
    ("KubernetesPodOperator", "labels"): "dict[str, str] | None",
    ("KubernetesPodOperator", "node_selector"): "dict[str, str] | None",
    ("KubernetesPodOperator", "name"): "Key | None",
    ("KubernetesPodOperator", "on_finish_action"): "OnFinishAction",
    ("KubernetesPodOperator", "on_kill_action"): "OnKillAction",
    ("KubernetesPodOperator", "pod_runtime_info_envs"): "list[k8s.V1EnvVar] | None",
    ("KubernetesPodOperator", "security_context"): "k8s.V1PodSecurityContext | None",
    ("KubernetesPodOperator", "xcom_sidecar_container_security_context"): "k8s.V1SecurityContext | None",
}
# Fields of models whose values may be written as numbers: amounts of a resource.
_QUANTITIES = {("V1ResourceRequirements", "limits"), ("V1ResourceRequirements", "requests")}


class Argument(NamedTuple):
    """An argument of an operator or a DAG: its kind in each generation, None where one lacks it."""

    kinds: tuple[str | None, str | None]

    @property
    def missing(self) -> str | None:
        """The generation that lacks it."""
        return next((name for name, kind in zip(GENERATIONS, self.kinds, strict=True) if kind is None), None)


class Model(NamedTuple):
    """A class whose objects describe a part of a pod or a container: its fields by their names in Python.

    `names` are those in JSON, where they differ. `call` is how a file names the class, `order` the fields that can be
    given by position.
    """

    call: str
    kinds: Mapping[str, str]
    names: Mapping[str, str]
    required: tuple[str, ...] = ()
    order: tuple[str, ...] = ()


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(Path(__file__).with_name("signatures.json").read_text("utf-8"))
    return read


@lru_cache(maxsize=8)
def arguments(owner: str) -> Mapping[str, Argument]:
    """The arguments of an operator, those of every operator among them, or of `DAG`."""
    signatures = _table()["signatures"]
    found: dict[str, Argument] = {}
    for one in dict.fromkeys(("BaseOperator", owner) if owner != "DAG" else (owner,)):
        for name, kind in signatures[one].items():
            both = (kind, kind) if isinstance(kind, str) else tuple(kind)
            taken = _TAKEN.get((one, name))
            found[name] = Argument(both if taken is None or None in both else (taken, taken))
    return found


def templated(operator: str) -> tuple[frozenset[str], tuple[str, ...]]:
    """The arguments of an operator that Airflow renders, and the endings of texts that it takes for names of files."""
    found = _table()["templated"][operator]
    return frozenset(found["fields"]), tuple(found["endings"])


def members(enumeration: str) -> list[str]:
    """The values that an enumeration of Airflow has in both generations."""
    found: list[str] = _table()["enumerations"][enumeration]
    return found


# docker-py annotates nothing. `Mount` is held by its signature, the others by the keywords that they read.
_DOCKER = {
    "Mount": Model(
        "Mount",
        {
            "target": "str",
            "source": "str | None",
            "type": 'Literal["bind", "volume", "tmpfs", "npipe"]',
            "read_only": "bool",
            "consistency": "str | None",
            "propagation": "str | None",
            "no_copy": "bool",
            "labels": "dict[str, str] | None",
            "driver_config": "DriverConfig | None",
            "tmpfs_size": "int | str | None",
            "tmpfs_mode": "int | None",
            "subpath": "str | None",
        },
        {"Target": "target", "Source": "source", "Type": "type", "ReadOnly": "read_only", "Consistency": "consistency"},
        ("target", "source"),
        ("target", "source", "type", "read_only"),
    ),
    "DeviceRequest": Model(
        "DeviceRequest",
        {
            "driver": "str",
            "count": "int",
            "device_ids": "list[str]",
            "capabilities": "list[list[str]]",
            "options": "dict[str, str]",
        },
        {
            "Driver": "driver",
            "Count": "count",
            "DeviceIDs": "device_ids",
            "Capabilities": "capabilities",
            "Options": "options",
        },
    ),
    "Ulimit": Model(
        "Ulimit",
        {"name": "str", "soft": "int", "hard": "int"},
        {"Name": "name", "Soft": "soft", "Hard": "hard"},
        ("name",),
    ),
    "DriverConfig": Model(
        "DriverConfig",
        {"name": "str", "options": "dict[str, str] | None"},
        {"Name": "name", "Options": "options"},
        ("name",),
        ("name", "options"),
    ),
}
_SECRET = Model(
    "Secret",
    {
        "deploy_type": 'Literal["env", "volume"]',
        "deploy_target": "str | None",
        "secret": "str",
        "key": "str | None",
        "items": "list[k8s.V1KeyToPath] | None",
    },
    {},
    ("deploy_type", "secret"),
    ("deploy_type", "deploy_target", "secret", "key", "items"),
)


@lru_cache(maxsize=256)
def model(name: str) -> Model | None:
    """The model of this name, without the module: of `kubernetes.client`, of `docker.types`, or Airflow's `Secret`."""
    if name in _DOCKER:
        return _DOCKER[name]
    if name == "Secret":
        return _SECRET
    found = _table()["models"].get(name)
    if found is None:
        return None
    kinds = {field: _kind(name, field, kind) for field, (_, kind) in found["fields"].items()}
    names = {json_name: field for field, (json_name, _) in found["fields"].items()}
    return Model(f"k8s.{name}", kinds, names, tuple(found["required"]))


def _kind(model: str, field: str, kind: str) -> str:
    """A kind of the Kubernetes client (`dict(str, str)`) as an annotation."""
    if (model, field) in _QUANTITIES:
        return "dict[str, Quantity]"
    return kind.replace("dict(", "dict[").replace(")", "]").replace("object", "Any")
