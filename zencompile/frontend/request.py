"""What is asked of the front end."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from zencompile.disk import Disk

if TYPE_CHECKING:
    from zencompile.ir import Pipeline


@dataclass(frozen=True)
class Request:
    """What to read.

    `pipeline` is the name behind a colon or of `--pipeline`; `parameters` and `environment` are the texts of `--param
    K=V` and `--env K=V`; `config` is a run configuration; `arguments` are those of `run.py` after `--` (None: there
    are none, and the script's main is only asked which pipeline it calls). `stubs` (third-party modules to do without,
    or `all`), `python` (the interpreter to run the program with) and `trace_timeout` (the seconds that it may take) are
    for the front end that traces. `running`: what is read is run at once, so a run that may not happen would
    be a guess. `disk` is what the project is read from: the machine's, if none is given.
    `image_python` is the version of the Python that steps run on. `texts`: every step's text is wanted (`InlineText`),
    and not those alone whose settings say so.
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
    running: bool = False
    image_python: str = "3.11"
    texts: bool = False

    @property
    def python_version(self) -> tuple[int, int]:
        """The version of the Python of images."""
        parts = self.image_python.split(".")
        return int(parts[0]), int(parts[1])


class Candidate(NamedTuple):
    """A pipeline that a file defines. `file` is relative to the source root."""

    name: str
    function: str
    file: str
    line: int


class Run(NamedTuple):
    """A call of a pipeline that the program makes. Runs that are the same have the same pipeline.

    `caught`: whether the program goes on with the next run where this one fails.
    """

    pipeline: Pipeline
    caught: bool = False
