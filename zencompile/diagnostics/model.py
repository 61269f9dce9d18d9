"""Diagnostics as data: made anywhere, rendered in one place."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from zencompile.diagnostics.codes import CODES
from zencompile.source import SourceFile, Span


class Severity(enum.Enum):
    """How grave a diagnostic is. Only errors stop a compilation."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class Label:
    """A second place that helps to understand the first."""

    span: Span
    text: str


@dataclass(frozen=True)
class Diagnostic:
    """One mistake, or one thing that the user should know.

    `message` is a sentence in plain English, lower case, without a full stop; `label` stands under the carets and says
    what is wrong there; `notes` say why, `helps` what to do.
    """

    code: str
    message: str
    span: Span | None = None
    label: str = ""
    severity: Severity = Severity.ERROR
    notes: tuple[str, ...] = ()
    helps: tuple[str, ...] = ()
    labels: tuple[Label, ...] = ()

    def __post_init__(self) -> None:
        if self.code not in CODES:
            raise ValueError(f"diagnostic code {self.code} is not in the table")


class CompilationFailed(Exception):
    """A compilation ended with errors; they are in `report`."""

    def __init__(self, report: Report) -> None:
        super().__init__("; ".join(_in_one_line(error) for error in report.errors[:5]) or "no error was reported")
        self.report = report


def _in_one_line(diagnostic: Diagnostic) -> str:
    span = diagnostic.span
    place = f"{span.file}:{span.line}: " if span is not None else ""
    return f"{place}{diagnostic.code}: {diagnostic.message}"


@dataclass
class Report:
    """All diagnostics of a compilation, and the sources that they point into."""

    diagnostics: list[Diagnostic] = field(default_factory=list)
    sources: dict[str, SourceFile] = field(default_factory=dict)

    def add(self, diagnostic: Diagnostic) -> None:
        """Record a diagnostic once: the same code, message and place again says nothing new."""
        if diagnostic not in self.diagnostics:
            self.diagnostics.append(diagnostic)

    def error(self, code: str, message: str, span: Span | None = None, **details: object) -> None:
        self.add(Diagnostic(code, message, span, severity=Severity.ERROR, **_details(details)))  # type: ignore[arg-type]

    def warning(self, code: str, message: str, span: Span | None = None, **details: object) -> None:
        self.add(Diagnostic(code, message, span, severity=Severity.WARNING, **_details(details)))  # type: ignore[arg-type]

    def note(self, code: str, message: str, span: Span | None = None, **details: object) -> None:
        self.add(Diagnostic(code, message, span, severity=Severity.NOTE, **_details(details)))  # type: ignore[arg-type]

    @property
    def errors(self) -> list[Diagnostic]:
        return [d for d in self.diagnostics if d.severity is Severity.ERROR]

    def check(self) -> None:
        """Raise `CompilationFailed` if there is any error."""
        if self.errors:
            raise CompilationFailed(self)

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(self.diagnostics)


def did_you_mean(word: str, known: Iterable[str]) -> tuple[str, ...]:
    """A help that names the known word nearest to a misspelt one, if any is near."""
    from difflib import get_close_matches  # for programs that are wrong: others needn't wait for it

    return tuple(f"did you mean `{near}`?" for near in get_close_matches(word, list(known), 1))


def _details(details: dict[str, object]) -> dict[str, object]:
    """Let `notes="…"` and `helps="…"` stand for a tuple of one."""
    for key in ("notes", "helps"):
        value = details.get(key)
        if isinstance(value, str):
            details[key] = (value,)
        elif isinstance(value, Iterable):
            details[key] = tuple(value)
    return details
