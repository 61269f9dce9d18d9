"""`zenml.steps`: in a step process a step is its function, and calling it is a plain call."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable
from typing import Any, NoReturn

from zencompile_runtime.names.exceptions import StepInterfaceError
from zencompile_runtime.names.missing import MissingResult, NotAvailable, is_importing
from zencompile_runtime.names.step_context import StepContext as StepContext


class BaseStep:
    """A step by subclassing: `entrypoint` is its function."""

    def __init__(self, *args: Any, name: str | None = None, **options: Any) -> None:
        self.name = name or type(self).__name__
        self._options = options

    def entrypoint(self, *args: Any, **keywords: Any) -> Any:
        """What the step does."""
        raise NotImplementedError(f"{type(self).__name__} does not define entrypoint()")

    def __call__(self, *args: Any, id: Any = None, after: Any = None, **keywords: Any) -> Any:
        if is_importing():  # of old code: a step is made for a pipeline, at the top level of its module
            return MissingResult(f"what the step {self.name!r} gives", "it was called while its module was imported")
        return run(self.entrypoint, args, keywords)

    def call_entrypoint(self, *args: Any, **keywords: Any) -> Any:
        """Call the function."""
        return run(self.entrypoint, args, keywords)

    def with_options(self, **options: Any) -> Any:
        """The step: options were read when the pipeline was compiled."""
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

    def _dynamic(self, *args: Any, **keywords: Any) -> NoReturn:
        raise StepInterfaceError(f"step {self.name!r}: submit, map and product exist in dynamic pipelines only")

    submit = map = product = _dynamic


class Step(BaseStep):
    """A function under `@step`."""

    def __init__(self, function: Callable[..., Any], name: str | None = None, **options: Any) -> None:
        super().__init__(name=name or getattr(function, "__name__", "step"), **options)
        self.entrypoint = function  # type: ignore[method-assign]
        self.__wrapped__ = function
        self.__doc__ = function.__doc__
        self.__name__ = getattr(function, "__name__", self.name)
        self.__module__ = getattr(function, "__module__", "")
        self.__qualname__ = getattr(function, "__qualname__", self.name)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self


def run(function: Callable[..., Any], args: Any, keywords: Any) -> Any:
    """Call a step's function; of a coroutine, its result."""
    if inspect.iscoroutinefunction(function):
        import asyncio

        return asyncio.run(function(*args, **keywords))
    return function(*args, **keywords)


def step(_func: Callable[..., Any] | None = None, **options: Any) -> Any:
    """`@step`, with and without arguments."""
    if _func is not None:
        return _func if isinstance(_func, BaseStep) else Step(_func, **options)
    return lambda function: function if isinstance(function, BaseStep) else Step(function, **options)


class CommandStep(BaseStep):
    """An opaque command of a container; not a function that this process could run."""

    def entrypoint(self, *args: Any, **keywords: Any) -> Any:
        raise NotAvailable("a CommandStep has no function to run")


class Output:
    """`-> Output(a=int, b=str)`: named outputs of old step functions."""

    def __init__(self, **outputs: Any) -> None:
        self.outputs = outputs

    def items(self) -> Any:
        """Names and types, in order."""
        return self.outputs.items()

    def __call__(self) -> None:
        """`typing` asks that what stands in an annotation be callable."""


class BaseParameters:
    """A group of parameters of old step functions: the class's annotations are its fields."""

    def __init__(self, **values: Any) -> None:
        from zencompile_runtime.values.coerce import coerce

        hints = typing.get_type_hints(type(self), include_extras=True)
        for name, hint in hints.items():
            if name in values:
                setattr(self, name, coerce(values.pop(name), hint, name))
            elif not hasattr(type(self), name):
                raise TypeError(f"{type(self).__name__} needs {name!r}")
            else:
                setattr(self, name, getattr(type(self), name))
        if values:
            raise TypeError(f"{type(self).__name__} has no {', '.join(map(repr, values))}")

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and vars(other) == vars(self)

    __hash__ = None  # type: ignore[assignment]


BaseStepConfig = BaseParameters
