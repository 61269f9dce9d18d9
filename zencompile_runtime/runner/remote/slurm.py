"""Steps as batch jobs of Slurm: `sbatch` with the plain `step` command, when what a step waits for is done.

Jobs are submitted when they are ready, not in chains of `--dependency`: conditions, maps, retries, the cache and what
happens after a failure are decided with what steps made. The store and the project must be in folders that the nodes
share, and so must the folder for what jobs print: `.zencompile/slurm` in the project.
"""

from __future__ import annotations

import contextlib
import math
import os
import shlex
import shutil
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import zencompile_runtime
from zencompile_runtime import facts
from zencompile_runtime.errors import EXIT_CODES, ConfigurationFault, Failure, Fault, InfrastructureFault
from zencompile_runtime.runner.executors import Site
from zencompile_runtime.runner.remote import begun, slurm_abandoned, slurm_commands
from zencompile_runtime.runner.remote.mailbox import Mailbox
from zencompile_runtime.runner.remote.needs import Needs
from zencompile_runtime.runner.remote.slurm_commands import Status
from zencompile_runtime.runner.scheduler import Outcome, Task
from zencompile_runtime.runner.workers import Known, outcomes
from zencompile_runtime.spec import StepSpec
from zencompile_runtime.store import open as open_store

AT_ONCE = 200  # jobs in the queue
LONGEST = 120_000  # bytes of an argument: Linux takes 128 KiB
POLL = 2.0  # seconds between two looks at the queue
QUICK = 0.1  # the same at first: what is over soon is seen soon
LATE = 60.0  # seconds that a job gets beyond its step's timeout, which the step itself keeps
SETTLE = 10.0  # seconds that a shared folder may take to show what a job that is over has written
TOLD_AFTER = 30.0  # seconds in the queue after which the reason is shown
# Reasons that no time removes: https://slurm.schedmd.com/job_reason_codes.html
HOPELESS = frozenset(
    {
        "AccountNotAllowed",
        "AssocMaxCpuPerJobLimit",
        "AssocMaxMemPerJob",
        "BadConstraints",
        "DependencyNeverSatisfied",
        "InvalidAccount",
        "InvalidQOS",
        "PartitionNodeLimit",
        "PartitionTimeLimit",
        "QOSNotAllowed",
    }
)


@dataclass(eq=False)
class Job:
    """A step in the queue. `over` is when it was first seen to be at its end, `shown` how much of its log is."""

    task: Task
    spec: StepSpec
    id: str
    log: Path
    began: float
    cancelled: int = 0
    over: float | None = None
    status: Status | None = None
    shown: int = 0
    told: bool = False


class Slurm:
    """Submits steps, and looks at the queue; see the module."""

    here = False
    slots: int | None = AT_ONCE

    def __init__(self, site: Site) -> None:
        self.site = site
        self.store = open_store(site.url)
        self.mailbox = Mailbox()
        self.folder = site.project / ".zencompile" / "slurm" / site.run
        self.jobs: dict[str, Job] = {}
        self._unsure = False  # whether there may be jobs that we do not know
        self._steps = {step.id: step for step in site.plan.steps}
        self._serial = 0
        self._between = QUICK
        self._most = float(site.settings.get("poll", POLL))
        self._clean()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InfrastructureFault(f"can't make the folder {self.folder}: {error.strerror}") from None

    def _clean(self) -> None:
        """End what runners of this machine left in the queue when they died."""
        left = slurm_abandoned.cancel()
        if left:
            self.site.on_note(f"ended {left} jobs of a runner that is gone")

    # -- what the scheduler calls --------------------------------------------------------------------------------------

    def start(self, task: Task, spec: StepSpec, known: Known) -> None:
        """Submit a step; `known` manifests are in the store for it too."""
        begun.forget_record(self.store, spec)
        self._serial += 1
        log = self.folder / f"{self._serial}.log"
        log.touch()
        try:
            id = slurm_commands.submit(self._arguments(task, spec, log), self._script(spec))
        except Fault:
            self._unsure = True
            self._end_unknown()
            raise
        self.jobs[id] = Job(task, spec, id, log, time.monotonic())
        self._between = QUICK

    def wait(self, seconds: float | None) -> list[tuple[Task, Outcome]]:
        """What ended since the last call."""
        limit = None if seconds is None else time.monotonic() + seconds
        while True:
            found = list(self._look())
            now = time.monotonic()
            if found or (limit is not None and now >= limit):
                return found
            _, interrupted = self.mailbox.take(self._between if limit is None else min(self._between, limit - now))
            if interrupted:
                return []
            self._between = min(self._most, self._between * 1.3)

    def interrupt(self) -> None:
        """Make `wait` return."""
        self.mailbox.interrupt()

    def cancel(self) -> None:
        """Ask all jobs to end; a second time: end them."""
        for job in self.jobs.values():
            job.cancelled += 1
        self._between = QUICK
        for at_once in (False, True):
            slurm_commands.cancel([id for id, job in self.jobs.items() if (job.cancelled > 1) is at_once], at_once)

    def close(self, hurry: bool = False) -> None:
        """End what is left."""
        with contextlib.suppress(Fault):
            slurm_commands.cancel(list(self.jobs), True)
        if self._unsure:
            self._end_unknown()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.mailbox.close()

    def _end_unknown(self) -> None:
        """End jobs of ours whose ids we were never told: `sbatch` may fail after it has queued one."""
        with contextlib.suppress(Fault):
            mine = slurm_abandoned.comment(self.site.run)
            found = [id for id, comment in slurm_commands.of_runners().items() if comment == mine]
            slurm_commands.cancel([id for id in found if id not in self.jobs], True)

    def hook(self, kind: str, *arguments: Any) -> Failure | None:
        """A pipeline's hooks run around each step, in its job."""
        return None

    # -- a job ---------------------------------------------------------------------------------------------------------

    def _arguments(self, task: Task, spec: StepSpec, log: Path) -> list[str]:
        settings, plan = self.site.settings, self.site.plan
        found = [
            f"--job-name={plan.base_name}/{task}",
            f"--comment={slurm_abandoned.comment(self.site.run)}",
            f"--output={log}",
            f"--chdir={self.site.project}",
            "--open-mode=append",
            "--no-requeue",
        ]
        found += [f"--{name}={settings[name]}" for name in ("partition", "account") if settings.get(name)]
        needs = Needs.of(self._steps[task.id])
        if needs.cpus:
            found.append(f"--cpus-per-task={math.ceil(needs.cpus)}")
        if needs.memory:
            found.append(f"--mem={math.ceil(needs.memory / 1024)}K")
        if needs.gpus:
            found.append(f"--gpus={needs.gpus:g}")
        if spec.timeout:
            found.append(f"--time={math.ceil((spec.timeout + LATE) / 60)}")
        return [*found, *map(str, settings.get("options", ()))]

    def _script(self, spec: StepSpec) -> str:
        """What the job runs. Python takes the shell's place, so that a signal reaches it."""
        runtime = Path(zencompile_runtime.__file__).resolve().parents[1]
        path = os.pathsep.join(filter(None, [str(runtime), os.environ.get("PYTHONPATH")]))
        variables = {
            "ZENCOMPILE_PROJECT": str(self.site.project),
            "ZENCOMPILE_CODE": facts.folder(),
            "PYTHONHASHSEED": "0",
            "PYTHONPATH": path,
        }
        words = [sys.executable, "-m", "zencompile_runtime", "step", *spec.to_argv()]
        longest = max(words, key=len)
        if len(longest.encode()) > LONGEST:
            raise ConfigurationFault(
                f"step `{spec.id}` has an argument that is too long for a command line: {longest[:60]}…",
                help="let a step make the value, or read it from a file",
            )
        lines = [f"export {name}={shlex.quote(text)}" for name, text in variables.items()]
        return "\n".join(["#!/bin/sh", *lines, f"exec {shlex.join(words)}", ""])

    # -- looking -------------------------------------------------------------------------------------------------------

    def _look(self) -> Iterator[tuple[Task, Outcome]]:
        if not self.jobs:
            return
        now = time.monotonic()
        statuses = self._statuses()
        for job in list(self.jobs.values()):
            self._show(job)
            status = statuses.get(job.id)
            if status is None or not status.over:
                if status is not None:
                    self._tell_of_waiting(job, status, now)
                continue
            job.over = job.over or now
            outcome = self._outcome(job, status, now)
            if outcome is not None:
                self._show(job)
                del self.jobs[job.id]
                job.log.unlink(missing_ok=True)
                yield job.task, outcomes.cancelled(outcome) if job.cancelled else outcome

    def _statuses(self) -> Mapping[str, Status]:
        """What the queue says, and the accounts of what it has forgotten."""
        found = dict(slurm_commands.queue(self.jobs))
        gone = [id for id in self.jobs if id not in found or found[id].over]
        if gone:
            found |= {id: Status("GONE") for id in gone} | slurm_commands.accounts(gone)
        return found

    def _tell_of_waiting(self, job: Job, status: Status, now: float) -> None:
        """Say why a job waits, if it does so for long; end it, if it would for ever."""
        if status.state not in slurm_commands.WAITING or job.told:
            return
        if status.reason in HOPELESS:
            job.told, job.status = True, status
            slurm_commands.cancel([job.id])
        elif now - job.began > TOLD_AFTER and status.reason not in ("", "None"):
            job.told = True
            self.site.on_note(f"step `{job.task}` waits in the queue of Slurm as job {job.id}: {status.reason}")

    def _show(self, job: Job) -> None:
        """Hand on what the job has printed since the last time."""
        with contextlib.suppress(OSError), job.log.open("rb") as file:
            file.seek(job.shown)
            while data := file.read(1 << 16):
                job.shown += len(data)
                self.site.on_output(job.task, data)

    def _outcome(self, job: Job, status: Status, now: float) -> Outcome | None:
        """What came of a job that is over; None while its record may still come."""
        seconds = now - job.began
        result = begun.recorded(self.store, job.spec)
        if result is not None:
            return outcomes.of(result, result.timings.get("total", seconds))
        if job.status is not None:
            message = f"Slurm would never start it: {job.status.reason}"
            return outcomes.failed(Failure("configuration", "NeverStarted", message), seconds)
        if now - (job.over or now) < SETTLE and status.state in ("COMPLETED", "GONE") and not job.cancelled:
            return None
        return _ended(job, status, seconds, self.site.url)


def _ended(job: Job, status: Status, seconds: float, url: str) -> Outcome:
    """What a job without a record means."""
    limit = job.spec.timeout
    if limit and (status.state == "TIMEOUT" or status.code == EXIT_CODES["timeout"]):
        return outcomes.timeout(limit, seconds)
    if status.state in ("NODE_FAIL", "BOOT_FAIL", "PREEMPTED"):
        return begun.lost(seconds, f": Slurm says {status.state} of job {job.id}")
    if status.state == "TIMEOUT":
        failure = Failure("timeout", "Timeout", "it ran longer than the partition lets jobs run")
        return outcomes.failed(replace(failure, help="choose another partition"), seconds)
    if status.state == "OUT_OF_MEMORY":
        failure = Failure("user", "ProcessEnded", "its job ran out of the memory that it may use")
        return outcomes.failed(replace(failure, help="give the step more: ResourceSettings(memory=…)"), seconds, True)
    if status.state in ("COMPLETED", "GONE"):
        failure = Failure("configuration", "NoResult", f"its job {job.id} ended, and the store has no record of it")
        helps = f"the nodes must see the store {url}, and a step must not end its process: see its log"
        return outcomes.failed(replace(failure, help=helps), seconds)
    if status.state == "CANCELLED" and not status.signal:
        failure = Failure("ended", "Cancelled", f"somebody cancelled its job {job.id}")
        return outcomes.failed(failure, seconds)
    if status.code == EXIT_CODES["infrastructure"]:
        failure = Failure("infrastructure", "ProcessEnded", "its job could not use the store: see its log")
        return outcomes.failed(replace(failure, help=f"the nodes must reach the store {url}"), seconds, True)
    return outcomes.lost(-status.signal if status.signal else status.code, seconds)
