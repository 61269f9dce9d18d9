"""How a run is shown: plain lines, JSON lines, or a live table on a terminal."""

from __future__ import annotations

import os
import re
from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TextIO

from zencompile_runtime.errors import Failure
from zencompile_runtime.runner.graph import Graph
from zencompile_runtime.runner.plan import If, Step
from zencompile_runtime.runner.scheduler import Outcome, State, Task

if TYPE_CHECKING:
    from zencompile_runtime.runner.display.writing import Guarded


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
    """What a run came to. `folder` is where its artifacts lie, `states` counts steps by their state; `failures` are
    what failed and why, with the place of what it printed, if that was kept.
    """

    run: str
    status: str
    seconds: float
    folder: str
    states: dict[str, int] = field(default_factory=dict)
    artifacts: list[Artifact] = field(default_factory=list)
    failures: list[tuple[Task, Failure, str | None]] = field(default_factory=list)
    helps: list[str] = field(default_factory=list)
    exit_code: int = 0


class Display(Protocol):
    """Hears of everything that happens in a run; see `scheduler` for the first five."""

    def queued(self, task: Task) -> None:
        """A task waits for nothing but a free job."""

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

    def progress(self, task: Task, text: str) -> None:
        """What a step wrote over its own line, as progress bars do."""

    def note(self, text: str) -> None:
        """Something that the user should know."""

    def end(self, summary: Summary) -> None:
        """The run is over."""


def choose(form: str, graph: Graph, out: TextIO | Guarded | None, live: bool = True, output: bool = True) -> Display:
    """The display for a format: "json", or "text", which is a live table where `out` is a terminal and rich is
    there.
    """
    from zencompile_runtime.runner.display import writing

    guarded = out if isinstance(out, writing.Guarded) else writing.Guarded(out)
    if form == "json":
        from zencompile_runtime.runner.display.json_lines import JsonLines

        return JsonLines(graph, guarded)
    if live and guarded.isatty() and guarded.unicode and os.environ.get("TERM") not in ("dumb", "unknown"):
        try:
            from zencompile_runtime.runner.display.live import Live
        except ImportError:
            pass
        else:
            return Live(graph, guarded, output)
    from zencompile_runtime.runner.display.plain import Plain

    return Plain(graph, guarded, output)


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
    known = [state.value for state in State if state.value in states]
    return ", ".join(f"{states[state]} {state}" for state in known) or "nothing to do"


def mapped(graph: Graph, control: str) -> str:
    """The steps that a map runs for each element, by the name of the first."""
    names = [node.id for node in graph.nodes.values() if node.map == control and isinstance(node.what, Step)]
    return f"{names[0]} and {len(names) - 1} more" if len(names) > 1 else names[0] if names else control


def cause(outcome: Outcome, graph: Graph) -> str:
    """Why a task never ran, or was ended, in a few words; empty for what ended by itself."""
    by = graph.nodes.get(outcome.cause.id) if outcome.cause is not None else None
    named = f"`{outcome.cause}`" if by is not None else ""
    if outcome.state is State.BLOCKED:
        return f"{named or 'something that it needs'} failed"
    if outcome.state is State.SKIPPED:
        condition = f" `{by.what.text}`" if by is not None and isinstance(by.what, If) and by.what.text else ""
        return f"its condition{condition} doesn't hold" if condition or by is None else f"{named} was skipped"
    if outcome.state is State.NOT_RUN:
        return f"{named} did not come to its end" if named else "the run ended before"
    return "the run was asked to end" if outcome.state is State.CANCELLED else ""


def waits_for(graph: Graph, task: Task, done: Container[Task]) -> list[str]:
    """What of its upstream a task still waits for, by name: steps, and conditions and maps in words."""
    node = graph.nodes[task.id]
    found = []
    for id in node.upstream:
        above = graph.nodes[id]
        inside = node.map is not None and above.map == node.map
        if Task(id, task.index if inside else None) not in done:
            found.append(
                id if isinstance(above.what, Step) else "a condition" if isinstance(above.what, If) else "a map"
            )
    return found


def reason(failure: Failure, most: int = 160) -> str:
    """Why a step failed, in one line."""
    lines = re.sub(r"^step `[^`]+`: ", "", failure.message.strip()).splitlines() or [""]
    first = lines[0] if len(lines) == 1 else f"{lines[0]} …"
    if failure.traceback:
        first = f"{failure.type}: {first}" if first else failure.type
    if len(first) > most:
        first = first[: most - 1] + "…"
    return first + (f" ({failure.location})" if failure.location else "")


def artifact_rows(summary: Summary, most: int = 40) -> Sequence[tuple[str, str, str]]:
    """Path below the run's folder, type and size of each artifact; elements of a map share a row, their sizes summed.
    A last row says how many more there are.
    """
    together: dict[tuple[str, str, str], list[Artifact]] = {}
    for one in summary.artifacts:
        index = "" if one.task.index is None else "map"
        together.setdefault((one.task.id, one.output, index), []).append(one)
    rows = []
    for several in list(together.values())[:most]:
        path = several[0].key.removeprefix(summary.folder).lstrip("/")
        if len(several) > 1:
            folder, _, file = path.rpartition("/")
            path = f"{folder.rpartition('/')[0]}/{_indices(several)}/{file}"
        kinds = list(dict.fromkeys(one.type.rpartition(":")[2] for one in several))
        times = f"{len(several)} × " if len(several) > 1 else ""
        rows.append((path, times + ", ".join(kinds[:3]), amount(sum(one.size for one in several))))
    if len(together) > most:
        rows.append((f"… and {len(together) - most} more", "", ""))
    return rows


def _indices(several: Sequence[Artifact]) -> str:
    """The elements as a shell would be told: `{0..9}` where none is missing, else the star of all."""
    found = [one.task.index or 0 for one in several]
    return f"{{{found[0]}..{found[-1]}}}" if found == list(range(found[0], found[0] + len(found))) else "*"
