"""Problems of a pipeline whose DAG is known all the same."""

from __future__ import annotations

from collections.abc import Iterable

from zencompile.diagnostics import Label, Report
from zencompile.ir import Problem
from zencompile.source import Span


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

    def note(self, code: str, message: str, span: Span | None = None, **details: object) -> None:
        self.report.note(code, message, span, **details)

    def warning(self, code: str, message: str, span: Span | None = None, **details: object) -> None:
        self.report.warning(code, message, span, **details)
