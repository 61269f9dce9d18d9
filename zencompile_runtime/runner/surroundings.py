"""What surrounds a run in this process: where the project is, and the working folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def as_project(project: Path) -> Iterator[None]:
    """Let the runtime find the source root here as it does in the processes of steps."""
    before = os.environ.get("ZENCOMPILE_PROJECT")
    os.environ["ZENCOMPILE_PROJECT"] = str(project)
    try:
        yield
    finally:
        if before is None:
            del os.environ["ZENCOMPILE_PROJECT"]
        else:
            os.environ["ZENCOMPILE_PROJECT"] = before


@contextmanager
def working_in(folder: Path) -> Iterator[None]:
    """Let steps that run in process find files as their own processes would, from the project's folder."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
