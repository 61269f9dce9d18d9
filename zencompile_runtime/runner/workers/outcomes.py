"""What the scheduler learns of the ends that a step can come to."""

from __future__ import annotations

import re
import signal
from dataclasses import replace
from pathlib import Path

from zencompile_runtime.errors import Failure
from zencompile_runtime.runner.scheduler import Outcome, State
from zencompile_runtime.spec import StepSpec
from zencompile_runtime.step import StepResult
from zencompile_runtime.store import ArtifactStore

_STATES = {"completed": State.COMPLETED, "cached": State.CACHED, "failed": State.FAILED}


def of(result: StepResult, seconds: float) -> Outcome:
    """The outcome of a step that ended by itself. A wrong configuration is as wrong the next time."""
    failure = result.failure
    retry = failure is None or failure.kind != "configuration"
    return Outcome(_STATES[result.status], failure, seconds, retry, result)


def failed(failure: Failure, seconds: float = 0.0, retry: bool = False) -> Outcome:
    """A failure that the runner found itself."""
    return Outcome(State.FAILED, failure, seconds, retry)


def lost(status: int, seconds: float) -> Outcome:
    """A process that ended without a result; `status` is negative for a signal."""
    return Outcome(State.FAILED, crashed(status), seconds)


def orphaned(status: int, seconds: float) -> Outcome:
    """A process that ended with the one that it was forked from; `status` is that one's."""
    failure = crashed(status)
    said = failure.message.replace("its process", "the process that it was forked from", 1)
    return Outcome(State.FAILED, replace(failure, message=said), seconds)


BROKEN = 70  # the exit code of a process that could not be set up for its step, or failed beside it
UNSENT = 71  # the exit code of a process whose step has closed the way to the runner: the store has its record
OURS = {
    BROKEN: "unless the step's code says 70 itself, its process could not be set up or ended: its output says why",
    UNSENT: "unless the step's code says 71 itself, neither the runner nor the store could be told of its result: "
    "its output says why",
}


def _why_killed() -> str:
    """What is known of a SIGKILL: the system counts the processes that it ends because memory runs out."""
    if _ended_before is None:
        return "the system ends processes this way when memory runs out"
    if _ended_by_system() == _ended_before:
        return "somebody ended it: since the run began the system has ended nothing for want of memory"
    return "since the run began the system has ended processes because memory ran out: run fewer at once (--jobs)"


def _ended_by_system() -> int | None:
    """How many processes this system has ended because memory ran out; None if it doesn't say so."""
    try:
        found = re.search(rb"^oom_kill (\d+)$", Path("/proc/vmstat").read_bytes(), re.MULTILINE)
    except OSError:
        return None
    return int(found[1]) if found else None


_ended_before = _ended_by_system()


def crashed(status: int) -> Failure:
    """Why a process that ended with this status brought no result."""
    if status >= 0:
        said = f"its process ended with the exit code {status} before it was done"
        return Failure("user", "ProcessEnded", said, help=OURS.get(status, ""))
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    help = _why_killed() if name == "SIGKILL" else ""
    return Failure("user", "ProcessEnded", f"its process was ended by {name}", help=help)


def recorded(store: ArtifactStore, spec: StepSpec) -> StepResult | None:
    """What a step wrote down that could not tell us; None if it came to no end. Raises Fault."""
    record = store.record(spec.pipeline, spec.run, spec.id, spec.map_index)
    if record is None or record.get("status") not in _STATES or record.get("attempt", spec.attempt) != spec.attempt:
        return None
    manifests = {
        name: manifest
        for name in record.get("outputs", {})
        if (manifest := store.manifest(spec.pipeline, spec.run, spec.id, name, spec.map_index)) is not None
    }
    described = record.get("failure")
    failure = Failure(**described) if described else None
    return StepResult(
        record["status"], manifests, failure, record.get("seconds", {}), record.get("key"), record["notes"]
    )


def timeout(limit: float, seconds: float) -> Outcome:
    """A step that ran longer than it may."""
    return Outcome(State.FAILED, Failure("timeout", "Timeout", f"it ran longer than {limit:g} s"), seconds)


def cancelled(outcome: Outcome) -> Outcome:
    """The same outcome for a step that was asked to end: what it could still complete counts."""
    return outcome if outcome.state.good else replace(outcome, state=State.CANCELLED, retry=False)
