"""What a process needs to store and tell what its step gave, put back after the step's code ran.

Only a process that is a step's alone keeps something to put back: others' objects are not ours to change.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # gives numbers, where `signal` makes enumerations of them
import builtins
import contextlib
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

from zencompile_runtime import module_table
from zencompile_runtime.module_table import ModuleTable

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

_LIMITS = ("RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_DATA", "RLIMIT_FSIZE", "RLIMIT_NOFILE", "RLIMIT_STACK")
_TIMERS = tuple(one for name, one in vars(_signal).items() if name.startswith("ITIMER_"))  # none on Windows
_SIGNALS = tuple(map(int, _signal.valid_signals()))
_BUILTINS = vars(builtins)
_exit = os._exit


@dataclass
class _Kept:
    """What the process had before the step's code was imported."""

    builtins: dict[str, Any]
    modules: dict[str, Any]
    names: ModuleTable
    table: dict[str, Any]  # the object that `sys.modules` was
    finders: dict[str, tuple[list[Any], list[Any]]]  # lists of `sys`, and what was in them
    streams: dict[str, Any]
    limits: dict[int, tuple[int, int]]
    recursion: int


_kept: list[_Kept] = []
_prepared: list[_Kept] = []


def prepare() -> None:
    """Copy what this process has for those that are forked from it: a copy made there would touch, and so copy, the
    pages of all that it names. One that was made before does, unless modules have been imported since.
    """
    if not _prepared or not _prepared[0].names.is_now():
        _prepared[:] = [_had()]


def keep() -> None:
    """Remember what this process has: it is a step's alone, and no code of the step ran yet."""
    _kept[:] = _prepared or [_had()]


def _had() -> _Kept:
    finders = {name: getattr(sys, name) for name in ("path", "meta_path", "path_hooks")}
    limits = {}
    if resource is not None:
        limits = {number: resource.getrlimit(number) for number in map(_number, _LIMITS)}
    return _Kept(
        dict(_BUILTINS),
        dict(sys.modules),
        module_table.now(),
        sys.modules,
        {name: (found, list(found)) for name, found in finders.items()},
        {name: getattr(sys, name) for name in ("stdout", "stderr")},
        limits,
        sys.getrecursionlimit(),
    )


def restore() -> None:
    """Put back what is missing, and let nothing of the step's interrupt what follows."""
    for kept in _kept:
        _BUILTINS.update(kept.builtins)  # first of all, for the rest is written with them
        if sys.getrecursionlimit() < kept.recursion:
            sys.setrecursionlimit(kept.recursion)
        _stop_timers()
        _restore_imports(kept)
        for name, before in kept.streams.items():
            setattr(sys, name, _working(getattr(sys, name, None), before))
        for number, limits in kept.limits.items():
            _restore_limit(number, limits)


def _stop_timers() -> None:
    """A handler that raises would do so in our code. What else it answers, it answers; what it raises is told."""
    for number in _TIMERS:
        _signal.setitimer(number, 0)
    for number in _SIGNALS:
        handler = _signal.getsignal(number)
        if callable(handler) and not str(getattr(handler, "__module__", "")).startswith(
            ("zencompile_runtime", "_signal")
        ):
            with contextlib.suppress(ValueError, OSError):
                signal.signal(number, _guarded(handler))


def _guarded(handler: Callable[..., Any]) -> Callable[..., Any]:
    def answer(*arguments: Any) -> None:
        try:
            handler(*arguments)
        except BaseException as error:
            tell(error)

    return answer


def _restore_imports(kept: _Kept) -> None:
    if sys.modules is not kept.table:
        sys.modules = kept.table
    table = kept.table
    if kept.names.came() is None:
        for name in kept.modules.keys() - table.keys():
            table[name] = kept.modules[name]
    for name, (found, entries) in kept.finders.items():
        if getattr(sys, name) is not found and not isinstance(getattr(sys, name), list):
            setattr(sys, name, found)
        now = getattr(sys, name)
        now.extend([one for one in entries if one not in now])


def _working(stream: Any, before: Any) -> Any:
    """The stream, or what was there before it where it is none; None, as Python has it, where that is closed."""
    for one in (stream, before):
        try:
            if not one.closed and callable(one.write) and callable(one.flush):
                return one
        except BaseException:  # whatever the step put there
            continue
    return None


def _restore_limit(number: int, limits: tuple[int, int]) -> None:
    now = resource.getrlimit(number)
    if now == limits:
        return
    for wanted in (limits, (min(limits[0], now[1]) if now[1] >= 0 <= limits[0] else now[1], now[1])):
        try:
            resource.setrlimit(number, wanted)
        except (ValueError, OSError):  # a limit that only a privileged process can raise
            continue
        return


def _number(name: str) -> int:
    return int(getattr(resource, name))


def flush() -> None:
    """Write out what was printed; that somebody closed or replaced the streams is no fault."""
    streams: list[Any] = [getattr(sys, name, None) for name in ("stdout", "stderr")]
    for kept in _kept:
        streams += kept.streams.values()
    for stream in streams:
        with contextlib.suppress(BaseException):
            stream.flush()


def tell(error: BaseException) -> None:
    """Print what code of the step raised where it harms nothing; whoever took the streams away doesn't see it."""
    from zencompile_runtime.failures import users_traceback

    with contextlib.suppress(BaseException):
        sys.stderr.write(users_traceback(error))


def leave(status: int) -> NoReturn:
    """End the process as the interpreter would, threads and exit handlers included, without its teardown."""
    import atexit
    import threading

    try:
        for end in (threading._shutdown, atexit._run_exitfuncs, flush):  # type: ignore[attr-defined]
            try:
                end()
            except BaseException as error:
                tell(error)
    finally:
        _exit(status)
