"""The process that forks the processes of steps.

It imports third-party libraries when the first step that needs one comes, so that they are imported once a run; user
code is imported in the forked processes alone. For what it shares with one that starts new interpreters see `spawner`.

Messages to it: ("start", (pipeline, entrypoint), modules to import before) for a process that will get a step like
that; ("init", …) and ("cleanup", …) run a pipeline's hooks here, where they see and keep one state for all steps. From
it: ("hooked", failure or None), and those of `spawner`.
"""

from __future__ import annotations

import gc
import importlib
import os
import signal
import socket
import warnings
from typing import Any, NoReturn

from zencompile_runtime import intact, observing
from zencompile_runtime.runner.execute import acquaint, run_hook, warm_up
from zencompile_runtime.runner.workers import child, lineage, outcomes, wire
from zencompile_runtime.runner.workers.rehearsal import Rehearsal
from zencompile_runtime.runner.workers.spawner import Spawner

REHEARSALS = 3  # by then the interpreter has adapted to the code that each step runs through


class Server(Spawner):
    """Forks, reaps, reports."""

    def __init__(self, control: socket.socket) -> None:
        warm_up()
        self.rehearsal = Rehearsal()
        for _ in range(REHEARSALS):
            self.rehearsal.play()
        self.state: Any = None
        self.imported: set[str] = set()
        super().__init__(control)

    def answer(self, kind: str, *rest: Any) -> None:
        if kind in ("init", "cleanup"):
            wire.send(self.control, ("hooked", self._hook(kind, *rest)))
        else:
            super().answer(kind, *rest)

    def start(self, connection: socket.socket, *what: Any) -> int:
        """Fork a process that waits for its step."""
        step, modules = what
        for name in modules:
            if name not in self.imported:
                self._import(name)
        acquaint(*step)
        intact.prepare()
        gc.freeze()  # what is here now never becomes garbage, so no collection touches, and copies, its pages
        server = os.getpid()
        pid = _fork()
        if pid == 0:
            self._become_a_step(connection, server)
        return pid

    def _become_a_step(self, connection: socket.socket, server: int) -> NoReturn:
        """What a forked process does: it waits for its step, runs it and ends."""
        status = outcomes.BROKEN
        try:
            lineage.end_with(server)
            os.setsid()
            signal.set_wakeup_fd(-1)
            child.settle()
            self._selector.close()
            self.control.close()
            for descriptor in self._descriptors:
                os.close(descriptor)
            gc.enable()
            if not wire.pending(connection):
                self.rehearsal.play(enough=lambda: wire.pending(connection))
            try:
                request, [output] = wire.receive(connection, 1)
            except (EOFError, ConnectionError):
                os._exit(0)  # there is no step for it
            status = child.run(request, connection, output, self.state)
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            intact.leave(status)

    def _import(self, name: str) -> None:
        self.imported.add(name)
        try:
            with observing.ahead():
                importlib.import_module(name)
        except BaseException:  # the step that needs it will say what is wrong
            return

    def _hook(self, kind: str, *arguments: Any) -> Any:
        failure, state = run_hook(kind, *arguments)
        self.spare()
        if kind == "init":
            self.state = state
        return failure


def _fork() -> int:
    """Fork. That libraries have started threads is known; those of `jobs.PRELOADED` restart them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()
