"""From bytes to a syntax tree, with spans in characters."""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
import warnings
from pathlib import Path
from typing import NamedTuple

from zencompile.diagnostics import Report
from zencompile.disk import Disk
from zencompile.source import SourceFile, Span

LARGEST_FILE = 20_000_000
"""Bytes. A larger file is not source code that someone wrote."""

_NEWER = re.compile(
    r"(type \w+(\[.*\])?\s*=|except\s+[\w.]+\s*,|^\s*def \w+\[|^\s*class \w+\[|except\s*\*|lazy (import|from)"
    r"|\bt\"|\bt')"
)


class Parsed(NamedTuple):
    """A file that was read: `tree` is empty where the text is no Python (a diagnostic says so)."""

    file: SourceFile
    tree: ast.Module
    lines: list[str]  # as the tokenizer counts them, without their ends


def read_text(location: Path, disk: Disk) -> str:
    """The text of a Python file by its own encoding declaration, newlines as `\\n`.

    Raises OSError, or ValueError with a message (an unknown encoding, bytes that are none, too large).
    """
    data = disk.read_bytes(location)
    if len(data) > LARGEST_FILE:
        raise ValueError("the file is too large to be source code")
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        text = data.decode(encoding)
    except SyntaxError as error:
        raise ValueError(str(error.msg)) from None
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start} is not {error.encoding}") from None
    except LookupError as error:
        raise ValueError(str(error)) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def read(location: Path, name: str, report: Report, disk: Disk) -> Parsed:
    """Read and parse a file. `name` is what spans call it. Problems become diagnostics, and an empty tree."""
    try:
        text = read_text(location, disk)
    except (OSError, ValueError) as error:
        reason = error.strerror or str(error) if isinstance(error, OSError) else str(error)
        place = Span(name, 1, 1, 1, 1)
        report.sources.setdefault(name, SourceFile(name, "", location))
        report.error("ZC0002", f"`{name}` can't be read: {reason}", place)
        return Parsed(SourceFile(name, "", location), ast.Module([], []), [""])
    return parse(SourceFile(name, text, location), report)


def parse(file: SourceFile, report: Report) -> Parsed:
    """Parse a file's text; a syntax error becomes a diagnostic, and the tree is empty."""
    report.sources[file.path] = file
    lines = file.text.split("\n")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Parsed(file, ast.parse(file.text, file.path), lines)
    except SyntaxError as error:
        _report_syntax_error(file, lines, error, report)
    except (RecursionError, MemoryError):
        place = Span(file.path, 1, 1, 1, 1)
        report.error("ZC0101", "the source is nested too deeply to be parsed", place)
    except ValueError as error:  # null bytes, surrogates
        place = Span(file.path, 1, 1, 1, 1)
        report.error("ZC0101", f"the source can't be parsed: {error}", place)
    return Parsed(file, ast.Module([], []), lines)


def _report_syntax_error(file: SourceFile, lines: list[str], error: SyntaxError, report: Report) -> None:
    line = min(max(error.lineno or 1, 1), len(lines))
    width = len(lines[line - 1])
    column = min(max(error.offset or 1, 1), width + 1)
    end = error.end_offset or 0
    same_line = (error.end_lineno or line) == line and end > column
    place = Span(file.path, line, column, line, min(end, width + 1) if same_line else column + 1)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    helps: tuple[str, ...] = ()
    if _NEWER.search(lines[line - 1]):
        helps = (f"zencompile runs on Python {version}; run it on a newer one if the source uses newer syntax",)
    message = f"syntax error: {error.msg}"
    report.error("ZC0101", message, place, label=f"not valid in Python {version}", helps=helps)


def span_of(node: ast.AST, name: str, lines: list[str]) -> Span:
    """The place of a node. `ast` counts columns in UTF-8 bytes; a span counts characters from 1."""
    try:
        start_line: int = node.lineno  # type: ignore[attr-defined]
        if node.end_lineno == start_line and lines[start_line - 1].isascii():  # type: ignore[attr-defined]
            return Span(name, start_line, node.col_offset + 1, start_line, node.end_col_offset + 1)  # type: ignore[attr-defined]
    except (AttributeError, IndexError):  # no place, or one outside of the text
        pass
    line = getattr(node, "lineno", 1)
    end_line = getattr(node, "end_lineno", None) or line
    column = getattr(node, "col_offset", 0)
    end_column = getattr(node, "end_col_offset", None)
    start = _characters(lines, line, column)
    end = start + 1 if end_column is None else _characters(lines, end_line, end_column)
    return Span(name, line, start, end_line, end)


def _characters(lines: list[str], line: int, offset: int) -> int:
    if not 1 <= line <= len(lines):
        return offset + 1
    text = lines[line - 1]
    if text.isascii():
        return offset + 1
    return len(text.encode("utf-8", "surrogatepass")[:offset].decode("utf-8", "ignore")) + 1


def header_span(node: ast.AST, name: str, lines: list[str]) -> Span:
    """For a definition: its name. For another compound statement: its first line. Else the node."""
    whole = span_of(node, name, lines)
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and whole.line <= len(lines):
        at = lines[whole.line - 1].find(node.name, whole.column)
        if at >= 0:
            return Span(name, whole.line, at + 1, whole.line, at + 1 + len(node.name))
    if whole.end_line != whole.line and whole.line <= len(lines):
        width = len(lines[whole.line - 1].rstrip())
        return whole._replace(end_line=whole.line, end_column=max(width + 1, whole.column + 1))
    return whole
