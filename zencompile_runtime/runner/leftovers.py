"""What runners left behind that were killed: unfinished writes, temporary folders, locks, containers, jobs in a queue.

Nothing is taken that a living process may still need: who made it is written in its name, or it is locked.
"""

from __future__ import annotations

import contextlib
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from zencompile_runtime import temporary
from zencompile_runtime.errors import Fault
from zencompile_runtime.runner import lock
from zencompile_runtime.store import ArtifactStore, leases

_AHEAD = 3600.0  # seconds that the clock of a store may be ahead of ours


@dataclass
class Swept:
    """How many things were removed. `waiting` are locks of runs with containers, of a daemon that didn't answer."""

    writes: int = 0
    folders: int = 0
    containers: int = 0
    jobs: int = 0
    waiting: int = 0


def sweep(store: ArtifactStore, everything: bool = False) -> Swept:
    """Remove what is left. On the way of a run only what lies in its own store and on this machine is looked for;
    `everything` asks daemons and queues, too. Never raises: what can't be removed now is removed the next time.
    """
    found = Swept()
    root: Path | None = getattr(store.backend, "root", None)
    with contextlib.suppress(OSError, Fault):
        if root is not None:
            found.writes = _writes(root)
    with contextlib.suppress(OSError):
        found.folders = temporary.sweep()
    if everything:
        found.jobs = _jobs()
    free = lock.abandoned(store)
    with_containers = [one for one in free if one.containers]
    if with_containers or everything:
        removed = _containers()
        found.containers = removed or 0
        if removed is None:
            found.waiting = len(with_containers)
    for one in free:
        one.close() if found.waiting and one.containers else one.remove()
    return found


def _writes(root: Path) -> int:
    count = 0
    for entry in leases.abandoned(root, time.time() + _AHEAD):
        path = root / entry.key
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
        count += 1
    return count


def _containers() -> int | None:
    """How many containers were removed; None if no daemon answers."""
    from zencompile_runtime.runner.workers import abandoned

    try:
        return abandoned.remove()
    except Fault:
        return None


def _jobs() -> int:
    """How many jobs of Slurm were ended. A controller that doesn't answer is asked the next time."""
    if shutil.which("squeue") is None:
        return 0
    from zencompile_runtime.runner.remote import slurm_abandoned

    with contextlib.suppress(Fault):
        return slurm_abandoned.cancel()
    return 0
