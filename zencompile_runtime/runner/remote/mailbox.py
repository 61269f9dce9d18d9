"""News of other threads, for a caller that waits for them and can be woken by a signal handler."""

from __future__ import annotations

import contextlib
import os
import queue
import select
import time
from typing import Any


class Mailbox:
    """Anything may be put in from any thread; one thread takes it out."""

    def __init__(self) -> None:
        self._news: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._woken, self._wake = os.pipe()
        for descriptor in (self._woken, self._wake):
            os.set_blocking(descriptor, False)

    def put(self, what: Any) -> None:
        """Add something, and wake who waits."""
        self._news.put(what)
        self._signal(b".")

    def interrupt(self) -> None:
        """Make a waiting `take` return; for signal handlers."""
        self._signal(b"!")

    def take(self, seconds: float | None) -> tuple[list[Any], bool]:
        """What came, waiting at most so long for the first; and whether `interrupt` was called."""
        limit = None if seconds is None else time.monotonic() + seconds
        while True:
            found = self._drain()
            left = 0.0 if found else None if limit is None else max(0.0, limit - time.monotonic())
            readable, _, _ = select.select([self._woken], [], [], left)
            signals = self._clear() if readable else b""
            if found or b"!" in signals or (not readable and left is not None):
                return found + self._drain(), b"!" in signals

    def close(self) -> None:
        """Free the descriptors; what comes later is dropped."""
        wake, self._wake = self._wake, -1
        os.close(wake)
        os.close(self._woken)

    def _drain(self) -> list[Any]:
        found = []
        with contextlib.suppress(queue.Empty):
            while True:
                found.append(self._news.get_nowait())
        return found

    def _clear(self) -> bytes:
        with contextlib.suppress(BlockingIOError):
            return os.read(self._woken, 4096)
        return b""

    def _signal(self, what: bytes) -> None:
        if self._wake >= 0:
            with contextlib.suppress(BlockingIOError, OSError):
                os.write(self._wake, what)
