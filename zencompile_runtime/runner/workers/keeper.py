"""The process above all that a run starts: when the runner is gone, or the run is over, it ends every one of them.

Nothing of the user's runs in it, and it waits for two things alone, so there is nothing that could keep it from that.
It adopts, so no descendant escapes, however it was started. It holds the run's lock until the last one is gone: who
goes on with a run whose runner was killed never does so beside what that one had started.
"""

from __future__ import annotations

import contextlib
import gc
import os
import select
import signal
import socket
import sys
from collections.abc import Callable
from typing import NoReturn

from zencompile_runtime.runner.workers import lineage, wire

_EVERY = 200  # milliseconds between two looks where the system doesn't say by itself that a process has ended


def stand_between(runner: int, kept: int | None = None) -> None:
    """Fork: the child returns, and goes on; this process keeps it, and the descriptor `kept`.

    `runner` is a socket that the runner has the other end of. The child ends when this process does, whatever ends it.
    """
    keeper, above = os.getpid(), os.getppid()
    child = os.fork()
    if child:
        lineage.adopt()
        _keep(child, above, runner)
    if kept is not None:
        os.close(kept)
    lineage.end_with(keeper)


def _keep(child: int, above: int, runner: int) -> NoReturn:
    """Wait for the end of the child or of the runner, and end with the child's status when all is gone."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    _without_output()
    waiting = select.poll()
    waiting.register(runner, 0)  # it says when the other end is closed, and nothing of what comes
    watched = [fd for fd in map(_ends, (child, above)) if fd is not None]
    for fd in watched:
        waiting.register(fd, select.POLLIN)
    patience = None if len(watched) == 2 else _EVERY
    while True:
        happened = {fd for fd, _ in waiting.poll(patience)}
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid or os.getppid() != above or not happened.issubset(watched[:1]):
            break
    lineage.end_descendants()
    _end_as(os.waitstatus_to_exitcode(status) if pid else 0)


def _ends(pid: int) -> int | None:
    """A descriptor that becomes readable when a process ends."""
    with contextlib.suppress(AttributeError, OSError):
        return os.pidfd_open(pid)
    return None


def _without_output() -> None:
    """Let go of the standard streams, whose readers wait until nobody has them."""
    null = os.open(os.devnull, os.O_RDWR)
    for fd in range(3):
        os.dup2(null, fd)
    os.close(null)


def _end_as(status: int) -> NoReturn:
    """End with an exit code, or by the signal that it stands for, without a core of ours."""
    if status >= 0:
        os._exit(status)
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if -status not in (signal.SIGKILL, signal.SIGSTOP):
        signal.signal(-status, signal.SIG_DFL)
    os.kill(os.getpid(), -status)
    os._exit(128 - status)


def main(kind: str) -> None:
    """Stand between the runner and a server or spawner: argument 1 is the descriptor of the control socket, on which
    the word to begin comes, with that of the run's lock if there is one. The working directory is the source root.
    """
    control = socket.socket(fileno=int(sys.argv[1]))
    control.set_inheritable(False)
    del sys.argv[1:]
    serve = _fork_server() if kind == "fork" else _spawner()
    try:
        _, lock = wire.receive(control, 1)
    except (EOFError, ConnectionError):
        os._exit(0)
    stand_between(control.fileno(), lock[0] if lock else None)
    by_lines()
    serve(control)


def _fork_server() -> Callable[[socket.socket], None]:
    """What takes the time of a server's start, and its work."""
    gc.disable()
    from zencompile_runtime.runner.execute import warm_up
    from zencompile_runtime.runner.workers.server import Server

    warm_up()
    return lambda control: Server(control).serve()


def _spawner() -> Callable[[socket.socket], None]:
    from zencompile_runtime.runner.workers.spawner import Spawner

    return lambda control: Spawner(control).serve()


def by_lines() -> None:
    """Let each line of output go out at once, as on a terminal, and as UTF-8, whatever the locale: so it is read."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)  # type: ignore[union-attr]
