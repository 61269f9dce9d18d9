"""How writers and whoever prunes keep out of each other's way in a folder.

A writer that is about to point at a blob sets its time to now under a shared lock; a sweep looks at the time and
removes the blob under an exclusive one. So a blob that was renewed stays, and one that was swept can't be renewed. The
lock is the system's own on the file `.lock`: it ends with its process, however that ends. Where a file system knows no
such locks, blobs are safe by their age alone.
"""

from __future__ import annotations

import contextlib
import math
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from zencompile_runtime import machine
from zencompile_runtime.own import os, time

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

LOCK = ".lock"
PATIENCE = 2.0  # seconds that a sweep waits for writers
ELSEWHERE = 24 * 3600.0  # seconds without a sign of life after which a writer on another machine counts as ended


@dataclass(frozen=True)
class Entry:
    """What lies under a key. `size` is in bytes, `modified` in seconds since the epoch."""

    key: str
    size: int
    modified: float


@contextlib.contextmanager
def shared(root: Path) -> Iterator[None]:
    """Keep every sweep of the store from deciding; costs a few microseconds where none is at work."""
    fd = _locked(root, exclusive=False)
    try:
        yield
    finally:
        if fd is not None:
            os.close(fd)


@contextlib.contextmanager
def exclusive(root: Path) -> Iterator[bool]:
    """Keep every writer from renewing; False if one doesn't let go for PATIENCE seconds."""
    fd = _locked(root, exclusive=True)
    try:
        yield fd is not None
    finally:
        if fd is not None and fd >= 0:
            os.close(fd)


def _locked(root: Path, exclusive: bool) -> int | None:
    """The descriptor that holds the lock; None without a lock, -1 for a sweep where locks are not to be had."""
    without = -1 if exclusive else None
    if fcntl is None:
        return without
    path = f"{root}{os.sep}{LOCK}"
    try:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except PermissionError:  # another user made it: most locks can be had all the same
        try:
            fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return without
    except OSError:  # no store yet, or one that can't be written to
        return without
    try:
        if not exclusive:
            fcntl.flock(fd, fcntl.LOCK_SH)
            return fd
        end = time.monotonic() + PATIENCE
        while True:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return fd
            except BlockingIOError:
                if time.monotonic() >= end:
                    os.close(fd)
                    return None
                time.sleep(0.001)
    except OSError:  # a file system without locks
        os.close(fd)
        return without


# -- unfinished writes -------------------------------------------------------------------------------------------------

_me = (0, "")


def writer() -> str:
    """Who writes, as the names of unfinished writes begin: `<machine>-<process id>-@<its start>`."""
    global _me
    pid = os.getpid()
    if _me[0] != pid:
        _me = (pid, f"{machine.short_name()}-{pid}-@{machine.started(pid) or ''}")
    return _me[1]


def has_ended(name: str) -> bool | None:
    """Whether the process has ended whose `writer` a name begins with; None if that can't be known, or there is none.

    Names of older versions have no start.
    """
    host, _, rest = name.partition("-")
    process, _, rest = rest.partition("-")
    if host != machine.short_name() or not process.isdigit():
        return None
    start = rest.partition("-")[0]
    return not machine.exists(int(process), start[1:] or None if start.startswith("@") else None)


def abandoned(root: Path, before: float) -> Iterator[Entry]:
    """Files and folders in `tmp/` whose writers have ended, and that were last touched before `before`."""
    folder = root / "tmp"
    for name in sorted(os.listdir(folder)) if folder.is_dir() else ():
        host, _, rest = name.partition("-")
        if len(host) != 8 or not rest.partition("-")[0].isdigit():
            continue
        size, modified = _extent(folder / name)
        if modified < (before if has_ended(name) else before - ELSEWHERE):
            yield Entry(f"tmp/{name}", size, modified)


def _extent(path: Path) -> tuple[int, float]:
    """Bytes and newest time of a file, or of a folder and all in it; links are not followed.

    A writer may finish meanwhile: what is gone doesn't count, and (0, infinity) says that all is gone.
    """
    size, newest = 0, -math.inf
    inside = (os.path.join(parent, name) for parent, _, names in os.walk(path) for name in (".", *names))
    for one in (str(path), *inside):
        with contextlib.suppress(OSError):
            found = os.lstat(one)
            size += 0 if stat.S_ISDIR(found.st_mode) else found.st_size
            newest = max(newest, found.st_mtime)
    return size, math.inf if newest == -math.inf else newest
