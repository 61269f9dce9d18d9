"""How a run is shown: plain lines, JSON lines, or a live table on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TextIO

from zencompile_runtime.runner.graph import Graph
from zencompile_runtime.runner.scheduler import Outcome, Task


@dataclass
class Artifact:
    """An artifact of the run: where its manifest lies in the store, what it is. `size` is in bytes."""

    task: Task
    output: str
    key: str
    type: str
    size: int


@dataclass
class Summary:
    """What a run came to. `folder` is where its artifacts lie, `states` counts steps by their state."""

    run: str
    status: str
    seconds: float
    folder: str
    states: dict[str, int] = field(default_factory=dict)
    artifacts: list[Artifact] = field(default_factory=list)
    helps: list[str] = field(default_factory=list)


class Display(Protocol):
    """Hears of everything that happens in a run; see `scheduler.Listener` for the first four."""

    def started(self, task: Task, attempt: int) -> None:
        """An attempt begins."""

    def retrying(self, task: Task, attempt: int, outcome: Outcome, delay: float) -> None:
        """An attempt failed, and another one will follow."""

    def finished(self, task: Task, outcome: Outcome) -> None:
        """A task is over."""

    def opened(self, control: str, count: int) -> None:
        """A map has so many elements."""

    def begin(self, document: dict[str, Any], store: str) -> None:
        """The run begins; `document` is its record."""

    def line(self, task: Task, text: str) -> None:
        """A step printed a line; the task without an id is the run itself."""

    def note(self, text: str) -> None:
        """Something that the user should know."""

    def end(self, summary: Summary) -> None:
        """The run is over."""


def choose(form: str, graph: Graph, out: TextIO, live: bool = True, output: bool = True) -> Display:
    """The display for a format: "json", or "text", which is a live table where `out` is a terminal and rich is
    there.
    """
    if form == "json":
        from zencompile_runtime.runner.display.json_lines import JsonLines

        return JsonLines(graph, out)
    if live and out.isatty():
        try:
            from zencompile_runtime.runner.display.live import Live
        except ImportError:
            pass
        else:
            return Live(graph, output)
    from zencompile_runtime.runner.display.plain import Plain

    return Plain(graph, out, output)


def duration(seconds: float) -> str:
    """A time for people."""
    if seconds < 0.1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"


def amount(size: int) -> str:
    """A number of bytes for people."""
    value = float(size)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" or value >= 10 else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"


def counted(states: dict[str, int]) -> str:
    """ "3 completed, 1 failed"."""
    return ", ".join(f"{count} {state}" for state, count in states.items()) or "nothing to do"


def artifact_rows(summary: Summary, most: int = 40) -> Sequence[tuple[str, str, str]]:
    """Path below the run's folder, type and size of each artifact; a last row says how many more there are."""
    prefix = summary.folder
    rows = [
        (one.key.removeprefix(prefix).lstrip("/"), one.type.rpartition(":")[2], amount(one.size))
        for one in summary.artifacts[:most]
    ]
    more = len(summary.artifacts) - most
    if more > 0:
        rows.append((f"… and {more} more", "", ""))
    return rows
