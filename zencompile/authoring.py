"""The names that pipelines are written with, for an ordinary program.

A step is called as the function that it is; a pipeline is compiled from its file and run by the local runner; settings
hold what they were given. Where steps run compiled, the runtime gives these names instead; the compiler reads them and
runs none of them.
"""

from __future__ import annotations

import copy
import functools
import inspect
import logging
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast, overload

Function = TypeVar("Function", bound=Callable[..., Any])

_IDS = ("id", "after", "start_after")


class Configured:
    """What a decorator was given, readable as attributes of `configuration`."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.options = dict(options)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.options.get(name)


class _Definition:
    """A function with a name and options; a copy of it with others is a definition, too."""

    def __init__(self, function: Callable[..., Any], options: Mapping[str, Any]) -> None:
        functools.update_wrapper(cast("Any", self), function)
        self.entrypoint = function
        self.name: str = options.get("name") or function.__name__
        self.configuration = Configured(options)

    def configure(self, merge: bool = True, **options: Any) -> Any:
        """Change the options of this definition."""
        old = self.configuration.options if merge else {}
        self.configuration = Configured({**old, **options})
        return self

    def with_options(self, **options: Any) -> Any:
        """A copy with other options."""
        return copy.copy(self).configure(**options)

    @property
    def enable_cache(self) -> Any:
        return self.configuration.options.get("enable_cache")


class Step(_Definition):
    """A step: called, its function is called, as it is in a test. `id=` and `after=` say nothing there."""

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        given = dict(self.configuration.options.get("parameters") or {})
        given.update({k: v for k, v in keywords.items() if k not in _IDS})
        return self.entrypoint(*arguments, **given)

    def __repr__(self) -> str:
        return f"<step {self.name}>"


class Pipeline(_Definition):
    """A pipeline: called, it is compiled and run by the local runner, in processes of its own."""

    def __init__(self, function: Callable[..., Any], options: Mapping[str, Any]) -> None:
        super().__init__(function, options)
        self.changes: tuple[tuple[str, Mapping[str, Any]], ...] = ()  # what the decorator did not say

    def configure(self, merge: bool = True, **options: Any) -> Any:
        """Change the options of this pipeline."""
        return self._changed("configure", merge, options)

    def with_options(self, merge: bool = True, **options: Any) -> Any:
        """A copy with other options, also those of a run: `run_name`, `config_path`, `steps`, …"""
        return copy.copy(self)._changed("with_options", merge, options)

    def _changed(self, how: str, merge: bool, options: Mapping[str, Any]) -> Any:
        super().configure(merge, **options)
        self.changes = (*self.changes, (how, options if merge else {**options, "merge": False}))
        return self

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """Compile the pipeline's file for the local runner and run it there with these values of its parameters.

        Answers the run: `.id`, `.name`, `.status`, `.successful`, `.steps["x"].outputs["o"][0].load()`. Raises
        `CompilationFailed` after showing what is wrong, and `RunFailed` if the run does not complete.
        """
        from zencompile.calling import Call

        bound = inspect.signature(self.entrypoint).bind_partial(*arguments, **keywords)
        return Call(self.entrypoint, self.name, self.changes, bound.arguments).run()

    def __repr__(self) -> str:
        return f"<pipeline {self.name}>"


@overload
def step(function: Function, /) -> Step: ...
@overload
def step(function: None = None, /, **options: Any) -> Callable[[Callable[..., Any]], Step]: ...
def step(function: Callable[..., Any] | None = None, /, **options: Any) -> Any:
    """Make a step of a function: `@step`, or `@step(enable_cache=False, …)`."""
    return Step(function, options) if function is not None else lambda f: Step(f, options)


@overload
def pipeline(function: Function, /) -> Pipeline: ...
@overload
def pipeline(function: None = None, /, **options: Any) -> Callable[[Callable[..., Any]], Pipeline]: ...
def pipeline(function: Callable[..., Any] | None = None, /, **options: Any) -> Any:
    """Make a pipeline of a function: `@pipeline`, or `@pipeline(settings=…)`."""
    return Pipeline(function, options) if function is not None else lambda f: Pipeline(f, options)


class _Settings:
    """An object that holds the keywords it was made with."""

    def __init__(self, **fields: Any) -> None:
        self.__dict__.update(fields)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.__dict__ == self.__dict__

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k}={v!r}' for k, v in self.__dict__.items())})"


class DockerSettings(_Settings):
    """What a step's image holds: `requirements`, `apt_packages`, `parent_image`, `environment`, …"""


class ResourceSettings(_Settings):
    """What a step needs: `cpu_count`, `memory` ("4GB"), `gpu_count`."""


class Schedule(_Settings):
    """When runs start: `cron_expression`, or `start_time` and `interval_second`."""


class StepRetryConfig(_Settings):
    """`max_retries` after the first attempt, `delay` in seconds, `backoff`."""


class CachePolicy(_Settings):
    """When an earlier result may stand for a new one: `expires_after`, `ignored_inputs`, …"""


class Model(_Settings):
    """The model that a pipeline belongs to: `name`, `version`, `tags`, …"""


class ArtifactConfig(_Settings):
    """The `name`, `version`, `tags` of an output, inside `Annotated`."""


class Tag(_Settings):
    """A tag with a `name`."""


class ExternalArtifact(_Settings):
    """A `value` that becomes an artifact."""


class Client:
    """Look-ups in a pipeline's function are made when a step starts; by hand there is nothing to look into."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise RuntimeError(f"`Client().{name}` is looked up when a compiled pipeline runs")


def get_step_context() -> Any:
    """The step at hand; there is none in a program that is run by hand."""
    raise RuntimeError("`get_step_context()` can be called in a step of a compiled pipeline only")


def get_pipeline_context() -> Any:
    """The pipeline at hand; there is none in a program that is run by hand."""
    raise RuntimeError("`get_pipeline_context()` can be called in the function of a pipeline that is compiled only")


def log_metadata(metadata: Mapping[str, Any], **where: Any) -> None:
    """Metadata of a run; by hand they go to the log."""
    logging.getLogger("zencompile").info("metadata: %s", dict(metadata))


def unmapped(value: Any) -> Any:
    """A value that `.map(…)` gives whole to every invocation."""
    return value
