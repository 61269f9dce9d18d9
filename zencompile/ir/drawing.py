"""Pictures of a DAG: text for a terminal, Mermaid for a pull request, SVG and HTML for a browser.

All take the pipelines of the graph schema (`zencompile.ir.graph`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from zencompile.ir.graph import plain
from zencompile.ir.layered import Placed, Point, Sizes, place

Graph = dict[str, Any]

_GAP_Y, _MARGIN = 52, 24  # pixels
_DEEP = 12  # layers from which on they stand closer together
_MANY = 2000  # lines and boxes from which on they say less when pointed at
_NAMED = 5  # ends of far edges that are named


def text(pipelines: list[Graph]) -> str:
    """One line a step: its id, what it takes and from where."""
    blocks = []
    for pipeline in pipelines:
        lines = [f"{pipeline['name']} ({pipeline['source']})"]
        for parameter in pipeline["parameters"]:
            default = f" = {parameter['default']!r}" if "default" in parameter else ""
            lines.append(f"  parameter {parameter['name']}{default} ({parameter['binding']})")
        width = max((len(i["id"]) for i in pipeline["invocations"]), default=0)
        said = _controls(pipeline)
        lines += [f"  {i['id']:<{width}}  {_takes(i, said)}".rstrip() for i in pipeline["invocations"]]
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)


def _takes(invocation: Graph, controlled: dict[str, list[str]]) -> str:
    """What a step takes and waits for, in words."""
    parts = list(controlled.get(invocation["id"], ()))
    for name, sources in invocation["inputs"].items():
        parts.append(f"{name} ← {', '.join(f'{up}.{output}' for up, output in sources)}")
    parts += [f"{name} = {value!r}" for name, value in invocation["parameters"].items()]
    parts += [f"{name} ← {value}" for name, value in invocation["external"].items()]
    parts += [f"after {', '.join(invocation['after'])}"] if invocation["after"] else []
    return "; ".join(parts)


def _controls(pipeline: Graph) -> dict[str, list[str]]:
    """What its controls say of each step, in words."""
    found: dict[str, list[str]] = {}
    for control in pipeline.get("controls", ()):
        if control["kind"] == "map":
            how = "each combination of " if control["product"] else "each of "
            each = f"for each of {', '.join(_sources(value) for value in control['over'].values())}"
            over = [f"{name} ← {how}{_sources(value)}" for name, value in control["over"].items()]
            for position, id_ in enumerate(control["body"]):
                found.setdefault(id_, []).extend([each] if position else over)
        for branch, word in (("then", "if"), ("otherwise", "unless")):
            for id_ in control.get(branch, ()):
                found.setdefault(id_, []).append(f"{word} {control['text'] or control['id']}")
    return found


def _sources(value: Graph) -> str:
    """What a control's value is made of: outputs, parameters, or a literal."""
    if value["kind"] == "literal":
        return repr(plain(value["value"]))
    if value["kind"] == "parameter":
        return str(value["name"])
    return ", ".join(f"{up}.{output}" for up, output in _outputs(value)) or str(value["kind"])


def _outputs(value: Any) -> Iterator[tuple[str, str]]:
    """The outputs that a part of a control refers to, from left to right."""
    if isinstance(value, dict) and value.get("kind") == "output":
        yield value["invocation"], value["output"]
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _outputs(item)


def _controlled(pipeline: Graph) -> Iterator[tuple[str, str, str]]:
    """What invocations wait for since they are mapped over it or decided by it; nested controls pass theirs on."""
    controls = {control["id"]: control for control in pipeline.get("controls", ())}

    def inside(control: Graph) -> Iterator[str]:
        for id_ in (*control.get("body", ()), *control.get("then", ()), *control.get("otherwise", ())):
            yield from inside(controls[id_]) if id_ in controls else (id_,)

    for control in controls.values():
        for up, output in _outputs(control.get("over") or control.get("test")):
            yield from ((up, down, output) for down in inside(control) if down != up)


def edges(pipeline: Graph) -> list[tuple[str, str, str]]:
    """(upstream, invocation, label); a label is empty where the edge is order alone."""
    found: dict[tuple[str, str], list[str]] = {}
    for up, down, output in _controlled(pipeline):
        labels = found.setdefault((up, down), [])
        if output not in labels:
            labels.append(output)
    for invocation in pipeline["invocations"]:
        for sources in invocation["inputs"].values():
            for up, output in sources:
                labels = found.setdefault((up, invocation["id"]), [])
                if output not in labels:
                    labels.append(output)
        for up in invocation["after"]:
            found.setdefault((up, invocation["id"]), [])
    return [(up, down, ", ".join(labels)) for (up, down), labels in found.items()]


def mermaid(pipelines: list[Graph]) -> str:
    """A Mermaid flowchart, as GitHub renders it in Markdown."""
    lines = ["flowchart TD"]
    for number, pipeline in enumerate(pipelines):
        names = {i["id"]: f"p{number}_{k}" for k, i in enumerate(pipeline["invocations"])}
        lines.append(f'    subgraph p{number}["{_quoted(pipeline["name"])}"]')
        lines += [f'        {names[i["id"]]}["{_quoted(i["id"])}"]' for i in pipeline["invocations"]]
        for up, down, label in edges(pipeline):
            arrow = f'-->|"{_quoted(label)}"|' if label else "-.->"
            lines.append(f"        {names[up]} {arrow} {names[down]}")
        lines.append("    end")
    return "\n".join(lines) + "\n"


def _quoted(value: str) -> str:
    """Mermaid writes HTML entities with `#` in place of `&`."""
    return escape(value, quote=True).replace("&", "#")


def layers(pipeline: Graph) -> list[list[str]]:
    """Ids by their distance from the start: a step stands below everything that it waits for."""
    return _layers(pipeline, edges(pipeline))


def _layers(pipeline: Graph, found: Sequence[tuple[str, str, str]]) -> list[list[str]]:
    depth: dict[str, int] = {}
    upstream: dict[str, list[str]] = {i["id"]: [] for i in pipeline["invocations"]}
    for up, down, _ in found:
        upstream[down].append(up)
    for invocation in pipeline["invocations"]:  # topological order is the schema's
        id_ = invocation["id"]
        depth[id_] = 1 + max((depth.get(up, 0) for up in upstream[id_]), default=-1)
    rows: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for id_, row in depth.items():
        rows[row].append(id_)
    return rows


def svg(
    pipelines: list[Graph],
    states: dict[str, tuple[str, str]] | None = None,
    links: dict[str, str] | None = None,
) -> str:
    """One SVG with the pipelines below each other; light and dark by the reader's own setting.

    `states` gives each invocation of a run its state and a caption, by its id, `links` where a click on it leads.
    """
    parts: list[str] = [
        '<marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto"><path class="tip" d="M0 0L8 4L0 8z"/></marker>'
    ]
    top, width = 0.0, 0.0
    for pipeline in pipelines:
        found = edges(pipeline)
        rows = _layers(pipeline, found)
        sizes = Sizes(gap_y=_GAP_Y if len(rows) <= _DEEP else _GAP_Y / 2)
        placed = place(rows, [(up, down) for up, down, _ in found], sizes)
        title = 24 if pipeline["name"] else 0
        if title:
            parts.append(
                f'<text class="title" x="{_MARGIN}" y="{top + _MARGIN + 4:g}">{escape(pipeline["name"])}</text>'
            )
        parts.append(f'<g transform="translate({_MARGIN} {top + _MARGIN + title:g})">')
        parts += _lines({(up, down): label for up, down, label in found}, placed)
        parts += _stubs(placed, sizes)
        parts += _boxes(pipeline, placed, sizes, states or {}, links or {})
        parts.append("</g>")
        top += _MARGIN * 2 + title + placed.height
        width = max(width, placed.width + 2 * _MARGIN)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{top:g}" viewBox="0 0 {width:g} {top:g}" '
        'font-family="system-ui, sans-serif" font-size="13">'
    )
    return "\n".join([head, f"<style>{_STYLE}</style>", *parts, "</svg>"]) + "\n"


_STYLE = (
    ".box{fill:#f3f6fb;stroke:#5b7db1}.name{fill:#17233b}.title{fill:#17233b;font-weight:600;font-size:15px}"
    ".edge{stroke:#8c98b0;fill:none;marker-end:url(#tip)}.part{marker-end:none}"
    ".after{stroke-dasharray:4 4}.tip{fill:#8c98b0}.caption{fill:#56627a;font-size:11px}"
    ".name,.caption{text-anchor:middle}.foot{text-anchor:start}"
    "a:hover .box{stroke-width:3}"
    "@media(prefers-color-scheme:dark){.box{fill:#1d2738;stroke:#7f9fd1}.name,.title{fill:#e8eefb}"
    ".caption{fill:#a9b4c9}}"
    ".completed,.cached,.reused,.failed,.running{stroke-width:2}"
    ".completed{stroke:#2e8b57;fill:#eef8f1}.cached,.reused{stroke:#8a6fd1;fill:#f4f1fb}"
    ".failed{stroke:#c62f3b;fill:#fdefef}.running{stroke:#d08a1d;fill:#fdf5e8}"
    ".blocked,.cancelled,.interrupted{stroke:#b58a2a;stroke-dasharray:5 3}"
    ".skipped,.not-run{stroke:#8c98b0;stroke-dasharray:3 3}"
    "@media(prefers-color-scheme:dark){.completed{fill:#14301f}.cached,.reused{fill:#262040}.failed{fill:#3d1a1d}"
    ".running{fill:#372810}}"
)


def _lines(labels: Mapping[tuple[str, str], str], placed: Placed) -> Iterator[str]:
    many = len(placed.lines) > _MANY
    for (up, down), points in placed.lines.items():
        label = labels[up, down]
        kind = "edge" if label else "edge after"
        line = f'<path class="{kind}" d="{_curve(points)}"'
        title = f"<title>{escape(f'{up} → {down}')}: {escape(label or 'order')}</title>"
        yield f"{line}/>" if many else f"{line}>{title}</path>"
    for bundle in placed.bundles:
        kind = "edge" if any(labels[edge] for edge in bundle.edges) else "edge after"
        for piece, (_, down) in [(bundle.trunk, bundle.edges[0]), *zip(bundle.ends, bundle.edges, strict=True)]:
            if len(piece) > 1:
                arrives = piece[-1][1] == placed.boxes[down][1]
                yield f'<path class="{kind}{"" if arrives else " part"}" d="{_curve(piece)}"/>'


def _stubs(placed: Placed, sizes: Sizes) -> Iterator[str]:
    """Of edges that lead too far to be drawn, their beginnings and ends, which name the others."""
    starts: dict[str, list[str]] = {}
    ends: dict[str, list[str]] = {}
    for up, down in placed.far:
        starts.setdefault(up, []).append(down)
        ends.setdefault(down, []).append(up)
    for word, stubs, begin, end in (("to", starts, sizes.height, sizes.height + 12), ("from", ends, -14, 0)):
        kind = "edge after" if word == "from" else "edge after part"
        for id_, others in stubs.items():
            x, y = placed.boxes[id_]
            more = f" and {len(others) - _NAMED} more" if len(others) > _NAMED else ""
            names = f"{word} {', '.join(others[:_NAMED])}{more}"
            path = f"M{x + sizes.width / 2 + 12:g} {y + begin:g}V{y + end:g}"
            yield f'<path class="{kind}" d="{path}"><title>{escape(names)}</title></path>'
    if placed.far:
        words = f"{len(placed.far)} edges lead too far to be drawn: short dashed lines stand for their ends"
        yield f'<text class="caption foot" x="0" y="{placed.height + 18:g}">{words}</text>'


def _curve(points: Sequence[Point]) -> str:
    """The path along ends of vertical pieces: curves lead from one to the next."""
    (x, y), *rest = points
    path = f"M{x:g} {y:g}"
    straight = 0  # where the end of a vertical piece stands, while one is drawn
    for x2, y2 in rest:
        if x2 == x:
            if not straight:
                path += "V"
                straight = len(path)
            path = f"{path[:straight]}{y2:g}"
        else:
            straight = 0
            middle = (y + y2) / 2
            path += f"C{x:g} {middle:g} {x2:g} {middle:g} {x2:g} {y2:g}"
        x, y = x2, y2
    return path


def _boxes(
    pipeline: Graph, placed: Placed, sizes: Sizes, states: dict[str, tuple[str, str]], links: dict[str, str]
) -> Iterator[str]:
    said = _controls(pipeline)
    many = len(placed.boxes) > _MANY
    for invocation in pipeline["invocations"]:
        id_ = invocation["id"]
        x, y = placed.boxes[id_]
        takes = "" if many else _takes(invocation, said)
        title = escape(f"{id_}: {invocation['step']}" + (f"\n{takes}" if takes else ""))
        shown = id_ if len(id_) <= 24 else id_[:23] + "…"
        state, caption = states.get(id_, ("", ""))
        middle, base = x + sizes.width / 2, y + (20 if caption else 27)
        below = f'<text class="caption" x="{middle:g}" y="{y + 36:g}">{escape(caption)}</text>'
        look = f"box {state.replace(' ', '-')}".strip()
        box = (
            f"<title>{title}</title>"
            f'<rect class="{look}" x="{x:g}" y="{y:g}" width="{sizes.width:g}" '
            f'height="{sizes.height:g}" rx="7"/>'
            f'<text class="name" x="{middle:g}" y="{base:g}">{escape(shown)}</text>'
            f"{below if caption else ''}"
        )
        yield f'<a href="{escape(links[id_], quote=True)}">{box}</a>' if id_ in links else f"<g>{box}</g>"


def html(pipelines: list[Graph]) -> str:
    """A page that needs nothing from anywhere: the picture, and a table of the steps."""
    rows = []
    for p in pipelines:
        rows.append(f'<tr><th colspan="4">{escape(p["name"])} <small>{escape(p["source"])}</small></th></tr>')
        said = _controls(p)
        for i in p["invocations"]:
            cells = (i["id"], i["step"], _takes(i, said), ", ".join(i["outputs"]))
            rows.append("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>")
    title = escape(", ".join(p["name"] for p in pipelines))
    return (
        f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>{title}</title>\n'
        "<style>body{font:15px system-ui,sans-serif;margin:2rem;color-scheme:light dark}"
        "table{border-collapse:collapse;margin-top:2rem}"
        "td,th{padding:.35rem .8rem;text-align:left;border-bottom:1px solid #8884;vertical-align:top}"
        "small{font-weight:400}"
        "</style>\n" + svg(pipelines) + "<table>\n" + "\n".join(rows) + "\n</table>\n</html>\n"
    )
