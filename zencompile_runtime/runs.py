"""What is known of a run while its steps run: when it started, its name, what steps told of it."""

from __future__ import annotations

import datetime
import re
from typing import Any

from zencompile_runtime.spec import StepSpec
from zencompile_runtime.store import ArtifactStore, layout

DEFAULT_NAME = "{pipeline}-{date}-{time}"


_MADE_UP = re.compile(r"\d{8}-\d{6}-[0-9a-f]{6}")  # as `runner.record.new_id` has it


def is_made_up(run: str) -> bool:
    """Whether nobody named the run: neither its caller nor an engine."""
    return _MADE_UP.fullmatch(run) is not None


def started(store: ArtifactStore, spec: StepSpec) -> datetime.datetime:
    """When the run started, as its runner or the first step that asked wrote down."""
    key = layout.run_key(spec.pipeline, spec.run)
    document = store.read_document(key)
    if document is None or "started" not in document:
        now = datetime.datetime.now(datetime.timezone.utc).isoformat()
        document = {"schema": 1, "started": now, **(document or {})}
        store.write_document(key, document)
    return datetime.datetime.fromisoformat(document["started"])


def placeholders(now: datetime.datetime) -> dict[str, str]:
    """The values of `{date}` and `{time}` in names."""
    return {"date": now.strftime("%Y_%m_%d"), "time": now.strftime("%H_%M_%S_%f")}


def records(store: ArtifactStore, spec: StepSpec) -> dict[str, dict[str, Any]]:
    """The records of the run's steps that have ended, by invocation, and by element where one is mapped."""
    prefix = layout.run_prefix(spec.pipeline, spec.run)
    found = {}
    for entry in store.entries(prefix):
        if entry.key.endswith("/.step.json"):
            record = store.read_document(entry.key)
            if record is not None and record.get("run") == spec.run:
                index = record.get("map_index")
                name = record["invocation"] if index is None else f"map:{record['invocation']}:{index}"
                found[str(name)] = record
    return dict(sorted(found.items()))
