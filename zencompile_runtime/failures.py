"""From an exception to what a user should read: their own traceback, or one sentence and what to do."""

from __future__ import annotations

import errno
import importlib
import sys
import traceback
from pathlib import Path

from zencompile_runtime.errors import Failure, Fault
from zencompile_runtime.importing import project, relative
from zencompile_runtime.signals import AskedToEnd
from zencompile_runtime.spec import StepSpec

_HERE = (str(Path(__file__).resolve().parent), str(Path(__file__).parent))  # a script's path to us may hold `..`
_IMPORTLIB = importlib.__file__


def describe(error: BaseException, spec: StepSpec, alone: bool = False) -> Failure:
    """Whose fault an exception was, and what to show of it. In a process that is the step's `alone`, its own code has
    raised a KeyboardInterrupt.
    """
    if isinstance(error, Fault):
        location = error.location or _last_user_line(error) or _definition(spec)
        return Failure(error.kind, type(error).__name__, error.message, _cause(error), location, error.help)
    if isinstance(error, AskedToEnd) or (isinstance(error, KeyboardInterrupt) and not alone):
        return Failure("ended", type(error).__name__, "the process was asked to end")
    if isinstance(error, OSError) and error.errno == errno.EMFILE and not _last_user_line(error):
        help = "let the step close files, or leave the limit of its process (RLIMIT_NOFILE) as it was"
        message = "its process may open no more files: its result can't be stored"
        return Failure("user", type(error).__name__, message, help=help)
    if type(error).__name__ == "BdbQuit":
        return _debugger_left(error)
    text = said(error) or type(error).__name__
    help = ""
    if isinstance(error, ModuleNotFoundError) and error.name:
        help = f"add the package that provides {error.name!r} to the step's requirements"
    elif isinstance(error, MemoryError):
        help = "let the step have more memory, or let it do with less"
    return Failure("user", type(error).__name__, text, users_traceback(error), _last_user_line(error), help)


def said(error: BaseException) -> str:
    """The text of an exception, whose class is the user's and may fail to give one."""
    try:
        return str(error)
    except Exception:
        return "<exception str() failed>"  # as tracebacks have it


def _debugger_left(error: BaseException) -> Failure:
    """Someone left the debugger, or nobody could talk to it."""
    if sys.stdin is not None and sys.stdin.isatty():
        return Failure("ended", "BdbQuit", "the debugger was left", location=_last_user_line(error))
    help = "a step's own process has no terminal: run with --in-process to debug it, or take out the breakpoint"
    return Failure("user", "BdbQuit", "a debugger found nobody to ask", location=_last_user_line(error), help=help)


def users_traceback(error: BaseException) -> str:
    """The traceback without frames of the runtime and of the import machinery."""
    chain = traceback.TracebackException.from_exception(error)
    seen: set[int] = set()
    pending = [chain]
    while pending:
        one = pending.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        kept = [frame for frame in one.stack if not _ours(frame.filename)]
        one.stack = traceback.StackSummary.from_list(kept)
        pending += [inner for inner in (one.__cause__, one.__context__) if inner is not None]
    return "".join(chain.format())


def _cause(error: Fault) -> str:
    return users_traceback(error.__cause__) if error.kind == "user" and error.__cause__ is not None else ""


def _ours(filename: str) -> bool:
    return filename.startswith((*_HERE, "<frozen importlib", "<frozen runpy")) or filename == _IMPORTLIB


def _definition(spec: StepSpec) -> str:
    """Where the step's function is defined, told from its file alone: it may not be importable, or not yet."""
    import re

    module, _, name = spec.entrypoint.partition(":")
    path = Path(project(), *module.split("."))
    for file in (path.with_suffix(".py"), path / "__init__.py"):
        if name and file.is_file():
            try:
                text = file.read_text("utf-8", "replace")
            except OSError:
                return ""
            found = re.search(rf"^(?:async\s+)?(?:def|class)\s+{re.escape(name)}\b", text, re.MULTILINE)
            if found:
                return f"{relative(str(file))}:{text.count(chr(10), 0, found.start()) + 1}"
    return ""


def _last_user_line(error: BaseException) -> str:
    root = str(Path(project()).resolve())
    found = ""
    for frame, line in traceback.walk_tb(error.__traceback__):
        filename = frame.f_code.co_filename
        if filename.startswith(root) and not _ours(filename) and "site-packages" not in filename:
            found = f"{relative(filename)}:{line}"
    return found
