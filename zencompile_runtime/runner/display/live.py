"""A live table on a terminal, by rich: a row for each step with its state, time and what it is doing."""

from __future__ import annotations

import time
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live as RichLive
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from zencompile_runtime.runner.display import Summary, artifact_rows, counted, duration
from zencompile_runtime.runner.graph import Graph
from zencompile_runtime.runner.plan import Step
from zencompile_runtime.runner.scheduler import Outcome, State, Task

_LOOKS = {
    State.COMPLETED: ("✓", "green"),
    State.CACHED: ("≡", "cyan"),
    State.REUSED: ("≡", "blue"),
    State.FAILED: ("✗", "bold red"),
    State.BLOCKED: ("–", "yellow"),
    State.SKIPPED: ("–", "dim"),
    State.CANCELLED: ("✗", "yellow"),
    State.NOT_RUN: ("–", "dim"),
}


class _Row:
    """What the table says of a task."""

    def __init__(self) -> None:
        self.outcome: Outcome | None = None
        self.since: float | None = None
        self.attempt = 1
        self.note = ""


class Live:
    """What steps print scrolls above the table, which shows as many rows as the terminal has room for, running ones
    first.
    """

    def __init__(self, graph: Graph, output: bool = True) -> None:
        self.graph, self.output = graph, output
        self.console = Console()
        self.rows: dict[Task, _Row] = {
            Task(node.id): _Row() for node in graph.nodes.values() if isinstance(node.what, Step) and node.map is None
        }
        self.live = RichLive(console=self.console, get_renderable=self._render, refresh_per_second=8, transient=True)

    def started(self, task: Task, attempt: int) -> None:
        """An attempt begins."""
        row = self._row(task)
        row.since, row.attempt, row.note = time.monotonic(), attempt, ""

    def retrying(self, task: Task, attempt: int, outcome: Outcome, delay: float) -> None:
        """An attempt failed, and another one will follow."""
        self._explain(task, outcome)
        row = self._row(task)
        row.since, row.note = None, f"failed, tries again in {delay:g} s" if delay else "failed, tries again"

    def finished(self, task: Task, outcome: Outcome) -> None:
        """A task is over."""
        node = self.graph.nodes[task.id]
        if not isinstance(node.what, Step) or (node.map is not None and task.index is None):
            self._explain(task, outcome)
            return
        row = self._row(task)
        row.outcome, row.since, row.note = outcome, None, ""
        self._explain(task, outcome)

    def opened(self, control: str, count: int) -> None:
        """A map has so many elements."""
        for node in self.graph.nodes.values():
            if node.map == control and isinstance(node.what, Step):
                for index in range(count):
                    self._row(Task(node.id, index))

    def begin(self, document: dict[str, Any], store: str) -> None:
        """The run begins."""
        name = f" ({document['name']})" if document["name"] != document["run"] else ""
        self.console.print(Text(f"run {document['run']}{name} of {document['pipeline']}, store {store}"))
        self.live.start()

    def line(self, task: Task, text: str) -> None:
        """A step printed a line."""
        if self.output:
            self.console.print(Text.assemble((f"{str(task) or 'run'} | ", "dim"), Text.from_ansi(text)))

    def note(self, text: str) -> None:
        """Something that the user should know."""
        self.console.print(Text(f"note: {text}", "yellow"))

    def end(self, summary: Summary) -> None:
        """The run is over."""
        self.live.stop()
        self.console.print(self._table(len(self.rows)))
        rows = artifact_rows(summary)
        if rows:
            table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
            for row in rows:
                table.add_row(*(Text(cell) for cell in row))
            self.console.print(Text(f"artifacts in {summary.folder}/"), table)
        style = "green" if summary.status == "completed" else "bold red"
        took = duration(summary.seconds)
        ended = f" in {took}: {counted(summary.states)}"
        self.console.print(Text.assemble(f"run {summary.run} ", (summary.status, style), ended))
        for help in summary.helps:
            self.console.print(Text.assemble(("help: ", "bold"), help))

    # -- the table -----------------------------------------------------------------------------------------------------

    def _row(self, task: Task) -> _Row:
        return self.rows.setdefault(task, _Row())

    def _explain(self, task: Task, outcome: Outcome) -> None:
        if outcome.failure is not None:
            self.console.print(Text(outcome.failure.render(str(task)), "red"))
        for note in getattr(outcome.result, "notes", ()):
            self.console.print(Text(f"{task}: {note}", "yellow"))

    def _render(self) -> RenderableType:
        done = sum(row.outcome is not None for row in self.rows.values())
        bar = Table.grid(padding=(0, 1))
        bar.add_row(ProgressBar(max(1, len(self.rows)), done, width=30), f"{done}/{len(self.rows)}")
        return Group(self._table(max(3, self.console.height - 6)), bar)

    def _table(self, room: int) -> Table:
        table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
        items = (
            sorted(self.rows.items(), key=lambda item: item[1].since is None)
            if len(self.rows) > room
            else self.rows.items()
        )
        for shown, (task, row) in enumerate(items):
            if shown == room:
                table.add_row("", Text(f"… and {len(self.rows) - room} more", "dim"))
                break
            table.add_row(*self._cells(task, row))
        return table

    def _cells(self, task: Task, row: _Row) -> tuple[Text, Text, Text, Text]:
        name = Text(str(task))
        if row.outcome is not None:
            sign, style = _LOOKS[row.outcome.state]
            ran = row.outcome.state in (State.COMPLETED, State.FAILED, State.CANCELLED)
            took = duration(row.outcome.seconds) if ran else ""
            return Text(sign, style), name, Text(row.outcome.state.value, style), Text(took)
        if row.since is not None:
            what = "running" if row.attempt == 1 else f"running, attempt {row.attempt}"
            return Text("▶", "yellow"), name, Text(what, "yellow"), Text(duration(time.monotonic() - row.since))
        return Text("·", "dim"), name, Text(row.note or "waiting", "dim"), Text("")
