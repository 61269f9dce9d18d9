"""Starting the script of a local run: where it is compiled to, and a process for it that hears what we hear."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from zencompile.diagnostics import Report, Severity

_CALLER = "ZENCOMPILE_CALLER"  # whom a script of a local run ends with, however that ends
_KEPT = 10  # builds with options or values of their own that stay however old they are
_OLD = 7 * 24 * 3600.0  # seconds
_OF_IMAGES = frozenset({"ZC0409", "ZC0410", "ZC0411", "ZC0413", "ZC0541", "ZC0542"})
_OF_LATER = frozenset({"ZC0229"})  # what whoever compiles once and runs often should know


def leave_out(report: Report, result: Any) -> None:
    """Forget warnings and notes that don't concern a run that is compiled for itself, in processes of this machine."""
    beside = _OF_LATER if getattr(result.options, "executor", None) == "docker" else _OF_LATER | _OF_IMAGES
    report.diagnostics[:] = [one for one in report if one.severity is Severity.ERROR or one.code not in beside]


def build(home: Path, *what: str) -> Path:
    """The folder for what is compiled: one for what a file alone says, others by what else decides it, so that two
    runs may begin at once.
    """
    return home / "build" / digest(*what) if what else home / "build"


def digest(*texts: str) -> str:
    """A short name for texts."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:16]


def write(result: Any, session: Any, home: Path, helps: str | tuple[str, ...] = ()) -> None:
    """Write what was compiled; `home` is the folder of what is ours, which version control leaves alone."""
    from zencompile import output

    try:
        output.write(result.staged())
        ignore = home / ".gitignore"
        if home.is_dir() and not ignore.exists():
            ignore.write_text("*\n")
        if home in result.folders.build.parents:
            os.utime(result.folders.build)
            _forget_old(home / "build")
    except output.OutputError as error:
        session.report.error("ZC0006", f"`{error.path}` can't be written: {error.reason}", helps=helps)
        session.report.check()


def _forget_old(builds: Path) -> None:
    """Remove builds with options or values of their own that nobody has used for long."""
    made = [one for one in builds.iterdir() if re.fullmatch(r"[0-9a-f]{16}", one.name)]
    by_time = sorted(((one.stat().st_mtime, one) for one in made if one.is_dir()), reverse=True)
    for used, folder in by_time[_KEPT:]:
        if time.time() - used > _OLD:
            shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Ended:
    """How a command ended: its exit code as a shell would say it, and the signals that came to us meanwhile."""

    code: int = 0
    signals: list[int] = field(default_factory=list)


def wait(command_line: list[str]) -> Ended:
    """Run a command in this terminal. What asks us to end reaches the command, which ends its children, while we
    wait.
    """
    ended = Ended()
    started: list[subprocess.Popen[bytes]] = []
    with _passed_on(started, ended):
        try:
            process = subprocess.Popen(command_line, env={**os.environ, _CALLER: str(os.getpid())})
        except OSError as error:
            ended.code = _unstarted(command_line, error)
            return ended
        started.append(process)
        for number in tuple(ended.signals):  # there was nobody yet to pass them on to
            process.send_signal(number)
        with process:
            code = process.wait()
    ended.code = code if code >= 0 else 128 - code
    return ended


@contextlib.contextmanager
def _passed_on(started: list[subprocess.Popen[bytes]], ended: Ended) -> Iterator[None]:
    """Pass signals on. Ctrl-C may come to the command from the terminal as well: there it counts once."""

    def pass_on(number: int, frame: Any) -> None:
        ended.signals.append(number)
        for process in started:
            process.send_signal(number)

    before = {}
    try:
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, pass_on)
    except ValueError:  # not the main thread: signals are another's business
        pass
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def become(command_line: list[str]) -> NoReturn:
    """Run a command in our place: nothing of the compiler stays in memory, and signals have one address."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
    if os.name != "posix":
        sys.exit(wait(command_line).code)
    try:
        os.execvp(command_line[0], command_line)
    except OSError as error:
        sys.exit(_unstarted(command_line, error))


def _unstarted(command_line: list[str], error: OSError) -> int:
    sys.stderr.write(f"error: `{command_line[0]}` can't be run: {(error.strerror or str(error)).lower()}\n")
    return 2
