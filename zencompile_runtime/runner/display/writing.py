"""Standard output as a run needs it: what becomes of the stream never ends the run."""

from __future__ import annotations

import contextlib
import io
import os
import select
import stat
import time
from collections.abc import Callable
from typing import TextIO

_PIECE = getattr(select, "PIPE_BUF", 512)  # bytes that a pipe takes at once if it takes any
_LOOK = 200  # milliseconds between two looks at whether the run is asked to end
_GRACE = 1.0  # seconds that a reader has then


class Guarded(io.TextIOBase):
    """Writes to a stream until that fails, and to nowhere from then on.

    The reader of a pipe leaves, a terminal is closed, a disk is full: the run goes on, its record is in the store. What
    the stream's encoding lacks is written as an escape. A reader who only pauses is waited for, as ever, but not by a
    run that is asked to end: `hurried` says whether it is.
    """

    def __init__(self, out: TextIO | None, hurried: Callable[[], bool] = lambda: False) -> None:
        self._out = out
        self._hurried = hurried
        self._text: list[str] = []
        self._slow = _may_be_full(out)
        if isinstance(out, io.TextIOWrapper):
            out.reconfigure(errors="backslashreplace")

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """The stream's encoding."""
        return getattr(self._out, "encoding", None) or "utf-8"

    @property
    def unicode(self) -> bool:
        """Whether all characters can be written."""
        return self.encoding.lower().replace("-", "").replace("_", "") in ("utf8", "utf16", "utf32")

    def write(self, text: str) -> int:
        """Write, if anybody reads."""
        if self._slow:
            self._text.append(text)
        elif self._out is not None:
            try:
                self._out.write(text)
            except (OSError, ValueError):
                self._give_up()
        return len(text)

    def flush(self) -> None:
        """Flush, if anybody reads."""
        if self._out is not None:
            try:
                self._pass_on() if self._slow else self._out.flush()
            except (OSError, ValueError):
                self._give_up()

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        with contextlib.suppress(ValueError):
            return self._out is not None and self._out.isatty()
        return False

    def fileno(self) -> int:
        """The stream's descriptor."""
        if self._out is None:
            raise io.UnsupportedOperation("fileno")
        return self._out.fileno()

    def _pass_on(self) -> None:
        """Write what was kept, in pieces that don't block once there is room."""
        assert self._out is not None
        texts, self._text = self._text, []
        data = "".join(texts).encode(self.encoding, "backslashreplace")
        number = self._out.fileno()
        self._wait_for_room(number)
        self._out.flush()  # what others have printed goes before
        while data:
            self._wait_for_room(number)
            data = data[os.write(number, data[:_PIECE]) :]

    def _wait_for_room(self, number: int) -> None:
        """Wait for the reader; OSError if it has nothing read in a while and the run is asked to end."""
        room = select.poll()
        room.register(number, select.POLLOUT)
        limit = None
        while not room.poll(_LOOK):
            if limit is None and self._hurried():
                limit = time.monotonic() + _GRACE
            if limit is not None and time.monotonic() >= limit:
                raise BlockingIOError

    def _give_up(self) -> None:
        """What waits in the stream's buffer must go somewhere when the interpreter ends: into nothing."""
        out, self._out = self._out, None
        self._slow = False
        with contextlib.suppress(OSError, ValueError, AttributeError):
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, out.fileno())  # type: ignore[union-attr]
            os.close(nothing)


def _may_be_full(out: TextIO | None) -> bool:
    """Whether a stream leads to a reader of whom a write waits, and the system tells whether it would."""
    try:
        mode = os.fstat(out.fileno()).st_mode  # type: ignore[union-attr]
    except (OSError, ValueError, AttributeError):
        return False
    return hasattr(select, "poll") and (stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or os.isatty(out.fileno()))  # type: ignore[union-attr]
