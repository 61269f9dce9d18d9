"""What git says of a project: the files that hold the state of its repository."""

from __future__ import annotations

import os
from collections.abc import Iterator

from zencompile_runtime import facts

_OF_WORK_TREE = ("HEAD", "index", "logs/HEAD", "config.worktree", "MERGE_HEAD", "CHERRY_PICK_HEAD", "FETCH_HEAD")
_SHARED = ("packed-refs", "config", "shallow", "info/exclude", "info/attributes", "info/sparse-checkout")
_FOLDERS = ("refs", "reftable")


def told(folder: str) -> list[str]:
    """A line for each file that says which commit a folder is at, which files are to be in the next, which branches and
    tags there are, and how the repository is set up.
    """
    place = _place(folder)
    if place is None:
        return []
    shared = _common(place)
    paths = [f"{place}/{name}" for name in _OF_WORK_TREE] + [f"{shared}/{name}" for name in _SHARED]
    for name in _FOLDERS:
        paths += _files(f"{shared}/{name}")
    if shared != place:
        paths += _files(f"{place}/refs")
    return [f"{os.path.relpath(path, shared)} {facts.file_digest(path)}" for path in paths]


def _place(folder: str) -> str | None:
    """Where git keeps the state of the repository that a folder lies in; None outside of one."""
    while not os.path.exists(f"{folder}/.git"):  # noqa: PTH110 (speed)
        above = os.path.dirname(folder)  # noqa: PTH120 (speed)
        if above == folder:
            return None
        folder = above
    path = f"{folder}/.git"
    named = _text(path)  # of another work tree, and of a submodule, a file that names the place
    if named.startswith("gitdir:"):
        return os.path.normpath(os.path.join(folder, named.removeprefix("gitdir:").strip()))  # noqa: PTH118
    return path


def _common(place: str) -> str:
    """Where what all work trees of a repository share lies."""
    named = _text(f"{place}/commondir")
    return os.path.normpath(os.path.join(place, named)) if named else place  # noqa: PTH118


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:  # noqa: PTH123
            return file.read().strip()
    except OSError:
        return ""


def _files(folder: str) -> Iterator[str]:
    for inner, folders, names in os.walk(folder):
        folders.sort()
        yield from (f"{inner}/{name}" for name in sorted(names) if not name.endswith(".lock"))
