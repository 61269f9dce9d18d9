"""A run as one HTML page that needs nothing from anywhere: no script, no font, no picture of another host."""

from __future__ import annotations

import base64
import csv
import html
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from zencompile.ir import drawing
from zencompile.results.model import Artifact, Run, StepRun, duration

PICTURES = {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp"}
MOST = 2_000_000  # bytes of one visualisation; larger ones are named and left out
ROWS = 50  # rows of a table that are shown


@dataclass(frozen=True)
class Bar:
    """A step's place in the timeline, in per cent of the whole."""

    label: str
    status: str
    left: float
    width: float
    text: str


def render(run: Run, store: Any) -> str:
    """The page of `run`; visualisations are read from `store`."""
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
    template = environment.get_template("report.html.j2")
    return template.render(
        run=run,
        picture=_markup(picture(run)),
        bars=timeline(run),
        shown={a.key: list(visualisations(a, store)) for s in run.steps for a in s.artifacts},
        cached=sum(step.status == "cached" for step in run.steps),
    )


def picture(run: Run) -> str:
    """The DAG with each step's state and duration; elements of a map stand for one box."""
    first: dict[str, StepRun] = {}
    counts: dict[str, int] = {}
    for step in run.steps:
        first.setdefault(step.id, step)
        counts[step.id] = counts.get(step.id, 0) + 1
    order = _topological({id_: set(s.upstream) | set(run.after.get(id_, ())) for id_, s in first.items()})
    invocations = [
        {
            "id": id_,
            "step": first[id_].entrypoint,
            "inputs": {"": [(up, "data") for up in first[id_].upstream if up in first]},
            "after": [up for up in run.after.get(id_, ()) if up in first],
            "parameters": {},
            "external": {},
            "outputs": [],
        }
        for id_ in order
    ]
    states = {}
    for id_, step in first.items():
        times = f"{counts[id_]} × " if counts[id_] > 1 else ""
        states[id_] = (step.status, f"{times}{step.status} {seconds(step.seconds)}".strip())
    graph = {"name": run.pipeline, "source": "", "parameters": [], "invocations": invocations}
    return drawing.svg([graph], states)


def _topological(upstream: dict[str, set[str]]) -> list[str]:
    """Ids with every upstream before its readers; ids that are not among them are ignored."""
    order: list[str] = []
    waiting = {id_: {up for up in ups if up in upstream and up != id_} for id_, ups in upstream.items()}
    while waiting:
        ready = sorted(id_ for id_, ups in waiting.items() if not ups) or [min(waiting)]
        for id_ in ready:
            del waiting[id_]
            order.append(id_)
        for ups in waiting.values():
            ups.difference_update(ready)
    return order


def timeline(run: Run) -> list[Bar]:
    """When each step ran."""
    timed = [step for step in run.steps if step.started]
    if not timed:
        return []
    start = min(step.started for step in timed if step.started)
    ends = [duration(start, step.ended or step.started) or 0.0 for step in timed]
    whole = max([*ends, 1e-9])
    bars = []
    for step, end in zip(timed, ends, strict=True):
        begin = duration(start, step.started) or 0.0
        label = step.id if step.map_index is None else f"{step.id}[{step.map_index}]"
        width = max(100 * (end - begin) / whole, 0.4)
        bars.append(Bar(label, step.status, min(100 * begin / whole, 99.6), width, seconds(step.seconds)))
    return bars


def visualisations(artifact: Artifact, store: Any) -> Iterator[str]:
    """Each visualisation as HTML of ours; an HTML one is shown in a frame that may run nothing."""
    for shown in artifact.visualizations:
        file = shown["file"]
        if file["size"] > MOST:
            yield _markup(f"<p>{html.escape(file['path'])} ({size(file['size'])}) is too large to show here</p>")
        else:
            yield _markup(_visualisation(str(shown["type"]), file["path"], store.read(file)))


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
    return f"<pre>{html.escape(text)}</pre>"


def _table(text: str) -> str:
    rows = list(csv.reader(io.StringIO(text)))
    cells = ["".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in rows[1 : ROWS + 1]]
    head = "".join(f"<th>{html.escape(cell)}</th>" for cell in rows[0]) if rows else ""
    more = f"<caption>the first {ROWS} of {len(rows) - 1} rows</caption>" if len(rows) - 1 > ROWS else ""
    body = "".join(f"<tr>{row}</tr>" for row in cells)
    return f"<table>{more}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def seconds(value: float | None) -> str:
    """A duration for people."""
    if value is None:
        return ""
    if value < 60:
        return f"{value:.2f} s" if value < 10 else f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest:02d} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def size(value: int) -> str:
    """A number of bytes for people, in powers of 1024."""
    if value < 1024:
        return f"{value} B"
    for power, unit in ((3, "GiB"), (2, "MiB"), (1, "KiB")):
        if value >= 1024**power:
            return f"{value / 1024**power:.1f} {unit}"
    raise AssertionError(value)
