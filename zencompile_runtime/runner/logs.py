"""What steps print: kept in a file beside their artifacts, and handed on line by line."""

from __future__ import annotations

import codecs
import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from zencompile_runtime import temporary
from zencompile_runtime.errors import Fault
from zencompile_runtime.runner.scheduler import Task
from zencompile_runtime.store import ArtifactStore, layout

NAME = ".step.log"
_LONGEST = 1 << 16  # characters of a line that is shown before its end has come
_MOVES = re.compile(r"\x1b\[[0-9;?]*[A-HJKSTfhlsu]")  # of a terminal's cursor; colours stay


class StepLogs:
    """One log file a task, made when the first byte comes: in a folder store at its place, else sent there when it
    ends.
    """

    def __init__(
        self,
        store: ArtifactStore,
        pipeline: str,
        run: str,
        on_line: Callable[[Task, str], None],
        on_progress: Callable[[Task, str], None] = lambda task, text: None,
    ) -> None:
        self.store, self.pipeline, self.run, self.on_line, self.on_progress = store, pipeline, run, on_line, on_progress
        self._root: Path | None = getattr(store.backend, "root", None)
        self._staging: Path | None = None
        self._files: dict[Task, BinaryIO] = {}
        self._known: set[Task] = set()
        self._partial: dict[Task, str] = {}
        self._decoders: dict[Task, Any] = {}

    def feed(self, task: Task, data: bytes) -> None:
        """Take what a task printed."""
        if task.id:
            self._write(task, data)
        decoder = self._decoders.get(task)
        if decoder is None:
            decoder = self._decoders[task] = codecs.getincrementaldecoder("utf-8")("replace")
        *lines, rest = (self._partial.pop(task, "") + decoder.decode(data)).split("\n")
        for line in lines:
            self.on_line(task, seen(line))
        if "\r" in rest:
            rest = seen(rest) + ("\r" if rest.endswith("\r") else "")
            self.on_progress(task, rest.rstrip("\r"))
        if len(rest) < _LONGEST:
            self._partial[task] = rest
        else:
            self.on_line(task, rest)

    def _write(self, task: Task, data: bytes) -> None:
        try:
            file = self._files.get(task)
            if file is None:
                file = self._files[task] = self._open(task)
                self._known.add(task)
            file.write(data)
            file.flush()
        except OSError:  # a full disk ends the steps that store something; their words are shown still
            return

    def flush(self, task: Task) -> None:
        """Show what a task printed without an end of line."""
        rest = self._partial.pop(task, "")
        if rest:
            self.on_line(task, seen(rest))

    def close(self) -> None:
        """Close the files; a store that is no folder gets them now."""
        for task in list(self._partial):
            self.flush(task)
        for task, file in self._files.items():
            file.close()
            if self._staging is not None:
                try:
                    self.store.backend.write(self.key(task), Path(file.name).read_bytes())
                except (Fault, OSError):  # a log is no reason to fail
                    continue
        self._files.clear()
        if self._staging is not None:
            shutil.rmtree(self._staging, ignore_errors=True)

    def kept(self, task: Task) -> str | None:
        """Where a task's log lies in the store, if it printed anything."""
        return self.key(task) if task in self._known else None

    def key(self, task: Task) -> str:
        """Where a task's log lies in the store."""
        return f"{layout.step_prefix(self.pipeline, self.run, task.id, task.index)}/{NAME}"

    def _open(self, task: Task) -> BinaryIO:
        if self._root is not None:
            path = self._root / self.key(task)
        else:
            if self._staging is None:
                self._staging = Path(tempfile.mkdtemp(prefix=f"{temporary.prefix()}logs-"))
            path = self._staging / f"{len(self._files)}.log"
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("ab")


def seen(line: str) -> str:
    """What a terminal shows of a line in the end: a carriage return goes back to its beginning."""
    if "\x1b" in line:
        line = _MOVES.sub("", line)
    if "\r" in line:
        return next((part for part in reversed(line.split("\r")) if part), "")
    return line
