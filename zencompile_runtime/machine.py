"""Which process of which machine something is: told apart from another one that got the same number later.

A process id says little alone: it is given again, another machine has it too, and so has a container, whose ids are a
space of their own. With the id of the system's boot and the time that the process started at, counted since then, it
is one process for ever; no clock that somebody sets has a part in it.
"""

from __future__ import annotations

import contextlib
import os
import platform
import time
import zlib
from collections.abc import Mapping
from typing import Any

from zencompile_runtime.own import read_bytes

_STARTED = 19  # of the fields of /proc/<pid>/stat behind the command's name: see proc(5), `starttime`
_STATE, _PARENT = 0, 1
_DEAD = ("Z", "X")


def identity() -> dict[str, Any]:
    """This process, for a document that others read."""
    found = {"name": platform.node(), "pid": os.getpid(), "python": platform.python_version()}
    mine = {"started": started(os.getpid()), "boot": boot(), "space": space()}
    return found | {name: text for name, text in mine.items() if text}


def lives(host: Mapping[str, Any] | None) -> bool | None:
    """Whether the process that `identity` described is still there; None where this process can't tell.

    What older versions wrote has a name and a process id alone.
    """
    if not host or host.get("name") != platform.node():
        return None
    if host.get("boot") not in (None, boot()):
        return False  # the machine was started again
    if host.get("space") not in (None, space()):
        return None
    try:
        return exists(int(host["pid"]), host.get("started"))
    except (KeyError, TypeError, ValueError):
        return False


def exists(pid: int, since: str | None = None) -> bool:
    """Whether there is such a process: that which started at `since`, where that is known. A zombie is none."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:  # somebody else's
        pass
    fields = status(pid)
    if fields is None:
        return True
    return fields[_STATE] not in _DEAD and since in (None, fields[_STARTED])


def started(pid: int) -> str | None:
    """When a process started, in the system's own count; None where that can't be known."""
    fields = status(pid)
    return None if fields is None else fields[_STARTED]


def now() -> str | None:
    """The time as `started` counts it, or None."""
    if not hasattr(time, "CLOCK_BOOTTIME"):
        return None
    return str(int(time.clock_gettime(time.CLOCK_BOOTTIME) * os.sysconf("SC_CLK_TCK")))


def parent(pid: int) -> int | None:
    """The parent of a process that is no zombie."""
    fields = status(pid)
    return None if fields is None or fields[_STATE] in _DEAD else int(fields[_PARENT])


def status(pid: int) -> list[str] | None:
    """The fields of /proc/<pid>/stat behind the command's name, which may hold anything."""
    try:
        text = read_bytes(f"/proc/{pid}/stat").decode("utf-8", "replace")
    except OSError:
        return None
    return text.rpartition(")")[2].split()


def boot() -> str | None:
    """An id of the time since the machine was started."""
    try:
        return read_bytes("/proc/sys/kernel/random/boot_id").decode("ascii").strip()
    except OSError:
        return None


def space() -> str | None:
    """The space of process ids that this process lives in; a container has one of its own."""
    with contextlib.suppress(OSError):
        return os.readlink("/proc/self/ns/pid")  # noqa: PTH115 (a name, not a path)
    return None


def short_name() -> str:
    """This machine and its space of process ids, in eight characters."""
    name = os.uname().nodename if hasattr(os, "uname") else os.environ.get("COMPUTERNAME", "")
    return f"{zlib.crc32((name + (space() or '')).encode('utf-8', 'surrogateescape')):08x}"
