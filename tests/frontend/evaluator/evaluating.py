"""Evaluate source text in a temporary project, and compare with what Python itself makes of it."""

from __future__ import annotations

import contextlib
import io
import sys
import types
import warnings
from pathlib import Path
from typing import Any

from zencompile.diagnostics import Report
from zencompile.frontend.evaluator import Evaluator
from zencompile.frontend.project import Project
from zencompile.frontend.values import Lazy, NativeObject, Unknown

PLAIN = (type(None), bool, int, float, complex, str, bytes, list, tuple, dict, set, frozenset, range)


class Evaluated:
    """A module under evaluation."""

    def __init__(self, folder: Path, source: str | dict[str, str], **options: Any) -> None:
        sources = {"main.py": source} if isinstance(source, str) else source
        for name, text in sources.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        self.report = Report()
        entry = folder / next(iter(sources))
        self.project = Project.of(
            entry, self.report, source_root=options.pop("source_root", folder), working_directory=folder
        )
        self.evaluator = Evaluator(self.project, self.report, **options)
        self.module = self.evaluator.load(entry)

    def __getitem__(self, name: str) -> Any:
        return self.evaluator.get(self.module, name)

    def main(self, *arguments: str) -> Evaluated:
        self.evaluator.run_main(self.module, list(arguments))
        return self

    @property
    def errors(self) -> list[str]:
        return [f"{d.code}: {d.message}" for d in self.report.errors]


def expected(source: str) -> dict[str, Any]:
    """The plain values that Python's own `exec` leaves behind."""
    module = types.ModuleType("main")
    sys.modules["main"] = module
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(compile(source, "main.py", "exec"), module.__dict__)
    finally:
        del sys.modules["main"]
    return {n: v for n, v in vars(module).items() if not n.startswith("_") and is_plain(v)}


def is_plain(value: Any, depth: int = 0) -> bool:
    if depth > 20 or type(value) not in PLAIN:
        return False
    if isinstance(value, dict):
        return all(is_plain(k, depth + 1) and is_plain(v, depth + 1) for k, v in value.items())
    if isinstance(value, (list, tuple, set, frozenset)):
        return all(is_plain(v, depth + 1) for v in value)
    return True


def same(left: Any, right: Any) -> bool:
    """Equal in value and type, all the way down; NaN equals itself."""
    if type(left) is not type(right):
        return False
    if isinstance(left, float):
        return repr(left) == repr(right)
    if isinstance(left, dict):
        return list(left) == list(right) and all(same(left[k], right[k]) for k in left)
    if isinstance(left, (list, tuple)):
        return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right, strict=True))
    return bool(left == right)


def check(folder: Path, source: str) -> None:
    """Every plain top-level value is what Python makes of it."""
    wanted = expected(source)
    evaluated = Evaluated(folder, source).main()
    assert evaluated.errors == []
    for name, value in wanted.items():
        got = evaluated[name]
        got = got.force(evaluated.evaluator.context(evaluated.module)) if isinstance(got, Lazy) else got
        assert not isinstance(got, (Unknown, NativeObject)), f"{name} should be {value!r}, is {got!r}"
        assert same(got, value), f"{name} should be {value!r}, is {got!r}\n{source}"
