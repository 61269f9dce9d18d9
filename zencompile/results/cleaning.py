"""Tidying up after runners that were killed: what they left is removed, and their runs are called interrupted."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from zencompile.results import model
from zencompile_runtime.errors import Fault
from zencompile_runtime.runner import leftovers, lock


@dataclass
class Cleaned:
    """What was done. `runs` are the runs that were found to be interrupted."""

    runs: list[str] = field(default_factory=list)
    writes: int = 0
    folders: int = 0
    containers: int = 0
    jobs: int = 0
    waiting: int = 0


def clean(store: Any) -> Cleaned:
    """Remove what runners left that are gone, in the store and on this machine. Raises `StoreError`."""
    done = Cleaned()
    try:
        for prefix, _ in model.run_keys(store):
            if _interrupted(store, f"{prefix}/{model.RUN_DOCUMENT}"):
                done.runs.append(prefix)
        swept = leftovers.sweep(store, everything=True)
    except Fault as fault:
        raise model.StoreError(f"{fault.message}; {fault.help}" if fault.help else fault.message) from fault
    done.writes, done.folders, done.containers = swept.writes, swept.folders, swept.containers
    done.jobs, done.waiting = swept.jobs, swept.waiting
    return done


def _interrupted(store: Any, key: str) -> bool:
    """Write into a run's document that it was interrupted, if it was."""
    entry = store.backend.entry(key)
    document = None if entry is None else store.read_document(key)
    if document is None or document.get("status") != "running" or "run" not in document:
        return False
    if lock.is_running(document, time.time() - entry.modified):
        return False
    held = lock.RunLock.take(store, document["pipeline"], document["run"])
    if held is None:
        return False
    try:
        document = store.read_document(key)
        if document is None or document.get("status") != "running":
            return False
        document["status"] = "interrupted"
        for step in document.get("steps", {}).values():
            if step.get("status") == "running":
                step["status"] = "interrupted"
        store.write_document(key, document)
    finally:
        held.release()
    return True
