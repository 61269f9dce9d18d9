"""Hooks that a step owes: written down while it runs, and called by another process where its own was killed.

An engine sees what a step can't: that its container was killed, that it ran too long, that it never began. So a step
with `--owe` leaves a document beside its record that says which hooks are still to be called, and the command `hooks`,
which an engine runs when it has given the step up, calls those. A hook is crossed off before it is called, so that no
two processes call it; where there is no document, the step never began, and its failure is still to be told.

A step that is asked to end (SIGTERM) leaves on_end and on_failure to that command, for only the engine knows whether it
tries again; it cleans up by itself, for only it has what on_init made.
"""

from __future__ import annotations

import time

from zencompile_runtime import context, facts, hooks
from zencompile_runtime.context import Running
from zencompile_runtime.environment import Environment
from zencompile_runtime.errors import Ended, Fault
from zencompile_runtime.spec import StepSpec
from zencompile_runtime.store import ArtifactStore, layout
from zencompile_runtime.store import open as open_store
from zencompile_runtime.values.literals import decode

EVENTS = ("on_end", "on_failure", "on_cleanup")
"""The hooks that a step may owe, in the order in which they are called."""

GRACE = 5.0  # seconds in which a process that is being ended may still clean up by itself


class Owed:
    """What one attempt at a step owes, as the store has it."""

    events = EVENTS

    def __init__(self, spec: StepSpec, store: ArtifactStore) -> None:
        self._spec = spec
        self._store = store
        self._key = layout.owed_key(spec.pipeline, spec.run, spec.id, spec.map_index)

    def begin(self) -> None:
        """An attempt begins: it owes all hooks that the step has, whatever an earlier one did."""
        self._write([event for event in EVENTS if event in self._spec.hooks])

    def close(self) -> None:
        """The attempt has come to an end by itself, after which nothing is owed."""
        self._write([])

    def take(self, event: str) -> bool:
        """Whether this process is to call the hook; no other will then. Where the store fails, it is better called."""
        try:
            document = self._store.read_document(self._key) or {}
            left = document.get("hooks", [])
            if event not in left or document.get("attempt") != self._spec.attempt:
                return False
            self._write([one for one in left if one != event])
        except Fault:
            return True
        return True

    def _write(self, left: list[str]) -> None:
        self._store.write_document(self._key, {"schema": 1, "attempt": self._spec.attempt, "hooks": left})


def call(spec: StepSpec) -> list[str]:
    """Call what the last attempt at a step owes, now that the engine has given it up; the notes of hooks that failed.

    Raises Fault where the store or the step's variables can't be had.
    """
    store = open_store(spec.store)
    left = _left(spec, store)
    running = Running(spec, store)
    if left:
        error = Ended(f"step `{spec.id}` did not end by itself: it was killed, ran too long, or never began")
        facts.use_roots(spec.pipeline)
        with Environment(spec):
            running.parameters = {name: decode(value) for name, value in spec.params.items()}
            context.enter(running)
            try:
                _call_each(left, running, error)
            finally:
                context.leave()
    store.backend.delete(_key(spec))  # the engine may try it again as a whole; then nothing of this holds
    return running.notes


def _call_each(left: list[str], running: Running, error: Ended) -> None:
    offered = {"on_end": (error,), "on_failure": (error,), "on_cleanup": ()}
    for number, event in enumerate(left):
        document = {"schema": 1, "attempt": None, "hooks": left[number + 1 :]}
        assert running.store is not None
        running.store.write_document(_key(running.spec), document)
        hooks.fire(running, event, *offered[event])


def _left(spec: StepSpec, store: ArtifactStore) -> list[str]:
    """What is owed, once a process that is being ended had the time to do its part."""
    deadline = time.monotonic() + GRACE
    while True:
        document = store.read_document(_key(spec))
        if document is None:
            return [event for event in EVENTS if event == "on_failure" and event in spec.hooks]
        left = [event for event in EVENTS if event in document["hooks"] and event in spec.hooks]
        if "on_cleanup" not in left or time.monotonic() >= deadline:
            return left
        time.sleep(0.5)


def _key(spec: StepSpec) -> str:
    return layout.owed_key(spec.pipeline, spec.run, spec.id, spec.map_index)
