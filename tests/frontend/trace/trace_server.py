"""Traces many programs from one start of Python: `python trace_server.py`, a line `JOB ANSWER` for each.

Each program has a process of its own, forked when the compiler is loaded and nothing else has happened.
"""

from __future__ import annotations

import sys

AT_START = frozenset(sys.modules)

import json  # noqa: E402 (the first statement looks at what was there before)
import os  # noqa: E402
from pathlib import Path  # noqa: E402

from zencompile.frontend.trace import reader  # noqa: E402


def main() -> None:
    """Do what each line asks for, and say when it is done."""
    for line in sys.stdin:
        job, answer = line.split()
        process = os.fork()
        if process == 0:
            _work(json.loads(Path(job).read_text("utf-8")), Path(answer))
        os.waitpid(process, 0)
        print("done", flush=True)


def _work(job: dict[str, object], answer: Path) -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in range(3):
        os.dup2(nowhere, stream)
    os.chdir(str(job["working_directory"]))
    leave = os._exit
    reader.work(job, answer, AT_START)
    leave(0)


if __name__ == "__main__":
    del sys.path[0]  # the folder of this file is none of the program's
    main()
