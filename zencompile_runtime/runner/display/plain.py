"""Plain lines: for logs, pipes and terminals without rich."""

from __future__ import annotations

import time
from typing import Any
from unicodedata import combining, east_asian_width

from zencompile_runtime.runner.display import Summary, artifact_rows, cause, counted, duration, mapped, reason
from zencompile_runtime.runner.display.writing import Guarded
from zencompile_runtime.runner.graph import Graph
from zencompile_runtime.runner.plan import Step
from zencompile_runtime.runner.scheduler import Outcome, State, Task

_SAID = {
    State.COMPLETED: "completed in {time}",
    State.CACHED: "cached",
    State.REUSED: "reused",
    State.FAILED: "failed after {time}",
    State.BLOCKED: "not run: {cause}",
    State.SKIPPED: "skipped: {cause}",
    State.CANCELLED: "ended after {time}",
    State.NOT_RUN: "not run",
}

_WIDEST = 40  # characters that names are padded to at most
_EVERY = 30.0  # seconds between two lines of a step's progress: enough for whoever ends silent jobs


class Plain:
    """One line for each thing that happens, the step's name first; what steps print comes after a `|`."""

    def __init__(self, graph: Graph, out: Guarded, output: bool = True) -> None:
        self.graph, self.out, self.output = graph, out, output
        steps = [id for id, node in graph.nodes.items() if isinstance(node.what, Step)]
        self.width = min(max(map(columns, steps), default=0), _WIDEST)
        self._said: dict[Task, float] = {}

    def queued(self, task: Task) -> None:
        """A task waits for nothing but a free job: no line's worth."""

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
        self._say(task, _SAID[outcome.state].format(time=duration(outcome.seconds), cause=cause(outcome, self.graph)))

    def opened(self, control: str, count: int) -> None:
        """A map has so many elements."""
        mapped_ids = [node.id for node in self.graph.nodes.values() if node.map == control]
        longest = max((len(f"{id}[{count - 1}]") for id in mapped_ids), default=0)
        self.width = max(self.width, min(longest, _WIDEST))
        self._say(mapped(self.graph, control), f"maps over {count} element{'s' if count != 1 else ''}")

    def begin(self, document: dict[str, Any], store: str) -> None:
        """The run begins."""
        name = f" ({document['name']})" if document["name"] != document["run"] else ""
        self._print(f"run {document['run']}{name} of {document['pipeline']}, store {store}")

    def line(self, task: Task, text: str) -> None:
        """A step printed a line."""
        if self.output:
            self._print(f"{padded(str(task) or 'run', self.width)} | {text}")

    def progress(self, task: Task, text: str) -> None:
        """What a step wrote over its own line: now and then."""
        now = time.monotonic()
        if now - self._said.setdefault(task, now) >= _EVERY:
            self._said[task] = now
            self.line(task, text)

    def note(self, text: str) -> None:
        """Something that the user should know."""
        self._print(f"note: {text}")

    def end(self, summary: Summary) -> None:
        """The run is over."""
        for line in ending(summary):
            self._print(line)

    def _explain(self, task: Task, outcome: Outcome) -> None:
        if outcome.failure is not None and outcome.state is not State.CANCELLED:
            for line in outcome.failure.render(str(task)).splitlines():
                self._print(f"{padded(str(task), self.width)} ! {line}")
        for note in getattr(outcome.result, "notes", ()):
            self._say(task, f"note: {note}")

    def _say(self, task: Task | str, text: str) -> None:
        self._print(f"{padded(str(task), self.width)}   {text}")

    def _print(self, text: str) -> None:
        self.out.write(f"{text}\n")
        self.out.flush()


def columns(text: str) -> int:
    """How many columns of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(2 if east_asian_width(one) in "WF" else not combining(one) for one in text)


def padded(text: str, width: int) -> str:
    """A text that takes so many columns at least."""
    return text + " " * (width - columns(text))


def ending(summary: Summary) -> list[str]:
    """The last lines of a run."""
    lines = []
    rows = artifact_rows(summary)
    if rows:
        lines.append(f"artifacts in {summary.folder}/")
        first, second = (max(len(row[column]) for row in rows) for column in (0, 1))
        lines += [f"  {path:<{first}}  {type:<{second}}  {size:>7}".rstrip() for path, type, size in rows]
    width = max((len(str(task)) for task, *_ in summary.failures), default=0)
    lines += ["failed:"] if summary.failures else []
    for task, failure, log in summary.failures:
        lines.append(f"  {task!s:<{width}}  {reason(failure)}")
        lines += [f"  {'':<{width}}  log: {log}"] if log else []
    lines.append(f"run {summary.run} {summary.status} in {duration(summary.seconds)}: {counted(summary.states)}")
    lines += [f"help: {help}" for help in summary.helps]
    return lines
