"""Events for programs: every change of every step, in an order that makes sense, and nothing else on the stream."""

from __future__ import annotations

import json

import pytest

from zencompile_runtime.runner.display import cause, waits_for
from zencompile_runtime.runner.display.plain import columns, padded
from zencompile_runtime.runner.graph import Graph
from zencompile_runtime.runner.plan import Pipeline, Step
from zencompile_runtime.runner.scheduler import Outcome, State, Task

STEPS = """
    import sys

    @step
    def number(n: int) -> int:
        print('{"event": "forged"}')
        print("not an event", file=sys.stderr)
        return n

    @step
    def fails(x: int) -> int:
        raise ValueError("no good")

    @step
    def uses(x: int) -> int:
        return x
"""
PLAN = """
    steps=[
        *(Step(f"number{n}", "steps:number", parameters={"n": n}) for n in range(4)),
        Step("fails", "steps:fails", inputs={"x": ("number0", "output")}, retries=1, retry_delay=0.01),
        Step("blocked", "steps:uses", inputs={"x": ("fails", "output")}),
        Step("behind", "steps:uses", inputs={"x": ("blocked", "output")}),
    ],
"""
AFTER = {
    None: {"step_queued", "step_started", "step_finished"},
    "step_queued": {"step_started", "step_finished"},
    "step_started": {"step_output", "step_retrying", "step_finished"},
    "step_output": {"step_output", "step_retrying", "step_finished"},
    "step_retrying": {"step_queued", "step_started", "step_finished"},
    "step_finished": set(),
}


def events_of(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("words", [[], ["--in-process"]], ids=["processes", "in process"])
def test_each_change_of_each_step_is_an_event(project, words):
    project.write(STEPS, PLAN)
    ran = project.run("--log-format", "json", "--jobs", "1", *words, code=1)
    events = events_of(ran.out)
    assert (events[0]["event"], events[0]["schema"], events[-1]["event"]) == ("run_started", 1, "run_finished")
    assert events[-1]["exit_code"] == 1 and events[-1]["states"] == {"completed": 4, "failed": 1, "blocked": 2}
    assert {event["run"] for event in events} == {ran.folder.name}
    last: dict[str, str] = {}
    for event in events[1:-1]:
        assert event["event"] in AFTER[last.get(event["step"])], event
        last[event["step"]] = event["event"]
    assert last == dict.fromkeys(events[0]["steps"], "step_finished")
    ended = {event["step"]: event for event in events if event["event"] == "step_finished"}
    assert ended["fails"]["reason"] == "no good" and ended["fails"]["attempts"] == 2
    assert ended["behind"]["reason"] == "`fails` failed" and ended["number1"]["cache"] == "absent"
    assert any(event["event"] == "step_queued" for event in events)


def test_hits_of_the_cache_say_so_and_start_nothing(project):
    project.write(STEPS, PLAN)
    project.run("--only", "number0")
    events = events_of(project.run("--log-format", "json", "--only", "number0").out)
    assert [event["event"] for event in events] == ["run_started", "step_finished", "run_finished"]
    assert events[1]["state"] == "cached" and events[1]["cache"] == "hit" and events[2]["exit_code"] == 0


def test_what_a_step_waits_for_is_named():
    steps = [Step("a", "m:a"), Step("b", "m:b"), Step("c", "m:c", inputs={"x": ("a", "o")}, after=["b"])]
    graph = Graph(Pipeline("n/p", project=".", source="s.py", steps=steps))
    assert sorted(waits_for(graph, Task("c"), set())) == ["a", "b"]
    assert waits_for(graph, Task("c"), {Task("b")}) == ["a"]
    assert cause(Outcome(State.BLOCKED, cause=Task("a")), graph) == "`a` failed"
    assert cause(Outcome(State.COMPLETED), graph) == ""


def test_names_of_wide_characters_take_two_columns_each():
    assert columns("学習a") == 5 and padded("学習", 6) == "学習  " and padded("long", 2) == "long"
