"""What a user can choose for the local runner: `--set local.NAME=VALUE`, or `[tool.zencompile.local]`."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Slurm(BaseModel):
    """How jobs are submitted. `poll` is the longest time between two looks at the queue, in seconds."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    partition: str | None = None
    account: str | None = None
    options: tuple[str, ...] = ()
    poll: float | None = Field(None, gt=0)


class Options(BaseModel):
    """The options of the target `local`. Each is a default: the script's own flags come before it."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    store: str | None = Field(
        None,
        description="where artifacts live: a URL, or a folder in the project (default: .zencompile/store)",
    )
    jobs: int | None = Field(None, ge=1, description="how many steps at once (default: one a processor)")
    executor: Literal["process", "in-process", "docker", "dask", "ray", "slurm"] = Field(
        "process",
        description="what runs a step: a process of its own, the script's own, its image, or a worker of a cluster",
    )
    dask: str | None = Field(
        None, description="dask: the scheduler's address (default: DASK_SCHEDULER_ADDRESS, or a cluster of its own)"
    )
    ray: str | None = Field(None, description="ray: the cluster's address (default: RAY_ADDRESS, or one of its own)")
    slurm: Slurm | None = Field(None, description="slurm: partition, account, further options of sbatch, and poll")
    isolation: Literal["fork", "full"] | None = Field(
        None, description="process: forked from one with common libraries (default on Linux), or a new interpreter"
    )
    drift: Literal["fail", "warn"] = Field(
        "fail", description="what a step does whose code is no longer the one that was compiled"
    )
    preload: tuple[str, ...] = Field((), description="fork: further modules to import once, that bear being forked")
