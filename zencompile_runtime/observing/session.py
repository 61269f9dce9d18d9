"""The run that is observed, if one is: what the hooks write to, and who is not looked at."""

from __future__ import annotations

import os
from _thread import get_ident
from collections.abc import Iterator
from contextlib import contextmanager

from zencompile_runtime.observing.places import Places, absolute
from zencompile_runtime.observing.seen import Seen

Stamp = tuple[int, int, int, int]
_lstat = os.lstat
_stat = os.stat


class Session:
    """What one run has read and written so far."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.seen = Seen()
        self.written: set[str] = set()  # files that the run wrote before it read them
        self.made: set[str] = set()  # folders that it made
        self.assigned: set[str] = set()  # variables that it set before it read them
        self.early: dict[str, Stamp | None] = {}  # of files that it appended to
        self.started: dict[str, set[str]] = {}  # absolute paths of modules → units that started in them
        self.before: set[str] = set()  # modules that were there when it began

    def is_own(self, path: str) -> bool:
        """Whether the run itself made what lies at a path."""
        if path in self.written:
            return True
        if not self.made:
            return False
        while True:
            parent = os.path.dirname(path)  # noqa: PTH120
            if path in self.made:
                return True
            if parent == path:
                return False
            path = parent

    def read(self, path: str) -> None:
        """A file was opened to be read."""
        if path in self.seen.files or self.is_own(path) or not self.places.counts(path):
            return
        self.seen.files.add(path)
        self.seen.stamps[path] = self.early[path] if path in self.early else stamp(path)
        target = self.linked(path)
        if target is not None and target not in self.seen.files and self.places.counts(target):
            self.seen.files.add(target)
            self.seen.stamps[target] = stamp(target)

    def linked(self, path: str) -> str | None:
        """What a path leads to by links, which count themselves; None if there are none."""
        real = os.path.realpath(path)
        if real == path:
            return None
        self.seen.probes.add(path)
        return real

    def wrote(self, path: str) -> None:
        """A file was made or emptied."""
        if path not in self.seen.files:
            self.written.add(path)

    def appended(self, path: str) -> None:
        """A file was changed, and keeps some of what it was."""
        if path not in self.early and not self.is_own(path):
            now = stamp(path)
            if now is None:
                self.wrote(path)
            else:
                self.early[path] = now

    def made_folder(self, path: str) -> None:
        """A folder is about to be made."""
        try:
            _lstat(path)
        except OSError:
            self.made.add(path)


def stamp(path: str) -> Stamp | None:
    """What tells a file from its later states; None if there is none."""
    try:
        found = _stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


class _State:
    __slots__ = ("quiet", "session")

    def __init__(self) -> None:
        self.session: Session | None = None
        self.quiet: set[int] = set()  # threads that do our own work


state = _State()
"""The state of the process."""


@contextmanager
def quiet() -> Iterator[None]:
    """Let what this thread does meanwhile be no matter of the step's."""
    thread = get_ident()
    if thread in state.quiet:
        yield
        return
    state.quiet.add(thread)
    try:
        yield
    finally:
        state.quiet.discard(thread)


def looking() -> Session | None:
    """The session, unless this thread does our own work."""
    return None if state.session is None or get_ident() in state.quiet else state.session


__all__ = ["Session", "absolute", "looking", "quiet", "stamp", "state"]
