"""A run as an object: `run.steps["train"].outputs["model"][0].load()`."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zencompile.results import model
from zencompile_runtime import artifacts
from zencompile_runtime.store import layout


@dataclass(frozen=True)
class Artifact:
    """An output of a step. `uri` is the place of its manifest."""

    name: str
    type: str
    size: int
    digest: str
    metadata: dict[str, Any]
    uri: str
    _store: Any = field(repr=False, compare=False)
    _value: Any = field(repr=False, compare=False)

    def load(self) -> Any:
        """The value. Raises the runtime's `Fault` if the store has lost it or its class can't be loaded."""
        return artifacts.load(self._store, self._value)

    read = load


@dataclass(frozen=True)
class StepRun:
    """How a step went. An element of a map is called `id[index]`."""

    id: str
    status: str
    seconds: float | None
    parameters: dict[str, Any]
    metadata: dict[str, Any]
    failure: dict[str, Any] | None
    outputs: dict[str, list[Artifact]]

    @property
    def name(self) -> str:
        return self.id

    @property
    def output(self) -> Artifact:
        """The only output. ValueError if there are none or several."""
        found = [one for several in self.outputs.values() for one in several]
        if len(found) != 1:
            raise ValueError(f"step `{self.id}` has {len(found)} outputs: {', '.join(self.outputs) or 'none'}")
        return found[0]


@dataclass(frozen=True)
class Run:
    """A run of a pipeline; `status` is completed, failed or cancelled."""

    id: str
    name: str
    pipeline: str
    status: str
    parameters: dict[str, Any]
    steps: dict[str, StepRun] = field(repr=False)
    store: str

    @property
    def successful(self) -> bool:
        return self.status == "completed"


def load(store: str, pipeline: str, run: str) -> Run:
    """The run of a pipeline (`namespace/name`) in the store at a URL. Raises `StoreError`."""
    opened = model.open_store(store)
    found = model.read_run(opened, layout.run_prefix(pipeline, run))
    document = opened.read_document(layout.run_key(pipeline, run)) or {}
    steps = {}
    for step in found.steps:
        id_ = step.label
        outputs = {one.output: [_artifact(opened, one)] for one in step.artifacts}
        steps[id_] = StepRun(id_, step.status, step.seconds, step.parameters, step.metadata, step.failure, outputs)
    name = str(document.get("name") or run)
    return Run(run, name, found.pipeline, found.status, found.parameters, steps, store)


def _artifact(store: Any, found: model.Artifact) -> Artifact:
    uri = f"{store.url.rstrip('/')}/{found.key}"
    value = found.manifest["value"]
    return Artifact(found.name, found.type, found.size, found.digest, found.metadata, uri, store, value)


def importable(root: Path) -> None:
    """Let classes of the project be imported when values are loaded."""
    if str(root) not in sys.path:
        sys.path.append(str(root))
