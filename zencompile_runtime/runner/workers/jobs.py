"""Steps that run in processes: what the runner knows of each, and of the servers that fork them."""

from __future__ import annotations

import os
import socket
import subprocess
from collections import deque
from dataclasses import dataclass, field

from zencompile_runtime.runner.scheduler import Task
from zencompile_runtime.runner.workers import wire
from zencompile_runtime.runner.workers.child import Request

# Libraries that are known to bear a fork after their import, for their own tools fork too.
PRELOADED = frozenset(
    {"joblib", "matplotlib", "numpy", "pandas", "PIL", "pyarrow", "pydantic", "scipy", "sklearn", "torch"}
)


@dataclass(eq=False)
class Job:
    """A step that runs, or waits for its process. `end_at` and `kill_at` are times of the monotonic clock."""

    task: Task
    request: Request
    output: int  # where what it prints is read
    writer: int | None  # the other end, until its process has it
    began: float
    modules: tuple[str, ...] = ()  # what the server imports before it forks
    answer: socket.socket | None = None  # to its process
    inbox: wire.Inbox = field(default_factory=wire.Inbox)
    pid: int | None = None
    end_at: float | None = None
    kill_at: float | None = None
    timed_out: bool = False
    cancelled: bool = False
    told: bool = False  # its outcome was given

    def give(self, connection: socket.socket) -> None:
        """Send the step to its process, which answers on the same way; an OSError if it is gone."""
        assert self.writer is not None
        self.answer = connection
        writer, self.writer = self.writer, None
        try:
            connection.setblocking(True)
            wire.send(connection, self.request, [writer])
            connection.setblocking(False)
        finally:
            os.close(writer)

    def close(self) -> None:
        """Close what is open."""
        if self.answer is not None:
            self.answer.close()
        for end in (self.output, self.writer):
            if end is not None:
                os.close(end)


@dataclass(eq=False)
class Spare:
    """A process that waits for a step, forked when its server had imported `modules`, or one made for a job alone."""

    pid: int
    connection: socket.socket
    modules: frozenset[str]
    job: Job | None = None


@dataclass(eq=False)
class Server:
    """A fork server or a spawner, the process that it has ready, the jobs that wait for one, and those that run, by
    their pid. `process` is the keeper above it.
    """

    process: subprocess.Popen[bytes]
    control: socket.socket
    output: int
    preload: bool = True
    forks: bool = True
    modules: frozenset[str] = frozenset()  # what it was told to import
    asked: bool = False  # whether it was told to fork, and has not done so yet
    spare: Spare | None = None
    latest: Job | None = None
    waiting: deque[Job] = field(default_factory=deque)
    jobs: dict[int, Job] = field(default_factory=dict)

    def ask(self) -> None:
        """Have a process made ready for a step like the latest."""
        job = self.latest
        assert job is not None
        spec = job.request.spec
        if self.forks:
            wanted = job.modules if self.preload else ()
            wire.send(self.control, ("start", (spec.pipeline, spec.entrypoint), wanted))
            self.modules |= frozenset(wanted)
        else:
            wire.send(self.control, ("start", job.request.variables))
        self.asked = True

    def take(self, pid: int, connection: socket.socket) -> None:
        """A process is ready."""
        self.spare = Spare(pid, connection, self.modules, None if self.forks else self.latest)
        self.asked = False

    def suits(self, job: Job) -> bool:
        """Whether the process that is ready has what the job's process shall have."""
        if self.spare is None or not self.forks:
            return self.spare is not None and self.spare.job is job
        return not self.preload or self.spare.modules.issuperset(job.modules)

    @property
    def wants(self) -> bool:
        """Whether a process should be made: a fork is made ahead, as the next step wants one like the latest's."""
        return self.spare is None and not self.asked and (self.forks or bool(self.waiting))

    def drop_spare(self) -> None:
        """Let the process that is ready go: it ends when nobody is left to give it a step."""
        if self.spare is not None:
            self.spare.connection.close()
            self.spare = None


def read(descriptor: int) -> bytes | None:
    """What is there now: nothing at the end, None if nothing has come yet."""
    try:
        return os.read(descriptor, 1 << 16)
    except BlockingIOError:
        return None
