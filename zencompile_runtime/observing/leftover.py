"""What an earlier run in this process may have left for the next: caches that are filled, names that stand for others.

A step in a process of its own finds the project's modules as importing made them. Where steps share a process, one may
use what another has computed and kept, and so depends on all that the other did. Whether anything was kept is told by
the shape of the modules' names: what each stands for, and how much that holds.
"""

from __future__ import annotations

import os
import sys
from types import ModuleType
from typing import Any

from zencompile_runtime.observing.seen import Seen
from zencompile_runtime.observing.session import Session, state

Shape = dict[str, Any]

_CONTAINERS = (dict, list, set, bytearray)
_shapes: dict[str, Shape] = {}
_past: list[tuple[str, Seen]] = []  # with the project that it was a run of
_processes: set[int] = set()


def loaded(name: str) -> None:
    """A module of the project has been executed."""
    if state.session is not None and state.session.last:
        return
    module = sys.modules.get(name)
    if module is not None:
        _shapes[name] = _shape(module)


def remember(session: Session, processes: set[int]) -> None:
    """A run has ended, which started these processes."""
    _past.append((session.places.project, session.seen))
    _processes.update(processes)


def inherit(session: Session) -> None:
    """Add what earlier runs saw, if they left anything."""
    if not _past:
        return
    if any(_is_there(one) for one in _processes):
        session.refuse("processes that an earlier step started are still there")
    if _is_left():
        for project, one in _past:
            if project == session.places.project:
                session.seen.merge(one)


def _is_left() -> bool:
    modules = ((sys.modules.get(name), before) for name, before in _shapes.items())
    return any(module is not None and _shape(module) != before for module, before in modules)


def _is_there(process: int) -> bool:
    try:
        os.kill(process, 0)
    except OSError:
        return False
    return True


def _shape(module: ModuleType) -> Shape:
    names = vars(module)
    return {
        name: _held(value, module.__name__, 2)
        for name, value in list(names.items())
        if not name.startswith("__") and not isinstance(value, ModuleType)
    }


def _held(value: Any, module: str, depth: int) -> Any:
    """What tells a value from what it was: its identity, and what it holds."""
    if isinstance(value, _CONTAINERS):
        return id(value), len(value)
    info = getattr(type(value), "cache_info", None)
    if info is not None:
        return id(value), tuple(info(value))[-1]
    if depth and getattr(value if isinstance(value, type) else type(value), "__module__", None) == module:
        inner = getattr(value, "__dict__", None)
        if inner is not None:
            kept = [(name, _held(one, module, depth - 1)) for name, one in list(inner.items()) if name[:2] != "__"]
            return id(value), kept
    return id(value)
