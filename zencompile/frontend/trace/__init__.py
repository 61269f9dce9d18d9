"""The front end that runs the program: imports the module, calls the pipeline's function, and records the same IR.

The program runs in a process of its own (`child.py`), so whatever it does to its process ends with it. What it prints
goes to standard error. `zenml` and `zencompile` are, for the program, thin objects around those of
`frontend.framework`: what a step or a pipeline means is written down once, there.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zencompile.diagnostics import Report
from zencompile.frontend.trace import wire

if TYPE_CHECKING:
    from zencompile.frontend import Request
    from zencompile.ir import Pipeline

__all__ = ["read"]

_CHILD = Path(__file__).with_name("child.py")


def read(request: Request, report: Report) -> tuple[Pipeline, ...]:
    """The pipelines that a request means, found by running the program; what is wrong is in `report`."""
    python = request.python or sys.executable
    report.note(
        "ZC0140",
        f"`{request.path.name}` is run to compile it",
        notes="`--frontend trace` runs the program with the rights of whoever compiles it",
    )
    with tempfile.TemporaryDirectory(prefix="zencompile-") as folder:
        job, answer = Path(folder, "job.json"), Path(folder, "answer.json")
        job.write_text(json.dumps(wire.request_to_json(request)), "utf-8")
        code = _run([python, str(_CHILD), str(job), str(answer)], request, report)
        if code is None:
            return ()
        found = _answer(answer)
    if found is None:
        _died(code, request, report)
        return ()
    return _taken(found, report)


def _run(command: list[str], request: Request, report: Report) -> int | None:
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}
    try:
        done = subprocess.run(
            command,
            cwd=request.working_directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=_standard_error(),
            check=False,
        )
    except OSError as error:
        report.error(
            "ZC0141",
            f"the Python `{Path(command[0]).name}` can't be started: {error.strerror or error}",
            helps="name the interpreter of the project's environment with --trace-python",
        )
        return None
    return done.returncode


def _standard_error() -> Any:
    """Where the program's output goes: standard output is the compiler's own."""
    try:
        return sys.stderr.fileno()
    except (AttributeError, OSError, ValueError):  # replaced by something that is no file
        return subprocess.DEVNULL


def _answer(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _died(code: int, request: Request, report: Report) -> None:
    how = f"signal {-code}" if code < 0 else f"exit code {code}"
    report.error(
        "ZC0141",
        f"the process that ran `{request.path.name}` ended before the pipeline was recorded ({how})",
        helps="does the program call `os._exit`, or replace its process? the static front end doesn't run it",
    )


def _taken(found: dict[str, Any], report: Report) -> tuple[Pipeline, ...]:
    from zencompile.ir import Pipeline

    if "failure" in found:
        report.error("ZC0141", found["failure"], helps=found.get("help", ""))
        return ()
    for name, source in found["sources"].items():
        report.sources.setdefault(name, wire.source_from_json(name, source))
    for diagnostic in found["diagnostics"]:
        report.add(wire.diagnostic_from_json(diagnostic))
    return tuple(Pipeline.model_validate_json(text) for text in found["pipelines"])
