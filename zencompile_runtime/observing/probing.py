"""What code asks about paths: no audit event tells of it, so five functions of `os` do while a step is observed; and
what it opens below a folder's descriptor, of which an event tells the name alone.

The import system keeps its own references to the system's functions: what it asks isn't seen here.
"""

from __future__ import annotations

import os
import sys
from _thread import get_ident
from collections.abc import Callable
from typing import Any

from zencompile_runtime.observing import fsspec_calls
from zencompile_runtime.observing.places import absolute, below, opened
from zencompile_runtime.observing.session import Session, quiet, state

_NAMES = ("stat", "lstat", "fstat", "access", "readlink")
_TIMES = frozenset({"stat", "lstat", "fstat"})
_MODES = frozenset({"access", "lstat", "readlink"})
_TABLES = ("supports_dir_fd", "supports_effective_ids", "supports_fd", "supports_follow_symlinks")
_ASKING = frozenset(
    {"exists", "lexists", "isfile", "isdir", "islink", "ismount", "is_file", "is_dir", "is_symlink", "is_mount"}
    | {"realpath", "_joinrealpath", "resolve", "samefile", "_stat", "stat", "lstat", "wrapped", "_exists", "makedirs"}
)
"""Functions of the standard library that tell no more than whether something is there, and of what kind."""
_HELPERS = frozenset({"genericpath", "posixpath", "ntpath", "pathlib", "pathlib._local", "pathlib._abc", "shutil"})


def _asked(session: Session, path: Any, folder: int | None, function: str) -> None:
    if isinstance(path, int):
        name = opened(path)
    else:
        name = absolute(path) if folder is None else below(folder, path)
    if name is None:
        return
    asker = sys._getframe(2).f_back
    if asker is not None and asker.f_code.co_name == "makedirs" and _module(asker) == "os":
        return  # it makes what isn't there, so that nothing depends on it
    session.probe(name)
    of_shutil = (
        asker is not None and asker.f_code.co_name in ("copymode", "copystat", "_stat") and _module(asker) == "shutil"
    )
    if (function in _MODES or of_shutil) and session.places.counts(name) and not session.is_own(name):
        session.add("modes", name)
    if of_shutil and function in _TIMES:
        session.copied.add(name)
    if function in _TIMES and session.places.counts(name):
        frame: Any = sys._getframe(2)
        while frame is not None and frame.f_code.co_name in _ASKING and _module(frame) in _HELPERS:
            if frame.f_code.co_name not in ("stat", "lstat", "_stat"):
                return
            frame = frame.f_back
        if frame is not None and (_module(frame).partition(".")[0] not in _UNINTERESTED or fsspec_calls.is_told(frame)):
            session.told_times(name)


def _opened_below(session: Session, path: Any, flags: int, folder: int) -> None:
    """A file was opened relative to a folder that is open."""
    name = below(folder, path)
    if name is None or os.path.isabs(os.fsdecode(path)):  # noqa: PTH117
        return
    if flags & (os.O_TRUNC | os.O_EXCL):
        session.wrote(name)
    elif flags & (os.O_WRONLY | os.O_RDWR):
        session.appended(name)
    else:
        session.read(name)


_UNINTERESTED = frozenset(
    {
        "importlib",
        "zencompile_runtime",
        "linecache",
        "tempfile",
        "os",
        "inspect",
        "subprocess",
        "shutil",
        "fsspec",
    }
)


def _module(frame: Any) -> str:
    return str(frame.f_globals.get("__name__", ""))


def _open_watched(path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
    session = state.session if dir_fd is not None else None
    if session is not None and dir_fd is not None and get_ident() not in state.quiet:
        with quiet():
            try:
                _opened_below(session, path, flags, dir_fd)
            except Exception as error:  # user code is not to meet it
                session.refuse(f"observing os.open failed: {error!r}")
    return int(_real["open"](path, flags, mode, dir_fd=dir_fd))


def _wrapped(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def wrapped(path: Any, *arguments: Any, **options: Any) -> Any:
        session = state.session
        thread = get_ident()
        if session is not None and thread not in state.quiet:
            state.quiet.add(thread)
            try:
                _asked(session, path, options.get("dir_fd"), name)
            except Exception as error:  # user code is not to meet it
                session.refuse(f"observing os.{name} failed: {error!r}")
            finally:
                state.quiet.discard(thread)
        return function(path, *arguments, **options)

    return _named(wrapped, name, function)


def _named(ours: Callable[..., Any], name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Our function, called and documented like the one that it stands for."""
    ours.__name__ = ours.__qualname__ = name
    ours.__module__ = "os"
    ours.__doc__ = function.__doc__
    ours.__text_signature__ = getattr(function, "__text_signature__", None)  # type: ignore[attr-defined]
    return ours


_real: dict[str, Callable[..., Any]] = {name: getattr(os, name) for name in (*_NAMES, "open") if hasattr(os, name)}
_ours = {name: _wrapped(name, function) for name, function in _real.items() if name != "open"}
_ours["open"] = _named(_open_watched, "open", os.open)


def watch() -> None:
    """Begin to look at what is asked."""
    _put(_real, _ours)


def release() -> None:
    """Let the functions of `os` be the system's."""
    _put(_ours, _real)


def _put(before: dict[str, Callable[..., Any]], after: dict[str, Callable[..., Any]]) -> None:
    for name, function in before.items():
        if getattr(os, name) is not function:
            continue  # somebody has put another in its place
        setattr(os, name, after[name])
        for table in _TABLES:
            functions: set[Any] = getattr(os, table, set())
            if function in functions:
                functions.add(after[name])
    accessor = getattr(sys.modules.get("pathlib"), "_NormalAccessor", None)  # Python 3.10
    if accessor is not None:
        for name, function in after.items():
            if name in vars(accessor):
                setattr(accessor, name, staticmethod(function))
