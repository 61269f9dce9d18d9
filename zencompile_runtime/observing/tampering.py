"""Ways by which a run is no run of its code alone: debuggers, tracers, and what keeps us from observing it."""

from __future__ import annotations

import os
import sys
from types import FrameType
from typing import Any

from zencompile_runtime.observing import units
from zencompile_runtime.observing.session import Session

_HANDS = {"bdb", "pdb", "pydevd", "debugpy", "ipdb", "pudb"}
_PING = "zencompile.observing"
_TOOLS = {0: "a debugger", 1: "a coverage tool", 2: "a profiler"}  # the ids of `sys.monitoring`


def traced(session: Session, arguments: tuple[Any, ...]) -> None:
    """`sys.settrace` was called."""
    units.disarm()
    session.refuse("a debugger was entered" if _by_debugger() else "a trace function was set (sys.settrace)")


def profiled(session: Session, arguments: tuple[Any, ...]) -> None:
    """`sys.setprofile` was called."""
    session.refuse("a profile function was set (sys.setprofile)")


def broke(session: Session, arguments: tuple[Any, ...]) -> None:
    """`breakpoint()` was called."""
    if sys.breakpointhook is sys.__breakpointhook__ and os.environ.get("PYTHONBREAKPOINT") == "0":
        return
    session.refuse("a debugger was entered by breakpoint()")


def answered(session: Session, arguments: tuple[Any, ...]) -> None:
    """The audit hook is there."""
    session.alive = True


def _by_debugger() -> bool:
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        if str(frame.f_globals.get("__name__", "")).partition(".")[0] in _HANDS:
            return True
        frame = frame.f_back
    return False


def before(session: Session) -> None:
    """What is there when a run begins."""
    if sys.gettrace() is not None:
        session.refuse("a debugger or a coverage tool is attached (sys.gettrace)")
    elif sys.getprofile() is not None:
        session.refuse("a profiler is attached (sys.getprofile)")
    _tools(session)


def after(session: Session) -> None:
    """What is there when it ends."""
    sys.audit(_PING)
    if not session.alive:
        session.refuse("the audit hook doesn't answer")
    taken = units.taken()
    if taken is not None:
        session.refuse(taken)
    if sys.gettrace() is not None:
        session.refuse("a debugger or a coverage tool is attached (sys.gettrace)")
    _tools(session)


def _tools(session: Session) -> None:
    if units.monitoring is not None:
        for number, name in _TOOLS.items():
            if units.monitoring.get_tool(number) is not None:
                session.refuse(f"{name} is attached (sys.monitoring)")


EVENTS = {
    "sys.settrace": traced,
    "sys.setprofile": profiled,
    "builtins.breakpoint": broke,
    _PING: answered,
}
