"""What the program defines and asks for, as data: steps, pipelines, and runs of pipelines.

What the program can do with them is above: `steps` and `pipelines` make them objects of the program.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from zencompile.frontend.evaluator.guards import Guard
from zencompile.frontend.framework.options import Options
from zencompile.frontend.framework.shape import Shape, shape_of, shape_of_signature
from zencompile.frontend.framework.signatures import Signature
from zencompile.frontend.values import Class, Function, Interpreter, NativeObject, Unknown, Value
from zencompile.source import Span

if TYPE_CHECKING:
    from typing_extensions import Self


class Subject:
    """What a step runs: shared by all copies of the step that `with_options` makes.

    One of `function` (decorated, or a class-based step's `entrypoint`) and `path` (imported from what is not read) is
    set.
    """

    def __init__(
        self,
        evaluator: Interpreter,
        function: Function | None = None,
        class_: Class | None = None,
        path: str = "",
        signature: Signature | None = None,
    ) -> None:
        self._evaluator = evaluator
        self.function = function
        self.class_ = class_
        self.path = path
        self.signature = signature  # of a ready-made step

    @cached_property
    def shape(self) -> Shape:
        if self.signature is not None:
            return shape_of_signature(self.signature, self.path)
        if self.function is None:
            return Shape(open=True)
        return shape_of(self.function, self._evaluator, method=self.class_ is not None)

    @property
    def entrypoint(self) -> str:
        """ "module:function", or "module:Class"."""
        if self.class_ is not None:
            return self.class_.path
        if self.function is not None:
            return f"{self.function.module.name}:{self.function.qualname}"
        module, _, name = self.path.rpartition(".")
        return f"{module}:{name}"

    @property
    def name(self) -> str:
        if self.class_ is not None:
            return self.class_.name
        return self.function.name if self.function is not None else self.path.rpartition(".")[2]


@dataclass(frozen=True)
class MadeWith:
    """What a step of old code was given when it was made: `trainer(TrainConfig(lr=0.1))`."""

    arguments: tuple[Value, ...]
    keywords: dict[str, Value]
    span: Span


class StepDefinition(NativeObject):
    """A step. `options` is what its own decorator and later configuration say; `made_with` what it was given when old
    code made it."""

    type_name = "step"
    __slots__ = ("made_with", "name", "options", "span", "subject")

    def __init__(self, subject: Subject, options: Options, span: Span | None, name: str = "") -> None:
        self.subject = subject
        self.options = options
        self.span = span
        self.name = name or subject.name
        self.made_with: MadeWith | None = None

    @property
    def is_read(self) -> bool:
        """Whether the step's function is the project's, so that its signature is known."""
        return self.subject.function is not None

    @property
    def shape(self) -> Shape:
        return self.subject.shape

    def copy(self, options: Options) -> Self:
        """The same step with other options."""
        other = copy.copy(self)
        other.options = options
        return other

    def settled(self, steps_are_given: bool) -> StepDefinition:
        """The step as it is for a pipeline that is made of its steps, or calls them by their names."""
        return self

    def __repr__(self) -> str:
        return f"StepDefinition({self.name})"


@dataclass(frozen=True)
class RunOptions:
    """What `with_options` says about a run rather than about the pipeline."""

    run_name: Value = None
    schedule: Value = None
    steps: dict[str, Options] = field(default_factory=dict)
    config_path: str | None = None
    config_span: Span | None = None
    config_gives_way: bool = False  # `with_config` of old code: to what a step was made with
    importer: Path | None = None  # the file that named the configuration
    model: dict[str, Value] | None = None
    parameters: dict[str, Value] = field(default_factory=dict)
    spans: dict[str, Span] = field(default_factory=dict)
    over: Options = field(
        default_factory=Options
    )  # `run(enable_cache=False)` of old code, which counts as a run configuration does


class PipelineDefinition(NativeObject):
    """A pipeline. `steps` are those that a pipeline of old code was made with."""

    type_name = "pipeline"

    def __init__(self, function: Function, options: Options, name: str, span: Span) -> None:
        self.function = function
        self.options = options
        self.name = name
        self.span = span
        self.run = RunOptions()
        self.class_: Class | None = None
        self.steps: tuple[list[Value], dict[str, Value]] | None = None

    def copy(self) -> Self:
        """The same pipeline, to be configured by itself."""
        return copy.copy(self)

    @property
    def signature(self) -> Function:
        """The function whose parameters are the pipeline's: the one below decorators."""
        return unwrapped(self.function)

    @property
    def dynamic(self) -> bool:
        return self.options.get("dynamic") is True

    def __repr__(self) -> str:
        return f"PipelineDefinition({self.name})"


@dataclass(eq=False)
class RunRequest:
    """A call of a pipeline outside of any other: what the program would have run.

    Old code makes a pipeline of its steps first, and runs it later or never: until then it isn't `started`.
    """

    pipeline: PipelineDefinition
    arguments: list[Value]
    keywords: dict[str, Value]
    span: Span
    uncertain: Unknown | None = None
    places: dict[int | str, Span] = field(default_factory=dict)  # of its arguments, by position or keyword
    guards: tuple[Guard, ...] = ()  # what handles a failure of the run, innermost last
    started: bool = True


def unwrapped(function: Function) -> Function:
    """The function below decorators that used `functools.wraps`: its name and its signature count."""
    inner = (function.attributes or {}).get("__wrapped__")
    return unwrapped(inner) if isinstance(inner, Function) and inner is not function else function
