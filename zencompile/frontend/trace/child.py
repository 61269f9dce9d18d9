"""Runs the program: `python child.py JOB ANSWER`. Started by `zencompile.frontend.trace`, by path and by any Python.

The compiler is loaded from beside this file, whatever the interpreter has installed; it needs pydantic there.
"""

from __future__ import annotations

import sys

AT_START = frozenset(sys.modules)
"""What Python loads before any program: a file of the project that has such a name is never imported by it."""

import contextlib  # noqa: E402 (the first statement looks at what was there before)
import importlib.util  # noqa: E402
import json  # noqa: E402
import os  # noqa: E402
from pathlib import Path  # noqa: E402

LEAVE = os._exit


def main(job: str, answer: str) -> None:
    """Do the job, and write down what came of it. The process ends here."""
    here = Path(__file__).resolve().parent
    if sys.path and Path(sys.path[0]).resolve() == here:
        del sys.path[0]
    result = failure()
    if result is not None:
        Path(answer).write_text(json.dumps(result), "utf-8")
        return
    load(here.parents[1])
    from zencompile.frontend.trace import reader

    reader.work(json.loads(Path(job).read_text("utf-8")), Path(answer), AT_START)


def failure() -> dict[str, object] | None:
    """Why this interpreter can't do it."""
    version = ".".join(map(str, sys.version_info[:2]))
    if sys.version_info < (3, 10):  # noqa: UP036 (any Python may be named)
        return {"failure": "tracing needs Python 3.10 or newer, this is " + version, "help": "name a newer one"}
    if importlib.util.find_spec("pydantic") is None:
        return {
            "failure": "the Python that runs the program (" + version + ") has no pydantic",
            "help": "install `pydantic>=2` there, or name another interpreter with --trace-python",
        }
    return None


def load(package: Path) -> None:
    """Import the compiler's package from its folder, without what else lies beside it."""
    spec = importlib.util.spec_from_file_location(
        "zencompile", package / "__init__.py", submodule_search_locations=[str(package)]
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["zencompile"] = module
    spec.loader.exec_module(module)


if __name__ == "__main__":
    main(*sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # the program may have closed or replaced it
            stream.flush()
    LEAVE(0)  # what the program still has running ends with its process
