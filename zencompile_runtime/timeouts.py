"""A limit on a step's time: a Timeout in its code, and, if that is caught or never noticed, the end of the process."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from typing import Any

from zencompile_runtime.errors import EXIT_CODES, Timeout

GRACE = 5.0  # seconds from the Timeout to the end of the process
hard = False  # whether this process is the step's alone, so that it may be ended; set by the command


@contextlib.contextmanager
def limited(seconds: float | None, step: str) -> Iterator[None]:
    """Run the block for at most so many seconds. Only the main thread can be interrupted."""
    if not seconds:
        yield
        return
    watchdog = _watchdog(seconds + GRACE, step) if hard else None
    try:
        if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
            yield
            return

        def ring(*_: Any) -> None:
            raise Timeout(f"it ran longer than its {seconds:g} seconds", help="give it a longer timeout, or less to do")

        before = signal.signal(signal.SIGALRM, ring)
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
    finally:
        if watchdog is not None:
            watchdog.cancel()


def _watchdog(seconds: float, step: str) -> threading.Timer:
    def end() -> None:
        sys.stderr.write(f"error: step `{step}` did not stop at its timeout: the process is ended\n")
        sys.stderr.flush()
        os._exit(EXIT_CODES["timeout"])

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    return timer
