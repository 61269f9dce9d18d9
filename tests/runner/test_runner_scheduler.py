"""The scheduler alone, with an engine that only pretends to work."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zencompile_runtime.errors import ConfigurationFault, Failure
from zencompile_runtime.runner.graph import Graph
from zencompile_runtime.runner.plan import If, Map, Pipeline, Step, Test
from zencompile_runtime.runner.scheduler import Outcome, Scheduler, State, Task


class FakeEngine:
    """Ends one running task a call, chosen by `choose`; tasks in `fail` fail that many times."""

    def __init__(self, fail=None, cached=(), counts=None, tests=None, choose=lambda n: 0):
        self.fail = dict(fail or {})
        self.cached, self.counts, self.tests, self.choose = set(cached), counts or {}, tests or {}, choose
        self.running: list[Task] = []
        self.log: list[tuple[str, Task]] = []
        self.most = 0
        self.cancelled = False
        self.now = 0.0

    def shortcut(self, task):
        return Outcome(State.CACHED) if task.id in self.cached else None

    def start(self, task, attempt):
        self.running.append(task)
        self.most = max(self.most, len(self.running))
        self.log.append(("start", task))

    def wait(self, seconds):
        if seconds is not None and not self.running:
            self.now += seconds
            return []
        assert self.running, "waits for nothing"
        task = self.running.pop(self.choose(len(self.running)))
        self.log.append(("end", task))
        if self.cancelled:
            return [(task, Outcome(State.CANCELLED))]
        left = self.fail.get(str(task), 0)
        if left:
            self.fail[str(task)] = left - 1
            return [(task, Outcome(State.FAILED, Failure("user", "ValueError", "no")))]
        return [(task, Outcome(State.COMPLETED))]

    def cancel(self):
        self.cancelled = True

    def count(self, control):
        found = self.counts[control.id]
        if isinstance(found, Exception):
            raise found
        return found

    def holds(self, control, index):
        return self.tests[control.id, index]


class Quiet:
    def __init__(self):
        self.retries = []

    def started(self, task, attempt): ...

    def retrying(self, task, attempt, outcome, delay):
        self.retries.append((str(task), attempt, delay))

    def finished(self, task, outcome): ...

    def opened(self, control, count): ...


def run(plan, engine, jobs=2, listener=None, in_order=False):
    scheduler = Scheduler(
        Graph(plan), engine, listener or Quiet(), plan.mode, jobs, in_order=in_order, clock=lambda: engine.now
    )
    return {str(task): outcome.state.value for task, outcome in scheduler.run().items()}


def step(id, *after, **options):
    return Step(id, f"m:{id}", after=after, **options)


def abcd(mode):
    """a fails; b needs a; c is independent; d needs c."""
    return Pipeline("n/p", [step("a"), step("c"), step("b", "a"), step("d", "c")], mode=mode)


def test_after_a_failure_independent_steps_go_on():
    states = run(abcd("continue_on_failure"), FakeEngine({"a": 1}), jobs=1)
    assert states == {"a": "failed", "b": "blocked", "c": "completed", "d": "completed"}


def test_stop_on_failure_lets_running_steps_end_and_starts_nothing():
    states = run(abcd("stop_on_failure"), FakeEngine({"a": 1}), jobs=2)
    assert states == {"a": "failed", "b": "blocked", "c": "completed", "d": "not run"}


def test_fail_fast_ends_running_steps():
    states = run(abcd("fail_fast"), FakeEngine({"a": 1}), jobs=2)
    assert states == {"a": "failed", "b": "blocked", "c": "cancelled", "d": "not run"}


def test_retries_wait_for_the_delay_times_the_backoff():
    """The default backoff of 0 makes the second wait and later ones 0."""
    for backoff, waits in ((0, [1.5, 0.0, 0.0]), (2, [1.5, 3.0, 6.0])):
        listener, engine = Quiet(), FakeEngine({"a": 3})
        plan = Pipeline("n/p", [step("a", retries=3, retry_delay=1.5, retry_backoff=backoff)])
        assert run(plan, engine, listener=listener) == {"a": "completed"}
        assert [delay for _, _, delay in listener.retries] == waits
        assert engine.now == sum(waits)


def test_a_step_fails_after_its_last_retry():
    listener, engine = Quiet(), FakeEngine({"a": 9})
    assert run(Pipeline("n/p", [step("a", retries=2)]), engine, listener=listener) == {"a": "failed"}
    assert len([one for one in engine.log if one[0] == "start"]) == 3


def test_other_steps_run_while_one_waits_for_its_retry():
    engine = FakeEngine({"a": 1})
    plan = Pipeline("n/p", [step("a", retries=1, retry_delay=60), step("b")])
    assert set(run(plan, engine, jobs=1).values()) == {"completed"}
    assert [str(task) for what, task in engine.log if what == "start"] == ["a", "b", "a"]


def test_a_cached_step_takes_no_slot():
    plan = Pipeline("n/p", [step("slow"), step("a"), step("b", "a")])
    engine = FakeEngine(cached={"a", "b"})
    states = run(plan, engine, jobs=1)
    assert states == {"slow": "completed", "a": "cached", "b": "cached"}
    assert [task.id for _, task in engine.log] == ["slow", "slow"]


def test_the_longest_chain_goes_first_and_in_order_the_plan_decides():
    plan = Pipeline("n/p", [step("short"), step("long"), step("end", "long")])
    for in_order, first in ((False, "long"), (True, "short")):
        engine = FakeEngine()
        run(plan, engine, jobs=1, in_order=in_order)
        assert engine.log[0][1].id == first


def mapped(**options):
    return Pipeline(
        "n/p",
        [
            step("load"),
            Step("fit", "m:fit"),
            Step("score", "m:score", inputs={"model": ("fit", "output")}),
            Step("best", "m:best", inputs={"scores": ("score", "output")}),
        ],
        controls=[Map("map_fit", {"part": ("load", "parts")}, ["fit", "score"])],
        **options,
    )


def test_a_map_runs_its_body_for_each_element_and_gathers():
    engine = FakeEngine(counts={"map_fit": 3}, choose=lambda n: n - 1)
    states = run(mapped(), engine, jobs=4)
    assert {k: v for k, v in states.items() if "[" in k} == {
        f"{s}[{i}]": "completed" for s in ("fit", "score") for i in range(3)
    }
    started = [str(task) for what, task in engine.log if what == "start"]
    assert started[0] == "load" and started[-1] == "best" and len(started) == 8


def test_a_map_over_nothing_gathers_nothing():
    engine = FakeEngine(counts={"map_fit": 0})
    states = run(mapped(), engine)
    assert states["best"] == "completed" and states["fit"] == "completed"
    assert [task.id for what, task in engine.log if what == "start"] == ["load", "best"]


def test_a_failed_element_blocks_its_own_chain_and_the_gathering():
    states = run(mapped(), FakeEngine({"fit[1]": 1}, counts={"map_fit": 3}), jobs=4)
    assert (states["score[1]"], states["score[0]"], states["best"]) == ("blocked", "completed", "blocked")


def test_a_map_that_cannot_be_counted_fails():
    states = run(mapped(), FakeEngine(counts={"map_fit": ConfigurationFault("not a sequence")}))
    assert (states["map_fit"], states["fit"], states["best"]) == ("failed", "blocked", "blocked")


def conditional(**options):
    return Pipeline(
        "n/p",
        [
            step("score"),
            step("deploy"),
            step("alert"),
            Step("report", "m:r", inputs={"d": ("deploy", "output")}),
            step("clean", "deploy", "alert"),
        ],
        controls=[If("if_1", Test("score > 0.5", {"score": ("score", "output")}), ["deploy"], ["alert"])],
        **options,
    )


@pytest.mark.parametrize("holds", [True, False])
def test_a_condition_opens_one_branch(holds):
    """What needs data of the other branch is skipped too; what only comes after it runs."""
    states = run(conditional(), FakeEngine(tests={("if_1", None): holds}))
    taken, other = ("deploy", "alert") if holds else ("alert", "deploy")
    assert (states[taken], states[other]) == ("completed", "skipped")
    assert states["report"] == ("completed" if holds else "skipped")
    assert states["clean"] == "completed"


def test_a_condition_in_a_map_decides_for_each_element():
    plan = Pipeline(
        "n/p",
        [
            step("load"),
            Step("fit", "m:f"),
            Step("keep", "m:k", inputs={"m": ("fit", "output")}),
            Step("all", "m:a", inputs={"ms": ("keep", "output")}),
        ],
        controls=[
            Map("map_1", {"x": ("load", "xs")}, ["fit", "if_1"]),
            If("if_1", Test("fit", {"fit": ("fit", "output")}), ["keep"]),
        ],
    )
    engine = FakeEngine(counts={"map_1": 3}, tests={("if_1", 0): True, ("if_1", 1): False, ("if_1", 2): True})
    states = run(plan, engine, jobs=3)
    assert [states[f"keep[{i}]"] for i in range(3)] == ["completed", "skipped", "completed"]
    assert states["all"] == "completed"


def test_a_failed_test_blocks_both_branches():
    engine = FakeEngine({"score": 1}, tests={("if_1", None): True})
    states = run(conditional(), engine)
    assert {states[x] for x in ("deploy", "alert", "report", "clean", "if_1")} == {"blocked"}


def test_a_cycle_is_refused_with_its_steps():
    with pytest.raises(ConfigurationFault, match="'a', 'b'"):
        Graph(Pipeline("n/p", [step("a", "b"), step("b", "a"), step("c")]))


def test_a_reference_to_nothing_is_refused():
    with pytest.raises(ConfigurationFault, match="'gone'"):
        Pipeline("n/p", [Step("a", "m:a", inputs={"x": ("gone", "output")})])


@st.composite
def dags(draw):
    """Steps with edges to earlier ones only, listed in any order."""
    count = draw(st.integers(1, 12))
    edges = {i: sorted(draw(st.sets(st.integers(0, i - 1), max_size=4))) if i else [] for i in range(count)}
    order = draw(st.permutations(range(count)))
    kinds = {i: draw(st.booleans()) for i in range(count)}
    steps = [
        Step(f"s{i}", "m:f", inputs={f"x{j}": (f"s{j}", "output") for j in edges[i]})
        if kinds[i]
        else Step(f"s{i}", "m:f", after=[f"s{j}" for j in edges[i]])
        for i in order
    ]
    failing = draw(st.sets(st.integers(0, count - 1), max_size=2))
    cached = draw(st.sets(st.integers(0, count - 1), max_size=3)) - failing
    return steps, edges, failing, cached


@settings(max_examples=150, deadline=None)
@given(
    dag=dags(),
    jobs=st.integers(1, 5),
    mode=st.sampled_from(["continue_on_failure", "stop_on_failure", "fail_fast"]),
    choices=st.lists(st.integers(0, 100), max_size=30),
)
def test_any_dag_runs_each_step_at_most_once_and_after_what_it_needs(dag, jobs, mode, choices):
    steps, edges, failing, cached = dag
    pending = list(choices)
    engine = FakeEngine(
        {f"s{i}": 1 for i in failing},
        cached={f"s{i}" for i in cached},
        choose=lambda n: (pending.pop() if pending else 0) % n,
    )
    states = run(Pipeline("n/p", steps, mode=mode), engine, jobs=jobs)
    assert engine.most <= jobs
    started = [task.id for what, task in engine.log if what == "start"]
    assert len(started) == len(set(started))
    for i, upstream in edges.items():
        for j in upstream:
            if states[f"s{j}"] not in ("completed", "cached"):
                assert states[f"s{i}"] in ("blocked", "not run")
            if f"s{i}" in started and states[f"s{j}"] == "completed":
                assert engine.log.index(("end", Task(f"s{j}"))) < engine.log.index(("start", Task(f"s{i}")))
    if mode == "continue_on_failure":
        reached = {f"s{i}" for i in edges if states[f"s{i}"] in ("completed", "cached", "failed")}
        blocked = set()
        for i in sorted(edges):
            if any(j in failing or j in blocked for j in edges[i]):
                blocked.add(i)
        assert {f"s{i}" for i in blocked} == {f"s{i}" for i in edges} - reached
