"""Whether a library that looks at files hands on what it was told of them: sizes and times, or no more than names."""

from __future__ import annotations

from types import FrameType

_TELLING = frozenset({"info", "modified", "created", "size", "sizes", "du", "disk_usage", "checksum", "ukey", "stat"})


def is_told(frame: FrameType | None) -> bool:
    """Whether fsspec, whose function this is, was called by a function that tells more than names."""
    outermost = None
    while frame is not None and str(frame.f_globals.get("__name__", "")).partition(".")[0] == "fsspec":
        outermost, frame = frame, frame.f_back
    if outermost is None:
        return False
    return outermost.f_code.co_name in _TELLING or bool(outermost.f_locals.get("detail"))
