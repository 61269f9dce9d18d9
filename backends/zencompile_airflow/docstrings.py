"""What a docstring says of parameters, in the three usual styles; only what is plain."""

from __future__ import annotations

import re
from collections.abc import Iterator
from inspect import cleandoc

_FIELD = re.compile(r":param\s+(?:[^:]*\s)?\*{0,2}(\w+):\s*(.*)")
_GOOGLE = re.compile(r"(Args|Arguments|Parameters|Params):")
_GOOGLE_ENTRY = re.compile(r"(\s+)\*{0,2}(\w+)(?:\s*\([^)]*\))?:\s*(.*)")
_NUMPY_ENTRY = re.compile(r"\*{0,2}(\w+)(?:\s*:.*)?")


def of_parameters(docstring: str | None) -> dict[str, str]:
    """The description of each parameter that is described, in one line."""
    lines = cleandoc(docstring or "").splitlines()
    return {name: " ".join(" ".join(text).split()) for name, text in _entries(lines) if any(text)}


def _entries(lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    for number, line in enumerate(lines):
        rest = lines[number + 1 :]
        field = _FIELD.match(line)
        if field is not None:
            yield field[1], [field[2], *_indented(rest, 0)]
        elif _GOOGLE.fullmatch(line.strip()):
            yield from _google(rest)
        elif line.strip() == "Parameters" and rest and set(rest[0].strip()) == {"-"}:
            yield from _numpy(rest[1:])


def _indented(lines: list[str], depth: int) -> Iterator[str]:
    """The lines that continue one, deeper than `depth`."""
    for line in lines:
        if not line.strip() or len(line) - len(line.lstrip()) <= depth:
            return
        yield line.strip()


def _google(lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    depth = None
    for number, line in enumerate(lines):
        if line.strip() and not line.startswith(" "):
            return
        entry = _GOOGLE_ENTRY.fullmatch(line)
        if entry is not None and depth in (None, len(entry[1])):
            depth = len(entry[1])
            yield entry[2], [entry[3], *_indented(lines[number + 1 :], depth)]


def _numpy(lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    for number, line in enumerate(lines):
        if number + 1 < len(lines) and line.strip() and set(lines[number + 1].strip()) == {"-"}:
            return  # another section
        entry = _NUMPY_ENTRY.fullmatch(line)
        if entry is not None and line.strip():
            yield entry[1], list(_indented(lines[number + 1 :], 0))
