"""What the scheduler orders, done: reuse, cache look-ups, steps, maps and conditions of one run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from zencompile_runtime.errors import ConfigurationFault, Failure, Fault
from zencompile_runtime.manifest import Manifest
from zencompile_runtime.runner import execute, record
from zencompile_runtime.runner.graph import CHOICE, ORDER, Graph
from zencompile_runtime.runner.plan import If, Map, Pipeline, Step
from zencompile_runtime.runner.scheduler import Outcome, State, Task
from zencompile_runtime.runner.specs import Specs
from zencompile_runtime.runner.workers import Executor, outcomes
from zencompile_runtime.spec import StepSpec
from zencompile_runtime.step import StepResult
from zencompile_runtime.store import ArtifactStore
from zencompile_runtime.values import expressions

Key = tuple[str, str, "int | None"]


@dataclass
class Earlier:
    """What of earlier runs this one builds on.

    `resumed` are the entries of the run's own first part, by task; `base` is the run that gives the outputs of `given`
    steps.
    """

    resumed: Mapping[str, Mapping[str, Any]] | None = None
    base: str | None = None


class Work:
    """The scheduler's engine. `known` holds every manifest of the run.

    `here` says that steps run with this interpreter and its packages; else only they know what their cache keys are.
    """

    def __init__(
        self, plan: Pipeline, graph: Graph, specs: Specs, store: ArtifactStore, executor: Executor, earlier: Earlier
    ):
        self.plan, self.graph, self.specs, self.store, self.executor = plan, graph, specs, store, executor
        self.earlier = earlier
        self.known: dict[Key, Manifest] = {}
        self._has_outputs: set[str] = set()
        specs.ran = self._has_outputs.__contains__
        self.here = True
        self.before_first: Callable[[], Failure | None] | None = None
        self.after_wait: Callable[[], None] = lambda: None
        self._fresh: set[str] = set()  # ids of steps that ran, or were taken from the cache, in this session
        self._attempts: dict[Task, int] = {}
        self._waiting: dict[str, dict[str, bool]] = {}  # of nodes that made something, which others wait for them
        self._made: dict[str, str] = {}  # by cache key, the step that made it in this session
        self._run: set[str] = set()  # entrypoints of those steps
        self._ready: list[tuple[Task, Outcome]] = []

    # -- without running -----------------------------------------------------------------------------------------------

    def shortcut(self, task: Task) -> Outcome | None:
        """Outputs that are there already: given, of the resumed run, or in the cache."""
        try:
            if self.graph.nodes[task.id].given:
                return self._given(task)
            spec = self.specs.of(task)
            if self._resumable(task, spec):
                found = self._adopt(self.specs.settings.run, task)
                if found is not None:
                    return found
            result = execute.look_up(spec, self.known) if self.here else None
        except Fault as fault:
            return outcomes.failed(_failure(fault))
        if result is None or self._is_of_a_sibling(task, result.key):
            return None
        self._learn(task, result)
        self._fresh.add(task.id)
        return Outcome(State.CACHED, seconds=result.timings.get("total", 0.0), result=result)

    def _is_of_a_sibling(self, task: Task, key: str | None) -> bool:
        """Whether a result was made in this run by a step that this one doesn't wait for. Which of the two comes first
        is an accident, and must not decide whether both run."""
        maker = self._made.get(key or "")
        return maker is not None and maker != task.id and not self._waits_for(task.id, maker)

    def _step(self, task: Task) -> Step:
        step = self.graph.nodes[task.id].what
        assert isinstance(step, Step)
        return step

    def _waits_for(self, id: str, other: str) -> bool:
        """Whether a node waits for another in the end. What was found on the way is remembered: chains are long."""
        known = self._waiting.setdefault(other, {other: True})
        pending = [id]
        while pending:
            above = self.graph.nodes[pending[-1]].upstream
            unknown = [one for one in above if one not in known]
            if unknown and not any(known.get(one) for one in above):
                pending += unknown
            else:
                known[pending.pop()] = any(known.get(one) for one in above)
        return known[id]

    def _given(self, task: Task) -> Outcome:
        base = self.earlier.base
        if base is not None and self._may_be_missing(task.id) and self._is_missing(base, task):
            return Outcome(State.SKIPPED)
        if base is None:
            raise ConfigurationFault(f"step `{task.id}` isn't selected, and no earlier run has its outputs")
        if not self.graph.nodes[task.id].gathered:
            tasks = [task]
        else:
            tasks = [Task(task.id, index) for index in self.store.map_indices(self.plan.name, base, task.id)]
        for one in tasks:
            if self._adopt(base, one) is None:
                raise ConfigurationFault(
                    f"the run {base!r} has no complete outputs of step `{one}`", help="run it too: --from"
                )
        return Outcome(State.REUSED)

    def _may_be_missing(self, id: str) -> bool:
        """Whether a step's outputs are used where another branch may have been taken, and nowhere else."""
        kinds = {node.edges.get(id) for node in self.graph.nodes.values()} - {None, ORDER}
        return kinds == {CHOICE}

    def _is_missing(self, base: str, task: Task) -> bool:
        return self.store.record(self.plan.name, base, task.id, task.index) is None

    def _adopt(self, base: str, task: Task) -> Outcome | None:
        found = record.adopt(self.store, self.plan.name, base, self.specs.settings.run, task)
        if found is None:
            return None
        result = StepResult("cached", found)
        self._learn(task, result)
        return Outcome(State.REUSED, result=result)

    def _resumable(self, task: Task, spec: StepSpec) -> bool:
        """Whether the resumed run's outputs of a task are what this run would make."""
        entry = (self.earlier.resumed or {}).get(str(task))
        if entry is None or entry.get("status") not in record.DONE:
            return False
        earlier = self.store.record(self.plan.name, self.specs.settings.run, task.id, task.index)
        if earlier is None or earlier.get("entrypoint") != spec.entrypoint:
            return False
        if earlier.get("key") is not None and self.here:
            return execute.stands(spec, self.known, earlier)
        rerun = any(upstream in self._fresh for upstream in self.graph.nodes[task.id].upstream)
        return not rerun and earlier.get("parameters") == spec.params and entry.get("code") == execute.code_of(spec)

    # -- running -------------------------------------------------------------------------------------------------------

    def start(self, task: Task, attempt: int) -> None:
        """Begin an attempt. What keeps it from beginning is its outcome."""
        if self.before_first is not None:
            prepare, self.before_first = self.before_first, None
            failure = prepare()
            if failure is not None:
                self._ready.append((task, outcomes.failed(failure)))
                return
        self._attempts[task] = attempt
        try:
            spec = self.specs.of(task, attempt)
            if self.here and spec.entrypoint in self._run:
                key = execute.key_of(spec, self.known)
                spec = replace(spec, cache=False) if self._is_of_a_sibling(task, key) else spec
            self.executor.start(task, spec, self._known_for(spec))
        except Fault as fault:
            self._ready.append((task, outcomes.failed(_failure(fault))))

    def wait(self, seconds: float | None) -> list[tuple[Task, Outcome]]:
        """What ended."""
        if self._ready:
            found, self._ready = self._ready, []
        else:
            found = self.executor.wait(seconds)
            self.after_wait()
        for task, outcome in found:
            if outcome.result is not None:
                self._learn(task, outcome.result)
                if outcome.result.key is not None and outcome.result.status == "completed":
                    self._made.setdefault(outcome.result.key, task.id)
                    self._run.add(self._step(task).entrypoint)
            self._fresh.add(task.id)
            if outcome.failure is not None and outcome.result is None:
                self._note(task, outcome.failure)
        return found

    def cancel(self) -> None:
        """End what runs."""
        self.executor.cancel()

    def _note(self, task: Task, failure: Failure) -> None:
        try:
            attempt = self._attempts.get(task, 1)
            record.failure_record(self.store, self.plan.name, self.specs.settings.run, task, attempt, failure)
        except Fault:  # the run's own document will say what is wrong with the store
            return

    def _learn(self, task: Task, result: StepResult) -> None:
        self._has_outputs.add(task.id)
        for output, manifest in result.outputs.items():
            self.known[task.id, output, task.index] = manifest

    def _known_for(self, spec: StepSpec) -> dict[Key, Manifest]:
        """The manifests that a step's references need."""
        wanted: dict[Key, Manifest] = {}
        pending: list[Any] = list(spec.inputs.values())
        while pending:
            reference = pending.pop()
            if isinstance(reference, list) and reference and isinstance(reference[0], str):
                self._want(wanted, reference, None)
            elif isinstance(reference, list):
                pending += reference
            elif "each" in reference:
                self._want(wanted, reference["each"], spec.map_index)
            elif "gather" in reference:
                id, output = reference["gather"][:2]
                for key in self.known:
                    if key[0] == id and key[1] == output and key[2] is not None:
                        wanted[key] = self.known[key]
            elif "mapping" in reference:
                pending += reference["mapping"].values()
            elif "value" not in reference:
                pending += [reference[kind] for kind in ("over", "list") if kind in reference]
        return wanted

    def _want(self, wanted: dict[Key, Manifest], reference: list[Any], index: int | None) -> None:
        key = (reference[0], reference[1], index)
        if key in self.known:
            wanted[key] = self.known[key]

    # -- controls ------------------------------------------------------------------------------------------------------

    def count(self, control: Map) -> int:
        """How many elements a map has."""
        inputs = {name: {"over": self.specs.reference(value)} for name, value in control.over.items()}
        count = execute.count(replace(self._empty(control.id), inputs=inputs, product=control.product), self.known)
        self.specs.counts[control.id] = count
        return count

    def holds(self, control: If, index: int | None) -> bool:
        """Whether a condition holds."""
        spec = replace(self._empty(control.id), map_index=index)
        try:
            return bool(expressions.evaluate(control.test.text, _Values(self, control, spec)))
        except Fault:
            raise
        except Exception as error:
            raise ConfigurationFault(
                f"the condition `{control.text or control.id}` raises {type(error).__name__}: {error}"
            ) from error

    def _empty(self, id: str) -> StepSpec:
        settings = self.specs.settings
        return StepSpec("", id, pipeline=self.plan.name, run=settings.run, store=settings.store)


class _Values(Mapping[str, Any]):
    """What the names of a condition stand for, each loaded when it is asked for."""

    def __init__(self, work: Work, control: If, spec: StepSpec) -> None:
        self.work, self.control, self.spec = work, control, spec

    def __getitem__(self, name: str) -> Any:
        reference = self.work.specs.reference(self.control.test.values[name], self.control.id)
        return execute.value_of(self.spec, self.work.known, reference)

    def __iter__(self) -> Iterator[str]:
        return iter(self.control.test.values)

    def __len__(self) -> int:
        return len(self.control.test.values)

    def __contains__(self, name: object) -> bool:
        return name in self.control.test.values


def _failure(fault: Fault) -> Failure:
    return Failure(fault.kind, type(fault).__name__, fault.message, location=fault.location, help=fault.help)
