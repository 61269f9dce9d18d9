"""The run that is observed, if one is: what the hooks write to, and who is not looked at."""

from __future__ import annotations

import json
import os
import time
from _thread import get_ident
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from zencompile_runtime.module_table import NOTHING
from zencompile_runtime.observing.places import Places
from zencompile_runtime.observing.seen import Seen

_METADATA = tuple(f"{os.sep}{one}" for one in ("METADATA", "PKG-INFO", "RECORD", "entry_points.txt", "top_level.txt"))
Stamp = tuple[int, int, int, int]
_lstat = os.lstat
_stat = os.stat


class Session:
    """What one run has read and written so far."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.seen = Seen(called={})
        self.written: dict[str, int] = {}  # files that the run wrote before it read them, and when
        self.reads: dict[str, int] = {}  # when files were read first
        self.made: set[str] = set()  # folders that it made
        self.links: dict[str, str] = {}  # links that it made, and where they lead
        self.copied: set[str] = set()  # files whose times it gave to others
        self.assigned: set[str] = set()  # variables that it set before it read them
        self.early: dict[str, Stamp | None] = {}  # of files that it appended to
        self.started: dict[str, set[str]] = {}  # absolute paths of modules → units that started in them
        self.last = False  # whether no other run follows in this process
        self.before = NOTHING  # modules that were there when it began
        self.sought: set[str] = set()  # top-level names that were imported and were not there
        self.words: set[str] = set()  # what the code of other processes says: see `words`
        self.expected = 0  # Pythons that were started and should report
        self.program = ""  # the file that this Python is about to run
        self.report = ""  # the file that processes report to
        self.sink: int | None = None  # where this process reports to, if it is one of those
        self.watch: Any = None  # a `native.Watch`
        self.is_native = False  # whether a library that opens files by itself was there, in any process
        self.alive = False  # whether the audit hook answered

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

    def through(self, path: str) -> str:
        """The path past a link that the run itself made: what lies behind it is not the run's own."""
        for link, target in self.links.items():
            if path == link or path.startswith(link + os.sep):
                return target + path[len(link) :]
        return path

    def read(self, path: str) -> None:
        """A file was opened to be read."""
        path = self.through(path)
        if self.is_own(path):
            return
        if not self.places.counts(path):
            self._metadata(path)
            return
        self._read(path, self.early[path] if path in self.early else stamp(path))
        real = os.path.realpath(path)
        if real != path:
            self.probe(path)
            if self.places.counts(real):
                self._read(real, stamp(real))

    def _metadata(self, path: str) -> None:
        """Who reads what is told of an installed distribution depends on its version; on all of them if on what they
        offer each other.
        """
        if path.endswith(_METADATA):
            folder = os.path.dirname(path)  # noqa: PTH120
            name, dash, version = os.path.basename(folder).rpartition(".")[0].partition("-")  # noqa: PTH119
            if dash and version:
                self.add("distributions", name)
            if path.endswith("entry_points.txt"):
                self.add("listings", os.path.dirname(folder), None, None)  # noqa: PTH120

    def _read(self, path: str, now: Stamp | None) -> None:
        if self.add("files", path, now):
            self.reads[path] = time.monotonic_ns()
            self.seen.stamps.setdefault(path, now)

    def probe(self, path: str) -> None:
        """Something was asked about a path."""
        path = self.through(path)
        if path in self.seen.probes or self.is_own(path) or not self.places.counts(path):
            return
        now = stamp(path)
        self.add("probes", path, now)
        self.seen.stamps.setdefault(path, now)

    def told_times(self, path: str) -> None:
        """Code was told a file's size, times and mode. Those of a file that the run made may be another file's."""
        path = self.through(path)
        for one in sorted(self.copied) if self.is_own(path) else [path]:
            if not self.is_own(one) and self.places.counts(one):
                self.add("times", one)

    def seek(self, name: str) -> None:
        """A top-level module is looked for."""
        if self.sink is not None and name not in self.before.names and name not in self.sought:
            self.send("imported", name)
        self.sought.add(name)

    def wrote(self, path: str) -> None:
        """A file was made or emptied."""
        if path not in self.seen.files and path not in self.written:
            self.written[path] = time.monotonic_ns()
            self.send("wrote", path)

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
            self.send("made", path)

    def refuse(self, why: str) -> None:
        """Nothing of the run may be stored."""
        if self.seen.refused is None:
            self.seen.refused = why
            self.send("flag", "refused", why)

    def unknown(self) -> None:
        """A program runs of which nothing is known."""
        self.seen.opaque = True
        self.send("flag", "opaque")

    def read_all_variables(self) -> None:
        """The environment was read as a whole."""
        self.seen.all_variables = True
        self.send("flag", "all_variables")
        if get_ident() in state.importing:
            state.lasting.all_variables = True

    def expects(self) -> None:
        """A Python was started that is to report."""
        self.expected += 1
        self.send("expects", os.getpid())

    def name_child(self, name: str) -> None:
        """A program was started."""
        if name not in self.seen.children:
            self.seen.children.append(name)
            self.send("flag", "children", name)

    def add(self, kind: str, name: str, *more: Any) -> bool:
        """Add to a set of what was seen; tells whether it is new there."""
        known: set[str] = getattr(self.seen, kind)
        if state.importing and get_ident() in state.importing:
            getattr(state.lasting, kind).add(name)
        if name in known:
            return False
        known.add(name)
        self.send(kind, name, *more)
        return True

    def look_up(self, question: str, answer: str | None) -> None:
        """Something was told of the store."""
        if state.importing and get_ident() in state.importing:
            state.lasting.look_up(question, answer)
        if question not in self.seen.lookups or self.seen.lookups[question] != answer:
            self.seen.look_up(question, answer)
            self.send("lookups", question, answer)

    def send(self, *words: Any) -> None:
        """Report to the process that the step began in, where this is another."""
        if self.sink is not None:
            try:
                os.write(self.sink, (json.dumps([time.monotonic_ns(), *words]) + "\n").encode("ascii"))
            except OSError:
                self.sink = None


def stamp(path: str) -> Stamp | None:
    """What tells a file from its later states; None if there is none."""
    try:
        found = _stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


class _State:
    def __init__(self) -> None:
        self.session: Session | None = None
        self.importing: dict[int, int] = {}  # threads that execute modules of the project, and how deep they are
        self.lasting = Seen(called={})  # what modules saw when they were executed: it counts for later runs, too
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
