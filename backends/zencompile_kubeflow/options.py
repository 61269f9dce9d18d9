"""What a user can set for this target: `--set kubeflow.NAME=VALUE`, `[tool.zencompile.kubeflow]`."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Options(BaseModel):
    """`pipeline_root` is where KFP keeps artifacts, if not at its own default; `drift` says what a step does whose
    image holds other code than it was compiled from; `timezone` is that in which the server reads cron expressions,
    its `CRON_SCHEDULE_TIMEZONE`; `server` is its release, such as 2.14: settings that it doesn't read are errors;
    `artifacts` says where artifacts lie that a pipeline looks up by name (`NAME` or `NAME@VERSION`); the others apply
    to every pod.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    pipeline_root: str | None = None
    image_pull_policy: Literal["Always", "IfNotPresent", "Never"] | None = None
    image_pull_secrets: tuple[str, ...] = ()
    drift: Literal["fail", "warn"] = "fail"
    timezone: str = "UTC"
    artifacts: dict[str, str] = {}
    server: str | None = Field(default=None, pattern=r"2\.\d+(\.\d+)?")
