"""Steps as tasks of a Dask cluster: the one that the settings or DASK_SCHEDULER_ADDRESS name, or one of its own.

A step's `cpus`, `memory` and `gpus` are asked of workers that declare such resources. Who starts first is the
scheduler's order: the longest chain has the highest priority. Retries are the runner's, for Dask's would run a step
again that may have begun: see `begun`.
"""

from __future__ import annotations

import contextlib
import inspect
import logging
import os
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from zencompile_runtime.errors import ConfigurationFault, Failure, Fault, InfrastructureFault
from zencompile_runtime.runner.executors import Site
from zencompile_runtime.runner.remote import begun, needs
from zencompile_runtime.runner.remote.client import MAKE_OUTPOST, Job, Remote, outpost_module, sent
from zencompile_runtime.runner.workers import outcomes

ANSWERS = 10.0  # seconds in which a scheduler must answer
PATIENCE = 60.0  # seconds that a step waits for a worker that could run it
FRESH = 5.0  # seconds for which what is known of workers holds

_TASK = """
def task(outpost, *arguments):
    import sys
    return sys.modules[outpost].on_dask(*arguments)
"""
_CANCEL = """
def cancel(outpost, run, names):
    import sys
    if outpost in sys.modules:
        sys.modules[outpost].cancel(run, names)
"""
_CLOSE = """
def close(outpost, run):
    import sys
    if outpost in sys.modules:
        sys.modules[outpost].close(run)
"""


class Dask(Remote):
    """Hands steps to the scheduler; see the module."""

    once = True

    def __init__(self, site: Site) -> None:
        address = site.settings.get("address") or os.environ.get("DASK_SCHEDULER_ADDRESS")
        self._cluster: Any = None
        self.here = not address
        with _quiet():
            self.client = _connect(address) if address else self._own(site)
        super().__init__(site)
        self.slots = self._threads() if address else None
        self.topic = f"zencompile-{self.token}"
        self.outpost, text = outpost_module()
        self._place = self.place()
        self._task = sent(_TASK, "task")
        self._waiting: dict[str, float] = {}
        self._workers: list[needs.Worker] = []
        self._known = float("-inf")
        self.client.subscribe_topic(self.topic, self._event)
        self.client.register_plugin(_plugin(self.outpost, text))

    def _own(self, site: Site) -> Any:
        """A client of a cluster on this machine, which ends with the run, or with this process."""
        from distributed import Client, LocalCluster

        threads = site.jobs or os.cpu_count() or 1
        self._cluster = LocalCluster(
            n_workers=1,  # it only looks after the processes of steps, which are others
            threads_per_worker=threads,
            processes=True,
            memory_limit=0,
            dashboard_address=None,
            silence_logs=logging.CRITICAL,
            resources=_machine(),
        )
        return Client(self._cluster)

    # -- steps ---------------------------------------------------------------------------------------------------------

    def submit(self, job: Job, request: bytes) -> None:
        """One task."""
        asked = self._asked(job)
        future = self.client.submit(
            self._task,
            self.outpost,
            self._place,
            job.name,
            request,
            self.topic,
            key=f"{job.task.id}-{self.token}-{job.name}",
            resources=dict(asked) or None,
            priority=self.site.graph.nodes[job.task.id].height,
            pure=False,
        )
        job.handle = future
        future.add_done_callback(lambda done: self._done(job, done))

    def _asked(self, job: Job) -> Any:
        """The resources that a step's task needs; raises ConfigurationFault where no worker has them."""
        if not job.needs.wanted:
            return {}
        workers = self._workers_now()
        found = needs.match(job.needs, workers)
        if found is None and not workers:
            return {name: amount for kind, amount in job.needs.wanted.items() for name in needs.NAMES[kind][:1]}
        if found is None:
            raise ConfigurationFault(
                f"step `{job.task}` can't run on this cluster: {needs.lacking(job.needs, workers)}",
                help='start workers that do: dask worker … --resources "CPU=8 MEMORY=64e9 GPU=1"',
            )
        for kind in found.unheld:
            self._note_once(kind, f"no worker of the cluster declares {kind}: those of steps are not reserved")
        return found.resources

    def _note_once(self, what: str, text: str) -> None:
        if what not in self._waiting:
            self._waiting[what] = time.monotonic()
            self.site.on_note(text)

    def end(self, jobs: list[Job], at_once: bool) -> None:
        """Tell the workers. A task that hasn't begun is just taken back."""
        names = [job.name for job in jobs]
        with contextlib.suppress(Exception):  # a scheduler or workers that are gone run nothing any more
            self.client.run(sent(_CANCEL, "cancel"), self.outpost, self._place["run"], names, on_error="ignore")
            running = self._running()
            idle = [job for job in jobs if job.handle is not None and job.handle.key not in running]
            if idle:
                self.client.cancel([job.handle for job in idle])

    def _running(self) -> set[str]:
        """The keys of tasks that workers have begun, or are about to."""
        found = self.client.processing()
        return {key for keys in found.values() for key in keys}

    def leave(self) -> None:
        """Free what the run has on the workers; an own cluster ends."""
        with _quiet(), contextlib.suppress(Exception):
            self.client.cancel([job.handle for job in self.jobs.values() if job.handle is not None], force=True)
            self.client.run(sent(_CLOSE, "close"), self.outpost, self._place["run"], on_error="ignore")
        with _quiet(), contextlib.suppress(Exception):
            self.client.close(timeout=5)
            if self._cluster is not None:
                self._cluster.close(timeout=5)

    # -- in the client's threads ---------------------------------------------------------------------------------------

    def _event(self, event: tuple[float, Any]) -> None:
        said = event[1]
        what = said["output"] if "output" in said else tuple(said["answer"])
        self.mailbox.put((said["name"], what))

    def _done(self, job: Job, future: Any) -> None:
        """A task is over: if its answer hasn't come, say why."""
        if job.told:
            return
        status = future.status
        if status == "finished":
            with contextlib.suppress(Exception):
                self.mailbox.put((job.name, tuple(future.result(timeout=ANSWERS))))
                return
        if status == "cancelled":
            self.mailbox.put((job.name, begun.lost(time.monotonic() - job.began)))
            return
        self.mailbox.put((job.name, self._failed(job, future)))

    def _failed(self, job: Job, future: Any) -> Any:
        from distributed import KilledWorker

        seconds = time.monotonic() - job.began
        try:
            error = future.exception(timeout=ANSWERS)
        except Exception as other:
            error = other
        if isinstance(error, KilledWorker):
            return begun.lost(seconds)
        failure = Failure("infrastructure", type(error).__name__, f"Dask could not run it: {error}")
        return outcomes.failed(failure, seconds, retry=True)

    # -- workers -------------------------------------------------------------------------------------------------------

    def _workers_now(self) -> list[needs.Worker]:
        """What the workers declare, as it was a moment ago."""
        now = time.monotonic()
        if now - self._known > FRESH:
            self._workers, self._known = self._ask(), now
        return self._workers

    def _ask(self) -> list[needs.Worker]:
        described = _described(self.client)
        return [needs.Worker(address, _declared(one)) for address, one in described.items()]

    def _threads(self) -> int:
        return sum(one["nthreads"] for one in _described(self.client).values()) or 1

    def look(self) -> None:
        """Tell of steps that wait for a worker, and give up those for which none comes."""
        if not self.jobs:
            return
        try:
            workers = self._workers_now()
        except Fault:
            self._lose_all()
            return
        for job in list(self.jobs.values()):
            if any(worker.has(job.needs) for worker in workers):
                self._waiting.pop(job.name, None)
                continue
            why = needs.lacking(job.needs, workers) if workers and job.needs.wanted else "the cluster has no worker"
            self._note_once(job.name, f"step `{job.task}` waits: {why}")
            if time.monotonic() - self._waiting[job.name] > PATIENCE:
                failure = Failure("infrastructure", "NoWorker", f"no worker came for it: {why}")
                self.mailbox.put((job.name, outcomes.failed(failure, time.monotonic() - job.began, retry=True)))
                self.client.cancel([job.handle])

    def _lose_all(self) -> None:
        """The scheduler is gone, and every task with it."""
        for job in self.jobs.values():
            failure = Failure("infrastructure", "SchedulerLost", "the Dask scheduler is gone")
            self.mailbox.put((job.name, outcomes.failed(failure, time.monotonic() - job.began, retry=True)))


def _connect(address: str) -> Any:
    from distributed import Client

    try:
        return Client(address, timeout=ANSWERS)
    except (OSError, ValueError, TimeoutError) as error:
        raise InfrastructureFault(
            f"no Dask scheduler answers at {address}: {error}", help="start it: dask scheduler; or name another"
        ) from None


def _described(client: Any) -> dict[str, Any]:
    """What the scheduler says of its workers, asked for now: what the client keeps may be a list without any."""
    several = "n_workers" in inspect.signature(client.scheduler_info).parameters  # older releases give all
    try:
        said = client.sync(client.scheduler.identity, **({"n_workers": -1} if several else {}))
    except Exception as error:
        raise InfrastructureFault(f"the Dask scheduler is gone: {error}") from None
    found: dict[str, Any] = said["workers"]
    return found


def _declared(described: dict[str, Any]) -> dict[str, float]:
    """A worker's resources. Its threads are no CPUs: a step's process is another."""
    return {str(name): float(amount) for name, amount in (described.get("resources") or {}).items()}


def _machine() -> dict[str, float]:
    """What this machine has."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    gpus = len(list(Path("/dev").glob("nvidia[0-9]*")))
    return {"CPU": float(os.cpu_count() or 1), "MEMORY": float(memory), **({"GPU": float(gpus)} if gpus else {})}


def _plugin(name: str, text: str) -> Any:
    from distributed import WorkerPlugin

    make = sent(MAKE_OUTPOST, "outpost")

    class Outpost(WorkerPlugin):  # type: ignore[misc]  # a local class, which is sent by value
        idempotent = True

        def __init__(self) -> None:
            self.name = name

        def setup(self, worker: Any) -> None:
            make(name, text)

    return Outpost()


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without what Dask says to developers."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
