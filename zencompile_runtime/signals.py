"""Signals that this process answers, and that end the processes which a step's code forks, as ever.

A pool of `multiprocessing` ends its workers by SIGTERM. A worker that had inherited our handler would raise SystemExit
instead, wherever it stands, and might go on after all; the pool would wait for it for ever.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from typing import Any

from zencompile_runtime.errors import EXIT_CODES

_answered: set[int] = set()
_registered: list[bool] = []
_masks: dict[int, Any] = {}  # of threads that fork right now


class AskedToEnd(SystemExit):
    """The engine or the user asked this process to end: no step's own `sys.exit`, whatever its code."""

    def __init__(self) -> None:
        super().__init__(EXIT_CODES["ended"])


def answer(number: int, handler: Callable[..., Any]) -> Any:
    """Let `handler` answer a signal in this process alone; what did before. ValueError outside the main thread."""
    before = signal.signal(number, handler)
    _answered.add(number)
    if not _registered and hasattr(os, "register_at_fork"):
        os.register_at_fork(before=_hold, after_in_parent=_release, after_in_child=_forget)
        _registered.append(True)
    return before


def leave(number: int, before: Any) -> None:
    """Let what answered the signal before answer it again."""
    signal.signal(number, before)
    _answered.discard(number)


def _hold() -> None:
    """Keep the signals back while nobody could say whom they are for."""
    if _answered:
        _masks[threading.get_ident()] = signal.pthread_sigmask(signal.SIG_BLOCK, _answered)


def _release() -> None:
    mask = _masks.pop(threading.get_ident(), None)
    if mask is not None:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _forget() -> None:
    for number in _answered:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
    _answered.clear()
    _release()
