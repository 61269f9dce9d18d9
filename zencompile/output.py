"""From files in memory to files on disk: all of a compilation, or nothing."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple


class OutputError(Exception):
    """Files can't be written; the message names the path and the reason."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"{path}: {reason}")


@contextlib.contextmanager
def alone(folders: Iterable[Path]) -> Iterator[None]:
    """Keep other compilations from writing to some folders meanwhile.

    The folders are made for it, and go again if nothing was put into them. Where the system knows no locks of folders,
    each file is still whole: it comes by one rename.
    """
    with contextlib.ExitStack() as stack:
        for folder in sorted(set(folders)):  # in one order, so that no two compilations wait for each other
            _make_folder(folder, stack)
            stack.enter_context(_locked(folder))
        yield


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    try:
        import fcntl
    except ImportError:
        yield
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        yield
        return
    try:
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


class _Move(NamedTuple):
    """A staged file and the place that it goes to."""

    staged: Path
    destination: Path


def write(folders: Iterable[tuple[Path, Mapping[str, str]]]) -> list[Path]:
    """Write files to folders, the last folder's files last. Returns the paths whose content changed.

    Everything is staged on the file system of its destination first; then one rename a file. A failure before the first
    rename changes nothing; a failure later puts back what was replaced. Raises `OutputError`.
    """
    with contextlib.ExitStack() as stack:
        moves = [move for folder, files in folders for move in _stage(folder, files, stack)]
        _replace(moves, stack)
        return [move.destination for move in moves]


def _stage(folder: Path, files: Mapping[str, str], stack: contextlib.ExitStack) -> Iterator[_Move]:
    changed = {path: text for path, text in files.items() if _read(folder / path) != text}
    if not changed:
        return
    _make_folder(folder, stack)
    import tempfile

    try:
        staging = Path(tempfile.mkdtemp(prefix=".zencompile-", dir=folder))
    except OSError as error:
        raise OutputError(folder, _reason(error)) from error
    stack.callback(shutil.rmtree, staging, ignore_errors=True)
    for number, (path, text) in enumerate(changed.items()):
        destination, staged = folder / path, staging / str(number)
        if destination.is_dir():
            raise OutputError(destination, "a folder stands where a file should go")
        try:
            staged.write_bytes(text.encode("utf-8"))
            if text.startswith("#!"):
                staged.chmod(0o755)
        except OSError as error:
            raise OutputError(destination, _reason(error)) from error
        _make_folder(destination.parent, stack)
        if not os.access(destination.parent, os.W_OK):
            raise OutputError(destination.parent, "permission denied")
        yield _Move(staged, destination)


def _make_folder(folder: Path, stack: contextlib.ExitStack) -> None:
    """Create `folder` and its parents; on a failure later, those that are still empty go again."""
    missing: list[Path] = []
    parent = folder
    while not parent.exists() and parent != parent.parent:
        missing.append(parent)
        parent = parent.parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(folder, _reason(error)) from error
    for created in reversed(missing):
        stack.callback(_remove_if_empty, created)


def _remove_if_empty(folder: Path) -> None:
    with contextlib.suppress(OSError):
        folder.rmdir()


def _replace(moves: list[_Move], stack: contextlib.ExitStack) -> None:
    undo: list[tuple[Path, Path | None]] = []
    try:
        for move in moves:
            backup = _backup(move)
            undo.append((move.destination, backup))
            move.staged.replace(move.destination)
    except OSError as error:
        for destination, backup in reversed(undo):
            with contextlib.suppress(OSError):
                if backup is not None:
                    backup.replace(destination)
                else:
                    destination.unlink(missing_ok=True)
        raise OutputError(move.destination, _reason(error)) from error


def _backup(move: _Move) -> Path | None:
    if not move.destination.exists():
        return None
    backup = move.staged.with_suffix(".old")
    try:
        os.link(move.destination, backup)
    except OSError:  # a file system without hard links
        shutil.copy2(move.destination, backup)
    return backup


def _read(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except OSError:
        return None


def _reason(error: OSError) -> str:
    return (error.strerror or str(error)).lower()


def is_stale(path: Path, text: str) -> bool:
    """Whether a file is there and holds something else."""
    found = _read(path)
    return found is not None and found != text


def difference(path: Path, name: str, text: str) -> str:
    """A unified diff from a file on disk, called `name`, to what would be written; empty if they are equal."""
    old = _read(path)
    if old == text:
        return ""
    import difflib

    before = name if old is not None else "/dev/null"
    return "".join(difflib.unified_diff(_lines(old or ""), _lines(text), before, name))


def _lines(text: str) -> list[str]:
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n\\ No newline at end of file\n"
    return lines


def remove(paths: Iterable[Path]) -> None:
    """Remove files that an earlier compilation made and this one no longer makes; empty folders go with them."""
    for path in paths:
        with contextlib.suppress(OSError):
            path.unlink()
            for parent in path.parents[:2]:
                parent.rmdir()
