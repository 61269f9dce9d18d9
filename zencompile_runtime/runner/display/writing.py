"""Standard output as a run needs it: what becomes of the stream never ends the run."""

from __future__ import annotations

import contextlib
import io
import os
from typing import TextIO


class Guarded(io.TextIOBase):
    """Writes to a stream until that fails, and to nowhere from then on.

    The reader of a pipe leaves, a terminal is closed, a disk is full: the run goes on, its record is in the store. What
    the stream's encoding lacks is written as an escape.
    """

    def __init__(self, out: TextIO | None) -> None:
        self._out = out
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
        if self._out is not None:
            try:
                self._out.write(text)
            except (OSError, ValueError):
                self._give_up()
        return len(text)

    def flush(self) -> None:
        """Flush, if anybody reads."""
        if self._out is not None:
            try:
                self._out.flush()
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

    def _give_up(self) -> None:
        """What waits in the stream's buffer must go somewhere when the interpreter ends: into nothing."""
        out, self._out = self._out, None
        with contextlib.suppress(OSError, ValueError, AttributeError):
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, out.fileno())  # type: ignore[union-attr]
            os.close(nothing)
