"""What a target may be unable to express. Targets declare what they can, the pass `lower` asks."""

from __future__ import annotations

import enum


class Capability(enum.Enum):
    """A part of the IR that a target may be unable to express; the value completes "the target has no …"."""

    CONDITION = "conditions on values of the run"
    COMPARISON = "conditions that compare outputs with literals"
    EXPRESSION = "conditions on any expression"
    COMPUTED_INPUT = "inputs that are computed of values of the run"
    MOMENT = "values that a run makes once"
    AFTER_BRANCH = "steps after a branch that may not be taken"
    MERGE = "values that depend on which branch was taken"
    MERGE_OF_ANY = "merges of values that no step of the branches makes"
    MAP = "maps over outputs"
    MAP_CHECK = "maps that fail over empty lists and lists of unequal length"
    PRODUCT = "products of lists that only the run knows"
    SCHEDULE = "schedules"
    RUNTIME_PARAMETERS = "parameters that are given when a run starts"
    RETRY = "retries"
    BACKOFF = "retries that wait longer each time"
    TIMEOUT = "timeouts"
    RESOURCES = "resources of a step"
    GPU = "GPUs"
    SECRETS = "secrets"
    LOOKUP = "look-ups of earlier artifacts"
    LOOKUP_INSIDE = "look-ups inside of a list or dictionary"
    FAIL_FAST = "execution mode `fail_fast`"
    STOP_ON_FAILURE = "execution mode `stop_on_failure`"
    RUN_NAME = "names of runs"
