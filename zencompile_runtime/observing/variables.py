"""Variables of the environment: which are read, by whom.

While a step is observed, `os.environ` and `os.environb` keep their data in a dictionary that tells who asks for what.
They are the same objects for user code, whatever it binds, hands on or iterates over.
"""

from __future__ import annotations

import hashlib
import os
import sys
from _thread import get_ident
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from zencompile_runtime.observing.places import is_installed, is_runtime, is_standard
from zencompile_runtime.observing.session import Session, state

_USUAL = """
    PATH HOME USER LOGNAME SHELL PWD OLDPWD SHLVL TMPDIR TEMP TMP TERM COLORTERM COLUMNS LINES NO_COLOR FORCE_COLOR
    LANG LANGUAGE LC_ALL LC_CTYPE LC_MESSAGES LC_NUMERIC LC_TIME TZDIR DISPLAY EDITOR PAGER BROWSER
    PYTHONPATH PYTHONHOME PYTHONHASHSEED PYTHONWARNINGS PYTHONDONTWRITEBYTECODE PYTHONBREAKPOINT PYTHONUNBUFFERED
    PYTHONIOENCODING PYTHONUTF8 PYTHONSTARTUP VIRTUAL_ENV CONDA_PREFIX XDG_CACHE_HOME XDG_CONFIG_HOME XDG_DATA_HOME
    XDG_RUNTIME_DIR JPY_PARENT_PID
    _ WINDOWID TERM_SESSION_ID XDG_SESSION_ID INVOCATION_ID JOURNAL_STREAM GPG_TTY SSH_CLIENT SSH_CONNECTION SSH_TTY
    SSH_AUTH_SOCK TMUX TMUX_PANE STY _RJEM_MALLOC_CONF KMP_DUPLICATE_LIB_OK KMP_INIT_AT_FORK
"""
USUAL = frozenset(_USUAL.split())
"""Names that libraries ask for wherever they run, that shells set anew for each process, or that say how libraries are
loaded and get their memory: these count only where code of the project asks.
"""

_COPIERS = ("/unittest/mock.py", "/loky/", "/multiprocessing/", "/concurrent/futures/")
_MACHINERY = frozenset({os.__file__, sys.modules["_collections_abc"].__file__, __file__})


class Watched(dict):  # type: ignore[type-arg]
    """The data of `os.environ` while a step is observed."""

    def __getitem__(self, key: Any) -> Any:
        _asked(key)
        return dict.__getitem__(self, key)

    def __contains__(self, key: object) -> bool:
        _asked(key)
        return dict.__contains__(self, key)

    def get(self, key: Any, default: Any = None) -> Any:
        _asked(key)
        return dict.get(self, key, default)

    def pop(self, key: Any, *default: Any) -> Any:
        _asked(key)
        found = dict.pop(self, key, *default)
        _set(key)
        return found

    def setdefault(self, key: Any, default: Any = None) -> Any:
        _asked(key)
        return dict.setdefault(self, key, default)

    def __setitem__(self, key: Any, value: Any) -> None:
        _set(key)
        dict.__setitem__(self, key, value)

    def __delitem__(self, key: Any) -> None:
        _asked(key)
        dict.__delitem__(self, key)
        _set(key)

    def __iter__(self) -> Iterator[Any]:
        _asked_for_all()
        return dict.__iter__(self)

    def __len__(self) -> int:
        _asked_for_all()
        return dict.__len__(self)

    def __eq__(self, other: object) -> bool:
        _asked_for_all()
        return dict.__eq__(self, other)

    __hash__ = None

    def __ne__(self, other: object) -> bool:
        return not self == other

    def keys(self) -> Any:
        _asked_for_all()
        return dict.keys(self)

    def values(self) -> Any:
        _asked_for_all()
        return dict.values(self)

    def items(self) -> Any:
        _asked_for_all()
        return dict.items(self)

    def copy(self) -> Any:
        _asked_for_all()
        return dict(dict.items(self))

    def __repr__(self) -> str:
        _asked_for_all()
        return dict.__repr__(self)

    def __reduce__(self) -> Any:
        _asked_for_all()
        return dict, (dict(dict.items(self)),)


_ahead: list[bool] = []


@contextmanager
def ahead() -> Iterator[None]:
    """Libraries are imported before any step: what they read counts for all steps of this process."""
    watch()
    _ahead.append(True)
    try:
        yield
    finally:
        _ahead.pop()
        release()


def _looking() -> Session | None:
    session = state.session
    return None if session is None or get_ident() in state.quiet else session


def _asked(key: object) -> None:
    session = _looking()
    if not isinstance(key, (bytes, str)):
        return
    name = os.fsdecode(key)
    if session is None:
        if _ahead and name not in USUAL and not name.startswith("ZENCOMPILE_"):
            state.lasting.variables.add(name)
        return
    if name in session.assigned or name.startswith("ZENCOMPILE_"):
        return
    frame = _asker()
    if frame is None or is_runtime(frame.f_code.co_filename):
        return
    if name in USUAL and not _is_projects(frame, session):
        return
    session.add("variables", name, _digest(name))


def _digest(name: str) -> str | None:
    """What a process that the step started tells of a variable's value."""
    data: Any = os.environ._data  # type: ignore[attr-defined]
    value = dict.get(data, os.environ.encodekey(name))
    return None if value is None else hashlib.sha256(os.fsencode(value)).hexdigest()


def _set(key: object) -> None:
    session = _looking()
    if session is not None and isinstance(key, (bytes, str)):
        session.assigned.add(os.fsdecode(key))


def _asked_for_all() -> None:
    session = _looking()
    if session is None:
        state.lasting.all_variables |= bool(_ahead)
        return
    if session.seen.all_variables:
        return
    frame = _asker()
    filename = frame.f_code.co_filename if frame is not None else ""
    if not filename or is_runtime(filename) or any(one in filename for one in _COPIERS):
        return
    session.read_all_variables()


def _asker() -> FrameType | None:
    """Who asked, past `os` and what it is built of."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and frame.f_code.co_filename in _MACHINERY:
        frame = frame.f_back
    if frame is None:
        return None
    filename = frame.f_code.co_filename
    return frame if not filename.startswith(("<frozen os", "<frozen _collections_abc")) else _past(frame)


def _past(frame: FrameType) -> FrameType | None:
    found: FrameType | None = frame
    while found is not None and found.f_code.co_filename.startswith(("<frozen os", "<frozen _collections_abc")):
        found = found.f_back
    return found


def _is_projects(frame: FrameType, session: Session) -> bool:
    """Whether code of the project asks: itself, or by the standard library. What is read while something is imported
    is asked by nobody.
    """
    found: FrameType | None = frame
    while found is not None and is_standard(found.f_code.co_filename):
        if found.f_code.co_filename.startswith("<frozen importlib"):
            return False
        found = found.f_back
    if found is None:
        return False
    filename = found.f_code.co_filename
    return not (is_installed(filename) or is_runtime(filename))


def watch() -> None:
    """Begin to look at who reads the environment."""
    data = getattr(os.environ, "_data", None)
    if data is None or isinstance(data, Watched):
        return
    watched = Watched(data)
    os.environ._data = watched  # type: ignore[attr-defined]
    if hasattr(os, "environb"):
        os.environb._data = watched  # type: ignore[attr-defined]


def release() -> None:
    """Let the environment be what it was."""
    data = getattr(os.environ, "_data", None)
    if not isinstance(data, Watched):
        return
    plain = dict(dict.items(data))
    os.environ._data = plain  # type: ignore[attr-defined]
    if hasattr(os, "environb"):
        os.environb._data = plain  # type: ignore[attr-defined]
