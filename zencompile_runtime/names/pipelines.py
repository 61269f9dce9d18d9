"""`zenml.pipelines`: in a step process a pipeline is never run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from zencompile_runtime.names.logger import get_logger
from zencompile_runtime.names.missing import Missing, MissingResult, NotAvailable, is_importing

VERSION = "0.98.0"  # the release whose names these are; code that compares versions sees what it was written for


class Pipeline:
    """A function under `@pipeline`."""

    def __init__(self, function: Callable[..., Any], name: str | None = None, **options: Any) -> None:
        self.entrypoint = function
        self.name = name or function.__name__
        self._options = options
        self.__wrapped__ = function
        self.__doc__ = function.__doc__
        self.__name__ = function.__name__
        self.__module__ = function.__module__

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        if is_importing():
            return MissingResult(f"a run of the pipeline {self.name!r}", "a step process runs no pipeline")
        get_logger("zencompile").warning("pipeline %r is called inside a step: it is not run", self.name)
        return None

    def with_options(self, **options: Any) -> Any:
        """The pipeline: options are compile-time matters."""
        return self

    configure = with_options

    @property
    def enable_cache(self) -> Any:
        """As decorated."""
        return self._options.get("enable_cache")

    @property
    def model(self) -> Any:
        """As decorated."""
        return self._options.get("model")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(Missing(f".{name} of the pipeline {self.name!r}", "a step process runs no pipeline"), name)


def pipeline(_func: Callable[..., Any] | None = None, **options: Any) -> Any:
    """`@pipeline`, with and without arguments."""
    if _func is not None:
        return Pipeline(_func, **options)
    return lambda function: Pipeline(function, **options)


class BasePipeline:
    """A pipeline by subclassing, of old code."""

    def __init__(self, *args: Any, **keywords: Any) -> None:
        self.name = type(self).__name__

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(Missing(f".{name} of the pipeline {self.name!r}", "a step process runs no pipeline"), name)


class PipelineContext:
    """Exists while a pipeline is compiled, never in a step."""


def get_pipeline_context() -> NoReturn:
    """RuntimeError: there is none in a step."""
    raise RuntimeError("get_pipeline_context() works in a pipeline's body only; in a step use get_step_context()")


def unmapped(value: Any) -> Any:
    """A value that every element of a map gets whole."""
    return value


def wait(*args: Any, **keywords: Any) -> NoReturn:
    """Only dynamic pipelines can wait."""
    raise NotAvailable("wait() exists in dynamic pipelines only")


def show(*args: Any, **keywords: Any) -> NoReturn:
    """There is no dashboard."""
    raise NotAvailable("show() needs a ZenML server's dashboard")


def compile(*args: Any, **keywords: Any) -> NoReturn:
    """Compiling is not a step's work."""
    raise NotAvailable("compile() does not exist in a step process")
