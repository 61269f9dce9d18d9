"""What one compilation knows: the evaluator, the recording at hand, the pipelines that the program ran."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from zencompile.diagnostics import Label, Report
from zencompile.frontend.values import Unknown, Value
from zencompile.ir import Ignored, Problem
from zencompile.source import Span

if TYPE_CHECKING:
    from zencompile.frontend.evaluator import Evaluator
    from zencompile.frontend.framework.pipelines import PipelineDefinition
    from zencompile.frontend.framework.recorder import Recording


@dataclass
class RunRequest:
    """A call of a pipeline outside of any other: what the program would have run."""

    pipeline: PipelineDefinition
    arguments: list[Value]
    keywords: dict[str, Value]
    span: Span
    uncertain: Unknown | None = None
    places: dict[int | str, Span] = field(default_factory=dict)  # of its arguments, by position or keyword
    result: Any = None  # what was made of it where the program called it: see `Framework.runner`


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


class Aside:
    """A report whose errors are problems of a pipeline: its DAG is known all the same."""

    def __init__(self, report: Report, problems: list[Problem] | None = None) -> None:
        self.report = report
        self.problems: list[Problem] = [] if problems is None else problems

    def error(
        self,
        code: str,
        message: str,
        span: Span | None = None,
        label: str = "",
        notes: str | Iterable[str] = (),
        helps: str | Iterable[str] = (),
        labels: Iterable[Label] = (),
    ) -> None:
        found = Problem(
            code=code,
            message=message,
            span=span,
            label=label,
            notes=(notes,) if isinstance(notes, str) else tuple(notes),
            helps=(helps,) if isinstance(helps, str) else tuple(helps),
            labels=tuple((label.span, label.text) for label in labels),
        )
        if found not in self.problems:
            self.problems.append(found)

    def warning(self, *arguments: Any, **keywords: Any) -> None:
        self.report.warning(*arguments, **keywords)


class Framework:
    """Shared by all framework objects of one compilation."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.rehearsals: Any = None  # see `zencompile.frontend.rehearsal`
        self.evaluator: Evaluator = None  # type: ignore[assignment]  # set as soon as it exists; it needs us first
        self._recording: Recording | None = None
        self._recorded_below = 0
        self.requests: list[RunRequest] = []
        self.runner: Callable[[RunRequest], None] | None = None  # evaluates a run where the program makes it
        self.definitions: list[PipelineDefinition] = []
        self.counters: dict[Any, int] = {}
        self.ignored: list[Ignored] = []
        self.missing: dict[str, str] = {}  # reasons of Unknowns → the parameter that has no value
        self.problems: list[Problem] = []  # of the pipeline at hand

    @property
    def recording(self) -> Recording | None:
        """The pipeline whose body is being evaluated; none while a top level is that the body imports."""
        return self._recording if self._recorded_below == self.evaluator.top_levels else None

    @recording.setter
    def recording(self, recording: Recording | None) -> None:
        self._recording, self._recorded_below = recording, self.evaluator.top_levels

    def request(self, request: RunRequest) -> None:
        """The program runs a pipeline."""
        self.requests.append(request)
        if self.runner is not None and request.pipeline.steps is None:  # old code may configure it before it runs
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
