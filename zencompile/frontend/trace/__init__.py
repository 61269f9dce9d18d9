"""The front end that runs the program: imports the module, calls the pipeline's function, and records the same IR.

The program runs in a process of its own (`child.py`), so whatever it does to its process ends with it. What it prints
goes to standard error. `zenml` and `zencompile` are, for the program, thin objects around those of
`frontend.framework`: what a step or a pipeline means is written down once, there.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zencompile.diagnostics import Report
from zencompile.frontend.request import Request, Run
from zencompile.frontend.trace import ending, wire

if TYPE_CHECKING:
    from zencompile.ir import Pipeline

__all__ = ["read", "runs_of"]

_CHILD = Path(__file__).with_name("child.py")
_GRACE = ending.TIDYING_UP + 60.0
"""Seconds after which a process that should have ended by itself is ended."""


def read(request: Request, report: Report) -> tuple[Pipeline, ...]:
    """The pipelines that a request means, one a run, found by running the program; what is wrong is in `report`."""
    return tuple(run.pipeline for run in runs_of(request, report))


def runs_of(request: Request, report: Report) -> tuple[Run, ...]:
    """The runs that a request means, found by running the program; what is wrong is in `report`."""
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
        found, lost = _json(answer), _json(ending.elsewhere(answer))
    for diagnostic in lost if isinstance(lost, list) else ():
        report.add(wire.diagnostic_from_json(diagnostic))
    if not isinstance(found, dict):
        _died(code, request, report)
        return ()
    return taken(found, report)


def _run(command: list[str], request: Request, report: Report) -> int | None:
    """Run the program to its end, which nothing that it started outlives. The answer is its exit code."""
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}
    try:
        process = subprocess.Popen(
            command,
            cwd=request.working_directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=_standard_error(),
            start_new_session=True,
        )
    except OSError as error:
        report.error(
            "ZC0141",
            f"the Python `{Path(command[0]).name}` can't be started: {error.strerror or error}",
            helps="name the interpreter of the project's environment with --trace-python",
        )
        return None
    try:
        return process.wait(request.trace_timeout + _GRACE)
    except subprocess.TimeoutExpired:
        report.error(
            "ZC0141",
            f"the program takes more than {request.trace_timeout:g} seconds, and doesn't let itself be stopped",
            helps="if it is no endless loop, give it more with --trace-timeout SECONDS",
        )
        return None
    finally:
        _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process, and those that it has left behind."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(OSError):  # there are none
            os.killpg(process.pid, signal.SIGKILL)
    elif process.poll() is None:
        process.kill()
    process.wait()


def _standard_error() -> Any:
    """Where the program's output goes: standard output is the compiler's own."""
    try:
        return sys.stderr.fileno()
    except (AttributeError, OSError, ValueError):  # replaced by something that is no file
        return subprocess.DEVNULL


def _json(path: Path) -> Any:
    """What a file of the program's process says; None if there is none."""
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None


def _died(code: int, request: Request, report: Report) -> None:
    how = f"signal {-code}" if code < 0 else f"exit code {code}"
    report.error(
        "ZC0141",
        f"the process that ran `{request.path.name}` ended before the pipeline was recorded ({how})",
        helps="did something end it from outside, or crash in a library? the static front end doesn't run it",
    )


def taken(found: dict[str, Any], report: Report) -> tuple[Run, ...]:
    """What an answer of the program's process says: its runs, with what was reported."""
    from zencompile.ir import Pipeline

    if "failure" in found:
        report.error("ZC0141", found["failure"], helps=found.get("help", ""))
        return ()
    for name, source in found["sources"].items():
        report.sources.setdefault(name, wire.source_from_json(name, source))
    for diagnostic in found["diagnostics"]:
        report.add(wire.diagnostic_from_json(diagnostic))
    pipelines = {name: Pipeline.model_validate_json(text) for name, text in found["pipelines"].items()}
    return tuple(Run(pipelines[name], caught) for name, caught in found["runs"])
