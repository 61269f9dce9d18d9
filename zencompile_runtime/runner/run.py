"""One run of a pipeline, from its settings to its summary."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO

from zencompile_runtime import signals
from zencompile_runtime.errors import EXIT_CODES, Failure, Fault
from zencompile_runtime.runner import execute, executors, leftovers, record
from zencompile_runtime.runner.beginning import Beginning
from zencompile_runtime.runner.display import Artifact, Display, Summary, choose
from zencompile_runtime.runner.display.writing import Guarded
from zencompile_runtime.runner.engine import Work
from zencompile_runtime.runner.graph import Graph
from zencompile_runtime.runner.logs import StepLogs
from zencompile_runtime.runner.options import ISOLATIONS, Options, one_of, project_of, store_of
from zencompile_runtime.runner.plan import Pipeline, Step
from zencompile_runtime.runner.scheduler import Outcome, Scheduler, State, Task, check_step
from zencompile_runtime.runner.specs import Settings, Specs
from zencompile_runtime.runner.surroundings import (
    apart_from_steps,
    as_project,
    prepare_store,
    quiet_clients,
    working_in,
)
from zencompile_runtime.store import ArtifactStore, layout
from zencompile_runtime.store import open as open_store


@dataclass
class Result:
    """How a run ended. `outcomes` has every step, elements of maps one by one; `store` opens its artifacts."""

    run: str
    status: str  # completed, failed or cancelled
    exit_code: int
    outcomes: dict[Task, Outcome]
    store: ArtifactStore


def execute_plan(plan: Pipeline, options: Options, out: TextIO | None = None) -> Result:
    """Run the pipeline; raises Fault for what keeps it from beginning."""
    project = project_of(plan)
    with as_project(project, plan.name):
        return _Session(plan, options, project, sys.stdout if out is None else out).go()


class _Session:
    """Everything of one run, put together."""

    def __init__(self, plan: Pipeline, options: Options, project: Path, out: TextIO | None) -> None:
        self.plan, self.options, self.project, self.out = plan, options, project, out
        self.url = store_of(plan, project, options.store)
        self.kind = executors.find(options.executor or plan.executor)
        self.isolation = options.isolation or plan.isolation or ("fork" if sys.platform.startswith("linux") else "full")
        self.jobs = 1 if self.kind.inline else options.jobs or plan.jobs or os.cpu_count() or 1
        self.signals: list[int] = []
        self._signalled = float("-inf")
        self._answered = 0
        self._initialised = False
        self.beginning: Beginning | None = None
        one_of(self.isolation, ISOLATIONS, "isolation")

    def go(self) -> Result:
        """The whole run."""
        with ExitStack() as stack:
            if self.kind.inline and self.options.log_format == "json":
                self.out = stack.enter_context(apart_from_steps(self.out))
            try:
                return self._go()
            finally:
                if self.beginning is not None and self.beginning.lock is not None:
                    self.beginning.lock.release()

    def _go(self) -> Result:
        options, plan = self.options, self.plan
        self.graph = Graph(plan)
        selected = self._selection()
        prepare_store(self.project, self.url)
        quiet_clients(self.url, self.kind.inline)
        self.store = open_store(self.url)
        swept = leftovers.sweep(self.store)
        beginning = self.beginning = Beginning(plan, options, self.store, self.graph, self.jobs, self.kind.name)
        document, earlier = beginning.document()
        if selected is not None:
            self.graph.keep(selected)
            earlier.base = document["base"] = beginning.base(document["run"], earlier)
        own_hooks = self.kind.around or (not self.kind.inline and self.isolation == "full")
        settings = Settings(document["run"], self.url, document["parameters"], options.cache, own_hooks)
        self.specs = Specs(plan, self.graph, settings)
        self.record = record.RunRecord(self.store, self.graph, document)
        self.record.code = lambda task: execute.code_of(self.specs.of(task))
        self.record.write()
        self.record.late = not self.kind.inline  # a step's code may fork the process there, which wants no threads
        live = options.live and not self.kind.inline
        self.display = choose(options.log_format, self.graph, self._guarded(), live, options.output)
        self.logs = StepLogs(self.store, plan.name, document["run"], self.display.line, self.display.progress)
        self.display.begin(document, self.url)
        for difference in beginning.differences(document):
            self.display.note(difference)
        if swept.waiting:
            self.display.note("containers of a run that was killed may be left, and no Docker daemon answers")
        try:
            self.executor = self.kind.load(self._site(document))
        except Fault:
            self.record.write("failed")
            raise
        if self.executor.slots is not None and not (options.jobs or plan.jobs):
            self.jobs = document["jobs"] = self.executor.slots
        work = Work(plan, self.graph, self.specs, self.store, self.executor, earlier)
        work.after_wait = self._answer_signals
        work.here = self.executor.here
        if plan.on_init is not None and not own_hooks:
            work.before_first = self._initialise
        mode = options.mode or plan.mode
        self.scheduler = Scheduler(self.graph, work, self, mode, self.jobs, self.kind.inline)
        self.scheduler.on_queued = self.display.queued
        return self._run()

    def _run(self) -> Result:
        with ExitStack() as stack:
            stack.enter_context(self._signals())
            stack.callback(self.logs.close)
            if self.kind.inline:
                stack.enter_context(working_in(self.project))
            try:
                self.scheduler.run()
                self._clean_up()
            except KeyboardInterrupt:
                self.signals.append(signal.SIGINT)
            except Fault as fault:
                self._end("failed", EXIT_CODES[fault.kind])
                raise fault
            except Exception:  # a bug of ours: the record says at least that the run is over
                self.record.write("failed")
                raise
            finally:
                self.executor.close(hurry=bool(self.signals))
        return self._result()

    # -- before --------------------------------------------------------------------------------------------------------

    def _guarded(self) -> Guarded:
        """Where the run says what happens; a reader who reads no more doesn't keep it from ending."""
        return Guarded(self.out, lambda: bool(self.signals))

    def _selection(self) -> set[str] | None:
        chosen = (*self.options.only, *self.options.start_from)
        for id in chosen:
            check_step(self.graph, id)
        if not chosen:
            return None
        return {*self.options.only, *self.graph.downstream(self.options.start_from)}

    def _site(self, document: dict[str, Any]) -> executors.Site:
        options, plan = self.options, self.plan
        assert self.beginning is not None
        given = dict(plan.executors).get(self.kind.name) if options.cluster is None else options.cluster
        return executors.Site(
            plan,
            self.graph,
            document["run"],
            self.project,
            self.url,
            self.isolation,
            options.jobs or plan.jobs,
            self.kind.checked(given),
            self.logs.feed,
            self.display.note,
            self._interrupted,
            None if self.beginning.lock is None else self.beginning.lock.fd,
        )

    # -- around the steps ----------------------------------------------------------------------------------------------

    def _initialise(self) -> Failure | None:
        assert self.plan.on_init is not None
        keywords = self.specs.literal(dict(self.plan.on_init_keywords))
        failure: Failure | None = self.executor.hook(
            "init", self.plan.on_init, keywords, self.specs.pipeline_variables()
        )
        self._initialised = failure is None
        if failure is not None:
            self.scheduler.stop(cancel=False)
            for line in failure.traceback.splitlines():
                self.display.note(line)
            return replace(failure, message=f"the hook on_init failed: {failure.message}", traceback="")
        return None

    def _clean_up(self) -> None:
        if self.plan.on_cleanup is None or not (self._initialised or self._ran_without_init()):
            return
        failure = self.executor.hook("cleanup", self.plan.on_cleanup, {}, self.specs.pipeline_variables())
        if failure is not None:
            self.display.note(f"the hook on_cleanup failed: {failure.message}")

    def _ran_without_init(self) -> bool:
        """Whether steps ran in a pipeline that has no `on_init` to say so; hooks of their own they'd have run
        already.
        """
        ran = any(outcome.state in (State.COMPLETED, State.FAILED) for outcome in self.scheduler.outcomes.values())
        return ran and self.plan.on_init is None and not self.specs.settings.own_hooks

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Take notice of Ctrl-C, of SIGTERM and of a terminal that closes; in process, let them interrupt the step's
        code. What whoever started us had ignored (`nohup`, a shell's background) stays ignored.
        """
        before = {}
        try:
            for number in _ENDING:
                if signal.getsignal(number) is not signal.SIG_IGN:
                    before[number] = signals.answer(number, self._on_signal)
        except ValueError:  # not the main thread: whoever runs us there ends us otherwise
            pass
        try:
            yield
        finally:
            for number, handler in before.items():
                signals.leave(number, handler)

    def _on_signal(self, number: int, frame: Any) -> None:
        now = time.monotonic()
        if number in self.signals and now - self._signalled < _ONCE:
            return
        self._signalled = now
        self.signals.append(number)
        if self.kind.inline:
            raise KeyboardInterrupt
        self.executor.interrupt()

    def _answer_signals(self) -> None:
        """A first signal asks the steps to end, each further one ends them."""
        while self._answered < len(self.signals):
            self._answered += 1
            if self._answered == 1:
                self.display.note("ending the steps that run; once more ends them at once")
            self.scheduler.stop(cancel=True)

    def _interrupted(self) -> None:
        if not self.signals:
            self.signals.append(signal.SIGINT)
        self.scheduler.stop(cancel=False)

    # -- listening to the scheduler ------------------------------------------------------------------------------------

    def started(self, task: Task, attempt: int) -> None:
        """An attempt begins."""
        self.record.started(task, attempt)
        self.display.started(task, attempt)

    def retrying(self, task: Task, attempt: int, outcome: Outcome, delay: float) -> None:
        """An attempt failed, and another one will follow."""
        self.logs.flush(task)
        self.display.retrying(task, attempt, outcome, delay)

    def finished(self, task: Task, outcome: Outcome) -> None:
        """A task is over."""
        self.logs.flush(task)
        self.record.finished(task, outcome)
        self.display.finished(task, outcome)

    def opened(self, control: str, count: int) -> None:
        """A map has so many elements."""
        self.display.opened(control, count)

    # -- after ---------------------------------------------------------------------------------------------------------

    def _result(self) -> Result:
        outcomes = {task: one for task, one in self.scheduler.outcomes.items() if self._is_step(task)}
        failures = [one.failure for one in self.scheduler.outcomes.values() if one.failure is not None]
        if self.signals:
            status, code = "cancelled", 128 + self.signals[0]
        elif failures or any(not one.state.good and one.state is not State.SKIPPED for one in outcomes.values()):
            status, code = "failed", failures[0].exit_code if failures else EXIT_CODES["user"]
        else:
            status, code = "completed", 0
        self._end(status, code)
        return Result(self.record.document["run"], status, code, outcomes, self.store)

    def _is_step(self, task: Task) -> bool:
        node = self.graph.nodes[task.id]
        return isinstance(node.what, Step) and (node.map is None or task.index is not None)

    def _end(self, status: str, code: int) -> None:
        document = self.record.document
        try:
            self.record.write(status)
        except Fault as fault:
            self.display.note(fault.message)
        run = document["run"]
        folder = layout.run_prefix(self.plan.name, run)
        summary = Summary(run, status, document["seconds"], f"{self.url.rstrip('/')}/{folder}", exit_code=code)
        order = {id: position for position, id in enumerate(self.graph.order)}
        for task in sorted(self.scheduler.outcomes, key=lambda task: (order[task.id], task.index or 0)):
            outcome = self.scheduler.outcomes[task]
            if outcome.failure is not None and outcome.state is State.FAILED:
                log = self.logs.kept(task)
                summary.failures.append((task, outcome.failure, log and f"{self.url.rstrip('/')}/{log}"))
            if not self._is_step(task):
                continue
            state = outcome.state.value
            summary.states[state] = summary.states.get(state, 0) + 1
            if outcome.result is None or not outcome.state.good:
                continue
            for output, manifest in outcome.result.outputs.items():
                key = layout.manifest_key(self.plan.name, run, task.id, output, task.index)
                place = f"{self.url.rstrip('/')}/{key}"
                value = manifest["value"]
                summary.artifacts.append(Artifact(task, output, place, value["type"], value["size"]))
        if status != "completed":
            again = "start it again: what is complete comes from the cache"
            summary.helps.append(again if self.options.called else f"go on with this run by --resume {run}")
        self.display.end(summary)


_ENDING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
_ONCE = 0.3  # seconds within which one signal comes twice: from the terminal, and from whoever started us


__all__ = ["Display", "Options", "Result", "execute_plan"]
