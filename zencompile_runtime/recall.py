"""The cache's part in the course of a step: whether it may be asked, what it says, and what a run leaves in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zencompile_runtime import cache, drift, environment, facts, inputs
from zencompile_runtime.cache import Answer
from zencompile_runtime.context import Running
from zencompile_runtime.dependencies import compare, record
from zencompile_runtime.manifest import Entry, Manifest
from zencompile_runtime.observing import Seen
from zencompile_runtime.own import time
from zencompile_runtime.spec import StepSpec
from zencompile_runtime.store import ArtifactStore, layout


class Recall:
    """What the cache has for one run of a step. Made before the step's own variables are set, whose `environment` is
    that of its process; `notes` are for the user.
    """

    def __init__(self, spec: StepSpec, known: dict[str, Any], notes: list[str]) -> None:
        self.spec = spec
        self.known = known
        self.notes = notes
        self.environment = environment.now()
        self.started = time.time()
        self.surroundings = cache.surroundings(spec, known)
        self.enabled = spec.cache and bool(spec.cache_policy.get("enabled", True))
        self.parts: dict[str, Any] | None = None
        self.key: str | None = None
        self.answer = Answer("")
        self.declared: frozenset[str] = frozenset()  # variables that the step's configuration sets
        self.observed: dict[str, Any] = {}
        self._asking: tuple[Any, Mapping[str, Any]] = (None, {})  # the store and the inputs of this run
        self._keep = False  # whether the result may go into the cache

    def ask(self, store: ArtifactStore, resolved: Mapping[str, Any]) -> Entry | None:
        """The entry that stands for this run; `resolved` are the step's inputs."""
        spec = self.spec
        if not self.enabled:
            self.answer = Answer("disabled")
            return None
        refused = self._refused(resolved)
        if refused is not None:
            self.answer = Answer("refused")
            self.notes.append(f"not cached: {refused}")
            return None
        self._asking = (store, resolved)
        self.parts = cache.components(spec, self.known, resolved, store, self.surroundings)
        self.key = cache.key_of(self.parts)
        self._keep = True
        self.answer = cache.lookup(store, self.key, spec, self._changed)
        if self.answer.word == "changed":
            self.notes.append(f"runs again: {self.answer.changed}")
        return self.answer.entry

    def _refused(self, resolved: Mapping[str, Any]) -> str | None:
        """Why the key would not be one of the code that runs and of all that it is given."""
        spec, known = self.spec, self.known
        if not known.get("code"):
            return "nothing is known of the step's code (no code/<pipeline>.json beside the runtime)"
        if spec.code and not drift.meant(spec, known):
            return "this is not the code that the caller was compiled for; compile the pipeline again"
        changed = drift.different(spec, known)
        if changed:
            return f"sources changed since compilation ({_some(changed)}); compile the pipeline again"
        if any(inputs.has_foreign(one) for one in resolved.values()):
            return "an input is a file that has no content digest"
        return None

    def _changed(self, entry: Entry) -> str | None:
        observed = entry.get("observed", {})
        if self.spec.cache_policy.get("strict") and observed.get("unobservable"):
            return f"it used {record.unobservable(observed)}, and its cache is strict"
        return self._different(observed)

    def _different(self, observed: dict[str, Any]) -> str | None:
        found = compare.difference(observed, self.spec, self.known, self.environment)
        return self._told(observed["lookups"]) if found is None and observed.get("lookups") else found

    def is_unchanged(self, before: Mapping[str, Any]) -> bool:
        """Whether what a recorded run of the same key depended on is as it was; of one that left nothing in the cache
        no more is known than its key.
        """
        store = self._asking[0]
        observed = before.get("observed")
        if observed is None and store is not None and "source" in before:
            entries = (store.cache_entries(before["key"]) or {"entries": []})["entries"]
            observed = next((one.get("observed") for one in entries if one.get("source") == before["source"]), None)
        return self._different(observed or {}) is None

    def _told(self, recorded: Mapping[str, Any]) -> str | None:
        """What the step would be told otherwise now than the entry's run was."""
        from zencompile_runtime import answers

        store, resolved = self._asking
        given = {name: found for name, one in resolved.items() if (found := inputs.manifests(one)) is not None}
        return answers.difference(recorded, Running(self.spec, store, inputs=given))

    def settle(self, seen: Seen | None) -> None:
        """Make digests of what was `seen` of a run that has just ended well; see whether it may be kept."""
        if not self._keep:
            return
        changed = drift.different(self.spec, facts.of_step(self.spec))
        changed += cache.changed_dependencies(self.spec, self.parts or {})
        if changed:
            # What changed while the step ran may or may not have been seen by it: nothing is known of its result.
            self._give_up(f"files changed while the step ran ({_some(changed)})")
            return
        if seen is None:
            self._give_up("the run was not observed")
            return
        around = record.Around(self.environment, self.declared, self.started)
        kept = record.record(seen, self.spec, self.known, around)
        self.observed = kept.observed
        self.notes.extend(kept.notes)
        if kept.refused is not None:
            self._give_up(kept.refused)

    def _give_up(self, why: str) -> None:
        self._keep = False
        self.notes.append(f"not kept in the cache: {why}")

    def keep(self, store: ArtifactStore, outputs: Mapping[str, Manifest], metadata: Mapping[str, Any]) -> None:
        """Leave an entry, if that may be."""
        if not self._keep or self.key is None:
            return
        spec = self.spec
        entry: Entry = {
            "source": layout.record_key(spec.pipeline, spec.run, spec.id, spec.map_index),
            "outputs": dict(outputs),
            "metadata": dict(metadata),
            "observed": self.observed,
        }
        cache.remember(store, self.key, spec, self.parts or {}, entry)


def _some(paths: list[str]) -> str:
    return ", ".join(paths[:3]) + (" …" if len(paths) > 3 else "")
