"""What surrounds a run in this process: where the project is, the working folder, the place for its store."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from zencompile_runtime import facts
from zencompile_runtime.errors import InfrastructureFault
from zencompile_runtime.importing import ROOTS
from zencompile_runtime.names.finder import python_path
from zencompile_runtime.runner.options import clients_of


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


def prepare_store(project: Path, url: str) -> None:
    """Make the default store's folder, which version control leaves alone."""
    folder = project / ".zencompile"
    if not url.startswith(f"{folder}{os.sep}") or folder.exists():
        return
    try:
        folder.mkdir(exist_ok=True)  # another run may start at the same time
        (folder / ".gitignore").write_text("*\n")
    except OSError as error:
        raise InfrastructureFault(
            f"can't make the folder {folder}: {error.strerror}", help="choose another place with --store"
        ) from None


def quiet_clients(url: str, inline: bool) -> None:
    """Let what reaches the store not write tracebacks of a network that breaks: the store's fault says it in a line.
    Where steps run `inline`, loggers are theirs.
    """
    if clients_of(url) and not inline:
        import logging

        logging.getLogger("asyncio").setLevel(logging.CRITICAL + 1)
