"""The entries of the cache: what they stand for, and who used them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from zencompile.results import model
from zencompile.results.model import StoreError
from zencompile_runtime.errors import Fault
from zencompile_runtime.store import layout


@dataclass(frozen=True)
class Entry:
    """A cache entry. `created` and `expires` are seconds since the epoch, `size` bytes of all that its outputs need;
    `hits` counts the step runs in the store that were taken from it, and `used` is when the last one began.
    """

    key: str
    step: str
    pipeline: str
    run: str
    entrypoint: str
    created: float
    expires: float | None
    size: int
    hits: int
    used: float


def read(store: Any) -> Iterator[dict[str, Any]]:
    """All entries that can be read, each with what it shares with the others of its key. Raises `StoreError`."""
    try:
        for found in store.entries("cache"):
            document = store.read_document(found.key)
            for entry in (document or {}).get("entries", ()):
                yield {name: document[name] for name in ("key", "components", "entrypoint") if name in document} | entry
    except Fault as fault:
        raise StoreError(str(fault)) from fault


def listed(store: Any, pipeline: str | None = None, step: str | None = None) -> list[Entry]:
    """All entries, those used last first; of one pipeline, of one step. Raises `StoreError`."""
    hits, used = _uses(store)
    found = []
    for document in read(store):
        namespace, name, run, made_by = _parts(document.get("source"))
        owner = f"{namespace}/{name}"
        if pipeline not in (None, name, owner) or step not in (None, made_by, made_by.partition("[")[0]):
            continue
        key, source, created = document["key"], str(document.get("source")), float(document["created"])
        sizes = (manifest["value"].get("size") or 0 for manifest in document["outputs"].values())
        found.append(
            Entry(
                key=key,
                step=made_by,
                pipeline=owner,
                run=run,
                entrypoint=str(document.get("entrypoint") or ""),
                created=created,
                expires=document.get("expires"),
                size=sum(sizes),
                hits=hits.get(source, 0),
                used=max(created, used.get(source, 0.0)),
            )
        )
    return sorted(found, key=lambda one: (-one.used, one.key))


def _uses(store: Any) -> tuple[dict[str, int], dict[str, float]]:
    """By the record that an entry comes from: how many step runs were taken from it, and when the last one began."""
    hits: dict[str, int] = {}
    used: dict[str, float] = {}
    for prefix, modified in model.run_keys(store):
        for step in model.read_run(store, prefix, modified).steps:
            if step.source is not None and step.status == "cached":
                hits[step.source] = hits.get(step.source, 0) + 1
                used[step.source] = max(used.get(step.source, 0.0), model.seconds(step.started))
    return hits, used


def place(source: Any) -> str:
    """The key of a manifest or of a record as "namespace/pipeline/run/step"."""
    return "/".join(_parts(source))


def _parts(source: Any) -> tuple[str, str, str, str]:
    parts = str(source).split("/")
    if len(parts) < 6:
        return "", "", "", ""
    _, namespace, pipeline, run, step, *rest = map(layout.name, parts)
    return namespace, pipeline, run, f"{step}[{rest[0]}]" if len(rest) > 1 else step
