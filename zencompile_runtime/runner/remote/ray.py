"""Steps as tasks of a Ray cluster: the one that the settings or RAY_ADDRESS name, or one of its own.

A step's `cpus`, `memory` and `gpus` are the task's; without `cpus` it is one. What Ray sets for a task, its GPUs above
all, the step gets too. Retries are the runner's: a task of Ray is tried once.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from typing import Any

from zencompile_runtime.errors import ConfigurationFault, Failure, InfrastructureFault
from zencompile_runtime.runner.executors import Site
from zencompile_runtime.runner.remote import begun, needs
from zencompile_runtime.runner.remote.client import MAKE_OUTPOST, Job, Remote, outpost_module, sent
from zencompile_runtime.runner.scheduler import Outcome
from zencompile_runtime.runner.workers import outcomes

PATIENCE = 60.0  # seconds that a step waits for a node that could run it
FRESH = 5.0  # seconds for which what is known of nodes holds

_TASK = """
def task(outpost, *arguments):
    yield from outpost(NAME, TEXT).on_ray(*arguments)
"""


class Ray(Remote):
    """Hands steps to Ray; see the module."""

    def __init__(self, site: Site) -> None:
        address = site.settings.get("address") or os.environ.get("RAY_ADDRESS")
        self.here = not address
        self.ray = _start(address, site.jobs)
        super().__init__(site)
        self._nodes: list[needs.Worker] = []
        self._known = float("-inf")
        self._waiting: dict[str, float] = {}
        self.slots = self._cpus() if address else None
        name, text = outpost_module()
        self._make = sent(MAKE_OUTPOST, "outpost")
        task = sent(_TASK.replace("NAME", repr(name)).replace("TEXT", repr(text)), "task")
        self._task = self.ray.remote(max_retries=0, num_returns="streaming")(task)
        self._place = self.ray.put(self.place())

    # -- steps ---------------------------------------------------------------------------------------------------------

    def submit(self, job: Job, request: bytes) -> None:
        """One task, and a thread that hears what it says."""
        asked = self._asked(job)
        job.handle = self._task.options(
            num_cpus=asked.cpus, num_gpus=asked.gpus or None, memory=asked.memory or None, name=str(job.task)
        ).remote(self._make, self._place, job.name, request)
        threading.Thread(target=self._follow, args=(job,), daemon=True).start()

    def _asked(self, job: Job) -> needs.Needs:
        """What a step's task needs; raises ConfigurationFault where no node has it."""
        asked = needs.Needs(job.needs.cpus or 1, job.needs.memory, job.needs.gpus)
        nodes = self._nodes_now()
        if nodes and not any(node.has(asked) for node in nodes):
            raise ConfigurationFault(
                f"step `{job.task}` can't run on this cluster: {needs.lacking(asked, nodes)}",
                help="start a node that has it: ray start --address=… --num-cpus=8 --num-gpus=1 --memory=64000000000",
            )
        return asked

    def end(self, jobs: list[Job], at_once: bool) -> None:
        """Interrupt the tasks; at once: end their workers."""
        for job in jobs:
            if job.handle is not None:
                with contextlib.suppress(Exception):  # it ended meanwhile, or Ray did
                    self.ray.cancel(job.handle, force=at_once)

    def leave(self) -> None:
        """Leave the cluster; an own one ends."""
        with contextlib.suppress(Exception):
            self.ray.shutdown()

    def look(self) -> None:
        """Tell of steps for which no node is left, and give them up after a while."""
        nodes = self._nodes_now()
        for job in list(self.jobs.values()):
            asked = needs.Needs(job.needs.cpus or 1, job.needs.memory, job.needs.gpus)
            if any(node.has(asked) for node in nodes):
                self._waiting.pop(job.name, None)
                continue
            why = needs.lacking(asked, nodes) if nodes else "the cluster has no node"
            if job.name not in self._waiting:
                self._waiting[job.name] = time.monotonic()
                self.site.on_note(f"step `{job.task}` waits: {why}")
            if time.monotonic() - self._waiting[job.name] > PATIENCE:
                failure = Failure("infrastructure", "NoWorker", f"no node came for it: {why}")
                self.mailbox.put((job.name, outcomes.failed(failure, time.monotonic() - job.began, retry=True)))
                self.end([job], True)

    # -- in threads ----------------------------------------------------------------------------------------------------

    def _follow(self, job: Job) -> None:
        """Hand on what a task says, up to its end."""
        try:
            for reference in job.handle:
                what = self.ray.get(reference)
                self.mailbox.put((job.name, what))
                if isinstance(what, tuple):
                    return
            self.mailbox.put((job.name, begun.lost(time.monotonic() - job.began)))
        except BaseException as error:
            self.mailbox.put((job.name, self._failed(job, error)))

    def _failed(self, job: Job, error: BaseException) -> Outcome:
        from ray import exceptions

        seconds = time.monotonic() - job.began
        if isinstance(error, exceptions.TaskCancelledError):  # what it could still complete counts
            result = begun.recorded(self.store, job.spec)
            if result is not None and result.ok:
                return outcomes.of(result, seconds)
            return outcomes.failed(Failure("ended", "Cancelled", "it was asked to end"), seconds)
        if isinstance(error, exceptions.OutOfMemoryError):
            return begun.lost(seconds, ": Ray ended it, for its node ran out of memory")
        if isinstance(error, (exceptions.WorkerCrashedError, exceptions.NodeDiedError, exceptions.OwnerDiedError)):
            return begun.lost(seconds)
        first = str(error).strip().splitlines()[:1]
        message = f"Ray could not run it: {''.join(first) or type(error).__name__}"
        return outcomes.failed(Failure("infrastructure", type(error).__name__, message), seconds, retry=True)

    # -- nodes ---------------------------------------------------------------------------------------------------------

    def _nodes_now(self) -> list[needs.Worker]:
        """What the nodes have, as it was a moment ago."""
        now = time.monotonic()
        if now - self._known > FRESH:
            self._nodes, self._known = [_node(one) for one in self._described()], now
        return self._nodes

    def _described(self) -> list[dict[str, Any]]:
        try:
            return [one for one in self.ray.nodes() if one["Alive"]]
        except Exception as error:
            raise InfrastructureFault(f"the Ray cluster is gone: {error}") from None

    def _cpus(self) -> int:
        return int(sum(one["Resources"].get("CPU", 0) for one in self._described())) or 1


def _node(described: dict[str, Any]) -> needs.Worker:
    """A node; Ray's names are `CPU`, `memory` and `GPU`, and what isn't there there is none of."""
    return needs.Worker(described["NodeID"], {"CPU": 0, "memory": 0, "GPU": 0, **described["Resources"]})


def _start(address: str | None, jobs: int | None) -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    os.environ.setdefault("RAY_raylet_start_wait_time_s", "180")
    import ray

    quiet: dict[str, Any] = {"logging_level": logging.CRITICAL, "log_to_driver": False}
    try:
        if address:
            ray.init(address=address, **quiet)
        else:
            ray.init(address="local", num_cpus=jobs, include_dashboard=False, **quiet)
    except Exception as error:
        first = "".join(str(error).strip().splitlines()[:1])
        if not address:
            raise InfrastructureFault(
                f"Ray can't be started here: {first}", help="try again when less runs here"
            ) from None
        helps = "start it (ray start --head) or name another; a cluster with tokens wants RAY_AUTH_TOKEN"
        raise InfrastructureFault(f"no Ray cluster answers at {address}: {first}", help=helps) from None
    return ray
