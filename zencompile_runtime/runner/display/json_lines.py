"""JSON lines: one object for each thing that happens, for programs. `docs/runtime.md` has the schema."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from typing import Any

from zencompile_runtime.runner.display import Summary, cause
from zencompile_runtime.runner.display.writing import Guarded
from zencompile_runtime.runner.graph import Graph
from zencompile_runtime.runner.plan import Step
from zencompile_runtime.runner.record import stamp
from zencompile_runtime.runner.scheduler import Outcome, Task

SCHEMA = 1
_EVERY = 1.0  # seconds between two events of a step's progress


class JsonLines:
    """Writes each event at once."""

    def __init__(self, graph: Graph, out: Guarded) -> None:
        self.graph, self.out = graph, out
        self._run = ""
        self._said: dict[Task, float] = {}
        self._attempts: dict[Task, int] = {}

    def queued(self, task: Task) -> None:
        """A task waits for nothing but a free job."""
        self._write("step_queued", task)

    def started(self, task: Task, attempt: int) -> None:
        """An attempt begins."""
        self._attempts[task] = attempt
        self._write("step_started", task, attempt=attempt)

    def retrying(self, task: Task, attempt: int, outcome: Outcome, delay: float) -> None:
        """An attempt failed, and another one will follow."""
        self._write("step_retrying", task, attempt=attempt, delay=delay, **_details(outcome, self.graph))

    def finished(self, task: Task, outcome: Outcome) -> None:
        """A task is over."""
        node = self.graph.nodes[task.id]
        if outcome.failure is None and (
            not isinstance(node.what, Step) or (node.map is not None and task.index is None)
        ):
            return
        attempts = self._attempts.pop(task, 0)
        self._write(
            "step_finished", task, state=outcome.state.value, attempts=attempts, **_details(outcome, self.graph)
        )

    def opened(self, control: str, count: int) -> None:
        """A map has so many elements."""
        steps = [node.id for node in self.graph.nodes.values() if node.map == control and isinstance(node.what, Step)]
        self._write("map_opened", Task(control), count=count, steps=steps)

    def begin(self, document: dict[str, Any], store: str) -> None:
        """The run begins."""
        self._run = document["run"]
        kept = {key: document.get(key) for key in ("name", "pipeline", "parameters", "mode", "jobs", "executor")}
        steps = [id for id, node in self.graph.nodes.items() if isinstance(node.what, Step)]
        self._write("run_started", None, schema=SCHEMA, **kept, store=store, steps=steps)

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
        self._write(
            "run_finished",
            None,
            status=summary.status,
            exit_code=summary.exit_code,
            seconds=summary.seconds,
            states=summary.states,
            folder=summary.folder,
            artifacts=artifacts,
            helps=summary.helps,
        )

    def _write(self, event: str, task: Task | None, **details: Any) -> None:
        head = {"event": event, "time": stamp(), "run": self._run}
        document = {**head, **({} if task is None else {"step": str(task)}), **details}
        self.out.write(f"{json.dumps(document, ensure_ascii=not self.out.unicode)}\n")
        self.out.flush()


def _details(outcome: Outcome, graph: Graph) -> dict[str, Any]:
    details: dict[str, Any] = {"seconds": round(outcome.seconds, 6)}
    result = outcome.result
    for name, value in (
        ("cache", getattr(result, "cache", "")),
        ("cache_reason", getattr(result, "why", "")),
        ("reason", outcome.failure.message if outcome.failure is not None else cause(outcome, graph)),
        ("failure", None if outcome.failure is None else asdict(outcome.failure)),
        ("notes", getattr(result, "notes", None)),
    ):
        if value:
            details[name] = value
    return details
