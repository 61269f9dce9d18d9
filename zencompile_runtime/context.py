"""What a running step knows about itself; `names.context` shows it to user code."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from zencompile_runtime import runs

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
    own_tags: tuple[str, ...] = ()  # those that are declared, which code can't take away
    own_metadata: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.own_tags = self.own_tags or tuple(self.tags)
        self.own_metadata = self.own_metadata or dict(self.metadata)


@dataclass
class Running:
    """The step that runs in this process. `now` is the start of the run, where it was looked up, `began` the step's.

    `of_run` is what the step tells of its run: {"tags": …, "removed": …, "metadata": …}; `cascading` are tags that its
    outputs get besides.
    """

    spec: StepSpec
    store: ArtifactStore | None
    outputs: dict[str, Output] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    inputs: dict[str, Any] = field(default_factory=dict)  # name → manifest, or a list of them
    metadata: dict[str, Any] = field(default_factory=dict)
    signature: Mapping[str, Any] = field(default_factory=dict)  # of the step's function
    of_run: dict[str, Any] = field(default_factory=dict)
    cascading: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    state: Any = None
    now: datetime.datetime | None = None
    began: datetime.datetime = field(default_factory=lambda: datetime.datetime.now(datetime.timezone.utc))
    owed: Owed | None = None  # where it is written down which hooks are still to be called
    view: Any = None  # the `StepContext` that user code is given, always the same
    beside: dict[str, str] = field(default_factory=dict)  # output → the folder of files that the step keeps with it
    folders: list[Any] = field(default_factory=list)  # what loaded values may still read from

    @property
    def started(self) -> datetime.datetime:
        """When the run started, as far as that can be known: else the step's own start."""
        if self.now is None:
            self.now = runs.started(self.store, self.spec) if self.store is not None and self.spec.run else self.began
        return self.now


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


def substituted(text: str, running: Running, values: Mapping[str, Any] | None = None) -> str:
    """A name with `{date}`, `{time}` and the configured substitutions filled in (or `values`); unknown ones stay."""
    if "{" not in text:
        return text
    values = {**runs.placeholders(running.started), **(running.spec.substitutions if values is None else values)}
    for key, value in values.items():
        text = text.replace(f"{{{key}}}", str(value))
    return text
