"""From the user's source to the IR, without running it.

`read` is the whole of it; `candidates` lists what could be read. Importing this package is light: the evaluator and the
framework's names are imported when they are used.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from zencompile.diagnostics import Report
from zencompile.frontend.request import Candidate, Request, Run

if TYPE_CHECKING:
    from zencompile.ir import Pipeline

__all__ = ["Candidate", "Request", "Run", "candidates", "read", "runs_of"]


def read(request: Request, report: Report) -> tuple[Pipeline, ...]:
    """The pipelines that a request means, as far as they can be read, one a run; what is wrong is in `report`."""
    return tuple(run.pipeline for run in runs_of(request, report))


def runs_of(request: Request, report: Report) -> tuple[Run, ...]:
    """The runs that a request means, in order; what is wrong is in `report`."""
    from zencompile.frontend import reading

    return reading.read(request, report)


def candidates(path: Path, report: Report, source_root: Path | None = None) -> tuple[Candidate, ...]:
    """The pipelines that a file defines, in the order of their lines."""
    from zencompile.frontend import reading

    return reading.candidates(path, report, source_root)
