"""The picture of a DAG: boxes apart from each other, and no line through one."""

from itertools import combinations, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from zencompile.ir.layered import Sizes, place

SIZES = Sizes()


def layers_of(count: int, edges: list[tuple[str, str]]) -> list[list[str]]:
    depth = [0] * count
    for up, down in edges:
        depth[int(down)] = max(depth[int(down)], depth[int(up)] + 1)
    return [[str(i) for i in range(count) if depth[i] == d] for d in range(max(depth, default=-1) + 1)]


@st.composite
def graphs(draw: st.DrawFn) -> tuple[list[list[str]], list[tuple[str, str]]]:
    count = draw(st.integers(1, 25))
    pairs = sorted({(min(a, b), max(a, b)) for a, b in draw(st.lists(st.tuples(*[st.integers(0, count - 1)] * 2)))})
    edges = [(str(a), str(b)) for a, b in pairs if a != b]
    return layers_of(count, edges), edges


@given(graphs())
@settings(max_examples=150, deadline=None)
def test_boxes_lie_apart_and_lines_lead_past_them(graph):
    layers, edges = graph
    placed = place(layers, edges, SIZES)
    assert set(placed.boxes) == {id for layer in layers for id in layer}
    for (x1, y1), (x2, y2) in combinations(placed.boxes.values(), 2):
        assert y1 != y2 or abs(x1 - x2) >= SIZES.width + SIZES.gap_x - 1e-6
    for x, y in placed.boxes.values():
        assert -1e-6 <= x <= placed.width - SIZES.width + 1e-6 and 0 <= y <= placed.height - SIZES.height
    for (up, down), points in placed.lines.items():
        assert points[0] == (placed.boxes[up][0] + SIZES.width / 2, placed.boxes[up][1] + SIZES.height)
        assert points[-1] == (placed.boxes[down][0] + SIZES.width / 2, placed.boxes[down][1])
        for (x, y), (_, below) in list(pairwise(points))[1::2]:  # the pieces that pass a row
            for left, top in placed.boxes.values():
                assert not (top == y and left - 1e-6 < x < left + SIZES.width + 1e-6), "a line runs through a box"
            assert below == y + SIZES.height
        assert all(after[1] - before[1] == SIZES.gap_y for before, after in list(pairwise(points))[::2])


def test_a_wide_fan_out_takes_rows_and_stays_as_narrow_as_a_page():
    names = [f"w{i}" for i in range(50)]
    edges = [("a", name) for name in names] + [(name, "z") for name in names]
    placed = place([["a"], names, ["z"]], edges, SIZES)
    assert placed.width < 1200
    assert len({y for _, y in placed.boxes.values()}) == 12
    assert len({x for name, (x, _) in placed.boxes.items() if name in names}) == 5


def test_the_same_graph_gives_the_same_picture():
    layers = [["a", "b"], ["c", "d"], ["e"]]
    edges = [("a", "d"), ("b", "c"), ("a", "e"), ("c", "e"), ("d", "e")]
    assert place(layers, edges, SIZES) == place(layers, list(edges), SIZES)
    boxes = place(layers, edges, SIZES).boxes
    assert (boxes["a"][0] < boxes["b"][0]) == (boxes["d"][0] < boxes["c"][0]), "lines don't cross where they needn't"


def test_of_a_large_graph_lines_are_bundles_that_lead_past_the_boxes():
    count = 200
    edges = [(str(i), str(j)) for j in range(1, count) for i in sorted({j - 1, j // 2, 0})]
    placed = place(layers_of(count, edges), edges, SIZES)
    drawn = [edge for bundle in placed.bundles for edge in bundle.edges]
    assert not placed.lines and placed.far
    assert sorted([*drawn, *placed.far]) == sorted(edges)
    for bundle in placed.bundles:
        assert len(bundle.ends) == len(bundle.edges)
        for line in (bundle.trunk, *bundle.ends):
            for (x1, y1), (x2, y2) in pairwise(line):
                assert y1 < y2
                for left, top in placed.boxes.values():
                    within = y1 <= top and top + SIZES.height <= y2
                    assert not (within and x1 == x2 and left < x1 < left + SIZES.width), "a line runs through a box"
