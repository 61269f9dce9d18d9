"""What the runner and its stations say to each other; both are the same version of the same program."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from typing import Any

from zencompile_runtime.runner.scheduler import Outcome, Task
from zencompile_runtime.runner.workers import Known
from zencompile_runtime.spec import StepSpec

MANY = 1000  # manifests that a step is given with its request; a step that needs more reads them from the store


@dataclass(frozen=True)
class Request:
    """A step to run. With `once`, a step that began elsewhere, on a worker that is lost, doesn't begin again: only the
    runner knows whether it may be tried again.
    """

    task: Task
    spec: StepSpec
    known: Known
    once: bool = False


def request(task: Task, spec: StepSpec, known: Known, once: bool = False) -> bytes:
    """The bytes of a request."""
    return pickle.dumps(Request(task, spec, known if len(known) <= MANY else {}, once), pickle.HIGHEST_PROTOCOL)


def answer(outcome: Outcome) -> bytes:
    """The bytes of an answer."""
    return pickle.dumps(outcome, pickle.HIGHEST_PROTOCOL)


def read(data: bytes) -> Any:
    """What `request` or `answer` made."""
    return pickle.loads(data)
