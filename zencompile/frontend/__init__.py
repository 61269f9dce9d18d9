"""From the user's source to the IR, without running it.

`read` is the whole of it; `candidates` lists what could be read. Importing this package is light: the evaluator and the
framework's names are imported when they are used.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from zencompile.diagnostics import Report
from zencompile.disk import Disk

if TYPE_CHECKING:
    from zencompile.ir import Pipeline

__all__ = ["Candidate", "Request", "candidates", "read"]


@dataclass(frozen=True)
class Request:
    """What to read.

    `pipeline` is the name behind a colon or of `--pipeline`; `parameters` and `environment` are the texts of `--param
    K=V` and `--env K=V`; `config` is a run configuration; `arguments` are those of `run.py` after `--` (None: there
    are none, and the script's main is only asked which pipeline it calls). `stubs` (third-party modules to do without,
    or `all`), `python` (the interpreter to run the program with) and `trace_timeout` (the seconds that it may take) are
    for the front end that traces. `disk` is what the project is read from: the machine's, if none is given.
    """

    path: Path
    pipeline: str | None = None
    parameters: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    config: Path | None = None
    arguments: tuple[str, ...] | None = None
    source_root: Path | None = None
    namespace: str = "default"
    working_directory: Path = field(default_factory=Path.cwd)
    stubs: tuple[str, ...] = ()
    python: str | None = None
    disk: Disk | None = None
    trace_timeout: float = 300.0


class Candidate(NamedTuple):
    """A pipeline that a file defines. `file` is relative to the source root."""

    name: str
    function: str
    file: str
    line: int


def read(request: Request, report: Report) -> tuple[Pipeline, ...]:
    """The pipelines that a request means, as far as they can be read; what is wrong is in `report`."""
    from zencompile.frontend import reading

    return reading.read(request, report)


def candidates(path: Path, report: Report, source_root: Path | None = None) -> tuple[Candidate, ...]:
    """The pipelines that a file defines, in the order of their lines."""
    from zencompile.frontend import reading

    return reading.candidates(path, report, source_root)
