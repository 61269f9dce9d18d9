"""Each step in a container of its image, through the Docker SDK. The store is where its result comes from.

A folder store is mounted at the same place for every step; secrets go in as this environment or folder has them. A
thread follows each container; what it sees it hands over to `wait`, so that nothing else here runs in two threads.
"""

from __future__ import annotations

import contextlib
import os
import queue
import selectors
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from zencompile_runtime.errors import EXIT_CODES, ConfigurationFault, Failure, Fault, InfrastructureFault
from zencompile_runtime.runner.lock import CONTAINERS
from zencompile_runtime.runner.plan import Pipeline, Step
from zencompile_runtime.runner.scheduler import Outcome, Task
from zencompile_runtime.runner.workers import LOOK, Known, Output, abandoned, outcomes, watcher
from zencompile_runtime.spec import StepSpec
from zencompile_runtime.store import layout
from zencompile_runtime.store import open as open_store

STORE = "/zencompile/store"
SECRETS = "/zencompile/secrets"
GRACE = 5  # seconds between asking a container to end and ending it
_MEMORY_EXIT = 137
_LOOKS = 4  # for containers of a runner that was killed


@dataclass(eq=False)
class Job:
    """A step that runs; `container` is there once it was made."""

    task: Task
    spec: StepSpec
    began: float
    container: Any = None
    cancelled: int = 0


class Containers:
    """Runs each step in a container; see the module."""

    here = False
    slots: int | None = None

    def __init__(self, plan: Pipeline, url: str, on_output: Output, lock: int | None = None) -> None:
        self.plan, self.url, self.on_output = plan, url, on_output
        self.steps = {step.id: step for step in plan.steps}
        self._label = label = abandoned.label()
        if lock is not None:
            os.pwrite(lock, CONTAINERS, 0)
        self._watcher = watcher.Watcher(lambda: _remove_all(label), lock) if hasattr(os, "fork") else None
        try:
            self.client = abandoned.client()
        except Fault:
            self._leave()
            raise
        self.store = open_store(url)
        self._jobs: dict[Task, Job] = {}
        self._news: queue.SimpleQueue[tuple[Job, Any]] = queue.SimpleQueue()
        self._woken, self._wake = os.pipe()
        for descriptor in (self._woken, self._wake):
            os.set_blocking(descriptor, False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._woken, selectors.EVENT_READ)

    def start(self, task: Task, spec: StepSpec, known: Known) -> None:
        """Begin to run a step; `known` manifests are in the store for it too."""
        step = self.steps[task.id]
        image = step.image or self.plan.image
        if image is None:
            raise ConfigurationFault(f"step `{task.id}` has no image", help="compile with --set local.executor=docker")
        self.store.backend.delete(layout.record_key(spec.pipeline, spec.run, spec.id, spec.map_index))
        job = self._jobs[task] = Job(task, spec, time.monotonic())
        threading.Thread(target=self._follow, args=(job, image, step), daemon=True).start()

    def wait(self, seconds: float | None) -> list[tuple[Task, Outcome]]:
        """What ended since the last call."""
        limit = None if seconds is None else time.monotonic() + seconds
        found: list[tuple[Task, Outcome]] = []
        while not found:
            left = None if limit is None else limit - time.monotonic()
            if left is not None and left <= 0:
                break
            self._selector.select(LOOK if left is None else min(left, LOOK))
            with contextlib.suppress(BlockingIOError):
                if b"!" in os.read(self._woken, 4096):
                    found += self._handle()
                    break
            found += self._handle()
        return found

    def interrupt(self) -> None:
        """Make `wait` return."""
        self._signal(b"!")

    def cancel(self) -> None:
        """Ask all containers to end; a second time: end them."""
        for job in list(self._jobs.values()):
            job.cancelled += 1
            if job.container is not None:
                threading.Thread(target=_end, args=(job.container, job.cancelled > 1), daemon=True).start()

    def close(self, hurry: bool = False) -> None:
        """Remove what is left."""
        for job in list(self._jobs.values()):
            if job.container is not None:
                _end(job.container, True)
                abandoned.drop(job.container)
        self._selector.close()
        os.close(self._woken)
        wake, self._wake = self._wake, -1
        os.close(wake)
        self.client.close()
        self._leave()

    def _leave(self) -> None:
        if self._watcher is not None:
            self._watcher.leave()

    def hook(self, kind: str, *arguments: Any) -> Failure | None:
        """A pipeline's hooks run around each step in its container."""
        return None

    # -- in threads ----------------------------------------------------------------------------------------------------

    def _follow(self, job: Job, image: str, step: Step) -> None:
        """Run one container to its end; every piece of output and the end are handed over."""
        try:
            self._tell(job, self._contain(job, image, step))
        except Fault as fault:
            self._tell(job, fault)
        except Exception as error:  # the SDK's own errors, and those of HTTP below it
            self._tell(job, InfrastructureFault(f"Docker could not run the image {image}: {error}"))

    def _contain(self, job: Job, image: str, step: Step) -> int:
        """The exit code of a container that is gone again."""
        job.container = container = self._create(job, image, step)
        try:
            container.start()
            if job.cancelled:
                _end(container, job.cancelled > 1)
            for data in container.logs(stream=True, follow=True):
                self._tell(job, data)
            return int(container.wait()["StatusCode"])
        finally:
            abandoned.drop(container)

    def _create(self, job: Job, image: str, step: Step) -> Any:
        import docker.errors

        arguments = self._arguments(job, step)
        command = ["python", "-m", "zencompile_runtime", "step", *self._inside(job.spec).to_argv()]
        try:
            return self.client.containers.create(image, command, **arguments)
        except docker.errors.ImageNotFound:
            try:
                self.client.images.pull(image)
            except docker.errors.APIError:
                raise ConfigurationFault(
                    f"the image {image} is not here and can't be pulled", help=f"build it: zencompile build {_build()}"
                ) from None
            return self.client.containers.create(image, command, **arguments)

    def _arguments(self, job: Job, step: Step) -> dict[str, Any]:
        environment = {
            name: text
            for name, text in os.environ.items()
            if name.startswith(("ZENCOMPILE_SECRET_", "ZENCOMPILE_SECRETS_"))
        }
        volumes = {}
        root = getattr(self.store.backend, "root", None)
        if root is not None:
            Path(root).mkdir(parents=True, exist_ok=True)
            volumes[str(root)] = {"bind": STORE, "mode": "rw"}
        secrets = os.environ.get("ZENCOMPILE_SECRETS")
        if secrets:
            volumes[str(Path(secrets).resolve())] = {"bind": SECRETS, "mode": "ro"}
            environment["ZENCOMPILE_SECRETS"] = SECRETS
        labels = {
            "zencompile.pipeline": self.plan.name,
            "zencompile.run": job.spec.run,
            "zencompile.step": str(job.task),
            abandoned.RUNNER: self._label,
        }
        found: dict[str, Any] = {"environment": environment, "volumes": volumes, "labels": labels, "init": True}
        if os.getuid():
            found["user"] = f"{os.getuid()}:{os.getgid()}"  # what it writes into the store is ours
            environment["HOME"] = "/tmp"
        if step.cpus:
            found["nano_cpus"] = int(step.cpus * 1e9)
        if step.memory:
            found["mem_limit"] = step.memory
        if step.gpus:
            import docker.types

            found["device_requests"] = [docker.types.DeviceRequest(count=step.gpus, capabilities=[["gpu"]])]
        return found

    def _inside(self, spec: StepSpec) -> StepSpec:
        """The step as its container sees it."""
        return spec if getattr(self.store.backend, "root", None) is None else replace(spec, store=STORE)

    def _tell(self, job: Job, what: Any) -> None:
        self._news.put((job, what))
        self._signal(b".")

    def _signal(self, what: bytes) -> None:
        if self._wake >= 0:
            with contextlib.suppress(BlockingIOError, OSError):
                os.write(self._wake, what)

    # -- outcomes ------------------------------------------------------------------------------------------------------

    def _handle(self) -> list[tuple[Task, Outcome]]:
        found: list[tuple[Task, Outcome]] = []
        while True:
            try:
                job, what = self._news.get_nowait()
            except queue.Empty:
                return found
            if isinstance(what, bytes):
                self.on_output(job.task, what)
                continue
            self._jobs.pop(job.task, None)
            outcome = self._outcome(job, what)
            found.append((job.task, outcomes.cancelled(outcome) if job.cancelled else outcome))

    def _outcome(self, job: Job, what: int | Fault) -> Outcome:
        seconds = time.monotonic() - job.began
        if isinstance(what, Fault):
            return outcomes.failed(Failure(what.kind, type(what).__name__, what.message, help=what.help), seconds, True)
        try:
            result = outcomes.recorded(self.store, job.spec)
        except Fault as fault:
            return outcomes.failed(Failure(fault.kind, type(fault).__name__, fault.message, help=fault.help), seconds)
        if result is not None:
            return outcomes.of(result, seconds)
        if what == EXIT_CODES["timeout"] and job.spec.timeout:
            return outcomes.timeout(job.spec.timeout, seconds)
        if what == EXIT_CODES["infrastructure"]:  # it could not even write down that it failed: its log says why
            mounted = f" ({STORE} is {self.url})" if self._inside(job.spec) is not job.spec else ""
            failure = Failure("infrastructure", "ProcessEnded", "its container could not use the store: see its log")
            return outcomes.failed(replace(failure, help=f"do what the log's last lines say{mounted}"), seconds)
        return outcomes.lost(-9 if what == _MEMORY_EXIT else what, seconds)


def _remove_all(label: str) -> None:
    """Remove the runner's containers, and one that the daemon was still making when the runner ended."""
    for _ in range(_LOOKS):
        with contextlib.suppress(Fault):
            abandoned.remove(label)
        time.sleep(0.5)


def _end(container: Any, at_once: bool) -> None:
    with contextlib.suppress(Exception):  # it has ended meanwhile
        if at_once:
            container.kill()
        else:
            container.stop(timeout=GRACE)


def _build() -> str:
    """The build folder that this package lies in, as the user would name it."""
    runtime = Path(__file__).resolve().parents[3]
    return os.path.relpath(runtime.parent) if runtime.name == "runtime" else "build"
