"""A process beside the runner that does something when the runner ends without having called it off.

What a runner starts whose steps are no descendants of a `keeper` (containers of a daemon, children of steps that run
in the runner's own process) would outlive it. The watcher holds the run's lock until they are gone.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
import sys
import time
from collections.abc import Callable, Mapping, MutableMapping

from zencompile_runtime import machine
from zencompile_runtime.runner.workers import lineage

TOKEN = "ZENCOMPILE_RUNNER"  # in the environment of a runner that runs steps itself, and of all that those start
_EVERY = 0.2  # seconds between two looks where the system doesn't say by itself that a process has ended


class Watcher:
    """Calls `act` in a process of its own if this one ends before `leave` is called.

    That is forked here, so no other thread should be at work, and nothing of the user's. It keeps the descriptor
    `kept`, and no other one.
    """

    def __init__(self, act: Callable[[], None], kept: int | None = None) -> None:
        self._done, done = os.pipe()
        os.set_inheritable(done, False)
        runner = os.getpid()
        self._pid = os.fork()
        if self._pid == 0:
            status = 1
            try:
                os.close(done)
                _settle({self._done, kept})
                if _ends_without_a_word(runner, self._done):
                    act()
                status = 0
            finally:
                os._exit(status)
        os.close(self._done)
        self._done = done

    def leave(self) -> None:
        """The runner comes to its end: there is nothing to do."""
        with contextlib.suppress(OSError):
            os.write(self._done, b".")
            os.close(self._done)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self._pid, 0)


def _settle(kept: set[int | None]) -> None:
    """Become a process that shares nothing with the runner but some descriptors."""
    sys.settrace(None)
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    null = os.open(os.devnull, os.O_RDWR)
    for fd in range(3):
        os.dup2(null, fd)
    for fd in lineage.descriptors():
        if fd > 2 and fd not in kept:
            with contextlib.suppress(OSError):
                os.close(fd)


def _ends_without_a_word(runner: int, done: int) -> bool:
    """Wait for the end of the runner; whether it came unannounced. What the runner forked may hold the other end of the
    pipe as well, so that alone tells nothing.
    """
    waiting = select.poll()
    waiting.register(done, select.POLLIN)
    patience: float | None = _EVERY * 1000
    with contextlib.suppress(AttributeError, OSError):
        waiting.register(os.pidfd_open(runner), select.POLLIN)
        patience = None
    while os.getppid() == runner:
        if any(fd == done for fd, _ in waiting.poll(patience)):
            break
    return not (select.select([done], [], [], 0)[0] and os.read(done, 1))


def debugged() -> bool:
    """Whether a debugger is at work that follows the processes that this one forks."""
    return "debugpy" in sys.modules or "pydevd" in sys.modules


def token() -> str:
    """What marks this process, and whatever it starts, from now on: it stays the same where this one executes anew."""
    return f"{os.getpid()}-{machine.started(os.getpid()) or time.time_ns()}"


def bears(mine: str, environment: Mapping[str, str]) -> bool:
    """Whether an environment has the token; it has those of runners around it, too."""
    return mine in environment.get(TOKEN, "").split(":")


def began_marked(mine: str) -> bool:
    """Whether this process had the token when it began: so has all that it forks, and nothing in it is older."""
    return bears(mine, _environment(os.getpid()))


def mark(mine: str, environment: MutableMapping[str, str]) -> None:
    """Put the token into an environment."""
    if not bears(mine, environment):
        environment[TOKEN] = ":".join(filter(None, (environment.get(TOKEN), mine)))


def end_bearers(mine: str) -> None:
    """Kill all processes that have the token in the environment that they, or those they were forked from, were
    started with; again until there is none.
    """
    while found := [pid for pid in lineage.everyone() if pid != os.getpid() and bears(mine, _environment(pid))]:
        lineage.end(found)
        time.sleep(0.002)


def _environment(pid: int) -> dict[str, str]:
    """The token's variable of a process."""
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:  # noqa: PTH123 (a name, not a path)
            found = re.search(rb"(?:^|\0)" + TOKEN.encode() + rb"=([^\0]*)", file.read())
    except OSError:
        return {}
    return {TOKEN: found[1].decode("ascii", "replace")} if found else {}
