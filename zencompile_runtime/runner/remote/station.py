"""A process on an engine's worker that runs steps as the local executor does: each in a process forked for it.

Its worker holds a socket to it, by which steps come, each with a socket of its own (see `outpost`). When the first is
closed, everything here ends; when a step's is, that step.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import socket
import struct
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from zencompile_runtime import facts
from zencompile_runtime.errors import ConfigurationFault, Failure, Fault
from zencompile_runtime.runner import execute
from zencompile_runtime.runner.options import clients_of
from zencompile_runtime.runner.remote import begun, requests
from zencompile_runtime.runner.scheduler import Outcome, Task
from zencompile_runtime.runner.workers import outcomes
from zencompile_runtime.runner.workers.processes import Processes
from zencompile_runtime.store import layout
from zencompile_runtime.store import open as open_store
from zencompile_runtime.version import VERSION

IDLE = 120.0  # seconds without a step after which a station ends: its worker starts another when it needs one
_FRAME = struct.Struct("!cI")
_LENGTH = struct.Struct("!I")


class Station(Processes):
    """Runs the steps that come by `control`."""

    def __init__(self, control: socket.socket, hello: Mapping[str, Any]) -> None:
        clients = clients_of(hello["store"])
        super().__init__(
            Path(hello["project"]),
            self._say,
            hello["isolation"] or ("fork" if sys.platform.startswith("linux") else "full"),
            lambda spec: (*execute.imports_of(spec), *clients),
            (*hello["preload"], *clients),
        )
        self.control = control
        self.hello = hello
        self._busy = time.monotonic()
        self._steps: dict[Task, socket.socket] = {}
        self._given: dict[Task, dict[str, str]] = {}
        self._selector.register(control, selectors.EVENT_READ, self._arrival)

    def serve(self) -> NoReturn:
        """Until the worker is gone, or has had nothing to do for a while."""
        while True:
            for task, outcome in self.wait(IDLE):
                self._answer_step(task, outcome)
            if not self._steps and time.monotonic() - self._busy > IDLE:
                self._leave()

    def surrounding(self, task: Task) -> Mapping[str, str]:
        """What the engine gave this step: its devices, for one."""
        return self._given.get(task, {})

    # -- steps ---------------------------------------------------------------------------------------------------------

    def _arrival(self) -> None:
        """A step comes, or the worker goes."""
        try:
            data, descriptors, _, _ = socket.recv_fds(self.control, 1, 1)
        except OSError:
            data, descriptors = b"", []
        if not data:
            self._leave()
        for descriptor in descriptors:
            connection = socket.socket(fileno=descriptor)
            connection.set_inheritable(False)
            self._begin(connection)

    def _begin(self, connection: socket.socket) -> None:
        self._busy = time.monotonic()
        try:
            given = json.loads(_message(connection))
            request = requests.read(_message(connection))
        except (EOFError, OSError):
            connection.close()
            return
        task = request.task
        earlier = self._steps.pop(task, None)
        if earlier is not None:  # of an attempt that nobody waits for any more
            self._drop(earlier)
        self._steps[task], self._given[task] = connection, given
        self._selector.register(connection, selectors.EVENT_READ, lambda: self._heard(task, connection))
        try:
            found = self._found(request) if request.once else None
            if found is None:
                self.start(task, request.spec, request.known)
        except Fault as fault:
            failure = Failure(fault.kind, type(fault).__name__, fault.message, help=fault.help)
            found = outcomes.failed(failure, retry=fault.kind == "infrastructure")
        if found is not None:
            self._answer_step(task, found)

    def _found(self, request: requests.Request) -> Outcome | None:
        """What is known of a step that has begun elsewhere; it is marked as begun, if it has not."""
        return begun.Mark(self.hello["token"], request.spec).set(open_store(request.spec.store))

    def _heard(self, task: Task, connection: socket.socket) -> None:
        """Somebody wants the step to end, or waits for it no more."""
        try:
            data = connection.recv(64)
        except OSError:
            data = b""
        now = time.monotonic()
        for job in self._jobs.values():
            if job.task == task and not job.told:
                for _ in data or b"cc":
                    self._cancel(job, now)
        if not data:
            if self._steps.get(task) is connection:
                del self._steps[task]
            self._drop(connection)
        self._enforce(now)

    def _say(self, task: Task, data: bytes) -> None:
        connection = self._steps.get(task)
        if connection is not None:
            self._send(connection, b"o", data)
        elif not task.id:
            sys.stderr.buffer.write(data)
            sys.stderr.flush()

    def _answer_step(self, task: Task, outcome: Outcome) -> None:
        self._busy = time.monotonic()
        self._given.pop(task, None)
        connection = self._steps.pop(task, None)
        if connection is not None:
            self._send(connection, b"r", requests.answer(outcome))
            self._drop(connection)

    def _send(self, connection: socket.socket, kind: bytes, data: bytes) -> None:
        with contextlib.suppress(OSError):  # nobody waits any more
            connection.sendall(_FRAME.pack(kind, len(data)) + data)

    def _drop(self, connection: socket.socket) -> None:
        self._unregister(connection)
        connection.close()

    def _leave(self) -> NoReturn:
        """End everything."""
        self._unregister(self.control, *self._steps.values())
        with contextlib.suppress(Exception):
            self.close(hurry=True)
        os._exit(0)

    def close(self, hurry: bool = False) -> None:
        """End all steps at once: nobody is left to hear of them."""
        for job in list(self._jobs.values()):
            self._kill(job, signal.SIGKILL)
        super().close(hurry)


def _message(connection: socket.socket) -> bytes:
    return _exactly(connection, _LENGTH.unpack(_exactly(connection, _LENGTH.size))[0])


def _exactly(connection: socket.socket, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise EOFError
        data += part
    return bytes(data)


def check(hello: Mapping[str, Any]) -> None:
    """Raise Fault if steps of the run can't run here; what it says follows "the worker on HOST"."""
    if hello["version"] != VERSION:
        raise ConfigurationFault(
            f"has another version of the runtime ({VERSION}) than the runner ({hello['version']})",
            help="compile the pipeline again, into a folder that all machines share",
        )
    facts.use_roots(hello["pipeline"])
    store = open_store(hello["store"])
    document = store.read_document(layout.run_key(hello["pipeline"], hello["run"]))
    if document is None or document.get("started") != hello["started"]:
        raise ConfigurationFault(
            f"doesn't see the runner's store {hello['store']}",
            help="choose a folder that all machines share, or a URL, with --store",
        )


def main() -> None:
    """Argument 1 is the descriptor of the control socket; the working directory is the source root."""
    control = socket.socket(fileno=int(sys.argv[1]))
    control.set_inheritable(False)
    del sys.argv[1:]
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    hello = json.loads(_message(control))
    try:
        check(hello)
        station = Station(control, hello)
    except Fault as fault:
        said: Any = {"kind": fault.kind, "message": fault.message, "help": fault.help}
        control.sendall(json.dumps(said).encode() + b"\n")
        sys.exit(0)
    control.sendall(b"null\n")
    station.serve()
