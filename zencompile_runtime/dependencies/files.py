"""Files, folders and variables as a step saw them, by short texts that are compared: what is the same has the same."""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any

from zencompile_runtime import facts, importing
from zencompile_runtime.dependencies import git_state

FOLDER = "folder"
"""What stands for a folder, of which only counts that it is one."""

LARGE = 1 << 20
"""Bytes from which on a file's stamp is kept beside its digest, so that it isn't read again while the stamp stays."""

_TOOLS = frozenset({"__pycache__", "node_modules", "site-packages", "venv"})
_HIDDEN_TOOLS = frozenset(
    {".git", ".hg", ".svn", ".zencompile", ".zen", ".venv", ".tox", ".nox", ".ipynb_checkpoints", ".idea", ".vscode"}
    | {".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", ".eggs", ".cache"}
)
"""Folders of tools among those whose names begin with a dot: others may hold what a program is set up by."""
_MARKS = frozenset({"pyvenv.cfg", "CACHEDIR.TAG", "zencompile-store.json", "conda-meta"})


def shown(path: str) -> str:
    """`path` as an entry names it: relative to the project where it lies in it."""
    root = importing.project().rstrip("/")
    for one in (root, os.path.realpath(root)):
        if path.startswith(f"{one}/"):
            return path[len(one) + 1 :]
        if path == one:
            return "."
    return path


def placed(path: str) -> str:
    """Where a path of an entry lies here."""
    return path if os.path.isabs(path) else f"{importing.project()}/{path}"  # noqa: PTH117 (speed)


def content(path: str) -> str | None:
    """The SHA-256 of a file; a word for what is none; None if there is nothing."""
    digest = facts.file_digest(path)
    if digest is not None:
        return digest
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 (speed)
    except (OSError, ValueError):
        return None
    return FOLDER if stat.S_ISDIR(mode) else "unreadable" if stat.S_ISREG(mode) else "special"


def kind(path: str) -> str | None:
    """What lies at a path, if anything does, and where it leads to: for who asks no more than that."""
    try:
        link = f" by {os.readlink(path)}"  # noqa: PTH115 (speed)
    except (OSError, ValueError):
        link = ""
    found = _kind(path)
    return f"{found}{link}" if found or link else None


def _kind(path: str) -> str | None:
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 (speed)
    except (OSError, ValueError):
        return None
    return FOLDER if stat.S_ISDIR(mode) else "file" if stat.S_ISREG(mode) else "special"


def times(path: str) -> str | None:
    """Size, time of change, mode, links, owner and attributes of what lies at a path."""
    try:
        found = os.stat(path)  # noqa: PTH116 (speed)
    except (OSError, ValueError):
        return None
    links = "" if stat.S_ISDIR(found.st_mode) else found.st_nlink  # a folder's count its folders, which count elsewhere
    owner = f"{found.st_uid}:{found.st_gid}"
    return f"{found.st_size} {found.st_mtime_ns} {mode(path)} {links} {owner}{_attributes(path)}"


def _attributes(path: str) -> str:
    """The extended attributes that users may set, if there are any."""
    if not hasattr(os, "listxattr"):
        return ""
    try:
        names = sorted(name for name in os.listxattr(path) if name.startswith("user."))
        return "".join(f" {name}={os.getxattr(path, name).hex()}" for name in names)
    except OSError:  # a file system without them
        return ""


def mode(path: str) -> str | None:
    """Of what kind it is what lies at a path, and who may do what with it; of a link, where it leads."""
    try:
        found = os.lstat(path)
        link = f" by {os.readlink(path)}" if stat.S_ISLNK(found.st_mode) else ""  # noqa: PTH115 (speed)
        found = os.stat(path) if link else found  # noqa: PTH116 (speed)
    except (OSError, ValueError):
        return kind(path)
    return f"{found.st_mode:o}{link}"


def tree(path: str) -> str | None:
    """The content of a file, or of all files below a folder, but for bytecode."""
    if not os.path.isdir(path):  # noqa: PTH112 (speed)
        return content(path)
    lines = []
    for folder, folders, names in os.walk(path):
        folders[:] = sorted(one for one in folders if one != "__pycache__")
        lines += [f"{folder[len(path) :]}/{name} {facts.file_digest(f'{folder}/{name}')}" for name in sorted(names)]
    return short("\n".join(lines))


def project(since: float | None = None) -> tuple[str, list[str]]:
    """The content of all files of the project but those of tools, and which of them were written after a moment."""
    lines: list[str] = []
    written: list[str] = []
    for path in _project_files():
        full = f"{importing.project()}/{path}"
        lines.append(f"{path} {facts.file_digest(full)} {mode(full)}")
        if since is not None and _written(full) >= since:
            written.append(path)
    lines += git_state.told(os.path.realpath(importing.project()))
    return short("\n".join(lines)), written


def _written(path: str) -> float:
    try:
        return os.stat(path).st_mtime  # noqa: PTH116 (speed)
    except OSError:
        return 0.0


def _project_files() -> Iterator[str]:
    root = importing.project()
    for folder, folders, names in os.walk(root):
        inside = folder[len(root) :].lstrip("/")
        if inside and not _MARKS.isdisjoint(names):
            folders.clear()
            continue
        folders[:] = sorted(one for one in folders if one not in _TOOLS and one not in _HIDDEN_TOOLS)
        yield from (f"{inside}/{name}" if inside else name for name in sorted(names) if not name.endswith(".pyc"))


def stamp(path: str) -> tuple[int, int, int, int] | None:
    """What tells a file from an earlier one of its name, as `Seen.stamps` has it."""
    try:
        found = os.stat(path)  # noqa: PTH116 (speed)
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def importable(name: str) -> bool:
    """Whether the folders on the path have a top-level module."""
    from importlib.machinery import PathFinder

    path = tuple(sys.path)
    if (name, path) not in _importable:
        try:
            _importable[name, path] = PathFinder.find_spec(name) is not None
        except (ImportError, ValueError):
            _importable[name, path] = False
    return _importable[name, path]


_importable: dict[tuple[str, tuple[str, ...]], bool] = {}


def short(text: str) -> str:
    """A digest of a text."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


# -- variables ---------------------------------------------------------------------------------------------------------

# As the compiler's check for secrets among variables has it, but for PWD, which is the working directory.
_SECRET = re.compile(
    r"(^|_)(TOKEN|SECRET|PASSWORD|PASSWD|APIKEY|API_KEY|ACCESS_KEY|PRIVATE_KEY|CREDENTIALS?)$|_PWD$", re.IGNORECASE
)
_VOLATILE = """
    _ SHLVL PWD OLDPWD COLUMNS LINES PYTHONPATH PYTHONHASHSEED WINDOWID TERM_SESSION_ID XDG_SESSION_ID INVOCATION_ID
    JOURNAL_STREAM GPG_TTY SSH_CLIENT SSH_CONNECTION SSH_TTY SSH_AUTH_SOCK TMUX TMUX_PANE STY PYTEST_CURRENT_TEST
"""
_OF_SHELLS = frozenset(_VOLATILE.split())


def variable(name: str, around: Mapping[str, str]) -> str | None:
    """A digest of a variable's value, for records are no place for values that may be secret; of one that is called so
    only whether it is there: another token gives no other result.
    """
    text = around.get(name)
    if text is None or _SECRET.search(name):
        return None if text is None else "set"
    return sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def variables(around: Mapping[str, str]) -> str:
    """A digest of the whole environment, but for what a shell keeps for itself and what a runner sets."""
    counted = (name for name in sorted(around) if name not in _OF_SHELLS and not name.startswith("ZENCOMPILE_"))
    return short("\n".join(f"{name}={variable(name, around)}" for name in counted))


def kept_stamps(found: Mapping[str, Any]) -> dict[str, list[int]]:
    """The stamps of the large files among some: by these they are known again without being read."""
    kept: dict[str, list[int]] = {}
    for path in found:
        now = known_by(placed(path))
        if now is not None and now[2] >= LARGE:
            kept[path] = list(now)
    return kept


def known_by(path: str) -> tuple[int, ...] | None:
    """What a large file is known again by: its time of change by the system, too, which nobody sets back."""
    try:
        found = os.stat(path)  # noqa: PTH116 (speed)
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
