"""JSON lines: one object for each thing that happens, for programs.

Every object has "event" and "time" (ISO 8601, UTC). Events: run_started, step_started, step_output, step_retrying,
step_finished, step_progress (a line that a step writes over, at most one a second), map_opened, note, run_finished.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from typing import Any

from zencompile_runtime.runner.display import Summary
from zencompile_runtime.runner.display.writing import Guarded
from zencompile_runtime.runner.graph import Graph
from zencompile_runtime.runner.plan import Step
from zencompile_runtime.runner.record import stamp
from zencompile_runtime.runner.scheduler import Outcome, Task

_EVERY = 1.0  # seconds between two events of a step's progress


class JsonLines:
    """Writes each event at once."""

    def __init__(self, graph: Graph, out: Guarded) -> None:
        self.graph, self.out = graph, out
        self._said: dict[Task, float] = {}

    def started(self, task: Task, attempt: int) -> None:
        """An attempt begins."""
        self._write("step_started", task, attempt=attempt)

    def retrying(self, task: Task, attempt: int, outcome: Outcome, delay: float) -> None:
        """An attempt failed, and another one will follow."""
        self._write("step_retrying", task, attempt=attempt, delay=delay, **_details(outcome))

    def finished(self, task: Task, outcome: Outcome) -> None:
        """A task is over."""
        node = self.graph.nodes[task.id]
        if outcome.failure is None and (
            not isinstance(node.what, Step) or (node.map is not None and task.index is None)
        ):
            return
        self._write("step_finished", task, state=outcome.state.value, **_details(outcome))

    def opened(self, control: str, count: int) -> None:
        """A map has so many elements."""
        self._write("map_opened", Task(control), count=count)

    def begin(self, document: dict[str, Any], store: str) -> None:
        """The run begins."""
        kept = {key: document[key] for key in ("run", "name", "pipeline", "parameters")}
        self._write("run_started", None, **kept, store=store)

    def line(self, task: Task, text: str) -> None:
        """A step printed a line."""
        self._write("step_output", task, text=text)

    def progress(self, task: Task, text: str) -> None:
        """What a step wrote over its own line."""
        now = time.monotonic()
        if now - self._said.get(task, float("-inf")) >= _EVERY:
            self._said[task] = now
            self._write("step_progress", task, text=text)

    def note(self, text: str) -> None:
        """Something that the user should know."""
        self._write("note", None, text=text)

    def end(self, summary: Summary) -> None:
        """The run is over."""
        artifacts = [
            {"step": str(one.task), "output": one.output, "key": one.key, "type": one.type, "size": one.size}
            for one in summary.artifacts
        ]
        kept = {"run": summary.run, "status": summary.status, "seconds": summary.seconds, "states": summary.states}
        self._write("run_finished", None, **kept, folder=summary.folder, artifacts=artifacts)

    def _write(self, event: str, task: Task | None, **details: Any) -> None:
        document = {"event": event, "time": stamp(), **({} if task is None else {"step": str(task)}), **details}
        print(json.dumps(document, ensure_ascii=not self.out.unicode), file=self.out, flush=True)


def _details(outcome: Outcome) -> dict[str, Any]:
    details: dict[str, Any] = {"seconds": round(outcome.seconds, 6)}
    if outcome.failure is not None:
        details["failure"] = asdict(outcome.failure)
    notes = getattr(outcome.result, "notes", None)
    if notes:
        details["notes"] = notes
    return details
