"""Decides what runs when. Knows nothing of processes, stores or displays: an `Engine` does the work.

A task is an invocation, or, in a map, one element of it. The task (id, None) of a mapped invocation stands for all its
elements: it is done when they are. Controls are tasks too, that open others.
"""

from __future__ import annotations

import enum
import heapq
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from zencompile_runtime.errors import ConfigurationFault, Failure, Fault
from zencompile_runtime.runner.graph import CHOICE, DATA, ORDER, OTHERWISE, THEN, Graph, Node
from zencompile_runtime.runner.plan import If, Map, Step

ELEMENT = "element"  # from an element of a map to the task that stands for all of them


class Task(NamedTuple):
    """One thing to run: an invocation, and which element of its map."""

    id: str
    index: int | None = None  # type: ignore[assignment]  # hides the method of tuples, which nobody asks for here

    def __str__(self) -> str:
        return self.id if self.index is None else f"{self.id}[{self.index}]"


class State(enum.Enum):
    """How a task ended."""

    COMPLETED = "completed"
    CACHED = "cached"  # outputs of an earlier run, by the cache
    REUSED = "reused"  # outputs of the run that is resumed, or that --only and --from build on
    FAILED = "failed"
    BLOCKED = "blocked"  # something that it needs failed
    SKIPPED = "skipped"  # in the branch of a condition that isn't taken
    CANCELLED = "cancelled"  # ended while it ran
    NOT_RUN = "not run"  # never started: the run stopped before

    @property
    def good(self) -> bool:
        """Whether its outputs are there."""
        return self in _GOOD


_GOOD = frozenset({State.COMPLETED, State.CACHED, State.REUSED})


@dataclass
class Outcome:
    """What came of an attempt. `seconds` is its wall time, `retry` whether another attempt could go better. `cause` is
    what kept a task from running: a step that failed, a condition that doesn't hold.
    """

    state: State
    failure: Failure | None = None
    seconds: float = 0.0
    retry: bool = True
    result: Any = None
    cause: Task | None = field(default=None, compare=False)


class Engine(Protocol):
    """What does the scheduler's work."""

    def shortcut(self, task: Task) -> Outcome | None:
        """The outcome, if it can be had without running the task."""

    def start(self, task: Task, attempt: int) -> None:
        """Begin an attempt; its outcome comes from `wait`."""

    def wait(self, seconds: float | None) -> list[tuple[Task, Outcome]]:
        """Outcomes since the last call; none after this many seconds, or when `Scheduler.stop` was called meanwhile."""

    def cancel(self) -> None:
        """End everything that runs; the outcomes still come from `wait`."""

    def count(self, control: Map) -> int:
        """How many elements a map has; raises Fault."""

    def holds(self, control: If, index: int | None) -> bool:
        """Whether a condition holds; raises Fault."""


class Listener(Protocol):
    """Who wants to know."""

    def started(self, task: Task, attempt: int) -> None:
        """An attempt begins."""

    def retrying(self, task: Task, attempt: int, outcome: Outcome, delay: float) -> None:
        """An attempt failed, and another one will follow after `delay` seconds."""

    def finished(self, task: Task, outcome: Outcome) -> None:
        """A task is over."""

    def opened(self, control: str, count: int) -> None:
        """A map has so many elements."""


@dataclass
class _Task:
    """What the scheduler knows of a task that isn't over."""

    waiting: int = 0
    verdict: State | None = None  # what it becomes instead of running
    cause: Task | None = None  # and for which one's sake
    dependents: list[tuple[Task, str]] = field(default_factory=list)
    attempt: int = 0
    delay: float = 0.0  # seconds before the latest retry
    failed: Outcome | None = None  # of the latest attempt


class Scheduler:
    """Runs the tasks of a graph in an order that its edges allow, at most `jobs` at once.

    After a failure, what depends on it is blocked. Then `continue_on_failure` goes on with the rest, `stop_on_failure`
    lets what runs end and starts nothing, `fail_fast` ends what runs. Of what is ready, the start of the longest chain
    goes first, then the plan's order; with `in_order` the plan's order alone.
    """

    def __init__(
        self,
        graph: Graph,
        engine: Engine,
        listener: Listener,
        mode: str = "continue_on_failure",
        jobs: int = 1,
        in_order: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.graph, self.engine, self.listener, self.mode, self.jobs = graph, engine, listener, mode, jobs
        self.outcomes: dict[Task, Outcome] = {}
        self.stopped = False
        self.on_queued: Callable[[Task], None] = lambda task: (
            None
        )  # hears of each that waits for nothing but a free job
        self._in_order, self._clock = in_order, clock
        self._tasks: dict[Task, _Task] = {}
        self._arrived: deque[Task] = deque()  # whose upstream is done: to be looked up, opened or queued
        self._ready: list[tuple[int, int, int, Task]] = []
        self._delayed: list[tuple[float, Task]] = []
        self._running: set[Task] = set()
        self._queued: list[Task] = []  # that are ready since the listener last heard of such

    def run(self) -> dict[Task, Outcome]:
        """Run to the end; the outcome of every task, controls and elements of maps included."""
        self._create([Task(node.id) for node in self.graph.nodes.values()])
        while True:
            self._advance()
            if not self._running and (not self._delayed or self.stopped):
                break
            for task, outcome in self.engine.wait(self._patience()):
                self._finish(task, outcome)
        self._give_up()
        return self.outcomes

    def _give_up(self) -> None:
        """Settle what a stopped run leaves, what comes first first."""
        order = {id: position for position, id in enumerate(self.graph.order)}
        for task in sorted(self._tasks, key=lambda task: order[task.id]):
            known = self._tasks[task]
            self._settle(task, known.failed or Outcome(known.verdict or State.NOT_RUN, cause=known.cause))

    def stop(self, cancel: bool) -> None:
        """Start nothing more; with `cancel`, end what runs."""
        self.stopped = True
        if cancel:
            self.engine.cancel()

    # -- from waiting to running ---------------------------------------------------------------------------------------

    def _create(self, tasks: list[Task]) -> None:
        for task in tasks:
            self._tasks[task] = _Task()
        for task in tasks:
            for upstream, kind in self._edges(task):
                self._connect(upstream, task, kind)
        for task in tasks:
            if not self._tasks[task].waiting:
                self._arrived.append(task)

    def _edges(self, task: Task) -> list[tuple[Task, str]]:
        """What a task waits for. An element of a map waits for its own kind inside the map, for all of a thing
        outside.
        """
        node = self.graph.nodes[task.id]
        if node.map is not None and task.index is None:
            return [(Task(node.map), DATA)]  # and for its elements, once the map is opened
        edges = []
        for id, kind in node.edges.items():
            inside = node.map is not None and self.graph.nodes[id].map == node.map
            edges.append((Task(id, task.index if inside else None), kind))
        return edges

    def _connect(self, upstream: Task, task: Task, kind: str) -> None:
        done = self.outcomes.get(upstream)
        if done is not None:
            self._inform(task, kind, done, upstream)
        else:
            self._tasks[upstream].dependents.append((task, kind))
            self._tasks[task].waiting += 1

    def _inform(self, task: Task, kind: str, upstream: Outcome, cause: Task) -> None:
        """Note what the end of something upstream means for a task."""
        known = self._tasks[task]
        before = known.verdict
        self._judge(known, kind, upstream)
        if known.verdict is not before:
            known.cause = upstream.cause or cause

    @staticmethod
    def _judge(known: _Task, kind: str, upstream: Outcome) -> None:
        if upstream.state.good:
            if kind in (THEN, OTHERWISE) and upstream.result is not (kind == THEN):
                known.verdict = known.verdict or State.SKIPPED
        elif upstream.state is State.SKIPPED:
            if kind not in (ORDER, CHOICE, ELEMENT):
                known.verdict = known.verdict or State.SKIPPED
        elif upstream.state is State.NOT_RUN or upstream.state is State.CANCELLED:
            known.verdict = known.verdict or State.NOT_RUN
        else:
            known.verdict = State.BLOCKED

    def _advance(self) -> None:
        """Start what can start."""
        now = self._clock()
        while self._delayed and self._delayed[0][0] <= now and not self.stopped:
            self._queue(heapq.heappop(self._delayed)[1])
        while self._arrived and not self.stopped:
            self._arrive(self._arrived.popleft())
        while self._ready and len(self._running) < self.jobs and not self.stopped:
            task = heapq.heappop(self._ready)[-1]
            known = self._tasks[task]
            known.attempt += 1
            self._running.add(task)
            self.listener.started(task, known.attempt)
            self.engine.start(task, known.attempt)
        queued, self._queued = self._queued, []
        for task in queued:
            if task not in self._running:
                self.on_queued(task)

    def _arrive(self, task: Task) -> None:
        known, node = self._tasks[task], self.graph.nodes[task.id]
        if known.verdict is not None:
            self._settle(task, Outcome(known.verdict, cause=known.cause))
        elif not isinstance(node.what, Step):
            self._settle(task, self._open(task, node))
        elif node.map is not None and task.index is None:
            self._settle(task, Outcome(State.COMPLETED))
        else:
            outcome = self.engine.shortcut(task)
            if outcome is None:
                self._queue(task)
            else:
                self._finish(task, outcome)

    def _queue(self, task: Task) -> None:
        node = self.graph.nodes[task.id]
        height = 0 if self._in_order else -node.height
        heapq.heappush(self._ready, (height, node.position, -1 if task.index is None else task.index, task))
        self._queued.append(task)

    def _open(self, task: Task, node: Node) -> Outcome:
        if node.map is not None and task.index is None:
            return Outcome(State.COMPLETED, result=True)  # a condition in a map: its elements decide
        try:
            if isinstance(node.what, If):
                return Outcome(State.COMPLETED, result=self.engine.holds(node.what, task.index))
            assert isinstance(node.what, Map)
            count = self.engine.count(node.what)
        except Fault as fault:
            failure = Failure(fault.kind, type(fault).__name__, fault.message, location=fault.location, help=fault.help)
            self._react()
            return Outcome(State.FAILED, failure)
        self.listener.opened(node.id, count)
        body = [id for id in self.graph.order if self.graph.nodes[id].map == node.id]
        elements = [Task(id, index) for id in body for index in range(count)]
        self._create(elements)
        for element in elements:
            self._connect(element, Task(element.id), ELEMENT)
        return Outcome(State.COMPLETED, result=count)

    # -- from running to over ------------------------------------------------------------------------------------------

    def _patience(self) -> float | None:
        if self._delayed and len(self._running) < self.jobs and not self.stopped:
            return max(0.0, self._delayed[0][0] - self._clock())
        return None

    def _finish(self, task: Task, outcome: Outcome) -> None:
        self._running.discard(task)
        step = self.graph.nodes[task.id].what
        known = self._tasks[task]
        assert isinstance(step, Step)
        if outcome.state is State.FAILED and outcome.retry and known.attempt <= step.retries and not self.stopped:
            known.delay = step.retry_delay if known.attempt == 1 else known.delay * step.retry_backoff
            known.failed = outcome
            self.listener.retrying(task, known.attempt, outcome, known.delay)
            heapq.heappush(self._delayed, (self._clock() + known.delay, task))
            return
        if outcome.state is State.FAILED:
            self._react()
        self._settle(task, outcome)

    def _react(self) -> None:
        """A task failed for good: what that means for the others."""
        if self.mode != "continue_on_failure" and not self.stopped:
            self.stop(cancel=self.mode == "fail_fast")

    def _settle(self, task: Task, outcome: Outcome) -> None:
        """A task is over: tell who waits for it. No recursion, for chains are long."""
        known = self._tasks.pop(task)
        self.outcomes[task] = outcome
        self.listener.finished(task, outcome)
        for dependent, kind in known.dependents:
            other = self._tasks.get(dependent)
            if other is None:  # settled already: the run was stopped
                continue
            self._inform(dependent, kind, outcome, task)
            other.waiting -= 1
            if not other.waiting:
                self._arrived.append(dependent)


def check_step(graph: Graph, id: str) -> None:
    """Raise ConfigurationFault if `id` is no step of the plan."""
    if id in graph.nodes and isinstance(graph.nodes[id].what, Step):
        return
    import difflib

    steps = [node.id for node in graph.nodes.values() if isinstance(node.what, Step)]
    near = difflib.get_close_matches(id, steps, 1)
    help = f"did you mean {near[0]!r}?" if near else f"its steps: {', '.join(steps)}"
    raise ConfigurationFault(f"the pipeline has no step {id!r}", help=help)
