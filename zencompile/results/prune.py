"""Making room in a store: which runs and cache entries may go, and which blobs nobody needs any more.

First it is read what is there; then runs and entries are chosen by age, number and size; then their documents go, and
at last the blobs that no document left names (mark, then sweep). A blob stays as long as it is younger than the grace
period: a writer renews its blobs before it writes the documents that name them, so what is about to be named is young.
That is looked at again when each blob is removed: so it can run beside any number of writers, and be killed at any
time.

What is never taken: runs that are going on, the newest runs of each pipeline, the newest version of each artifact and
model that has a name, versions that a user named, and what is not a store's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from zencompile.results.model import StoreError
from zencompile_runtime import machine
from zencompile_runtime.errors import Fault
from zencompile_runtime.store import layout, shapes

GRACE = 3600.0
_LOST = 7 * 24 * 3600.0  # seconds after which a run of another machine that says nothing counts as ended
_QUIET = 24 * 3600.0  # the same for a run whose engine writes no document of its own
_BLOB = re.compile(r"blobs/([0-9a-f]{2})/([0-9a-f]{62})")


@dataclass(frozen=True)
class Rules:
    """What may go. `older` is in seconds since the last use, `size` in bytes of the whole store, `keep` the number of
    runs of each pipeline that stay whatever the rest says, `grace` in seconds; `only_keep` lets all other runs go.
    """

    older: float | None = None
    size: int | None = None
    keep: int = 1
    only_keep: bool = False
    grace: float = GRACE


@dataclass
class Outcome:
    """What went, or would go. `waiting` are bytes that nobody needs and that are younger than the grace period."""

    runs: list[str] = field(default_factory=list)
    entries: int = 0
    documents: int = 0
    blobs: int = 0
    unfinished: int = 0
    freed: int = 0
    waiting: int = 0
    kept: int = 0
    size: int = 0


@dataclass
class _Holder:
    """A run, a cache entry or a named version: what holds blobs. `used` is the time of its last use."""

    prefix: str
    used: float
    documents: dict[str, int] = field(default_factory=dict)  # key → bytes
    blobs: set[str] = field(default_factory=set)
    keys: set[str] = field(default_factory=set)  # of the cache
    codes: set[str] = field(default_factory=set)
    fixed: bool = False
    dropped: bool = False


def prune(store: Any, rules: Rules, dry: bool = False, wait: Callable[[float], None] | None = None) -> Outcome:
    """Apply the rules. With `wait`, sit the grace period out after marking. Raises `StoreError`."""
    try:
        plan = _Plan(store, rules)
        outcome = plan.outcome
        if not dry:
            plan.drop()
            if wait is not None and rules.grace:
                wait(rules.grace)
                plan = _Plan(store, Rules(keep=rules.keep, grace=rules.grace))
                plan.drop()
            plan.sweep(outcome)
        else:
            plan.count()
        return outcome
    except Fault as fault:
        raise StoreError(str(fault)) from fault


class _Plan:
    """What is in the store, and what of it goes."""

    def __init__(self, store: Any, rules: Rules) -> None:
        self.store = store
        self.rules = rules
        self.now = store.backend.clock()
        self.before = self.now - rules.grace
        self.outcome = Outcome()
        self.blobs: dict[str, tuple[int, float]] = {}  # digest → size and time
        self.runs: dict[str, _Holder] = {}
        self.entries: dict[str, _Holder] = {}
        self.named: dict[str, _Holder] = {}
        self.codes: dict[str, tuple[int, float]] = {}
        self.contents: dict[str, Mapping[str, Any]] = {}  # of named versions
        self.newest: dict[str, str] = {}  # of each name
        self.versions: dict[str, list[str]] = {}  # of each run
        self._read()
        self._choose()

    # -- what is there -------------------------------------------------------------------------------------------------

    def _read(self) -> None:
        """Blobs are listed first: one that comes later is not in the list, and so is not swept."""
        for entry in self.store.entries("blobs"):
            found = _BLOB.fullmatch(entry.key)
            if found:
                self.blobs[found.group(1) + found.group(2)] = (entry.size, entry.modified)
        for entry in self.store.entries("code"):
            self.codes[entry.key] = (entry.size, entry.modified)
        states: dict[str, Mapping[str, Any]] = {}
        for entry in self.store.entries("runs"):
            parts = entry.key.split("/")
            if len(parts) >= 5:
                prefix = "/".join(parts[:4])
                holder = self.runs.setdefault(prefix, _Holder(prefix, 0.0))
                document = self._document(holder, entry)
                if parts[4:] == [".run.json"]:
                    states[prefix] = document
        for prefix, run in self.runs.items():
            run.fixed = _going_on(states.get(prefix, {}), self.now - run.used)
        for entry in self.store.entries("cache"):
            holder = self.entries[entry.key] = _Holder(entry.key, 0.0)
            document = self._document(holder, entry)
            expires = document.get("expires")
            useless = not document or bool(shapes.wrong(entry.key, document))
            holder.dropped = useless or (expires is not None and expires <= self.now)
        for folder in ("artifacts", "models"):
            for entry in self.store.entries(folder):
                holder = self.named[entry.key] = _Holder(entry.key, 0.0)
                self.contents[entry.key] = self._document(holder, entry)
        for key in sorted(self.named, key=lambda key: (str(self.contents[key].get("created")), key)):
            if "value" in self.contents[key]:
                self.newest[_family(key)] = _version(key)
                self.versions.setdefault(self._run_of(key), []).append(key)
        self._uses()

    def _document(self, holder: _Holder, entry: Any) -> Mapping[str, Any]:
        """Note what a document holds. One of a later version of the store stops everything: who knows what it needs."""
        holder.used = max(holder.used, entry.modified)
        holder.documents[entry.key] = entry.size
        if not entry.key.endswith(".json"):
            return {}
        document: Mapping[str, Any] = self.store.read_any(entry.key) or {}
        if document.get("schema", 1) != 1:
            raise StoreError(f"{entry.key} is of a later version of zencompile: update it before pruning this store")
        holder.blobs.update(_blobs(document))
        if isinstance(document.get("key"), str):
            holder.keys.add(document["key"])
        components = document.get("components")
        code = components.get("code") if isinstance(components, dict) else None
        if isinstance(code, str):
            holder.codes.add(layout.code_key(code))
        return document

    def _uses(self) -> None:
        """An entry was used last when the last run with its key was."""
        used: dict[str, float] = {}
        for run in self.runs.values():
            for key in run.keys:
                used[key] = max(used.get(key, 0.0), run.used)
        for holder in self.entries.values():
            holder.used = max([holder.used, *(used.get(key, 0.0) for key in holder.keys)])

    # -- what may go ---------------------------------------------------------------------------------------------------

    def _choose(self) -> None:
        self._keep_newest()
        rules = self.rules
        for holder in (*self.runs.values(), *self.entries.values()):
            if rules.older is not None and not holder.fixed and holder.used < self.now - rules.older:
                holder.dropped = True
        if rules.only_keep:
            for run in self.runs.values():
                run.dropped = not run.fixed
            wanted = {key for run in self.runs.values() if run.fixed for key in run.keys}
            for entry in self.entries.values():
                entry.dropped |= wanted.isdisjoint(entry.keys)
        self._drop_named(self.named)
        if rules.size is not None:
            self._shrink(rules.size)
        self._tell()

    def _keep_newest(self) -> None:
        """The newest runs of each pipeline stay, and every run that a writer touched within the grace period."""
        pipelines: dict[str, list[_Holder]] = {}
        for prefix, run in self.runs.items():
            pipelines.setdefault(prefix.rpartition("/")[0], []).append(run)
            run.fixed |= run.used >= self.before
        for found in pipelines.values():
            found.sort(key=lambda run: (run.used, run.prefix), reverse=True)
            for run in found[: self.rules.keep]:
                run.fixed = True

    def _drop_named(self, keys: Iterable[str]) -> list[_Holder]:
        """Versions of runs that go, or went, go too, but for the newest of a name and those that a user named."""
        found = []
        for key in keys:
            document, holder = self.contents[key], self.named[key]
            run = self.runs.get(self._run_of(key))
            gone = run.dropped if run is not None else holder.used < self.before
            if (
                "value" in document
                and gone
                and not _is_users(key, document)
                and self.newest[_family(key)] != _version(key)
            ):
                holder.dropped = True
                found.append(holder)
        return found

    def _run_of(self, key: str) -> str:
        document = self.contents[key]
        return layout.run_prefix(str(document.get("pipeline")), str(document.get("run")))

    def _shrink(self, most: int) -> None:
        """Let go what was used longest ago until the rest fits."""
        count: dict[str, int] = {}
        for holder in self._holders():
            for digest in holder.blobs:
                count[digest] = count.get(digest, 0) + 1
        size = sum(self.blobs[d][0] for d in count if d in self.blobs)
        size += sum(sum(holder.documents.values()) for holder in self._holders())
        wanted = {key for run in self.runs.values() if run.fixed for key in run.keys}
        queue = [run for run in self.runs.values() if not run.fixed and not run.dropped]
        queue += [one for one in self.entries.values() if not one.dropped and wanted.isdisjoint(one.keys)]
        for holder in sorted(queue, key=lambda one: (one.used, one.prefix)):
            if size <= most:
                break
            holder.dropped = True
            for one in (holder, *self._drop_named(self.versions.get(holder.prefix, ()))):
                size -= sum(one.documents.values())
                for digest in one.blobs:
                    count[digest] -= 1
                    if not count[digest]:
                        size -= self.blobs.get(digest, (0, 0.0))[0]

    def _holders(self) -> Iterator[_Holder]:
        """Everything that stays."""
        for table in (self.runs, self.entries, self.named):
            yield from (holder for holder in table.values() if not holder.dropped)

    def _tell(self) -> None:
        outcome = self.outcome
        outcome.runs = [layout.name(run.prefix.rpartition("/")[2]) for run in self.runs.values() if run.dropped]
        outcome.entries = sum(entry.dropped for entry in self.entries.values())
        outcome.kept = len(self.runs) - len(outcome.runs)
        dropped = [h for t in (self.runs, self.entries, self.named) for h in t.values() if h.dropped]
        outcome.documents = sum(len(holder.documents) for holder in dropped)
        outcome.freed = sum(sum(holder.documents.values()) for holder in dropped)
        outcome.size = sum(self.blobs[digest][0] for digest in self._needed() if digest in self.blobs)
        outcome.size += sum(sum(holder.documents.values()) for holder in self._holders())

    # -- letting it go -------------------------------------------------------------------------------------------------

    def drop(self) -> None:
        """Remove documents: entries first, so that nobody finds a way to what else goes."""
        backend = self.store.backend
        for entry in self.entries.values():
            if entry.dropped:
                backend.delete(entry.prefix)
        for key, holder in self.named.items():
            if holder.dropped:
                self._bury(key)
        for run in self.runs.values():
            if run.dropped and not self._touched(run):
                backend.discard(run.prefix)

    def _bury(self, key: str) -> None:
        """A version keeps its number: what is numbered by its order leaves its place to a note that it is gone."""
        document = self.contents[key]
        if key.startswith("models/"):
            self.store.backend.delete(key)
            return
        kept = ("schema", "artifact", "version", "created", "run", "pipeline", "invocation", "output", "map_index")
        self.store.write_document(key, {name: document[name] for name in kept if name in document} | {"pruned": True})

    def _touched(self, run: _Holder) -> bool:
        """Whether somebody took a run up again in the meantime."""
        found = self.store.backend.entry(f"{run.prefix}/.run.json")
        return found is not None and found.modified > run.used

    def count(self) -> None:
        """Tell what a sweep would take."""
        needed = self._needed()
        for digest, (size, modified) in self.blobs.items():
            if digest not in needed:
                self._took(self.outcome, size, modified < self.before)

    def sweep(self, outcome: Outcome) -> None:
        """Remove blobs and code documents that nothing left names, and what writers left unfinished."""
        backend = self.store.backend
        needed = self._needed()
        for digest, (size, modified) in self.blobs.items():
            if digest not in needed:
                old = modified < self.before and backend.sweep(layout.blob_key(digest), self.before)
                self._took(outcome, size, old)
        codes = {code for holder in self._holders() for code in holder.codes}
        for key, (size, modified) in self.codes.items():
            if key not in codes and modified < self.before and backend.sweep(key, self.before):
                outcome.documents += 1
                outcome.freed += size
        for entry in list(backend.abandoned(self.before)):
            backend.forget(entry)
            outcome.unfinished += 1
            outcome.freed += entry.size

    def _needed(self) -> set[str]:
        return {digest for holder in self._holders() for digest in holder.blobs}

    @staticmethod
    def _took(outcome: Outcome, size: int, gone: bool) -> None:
        if gone:
            outcome.blobs += 1
            outcome.freed += size
        else:
            outcome.waiting += size


def _blobs(document: Any) -> Iterator[str]:
    """The digests of every blob that a document names, wherever it does."""
    if isinstance(document, dict):
        if "digest" in document and "path" in document and "text" not in document and "base64" not in document:
            yield str(document["digest"])
        for value in document.values():
            yield from _blobs(value)
    elif isinstance(document, list):
        for value in document:
            yield from _blobs(value)


def _going_on(document: Mapping[str, Any], silent: float) -> bool:
    """Whether a run is going on: its process lives, or, on another machine, it said something this week."""
    if "status" not in document:
        return silent < _QUIET
    if document["status"] != "running":
        return False
    alive = machine.lives(document.get("host"))
    return silent < _LOST if alive is None else alive


def _is_users(key: str, document: Mapping[str, Any]) -> bool:
    """Whether a user gave the version: others are numbers of artifacts, and for models the run's id."""
    if key.startswith("artifacts/"):
        return _version(key).startswith("=")
    return _version(key) != layout.part(str(document.get("run")))


def _family(key: str) -> str:
    """What versions are versions of: `artifacts/<name>`, `models/<name>`."""
    return "/".join(key.split("/")[:2])


def _version(key: str) -> str:
    return key.split("/")[2]
