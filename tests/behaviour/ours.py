"""Runs of programs by `zencompile run`, each in a fork of this process: nothing starts anew."""

from __future__ import annotations

import faulthandler
import logging
import os
import runpy
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import programs

from zencompile import cli
from zencompile.cli import launching, run_command  # noqa: F401 (imported before forks)
from zencompile_runtime.runner.workers import watcher

SECONDS = 120


def run(text: str, folder: Path, *flags: str) -> tuple[dict[str, Any], str]:
    """What a program observes, and all that was said."""
    (folder / "pyproject.toml").write_text('[project]\nname = "behaviour"\n')
    programs.lay(text, folder)
    said = folder / "said.txt"
    code = _forked(lambda: _become(folder, said, ["run", "run.py", "--plain", "--jobs", "1", *flags]))
    output = said.read_text("utf-8", "replace")
    return programs.observed(output, code), output


def _forked(act: Callable[[], None]) -> int:
    """Do something in a fork; its exit code."""
    pid = os.fork()
    if pid == 0:
        _leave(act)
    timer = threading.Timer(SECONDS, os.kill, (pid, signal.SIGKILL))
    timer.start()
    try:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    finally:
        timer.cancel()


def _leave(act: Callable[[], None]) -> NoReturn:
    code = 0
    try:
        act()
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 0 if error.code is None else 1
    except BaseException:
        traceback.print_exc()
        code = 70
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)


def _become(folder: Path, said: Path, words: list[str]) -> None:
    os.chdir(folder)
    with said.open("wb") as file, Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    logging.getLogger().handlers.clear()  # those of pytest
    sys.stdin = os.fdopen(os.dup(0))
    sys.stdout = os.fdopen(os.dup(1), "w", 1, "utf-8")
    sys.stderr = os.fdopen(os.dup(2), "w", 1, "utf-8", "backslashreplace")
    faulthandler.dump_traceback_later(SECONDS - 20, file=sys.stderr)  # where it hangs
    launching.become = lambda words: _leave(lambda: _become_script(words))
    launching.wait = lambda words: launching.Ended(_forked(lambda: _become_script(words)))
    sys.argv[:] = ["zencompile", *words]
    cli.main()


def _become_script(words: list[str]) -> None:
    """What `python SCRIPT …` does; the runtime that this process has is the one that was compiled."""
    os.environ["ZENCOMPILE_CODE"] = str(next(Path.cwd().glob(".zencompile/build/**/runtime/code")))
    os.environ["PYTHONHASHSEED"] = "0"  # without it, and the mark, the script starts itself again
    watcher.mark(watcher.token(), os.environ)
    sys.argv[:] = words[1:]
    sys.orig_argv[:] = words
    runpy.run_path(words[1], run_name="__main__")
