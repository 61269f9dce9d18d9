"""A run as one HTML page that needs nothing from anywhere: no script, no font, no picture of another host."""

from __future__ import annotations

import base64
import csv
import html
import io
import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from zencompile.ir import drawing
from zencompile.results.model import Artifact, Run, StepRun, duration
from zencompile_runtime.errors import Fault
from zencompile_runtime.runner import display as runner_display

PICTURES = {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp"}
MOST = 2_000_000  # bytes of one visualisation; larger ones are named and left out
ROWS = 50  # rows of a table that are shown
LINES = 400  # lines of what a step printed that are shown


# What matters most comes first; and the order in which a run's end counts them.
WORST = ("failed", "cancelled", "interrupted", "running", "blocked", "not run", "skipped", "completed", "cached")
COUNTED = (
    "completed",
    "cached",
    "reused",
    "failed",
    "blocked",
    "skipped",
    "cancelled",
    "interrupted",
    "running",
    "not run",
)


@dataclass(frozen=True)
class Bar:
    """A step's place in the timeline, in per cent of the whole; elements of a map share a lane."""

    label: str
    status: str
    left: float
    width: float
    text: str
    title: str = ""


@dataclass(frozen=True)
class Group:
    """An invocation with its run, or, of a map, the runs of its elements."""

    id: str
    steps: tuple[StepRun, ...]

    @property
    def status(self) -> str:
        """The state that matters most."""
        states = {step.status for step in self.steps}
        return next((state for state in WORST if state in states), self.steps[0].status)

    @property
    def seconds(self) -> float | None:
        """What its code took in all."""
        known = [step.seconds for step in self.steps if step.ran and step.seconds is not None]
        return sum(known) if known else None

    @property
    def caption(self) -> str:
        """How it went, in a few words."""
        took = f" {seconds(self.seconds)}" if self.seconds is not None else ""
        if len(self.steps) == 1 and self.steps[0].map_index is None:
            return self.status + took
        return ", ".join(f"{count} {state}" for count, state in counted(self.steps)) + took

    @property
    def short(self) -> str:
        """The same for a small box."""
        several = counted(self.steps)
        if len(several) < 2:
            return self.caption
        return f"{sum(step.status == self.status for step in self.steps)} of {len(self.steps)} {self.status}"


def render(run: Run, store: Any) -> str:
    """The page of `run`; visualisations and what steps printed are read from `store`."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("zencompile.results", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["seconds"] = seconds
    environment.filters["size"] = size
    environment.filters["json"] = lambda value: json.dumps(value, ensure_ascii=False)
    environment.filters["slug"] = slug
    environment.filters["look"] = lambda status: status.replace(" ", "-")
    template = environment.get_template("report.html.j2")
    artifacts = [artifact for step in run.steps for artifact in step.artifacts]
    return template.render(
        run=run,
        store=store.url.rstrip("/"),
        groups=groups(run),
        picture=_markup(picture(run)),
        bars=timeline(run),
        ticks=ticks(run),
        shown={a.key: list(visualisations(a, store)) for a in artifacts if pictured(a) or small(a) is None},
        logs={step.label: printed(step, store) for step in run.steps if step.log},
        pictured={a.key for a in artifacts if pictured(a)},
        values={a.key: None if pictured(a) else small(a) for a in artifacts},
        counts=counted(run.steps),
    )


def counted(steps: Sequence[StepRun]) -> list[tuple[int, str]]:
    """How many steps are in each state."""
    states = [step.status for step in steps]
    return [(states.count(one), one) for one in dict.fromkeys((*COUNTED, *states)) if one in states]


def groups(run: Run) -> list[Group]:
    """The steps of a run by invocation, in the order of their starts."""
    found: dict[str, list[StepRun]] = {}
    for step in run.steps:
        found.setdefault(step.id, []).append(step)
    return [Group(id_, tuple(sorted(several, key=lambda step: step.map_index or 0))) for id_, several in found.items()]


def slug(label: str) -> str:
    """The anchor of a step's place in the page."""
    return f"step-{quote(label, safe='')}"


def picture(run: Run) -> str:
    """The DAG with each step's state and duration; elements of a map stand for one box."""
    by_id = {group.id: group for group in groups(run)}
    upstream = {id_: tuple(dict.fromkeys(up for s in g.steps for up in s.upstream)) for id_, g in by_id.items()}
    for id_, group in by_id.items():
        if not any(step.inputs for step in group.steps):  # it never came to reading them
            upstream[id_] = upstream[id_] or run.after.get(id_, ())
    order = _topological({id_: {*ups, *run.after.get(id_, ())} for id_, ups in upstream.items()})
    invocations = [
        {
            "id": id_,
            "step": by_id[id_].steps[0].entrypoint,
            "inputs": {"": [(up, "data") for up in upstream[id_] if up in by_id]},
            "after": [up for up in run.after.get(id_, ()) if up in by_id and up not in upstream[id_]],
            "parameters": {},
            "external": {},
            "outputs": [],
        }
        for id_ in order
    ]
    states = {id_: (group.status, group.short) for id_, group in by_id.items()}
    links = {id_: f"#{quote(slug(id_))}" for id_ in by_id}
    graph = {"name": "", "source": "", "parameters": [], "invocations": invocations}
    return drawing.svg([graph], states, links)


def _topological(upstream: dict[str, set[str]]) -> list[str]:
    """Ids with every upstream before its readers; ids that are not among them are ignored."""
    order: list[str] = []
    waiting = {id_: {up for up in ups if up in upstream and up != id_} for id_, ups in upstream.items()}
    while waiting:
        ready = [id_ for id_, ups in waiting.items() if not ups] or [next(iter(waiting))]
        for id_ in ready:
            del waiting[id_]
            order.append(id_)
        for ups in waiting.values():
            ups.difference_update(ready)
    return order


def timeline(run: Run) -> list[list[Bar]]:
    """When each step ran: lanes of bars, one an invocation."""
    start, whole = _span(run)
    lanes = []
    for group in groups(run):
        bars = []
        for step in group.steps:
            if step.started and step.status != "reused":
                begin = duration(start, step.started) or 0.0
                width = max(100 * ((_end(step, start) or begin) - begin) / whole, 0.4)
                took = seconds(step.seconds) if step.ran else ""
                text = took if len(group.steps) == 1 else seconds(group.seconds)
                label = step.label if len(group.steps) == 1 else f"{group.id} × {len(group.steps)}"
                title = f"{step.label}: {step.status} {took}".strip()
                bars.append(Bar(label, step.status, min(100 * begin / whole, 99.6), width, text, title))
        lanes += [bars] if bars else []
    return lanes


def _span(run: Run) -> tuple[str, float]:
    """When the first step began, and how many seconds later the last one ended."""
    timed = [step for step in run.steps if step.started and step.status != "reused"]
    start = min((step.started for step in timed if step.started), default="")
    return start, max([*(_end(step, start) or 0.0 for step in timed), 1e-9])


def _end(step: StepRun, start: str) -> float | None:
    """Seconds from `start` to the end of a step."""
    if step.ended:
        return duration(start, step.ended)
    begin = duration(start, step.started)
    return None if begin is None else begin + (step.seconds or 0.0)


def ticks(run: Run) -> list[tuple[float, str]]:
    """Marks of the timeline: per cent of the whole, and the time since the first start."""
    _, whole = _span(run)
    if whole <= 1e-9:
        return []
    rough = whole / 6
    power = 10.0 ** math.floor(math.log10(rough))
    pitch = next(p for p in (power, 2 * power, 5 * power, 10 * power) if p >= rough)
    if pitch >= 30:  # whole minutes and hours
        pitch = next(
            (p for p in (30, 60, 120, 300, 600, 1800, 3600, 7200) if p >= rough), math.ceil(rough / 3600) * 3600
        )
    return [
        (100 * n * pitch / whole, _mark(n * pitch)) for n in range(int(whole / pitch) + 1) if n * pitch / whole < 0.97
    ]


def _mark(value: float) -> str:
    if value < 60:
        return f"{value:g} s" if value == 0 or value >= 1 else f"{value * 1000:g} ms"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes // 60} h {minutes % 60:02d}" if minutes >= 60 else f"{minutes}:{rest:02d} min"


def printed(step: StepRun, store: Any) -> tuple[str, int]:
    """The end of what a step printed, as a terminal leaves it, and how many lines there were before that."""
    from zencompile_runtime.runner.logs import seen

    if step.log is None:
        return "", 0
    data = store.backend.read(step.log)
    lines = [re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen(one)) for one in data.decode("utf-8", "replace").split("\n")]
    text = "\n".join(lines[-LINES - 1 :])[-MOST // 10 :]
    return text.rstrip("\n"), max(0, len(lines) - 1 - LINES)


def visualisations(artifact: Artifact, store: Any) -> Iterator[str]:
    """Each visualisation as HTML of ours; an HTML one is shown in a frame that may run nothing."""
    for shown in artifact.visualizations:
        file = shown["file"]
        if file["size"] > MOST:
            yield _markup(f"<p>{html.escape(file['path'])} ({size(file['size'])}) is too large to show here</p>")
            continue
        try:
            yield _markup(_visualisation(str(shown["type"]), file["path"], store.read(file)))
        except Fault as fault:
            yield _markup(f"<p>{html.escape(file['path'])} can't be shown: {html.escape(fault.message)}</p>")


def _markup(text: str) -> Any:
    from markupsafe import Markup

    return Markup(text)


def _visualisation(kind: str, path: str, data: bytes) -> str:
    if kind == "image":
        media = PICTURES.get(path.rpartition(".")[2].lower(), "image/png")
        return f'<img alt="{html.escape(path)}" src="data:{media};base64,{base64.b64encode(data).decode()}">'
    text = data.decode("utf-8", "replace")
    if kind == "html":
        return f'<iframe sandbox title="{html.escape(path)}" srcdoc="{html.escape(text)}"></iframe>'
    if kind == "csv":
        return _table(text)
    if kind == "markdown":
        return f'<div class="text">{_markdown(text)}</div>'
    if kind == "json":
        text = _indented(text)
    return f"<pre>{html.escape(text)}</pre>"


def _table(text: str) -> str:
    rows = list(csv.reader(io.StringIO(text)))
    cells = ["".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in rows[1 : ROWS + 1]]
    head = "".join(f"<th>{html.escape(cell)}</th>" for cell in rows[0]) if rows else ""
    more = f"<caption>the first {ROWS} of {len(rows) - 1} rows</caption>" if len(rows) - 1 > ROWS else ""
    body = "".join(f"<tr>{row}</tr>" for row in cells)
    return f'<div class="wide"><table>{more}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _markdown(text: str) -> str:
    """HTML of Markdown; what is HTML in it stays text, and pictures of other hosts stay there."""
    from markdown_it import MarkdownIt

    return str(MarkdownIt("commonmark", {"html": False}).enable("table").disable("image").render(text))


def _indented(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text


def pictured(artifact: Artifact) -> bool:
    """Whether it has a visualisation that shows more than its value would."""
    return any(shown["type"] != "json" for shown in artifact.visualizations)


def small(artifact: Artifact) -> str | None:
    """The text of a value that its manifest holds; None for any other."""
    if len(artifact.files) != 1 or "text" not in artifact.files[0]:
        return None
    text = str(artifact.files[0]["text"]).strip()
    return text if "\n" not in text else None


def seconds(value: float | None) -> str:
    """A duration for people."""
    return "" if value is None else runner_display.duration(value)


def size(value: int) -> str:
    """A number of bytes for people."""
    return runner_display.amount(value)
