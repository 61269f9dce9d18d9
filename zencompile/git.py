"""What git says of a project's files.

Git is asked or nothing is: where a repository is and git can't be asked, there is no other list that would be the same.
A repository's own configuration starts no program, and nothing is written to it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

LINK = 0o120000
SUBMODULE = 0o160000
EXECUTABLE = 0o100755
PATIENCE = 60
"""Seconds that git has to answer."""


class GitFailed(Exception):
    """There is a repository, and git tells nothing of it; `words` are its own, `repository` is where `.git` lies."""

    def __init__(self, repository: Path, words: str) -> None:
        self.repository = repository
        self.words = words
        super().__init__(words)


def tracked(folder: Path) -> dict[str, int] | None:
    """Paths below a folder that git tracks, relative to it, with git's modes; None outside a repository.

    Files of submodules are among them; one that is not checked out is a path with the mode `SUBMODULE`. Raises
    `GitFailed`.
    """
    repository = _repository(folder)
    if repository is None:
        return None
    found: dict[str, int] = {}
    for path, mode in _listed(folder, repository).items():
        if mode != SUBMODULE:
            found[path] = mode
        elif (folder / path / ".git").exists():
            inside = tracked(folder / path) or {}
            found.update((f"{path}/{name}", inner) for name, inner in inside.items())
        else:
            found[path] = mode
    return found


def keeps_modes(folder: Path) -> bool:
    """Whether files of the checkout have the modes that count; where a file system has none, git's own do."""
    repository = _repository(folder)
    try:
        text = (repository / ".git" / "config").read_text("utf-8", "replace") if repository else ""
    except OSError:  # a linked working tree: its configuration lies elsewhere
        return True
    return re.search(r"^\s*filemode\s*=\s*false\b", text, re.I | re.M) is None


def _repository(folder: Path) -> Path | None:
    place = folder.resolve()
    above = (one for one in (place, *place.parents) if os.path.lexists(one / ".git"))
    return next(above, place if "GIT_DIR" in os.environ else None)


def _listed(folder: Path, repository: Path) -> dict[str, int]:
    try:
        found = ask(folder, "ls-files", "-z", "--cached", "--stage", "--", ".", repository=repository)
    except GitFailed as failed:
        if _is_empty(repository / ".git") and "not a git repository (or any" in failed.words:
            return {}  # a folder of that name, and git has said that it is nothing more
        raise
    return dict(map(_entry, filter(None, found.split(b"\0"))))


def ask(folder: Path, *words: str, repository: Path | None = None) -> bytes:
    """What git answers in a folder. Raises `GitFailed`."""
    import subprocess  # for projects in a repository alone

    place = repository or folder
    command = ["git", "-c", "core.fsmonitor=false", "--literal-pathspecs", "-C", str(folder), *words]
    environment = os.environ | {"GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            command, capture_output=True, check=False, stdin=subprocess.DEVNULL, timeout=PATIENCE, env=environment
        )
    except subprocess.TimeoutExpired as error:
        raise GitFailed(place, f"no answer within {PATIENCE} seconds") from error
    except OSError as error:
        raise GitFailed(place, f"`git` can't be started: {str(error.strerror).lower()}") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()
        raise GitFailed(place, said or f"`git {words[0]}` ended with exit code {done.returncode}")
    return done.stdout


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and not (folder / "HEAD").exists()


def _entry(line: bytes) -> tuple[str, int]:
    """A path and its mode, from `100644 <object> <stage>\\t<path>`."""
    facts, _, path = line.partition(b"\t")
    return os.fsdecode(path), int(facts.split(b" ", 1)[0], 8)
