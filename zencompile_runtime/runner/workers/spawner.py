"""The process that starts the processes of steps, each a new interpreter; the server that forks them builds on it.

Every step's process leads a session of its own, so that a signal reaches all that it started, and the terminal's Ctrl-C
none of it. What a step leaves running ends with it. One that went its own way, in a session of its own and without its
parents, ends when all steps have ended that may have started it. When the runner is gone, everything here ends.

Messages to it: ("start", …) for a process that will get a step, here with the variables of its environment; ("given",
pid, time) when it got one, for before it started nothing.
From it: ("ready", pid) with the descriptor on which the process takes its Request and answers, ("ended", pid, status).
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import socket
import sys
import time
from typing import Any

from zencompile_runtime import machine
from zencompile_runtime.runner.workers import lineage, wire

_CHILD = "import sys; sys.path[:] = filter(None, sys.path); from zencompile_runtime.runner.workers.child import main"
_PATIENCE = 1.0  # seconds until what was killed is gone, as it is at once but for one that waits for a dead disk


class Spawner:
    """Starts, reaps, reports."""

    def __init__(self, control: socket.socket) -> None:
        lineage.adopt()
        self.control = control
        self.children: dict[int, str | None] = {}  # processes of steps, and since when each may start others
        self._orphans: dict[int, set[int]] = {}  # what lost its parents, and the steps that may have started it
        self._spared: set[int] = set()  # what the pipeline's own hooks started
        self._wake, wake = os.pipe()
        os.set_blocking(self._wake, False)
        os.set_blocking(wake, False)
        self._descriptors = [self._wake, wake]
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    def serve(self) -> None:
        """Until the runner is gone."""
        selector = selectors.DefaultSelector()
        selector.register(self.control, selectors.EVENT_READ, self._message)
        selector.register(self._wake, selectors.EVENT_READ, self._reap)
        self._selector = selector
        try:
            while True:
                for key, _ in selector.select():
                    key.data()
        except (EOFError, ConnectionError, BrokenPipeError):
            os._exit(0)  # the keeper ends what is left

    def _message(self) -> None:
        (kind, *rest), _ = wire.receive(self.control)
        self.answer(kind, *rest)

    def answer(self, kind: str, *rest: Any) -> None:
        """Do what the runner asks for."""
        if kind == "given":
            self._given(*rest)
            return
        ours, theirs = socket.socketpair()
        with ours, theirs:
            pid = self.start(theirs, *rest)
            self.children[pid] = machine.started(pid)
            wire.send(self.control, ("ready", pid), [ours.fileno()])

    def _given(self, pid: int, at: str | None) -> None:
        if pid in self.children:
            self.children[pid] = at
        if self._orphans:  # what is older than that step isn't its
            self._end_orphans([])

    def start(self, connection: socket.socket, *what: Any) -> int:
        """Start a process that waits for its step; its process id."""
        [variables] = what
        import subprocess  # the server, which builds on this, needs it not

        process = subprocess.Popen(
            [sys.executable, "-c", f"{_CHILD}; main()", str(connection.fileno()), str(os.getpid())],
            pass_fds=[connection.fileno()],
            env={**os.environ, **variables},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        process.returncode = 0  # it is reaped here, and not by this object
        return process.pid

    # -- the ends of processes -----------------------------------------------------------------------------------------

    def _reap(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._wake, 1024)
        ended = [pid for pid in self.children if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)]
        for pid in ended:
            lineage.kill_group(pid, signal.SIGKILL)  # what the step left behind; the pid is still its own
        self._end_orphans(ended)
        for pid in ended:
            _, status = os.waitpid(pid, 0)
            del self.children[pid]
            wire.send(self.control, ("ended", pid, os.waitstatus_to_exitcode(status)))

    def spare(self) -> None:
        """Let what is running now, and is of no step, live as long as this process."""
        self._spared.update(self._adopted())

    def _adopted(self) -> list[int]:
        return [pid for pid in lineage.children(os.getpid()) if pid not in self.children and pid not in self._spared]

    def _end_orphans(self, ended: list[int]) -> None:
        """End what was started by steps that have ended; what may be another's lives on."""
        limit = time.monotonic() + _PATIENCE
        while True:
            over = [pid for pid in self._adopted() if self._is_over(pid, ended)]
            if not over or time.monotonic() >= limit:
                return
            lineage.end([one for pid in over for one in (pid, *lineage.descendants(pid))])
            time.sleep(0.0005)

    def _is_over(self, orphan: int, ended: list[int]) -> bool:
        """Whether an adopted process runs, and no step that goes on may have started it."""
        if _session(orphan) == _session(0):
            return False  # it is of the pipeline's hooks: steps have sessions of their own
        with contextlib.suppress(ChildProcessError):
            if os.waitpid(orphan, os.WNOHANG)[0]:
                self._orphans.pop(orphan, None)
                return False
        owners = self._orphans.setdefault(orphan, self._owners(orphan))
        owners &= self._owners(orphan)
        owners.difference_update(ended)
        return not owners & self.children.keys()

    def _owners(self, orphan: int) -> set[int]:
        """The steps that may have started a process: that whose session it is in, else all that are older."""
        session = _session(orphan)
        if session in self.children:
            return {session}
        since = machine.started(orphan)
        return {pid for pid, begun in self.children.items() if not since or not begun or int(begun) <= int(since)}


def _session(pid: int) -> int | None:
    with contextlib.suppress(OSError):
        return os.getsid(pid)
    return None
