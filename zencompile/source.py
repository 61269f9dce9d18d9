"""Source text and places in it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple


class Span(NamedTuple):
    """A half-open range of source text.

    `file` is relative to the source root, with forward slashes, so that nothing that holds a span depends on where
    the project lies. Lines and columns count from 1; columns count characters, not bytes. The range ends before
    `end_column`.
    """

    file: str
    line: int
    column: int
    end_line: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True)
class SourceFile:
    """A file of the user's project, read once.

    `path` is what spans and outputs name (relative to the source root); `location` is where it was read, `data` the
    bytes that were there, if they are not those of `text` in UTF-8.
    """

    path: str
    text: str = field(repr=False)
    location: Path
    data: bytes | None = field(default=None, repr=False, compare=False)

    @cached_property
    def lines(self) -> list[str]:
        """As Python counts them: a form feed ends none, nor does anything else that `splitlines` takes for an end."""
        return self.text.split("\n")

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the file's bytes, in hexadecimal."""
        data = self.data if self.data is not None else self.text.encode("utf-8", "surrogatepass")
        return hashlib.sha256(data).hexdigest()
