"""The command line: the only place that prints."""

from __future__ import annotations

import sys


def main(arguments: list[str] | None = None) -> None:
    """Entry point of the `zencompile` command. Exit codes: 0 done, 1 the compilation failed, 2 the call was wrong."""
    import gc

    from zencompile.cli.group import command

    gc.disable()  # a compilation is short and keeps nearly all that it makes: collecting costs a third of the time
    command.main(args=sys.argv[1:] if arguments is None else arguments, prog_name="zencompile")
