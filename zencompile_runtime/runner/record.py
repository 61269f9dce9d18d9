"""What a run leaves in the store beside its artifacts, and what a later run makes of it.

`.run.json` of a run: {"schema": 1, "run": id, "name": …, "pipeline": "ns/name", "status": "running" | "completed" |
"failed" | "cancelled", "started": ISO 8601, "ended": …, "seconds": …, "parameters": {name: literal}, "mode": …,
"jobs": …, "executor": …, "host": {…}, "base": id of the run that --only or --from took outputs of, "steps": {task:
{"status": …, "attempts": …, "started": …, "seconds": …, "upstream": [step, …],
"after": [those of them that it reads nothing from], "failure": {…}}}}.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from zencompile_runtime import machine
from zencompile_runtime.errors import ConfigurationFault, Failure, Fault, InfrastructureFault
from zencompile_runtime.runner.graph import CHOICE, DATA, Graph
from zencompile_runtime.runner.lock import BEAT
from zencompile_runtime.runner.plan import Map, Step
from zencompile_runtime.runner.scheduler import Outcome, State, Task
from zencompile_runtime.store import ArtifactStore, layout

DONE = ("completed", "cached", "reused")  # steps that a resumed run need not run again
_EVERY = 1.0  # seconds between two writes of a running run's document
_SHARE = 50  # times as long as it takes a write lets others do something


def new_id() -> str:
    """An id for a run: the time in UTC, so that ids sort as runs do, and some chance."""
    return f"{_now():%Y%m%d-%H%M%S}-{os.urandom(3).hex()}"


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.timezone.utc)


def stamp() -> str:
    """The time now as ISO 8601 in UTC."""
    return _now().isoformat(timespec="milliseconds")


class RunRecord:
    """The document of the run that goes on, written when it begins and ends, and now and then."""

    def __init__(self, store: ArtifactStore, graph: Graph, document: dict[str, Any]) -> None:
        self.store, self.graph, self.document = store, graph, document
        self.code: Callable[[Task], str | None] | None = None  # the code digest of a task's step
        self.late = False  # whether a thread may write what nothing that happens would soon
        self._lock = threading.RLock()  # held by who changes the document or writes it
        self._writer: threading.Thread | None = None
        self._over = threading.Event()
        self._changed = False  # whether it differs from what is in the store
        self._cost = 0.0  # seconds that the latest write took
        self._key = layout.run_key(document["pipeline"], document["run"])
        self._began = time.monotonic()
        self._written = 0.0
        self._spent = document.get("seconds") or 0.0
        self._above: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
        self._earlier = dict(document["steps"])  # of the run's first part: they stand until this one comes to them

    def step(self, task: Task) -> dict[str, Any]:
        """The entry of a task."""
        steps: dict[str, Any] = self.document["steps"]
        earlier = self._earlier.pop(str(task), None)
        entry = None if earlier is not None else steps.get(str(task))
        if entry is None:
            steps.pop(str(task), None)
            entry = steps[str(task)] = {"status": "waiting", "attempts": 0}
            reads, waits = self._upstream(task.id)
            if reads or waits:
                entry["upstream"] = sorted(reads | waits)
                entry["after"] = sorted(waits - reads)
            if earlier is not None and "code" in earlier:
                entry["code"] = earlier["code"]
        return entry

    def _upstream(self, id: str) -> tuple[frozenset[str], frozenset[str]]:
        """The steps that a node reads from, and those that it waits for; what a control needs, all in it need."""
        known = self._above.get(id)
        if known is not None:
            return known
        node = self.graph.nodes[id]
        reads: set[str] = set()
        waits: set[str] = set()
        for up, kind in [*node.edges.items(), *([(node.map, DATA)] if node.map is not None else ())]:
            control = self.graph.nodes[up].what
            if isinstance(control, Step):
                (reads if kind in (DATA, CHOICE) else waits).add(up)
                continue
            above = self._upstream(up)
            (reads if isinstance(control, Map) else waits).update(above[0])
            waits |= above[1]
        found = self._above[id] = (frozenset(reads), frozenset(waits))
        return found

    def started(self, task: Task, attempt: int) -> None:
        """An attempt begins."""
        with self._lock:
            entry = self.step(task)
            entry.update(status="running", attempts=attempt, started=stamp())
            if attempt == 1 and self.code is not None:
                entry["code"] = self.code(task)
            entry.pop("failure", None)
            if self._forget_below(task.id):
                self.write()
        self._write_sometimes()

    def _forget_below(self, id: str) -> bool:
        """Forget what the run's first part made of what this step makes anew; whether there was any."""
        if not self._earlier:
            return False
        below = self.graph.downstream([id]) - {id}
        gone = [label for label in self._earlier if label in below or label.rpartition("[")[0] in below]
        for label in gone:
            del self._earlier[label], self.document["steps"][label]
        return bool(gone)

    def finished(self, task: Task, outcome: Outcome) -> None:
        """A task is over. Controls and tasks that stand for a map leave an entry only if something is wrong."""
        node = self.graph.nodes[task.id]
        plain = isinstance(node.what, Step) and (node.map is None or task.index is not None)
        if not plain and outcome.failure is None:
            return
        with self._lock:
            entry = self.step(task)
            entry["status"] = outcome.state.value
            entry["seconds"] = round(outcome.seconds, 6)
            if outcome.failure is not None:
                entry["failure"] = asdict(outcome.failure)
            if outcome.state is State.CACHED and self._forget_below(task.id):
                self.write()
        self._write_sometimes()

    def write(self, status: str | None = None) -> None:
        """Put the document into the store; with a status the run is over."""
        with self._lock:
            if status is not None:
                self.document["status"] = status
                self.document["ended"] = stamp()
                for label in self._earlier:  # this part has no use for them
                    del self.document["steps"][label]
                self._earlier.clear()
                self._over.set()
            began = time.monotonic()
            self.document["seconds"] = round(self._spent + began - self._began, 6)
            self.store.write_document(self._key, self.document)
            self._written, self._changed = time.monotonic(), False
            self._cost = self._written - began

    def _write_sometimes(self) -> None:
        """Write now, if the last time is long ago for what a write costs, or soon: whoever looks at a long step from
        elsewhere sees it, and a run that is killed has little to do again.
        """
        self._changed = True
        if time.monotonic() - self._written >= min(_EVERY, self._cost * _SHARE):
            self.write()
        elif self.late and self._writer is None:
            self._writer = threading.Thread(target=self._write_late, daemon=True)
            self._writer.start()

    def _write_late(self) -> None:
        while not self._over.wait(_EVERY):
            with self._lock:
                due = self._changed or time.monotonic() - self._written >= BEAT
                if due and not self._over.is_set():
                    with contextlib.suppress(Fault, OSError):  # who ends the run will say it
                        self.write()


def new_document(pipeline: str, run: str, name: str, given: Mapping[str, Any], **details: Any) -> dict[str, Any]:
    """The document of a run that begins now."""
    return {
        "schema": 1,
        "run": run,
        "name": name,
        "pipeline": pipeline,
        "status": "running",
        "started": stamp(),
        "ended": None,
        "parameters": dict(given),
        **details,
        "host": machine.identity(),
        "steps": {},
    }


# -- earlier runs ------------------------------------------------------------------------------------------------------


def runs(store: ArtifactStore, pipeline: str) -> list[str]:
    """Ids of the pipeline's runs that this runner made, the newest first."""
    prefix = layout.run_prefix(pipeline, "-").rpartition("/")[0]
    root = getattr(store.backend, "root", None)
    found: list[tuple[float, str]] = []
    if root is not None:
        folder = Path(root) / prefix
        for one in folder.iterdir() if folder.is_dir() else ():
            document = one / ".run.json"
            if document.is_file():
                found.append((document.stat().st_mtime, layout.name(one.name)))
    else:
        for entry in store.entries(prefix):
            parts = entry.key[len(prefix) + 1 :].split("/")
            if len(parts) == 2 and parts[1] == ".run.json":
                found.append((entry.modified, layout.name(parts[0])))
    return [run for _, run in sorted(found, reverse=True)]


def find(store: ArtifactStore, pipeline: str, wanted: str) -> dict[str, Any]:
    """The document of an earlier run by its id or name; "latest" is the newest. ConfigurationFault if there is none."""
    known: list[str] | None = None
    if wanted != "latest":
        document = store.read_document(layout.run_key(pipeline, wanted))
        if document is not None and not _ours(document):
            raise ConfigurationFault(
                f"the run {wanted!r} was not made by this runner, or its document is not whole",
                help="start a new run: the cache spares what doesn't change",
            )
        if document is not None:
            return document
        _refuse_corrupt(store, pipeline, wanted)
    for run in runs(store, pipeline):
        document = store.read_document(layout.run_key(pipeline, run))
        if document is None and wanted == "latest":
            _refuse_corrupt(store, pipeline, run)
        if document is not None and _ours(document) and wanted in ("latest", document["name"]):
            return document
        known = [*(known or ()), run]
    help = f"the latest runs: {', '.join(known[:5])}" if known else f"the store {store.url} holds no run of it"
    raise ConfigurationFault(f"{pipeline} has no run {wanted!r}", help=help)


def _ours(document: Mapping[str, Any]) -> bool:
    """Whether a run's document is one of a runner: the first step of an engine's run leaves a shorter one."""
    return all(name in document for name in ("run", "name", "pipeline", "parameters", "steps"))


def _refuse_corrupt(store: ArtifactStore, pipeline: str, run: str) -> None:
    """Raise InfrastructureFault if the run has a document that can't be read."""
    broken = store.broken(layout.run_key(pipeline, run))
    if broken:
        raise InfrastructureFault(
            f"what is known of the run {run!r} can't be read: {broken}",
            help="start a new run: the cache spares what doesn't change; and delete that file, or name another run",
        )


def origin(store: ArtifactStore, pipeline: str, run: str, step: str) -> dict[str, Any]:
    """The document of the run that made what `run` has of a step, or took it from the cache."""
    while True:
        document = dict(store.read_document(layout.run_key(pipeline, run)) or {"run": run})
        base = document.get("base")
        if not base or base == run or document.get("steps", {}).get(step, {}).get("status") != State.REUSED.value:
            return document
        run = base


def failure_record(store: ArtifactStore, pipeline: str, run: str, task: Task, attempt: int, failure: Failure) -> None:
    """Note the failure of a step whose process could not do so itself."""
    key = layout.record_key(pipeline, run, task.id, task.index)
    record = dict(store.read_document(key) or {"schema": 1, "started": None})
    record.update(
        status="failed",
        invocation=task.id,
        map_index=task.index,
        run=run,
        pipeline=pipeline,
        attempt=attempt,
        ended=stamp(),
        failure=asdict(failure),
    )
    store.write_document(key, record)


def adopt(store: ArtifactStore, pipeline: str, base: str, run: str, task: Task) -> dict[str, Any] | None:
    """Take a task's outputs of the run `base` into `run`; name → manifest, or None if they aren't all there."""
    record = store.record(pipeline, base, task.id, task.index)
    if record is None or record.get("status") not in (State.COMPLETED.value, State.CACHED.value):
        return None
    found: dict[str, Any] = {}
    for output in record.get("outputs", {}):
        manifest = store.manifest(pipeline, base, task.id, output, task.index)
        if manifest is None or not store.has(manifest["value"]):
            return None
        found[output] = manifest
    if base == run:
        return found
    for output, manifest in found.items():
        origin = layout.manifest_key(pipeline, base, task.id, output, task.index)
        found[output] = {**manifest, "run": run, "source": manifest.get("source") or origin}
        store.write_document(layout.manifest_key(pipeline, run, task.id, output, task.index), found[output])
    store.write_document(
        layout.record_key(pipeline, run, task.id, task.index), {**record, "run": run, "status": "cached"}
    )
    return found
