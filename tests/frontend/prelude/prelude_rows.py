"""Rows of calls, each evaluated by the front end and by Python, and what the two made of it.

A row is one line of Python: statements, of which the last is the expression that is looked at. Many rows make one
program, so that the whole evaluator is under test and a folder of tables is read in seconds.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import io
import re
import sys
import textwrap
import types
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zencompile.diagnostics import Report
from zencompile.frontend.evaluator import Evaluator
from zencompile.frontend.project import Project
from zencompile.frontend.values import MISSING, Class, EnumMember, Instance, Lazy, NativeObject, Raised, Unknown
from zencompile.frontend.values.plain import has_own_order

ABSENT = object()
"""Not bound at all: the row ended before."""


@dataclass(frozen=True)
class Row:
    """One call, and the name that it is a row of (`json.dumps`)."""

    name: str
    source: str

    def body(self, indent: str) -> str:
        """The row as a function's body, which returns the last expression's value."""
        tree = ast.parse(self.source)
        *_, last = tree.body
        if isinstance(last, ast.Expr):
            tree.body[-1] = ast.copy_location(ast.Return(last.value), last)
        return textwrap.indent(ast.unparse(ast.fix_missing_locations(tree)), indent)


SETUP = (Path(__file__).parent / "setup.txt").read_text("utf-8")
"""What every program of rows imports and defines."""


def read_rows(path: Path) -> list[Row]:
    """A table: sections `[name, other.name]`, then a row a line; `#` begins a comment line."""
    rows: list[Row] = []
    names: list[str] = []
    for line in path.read_text("utf-8").splitlines():
        if _SECTION.fullmatch(line):
            names = [name.strip() for name in line[1:-1].split(",")]
        elif line.strip() and not line.startswith("#"):
            rows.extend(Row(name, line) for name in names)
    return rows


_SECTION = re.compile(r"\[[A-Za-z_][\w., ]*\]")


@dataclass(frozen=True)
class Outcome:
    """What a row came to: its value, the value's type and text, or the exception's type; each may be unknown."""

    value: Any
    type_name: Any
    text: Any
    raised: Any

    @property
    def is_known(self) -> bool:
        """Whether anything certain is said: a value or an exception."""
        if self.raised is not ABSENT:
            return isinstance(self.raised, str)
        return not isinstance(self.value, Unknown) and isinstance(self.text, str)

    def __str__(self) -> str:
        if self.raised is not ABSENT:
            return f"raises {self.raised}"
        return f"{self.text!s} ({self.type_name!s})" if isinstance(self.text, str) else f"{self.value!r}"


def program(rows: Iterable[Row]) -> str:
    """The program that runs each row on its own and keeps what came of it."""
    parts = [SETUP]
    for number, row in enumerate(rows):
        parts.append(
            f"def row_{number}():\n{row.body('    ')}\n"
            f"try:\n"
            f"    value_{number} = row_{number}()\n"
            f"    type_{number} = type(value_{number}).__name__\n"
            f"    text_{number} = repr(value_{number})\n"
            f"except BaseException as error_{number}:\n"
            f"    raised_{number} = type(error_{number}).__name__\n"
        )
    return "\n".join(parts)


def by_python(source: str, count: int) -> list[Outcome]:
    """What Python makes of a program of rows."""
    module = types.ModuleType("main")
    module.__dict__["__file__"] = "main.py"
    sys.modules["main"] = module
    functions = [(one, one.__module__) for one in vars(builtins).values() if isinstance(one, types.BuiltinFunctionType)]
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(compile(source, "main.py", "exec"), module.__dict__)
    finally:
        del sys.modules["main"]
        for one, name in functions:  # `update_wrapper` writes into what it is given
            one.__module__ = name
    return [_outcome(lambda name: vars(module).get(name, ABSENT), number) for number in range(count)]


def by_front_end(folder: Path, source: str, count: int) -> list[Outcome]:
    """What the front end makes of a program of rows."""
    entry = folder / "main.py"
    entry.write_text(source, encoding="utf-8", errors="surrogatepass")
    report = Report()
    project = Project.of(entry, report, source_root=folder, working_directory=folder)
    evaluator = Evaluator(project, report)
    module = evaluator.load(entry)
    context = evaluator.context(module)

    def ask(name: str) -> Any:
        try:
            value = evaluator.get(module, name)
        except Raised:
            return ABSENT
        if value is MISSING:
            return ABSENT
        return value.force(context) if isinstance(value, Lazy) else value

    return [_outcome(ask, number) for number in range(count)]


def _outcome(ask: Any, number: int) -> Outcome:
    return Outcome(*(ask(f"{kind}_{number}") for kind in ("value", "type", "text", "raised")))


def compare(folder: Path, rows: list[Row]) -> Iterator[tuple[Row, Outcome, Outcome]]:
    """Each row with Python's outcome and ours."""
    source = program(rows)
    wanted = by_python(source, len(rows))
    found = by_front_end(folder, source, len(rows))
    return zip(rows, wanted, found, strict=True)


def differs(wanted: Outcome, found: Outcome) -> bool:
    """Whether something that the front end says for certain is not what Python says."""
    if any(isinstance(one, Unknown) for one in (found.value, found.raised, found.text)):
        return False
    if isinstance(found.raised, str):
        return found.raised != wanted.raised
    if wanted.raised is not ABSENT:
        return found.is_known and wanted.type_name is ABSENT
    if isinstance(found.type_name, str) and found.type_name != wanted.type_name:
        return True
    if is_plain(found.value) and is_plain(wanted.value) and not same(found.value, wanted.value):
        return True
    return isinstance(found.text, str) and found.text != wanted.text and not has_sets(wanted.value)


def has_sets(value: Any) -> bool:
    """Whether a value's text depends on the hash seed: it is a set, or holds one, whose items are no numbers."""
    if isinstance(value, (set, frozenset)):
        return not has_own_order(value)
    if isinstance(value, dict):
        return any(has_sets(item) for pair in value.items() for item in pair)
    return isinstance(value, (list, tuple)) and any(has_sets(item) for item in value)


OURS = (Unknown, NativeObject, Instance, EnumMember, Class)


def is_plain(value: Any, depth: int = 0) -> bool:
    """Whether Python's own comparison may judge a value: none of the front end's kinds is in it."""
    if isinstance(value, OURS) or value is ABSENT or depth > 20:
        return False
    if type(value) is dict:
        return all(is_plain(k, depth + 1) and is_plain(v, depth + 1) for k, v in value.items())
    if type(value) in (list, tuple, set, frozenset):
        return all(is_plain(item, depth + 1) for item in value)
    return type(value) in PLAIN


PLAIN = (type(None), bool, int, float, complex, str, bytes, bytearray, range)


def same(left: Any, right: Any) -> bool:
    """Equal in value and type, all the way down, in order; NaN equals itself."""
    if type(left) is not type(right):
        return False
    if isinstance(left, (float, complex)):
        return repr(left) == repr(right)
    if isinstance(left, dict):
        return len(left) == len(right) and all(
            same(a, b) and same(left[a], right[b]) for a, b in zip(left, right, strict=True)
        )
    if isinstance(left, (list, tuple)):
        return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right, strict=True))
    return bool(left == right)
