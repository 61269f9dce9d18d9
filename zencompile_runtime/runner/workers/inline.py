"""Steps in the runner's own process, one after the other: for debuggers, and for the least overhead."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

from zencompile_runtime.runner.execute import run_hook, run_step
from zencompile_runtime.runner.scheduler import Outcome, State, Task
from zencompile_runtime.runner.workers import Known, outcomes, watcher
from zencompile_runtime.spec import StepSpec


class Inline:
    """Runs a step when its outcome is asked for. Ctrl-C ends the step, and `on_interrupt` hears of it.

    What steps start ends with the runner, however that ends; if it is killed, the run's lock, the descriptor `lock`, is
    held till then. In a program of somebody else's, which goes on after the run, only a killed one's processes end.
    """

    here = True
    slots: int | None = None

    def __init__(self, on_interrupt: Callable[[], None], lock: int | None = None) -> None:
        self._on_interrupt = on_interrupt
        mine = watcher.token()
        self._alone = watcher.began_marked(mine)
        watcher.mark(mine, os.environ)
        self._watcher: watcher.Watcher | None = None
        if hasattr(os, "fork") and not watcher.debugged():
            self._watcher = watcher.Watcher(lambda: watcher.end_bearers(mine), lock)
        self._pending: list[tuple[Task, StepSpec, Known]] = []
        self._state: Any = None

    def start(self, task: Task, spec: StepSpec, known: Known) -> None:
        """Note a step."""
        self._pending.append((task, spec, known))

    def wait(self, seconds: float | None) -> list[tuple[Task, Outcome]]:
        """Run the next step."""
        if not self._pending:
            time.sleep(seconds or 0)
            return []
        task, spec, known = self._pending.pop(0)
        began = time.monotonic()
        try:
            result = run_step(spec, known, self._state)
        except KeyboardInterrupt:
            self._on_interrupt()
            return [(task, Outcome(State.CANCELLED, seconds=time.monotonic() - began))]
        if result.failure is not None and result.failure.kind == "ended":
            self._on_interrupt()
            return [(task, Outcome(State.CANCELLED, result.failure, time.monotonic() - began, retry=False))]
        return [(task, outcomes.of(result, time.monotonic() - began))]

    def interrupt(self) -> None:
        """Nothing waits here but a step itself."""

    def cancel(self) -> None:
        """Nothing else runs while the scheduler does."""

    def close(self, hurry: bool = False) -> None:
        """Leave what steps left running to the watcher, which ends it when this process, with its exit handlers, is
        over; where the process isn't the run's alone nobody knows what is whose.
        """
        if self._watcher is not None and not self._alone:
            self._watcher.leave()

    def hook(self, kind: str, *arguments: Any) -> Any:
        """Run `on_init` or `on_cleanup`; the Failure, or None."""
        failure, state = run_hook(kind, *arguments)
        if kind == "init":
            self._state = state
        return failure
