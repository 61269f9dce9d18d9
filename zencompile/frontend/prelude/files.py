"""`open`, `io`: files of the project are read, nothing is written."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from zencompile.frontend.prelude import places
from zencompile.frontend.prelude.helpers import Keywords, Quiet, bind, module
from zencompile.frontend.prelude.modelled import Modelled, NativeType
from zencompile.frontend.prelude.signatures import Declared, Model
from zencompile.frontend.values import Context, NativeFunction, Raised, Unknown, Value
from zencompile.frontend.values.operations import all_items
from zencompile.frontend.values.placed import placed_text, shown
from zencompile.frontend.values.pure import call_pure

LARGEST_READ = 10_000_000
"""Bytes. Data of this size belong into a step."""


class TextFile(Modelled):
    """A file that was opened for reading, or `io.StringIO`: all of it is in memory, in Python's own object."""

    type_name = "file"
    is_changeable = is_consumed = True

    def __init__(self, content: Any, name: Value, mode: str = "r") -> None:
        self.is_text = isinstance(content, str)
        self.stream: Any = io.StringIO(content, newline="\n") if self.is_text else io.BytesIO(content)
        self.name = name
        self.mode = mode
        self.unknown: Unknown | None = None
        """Why what it holds is not known: something unknown was written."""
        if name is None:
            self.host = type(self.stream)  # type: ignore[misc]
        else:
            self.host = io.TextIOWrapper if self.is_text else io.BufferedReader  # type: ignore[misc]

    @property
    def content(self) -> Any:
        """All that it holds."""
        return self.stream.getvalue()

    def rest(self) -> Value:
        """What has not been read yet."""
        return self.unknown or self.stream.read()

    def iterate(self, context: Context) -> Iterator[Value] | Unknown:
        return self.unknown or self._lines(context)

    def _lines(self, context: Context) -> Iterator[Value]:
        while True:
            line = self._act("readline", [], {}, context)
            if isinstance(line, Unknown):
                yield line
                return
            if not line:
                return
            yield line

    def enter(self, context: Context) -> Value:
        self._act("readable", [], {}, context)
        return self

    def leave(self, raised: Raised | None, context: Context) -> bool:
        self.stream.close()
        return False

    def get_attribute(self, name: str, context: Context) -> Value:
        if name in ("write", "writelines"):
            return NativeFunction(name, self._write if name == "write" else self._write_lines)
        if name in _READING or (name == "getvalue" and self.name is None):
            return NativeFunction(name, lambda a, k, c: self._act(name, a, k, c))
        if name == "__enter__":
            return NativeFunction(name, lambda a, k, c: self.enter(c))
        if name == "__exit__":
            return NativeFunction(name, lambda a, k, c: self.leave(None, c))
        if name == "closed":
            return self.stream.closed
        if name in ("name", "mode") and self.name is not None:
            return getattr(self, name)
        return super().get_attribute(name, context)

    def _act(self, name: str, a: list[Value], k: Keywords, c: Context) -> Value:
        if self.unknown is not None and name not in ("close", "flush", "readable", "writable", "seekable"):
            return self.unknown
        if name == "writable" and self.name is not None:
            return False
        return call_pure(getattr(self.stream, name), a, k, c, name)

    def _write(self, a: list[Value], k: Keywords, c: Context) -> Value:
        if self.name is not None:
            raise c.raise_(io.UnsupportedOperation("not writable"))
        made = self.unknown or call_pure(self.stream.write, a, k, c)
        if isinstance(made, Unknown):
            self.unknown = made
        elif self.stream.tell() > LARGEST_READ:
            self.unknown = c.unknown("a text too large to be made when compiling")
        return made

    def _write_lines(self, a: list[Value], k: Keywords, c: Context) -> Value:
        listed = all_items(a[0], c)
        for line in [listed] if isinstance(listed, Unknown) else listed:
            self._write([line], {}, c)
        return None


_READING = frozenset(
    ["read", "readline", "readlines", "seek", "tell", "close", "flush", "readable", "writable", "seekable", "truncate"]
)


class Sink(Quiet):
    """A file that is opened for writing: what goes there goes nowhere when compiling."""

    def __init__(self) -> None:
        super().__init__("file")


OPENING = "file, mode='r', buffering=-1, encoding=None, errors=None, newline=None, closefd=True, opener=None"


def open_file(a: list[Value], k: Keywords, c: Context) -> Value:
    """`open(…)`."""
    given = bind("file mode buffering encoding errors newline closefd opener", a, k, c, "open")
    if isinstance(c.force(given.get("file")), int):
        return c.unknown("what a file descriptor gives")
    mode = c.force(given.get("mode", "r"))
    if isinstance(mode, Unknown):
        return mode.forgotten()
    if isinstance(mode, str) and any(letter in mode for letter in "wax+"):
        places.change(given.get("file", ""), "it was opened for writing", c)
        return Sink()
    text = places.as_path_text(given.get("file", ""), c)
    if isinstance(text, Unknown):
        return text.forgotten()
    unknown = places.uncertain(text, c)
    if unknown is not None:
        return unknown
    found = places.locate(text, c)
    if found is None:
        if places.is_elsewhere(text, c):
            return c.unknown(f"the content of `{shown(text)[:80]}`, which is outside of the project")
        raise c.raise_(FileNotFoundError(2, "No such file or directory", placed_text(text, c)))
    disk = c.evaluator.project.disk
    if disk.is_folder(found):
        raise c.raise_(IsADirectoryError(21, "Is a directory", placed_text(text, c)))
    return _opened(found, text, isinstance(mode, str) and "b" in mode, given, c)


def _opened(found: Any, text: str, binary: bool, given: Keywords, c: Context) -> Value:
    disk = c.evaluator.project.disk
    try:
        if not disk.is_file(found) or disk.size(found) > LARGEST_READ:
            return c.unknown(f"the content of `{shown(text)[:80]}`, which is too large or no plain file")
        data = disk.read_bytes(found)
    except OSError as error:
        raise c.raise_(OSError(error.errno, error.strerror or "", placed_text(text, c))) from None
    name = placed_text(text, c)
    if binary:
        return TextFile(data, name, "rb")
    encoding = c.force(given.get("encoding")) or "utf-8"
    errors = c.force(given.get("errors")) or "strict"
    try:
        decoded = data.decode(encoding, errors)
    except (UnicodeError, LookupError, TypeError) as error:
        raise c.raise_(ValueError(str(error))) from None
    return TextFile(decoded.replace("\r\n", "\n").replace("\r", "\n"), name)


def _in_memory(kind: Any) -> Model:
    def make(a: list[Value], k: Keywords, c: Context) -> Value:
        stream = call_pure(kind, a, k, c)
        if isinstance(stream, Unknown):
            return stream.forgotten()
        made = TextFile(stream.getvalue(), None)
        made.stream = stream
        return made

    return make


MODULES = {
    "io": module(
        "io",
        {
            "StringIO": NativeType(io.StringIO, "initial_value='', newline='\\n'", _in_memory(io.StringIO)),
            "BytesIO": NativeType(io.BytesIO, "initial_bytes=b''", _in_memory(io.BytesIO)),
            "open": Declared("open", OPENING, open_file),
            "UnsupportedOperation": io.UnsupportedOperation,
        },
    )
}
