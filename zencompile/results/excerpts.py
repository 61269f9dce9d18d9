"""What a page shows of texts that may be long, and where the whole of them lies.

A page takes so much of all long texts together, those of failures first, and names the place of the rest: so it grows
with its steps and edges, and not with what they print.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

from zencompile.results.model import Run, StepRun, StoreError
from zencompile_runtime.errors import Fault

TAIL = 64_000  # bytes of the end of a log that are read
LEAST = 120  # characters of a text for which there is no room
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Places:
    """Links from a page to the documents of a store."""

    def __init__(self, store: Any, page: Path | None) -> None:
        self.url = store.url.rstrip("/")
        root = getattr(store.backend, "root", None)
        self._root: str | None = None
        if root is not None and page is not None:
            try:
                self._root = os.path.relpath(root, page.resolve().parent).replace(os.sep, "/")
            except ValueError:  # another drive
                self._root = None

    def link(self, key: str) -> str:
        """A link that works from where the page lies; empty if there is none, as into a bucket."""
        if self._root is not None:
            return quote(f"{self._root}/{key}")
        return f"{self.url}/{quote(key)}" if self.url.startswith(("http://", "https://")) else ""

    def of(self, key: str) -> str:
        """The whole place."""
        return f"{self.url}/{key}"


class Room:
    """How many characters of long texts a page still takes."""

    def __init__(self, most: int) -> None:
        self.left = most

    @property
    def few(self) -> bool:
        """Whether there is no more room, so that only the least of each is shown."""
        return self.left <= 0

    def cut(self, text: str, most: int) -> str:
        """The beginning of a text, with a word of its length if that is not all."""
        most = LEAST if self.few else most
        shown = text if len(text) <= most else f"{text[:most]} … ({len(text):,} characters)"
        self.left -= len(shown)
        return shown

    def ends(self, text: str, most: int) -> str:
        """The beginning and the end of a text: what a traceback begins with, and what went wrong."""
        most = 2 * LEAST if self.few else most
        if len(text) > most:
            head, tail = text[: most // 4], text[-3 * most // 4 :]
            head, tail = head.rpartition("\n")[0] or head, tail.partition("\n")[2] or tail
            text = f"{head}\n… {len(text) - len(head) - len(tail):,} characters …\n{tail}"
        self.left -= len(text)
        return text

    def some(self, pairs: Mapping[str, Any], most: int, without: Iterable[str] = ()) -> tuple[list[Any], int]:
        """So many pairs in the order of their names, and how many there are more."""
        wanted = sorted((item for item in pairs.items() if item[0] not in without), key=lambda item: item[0])
        most = min(most, 3) if self.few else most
        return wanted[:most], max(0, len(wanted) - most)


@dataclass(frozen=True)
class Excerpt:
    """The end of what a step printed. `cut` says that there is more before it; `size` is the whole, in bytes."""

    text: str
    cut: bool
    size: int


def logs(run: Run, store: Any, worst: Iterable[str], room: Room) -> dict[str, Excerpt]:
    """By step, the end of what it printed: more of those in a state of `worst`, and those first."""
    bad = frozenset(worst)
    found = {}
    for step in sorted(run.steps, key=lambda step: step.status not in bad):
        if step.log is not None:
            lines, most = (100, 12_000) if step.status in bad else (20, 2_000)
            found[step.label] = printed(step, store, lines, most if room.left > 0 else 0)
            room.left -= len(found[step.label].text)
    return found


def printed(step: StepRun, store: Any, lines: int, most: int) -> Excerpt:
    """The end of what a step printed, as a terminal leaves it: at most so many lines and characters."""
    from zencompile_runtime.runner.logs import seen

    assert step.log is not None
    try:
        size, data = _tail(store, step.log, bool(most))
    except (Fault, OSError):
        return Excerpt("", True, 0)
    text = data.decode("utf-8", "replace").rstrip("\n")
    all_lines = [_ESCAPES.sub("", seen(one)) for one in text.split("\n")]
    shown = "\n".join(all_lines[-lines:])
    cut = size > len(data) or len(all_lines) > lines or len(shown) > most
    return Excerpt(shown[-most:] if most else "", cut, size)


def _tail(store: Any, key: str, wanted: bool) -> tuple[int, bytes]:
    """The size of what lies under a key, and its end; of a large object elsewhere, nothing."""
    entry = store.backend.entry(key)
    size = 0 if entry is None else entry.size
    if not size or not wanted:
        return size, b""
    root = getattr(store.backend, "root", None)
    if root is None:
        return size, (store.backend.read(key) or b"") if size <= TAIL else b""
    with Path(root, key).open("rb") as file:
        file.seek(max(0, size - TAIL))
        return size, file.read(TAIL)


def copy(store: Any, key: str, out: BinaryIO) -> None:
    """Write the whole of what lies under a key; raises `StoreError`."""
    try:
        with store.backend.open(key) as stream:
            shutil.copyfileobj(stream, out)
    except Fault as fault:
        raise StoreError(str(fault)) from fault


__all__ = ["Excerpt", "Places", "Room", "StoreError", "copy", "logs", "printed"]
