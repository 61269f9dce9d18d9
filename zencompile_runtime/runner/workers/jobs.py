"""Steps that run in processes: what the runner knows of each, and the ends of its connections."""

from __future__ import annotations

import os
import socket
import subprocess
from dataclasses import dataclass, field

from zencompile_runtime.runner.scheduler import Task
from zencompile_runtime.runner.workers import wire
from zencompile_runtime.runner.workers.child import Request


@dataclass(eq=False)
class Job:
    """A step that runs. `end_at` and `kill_at` are times of the monotonic clock."""

    task: Task
    request: Request
    answer: socket.socket
    output: int
    began: float
    modules: tuple[str, ...] = ()  # what the server imports before it forks
    inbox: wire.Inbox = field(default_factory=wire.Inbox)
    pid: int | None = None
    process: subprocess.Popen[bytes] | None = None
    watch: int | None = None  # a descriptor that becomes readable when the process ends
    end_at: float | None = None
    kill_at: float | None = None
    timed_out: bool = False
    cancelled: bool = False
    told: bool = False  # its outcome was given


@dataclass(eq=False)
class Server:
    """A fork server, and the jobs that it was given."""

    process: subprocess.Popen[bytes]
    control: socket.socket
    output: int
    preload: bool = True
    jobs: dict[int, Job] = field(default_factory=dict)


def ends() -> tuple[socket.socket, socket.socket, int, int]:
    """Both ends of the way of the answer, and of the output: ours never block."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    return ours, theirs, reader, writer


def read(descriptor: int) -> bytes | None:
    """What is there now: nothing at the end, None if nothing has come yet."""
    try:
        return os.read(descriptor, 1 << 16)
    except BlockingIOError:
        return None
