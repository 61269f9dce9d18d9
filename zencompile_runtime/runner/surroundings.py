"""What surrounds a run in this process: where the project is, and the working folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from zencompile_runtime import facts
from zencompile_runtime.importing import ROOTS
from zencompile_runtime.names.finder import python_path


@contextmanager
def as_project(project: Path, pipeline: str) -> Iterator[None]:
    """Let the runtime find the project and its roots here as it does in the processes of steps."""
    before = {name: os.environ.get(name) for name in ("ZENCOMPILE_PROJECT", ROOTS)}
    os.environ["ZENCOMPILE_PROJECT"] = str(project)
    try:
        facts.use_roots(pipeline)
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def apart_from_steps(out: TextIO | None) -> Iterator[TextIO | None]:
    """A stream to where `out` leads, while what this process prints to standard output goes to standard error: events
    for programs don't mix with what steps that run in process print.
    """
    try:
        number = out.fileno() if out is not None else -1
        kept = os.dup(number) if number == 1 else -1
    except (OSError, ValueError):  # it has no descriptor of its own
        kept = -1
    if kept < 0:
        yield out
        return
    assert out is not None
    out.flush()
    os.dup2(2, 1)
    try:
        with os.fdopen(os.dup(kept), "w", encoding=out.encoding, errors="backslashreplace") as stream:
            yield stream
    finally:
        out.flush()
        os.dup2(kept, 1)
        os.close(kept)


@contextmanager
def working_in(folder: Path) -> Iterator[None]:
    """Let steps that run in process, and what they start, find files as their own processes would: from the project."""
    before, path = Path.cwd(), os.environ.get("PYTHONPATH")
    os.chdir(folder)
    os.environ["PYTHONPATH"] = python_path(path)
    try:
        yield
    finally:
        os.chdir(before)
        if path is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = path
