"""Diagnostics as text for people, and as data for machines."""

from __future__ import annotations

import json
import os
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import Path

from zencompile.diagnostics.codes import CODES
from zencompile.diagnostics.model import Diagnostic, Report, Severity
from zencompile.source import SourceFile, Span

_COLOURS = {Severity.ERROR: "1;31", Severity.WARNING: "1;33", Severity.NOTE: "1;36"}
_TAB = 4


def render(report: Report, form: str, directory: Path, colour: bool = False) -> str:
    """All diagnostics of `report` in the form `text`, `json`, `github` or `sarif`.

    Paths are shown relative to `directory` where they lie below it. Errors come first in no form: the order is that of
    the sources, file by file and line by line, so that it does not depend on how the compiler walked.
    """
    return _FORMS[form](_Context(report, directory, colour))


class _Context:
    """What every form needs to know."""

    def __init__(self, report: Report, directory: Path, colour: bool) -> None:
        self.report, self.directory, self.colour = report, directory, colour

    def sorted(self) -> list[Diagnostic]:
        return sorted(self.report, key=lambda d: (d.span is None, d.span or ()))

    def source(self, span: Span) -> SourceFile | None:
        return self.report.sources.get(span.file)

    def path(self, span: Span) -> str:
        source = self.source(span)
        if source is None:
            return span.file
        try:
            return Path(os.path.relpath(source.location, self.directory)).as_posix()
        except ValueError:  # another drive
            return source.location.as_posix()

    def paint(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour and text else text


# -- text --------------------------------------------------------------------------------------------------------------


def _text(context: _Context) -> str:
    blocks = ["\n".join(_block(d, context)) for d in context.sorted()]
    summary = _summary(context.report)
    return "\n\n".join(blocks + ([summary] if summary else [])) + ("\n" if blocks else "")


def _summary(report: Report) -> str:
    counts = [(sum(d.severity is s for d in report), s.value) for s in (Severity.ERROR, Severity.WARNING)]
    if not counts[0][0]:
        return ""
    return ", ".join(f"{n} {word}{'s' if n > 1 else ''}" for n, word in counts if n)


def _block(diagnostic: Diagnostic, context: _Context) -> Iterable[str]:
    colour = _COLOURS[diagnostic.severity]
    head = context.paint(f"{diagnostic.severity.value}[{diagnostic.code}]", colour)
    yield f"{head}: {context.paint(diagnostic.message, '1')}"
    places = ([(diagnostic.span, diagnostic.label, "^", colour)] if diagnostic.span else []) + [
        (label.span, label.text, "-", "1;34") for label in diagnostic.labels
    ]
    width = max((len(str(span.line)) for span, *_ in places), default=1)
    gutter = context.paint(" " * width + " |", "1;34")
    for number, (span, text, mark, paint) in enumerate(places):
        arrow = "-->" if number == 0 else ":::"
        yield f"{' ' * width}{context.paint(arrow, '1;34')} {context.path(span)}:{span.line}:{span.column}"
        yield from _snippet(span, text, mark, paint, width, context)
    if places:
        if diagnostic.notes or diagnostic.helps:
            yield gutter
        yield from _remarks(diagnostic, " " * width + " ", context)
    else:
        yield from _remarks(diagnostic, "  ", context)


def _remarks(diagnostic: Diagnostic, indent: str, context: _Context) -> Iterable[str]:
    for word, texts in (("note", diagnostic.notes), ("help", diagnostic.helps)):
        for text in texts:
            first, *rest = text.split("\n")
            yield f"{indent}{context.paint('=', '1;34')} {context.paint(word, '1')}: {first}"
            yield from (f"{indent}{' ' * (len(word) + 4)}{line}" for line in rest)


def _snippet(span: Span, text: str, mark: str, paint: str, width: int, context: _Context) -> Iterable[str]:
    source = context.source(span)
    if source is None or not 1 <= span.line <= len(source.lines):
        if text:
            yield f"{' ' * width} {context.paint('=', '1;34')} {text}"
        return
    line = source.lines[span.line - 1]
    gutter = context.paint(" " * width + " |", "1;34")
    end = span.end_column if span.end_line == span.line else len(line) + 1
    before = _columns(line[: span.column - 1])
    marks = mark * max(1, _columns(line[span.column - 1 : end - 1].rstrip()))
    yield gutter
    yield f"{context.paint(f'{span.line:>{width}} |', '1;34')} {_printable(line)}".rstrip()
    yield f"{gutter} {' ' * before}{context.paint(f'{marks} {text}'.rstrip(), paint)}"


def _printable(line: str) -> str:
    """The line with tabs as spaces and control characters made visible."""
    return "".join(" " * _TAB if c == "\t" else c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)


def _columns(text: str) -> int:
    """How many terminal columns `text` takes."""
    if text.isascii():
        return len(text) + (_TAB - 1) * text.count("\t")
    return sum(_width(c) for c in text)


def _width(character: str) -> int:
    if character == "\t":
        return _TAB
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


# -- machines ----------------------------------------------------------------------------------------------------------


def _json(context: _Context) -> str:
    """One object per line, so that a consumer can read while the compiler writes."""
    lines = []
    for diagnostic in context.sorted():
        record: dict[str, object] = {
            "code": diagnostic.code,
            "severity": diagnostic.severity.value,
            "message": diagnostic.message,
        }
        if diagnostic.span:
            record["place"] = _place(diagnostic.span, context)
            record["label"] = diagnostic.label
        record["notes"], record["helps"] = list(diagnostic.notes), list(diagnostic.helps)
        record["labels"] = [{"place": _place(x.span, context), "text": x.text} for x in diagnostic.labels]
        lines.append(json.dumps(record, ensure_ascii=False) + "\n")
    return "".join(lines)


def _place(span: Span, context: _Context) -> dict[str, object]:
    return {
        "file": context.path(span),
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
    }


def _github(context: _Context) -> str:
    """GitHub's workflow commands: https://docs.github.com/actions/reference/workflow-commands-for-github-actions."""
    lines = []
    for diagnostic in context.sorted():
        command = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}[diagnostic.severity]
        values = {"title": f"{diagnostic.code}: {CODES[diagnostic.code].title}"}
        if diagnostic.span:
            s = diagnostic.span
            values = {"file": context.path(s), "line": str(s.line), "endLine": str(s.end_line)} | values
            if s.line == s.end_line:
                values |= {"col": str(s.column), "endColumn": str(s.end_column)}
        parameters = ",".join(f"{k}={_escape(v, ',:')}" for k, v in values.items())
        message = "\n".join([diagnostic.message, diagnostic.label, *diagnostic.notes, *diagnostic.helps]).strip()
        lines.append(f"::{command} {parameters}::{_escape(message)}\n")
    return "".join(lines)


def _escape(text: str, more: str = "") -> str:
    for character in "%\r\n" + more:
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def _sarif(context: _Context) -> str:
    """SARIF 2.1.0: https://docs.oasis-open.org/sarif/sarif/v2.1.0/."""
    levels = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}
    results = []
    for d in context.sorted():
        text = "\n".join([d.message, *filter(None, [d.label]), *d.notes, *d.helps])
        result: dict[str, object] = {"ruleId": d.code, "level": levels[d.severity], "message": {"text": text}}
        if d.span:
            result["locations"] = [_sarif_location(d.span, context)]
        results.append(result)
    rules = [
        {"id": code, "shortDescription": {"text": CODES[code].title}}
        for code in sorted({d.code for d in context.report})
    ]
    driver = {"name": "zencompile", "rules": rules}
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    log = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _sarif_location(span: Span, context: _Context) -> dict[str, object]:
    region = {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }
    return {"physicalLocation": {"artifactLocation": {"uri": context.path(span)}, "region": region}}


_FORMS: dict[str, Callable[[_Context], str]] = {"text": _text, "json": _json, "github": _github, "sarif": _sarif}
FORMS = tuple(_FORMS)
