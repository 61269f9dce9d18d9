"""What one compilation of a project knows: the evaluator, the recording at hand, and the pipelines that the program ran."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from zencompile.diagnostics import Report
from zencompile.frontend.values import Unknown, Value
from zencompile.ir import Ignored
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
    places: dict[str, Span] = field(default_factory=dict)


class Framework:
    """Shared by all framework objects of one compilation."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.evaluator: Evaluator = None  # type: ignore[assignment]  # set as soon as it exists; it needs us first
        self.recording: Recording | None = None
        self.requests: list[RunRequest] = []
        self.definitions: list[PipelineDefinition] = []
        self.counters: dict[Any, int] = {}
        self.ignored: list[Ignored] = []

    def ignore(self, what: str, reason: str, span: Span | None) -> None:
        """Note that something written has no effect here, once per place."""
        entry = Ignored(what=what, reason=reason, span=span)
        if entry not in self.ignored:
            self.ignored.append(entry)
