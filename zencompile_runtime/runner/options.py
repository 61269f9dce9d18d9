"""What a run does otherwise than its plan says, and where things are."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from zencompile_runtime.errors import ConfigurationFault
from zencompile_runtime.runner.plan import Pipeline

ISOLATIONS = ("fork", "full")


@dataclass
class Options:
    """What one run does otherwise than the plan says. `parameters` are texts by name, JSON or plain."""

    parameters: Mapping[str, str] = field(default_factory=dict)
    jobs: int | None = None
    executor: str | None = None
    cluster: str | None = None  # the address of the executor's engine
    isolation: str | None = None
    mode: str | None = None
    only: tuple[str, ...] = ()
    start_from: tuple[str, ...] = ()
    cache: bool = True
    resume: str | None = None
    run: str | None = None
    store: str | None = None
    log_format: str = "text"
    live: bool = True
    output: bool = True
    called: bool = False  # by a program, which can't be told what to do by flags


def project_of(plan: Pipeline) -> Path:
    """The source root: ZENCOMPILE_PROJECT, or where the script says that it lies."""
    given = os.environ.get("ZENCOMPILE_PROJECT")
    project = Path(given or plan.project).resolve()
    if not project.is_dir():
        raise ConfigurationFault(
            f"there is no project folder {project}",
            help="keep the script where it was compiled to, or let ZENCOMPILE_PROJECT name the project's folder",
        )
    return project


def store_of(plan: Pipeline, project: Path, given: str | None) -> str:
    """The store as a URL or an absolute path: `given` is relative to the working directory, the plan's to the
    project.
    """
    if given is not None:
        return given if "://" in given else str(Path(given).expanduser().resolve())
    if plan.store is not None:
        return plan.store if "://" in plan.store else str((project / plan.store).resolve())
    return str(project / ".zencompile" / "store")


def clients_of(url: str) -> tuple[str, ...]:
    """The modules that reach a store at this URL, for every step needs them. They connect when they are used only."""
    return _CLIENTS.get(url.partition("://")[0], ()) if "://" in url else ()


_CLIENTS = {
    "s3": ("s3fs",),
    "s3a": ("s3fs",),
    "gs": ("gcsfs",),
    "gcs": ("gcsfs",),
    "az": ("adlfs",),
    "abfs": ("adlfs",),
}


def one_of(value: str, allowed: tuple[str, ...], what: str) -> None:
    """Raise ConfigurationFault if `value` is not one of `allowed`."""
    if value not in allowed:
        raise ConfigurationFault(f"there is no {what} {value!r}", help=f"one of {', '.join(allowed)}")
