"""A run as one HTML page that needs nothing from anywhere: no script, no font, no picture of another host.

It grows with the steps and edges of the run: long texts are cut (see `excerpts`), and large pictures are links.
"""

from __future__ import annotations

import base64
import collections
import csv
import html
import io
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from zencompile.ir import drawing
from zencompile.results.excerpts import Places, Room, logs
from zencompile.results.model import Artifact, Run, StepRun, duration
from zencompile_runtime.errors import Fault
from zencompile_runtime.runner import display as runner_display
from zencompile_runtime.store import layout

PICTURES = {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp"}
MOST = 1_000_000  # bytes of one visualisation; larger ones are links
MOST_OF_ALL = 3_000_000  # bytes of all of them
TEXTS = 1_000_000  # characters of long texts: parameters, values, tracebacks, notes
PRINTED = 300_000  # characters of what steps printed
ROWS = 50  # rows of a table that are shown
FACTS = 200  # rows of parameters or metadata
LANES = 400  # lanes of the timeline, and bars in one of them
PROBLEMS = 50  # failures that are named at the top
BAD = ("failed", "cancelled", "interrupted")
_SAID = ("storage_size", "string_representation")  # metadata that a page says anyway


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
    def states(self) -> tuple[str, ...]:
        """All states that it has steps in."""
        return tuple(dict.fromkeys(step.status for step in self.steps))

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


def render(run: Run, store: Any, page: Path | None = None) -> str:
    """The page of `run`, which will lie at `page`; visualisations and what steps printed are read from `store`."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("zencompile.results", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    places, texts = Places(store, page), Room(TEXTS)
    environment.filters |= {
        "seconds": seconds,
        "size": size,
        "slug": slug,
        "look": lambda status: status.replace(" ", "-"),
        "json": lambda value: texts.cut(json.dumps(value, ensure_ascii=False), 2_000),
        "some": lambda pairs, without=(): texts.some(pairs, FACTS, without),
        "cut": lambda text: texts.cut(str(text), 2_000),
        "ends": lambda text: texts.ends(str(text), 12_000),
        "link": places.link,
        "place": places.of,
    }
    artifacts = [artifact for step in run.steps for artifact in step.artifacts]
    seen = [artifact for artifact in artifacts if pictured(artifact) or small(artifact) is None]
    gallery = _Gallery(store, places)
    found = groups(run)
    return environment.get_template("report.html.j2").render(
        run=run,
        store=places.url,
        groups=sorted(found, key=lambda group: group.status not in BAD),
        picture=_markup(picture(run)),
        bars=timeline(run),
        lanes=len(found),
        lanes_most=LANES,
        ticks=ticks(run),
        shown={artifact.key: gallery.of(artifact) for artifact in seen if artifact.visualizations},
        logs=logs(run, store, BAD, Room(PRINTED)),
        opened={s.label for s in run.steps if s.status in BAD[:2] or any(pictured(one) for one in s.artifacts)},
        values={artifact.key: None if pictured(artifact) else small(artifact) for artifact in artifacts},
        counts=counted(run.steps),
        problems_most=PROBLEMS,
        said=_SAID,
    )


def counted(steps: Sequence[StepRun]) -> list[tuple[int, str]]:
    """How many steps are in each state."""
    states = collections.Counter(step.status for step in steps)
    return [(states[one], one) for one in dict.fromkeys((*COUNTED, *states)) if states[one]]


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
    reads: dict[str, tuple[str, ...]] = {}
    for id_, group in by_id.items():
        known = run.reads.get(id_, ())
        if not known and not any(step.inputs for step in group.steps):  # it never came to reading them
            known = run.after.get(id_, ())
        reads[id_] = tuple(up for up in known if up in by_id and up != id_)
    after = {
        id_: [up for up in run.after.get(id_, ()) if up in by_id and up != id_ and up not in ups]
        for id_, ups in reads.items()
    }
    order = _topological({id_: dict.fromkeys((*ups, *after[id_])) for id_, ups in reads.items()})
    position = {id_: number for number, id_ in enumerate(order)}
    invocations = [
        {
            "id": id_,
            "step": by_id[id_].steps[0].entrypoint,
            "inputs": {"": [(up, "data") for up in reads[id_] if position[up] < position[id_]]},
            "after": [up for up in after[id_] if position[up] < position[id_]],
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


def _topological(upstream: dict[str, dict[str, None]]) -> list[str]:
    """Ids with every upstream before its readers; where they wait for each other, the first of them all the same."""
    waiting = {id_: len(ups) for id_, ups in upstream.items()}
    readers: dict[str, list[str]] = {}
    for id_, ups in upstream.items():
        for up in ups:
            readers.setdefault(up, []).append(id_)
    order = [id_ for id_, count in waiting.items() if not count]
    placed = set(order)
    rest = iter(upstream)
    done = 0
    while len(placed) < len(upstream) or done < len(order):
        if done == len(order):  # a cycle, which no run has: documents of several
            order.append(next(id_ for id_ in rest if id_ not in placed))
            placed.add(order[-1])
        for id_ in readers.get(order[done], ()):
            waiting[id_] -= 1
            if not waiting[id_] and id_ not in placed:
                order.append(id_)
                placed.add(id_)
        done += 1
    return order


def timeline(run: Run) -> list[list[Bar]]:
    """When each step ran: lanes of bars, one an invocation. Of many, those that failed and those that took longest."""
    start, whole = _span(run)
    found = [group for group in groups(run) if any(step.started and step.status != "reused" for step in group.steps)]
    if len(found) > LANES:
        weight = sorted(found, key=lambda group: (group.status not in BAD, -(group.seconds or 0.0)))
        kept = {group.id for group in weight[:LANES]}
        found = [group for group in found if group.id in kept]
    return [list(_lane(group, start, whole)) for group in found]


def _lane(group: Group, start: str, whole: float) -> Iterator[Bar]:
    steps = [step for step in group.steps if step.started and step.status != "reused"]
    if len(steps) > LANES:
        weight = sorted(steps, key=lambda step: (step.status not in BAD, -(step.seconds or 0.0)))
        kept = {step.label for step in weight[:LANES]}
        steps = [step for step in steps if step.label in kept]
    label = steps[0].label if len(group.steps) == 1 else f"{group.id} × {len(group.steps)}"
    total = seconds(group.seconds)
    for step in steps:
        begin = duration(start, step.started) or 0.0
        width = max(100 * ((_end(step, start) or begin) - begin) / whole, 0.4)
        took = seconds(step.seconds) if step.ran else ""
        text = took if len(group.steps) == 1 else total
        title = f"{step.label}: {step.status} {took}".strip()
        yield Bar(label, step.status, min(100 * begin / whole, 99.6), width, text, title)


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


class _Gallery:
    """Visualisations as HTML of ours; an HTML one is shown in a frame that may run nothing."""

    def __init__(self, store: Any, places: Places) -> None:
        self.store, self.places, self.left = store, places, MOST_OF_ALL

    def of(self, artifact: Artifact) -> list[Any]:
        """What is shown of an artifact."""
        return [_markup(self._one(str(shown["type"]), shown["file"])) for shown in artifact.visualizations]

    def _one(self, kind: str, file: dict[str, Any]) -> str:
        path, bytes_ = file["path"], file["size"]
        if bytes_ > min(MOST, self.left):
            inline = "text" in file or "base64" in file
            return self._link(path, bytes_, "" if inline else layout.blob_key(file["digest"]))
        self.left -= bytes_
        try:
            return _visualisation(kind, path, self.store.read(file))
        except Fault as fault:
            return f"<p>{html.escape(path)} can't be shown: {html.escape(fault.message)}</p>"

    def _link(self, path: str, bytes_: int, key: str) -> str:
        name = html.escape(path)
        link = self.places.link(key) if key else ""
        shown = f'<a href="{html.escape(link)}">{name}</a>' if link else name
        where = "" if link or not key else f": <code>{html.escape(self.places.of(key))}</code>"
        return f"<p>{shown} ({size(bytes_)}) is too large to show here{where}</p>"


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
