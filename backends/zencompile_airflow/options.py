"""What a user can choose for Airflow: `--set airflow.NAME=VALUE`, or `[tool.zencompile.airflow]`."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

Operator = Literal["docker", "kubernetes", "bash", "inline"]

# Fixed, so that the same source gives the same bytes on any day; Airflow wants a start for every schedule.
START_DATE = datetime(2026, 1, 1, tzinfo=timezone.utc)


class Options(BaseModel):
    """The options of the target `airflow`. What is None is left to Airflow, to its provider or to the pipeline."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    operator: Operator = Field(
        "docker", description="what runs a step: a container, a pod, a process on the worker, or Airflow itself"
    )
    dag_id: str | None = Field(None, description="the DAG's id (default: the pipeline's name)")
    start_date: datetime = Field(START_DATE, description="no run is scheduled before this time")
    catchup: bool | None = Field(None, description="whether missed runs are made up for")
    tags: tuple[str, ...] = Field((), description="tags besides the pipeline's own")
    max_active_runs: int | None = Field(None, ge=1, description="how many runs may go on at a time")
    max_active_tasks: int | None = Field(None, ge=1, description="how many tasks may run at a time")
    pool: str | None = Field(None, description="the Airflow pool of every task")
    queue: str | None = Field(None, description="the queue of every task")
    priority_weight: int | None = Field(None, description="how early every task is, among those that wait for a slot")
    fuse: Literal["nothing", "chains"] = Field(
        "nothing", description="which steps are one task: those that follow each other alone, in one image"
    )
    store: str | None = Field(None, description="where artifacts live: an absolute folder, or a URL of fsspec")
    secrets: Literal["connection", "variable"] = Field(
        "connection", description="where Airflow keeps a secret (docker, bash): a connection, or a variable with JSON"
    )
    secret_names: dict[str, str] = Field({}, description="secrets that have another name in Airflow or Kubernetes")
    drift: Literal["fail", "warn"] = Field(
        "fail", description="what a task does that finds other code than it was compiled from"
    )

    docker_url: str | None = Field(None, description="docker: where the daemon answers")
    docker_conn_id: str | None = Field(None, description="docker: the connection with the registry's password")
    network_mode: str | None = Field(None, description="docker: the network of the containers")
    # Only "force" ends the container of a step that ran too long: with "success" it runs on, and hides the timeout.
    auto_remove: Literal["never", "success", "force"] = Field("force", description="docker: which containers to remove")
    mounts: tuple[str, ...] = Field((), description="docker: SOURCE:TARGET or SOURCE:TARGET:ro, both absolute")

    namespace: str | None = Field(None, description="kubernetes: the namespace of the pods")
    service_account: str | None = Field(None, description="kubernetes: the service account of the pods")
    in_cluster: bool | None = Field(None, description="kubernetes: whether Airflow runs in the cluster")
    kubernetes_conn_id: str | None = Field(None, description="kubernetes: the connection to the cluster")
    image_pull_policy: Literal["Always", "IfNotPresent", "Never"] | None = Field(
        None, description="kubernetes: when to pull an image"
    )
    image_pull_secrets: tuple[str, ...] = Field((), description="kubernetes: secrets with a registry's password")
    volume_claim: str | None = Field(
        None, description="kubernetes: the claim of the volume that holds a store's folder"
    )

    project: str | None = Field(None, description="bash: the absolute project folder on the workers")

    @property
    def texts(self) -> bool:
        """Whether every step's text is wanted: it stands in the file."""
        return self.operator == "inline"

    @field_validator("start_date")
    @classmethod
    def _aware(cls, value: datetime) -> datetime:
        """A time without an offset is UTC: this machine's zone must not get into a file."""
        return value if value.tzinfo is not None else value.replace(tzinfo=timezone.utc)

    @field_validator("mounts")
    @classmethod
    def _mounts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for mount in value:
            source, _, target = mount.removesuffix(":ro").partition(":")
            if not (source and target.startswith("/")):
                raise ValueError(f"{mount!r} should read SOURCE:TARGET or SOURCE:TARGET:ro, with an absolute target")
        return value

    @field_validator("project")
    @classmethod
    def _project(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith("/"):
            raise ValueError(
                "the project folder must be absolute: a worker has no folder that a relative path starts at"
            )
        return value
