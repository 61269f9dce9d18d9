"""Which processes descend from which, and how all of them are ended.

A process that adopts (`adopt`) gets the orphans among its descendants: so it finds a daemon, too, that forked twice and
leads a session of its own. That is Linux's alone; elsewhere orphans are found by their process group.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from typing import Any

from zencompile_runtime import machine

# linux/prctl.h
_SET_PDEATHSIG = 1
_SET_CHILD_SUBREAPER = 36
_PAUSE = 0.001  # seconds between two looks at what was killed


def adopt() -> None:
    """Let orphans among the descendants of this process become its children."""
    _control(_SET_CHILD_SUBREAPER, 1)


def end_with(parent: int) -> None:
    """Let the system kill this process when the thread that forked it ends; at once, if the parent is gone already."""
    _control(_SET_PDEATHSIG, signal.SIGKILL)
    if sys.platform == "linux" and os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def end_with_caller() -> None:
    """The same for the program that started this one to do its work, if it said so. It may have been killed."""
    caller = os.environ.pop("ZENCOMPILE_CALLER", "")
    if caller.isdigit() and int(caller) != os.getpid():
        end_with(int(caller))


def _control(option: int, value: int) -> None:
    if sys.platform == "linux":
        if not _libc:
            import ctypes

            _libc.append(ctypes.CDLL(None))
        _libc[0].prctl(option, value, 0, 0, 0)


_libc: list[Any] = []


def children(of: int) -> list[int]:
    """The children of a process, with those that have ended and were not waited for, where the system shows them."""
    listed: list[int] = []
    try:
        for thread in os.listdir(f"/proc/{of}/task"):  # noqa: PTH208 (names)
            with open(f"/proc/{of}/task/{thread}/children", "rb") as file:  # noqa: PTH123 (speed: for every step)
                listed += map(int, file.read().split())
    except OSError:  # no such process, or a kernel without that file
        return [pid for pid, parent in _all() if parent == of]
    return listed


def descendants(of: int) -> list[int]:
    """All that descend from a process, parents before their children."""
    below: dict[int, list[int]] = {}
    for pid, parent in _all():
        below.setdefault(parent, []).append(pid)
    found, pending = [], [of]
    while pending:
        next_ = below.get(pending.pop(0), [])
        found += next_
        pending += next_
    return found


def everyone() -> list[int]:
    """Every process here that is no zombie."""
    return [pid for pid, _ in _all()]


def descriptors() -> list[int]:
    """The open descriptors of this process, and maybe some that are closed."""
    for folder in ("/proc/self/fd", "/dev/fd"):
        with contextlib.suppress(OSError):
            return [int(name) for name in os.listdir(folder)]  # noqa: PTH208 (names)
    return list(range(os.sysconf("SC_OPEN_MAX")))


def _all() -> Iterator[tuple[int, int]]:
    """Process and parent of every process here that is no zombie."""
    if not os.path.isdir("/proc/self"):  # noqa: PTH112
        import subprocess

        done = subprocess.run(["ps", "-axo", "pid=,ppid=,stat="], capture_output=True, text=True, check=False)
        for line in done.stdout.splitlines():
            pid, parent, state = line.split()[:3]
            if not state.startswith("Z"):
                yield int(pid), int(parent)
        return
    for name in os.listdir("/proc"):  # noqa: PTH208
        if name.isdigit():
            above = machine.parent(int(name))
            if above is not None:
                yield int(name), above


def end(processes: Iterable[int]) -> None:
    """Kill processes, with their groups where they lead one."""
    for pid in processes:
        kill_group(pid, signal.SIGKILL)


def end_descendants() -> None:
    """Kill whatever descends from this process, which adopts, until nothing does: then it has no child any more."""
    while _has_children():
        end(descendants(os.getpid()))
        if _has_children():
            time.sleep(_PAUSE)


def _has_children() -> bool:
    """Whether there is a child left, when note was taken of all that have ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True


def ends_within(child: int, seconds: float) -> bool:
    """Whether a child ends before so much time is over; nobody has waited for it yet, and nobody has then. It is told
    at once, where the system can: `Popen.wait` looks every now and then.
    """
    limit = time.monotonic() + seconds
    with contextlib.suppress(AttributeError, OSError):
        fd = os.pidfd_open(child)
        waiting = select.poll()
        waiting.register(fd, select.POLLIN)
        try:
            return bool(waiting.poll(seconds * 1000))
        finally:
            os.close(fd)
    while not os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT):
        if time.monotonic() >= limit:
            return False
        time.sleep(_PAUSE)
    return True


def kill_group(leader: int, which: int) -> None:
    """Send a signal to a step's process and to all that it started."""
    try:
        os.killpg(leader, which)
    except ProcessLookupError:  # it is so young that it leads no group yet, or it is gone
        with contextlib.suppress(ProcessLookupError):
            os.kill(leader, which)
    except PermissionError:  # macOS says so of a group of zombies
        pass
