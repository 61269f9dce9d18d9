"""The command line: the only place that prints."""

from __future__ import annotations

import sys


def main(arguments: list[str] | None = None) -> None:
    """Entry point of the `zencompile` command. Exit codes: 0 done, 1 the compilation failed, 2 the call was wrong, 3
    `--check` found stale files, 130 Ctrl-C."""
    import gc

    collecting = gc.isenabled()
    gc.disable()  # a compilation is short and keeps nearly all that it makes: collecting costs a third of the time
    try:
        from zencompile.cli.group import command

        command.main(args=sys.argv[1:] if arguments is None else arguments, prog_name="zencompile")
    except SystemExit as leaving:
        if arguments is None and isinstance(leaving.code, (int, type(None))):
            _leave(leaving.code or 0)
        raise
    except KeyboardInterrupt:  # before there was a command to answer it
        sys.exit(130)
    finally:
        if collecting:  # a process that called us goes on
            gc.enable()


def _leave(code: int) -> None:
    """End the process without taking apart what it made, node by node; what registered for the end is called."""
    import atexit
    import os
    import threading

    if threading.active_count() > 1:
        return
    atexit._run_exitfuncs()
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:  # closed by whoever started us
                stream.flush()
    except (OSError, ValueError):  # nobody reads any longer: let Python say what it says then
        return
    os._exit(code)
