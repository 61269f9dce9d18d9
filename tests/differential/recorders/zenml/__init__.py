"""What stands for the framework while a generated program runs: steps and pipelines that record what is called.

A step that is called in a pipeline's call records an invocation with its arguments as they are at that moment, and
gives handles for its outputs. The rules are the framework's own: how ids count up, what is an edge, when a pipeline is
a run.
"""

from __future__ import annotations

import copy
import inspect
import typing

from recorded import Invocation, Output, Run, encode

__all__ = ["pipeline", "step"]

RUNS: list[Run] = []
_OPEN: list[Run] = []


class _Definition:
    """What a decorated function becomes. Of its options the graph needs the name alone."""

    def __init__(self, function: typing.Any, options: dict[str, typing.Any]) -> None:
        self.entrypoint = function
        self.options = options
        self.name = options.get("name") or function.__name__
        self.__doc__ = function.__doc__
        self.__name__ = function.__name__

    def with_options(self, **options: typing.Any) -> typing.Any:
        made = copy.copy(self)
        made.options = {**self.options, **options}
        return made


class _Step(_Definition):
    def __call__(
        self, *arguments: typing.Any, id: str | None = None, after: typing.Any = (), **keywords: typing.Any
    ) -> typing.Any:
        if not _OPEN:
            raise RuntimeError("a step is called outside of a pipeline")
        signature = inspect.signature(self.entrypoint)
        given = {**self.options.get("parameters", {}), **keywords}
        bound = signature.bind(*arguments, **given)
        defaults = {
            name: encode(parameter.default)
            for name, parameter in signature.parameters.items()
            if parameter.default is not parameter.empty and name not in bound.arguments
        }
        run = _OPEN[-1]
        invocation = Invocation(
            id=run.free_id(self.name, id),
            step=self.name,
            module=self.entrypoint.__module__,
            qualname=self.entrypoint.__qualname__,
            line=inspect.unwrap(self.entrypoint).__code__.co_firstlineno,
            inputs={name: encode(value) for name, value in bound.arguments.items()},
            defaults=defaults,
            after=_upstream(after),
        )
        run.invocations.append(invocation)
        return _outputs(invocation.id, signature.return_annotation)


def _upstream(after: typing.Any) -> list[str]:
    if isinstance(after, Output):
        return [after.invocation]
    if isinstance(after, str):
        return [after]
    return [one for item in after for one in _upstream(item)]


def _outputs(invocation: str, annotation: typing.Any) -> typing.Any:
    """One handle for one output, a list of them for several; a step without outputs gives an empty list."""
    if annotation is None or annotation == "None":
        return []
    origin = typing.get_origin(annotation)
    items = typing.get_args(annotation)
    if origin is tuple and Ellipsis not in items:
        return [Output(invocation, f"output_{index}") for index in range(len(items))]
    return Output(invocation, "output")


class _Pipeline(_Definition):
    def __call__(self, *arguments: typing.Any, **keywords: typing.Any) -> typing.Any:
        if _OPEN:  # inlined: its steps belong to the pipeline around it
            return self.entrypoint(*arguments, **keywords)
        run = Run(self.name)
        _OPEN.append(run)
        try:
            self.entrypoint(*arguments, **keywords)
        finally:
            _OPEN.pop()
        if not run.invocations:
            raise RuntimeError(f"the pipeline {self.name} calls no step")
        RUNS.append(run)
        return None


def _decorator(kind: type[_Definition]) -> typing.Any:
    def decorate(function: typing.Any = None, **options: typing.Any) -> typing.Any:
        if function is None:
            return lambda later: kind(later, options)
        return kind(function, options)

    return decorate


step = _decorator(_Step)
pipeline = _decorator(_Pipeline)
