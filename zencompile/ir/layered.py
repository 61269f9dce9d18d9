"""Where the boxes of a picture stand and its lines run: in layers from the top, with no line through a box.

A line that passes a layer has a place of its own there; lines from one box, or to one, share it, so that wide fan-outs
stay readable. A layer with more boxes than fit side by side takes several rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

Edge = tuple[str, str]
_SWEEPS = 6


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
class Placed:
    """Top left corners of boxes by id, the points of each edge from its source's bottom to its target's top (pairs of
    ends of vertical pieces between them), and the size of all.
    """

    boxes: dict[str, tuple[float, float]]
    lines: dict[Edge, list[tuple[float, float]]]
    width: float
    height: float


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
    paths = _paths(rows, items, edges, sizes)
    for _ in range(_SWEEPS):
        for row in rows[1:]:
            _order(row, up=True)
        for row in reversed(rows[:-1]):
            _order(row, up=False)
    _align(rows, sizes)
    left = min((item.x - item.width / 2 for row in rows for item in row), default=0.0)
    right = max((item.x + item.width / 2 for row in rows for item in row), default=0.0)
    pitch = sizes.height + sizes.gap_y

    def points(path: list[_Item]) -> list[tuple[float, float]]:
        found = []
        for item in path:
            found += [(item.x - left, item.row * pitch), (item.x - left, item.row * pitch + sizes.height)]
        return found[1:-1]

    boxes = {id: (item.x - left - sizes.width / 2, item.row * pitch) for id, item in items.items()}
    lines = {edge: points(path) for edge, path in paths.items()}
    return Placed(boxes, lines, right - left, max(0.0, len(rows) * pitch - sizes.gap_y))


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


def _paths(
    rows: list[list[_Item]], items: dict[str, _Item], edges: list[Edge], sizes: Sizes
) -> dict[Edge, list[_Item]]:
    """The items that each edge passes, its ends included; they know their neighbours then."""
    ins: dict[str, int] = {}
    outs: dict[str, int] = {}
    for up, down in edges:
        outs[up], ins[down] = outs.get(up, 0) + 1, ins.get(down, 0) + 1
    lanes: dict[tuple[str, str, int], _Item] = {}
    paths: dict[Edge, list[_Item]] = {}
    for up, down in edges:
        shared = ("from", up) if outs[up] >= ins[down] else ("to", down)
        path = [items[up]]
        for row in range(items[up].row + 1, items[down].row):
            key = (*shared, row)
            lane = lanes.get(key)
            if lane is None:
                lane = lanes[key] = _Item(row, sizes.lane, side=-1 if shared[0] == "from" else 1)
                rows[row].append(lane)
            path.append(lane)
        path.append(items[down])
        for one, other in pairwise(path):
            if other not in one.down:
                one.down.append(other)
                other.up.append(one)
        paths[up, down] = path
    for row_items in rows:
        _number(row_items)
    return paths


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


def _align(rows: list[list[_Item]], sizes: Sizes) -> None:
    """Give items their places: each as near below what it hangs on as the order of its row allows."""
    for row in rows:
        _spread(row, [0.0] * len(row), sizes)
    for sweep in range(_SWEEPS):
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
