"""Programs that read a command line, and what they make of their arguments: run by Python with the real library, and
evaluated by the front end."""

from __future__ import annotations

import contextlib
import io
import re
import sys
import types
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zencompile.diagnostics import Report
from zencompile.frontend.evaluator import Evaluator
from zencompile.frontend.project import Project
from zencompile.frontend.values import MISSING, Lazy, Unknown

SETUP = """\
import enum
import json
import pathlib
from typing import Optional


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Size(str, enum.Enum):
    small = "s"
    LARGE = "large"


def double(text):
    return int(text) * 2


def picky(text):
    if text == "bad":
        raise ValueError("bad is refused")
    return [text]


got = []
"""


@dataclass(frozen=True)
class CommandLine:
    """A program, and the words that it is given. It appends texts to the list `got`."""

    source: str
    words: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.source}\n# {list(self.words)}"


@dataclass(frozen=True)
class Told:
    """What came of a program: what it got, or why it was refused. `got` is None where something isn't known."""

    got: tuple[Any, ...] | None
    refused: str | None

    def __str__(self) -> str:
        return f"got {self.got}" if self.refused is None else f"refused: {self.refused}"


def by_library(line: CommandLine) -> Told:
    """What the real library makes of it."""
    module = types.ModuleType("__main__")
    module.__dict__["__file__"] = "main.py"
    before = sys.modules["__main__"], sys.argv
    sys.modules["__main__"], sys.argv = module, ["main.py", *line.words]
    said = io.StringIO()
    try:
        with _quiet(said):
            exec(compile(SETUP + line.source, "main.py", "exec"), module.__dict__)
    except SystemExit as leaving:
        if leaving.code not in (None, 0):
            return Told(None, said.getvalue() or str(leaving.code))
    except Exception as error:
        return Told(None, f"{type(error).__name__}: {error}")
    finally:
        sys.modules["__main__"], sys.argv = before
    return Told(tuple(module.__dict__["got"]), None)


@contextlib.contextmanager
def _quiet(said: io.StringIO) -> Iterator[None]:
    standard_input, sys.stdin = sys.stdin, io.StringIO()
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        sys.stdin = standard_input


def by_front_end(folder: Path, line: CommandLine, environment: dict[str, str] | None = None) -> Told:
    """What the front end makes of it, with these variables of `--env`."""
    entry = folder / "main.py"
    entry.write_text(SETUP + line.source, encoding="utf-8")
    report = Report()
    project = Project.of(entry, report, source_root=folder, working_directory=folder)
    evaluator = Evaluator(project, report, environment=environment or {})
    module = evaluator.run_main(evaluator.load(entry), list(line.words))
    if report.errors:
        return Told(None, " ".join(f"{error.code} {error.message}" for error in report.errors))
    context = evaluator.context(module)
    got = evaluator.get(module, "got")
    got = got.force(context) if isinstance(got, Lazy) else got
    if got is MISSING or isinstance(got, Unknown) or any(isinstance(one, (Unknown, Lazy)) for one in got):
        return Told(None, None)
    return Told(tuple(got), None)


def fault(line: CommandLine, wanted: Told, found: Told) -> str | None:
    """What is wrong with what the front end says; None if nothing is."""
    if found.refused is not None and "ZC0009" in found.refused:
        return "it fails"
    if wanted.refused is not None:
        return "it takes what is refused" if found.refused is None and found.got is not None else None
    if found.refused is not None:
        return None if "ZC0170" in found.refused else "it refuses what is taken"
    return "another value" if found.got is not None and found.got != wanted.got else None


def message_of(said: str) -> str:
    """What a library says is wrong, of all that it prints."""
    found = re.search(r"[Ee]rror:\s*(.*)", re.sub(r"[│╭╮╰╯─]", " ", said), re.DOTALL)
    return " ".join((found.group(1) if found else said).split())
