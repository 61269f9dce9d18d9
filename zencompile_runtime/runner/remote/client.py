"""The runner's side of steps that run on an engine's workers; what an engine does in its own way is in a subclass."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import zencompile_runtime
from zencompile_runtime import facts
from zencompile_runtime.errors import Failure, Fault
from zencompile_runtime.runner.executors import Site
from zencompile_runtime.runner.remote import begun, outpost, requests
from zencompile_runtime.runner.remote.mailbox import Mailbox
from zencompile_runtime.runner.remote.needs import Needs
from zencompile_runtime.runner.scheduler import Outcome, Task
from zencompile_runtime.runner.workers import Known, outcomes
from zencompile_runtime.spec import StepSpec
from zencompile_runtime.store import layout
from zencompile_runtime.store import open as open_store
from zencompile_runtime.version import VERSION

LOOK = 2.0  # seconds between two looks at what a waiting runner waits for
_STATION = (
    "import sys; sys.path[:] = filter(None, sys.path); "
    "from zencompile_runtime.runner.remote.station import main; main()"
)


@dataclass(eq=False)
class Job:
    """A step that was handed to the engine; `handle` is the engine's."""

    task: Task
    spec: StepSpec
    name: str
    needs: Needs
    began: float = field(default_factory=time.monotonic)
    handle: Any = None
    cancelled: int = 0
    told: bool = False


class Remote:
    """Hands steps to an engine; what its threads hear comes by the mailbox, as (name of the job, what).

    What may be bytes of output, an answer of `outpost.run`, or an Outcome.
    """

    here = False
    slots: int | None = None
    once = False  # whether the engine may start a task a second time of its own accord

    def __init__(self, site: Site) -> None:
        self.site = site
        self.token = secrets.token_hex(8)
        self.store = open_store(site.url)
        self.mailbox = Mailbox()
        self.jobs: dict[str, Job] = {}
        self._serial = 0
        self._looked = time.monotonic()
        self._steps = {step.id: step for step in site.plan.steps}

    # -- for an engine -------------------------------------------------------------------------------------------------

    def submit(self, job: Job, request: bytes) -> None:
        """Hand a job over; raises Fault if it can't be."""
        raise NotImplementedError

    def end(self, jobs: list[Job], at_once: bool) -> None:
        """Ask for the end of jobs."""
        raise NotImplementedError

    def look(self) -> None:
        """See whether anything keeps jobs from ever beginning; called now and then."""

    def leave(self) -> None:
        """Let go of the engine."""
        raise NotImplementedError

    def place(self) -> dict[str, Any]:
        """What a worker must know to run steps of this run: see `outpost`."""
        site, runtime = self.site, Path(zencompile_runtime.__file__).resolve().parents[1]
        document = self.store.read_document(layout.run_key(site.plan.name, site.run)) or {}
        hello = {
            "version": VERSION,
            "pipeline": site.plan.name,
            "run": site.run,
            "started": document.get("started"),
            "token": self.token,
            "store": site.url,
            "project": str(site.project),
            "isolation": site.isolation,
            "preload": list(site.plan.preload),
        }
        variables = {"ZENCOMPILE_PROJECT": str(site.project), "ZENCOMPILE_CODE": facts.folder(), "PYTHONHASHSEED": "0"}
        place = {"run": f"{site.run} {self.token}", "runtime": str(runtime), "project": str(site.project)}
        return {**place, "code": _STATION, "variables": variables, "hello": hello}

    # -- what the scheduler calls --------------------------------------------------------------------------------------

    def start(self, task: Task, spec: StepSpec, known: Known) -> None:
        """Begin to run a step."""
        self._serial += 1
        job = Job(task, spec, f"{task} {self._serial}", Needs.of(self._steps[task.id]))
        self.jobs[job.name] = job
        if not self.once:
            begun.forget_record(self.store, spec)
        try:
            self.submit(job, requests.request(task, spec, known, self.once))
        except Fault:
            del self.jobs[job.name]
            raise

    def wait(self, seconds: float | None) -> list[tuple[Task, Outcome]]:
        """What ended since the last call."""
        limit = None if seconds is None else time.monotonic() + seconds
        found: list[tuple[Task, Outcome]] = []
        while not found:
            now = time.monotonic()
            if limit is not None and now >= limit:
                break
            news, interrupted = self.mailbox.take(LOOK if limit is None else min(LOOK, limit - now))
            found = [one for name, what in news if (one := self._hear(name, what)) is not None]
            if interrupted:
                break
            if now - self._looked >= LOOK:
                self._looked = now
                self.look()
        return found

    def interrupt(self) -> None:
        """Make `wait` return."""
        self.mailbox.interrupt()

    def cancel(self) -> None:
        """Ask all steps to end; a second time: end them."""
        for job in self.jobs.values():
            job.cancelled += 1
        for at_once in (False, True):
            jobs = [job for job in self.jobs.values() if (job.cancelled > 1) is at_once]
            if jobs:
                self.end(jobs, at_once)

    def close(self, hurry: bool = False) -> None:
        """End what is left, and let go of the engine."""
        if self.jobs:
            self.end(list(self.jobs.values()), True)
        self.leave()
        self.mailbox.close()

    def hook(self, kind: str, *arguments: Any) -> Failure | None:
        """A pipeline's hooks run around each step, where it runs."""
        return None

    # -- news ----------------------------------------------------------------------------------------------------------

    def _hear(self, name: str, what: Any) -> tuple[Task, Outcome] | None:
        job = self.jobs.get(name)
        if job is None:
            return None
        if isinstance(what, bytes):
            self.site.on_output(job.task, what)
            return None
        outcome = what if isinstance(what, Outcome) else self._outcome(job, what)
        del self.jobs[name]
        job.told = True
        if self.once:
            begun.Mark(self.token, job.spec).remove(self.store)
        return job.task, outcomes.cancelled(outcome) if job.cancelled else outcome

    def _outcome(self, job: Job, answer: tuple[Any, ...]) -> Outcome:
        """What an answer of an outpost means."""
        seconds = time.monotonic() - job.began
        if answer[0] == "result":
            if answer[2]:
                self.site.on_output(job.task, answer[2])
            outcome: Outcome = requests.read(answer[1])
            return outcome
        if answer[0] == "fault":
            kind, message, help = answer[1:]
            failure = Failure(kind, "WorkerUnfit", message, help=help)
            return outcomes.failed(failure, seconds, retry=kind == "infrastructure")
        if answer[0] == "lost" and answer[1]:
            failed = outcomes.lost(answer[1], seconds)
            assert failed.failure is not None
            message = "the process that runs steps on its worker" + failed.failure.message.removeprefix("its process")
            return replace(failed, failure=replace(failed.failure, kind="infrastructure", message=message))
        return begun.lost(seconds)


def outpost_module() -> tuple[str, str]:
    """The name and the text of the module that workers get. Another text has another name."""
    import hashlib

    text = Path(outpost.__file__).read_text("utf-8")
    return f"_zencompile_outpost_{hashlib.sha256(text.encode()).hexdigest()[:12]}", text


def sent(code: str, name: str) -> Any:
    """A function of some code, such as engines send to workers by its value, for these can't import it."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    exec(code, namespace)
    return namespace[name]


MAKE_OUTPOST = """
def outpost(name, text):
    import sys
    import types
    found = sys.modules.get(name)
    if found is None:
        made = types.ModuleType(name)
        exec(compile(text, name, "exec"), made.__dict__)
        found = sys.modules.setdefault(name, made)
    return found
"""
