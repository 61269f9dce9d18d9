"""A mark in the store that an attempt of a step has begun.

An engine that starts a task again when its worker is lost doesn't know whether the step may be run twice: its
`retries` say so, and the runner keeps them. So a step that finds the mark of its own attempt doesn't run. If what it
finds is that the first worker came to the end, that is its result.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from zencompile_runtime.errors import Failure
from zencompile_runtime.runner.scheduler import Outcome
from zencompile_runtime.runner.workers import outcomes
from zencompile_runtime.spec import StepSpec
from zencompile_runtime.step import StepResult
from zencompile_runtime.store import ArtifactStore, layout

LOST = "its worker was lost while it ran"


@dataclass(frozen=True)
class Mark:
    """The mark of an attempt in one session of a run, which `token` tells from others."""

    token: str
    spec: StepSpec

    @property
    def key(self) -> str:
        """Where it lies."""
        spec = self.spec
        return f"{layout.step_prefix(spec.pipeline, spec.run, spec.id, spec.map_index)}/.begun"

    def set(self, store: ArtifactStore) -> Outcome | None:
        """Mark the attempt as begun; or, if it is, what came of it."""
        text = f"{self.token} {self.spec.attempt}".encode()
        if store.backend.read(self.key) == text:
            result = recorded(store, self.spec)
            return lost() if result is None else outcomes.of(result, result.timings.get("total", 0.0))
        forget_record(store, self.spec)
        store.backend.write(self.key, text)
        return None

    def remove(self, store: ArtifactStore) -> None:
        """The runner knows what came of it."""
        store.backend.delete(self.key)


def lost(seconds: float = 0.0, more: str = "") -> Outcome:
    """The outcome of a step whose worker is gone: another attempt could go better."""
    help = "the worker's own log may say why: out of memory, for one"
    return outcomes.failed(Failure("infrastructure", "WorkerLost", LOST + more, help=help), seconds, retry=True)


def forget_record(store: ArtifactStore, spec: StepSpec) -> None:
    """Remove the record of an earlier attempt, so that what is found there later is this one's."""
    store.backend.delete(layout.record_key(spec.pipeline, spec.run, spec.id, spec.map_index))


def recorded(store: ArtifactStore, spec: StepSpec) -> StepResult | None:
    """What a step wrote down; None if it came to no end."""
    record = store.record(spec.pipeline, spec.run, spec.id, spec.map_index)
    if record is None or record.get("status") not in ("completed", "cached", "failed"):
        return None
    manifests = {
        name: manifest
        for name in record.get("outputs", {})
        if (manifest := store.manifest(spec.pipeline, spec.run, spec.id, name, spec.map_index)) is not None
    }
    described: Any = record.get("failure")
    failure = Failure(**described) if described else None
    notes = list(record.get("notes", ()))
    return StepResult(record["status"], manifests, failure, record.get("seconds", {}), record.get("key"), notes)
