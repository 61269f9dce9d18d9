"""`open`, `io`: files of the project are read, nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from zencompile.frontend.stdlib.helpers import Keywords, Quiet, bind, module
from zencompile.frontend.values import Context, NativeFunction, NativeObject, Unknown, Value

LARGEST_READ = 10_000_000
"""Bytes. Data of this size belong into a step."""


class TextFile(NativeObject):
    """A file that was opened for reading, or `io.StringIO`: all of it is in memory."""

    type_name = "file"

    def __init__(self, content: Any, name: str) -> None:
        self.content = content
        self.name = name
        self.position = 0

    def _take(self, size: Value) -> Any:
        end = len(self.content) if size is None or size < 0 else self.position + size
        part = self.content[self.position : end]
        self.position += len(part)
        return part

    def _line(self) -> Any:
        newline = "\n" if isinstance(self.content, str) else b"\n"
        at = self.content.find(newline, self.position)
        return self._take(None if at < 0 else at + 1 - self.position)

    def _lines(self) -> Iterator[Value]:
        while self.position < len(self.content):
            yield self._line()

    def iterate(self, context: Context) -> Iterator[Value] | Unknown:
        return self._lines()

    def get_attribute(self, name: str, context: Context) -> Value:
        methods: dict[str, Any] = {
            "read": lambda a, k, c: self._take(c.force(a[0]) if a else None),
            "readline": lambda a, k, c: self._line(),
            "readlines": lambda a, k, c: list(self._lines()),
            "getvalue": lambda a, k, c: self.content,
            "write": lambda a, k, c: self._write(a, c),
            "writelines": lambda a, k, c: None,
            "seek": lambda a, k, c: self._seek(c.force(a[0]) if a else 0),
            "tell": lambda a, k, c: self.position,
            "close": lambda a, k, c: None,
            "flush": lambda a, k, c: None,
            "__enter__": lambda a, k, c: self,
            "__exit__": lambda a, k, c: None,
            "readable": lambda a, k, c: True,
        }
        if name in methods:
            return NativeFunction(name, methods[name])
        if name == "name":
            return self.name
        if name in ("closed", "encoding", "mode"):
            return context.unknown(f"`{name}` of a file")
        return super().get_attribute(name, context)

    def _write(self, a: list[Value], c: Context) -> Value:
        text = c.plain(a[0]) if a else ""
        if isinstance(text, type(self.content)) and len(self.content) < LARGEST_READ:
            self.content = self.content + text
            return len(text)
        return text if isinstance(text, Unknown) else 0

    def _seek(self, position: Value) -> Value:
        self.position = position if isinstance(position, int) and position >= 0 else 0
        return self.position


class Sink(Quiet):
    """A file that is opened for writing: what goes there goes nowhere when compiling."""

    def __init__(self) -> None:
        super().__init__("file")


def open_file(a: list[Value], k: Keywords, c: Context) -> Value:
    """`open(…)`."""
    from zencompile.frontend.stdlib import paths

    given = bind("file mode buffering encoding errors newline closefd opener", a, k, c, "open")
    mode = c.force(given.get("mode", "r"))
    if isinstance(mode, Unknown):
        return mode
    if isinstance(mode, str) and any(letter in mode for letter in "wax+"):
        return Sink()
    text = paths.as_path_text(given.get("file", ""), c)
    if isinstance(text, Unknown):
        return text
    found = paths.locate(text, c)
    if found is None:
        if paths.is_outside(text):
            return c.unknown(f"the content of `{text[:80]}`, which is outside of the project")
        raise c.raise_(FileNotFoundError(2, "No such file or directory", text))
    disk = c.evaluator.project.disk
    if disk.is_folder(found):
        raise c.raise_(IsADirectoryError(21, "Is a directory", text))
    return _opened(found, text, isinstance(mode, str) and "b" in mode, given, c)


def _opened(found: Any, text: str, binary: bool, given: Keywords, c: Context) -> Value:
    disk = c.evaluator.project.disk
    try:
        if not disk.is_file(found) or disk.size(found) > LARGEST_READ:
            return c.unknown(f"the content of `{text[:80]}`, which is too large or no plain file")
        data = disk.read_bytes(found)
    except OSError as error:
        raise c.raise_(OSError(error.errno, error.strerror or "", text)) from None
    if binary:
        return TextFile(data, text)
    encoding = c.force(given.get("encoding")) or "utf-8"
    errors = c.force(given.get("errors")) or "strict"
    try:
        decoded = data.decode(encoding, errors)
    except (UnicodeError, LookupError, TypeError) as error:
        raise c.raise_(ValueError(str(error))) from None
    return TextFile(decoded.replace("\r\n", "\n").replace("\r", "\n"), text)


def _string_io(a: list[Value], k: Keywords, c: Context) -> Value:
    content = c.plain(a[0]) if a else ""
    return content if isinstance(content, Unknown) else TextFile(content if isinstance(content, str) else "", "")


def _bytes_io(a: list[Value], k: Keywords, c: Context) -> Value:
    content = c.plain(a[0]) if a else b""
    return content if isinstance(content, Unknown) else TextFile(content if isinstance(content, bytes) else b"", "")


MODULES = {
    "io": module(
        "io",
        {
            "StringIO": NativeFunction("StringIO", _string_io),
            "BytesIO": NativeFunction("BytesIO", _bytes_io),
            "open": NativeFunction("open", open_file),
        },
    )
}
