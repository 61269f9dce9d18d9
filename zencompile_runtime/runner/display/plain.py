"""Plain lines: for logs, pipes and terminals without rich."""

from __future__ import annotations

from typing import Any, TextIO

from zencompile_runtime.runner.display import Summary, artifact_rows, counted, duration
from zencompile_runtime.runner.graph import Graph
from zencompile_runtime.runner.plan import Step
from zencompile_runtime.runner.scheduler import Outcome, State, Task

_SAID = {
    State.COMPLETED: "completed in {time}",
    State.CACHED: "cached",
    State.REUSED: "reused",
    State.FAILED: "failed after {time}",
    State.BLOCKED: "not run: something that it needs failed",
    State.SKIPPED: "skipped: its condition doesn't hold",
    State.CANCELLED: "ended after {time}",
    State.NOT_RUN: "not run",
}


class Plain:
    """One line for each thing that happens, the step's name first; what steps print comes after a `|`."""

    def __init__(self, graph: Graph, out: TextIO, output: bool = True) -> None:
        self.graph, self.out, self.output = graph, out, output
        self.width = max((len(id) for id in graph.nodes), default=0)

    def started(self, task: Task, attempt: int) -> None:
        """An attempt begins."""
        self._say(task, "started" if attempt == 1 else f"started, attempt {attempt}")

    def retrying(self, task: Task, attempt: int, outcome: Outcome, delay: float) -> None:
        """An attempt failed, and another one will follow."""
        self._explain(task, outcome)
        self._say(
            task, f"failed after {duration(outcome.seconds)}, tries again" + (f" in {delay:g} s" if delay else "")
        )

    def finished(self, task: Task, outcome: Outcome) -> None:
        """A task is over."""
        node = self.graph.nodes[task.id]
        plain = isinstance(node.what, Step) and (node.map is None or task.index is not None)
        if not plain and outcome.failure is None:
            return
        self._explain(task, outcome)
        self._say(task, _SAID[outcome.state].format(time=duration(outcome.seconds)))

    def opened(self, control: str, count: int) -> None:
        """A map has so many elements."""
        self._say(Task(control), f"maps over {count} element{'s' if count != 1 else ''}")

    def begin(self, document: dict[str, Any], store: str) -> None:
        """The run begins."""
        name = f" ({document['name']})" if document["name"] != document["run"] else ""
        self._print(f"run {document['run']}{name} of {document['pipeline']}, store {store}")

    def line(self, task: Task, text: str) -> None:
        """A step printed a line."""
        if self.output:
            self._print(f"{str(task) or 'run':<{self.width}} | {text}")

    def note(self, text: str) -> None:
        """Something that the user should know."""
        self._print(f"note: {text}")

    def end(self, summary: Summary) -> None:
        """The run is over."""
        for line in ending(summary):
            self._print(line)

    def _explain(self, task: Task, outcome: Outcome) -> None:
        if outcome.failure is not None:
            for line in outcome.failure.render(str(task)).splitlines():
                self._print(f"{task!s:<{self.width}} ! {line}")
        for note in getattr(outcome.result, "notes", ()):
            self._say(task, f"note: {note}")

    def _say(self, task: Task, text: str) -> None:
        self._print(f"{task!s:<{self.width}}   {text}")

    def _print(self, text: str) -> None:
        try:
            print(text, file=self.out, flush=True)
        except BrokenPipeError:  # who read has gone; the run goes on
            self._print = lambda text: None  # type: ignore[method-assign]


def ending(summary: Summary) -> list[str]:
    """The last lines of a run."""
    lines = []
    rows = artifact_rows(summary)
    if rows:
        lines.append(f"artifacts in {summary.folder}/")
        first, second = (max(len(row[column]) for row in rows) for column in (0, 1))
        lines += [f"  {path:<{first}}  {type:<{second}}  {size:>7}".rstrip() for path, type, size in rows]
    lines.append(f"run {summary.run} {summary.status} in {duration(summary.seconds)}: {counted(summary.states)}")
    lines += [f"help: {help}" for help in summary.helps]
    return lines
