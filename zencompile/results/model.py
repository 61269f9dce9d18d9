"""Runs, steps and artifacts as they stand in a store's documents."""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from zencompile_runtime import store as runtime_store
from zencompile_runtime.errors import Fault
from zencompile_runtime.runner import lock
from zencompile_runtime.store import layout

RUN_DOCUMENT = ".run.json"
STEP_DOCUMENT = ".step.json"
LOG = ".step.log"
RAN = frozenset({"completed", "failed", "cancelled", "running", "interrupted"})
_OVER = frozenset({"failed", "cancelled", "blocked", "skipped", "not run", "reused"})  # what the runner knows better
_DETAILS = ("name", "mode", "jobs", "executor", "host", "base", "resumed")


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
    log: str | None = None  # the key of what it printed
    changed: str = ""  # what the cache said of the newest entry of its key: its first difference
    source: str | None = None  # the key of the record that it was taken from
    observed: dict[str, Any] = field(default_factory=dict)  # what it depended on, as `dependencies.record` has it

    @property
    def label(self) -> str:
        """Its id, and which element of its map it is."""
        return self.id if self.map_index is None else f"{self.id}[{self.map_index}]"

    @property
    def ran(self) -> bool:
        """Whether its code ran: what came from the cache or never started took no time worth a word."""
        return self.status in RAN

    @property
    def upstream(self) -> tuple[str, ...]:
        """Invocations whose outputs it read, in the order of its inputs."""
        return tuple(dict.fromkeys(_invocation(key) for key in strings(self.inputs) if key.startswith("runs/")))


@dataclass(frozen=True)
class Run:
    """A run of a pipeline, with its steps. `reads` are the invocations whose outputs one takes; `after` those that it
    waits for without reading from them, or of which that isn't known. `details` is what else the runner wrote down:
    name, mode, jobs, executor, host, base.
    """

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
    details: dict[str, Any] = field(default_factory=dict)
    prefix: str = ""  # of its keys in the store
    reads: dict[str, tuple[str, ...]] = field(default_factory=dict)

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
        written = {entry.key: entry.modified for entry in store.entries(prefix)}
        keys = list(written)
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
    logs = {key.rpartition("/")[0]: key for key in keys if key.endswith(f"/{LOG}")}
    folders = sorted(set(records) | set(manifests) | broken)
    steps = [_step(one, records.get(one, {}), manifests.get(one, []), logs.get(one)) for one in folders]
    status = str(run_document.get("status") or _overall(steps))
    if status == "running" and run_document.get("status") == status:
        silent = time.time() - written[f"{prefix}/{RUN_DOCUMENT}"]
        status = status if lock.is_running(run_document, silent) else "interrupted"
    steps = _as_the_runner_saw(steps, _entries(run_document), status)
    reads, after = _edges(run_document, steps)
    return Run(
        pipeline=f"{layout.name(namespace)}/{layout.name(name)}",
        id=layout.name(run),
        status=status,
        started=run_document.get("started") or min((s.started for s in steps if s.started), default=None),
        ended=run_document.get("ended") or max((s.ended for s in steps if s.ended), default=None),
        parameters=dict(run_document.get("parameters") or {}),
        after=after,
        reads=reads,
        steps=tuple(steps),
        modified=modified,
        corrupt=tuple(corrupt.values()),
        prefix=prefix,
        details={name: run_document[name] for name in _DETAILS if run_document.get(name) is not None},
    )


def _step(
    folder: str, record: dict[str, Any] | None, manifests: list[dict[str, Any]], log: str | None = None
) -> StepRun:
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
        log=log,
        changed=str(record.get("changed") or ""),
        source=record.get("source"),
        observed=dict(record.get("observed") or {}),
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


def _entries(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What the runner wrote down of each task, in the order in which it came to them."""
    steps = document.get("steps")
    return {id_: one for id_, one in steps.items() if isinstance(one, dict)} if isinstance(steps, dict) else {}


def _as_the_runner_saw(steps: list[StepRun], entries: dict[str, dict[str, Any]], run: str) -> list[StepRun]:
    """Steps in the order of their starts, with what only the runner knows: those that never ran, and how those ended
    whose processes could not say it.
    """
    found = {step.label: step for step in steps}
    for label, entry in entries.items():
        known = found.get(label) or _never_ran(label, entry)
        status = str(entry.get("status") or "")
        over = status in _OVER or label not in found
        if status == "reused":  # its times are those of another run
            known = replace(known, started=None, ended=None, seconds=None)
        found[label] = replace(
            known,
            status=status if over and status else known.status,
            started=known.started or entry.get("started"),
            seconds=known.seconds if known.seconds is not None else entry.get("seconds"),
            attempt=max(known.attempt, int(entry.get("attempts") or 0)),
            failure=known.failure or entry.get("failure"),
        )
    if run == "interrupted":
        found = {k: replace(s, status=run) if s.status == "running" else s for k, s in found.items()}
    order = {label: position for position, label in enumerate(entries)}
    far = len(order)

    def place(step: StepRun) -> tuple[Any, ...]:
        rank = 0 if step.status == "reused" else 1 if step.started else 2
        return rank, step.started or "", order.get(step.label, far), step.id, step.map_index or 0

    return sorted(found.values(), key=place)


def _never_ran(label: str, entry: dict[str, Any]) -> StepRun:
    id_, bracket, index = label.rpartition("[")
    mapped = bool(bracket) and index[:-1].isdecimal() and index.endswith("]")
    return StepRun(
        id=id_ if mapped else label,
        map_index=int(index[:-1]) if mapped else None,
        status=str(entry.get("status") or "unknown"),
        entrypoint="",
        started=entry.get("started"),
        ended=None,
        seconds=None,
        attempt=0,
        key=None,
        parameters={},
        inputs={},
        metadata={},
        components={},
        notes=(),
        failure=entry.get("failure"),
        artifacts=(),
    )


Edges = dict[str, tuple[str, ...]]


def _edges(document: dict[str, Any], steps: list[StepRun]) -> tuple[Edges, Edges]:
    """What each invocation reads from, and what else it waits for, as far as the runner or its inputs say it."""
    reads: dict[str, dict[str, None]] = {}
    after: dict[str, dict[str, None]] = {}
    entries = _entries(document)
    for step in steps:
        entry = entries.get(step.label, {})
        mine, others = reads.setdefault(step.id, {}), after.setdefault(step.id, {})
        if "after" in entry and step.entrypoint:  # else it never came to reading
            order = set(entry["after"])
            mine.update((up, None) for up in entry.get("upstream", ()) if up not in order)
            others.update((up, None) for up in entry["after"])
        else:  # an engine's run, or of a runner that didn't tell the two apart
            mine.update((up, None) for up in step.upstream)
            others.update((up, None) for up in entry.get("upstream", ()))
    waits = {id_: tuple(up for up in ups if up in reads and up not in reads[id_]) for id_, ups in after.items()}
    return {id_: tuple(ups) for id_, ups in reads.items()}, {id_: ups for id_, ups in waits.items() if ups}


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
