"""Projects written for a test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from zencompile.diagnostics import Report
from zencompile.frontend.closures import Facts, StepCode, close
from zencompile.frontend.project import Project


class Written:
    """A project on disk, and what closures say of it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.report = Report()

    def facts(self, entrypoint: str = "run:train", roots: tuple[str, ...] = ()) -> Facts:
        self.report = Report()
        project = Project.of(self.root / "run.py", self.report, source_root=self.root)
        return close(project, [StepCode(entrypoint, roots=roots)], self.report)[entrypoint]

    def reached(self, entrypoint: str = "run:train", roots: tuple[str, ...] = ()) -> set[str]:
        return set(self.facts(entrypoint, roots).closure.definitions) - {entrypoint}


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Written]:
    """Write files (name → text) into a folder of their own."""

    def write(files: dict[str, str], folder: str = ".") -> Written:
        for name, text in files.items():
            path = tmp_path / folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
        return Written(tmp_path / folder)

    return write
