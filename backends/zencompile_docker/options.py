"""What can be chosen for images."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Options(BaseModel):
    """`cache_mounts`: keep downloaded packages between builds; false gives a form that the classic builder reads."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    cache_mounts: bool = True
