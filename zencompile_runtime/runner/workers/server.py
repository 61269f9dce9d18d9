"""The process that forks the processes of steps.

It imports third-party libraries when the first step that needs one comes, so that they are imported once a run; user
code is imported in the forked processes alone. Every forked process leads a session of its own, so that a signal
reaches all that a step started, and the terminal's Ctrl-C none of it. When the runner is gone, everything here ends.

Messages to it: ("fork", (pipeline, entrypoint), modules to import before) for a process that will get a step like that;
("init", …) and ("cleanup", …) run a pipeline's hooks here, where they see and keep one state for all steps.
From it: ("ready", pid) with the descriptor on which the process takes its Request and answers, ("ended", pid, status),
("hooked", failure or None).
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import selectors
import signal
import socket
import sys
import warnings
from typing import Any, NoReturn

from zencompile_runtime.runner.execute import acquaint, run_hook, warm_up
from zencompile_runtime.runner.workers import child, wire
from zencompile_runtime.runner.workers.rehearsal import Rehearsal

# Libraries that are known to bear a fork after their import, for their own tools fork too.
PRELOADED = frozenset(
    {"joblib", "matplotlib", "numpy", "pandas", "PIL", "pyarrow", "pydantic", "scipy", "sklearn", "torch"}
)
REHEARSALS = 3  # by then the interpreter has adapted to the code that each step runs through


class Server:
    """Forks, reaps, reports."""

    def __init__(self, control: socket.socket) -> None:
        self.control = control
        self.rehearsal = Rehearsal()
        for _ in range(REHEARSALS):
            self.rehearsal.play()
        self.children: set[int] = set()
        self.state: Any = None
        self.imported: set[str] = set()
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
            for pid in self.children:
                kill_group(pid, signal.SIGKILL)
            os._exit(0)

    def _message(self) -> None:
        (kind, *rest), _ = wire.receive(self.control)
        if kind == "fork":
            self._fork(*rest)
        else:
            wire.send(self.control, ("hooked", self._hook(kind, *rest)))

    def _fork(self, step: tuple[str, str], modules: tuple[str, ...]) -> None:
        """Fork a process that waits for its step."""
        for name in modules:
            if name not in self.imported:
                self._import(name)
        acquaint(*step)
        ours, theirs = socket.socketpair()
        gc.freeze()  # what is here now never becomes garbage, so no collection touches, and copies, its pages
        pid = _fork()
        if pid == 0:
            ours.close()
            self._become_a_step(theirs)
        self.children.add(pid)
        wire.send(self.control, ("ready", pid), [ours.fileno()])
        ours.close()
        theirs.close()

    def _become_a_step(self, connection: socket.socket) -> NoReturn:
        """What a forked process does: it waits for its step, runs it and ends."""
        status = 70
        try:
            os.setsid()
            signal.set_wakeup_fd(-1)
            child.settle()
            self._selector.close()
            self.control.close()
            for descriptor in self._descriptors:
                os.close(descriptor)
            gc.enable()
            if not wire.pending(connection):
                self.rehearsal.play()
            try:
                request, [output] = wire.receive(connection, 1)
            except (EOFError, ConnectionError):
                os._exit(0)  # there is no step for it
            child.run(request, connection, output, self.state)
            status = 0
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            child.leave(status)
        raise AssertionError("a child came back")

    def _import(self, name: str) -> None:
        self.imported.add(name)
        try:
            importlib.import_module(name)
        except BaseException:  # the step that needs it will say what is wrong
            return

    def _hook(self, kind: str, *arguments: Any) -> Any:
        failure, state = run_hook(kind, *arguments)
        if kind == "init":
            self.state = state
        return failure

    def _reap(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._wake, 1024)
        for pid in list(self.children):
            if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                continue
            kill_group(pid, signal.SIGKILL)  # what the step left behind; the pid is still its own
            _, status = os.waitpid(pid, 0)
            self.children.remove(pid)
            wire.send(self.control, ("ended", pid, os.waitstatus_to_exitcode(status)))


def _fork() -> int:
    """Fork. That libraries have started threads is known; those of `PRELOADED` restart them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def kill_group(leader: int, which: int) -> None:
    """Send a signal to a step's process and to all that it started."""
    try:
        os.killpg(leader, which)
    except ProcessLookupError:  # it is so young that it leads no group yet, or it is gone
        with contextlib.suppress(ProcessLookupError):
            os.kill(leader, which)
    except PermissionError:  # macOS says so of a group of zombies
        pass


def main() -> None:
    """Argument 1 is the descriptor of the control socket; the working directory is the source root."""
    control = socket.socket(fileno=int(sys.argv[1]))
    control.set_inheritable(False)
    del sys.argv[1:]
    gc.disable()
    warm_up()
    child.by_lines()
    Server(control).serve()
