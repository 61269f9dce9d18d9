"""Runs, steps and artifacts as they stand in a store's documents."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from zencompile_runtime import store as runtime_store
from zencompile_runtime.errors import Fault
from zencompile_runtime.store import layout

RUN_DOCUMENT = ".run.json"
STEP_DOCUMENT = ".step.json"


class StoreError(Exception):
    """The store can't be read; the message says why."""


@dataclass(frozen=True)
class Artifact:
    """An output of a step's run. `key` is its manifest's key in the store, `size` in bytes."""

    key: str
    output: str
    name: str
    version: str | None
    type: str
    materializer: str
    kind: str
    digest: str
    size: int
    files: tuple[dict[str, Any], ...]
    metadata: dict[str, Any]
    visualizations: tuple[dict[str, Any], ...]
    source: str | None
    manifest: dict[str, Any] = field(repr=False, hash=False)


@dataclass(frozen=True)
class StepRun:
    """One run of a step. Times are ISO 8601 in UTC, `seconds` the whole duration."""

    id: str
    map_index: int | None
    status: str
    entrypoint: str
    started: str | None
    ended: str | None
    seconds: float | None
    attempt: int
    key: str | None
    parameters: dict[str, Any]
    inputs: dict[str, Any]
    metadata: dict[str, Any]
    components: dict[str, Any]
    notes: tuple[str, ...]
    failure: dict[str, Any] | None
    artifacts: tuple[Artifact, ...]
    cache: str = ""  # what the cache said, as `zencompile_runtime.manifest.Record` explains it

    @property
    def upstream(self) -> tuple[str, ...]:
        """Invocations whose outputs it read, in the order of its inputs."""
        return tuple(dict.fromkeys(_invocation(key) for key in strings(self.inputs) if key.startswith("runs/")))


@dataclass(frozen=True)
class Run:
    """A run of a pipeline, with its steps."""

    pipeline: str
    id: str
    status: str
    started: str | None
    ended: str | None
    parameters: dict[str, Any]
    after: dict[str, tuple[str, ...]]
    steps: tuple[StepRun, ...]
    modified: float = 0.0
    corrupt: tuple[str, ...] = ()  # documents that can't be read, each with the reason

    @property
    def seconds(self) -> float | None:
        return duration(self.started, self.ended)


def open_store(url: str) -> Any:
    """The store at `url`. Raises `StoreError`, for something that is no store too."""
    try:
        found = runtime_store.open(url)
        found.check()
        return found
    except Fault as fault:
        raise StoreError(f"{fault.message}; {fault.help}" if fault.help else fault.message) from fault


def run_keys(store: Any) -> Iterator[tuple[str, float]]:
    """(prefix, time of its newest document) of every run in the store, in the order of their names."""
    newest: dict[str, float] = {}
    try:
        for entry in store.entries("runs"):
            parts = entry.key.split("/")
            if len(parts) >= 5:
                prefix = "/".join(parts[:4])
                newest[prefix] = max(newest.get(prefix, 0.0), entry.modified)
    except Fault as fault:
        raise StoreError(str(fault)) from fault
    yield from sorted(newest.items())


def read_run(store: Any, prefix: str, modified: float = 0.0) -> Run:
    """The run whose documents lie below `prefix`. Raises `StoreError` if the store can't be read."""
    try:
        keys = [entry.key for entry in store.entries(prefix)]
        documents = {key: store.read_document(key) for key in keys if key.endswith(".json")}
        corrupt = {key: why for key, one in documents.items() if one is None and (why := store.broken(key))}
    except Fault as fault:
        raise StoreError(str(fault)) from fault
    _, namespace, name, run = prefix.split("/")
    run_document = documents.pop(f"{prefix}/{RUN_DOCUMENT}", None) or {}
    manifests: dict[str, list[dict[str, Any]]] = {}
    for key, document in documents.items():
        if not key.endswith(STEP_DOCUMENT) and document and "value" in document:
            manifests.setdefault(key.rpartition("/")[0], []).append(document | {"_key": key})
    records = {key.rpartition("/")[0]: d for key, d in documents.items() if key.endswith(f"/{STEP_DOCUMENT}")}
    broken = {key.rpartition("/")[0] for key in corrupt if key.count("/") > prefix.count("/") + 1}
    folders = sorted(set(records) | set(manifests) | broken)
    steps = [_step(folder, records.get(folder, {}), manifests.get(folder, [])) for folder in folders]
    steps.sort(key=lambda s: (s.started or "", s.id, s.map_index or 0))
    return Run(
        pipeline=f"{layout.name(namespace)}/{layout.name(name)}",
        id=layout.name(run),
        status=str(run_document.get("status") or _overall(steps)),
        started=run_document.get("started") or min((s.started for s in steps if s.started), default=None),
        ended=run_document.get("ended") or max((s.ended for s in steps if s.ended), default=None),
        parameters=dict(run_document.get("parameters") or {}),
        after=_after(run_document),
        steps=tuple(steps),
        modified=modified,
        corrupt=tuple(corrupt.values()),
    )


def _step(folder: str, record: dict[str, Any] | None, manifests: list[dict[str, Any]]) -> StepRun:
    status = "unknown" if record is None else "completed"  # a record that can't be read, or none
    record = record or {}
    seconds = record.get("seconds") or {}
    last = folder.rpartition("/")[2]
    return StepRun(
        id=record.get("invocation") or (manifests[0]["invocation"] if manifests else layout.name(last)),
        map_index=record.get("map_index"),
        status=str(record.get("status") or status),
        entrypoint=str(record.get("entrypoint") or ""),
        started=record.get("started"),
        ended=record.get("ended"),
        seconds=seconds.get("total", duration(record.get("started"), record.get("ended"))),
        attempt=int(record.get("attempt") or 1),
        key=record.get("key"),
        parameters=dict(record.get("parameters") or {}),
        inputs=dict(record.get("inputs") or {}),
        metadata=dict(record.get("metadata") or {}),
        components=dict(record.get("components") or {}),
        notes=tuple(record.get("notes") or ()),
        failure=record.get("failure"),
        artifacts=tuple(_artifact(m) for m in sorted(manifests, key=lambda m: str(m.get("output")))),
        cache=str(record.get("cache") or ""),
    )


def _artifact(manifest: dict[str, Any]) -> Artifact:
    value = manifest["value"]
    version = manifest.get("version")
    return Artifact(
        key=manifest["_key"],
        output=str(manifest.get("output")),
        name=str(manifest.get("artifact") or manifest.get("output")),
        version=None if version is None else str(version),
        type=str(value.get("type") or ""),
        materializer=str(value.get("materializer") or ""),
        kind=str(value.get("kind") or ""),
        digest=str(value.get("digest") or ""),
        size=int(value.get("size") or 0),
        files=tuple(value.get("files") or ()),
        metadata=dict(value.get("metadata") or {}),
        visualizations=tuple(value.get("visualizations") or ()),
        source=manifest.get("source"),
        manifest={k: v for k, v in manifest.items() if k != "_key"},
    )


def _overall(steps: list[StepRun]) -> str:
    """The state of a run that wrote no document of its own: steps that engines ran one by one."""
    states = {step.status for step in steps}
    return "failed" if "failed" in states else "running" if "running" in states else "completed" if steps else "unknown"


def _after(document: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """Order without data, as far as the runner wrote it down."""
    after: dict[str, tuple[str, ...]] = {}
    steps = document.get("steps")
    if isinstance(steps, dict):
        for id_, step in steps.items():
            if isinstance(step, dict) and step.get("after"):
                after[id_] = tuple(step["after"])
    return after


def strings(value: Any) -> Iterator[str]:
    """Every text in a JSON value, as the keys of manifests in a record's inputs."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from strings(item)


def _invocation(key: str) -> str:
    parts = key.split("/")
    return layout.name(parts[4]) if len(parts) > 5 else ""


def duration(started: str | None, ended: str | None) -> float | None:
    """Seconds between two ISO times; None if either is unknown."""
    if not started or not ended:
        return None
    return (_time(ended) - _time(started)).total_seconds()


def _time(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def seconds(text: str | None) -> float:
    """An ISO time as seconds since the epoch; 0 for none."""
    return _time(text).timestamp() if text else 0.0
