"""Which processes descend from which, and how all of them are ended.

A process that adopts (`adopt`) gets the orphans among its descendants: so it finds a daemon, too, that forked twice and
leads a session of its own. That is Linux's alone; elsewhere orphans are found by their process group.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from typing import Any

from zencompile_runtime import machine

# linux/prctl.h
_SET_PDEATHSIG = 1
_SET_CHILD_SUBREAPER = 36
_PAUSE = 0.002  # seconds between two looks at what was killed


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


def end_descendants(of: int, patience: float | None = None) -> bool:
    """Kill whatever descends from a process that adopts, until nothing does; whether that was so before `patience`."""
    limit = None if patience is None else time.monotonic() + patience
    while found := descendants(of):
        end(found)
        if of == os.getpid():
            reap()
        if limit is not None and time.monotonic() >= limit:
            return False
        time.sleep(_PAUSE)
    return True


def reap() -> None:
    """Take note of all children that have ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def kill_group(leader: int, which: int) -> None:
    """Send a signal to a step's process and to all that it started."""
    try:
        os.killpg(leader, which)
    except ProcessLookupError:  # it is so young that it leads no group yet, or it is gone
        with contextlib.suppress(ProcessLookupError):
            os.kill(leader, which)
    except PermissionError:  # macOS says so of a group of zombies
        pass
