"""Formats of lines of a log, wherever their texts come from: those that name the caller's line or file, or the local
time, tell it.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from importlib.machinery import PathFinder
from typing import Any

from zencompile_runtime.observing import words
from zencompile_runtime.observing.places import is_standard
from zencompile_runtime.observing.session import Session, state

_TOLD = {"lineno": words.LINES, "pathname": words.PLACE, "asctime": words.ZONE}
_made: set[str] = set()
_replaced: list[tuple[Any, Callable[..., None]]] = []


def watch(session: Session) -> None:
    """Look at the formats that are made from now on; those of earlier runs in this process may still be in use."""
    session.words |= _made
    if "logging" in sys.modules:
        _replace(sys.modules["logging"])


def imported() -> None:
    """`logging` is about to be imported."""
    if "logging" in sys.modules or _replaced:
        return
    spec = PathFinder.find_spec("logging")
    if spec is not None and spec.origin is not None and is_standard(spec.origin):
        _replace(importlib.import_module("logging"))


def _replace(logging: Any) -> None:
    style = getattr(logging, "PercentStyle", None)
    if style is None or _replaced:
        return
    made = style.__init__

    def __init__(self: Any, fmt: Any, *arguments: Any, **options: Any) -> None:
        if state.session is not None:
            _note(state.session, fmt)
        made(self, fmt, *arguments, **options)

    style.__init__ = __init__
    _replaced.append((style, made))


def release() -> None:
    """Look no longer."""
    while _replaced:
        style, made = _replaced.pop()
        style.__init__ = made


def _note(session: Session, text: Any) -> None:
    if not isinstance(text, str):
        return
    for name, word in _TOLD.items():
        if name in text and word not in session.words:
            _made.add(word)
            session.words.add(word)
            session.send("words", [word])
