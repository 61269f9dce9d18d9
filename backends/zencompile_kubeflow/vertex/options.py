"""What a user can set for the target `vertex`: `--set vertex.NAME=VALUE`, `[tool.zencompile.vertex]`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

_BUCKET = r"^gs://[a-z0-9][a-z0-9._-]+(/.*)?$"


class Machine(BaseModel):
    """What a machine type has: CPUs, and memory as Kubernetes writes it ("30G")."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    cpu: float = Field(gt=0)
    memory: str = Field(pattern=r"^[0-9]+(\.[0-9]+)?(k|[KMGT]i?)?$")


class Options(BaseModel):
    """The options of the target `vertex`. What is None is left to Vertex AI, or to who starts a run."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    project: str | None = Field(None, pattern=r"^[a-z0-9.:-]+$", description="the Google Cloud project")
    location: str | None = Field(None, pattern=r"^[a-z0-9-]+$", description="the region that runs the pipeline")
    pipeline_root: str | None = Field(
        None,
        pattern=_BUCKET,
        description="where artifacts are kept (default: `vertex/<pipeline>` in the artifact store, if in a bucket)",
    )
    service_account: str | None = Field(None, description="the service account that steps run as")
    network: str | None = Field(
        None,
        pattern=r"^projects/[^/]+/global/networks/[^/]+$",
        description="the network that steps are peered with: projects/NUMBER/global/networks/NAME",
    )
    reserved_ip_ranges: tuple[str, ...] = Field((), description="ranges of that network that steps run in")
    encryption_key: str | None = Field(
        None,
        pattern=r"^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$",
        description="the Cloud KMS key: projects/…/locations/…/keyRings/…/cryptoKeys/…",
    )
    labels: dict[str, str] = Field({}, description="labels of each run, besides those of the pipeline's settings")
    failure_policy: Literal["slow", "fast"] | None = Field(
        None, description="whether new steps start after a failure (slow) or not (default: by the execution mode)"
    )
    accelerator: str | None = Field(None, description="the kind of GPU of steps that ask for GPUs without a kind")
    machine_types: dict[str, Machine] = Field(
        {}, description="what machine types have, besides those of the E2 and N1 series"
    )
    max_active_runs: int | None = Field(None, ge=1, description="how many runs of a schedule may go on at a time")
    allow_queueing: bool = Field(
        False, description="whether runs of a schedule wait, rather than be left out, where too many start"
    )
    artifacts: dict[str, Annotated[str, Field(pattern=_BUCKET)]] = Field(
        {}, description="where artifacts lie that a pipeline looks up: their NAME or NAME@VERSION, and a `gs://` place"
    )
    drift: Literal["fail", "warn"] = Field(
        "fail", description="what a step does whose image holds other code than it was compiled from"
    )
