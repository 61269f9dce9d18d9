"""What coercers raise."""

from __future__ import annotations


class Mismatch(ValueError):
    """A value does not fit; `path` leads to the part that does not."""

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(message)
        self.path = path

    def within(self, part: str) -> Mismatch:
        """The same problem, seen from one level further out."""
        return Mismatch(str(self), part + self.path)
