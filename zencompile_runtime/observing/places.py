"""Whose a path is: the project's, a library's, the system's."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

RUNTIME = str(Path(__file__).resolve().parents[1]) + os.sep
_GIVEN = str(Path(__file__).parents[1]) + os.sep  # where the path to us has links
STANDARD = tuple(
    {
        os.path.dirname(os.__file__) + os.sep,  # noqa: PTH120
        f"{sys.base_exec_prefix}/{sys.platlibdir}/python{sys.version_info[0]}.{sys.version_info[1]}/",
    }
)
_INSTALLED = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")
_SYSTEM = ("/proc/", "/sys/", "/dev/")
_VARIABLES = ("/proc/self/environ", "/proc/thread-self/environ")
_FOLDERS_OF_PROCESS = ("/proc/self/cwd/", "/proc/self/root/")
_readlink = os.readlink
_UP = f"{os.sep}..{os.sep}"
HIDDEN = frozenset({"__pycache__", ".zencompile", ".git"})
"""Folders whose content is no matter of a step's code."""
_GIT = f"{os.sep}.git{os.sep}"
_HIDDEN = tuple(f"{os.sep}{one}{os.sep}" for one in HIDDEN)
_SHARED_MEMORY = "/dev/shm/"


def is_installed(path: str) -> bool:
    """Whether a path lies among the installed libraries."""
    return _INSTALLED[0] in path or _INSTALLED[1] in path


def is_standard(path: str) -> bool:
    """Whether a path lies in the standard library, or a code's file name says that it does."""
    return (path.startswith(STANDARD) and not is_installed(path)) or path.startswith("<frozen ")


def is_runtime(path: str) -> bool:
    """Whether a path is one of our own files."""
    return path.startswith((RUNTIME, _GIVEN))


def is_projects(path: str, inside: str) -> bool:
    """Whether a folder or file below `inside` is the project's own: no library's, none of ours, not made by a tool."""
    if not path.startswith(inside) or is_installed(path) or is_runtime(path):
        return False
    return not any(one in path[len(inside) - 1 :] for one in _HIDDEN)


def is_listed_in_vain(path: str) -> bool:
    """Whether a folder is git's, but for that of branches and tags: who lists a whole project sees all of them, and
    they change with each commit.
    """
    return _GIT in f"{path}{os.sep}" and f"{_GIT}refs" not in path


_real = lru_cache(64)(os.path.realpath)  # of few folders, the same for every run


def _is_systems(path: str) -> bool:
    return path.startswith(_SYSTEM) and not path.startswith(_SHARED_MEMORY)


class Places:
    """Which paths count for a project. `ignored` are folders that don't, such as the store."""

    def __init__(self, project: str, ignored: Iterable[str] = ()) -> None:
        self.project = project.rstrip(os.sep)
        self.inside = tuple({self.project + os.sep, _real(self.project) + os.sep})
        folders = {os.path.join(os.path.abspath(one), "") for one in ignored if "://" not in one}  # noqa: PTH100, PTH118
        real = {os.path.join(_real(one), "") for one in folders}  # noqa: PTH118
        self._ignored = (*folders, *real, RUNTIME, _GIVEN)
        self._known: dict[str, bool] = {}

    def counts(self, path: str) -> bool:
        """Whether a file or folder is of any matter: not a library's, the system's, the store's or ours."""
        path = path + os.sep
        if path.startswith(self._ignored) or _is_systems(path) or any(one in path for one in _INSTALLED):
            return False
        for one in self.inside:
            if path.startswith(one):
                return is_projects(path.replace(_GIT, os.sep), one)
        return not path.startswith(STANDARD) and f"{os.sep}__pycache__{os.sep}" not in path

    def relative(self, path: str) -> str | None:
        """A path relative to the project with `/`; None if it lies elsewhere, or among libraries there."""
        if _UP in path:
            path = os.path.normpath(path)
        for one in self.inside:
            if path.startswith(one):
                return path[len(one) :].replace(os.sep, "/") if is_projects(path, one) else None
        return None


def absolute(path: Any) -> str | None:
    """The absolute path that a function of the system was given; None for a descriptor, or nothing at all."""
    if not isinstance(path, (str, bytes)):
        if isinstance(path, int) or path is None or not isinstance(path, os.PathLike):
            return None
        path = os.fspath(path)
    text = os.fsdecode(path)
    try:
        text = text if text.startswith("/") else os.path.join(os.getcwd(), text)  # noqa: PTH109, PTH118
    except OSError:  # the working directory is gone
        return None
    if _UP in text or text.startswith(_FOLDERS_OF_PROCESS):
        folder, name = os.path.split(text)  # what `..` means depends on links
        text = os.path.join(os.path.realpath(folder), name)  # noqa: PTH118
    return os.path.normpath(text)


def opened(descriptor: int) -> str | None:
    """The path of what a descriptor has open; None where it has none, or nobody tells."""
    try:
        found = _readlink(f"/proc/self/fd/{descriptor}")
    except OSError:
        return None
    return found if found.startswith("/") else None


def below(folder: int, path: Any) -> str | None:
    """The absolute path of what is named below a folder that a descriptor has open."""
    place = opened(folder)
    return None if place is None else absolute(os.path.join(place, os.fsdecode(path)))  # noqa: PTH118


def reads_variables(path: str) -> bool:
    """Whether a file of the system shows the environment."""
    return path in _VARIABLES or (path.startswith("/proc/") and path.endswith("/environ"))


def path_entries() -> list[str]:
    """The folders on the path, absolute."""
    return [os.path.abspath(one) for one in sys.path]  # noqa: PTH100
