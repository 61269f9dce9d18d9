"""What one compilation knows: the evaluator, the recording at hand, the pipelines that the program ran."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol

from zencompile.diagnostics import Label, Report
from zencompile.frontend.evaluator import Evaluator
from zencompile.frontend.framework.definitions import PipelineDefinition, RunRequest, StepDefinition
from zencompile.frontend.framework.options import Options
from zencompile.frontend.framework.problems import Aside
from zencompile.frontend.values import Context, Unknown, Value
from zencompile.ir import Ignored, Problem
from zencompile.source import Span


class Recorder(Protocol):
    """What the framework's objects ask of the recording of the pipeline whose function is being evaluated."""

    framework: Framework
    dynamic: bool
    name: str  # of the pipeline
    options: Options

    @property
    def steps_are_given(self) -> bool:
        """Whether the pipeline was made of its steps, as in old code."""

    @property
    def invocations(self) -> Mapping[str, object]:
        """What was recorded so far, by its id."""

    def invoke(
        self, step: StepDefinition, arguments: list[Value], keywords: dict[str, Value], context: Context
    ) -> Value:
        """Record a call of a step. The answer is what the program gets."""

    def inside(self, name: str) -> AbstractContextManager[None]:
        """While the function of a pipeline is evaluated that is called in this one."""

    def call_method(
        self, name: str, step: StepDefinition, arguments: list[Value], keywords: dict[str, Value], context: Context
    ) -> Value:
        """Record `step.submit(…)`, `step.map(…)` or `step.product(…)`."""

    def awaited(self, recorded: Any) -> None:
        """The program waits for an invocation."""

    def enter_branch(self, decision: Any, side: int) -> None:
        """A side of an `if` on a value of the run is about to be evaluated: 0 if the test holds, 1 if it doesn't."""

    def leave_branches(self, decision: Any) -> None:
        """Both sides have been evaluated."""

    def both_sides(self, decision: Any) -> Unknown:
        """The decision, as what a value is by that both its sides leave, each another one."""

    def condition_id(self, decision: Any) -> str:
        """The id of the condition that a decision becomes."""

    def computes(self, made: Any, context: Context) -> None:
        """The body computes something that may raise."""

    def tell_of_call(self, written: str, span: Span, is_statement: bool) -> None:
        """Say that a call in the body never happens in what is compiled."""

    def late_after(self, step: StepDefinition, arguments: list[Value], context: Context) -> None:
        """Record `step.after(…)` of old code."""


class Uncertain(list[Unknown]):
    """The evaluator's stack of undecided branches, which tells of a branch on a parameter that has no value."""

    def __init__(self, framework: Framework) -> None:
        super().__init__()
        self.framework = framework

    def append(self, unknown: Unknown) -> None:
        super().append(unknown)
        name = self.framework.missing.get(unknown.reason)
        if name is not None:
            unknown.reported = True
            self.framework.report.error(
                "ZC0232",
                f"the pipeline's parameter `{name}` has no value, and decides something here",
                unknown.span,
                helps=f"give one with --param {name}=VALUE or a run configuration, or a default in the signature",
            )


class Handed(NamedTuple):
    """The program gives a pipeline, or a function that calls it, to code which is not read."""

    pipeline: PipelineDefinition
    path: str  # of that code; empty if it isn't known
    span: Span


class Framework:
    """Shared by all framework objects of one compilation."""

    evaluator: Evaluator  # set as soon as it exists; it needs us first

    def __init__(self, report: Report) -> None:
        self.report = report
        self._recording: Recorder | None = None
        self._recorded_below = 0
        self.requests: list[RunRequest] = []
        self.runner: Callable[[RunRequest], None] | None = None  # evaluates a run where the program makes it
        self.handed: list[Handed] = []
        self.definitions: list[PipelineDefinition] = []
        self.ignored: list[Ignored] = []
        self.missing: dict[str, str] = {}  # reasons of Unknowns → the parameter that has no value
        self.problems: list[Problem] = []  # of the pipeline at hand
        self.asked: dict[str, None] = {}  # the names of the framework that the program asked for
        self.releases: dict[tuple[int, bool], tuple[int, int]] = {}  # what was concluded of as many of them

    @property
    def recording(self) -> Recorder | None:
        """The pipeline whose body is being evaluated; none while a top level is that the body imports."""
        return self._recording if self._recorded_below == self.evaluator.top_levels else None

    @recording.setter
    def recording(self, recording: Recorder | None) -> None:
        self._recording, self._recorded_below = recording, self.evaluator.top_levels

    def request(self, request: RunRequest) -> None:
        """The program runs a pipeline; or makes it of its steps, and may configure it before it runs."""
        self.requests.append(request)
        if self.runner is not None and request.started:
            self.runner(request)

    def problem(
        self,
        code: str,
        message: str,
        span: Span | None,
        label: str = "",
        notes: str | Iterable[str] = (),
        helps: str | Iterable[str] = (),
        labels: Iterable[Label] = (),
    ) -> None:
        """Record why the pipeline at hand can't be compiled, though its DAG is known; once."""
        self.aside.error(code, message, span, label, notes, helps, labels)

    @property
    def aside(self) -> Aside:
        """Where errors go that leave the DAG of the pipeline at hand as it is."""
        return Aside(self.report, self.problems)

    def ignore(self, what: str, reason: str, span: Span | None) -> None:
        """Note that something written has no effect here, once per place."""
        entry = Ignored(what=what, reason=reason, span=span)
        if entry not in self.ignored:
            self.ignored.append(entry)
