"""Where the boxes of a picture stand and its lines run: in layers from the top, with no line through a box.

A line that passes a layer has a place of its own there; lines from one box, or to one, share it, so that wide fan-outs
stay readable. A layer with more boxes than fit side by side takes several rows.

What is drawn grows with boxes and edges, and no faster: where lines would pass too many rows, those that share places
are one bundle, and the longest that still don't fit are left out, and named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

Edge = tuple[str, str]
Point = tuple[float, float]
_SWEEPS = 6
_FEW = 2000  # places of lines that any graph may take, beside one for each box and each edge


@dataclass(frozen=True)
class Sizes:
    """In pixels; `most` is how many boxes stand side by side."""

    width: float = 190
    height: float = 44
    gap_x: float = 28
    gap_y: float = 52
    lane: float = 14  # what a passing line takes
    most: int = 5


@dataclass(frozen=True)
class Bundle:
    """Edges from one box, or to one, that are drawn together: the `trunk` that they share, and `ends` that join it."""

    edges: tuple[Edge, ...]
    trunk: list[Point]
    ends: tuple[list[Point], ...]


@dataclass(frozen=True)
class Placed:
    """Top left corners of boxes by id, the points of each edge from its source's bottom to its target's top (pairs of
    ends of vertical pieces between them), and the size of all. Of a large graph there are `bundles` in place of lines,
    and `far` are the edges that would lead past too many rows.
    """

    boxes: dict[str, Point]
    lines: dict[Edge, list[Point]]
    width: float
    height: float
    bundles: tuple[Bundle, ...] = ()
    far: tuple[Edge, ...] = ()


class _Item:
    """A box, or the place of passing lines, in its row."""

    def __init__(self, row: int, width: float, side: int = 0, wrapped: bool = False) -> None:
        self.row, self.width, self.wrapped = row, width, wrapped
        self.side = side  # of a row of a wrapped layer: lines come down on its left, and go on on its right
        self.up: list[_Item] = []
        self.down: list[_Item] = []
        self.x = 0.0  # of its middle

    @property
    def box(self) -> bool:
        return self.side == 0


def place(layers: Sequence[Sequence[str]], edges: Iterable[Edge], sizes: Sizes) -> Placed:
    """Lay out boxes that stand in these layers; every edge goes downwards."""
    edges = list(dict.fromkeys(edges))
    rows, items = _rows(layers, sizes)
    room = _FEW + len(items) + len(edges)
    passed = sum(items[down].row - items[up].row - 1 for up, down in edges)
    cables, far = _cables(rows, items, edges, sizes, room)
    sweeps = _SWEEPS if len(items) + len(edges) < _FEW else 2
    for _ in range(sweeps):
        for row in rows[1:]:
            _order(row, up=True)
        for row in reversed(rows[:-1]):
            _order(row, up=False)
    _align(rows, sizes, sweeps)
    left = min((item.x - item.width / 2 for row in rows for item in row), default=0.0)
    right = max((item.x + item.width / 2 for row in rows for item in row), default=0.0)
    pitch = sizes.height + sizes.gap_y

    def points(path: Iterable[_Item]) -> list[Point]:
        """From below the first to above the last, or all of those that lines pass."""
        found = []
        for item in path:
            upper, lower = (item.x - left, item.row * pitch), (item.x - left, item.row * pitch + sizes.height)
            found += [upper, lower]
        return found

    boxes = {id: (item.x - left - sizes.width / 2, item.row * pitch) for id, item in items.items()}
    height = max(0.0, len(rows) * pitch - sizes.gap_y)
    if passed <= room:
        paths = {edge: cable.path(edge) for cable in cables for edge in cable.edges}
        lines = {edge: points(paths[edge])[1:-1] for edge in edges}
        return Placed(boxes, lines, right - left, height)
    bundles = tuple(
        Bundle(
            tuple(cable.edges),
            points(cable.trunk)[1:] if cable.downwards else points(cable.trunk)[:-1],
            tuple(points(end)[1:-1] for end in cable.ends),
        )
        for cable in cables
    )
    return Placed(boxes, {}, right - left, height, bundles, tuple(far))


def _rows(layers: Sequence[Sequence[str]], sizes: Sizes) -> tuple[list[list[_Item]], dict[str, _Item]]:
    rows: list[list[_Item]] = []
    items: dict[str, _Item] = {}
    for layer in layers:
        count = -(-len(layer) // sizes.most)
        each = -(-len(layer) // max(1, count))
        for start in range(0, len(layer), each):
            part = layer[start : start + each]
            rows.append([_Item(len(rows), sizes.width, wrapped=count > 1) for _ in part])
            items.update(zip(part, rows[-1], strict=True))
    return rows, items


class _Cable:
    """Edges from one box, or to one, and the places that they share, from the top."""

    def __init__(self, items: dict[str, _Item], downwards: bool) -> None:
        self.items, self.downwards = items, downwards
        self.edges: list[Edge] = []
        self.lanes: list[_Item] = []

    def reach(self) -> int:
        """How many rows its edges pass at most."""
        return max((self.items[down].row - self.items[up].row - 1 for up, down in self.edges), default=0)

    def path(self, edge: Edge) -> list[_Item]:
        """All that an edge passes, its ends included."""
        up, down = (self.items[id] for id in edge)
        passed = down.row - up.row - 1
        lanes = self.lanes[:passed] if self.downwards else self.lanes[len(self.lanes) - passed :]
        return [up, *lanes, down]

    @property
    def trunk(self) -> list[_Item]:
        """What the edges share: the box, and all places that they pass."""
        up, down = (self.items[id] for id in self.edges[0])
        return [up, *self.lanes] if self.downwards else [*self.lanes, down]

    @property
    def ends(self) -> Iterator[list[_Item]]:
        """The two items of each edge of which one is no part of the trunk."""
        for edge in self.edges:
            path = self._last(edge) if self.downwards else self._first(edge)
            yield path

    def _last(self, edge: Edge) -> list[_Item]:
        up, down = (self.items[id] for id in edge)
        passed = down.row - up.row - 1
        return [self.lanes[passed - 1] if passed else up, down]

    def _first(self, edge: Edge) -> list[_Item]:
        up, down = (self.items[id] for id in edge)
        passed = down.row - up.row - 1
        return [up, self.lanes[len(self.lanes) - passed] if passed else down]


def _cables(
    rows: list[list[_Item]], items: dict[str, _Item], edges: list[Edge], sizes: Sizes, room: int
) -> tuple[list[_Cable], list[Edge]]:
    """Edges by what they share, and those for which there is no room; items know their neighbours then."""
    ins: dict[str, int] = {}
    outs: dict[str, int] = {}
    for up, down in edges:
        outs[up], ins[down] = outs.get(up, 0) + 1, ins.get(down, 0) + 1
    cables: dict[tuple[str, str], _Cable] = {}
    reached: dict[tuple[str, str], int] = {}
    far: list[Edge] = []
    for edge in sorted(edges, key=lambda edge: items[edge[1]].row - items[edge[0]].row):
        up, down = edge
        key = ("from", up) if outs[up] >= ins[down] else ("to", down)
        passed = items[down].row - items[up].row - 1
        more = max(0, passed - reached.get(key, 0))
        if more > room:
            far.append(edge)
            continue
        room -= more
        reached[key] = reached.get(key, 0) + more
        cables.setdefault(key, _Cable(items, key[0] == "from")).edges.append(edge)
    position = {edge: number for number, edge in enumerate(edges)}
    ordered = sorted(cables.values(), key=lambda cable: min(position[edge] for edge in cable.edges))
    for cable in ordered:
        _lay(cable, rows, sizes)
    for row in rows:
        _number(row)
    return ordered, far


def _lay(cable: _Cable, rows: list[list[_Item]], sizes: Sizes) -> None:
    """Give a cable its places, and join neighbours."""
    up, down = (cable.items[id] for id in cable.edges[0])
    reach = cable.reach()
    first = up.row + 1 if cable.downwards else down.row - reach
    for row in range(first, first + reach):
        lane = _Item(row, sizes.lane, side=-1 if cable.downwards else 1)
        rows[row].append(lane)
        cable.lanes.append(lane)
    trunk = cable.trunk
    for one, other in [*pairwise(trunk), *cable.ends]:
        one.down.append(other)
        other.up.append(one)


def _number(row: list[_Item]) -> None:
    for position, item in enumerate(row):
        item.x = position - len(row) / 2


def _order(row: list[_Item], up: bool) -> None:
    """Sort a row by the middle of what its items hang on; rows of a wrapped layer keep their boxes together."""
    if any(item.wrapped for item in row):
        row.sort(key=lambda item: item.side)
        _number(row)
        return
    near = {id(item): item.up if up else item.down for item in row}
    row.sort(key=lambda item: sum(n.x for n in near[id(item)]) / len(near[id(item)]) if near[id(item)] else item.x)
    _number(row)


def _align(rows: list[list[_Item]], sizes: Sizes, sweeps: int) -> None:
    """Give items their places: each as near below what it hangs on as the order of its row allows."""
    for row in rows:
        _spread(row, [0.0] * len(row), sizes)
    for sweep in range(sweeps):
        for row in rows if sweep % 2 == 0 else reversed(rows):
            wanted = []
            for item in row:
                near = (item.up or item.down) if sweep % 2 == 0 else (item.down or item.up)
                wanted.append(sum(n.x for n in near) / len(near) if near else item.x)
            if any(item.wrapped for item in row):
                _spread(row, [0.0] * len(row), sizes)
                boxes = [item.x for item in row if item.box]
                for item in row:
                    item.x -= sum(boxes) / len(boxes)
            else:
                _spread(row, wanted, sizes)


def _spread(row: list[_Item], wanted: list[float], sizes: Sizes) -> None:
    """The places nearest to the wanted ones that keep order and distances: pools of neighbours that are too close."""
    offsets, offset = [], 0.0
    for before, item in zip([None, *row], row, strict=False):
        if before is not None:
            gap = sizes.gap_x if before.box and item.box else sizes.gap_x / 2
            offset += before.width / 2 + gap + item.width / 2
        offsets.append(offset)
    pools: list[tuple[float, int]] = []  # the mean of each pool, and how many are in it
    for want, offset in zip(wanted, offsets, strict=True):
        mean, count = want - offset, 1
        while pools and pools[-1][0] > mean:
            other, many = pools.pop()
            mean, count = (other * many + mean * count) / (many + count), many + count
        pools.append((mean, count))
    starts = [mean for mean, count in pools for _ in range(count)]
    for item, start, offset in zip(row, starts, offsets, strict=True):
        item.x = start + offset
