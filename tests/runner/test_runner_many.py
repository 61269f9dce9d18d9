"""What keeps runs of thousands of steps linear: each element knows its own inputs, and reachability is remembered."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from zencompile_runtime.runner.engine import Earlier, Work
from zencompile_runtime.runner.graph import Graph
from zencompile_runtime.runner.plan import Map, Pipeline, Step
from zencompile_runtime.runner.scheduler import Task
from zencompile_runtime.runner.specs import Settings, Specs


def test_an_element_takes_what_the_element_of_its_number_made():
    steps = [Step("one", "m:one"), Step("two", "m:two"), Step("many", "m:many")]
    maps = [
        Map("map:one", {"x": [1, 2, 3]}, ["one"]),
        Map("map:two", {"x": ("one", "o")}, ["two"]),
        Map("map:many", {"x": ("one", "o"), "y": ("two", "o")}, ["many"], product=True),
    ]
    plan = Pipeline("n/p", project=".", source="s.py", steps=steps, controls=maps)
    specs = Specs(plan, Graph(plan), Settings("r", "/nowhere", {}))
    specs.counts = {"map:one": 3, "map:two": 3, "map:many": 9}
    two = specs.of(Task("two", 1))
    assert dict(two.inputs) == {"x": {"each": ["one", "o"]}} and two.map_count == 3 and two.map_index == 1
    assert "over" in specs.of(Task("one", 1)).inputs["x"]
    assert specs.of(Task("many", 1)).inputs["y"] == {"over": {"gather": ["two", "o"]}}, "a combination of several"


@given(st.lists(st.lists(st.integers(0, 30), max_size=4), max_size=12), st.data())
@settings(max_examples=60, deadline=None)
def test_what_waits_for_what_is_what_a_walk_finds(ups: list[list[int]], data: Any):
    steps = [
        Step(f"s{i}", "m:s", after=sorted({f"s{up % i}" for up in above}) if i else ()) for i, above in enumerate(ups)
    ]
    plan = Pipeline("n/p", project=".", source="s.py", steps=steps)
    graph = Graph(plan)
    work = Work(plan, graph, SimpleNamespace(), None, None, Earlier())  # type: ignore[arg-type]
    pairs = [(one.id, other.id) for one in steps for other in steps if one is not other]
    for id, other in data.draw(st.permutations(pairs)) if pairs else ():
        assert work._waits_for(id, other) == (id in graph.downstream([other]))
