"""The runner's side of steps that run in processes of their own."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import socket
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from zencompile_runtime import machine
from zencompile_runtime.errors import EXIT_CODES, Fault
from zencompile_runtime.runner.scheduler import Outcome, Task
from zencompile_runtime.runner.workers import LOOK, Known, Output, outcomes, starting, wire
from zencompile_runtime.runner.workers.child import Request
from zencompile_runtime.runner.workers.jobs import PRELOADED, Job, Server, read
from zencompile_runtime.runner.workers.lineage import ends_within, kill_group
from zencompile_runtime.spec import StepSpec
from zencompile_runtime.store import open as open_store
from zencompile_runtime.store.claim import CLAIMED

GRACE = 5.0  # seconds between asking a process to end and ending it
LATE = 60.0  # seconds after which a step that can't even end itself at its timeout is ended
READS = 32  # how much of a step's output is taken before others have their turn, in 64 kB
LEAVE = 30.0  # seconds that exit handlers of steps get at the end of a run


class Processes:
    """Runs each step in a process of its own. See the package for what `isolation` means."""

    here = True
    slots: int | None = None

    def __init__(
        self,
        project: Path,
        on_output: Output,
        isolation: str = "fork",
        modules: Callable[[StepSpec], tuple[str, ...]] = lambda spec: (),
        preload: tuple[str, ...] = (),
        lock: int | None = None,
    ) -> None:
        self.project, self.on_output, self.isolation, self._lock = project, on_output, isolation, lock
        self._modules, self._allowed = modules, PRELOADED | set(preload)
        self._preloaded: dict[str, tuple[str, ...]] = {}  # by entrypoint
        self._selector = selectors.DefaultSelector()
        self._servers: dict[tuple[tuple[str, str], ...], Server] = {}
        self._jobs: dict[int, Job] = {}
        self._ready: list[tuple[Task, Outcome]] = []
        self._serial = 0
        self._hooked: Any = None
        self._one_server = False
        self._woken, self._wake = os.pipe()
        for descriptor in (self._woken, self._wake):
            os.set_blocking(descriptor, False)
        self._selector.register(self._woken, selectors.EVENT_READ, self._drain_wake)

    # -- what the scheduler calls --------------------------------------------------------------------------------------

    def start(self, task: Task, spec: StepSpec, known: Known) -> None:
        """Begin to run a step."""
        declared = {name: text for name, text in spec.variables.items() if isinstance(text, str)}
        variables = {**self.surrounding(task), **declared}
        self._serial += 1
        modules = self._preloaded.get(spec.entrypoint)
        if modules is None:
            modules = tuple(name for name in self._modules(spec) if name in self._allowed)
            self._preloaded[spec.entrypoint] = modules
        reader, writer = os.pipe()
        os.set_blocking(reader, False)
        request = Request(self._serial, spec, dict(known), variables, os.environ.get(CLAIMED, ""))
        job = Job(task, request, reader, writer, time.monotonic(), modules)
        self._jobs[self._serial] = job
        self._selector.register(reader, selectors.EVENT_READ, lambda: self._output(job))
        self._submit(job)

    def surrounding(self, task: Task) -> Mapping[str, str]:
        """Environment variables that whoever placed the step has set for it."""
        return {}

    def wait(self, seconds: float | None) -> list[tuple[Task, Outcome]]:
        """What ended."""
        limit = None if seconds is None else time.monotonic() + seconds
        while not self._ready:
            now = time.monotonic()
            if limit is not None and now >= limit:
                break
            woken = self._handle(self._patience(now, limit))
            self._enforce(time.monotonic())
            if woken:
                break
        found, self._ready = self._ready, []
        return found

    def interrupt(self) -> None:
        """Make `wait` return."""
        with contextlib.suppress(BlockingIOError):
            os.write(self._wake, b"!")

    def cancel(self) -> None:
        """Ask all steps to end; a second time: end them."""
        now = time.monotonic()
        for job in self._jobs.values():
            if not job.told:
                self._cancel(job, now)
        self._enforce(now)

    def _cancel(self, job: Job, now: float) -> None:
        job.kill_at = now if job.cancelled else now + GRACE
        job.end_at = None if job.cancelled else now
        job.cancelled = True

    def close(self, hurry: bool = False) -> None:
        """Give exit handlers of steps some time, then end everything."""
        limit = time.monotonic() + (GRACE if hurry else LEAVE)
        while self._jobs and time.monotonic() < limit:
            if any(not job.told for job in self._jobs.values()):
                break
            self._handle(0.1)
        for job in list(self._jobs.values()):
            self._kill(job, signal.SIGKILL)
            self._forget(job)
        for server in self._servers.values():
            server.drop_spare()
            server.control.close()
            os.close(server.output)
        for server in self._servers.values():
            if not ends_within(server.process.pid, GRACE):
                kill_group(server.process.pid, signal.SIGKILL)
            server.process.wait()
        self._servers.clear()
        self._selector.close()
        os.close(self._woken)
        os.close(self._wake)

    def hook(self, kind: str, *arguments: Any) -> Any:
        """Run `on_init` or `on_cleanup` in the server that all steps are forked from; the Failure, or None."""
        self._one_server = True
        server = self._server({}, True)
        self._hooked = waiting = object()
        try:
            wire.send(server.control, (kind, *arguments))
            while self._hooked is waiting and server in self._servers.values():
                self._handle(None)
        except (BrokenPipeError, ConnectionError):
            self._lost(server)
        if self._hooked is waiting:
            return outcomes.crashed(server.process.wait())
        return self._hooked

    # -- processes -----------------------------------------------------------------------------------------------------

    def _server(self, variables: Mapping[str, str], preload: bool) -> Server:
        key = tuple(sorted(variables.items()))
        server = self._servers.get(key)
        if server is None:
            begun = starting.server(self.project, variables, self.isolation)
            server = Server(begun.process, begun.control, begun.output, preload, self.isolation == "fork")
            with contextlib.suppress(BrokenPipeError, ConnectionError):  # it ended: its end will be seen
                wire.send(server.control, "begin", [] if self._lock is None else [self._lock])
            self._servers[key] = server
            made = server
            self._selector.register(server.control, selectors.EVENT_READ, lambda: self._news(made))
            self._selector.register(server.output, selectors.EVENT_READ, lambda: self._server_output(made))
        return server

    def _submit(self, job: Job, preload: bool = True) -> None:
        one_for_all = self._one_server or self.isolation == "full"
        server = self._server({} if one_for_all else job.request.variables, preload)
        server.waiting.append(job)
        self._serve(server)

    def _serve(self, server: Server) -> None:
        """Give the process that is ready to who waits longest, and have another one made while it runs."""
        if server.waiting:
            server.latest = server.waiting[0]
        if server.waiting and server.spare is not None:
            if server.suits(server.waiting[0]):
                job, spare = server.waiting.popleft(), server.spare
                server.spare = None
                server.jobs[spare.pid] = job
                with contextlib.suppress(BrokenPipeError, ConnectionError):  # it was killed: its end will be told
                    wire.send(server.control, ("given", spare.pid, machine.now()))
                    job.give(spare.connection)
                    self._selector.register(spare.connection, selectors.EVENT_READ, lambda: self._answer(job))
                self._started(job, spare.pid)
            else:
                server.drop_spare()
        if server.wants:
            try:
                server.ask()
            except (BrokenPipeError, ConnectionError):
                self._lost(server)

    def _lost(self, server: Server) -> None:
        """A server is gone, and its children with it: what it had not started is given to one that imports nothing."""
        for key, other in list(self._servers.items()):
            if other is server:
                del self._servers[key]
        self._unregister(server.control, server.output)
        server.drop_spare()
        server.control.close()
        os.close(server.output)
        status = server.process.wait()
        for job in server.jobs.values():
            self._kill(job, signal.SIGKILL)
            self._ended(job, status, outcomes.orphaned)
        for job in server.waiting:
            if server.preload and not job.cancelled and not self._one_server:
                self._submit(job, preload=False)
            else:
                self._ended(job, status)

    # -- events --------------------------------------------------------------------------------------------------------

    def _handle(self, seconds: float | None) -> bool:
        """Answer what happens next; whether `interrupt` was called."""
        woken = False
        for key, _ in self._selector.select(seconds):
            woken = key.fd == self._woken or woken
            try:
                current = self._selector.get_key(key.fileobj)
            except (KeyError, ValueError):  # closed by what came before it
                continue
            if current.data is key.data:
                key.data()
        return woken

    def _drain_wake(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._woken, 1024)

    def _news(self, server: Server) -> None:
        try:
            (kind, *rest), descriptors = wire.receive(server.control, 1)
        except (EOFError, ConnectionError):
            self._lost(server)
            return
        if kind == "hooked":
            self._hooked = rest[0]
        elif kind == "ready":
            server.take(rest[0], socket.socket(fileno=descriptors[0]))
            self._serve(server)
        elif rest[0] in server.jobs:
            self._ended(server.jobs.pop(rest[0]), rest[1])
        elif server.spare is not None and server.spare.pid == rest[0]:
            server.drop_spare()  # the next step asks for another: one made now might end as soon

    def _server_output(self, server: Server) -> None:
        data = read(server.output)
        if data:
            self.on_output(Task(""), data)
        elif data is not None:
            self._unregister(server.output)

    def _answer(self, job: Job) -> None:
        assert job.answer is not None
        open_ = job.inbox.read(job.answer.fileno())
        result = None if job.told else job.inbox.message()
        if result is not None:
            self._output(job)
            self._tell(job, outcomes.of(result, time.monotonic() - job.began))
        elif not open_:
            self._unregister(job.answer)

    def _output(self, job: Job) -> None:
        data: bytes | None = None
        for _ in range(READS):  # more than a pipe holds; who prints without end keeps nobody else waiting
            data = read(job.output)
            if not data:
                break
            self.on_output(job.task, data)
        if data == b"":
            self._unregister(job.output)

    def _started(self, job: Job, pid: int) -> None:
        job.pid = pid
        job.began = time.monotonic()
        if job.request.spec.timeout is not None and not job.cancelled:
            job.end_at = job.began + job.request.spec.timeout + LATE

    def _ended(self, job: Job, status: int, how: Callable[[int, float], Outcome] = outcomes.lost) -> None:
        """The process of a job is gone: its last words count."""
        while job.answer is not None and not job.told and job.inbox.read(job.answer.fileno()):
            if not wire.pending(job.answer):
                break
        result = None if job.told else job.inbox.message()
        self._output(job)
        if result is None and status == outcomes.UNSENT:
            with contextlib.suppress(Fault):
                result = outcomes.recorded(open_store(job.request.spec.store), job.request.spec)
        if not job.told:
            seconds = time.monotonic() - job.began
            if result is not None:
                self._tell(job, outcomes.of(result, seconds))
            elif job.timed_out or (status == EXIT_CODES["timeout"] and job.request.spec.timeout):
                self._tell(job, outcomes.timeout(job.request.spec.timeout or 0, seconds))
            else:
                self._tell(job, how(status, seconds))
        self._forget(job)

    def _tell(self, job: Job, outcome: Outcome) -> None:
        job.told = True
        job.end_at = job.kill_at = None
        self._ready.append((job.task, outcomes.cancelled(outcome) if job.cancelled else outcome))

    def _forget(self, job: Job) -> None:
        self._jobs.pop(job.request.number, None)
        self._unregister(job.answer, job.output)
        job.close()

    def _unregister(self, *ends: socket.socket | int | None) -> None:
        for end in ends:
            if end is not None:
                with contextlib.suppress(KeyError, ValueError):
                    self._selector.unregister(end)

    # -- time ----------------------------------------------------------------------------------------------------------

    def _patience(self, now: float, limit: float | None) -> float:
        times = [limit, *(at for job in self._jobs.values() for at in (job.end_at, job.kill_at))]
        nearest = min((at for at in times if at is not None), default=now + LOOK)
        return max(0.0, min(nearest - now, LOOK))

    def _enforce(self, now: float) -> None:
        """End what is out of time."""
        for job in self._jobs.values():
            if job.pid is None or job.told:
                continue
            if job.end_at is not None and now >= job.end_at:
                job.timed_out, job.end_at = not job.cancelled, None
                job.kill_at = job.kill_at or now + GRACE
                self._kill(job, signal.SIGTERM)
            if job.kill_at is not None and now >= job.kill_at:
                job.kill_at = None
                self._kill(job, signal.SIGKILL)

    def _kill(self, job: Job, which: int) -> None:
        if job.pid is not None:
            kill_group(job.pid, which)
