"""What a user can set for this target: `--set kubeflow.NAME=VALUE`, `[tool.zencompile.kubeflow]`."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Options(BaseModel):
    """The options of the target `kubeflow`."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    pipeline_root: str | None = Field(None, description="where KFP keeps artifacts (default: its own place)")
    image_pull_policy: Literal["Always", "IfNotPresent", "Never"] | None = Field(
        None, description="when every pod pulls its image"
    )
    image_pull_secrets: tuple[str, ...] = Field((), description="secrets with a registry's password, for every pod")
    drift: Literal["fail", "warn"] = Field(
        "fail", description="what a step does whose image holds other code than it was compiled from"
    )
    timezone: str = Field(
        "UTC", description="the zone in which the server reads cron expressions: its `CRON_SCHEDULE_TIMEZONE`"
    )
    artifacts: dict[str, str] = Field(
        {}, description="where artifacts lie that a pipeline looks up: their NAME or NAME@VERSION, and a place"
    )
    server: str | None = Field(
        None,
        pattern=r"2\.\d+(\.\d+)?",
        description="the server's release, such as 2.14: settings that it doesn't read are errors",
    )
