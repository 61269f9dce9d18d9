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
from zencompile.frontend.private_names import mangle
from zencompile.source import SourceFile, Span

LARGEST_FILE = 20_000_000
"""Bytes. A larger file is not source code that someone wrote."""

NOTEBOOK = "a notebook"
_HEAD = 200
_MAGIC = (
    (b"\x7fELF", "a program for Linux"),
    (b"MZ\x90\0", "a program for Windows"),
    (b"PK\x03\x04", "an archive"),
    (b"\x1f\x8b", "a compressed file"),
    (b"\x89PNG", "a picture"),
    (b"%PDF", "a document"),
    (b"SQLite format 3\0", "a database"),
)

LARGEST_CHECKED = 120_000
"""Characters. Of a larger file only the grammar is checked, not what the compiler refuses besides (`return` outside of
a function, two parameters of one name): that takes as long as parsing."""

_NEWER = (  # not compiled before a source is wrong
    r"(type \w+(\[.*\])?\s*=|except\s+[\w.]+\s*,|^\s*def \w+\[|^\s*class \w+\[|except\s*\*|lazy (import|from)"
    r"|\bt\"|\bt')"
)


_OLDER = r"Missing parentheses in call to '(print|exec)'|leading zeros in decimal integer literals"
_OLD_LINE = r"^\s*raise\s+[\w.]+\s*,|<>|^[^'\"#]*=\s*`[^`]*`\s*$|\b\d+[lL]\b|^\s*exec\s+['\"]|\bur['\"]"


class Parsed(NamedTuple):
    """A file that was read: `tree` is empty where the text is no Python (a diagnostic says so)."""

    file: SourceFile
    tree: ast.Module
    lines: list[str]  # as the tokenizer counts them, without their ends


class Unreadable(ValueError):
    """A file that is no text of its encoding; `line` is the first that isn't, `help` what to do."""

    def __init__(self, message: str, line: int = 1, help: str = "") -> None:
        super().__init__(message)
        self.line = line
        self.help = help


class NotPython(Unreadable):
    """A file that is something else than source code."""


def read_text(location: Path, disk: Disk) -> str:
    """See `decoded`. Raises OSError besides."""
    return decoded(disk.read_bytes(location))


def decoded(data: bytes) -> str:
    """The text of a Python file by its own encoding declaration, newlines as `\\n`.

    Raises Unreadable: an unknown encoding, bytes that are none, another kind of file, too large.
    """
    if len(data) > LARGEST_FILE:
        raise Unreadable("the file is too large to be source code")
    kind = _kind_of(data)
    if kind:
        raise NotPython(kind)
    wide = next((name for mark, name in _WIDE if data.startswith(mark)), "")
    if wide:
        raise Unreadable(f"it is written in {wide}, which Python doesn't read", help=_AS_UTF_8)
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        text = data.decode(encoding)
    except SyntaxError as error:
        raise _without_encoding(data, str(error.msg)) from None
    except UnicodeDecodeError as error:
        line = _line_at(data, error.start)
        raise Unreadable(f"byte {error.start} is not {error.encoding}", line) from None
    except (LookupError, UnicodeError) as error:
        raise Unreadable(str(error)) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _without_encoding(data: bytes, message: str) -> Unreadable:
    """Why Python can't tell, or doesn't take, the encoding of a file."""
    if data.startswith(b"\xef\xbb\xbf"):
        return Unreadable("it begins with the mark of UTF-8, and declares another encoding", help=_NO_DECLARATION)
    if "unknown encoding" in message:
        return Unreadable(message, help=_AS_UTF_8)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        what = f"byte {error.start} is not UTF-8, and no other encoding is declared"
        return Unreadable(what, _line_at(data, error.start), _DECLARE)
    return Unreadable(message)


_WIDE = (
    (b"\xff\xfe\0\0", "UTF-32"),
    (b"\0\0\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)
_AS_UTF_8 = "save it as UTF-8"
_NO_DECLARATION = "leave the declaration out"
_DECLARE = "save it as UTF-8, or declare what it is in the first line: `# -*- coding: latin-1 -*-`"


def _kind_of(data: bytes) -> str:
    """What a file is that surely is no source code, empty for everything else."""
    start = data[:_HEAD].lstrip()
    if start.startswith(b"{") and b'"nbformat"' in data and b'"cells"' in data:
        return NOTEBOOK
    found = next((kind for mark, kind in _MAGIC if data.startswith(mark)), "")
    if not found and _is_binary(data):
        return "a binary file"
    return found


def _is_binary(data: bytes) -> bool:
    """Whether bytes are no text of any encoding: many are control characters."""
    start = data[:_HEAD]
    if any(start.startswith(mark) for mark, _ in _WIDE):
        return False
    controls = sum(byte < 32 and byte not in b"\t\n\r\f\v\x1b" for byte in start)
    return controls > 4 and controls * 20 > len(start)


def _line_at(data: bytes, offset: int) -> int:
    """The line that a byte stands in, as Python counts them."""
    before = data[:offset].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return before.count(b"\n") + 1


def read(location: Path, name: str, report: Report, disk: Disk) -> Parsed:
    """Read and parse a file. `name` is what spans call it. Problems become diagnostics, and an empty tree."""
    try:
        data = disk.read_bytes(location)
        if location.suffix == ".ipynb":
            raise NotPython(NOTEBOOK)
        text = decoded(data)
    except (OSError, Unreadable) as error:
        _report_unreadable(error, name, report)
        report.sources.setdefault(name, SourceFile(name, "", location))
        return Parsed(SourceFile(name, "", location), ast.Module([], []), [""])
    return parse(SourceFile(name, text, location, data), report)


def _report_unreadable(error: OSError | Unreadable, name: str, report: Report) -> None:
    if isinstance(error, NotPython):
        convert = "write its code to a Python file: `jupyter nbconvert --to script`"
        report.error(
            "ZC0110",
            f"`{name}` is no Python source: it is {error}",
            Span(name, 1, 1, 1, 1),
            helps=(convert,) if str(error) == NOTEBOOK else (),
        )
        return
    line = 1 if isinstance(error, OSError) else error.line
    reason = error.strerror or str(error) if isinstance(error, OSError) else str(error)
    helps = (error.help,) if isinstance(error, Unreadable) and error.help else ()
    report.error("ZC0002", f"`{name}` can't be read: {reason}", Span(name, line, 1, line, 1), helps=helps)


def parse(file: SourceFile, report: Report) -> Parsed:
    """Parse a file's text; a syntax error becomes a diagnostic, and the tree is empty."""
    report.sources[file.path] = file
    lines = file.text.split("\n")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(file.text, file.path)
            if len(file.text) <= LARGEST_CHECKED:
                compile(tree, file.path, "exec", dont_inherit=True)
        mangle(tree, file.text)
        return Parsed(file, tree, lines)
    except SyntaxError as error:
        _report_syntax_error(file, lines, error, report)
    except (RecursionError, MemoryError):
        line = _line_of_the_deepest(lines)
        place = Span(file.path, line, 1, line, len(lines[line - 1]) + 1)
        report.error("ZC0101", "the source is nested too deeply to be parsed", place, helps="split the statement")
    except ValueError as error:  # null bytes, surrogates
        place = Span(file.path, 1, 1, 1, 1)
        report.error("ZC0101", f"the source can't be parsed: {error}", place)
    return Parsed(file, ast.Module([], []), lines)


def _line_of_the_deepest(lines: list[str]) -> int:
    """The line where the statement of the top level begins that can't be parsed for its depth."""
    starts = [i for i, line in enumerate(lines) if line[:1].strip() and line[0] not in "#)]}"]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        try:
            ast.parse("\n".join(lines[start:end]))
        except (RecursionError, MemoryError):
            return start + 1
        except (SyntaxError, ValueError):  # part of a statement
            continue
    return 1


def _report_syntax_error(file: SourceFile, lines: list[str], error: SyntaxError, report: Report) -> None:
    line = min(max(error.lineno or 1, 1), len(lines))
    if "\0" in file.text:
        line = file.text.partition("\0")[0].count("\n") + 1
    width = len(lines[line - 1])
    column = min(max(error.offset or 1, 1), width + 1)
    end = error.end_offset or 0
    same_line = (error.end_lineno or line) == line and end > column
    place = Span(file.path, line, column, line, min(end, width + 1) if same_line else column + 1)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    helps: tuple[str, ...] = ()
    nested = sys.version_info < (3, 12) and (error.msg or "").startswith("f-string")  # newer ones nest quotes
    if nested or re.search(_NEWER, lines[line - 1]):
        helps = (f"zencompile runs on Python {version}; run it on a newer one if the source uses newer syntax",)
    if re.search(_OLDER, error.msg or "") or re.search(_OLD_LINE, lines[line - 1]):
        helps = ("it is written for Python 2: steps run on Python 3, so write it for that",)
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
