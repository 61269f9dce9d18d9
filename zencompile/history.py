"""What git knows of earlier files, for messages: where it can't answer, the answer is None."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from zencompile import git


def tracked(folder: Path, paths: Iterable[str] = (".",)) -> set[str] | None:
    """Those of some paths, or all below a folder, that git tracks, relative to it."""
    return _names(folder, "ls-files", "-z", "--cached", "--", *paths)


def last_change(file: Path) -> str | None:
    """The commit that last changed a file, shortened."""
    found = _ask(file.parent, "log", "-1", "--format=%h", "--", file.name)
    return found.decode().strip() or None if found is not None else None


def changed_since(commit: str, folder: Path, paths: Iterable[str]) -> set[str] | None:
    """Those of some paths, relative to a folder, that differ between a commit and the working tree, or are new."""
    wanted = list(paths)
    changed = _names(folder, "diff", "--name-only", "--relative", "-z", commit, "--", *wanted)
    known = tracked(folder, wanted)
    if changed is None or known is None:
        return None
    return changed | {path for path in wanted if path not in known and (folder / path).is_file()}


def _names(folder: Path, *words: str) -> set[str] | None:
    found = _ask(folder, *words)
    return None if found is None else {os.fsdecode(path) for path in found.split(b"\0") if path}


def _ask(folder: Path, *words: str) -> bytes | None:
    try:
        return git.ask(folder, *words)
    except git.GitFailed:
        return None
