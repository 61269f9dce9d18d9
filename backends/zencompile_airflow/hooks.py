"""Which hooks run around a step, and which of them are called for a step that can't call them itself."""

from __future__ import annotations

from collections.abc import Collection

from zencompile.ir import Hook, Hooks, Invocation, Pipeline

OWED = ("on_end", "on_failure", "on_cleanup")
"""What is called for a step whose process was killed: the events of the runtime's `owed`."""

_OF_RUN = ("on_init", "on_cleanup")


def of_invocation(pipeline: Pipeline, invocation: Invocation) -> dict[str, Hook]:
    """All hooks of an invocation by their event: its own, and the pipeline's where the event is a run's."""
    found = {}
    for event in Hooks.model_fields:
        own = getattr(invocation.hooks, event) or (getattr(pipeline.hooks, event) if event in _OF_RUN else None)
        if own is not None:
            found[event] = own
    return found


def owes(pipeline: Pipeline, invocation: Invocation) -> bool:
    """Whether the invocation has a hook that must be called where its own process was killed."""
    return any(event in OWED for event in of_invocation(pipeline, invocation))


def suffix(task_ids: Collection[str]) -> str:
    """What the id of a task that calls the hooks of another has behind that one's id."""
    taken, name = set(task_ids), "_hooks"
    while any(f"{task}{name}" in taken for task in taken):
        name += "_"
    return name
