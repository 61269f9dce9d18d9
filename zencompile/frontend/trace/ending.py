"""How the program's process ends, whatever the program does to it.

A program may loop for ever, end its process, replace it, leave threads running, and call pipelines where no trace sees
them. Each is told with the line of the program that does it.
"""

from __future__ import annotations

import _thread
import atexit
import contextlib
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from zencompile.frontend.request import Run
from zencompile.frontend.trace import wire
from zencompile.ir import Pipeline

if TYPE_CHECKING:
    from zencompile.diagnostics import Report
    from zencompile.source import Span

TIDYING_UP = 10.0
"""Seconds that threads and exit handlers of the program have, once everything is compiled."""

_LEAVE = os._exit
_DUMPS = json.dumps
_REPLACING = ("execv", "execve", "execvp", "execvpe", "execl", "execle", "execlp", "execlpe")


def elsewhere(answer: Path) -> Path:
    """Where a process that the program forked tells what it did and nobody recorded."""
    return answer.with_suffix(".elsewhere")


class Ending:
    """Writes the answer, once. `limit` is the number of seconds that the program may take."""

    def __init__(self, answer: Path, report: Report, limit: float) -> None:
        self._answer = answer
        self._report = report
        self._limit = limit
        self._tidying_up = min(limit, TIDYING_UP)
        self._process = os.getpid()
        self._thread = _thread.get_ident()
        self._lock = _thread.allocate_lock()
        self._deadline = 0.0
        self._out_of_time: Callable[[], None] = self._too_slow
        self._runs: tuple[Run, ...] = ()
        Pipeline.model_rebuild()  # pydantic builds it on first use, and what it imports may be gone by then
        self._tidying = False
        self.span_of: Callable[[FrameType], Span | None] = _nowhere  # the place of the program where a frame is

    # from outside

    def watch(self) -> None:
        """End the process when the time is over, from now on. The thread is none that the program can see."""
        self._deadline = time.monotonic() + self._limit
        _thread.start_new_thread(self._wait, ())

    def tidy_up(self, runs: tuple[Run, ...]) -> None:
        """Do what Python does when a program ends: wait for its threads, then call its exit handlers."""
        self._runs = runs
        self._out_of_time = self._still_running
        self._deadline = time.monotonic() + self._tidying_up
        self._tidying = True
        with contextlib.suppress(BaseException):  # of the program, which Python would print and forget, too
            threading._shutdown()  # type: ignore[attr-defined]
        with contextlib.suppress(BaseException):
            atexit._run_exitfuncs()

    def tell(self, runs: tuple[Run, ...] = ()) -> None:
        """Write the answer with what was reported."""
        report = self._report
        self.write(
            {
                "pipelines": {run.pipeline.name: run.pipeline.model_dump_json() for run in runs},
                "runs": [[run.pipeline.name, run.caught] for run in runs],
                "diagnostics": [wire.diagnostic_to_json(d) for d in list(report)],
                "sources": {name: wire.source_to_json(source) for name, source in dict(report.sources).items()},
            }
        )

    def write(self, result: dict[str, Any]) -> None:
        """Write an answer, unless there is one."""
        if self._lock.acquire(blocking=False):
            unfinished = self._answer.with_suffix(".part")
            unfinished.write_text(_DUMPS(result), "utf-8")
            unfinished.replace(self._answer)

    # what the program does to its process

    def install(self) -> None:
        """See to it that the program's ways to end its process are told, and that it comes to an end."""
        self.watch()
        os._exit = self._leaving("os._exit", os._exit)
        for name in _REPLACING:
            if hasattr(os, name):
                setattr(os, name, self._leaving(f"os.{name}", getattr(os, name)))

    def _leaving(self, name: str, original: Any) -> Any:
        def leave(*arguments: Any, **keywords: Any) -> Any:
            frame = sys._getframe(1)
            if os.getpid() == self._process:
                self._refuse(
                    f"the program ends its process here, with `{name}`",
                    frame,
                    "end it with `sys.exit`; the static front end doesn't run it",
                )
            return original(*arguments, **keywords)

        leave.__name__ = name.rpartition(".")[2]
        return leave

    def unseen(self) -> str | None:
        """Where the program is now, if what it does there can't be recorded in order; else None."""
        if os.getpid() != self._process:
            return "in a process of its own"
        if self._tidying:
            return "when the program has ended"
        if _thread.get_ident() != self._thread:
            return "in a thread of its own"
        return None

    def lost(self, where: str, frame: FrameType) -> None:
        """Report that a step or a pipeline was called where no trace can say what it means."""
        self._error(
            f"a step or a pipeline is called {where}",
            frame,
            "call it in the main thread of the program: a trace records what is called one after another",
        )
        if os.getpid() != self._process:
            told = [wire.diagnostic_to_json(d) for d in self._report.errors]
            elsewhere(self._answer).write_text(_DUMPS(told), "utf-8")

    def leave_forked(self) -> None:
        """End a process that the program forked, and that gets to the program's end: it has nothing to tell."""
        if os.getpid() != self._process:
            _flush()
            _LEAVE(0)

    # time

    def _wait(self) -> None:
        while (left := self._deadline - time.monotonic()) > 0:
            time.sleep(min(left, 1.0))
        self._out_of_time()

    def _too_slow(self) -> None:
        self._refuse(
            f"the program takes more than {self._limit:g} seconds, and is stopped here",
            sys._current_frames().get(self._thread),
            "if it is no endless loop, give it more with --trace-timeout SECONDS",
        )

    def _still_running(self) -> None:
        threads = [t for t in threading.enumerate() if not t.daemon and t is not threading.main_thread()]
        names = ", ".join(f"`{thread.name}`" for thread in threads)
        what = f"a thread of the program ({names})" if names else "what the program does when it ends"
        self._report.warning(
            "ZC0141",
            f"{what} takes more than {self._tidying_up:g} seconds, and is stopped",
            notes="the pipelines were compiled before that",
        )
        self.tell(self._runs)
        _LEAVE(0)

    def _refuse(self, message: str, frame: FrameType | None, helps: str) -> None:
        self._error(message, frame, helps)
        self.tell()
        _flush()
        _LEAVE(0)

    def _error(self, message: str, frame: FrameType | None, helps: str) -> None:
        span = self.span_of(frame) if frame is not None else None
        self._report.error("ZC0141", message, span, helps=helps)


def _nowhere(frame: FrameType) -> None:
    """No place: nothing of the program runs yet."""


def _flush() -> None:
    """Let nothing of what the program printed be lost."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # the program may have closed or replaced it
            stream.flush()
