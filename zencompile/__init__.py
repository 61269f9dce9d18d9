"""What pipelines are written with, and the compiler behind it.

    from zencompile import pipeline, step

    @step
    def load(path: str) -> list[int]: ...

    @pipeline
    def training(path: str = "data.csv"):
        load(path)

The names mean what the same names of ZenML mean. Compiling never imports them; importing them is light and has no effect
beyond giving a program that is run by hand what it asks for: a step is then a plain function call, a pipeline runs its
function.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zencompile.authoring import (
        ArtifactConfig,
        CachePolicy,
        Client,
        DockerSettings,
        ExternalArtifact,
        Model,
        ResourceSettings,
        Schedule,
        StepRetryConfig,
        Tag,
        get_pipeline_context,
        get_step_context,
        log_metadata,
        pipeline,
        step,
        unmapped,
    )

__version__ = "0.1.0"

__all__ = [
    "ArtifactConfig",
    "CachePolicy",
    "Client",
    "DockerSettings",
    "ExternalArtifact",
    "Model",
    "ResourceSettings",
    "Schedule",
    "StepRetryConfig",
    "Tag",
    "__version__",
    "get_pipeline_context",
    "get_step_context",
    "log_metadata",
    "pipeline",
    "step",
    "unmapped",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from zencompile import authoring

    return getattr(authoring, name)


def __dir__() -> list[str]:
    return sorted(__all__)
