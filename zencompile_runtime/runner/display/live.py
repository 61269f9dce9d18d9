"""A live table on a terminal, by rich: a row for each step with its state, time and what it is doing."""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import IO, Any, cast

from rich.console import Console, Group, RenderableType
from rich.live import Live as RichLive
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from zencompile_runtime.runner.display import (
    Summary,
    artifact_rows,
    cause,
    counted,
    duration,
    mapped,
    reason,
    waits_for,
)
from zencompile_runtime.runner.display.writing import Guarded
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
_AT_ONCE = 5000  # lines of steps that wait for the next refresh at most
_NAMED = 3  # steps that another waits for and that are named
_MOST = 60  # rows of the table that stays when a run is over


class _Row:
    """What the table says of a task."""

    def __init__(self) -> None:
        self.outcome: Outcome | None = None
        self.since: float | None = None
        self.attempt = 1
        self.note = ""
        self.progress = ""
        self.queued = False  # it waits for nothing but a free job

    @property
    def rank(self) -> int:
        """What is shown first where there is no room for everything."""
        if self.since is not None:
            return 0
        if self.outcome is None:
            return 1 if self.note or self.queued else 3
        return 2 if self.outcome.state in (State.FAILED, State.CANCELLED) else 4

    @property
    def word(self) -> str:
        """Its state in a word."""
        return self.outcome.state.value if self.outcome else "running" if self.since is not None else "waiting"


class Live:
    """What steps print scrolls above the table, which shows as many rows as the terminal has room for, running ones
    first.
    """

    def __init__(self, graph: Graph, out: Guarded, output: bool = True) -> None:
        self.graph, self.output = graph, output
        self.console = Console(file=cast("IO[str]", out), highlight=False)
        self.rows: dict[Task, _Row] = {
            Task(node.id): _Row() for node in graph.nodes.values() if isinstance(node.what, Step) and node.map is None
        }
        self.done: set[Task] = set()
        self.over = False
        self.live = _Table(self._flush, console=self.console, get_renderable=self._render, transient=True)
        self._printed: deque[Text] = deque()  # lines of steps that the next refresh shows, all at once

    def queued(self, task: Task) -> None:
        """A task waits for nothing but a free job."""
        self._row(task).queued = True

    def started(self, task: Task, attempt: int) -> None:
        """An attempt begins."""
        row = self._row(task)
        row.since, row.attempt, row.note, row.progress = time.monotonic(), attempt, "", ""
        row.queued = False

    def retrying(self, task: Task, attempt: int, outcome: Outcome, delay: float) -> None:
        """An attempt failed, and another one will follow."""
        self._explain(task, outcome)
        row = self._row(task)
        row.since, row.note = None, f"failed, tries again in {delay:g} s" if delay else "failed, tries again"

    def finished(self, task: Task, outcome: Outcome) -> None:
        """A task is over."""
        self.done.add(task)
        node = self.graph.nodes[task.id]
        if isinstance(node.what, Step) and (node.map is None or task.index is not None):
            row = self._row(task)
            row.outcome, row.since, row.note, row.progress = outcome, None, "", ""
        self._explain(task, outcome)

    def opened(self, control: str, count: int) -> None:
        """A map has so many elements."""
        for node in self.graph.nodes.values():
            if node.map == control and isinstance(node.what, Step):
                for index in range(count):
                    self._row(Task(node.id, index))
        order = {id: position for position, id in enumerate(self.graph.nodes)}
        self.rows = dict(sorted(self.rows.items(), key=lambda item: (order[item[0].id], item[0].index or 0)))
        if not count:
            self.note(f"{mapped(self.graph, control)} maps over nothing")

    def begin(self, document: dict[str, Any], store: str) -> None:
        """The run begins."""
        name = f" ({document['name']})" if document["name"] != document["run"] else ""
        self._print(Text(f"run {document['run']}{name} of {document['pipeline']}, store {store}"))
        self.live.start()

    def line(self, task: Task, text: str) -> None:
        """A step printed a line."""
        if self.output:
            self._printed.append(Text.assemble((f"{str(task) or 'run'} | ", "dim"), _text(text)))
            if len(self._printed) >= _AT_ONCE:
                self._flush()
        else:
            self.progress(task, text)

    def progress(self, task: Task, text: str) -> None:
        """What a step wrote over its own line."""
        if task in self.rows:
            self.rows[task].progress = text

    def note(self, text: str) -> None:
        """Something that the user should know."""
        self._print(Text(f"note: {text}", "yellow"))

    def end(self, summary: Summary) -> None:
        """The run is over."""
        self.over = True
        self._flush()
        self.live.stop()
        self.console.print(self._final())
        rows = artifact_rows(summary)
        if rows:
            table = _columns(4)
            table.columns[1].no_wrap, table.columns[1].overflow = False, "fold"  # whoever copies a path wants it whole
            for row in rows:
                table.add_row("", *(Text(cell) for cell in row))
            self._print(Text(f"artifacts in {summary.folder}/"))
            self.console.print(table)
        if summary.failures:
            self._print(Text("failed:", "bold red"))
        for task, failure, log in summary.failures:
            self._print(Text.assemble("  ", (str(task), "red"), f"  {reason(failure)}"))
            if log:
                self._print(Text(f"    log: {log}", "dim"))
        style = "green" if summary.status == "completed" else "bold red"
        ended = f" in {duration(summary.seconds)}: {counted(summary.states)}"
        self._print(Text.assemble(f"run {summary.run} ", (summary.status, style), ended))
        for help in summary.helps:
            self._print(Text.assemble(("help: ", "bold"), help))

    # -- the table -----------------------------------------------------------------------------------------------------

    def _print(self, text: Text) -> None:
        """A line that is not cut."""
        self._flush()
        self.console.print(text, soft_wrap=True)

    def _flush(self) -> None:
        """Show what steps printed: each time that the table is drawn again costs more than many lines."""
        lines = []
        with contextlib.suppress(IndexError):  # two threads may take lines
            while True:
                lines.append(self._printed.popleft())
        if lines:
            self.console.print(Text("\n").join(lines), soft_wrap=True)

    def _row(self, task: Task) -> _Row:
        return self.rows.setdefault(task, _Row())

    def _explain(self, task: Task, outcome: Outcome) -> None:
        if outcome.failure is not None and outcome.state is not State.CANCELLED:
            self._print(Text(outcome.failure.render(str(task)), "red"))
        for note in getattr(outcome.result, "notes", ()):
            self._print(Text(f"{task}: {note}", "yellow"))

    def _render(self) -> RenderableType:
        done = sum(row.outcome is not None for row in list(self.rows.values()))
        bar = Table.grid(padding=(0, 1))
        bar.add_row(ProgressBar(max(1, len(self.rows)), done, width=30), f"{done}/{len(self.rows)}{self._failed()}")
        return Group(self._table(list(self.rows.items()), max(3, self.console.height - 6)), bar)

    def _failed(self) -> str:
        bad = sum(row.outcome is not None and row.outcome.state is State.FAILED for row in list(self.rows.values()))
        return f", {bad} failed" if bad else ""

    def _final(self) -> Table:
        """The table that stays: elements of a map that went well share a row."""
        together: dict[tuple[str, State], list[Outcome]] = {}
        for task, row in self.rows.items():
            if task.index is not None and row.outcome is not None and row.rank != 2:
                together.setdefault((task.id, row.outcome.state), []).append(row.outcome)
        shown: list[tuple[Task | str, _Row]] = []
        for task, row in self.rows.items():
            several = together.get((task.id, row.outcome.state)) if row.outcome is not None else None
            if task.index is None or row.rank == 2 or several is None:
                shown.append((task, row))
            elif several:
                row.outcome = Outcome(several[0].state, seconds=sum(one.seconds for one in several))
                shown.append((f"{task.id}[…] × {len(several)}" if len(several) > 1 else task, row))
                several.clear()
        return self._table(shown, _MOST)

    def _table(self, items: Iterable[tuple[Task | str, _Row]], room: int) -> Table:
        table = _columns(5)
        items = list(items)
        names = min(max((len(str(task)) for task, _ in items), default=0), max(12, min(60, self.console.width - 26)))
        table.columns[1].max_width = max(12, names)
        table.columns[4].max_width = max(1, self.console.width - names - 36)  # what a step says of itself gives way
        if len(items) > room:
            items.sort(key=lambda item: item[1].rank)
        for task, row in items[:room]:
            table.add_row(*self._cells(task, row))
        rest = [row.word for _, row in items[room:]]
        if rest:
            counts = ", ".join(f"{rest.count(word)} {word}" for word in dict.fromkeys(rest))
            table.add_row("", Text(f"… and {len(rest)} more", "dim"), Text(counts, "dim"))
        return table

    def _cells(self, task: Task | str, row: _Row) -> tuple[Text, Text, Text, Text, Text]:
        name = Text(str(task))
        if row.outcome is not None:
            why = cause(row.outcome, self.graph)
            sign, style = _LOOKS[row.outcome.state]
            ran = row.outcome.state in (State.COMPLETED, State.FAILED, State.CANCELLED)
            took = duration(row.outcome.seconds) if ran else ""
            return Text(sign, style), name, Text(row.outcome.state.value, style), Text(took), Text(why, "dim")
        if row.since is not None:
            what = "running" if row.attempt == 1 else f"running, attempt {row.attempt}"
            took = duration(time.monotonic() - row.since)
            progress = _text(row.progress.strip())
            progress.stylize("dim")
            return Text("▶", "yellow"), name, Text(what, "yellow"), Text(took), progress
        return (
            Text("·", "dim"),
            name,
            Text(row.note or "waiting", "dim"),
            Text(""),
            Text(self._awaited(task, row), "dim"),
        )

    def _awaited(self, task: Task | str, row: _Row) -> str:
        if not isinstance(task, Task) or row.note or self.over:
            return ""
        if row.queued:
            return "for a free job"
        names = waits_for(self.graph, task, self.done)
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        return f"for {', '.join(names[:_NAMED])}{more}" if names else ""


def _columns(count: int) -> Table:
    """A table without lines, whose rows stay one line each; in a narrow terminal names give way to states."""
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for column in range(count):
        table.add_column(no_wrap=True, overflow="ellipsis", min_width=(1, 12, 9, 7, 1)[column])
    return table


def _text(line: str) -> Text:
    """A line of a step's, with the colours that it asks for."""
    return Text.from_ansi(line) if "\x1b" in line else Text(line.expandtabs(8))


class _Table(RichLive):
    """Before it is drawn again, what steps have printed is shown above it."""

    def __init__(self, before: Callable[[], None], **options: Any) -> None:
        super().__init__(refresh_per_second=8, **options)
        self._before = before

    def refresh(self) -> None:
        self._before()
        super().refresh()
