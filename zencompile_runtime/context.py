"""What a running step knows about itself; `names.context` shows it to user code."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from zencompile_runtime.owed import Owed
    from zencompile_runtime.spec import StepSpec
    from zencompile_runtime.store import ArtifactStore


@dataclass
class Output:
    """An output of the step: what is declared, and what its code says about it while it runs."""

    name: str
    annotation: Any = Any
    artifact: str | None = None
    version: str | int | None = None
    kind: str | None = None
    tags: list[str] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)
    materializers: tuple[str, ...] = ()


@dataclass
class Running:
    """The step that runs in this process. `now` is the start of the run where it is known, else of the step."""

    spec: StepSpec
    store: ArtifactStore | None
    outputs: dict[str, Output] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    inputs: dict[str, Any] = field(default_factory=dict)  # name → manifest, or a list of them
    metadata: dict[str, Any] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    state: Any = None
    now: datetime.datetime | None = None
    owed: Owed | None = None  # where it is written down which hooks are still to be called
    folders: list[Any] = field(default_factory=list)  # what loaded values may still read from


_running: list[Running] = []


def enter(running: Running) -> None:
    """A step begins."""
    _running.append(running)


def leave() -> None:
    """The step has ended."""
    for folder in _running.pop().folders:
        folder.close()


def current() -> Running | None:
    """The step that runs now. One for the whole process, so that threads of a step see it too."""
    return _running[-1] if _running else None


def substituted(text: str, running: Running) -> str:
    """A name with `{date}`, `{time}` and the configured substitutions filled in; unknown ones stay."""
    if "{" not in text:
        return text
    now = running.now or datetime.datetime.now(datetime.timezone.utc)
    values = {"date": now.strftime("%Y_%m_%d"), "time": now.strftime("%H_%M_%S_%f"), **running.spec.substitutions}
    for key, value in values.items():
        text = text.replace(f"{{{key}}}", str(value))
    return text
