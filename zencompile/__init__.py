"""What pipelines are written with, and the compiler behind it.

    from zencompile import pipeline, step

    @step
    def load(path: str) -> list[int]: ...

    @pipeline
    def training(path: str = "data.csv"):
        load(path)

    if __name__ == "__main__":
        training(path="data.csv")

The names mean what the same names of ZenML mean. Compiling never imports them, and importing them is light. In an
ordinary program a step is a plain function call; a call of a pipeline compiles its file and runs it with the local
runner. `compile` is the compiler as a function.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zencompile.api import compile
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
    from zencompile.calling import RunFailed
    from zencompile.diagnostics import CompilationFailed

__version__ = "0.1.0"

__all__ = [
    "ArtifactConfig",
    "CachePolicy",
    "Client",
    "CompilationFailed",
    "DockerSettings",
    "ExternalArtifact",
    "Model",
    "ResourceSettings",
    "RunFailed",
    "Schedule",
    "StepRetryConfig",
    "Tag",
    "__version__",
    "compile",
    "get_pipeline_context",
    "get_step_context",
    "log_metadata",
    "pipeline",
    "step",
    "unmapped",
]


_ELSEWHERE = {"compile": "api", "CompilationFailed": "diagnostics", "RunFailed": "calling"}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in __all__:
        return getattr(import_module(f"zencompile.{_ELSEWHERE.get(name, 'authoring')}"), name)
    if not name.startswith("_"):
        from zencompile.names import in_steps

        found = in_steps("zencompile", name)
        if found is not None:
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)


class _Names:
    """Finds the modules that hold names for code of steps, such as `zencompile.types`; no other."""

    @staticmethod
    def find_spec(fullname: str, path: object = None, target: object = None) -> Any:
        if not fullname.startswith("zencompile."):
            return None
        from zencompile.names import module_spec

        return module_spec(fullname, sys.modules[__name__])


sys.meta_path.append(_Names())
