"""What a run left in ML Metadata, and how the driver of a later task finds it there, as KFP 2.17 does it.

backend/src/v2/metadata/client.go (`GetExecutionsInDAG`, `GetInputArtifactsByExecutionID`, `UpdateDAGExecutionsState`)
and backend/src/v2/driver/resolve.go (`resolveUpstreamParameters`, `resolveUpstreamArtifacts`, `CollectInputs`,
`GetProducerTask`), with what they lose: of a list of artifacts that enters a DAG one is left, what nested loops made is
one flat list, what an empty loop made can't be taken, and a branch without a task that ran doesn't count as complete.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Json = Any
Value = Any
DONE = ("COMPLETE", "CACHED")


class DriverFault(Exception):
    """The driver of a task ends with an error, and so does the run."""


@dataclass
class Artifact:
    """An artifact as MLMD keeps it; `type` is the schema that it was recorded with."""

    id: int
    uri: str
    type: str
    metadata: dict[str, Value] = field(default_factory=dict)
    in_workspace: bool = False

    def runtime(self) -> Json:
        """The RuntimeArtifact that a task gets: the name is the id, the type is lost."""
        metadata = self.metadata | ({"_kfp_workspace": True} if self.in_workspace else {})
        return {"name": str(self.id), "type": {"instanceSchema": ""}, "uri": self.uri, "metadata": metadata}


@dataclass
class Execution:
    """A task that its driver has begun, or a DAG; `index` of an iteration, `count` of a loop."""

    id: int
    kind: Literal["dag", "container", "importer"]
    task: str
    parent: Execution | None = None
    index: int | None = None
    count: int | None = None
    total: int = 0
    state: str = "RUNNING"
    inputs: dict[str, Value] = field(default_factory=dict)
    received: list[tuple[str, Artifact]] = field(default_factory=list)
    sends: Mapping[str, Json] = field(default_factory=dict)  # a DAG's outputs: `parameters` and `artifacts`
    outputs: dict[str, Value] = field(default_factory=dict)
    made: dict[str, Artifact] = field(default_factory=dict)
    children: list[Execution] = field(default_factory=list)

    @property
    def key(self) -> str:
        """How the driver calls it."""
        assert self.parent is not None
        index = self.index if self.index is not None else self.parent.index
        return named(self.task, self.parent.id) + ("" if index is None else f"_idx_{index}")

    @property
    def path(self) -> str:
        """The tasks from the root to here, and the number of each iteration: `loop/1/square`."""
        if self.parent is None:
            return ""
        own = self.task if self.index is None else str(self.index)
        return f"{self.parent.path}/{own}".lstrip("/")

    def artifacts(self) -> dict[str, list[Artifact]]:
        """The artifacts that a DAG was given, as its tasks see them: one of each name, and each under one name."""
        name_of = {artifact.id: name for name, artifact in self.received}
        found = sorted({artifact.id: artifact for _, artifact in self.received}.values(), key=lambda one: one.id)
        return {name_of[artifact.id]: [artifact] for artifact in found}

    def within(self) -> Iterator[Execution]:
        """Itself and all below it."""
        yield self
        for child in self.children:
            yield from child.within()


def recorded(received: list[tuple[str, Artifact]]) -> None:
    """`CreateExecution`: MLMD keeps one event of a kind for an artifact and an execution, and refuses another one."""
    name_of: dict[int, str] = {}
    for name, artifact in received:
        if artifact.id in name_of:
            raise DriverFault(f"AlreadyExists: {name_of[artifact.id]} and {name} are one artifact")
        name_of[artifact.id] = name


def named(task: str, dag: int) -> str:
    """`GetTaskNameWithDagID`."""
    return f"{task}_{dag}"


def tasks_below(dag: Execution) -> dict[str, Execution]:
    """`getDAGTasks`: all executions of a DAG and of those in it."""
    found: dict[str, Execution] = {}
    for child in dag.children:
        if child.key in found:
            raise DriverFault(f"two tasks have the same task name {child.key!r}")
        found[child.key] = child
    for child in dag.children:
        if child.kind == "dag":
            found |= tasks_below(child)
    return found


def update_states(dag: Execution | None) -> None:
    """`UpdateDAGExecutionsState`, which launchers alone call: a DAG is complete when as many tasks are as it has."""
    while dag is not None:
        expected = dag.count if dag.count is not None else dag.total
        if not expected and dag.count is None:
            return
        states = [child.state for child in dag.children]
        if sum(state in (*DONE, "CANCELED") for state in states) == expected:
            dag.state = "COMPLETE"
        elif "FAILED" in states:
            dag.state = "FAILED"
        else:
            return
        dag = dag.parent


@dataclass
class Upstream:
    """The driver's search for the output `output` of `task`, for a task in `dag`."""

    dag: Execution
    artifact: bool

    def find(self, task: str, output: str) -> Value | list[Artifact]:
        """The value, or the list of artifacts; of a loop the list of values."""
        self.tasks = tasks_below(self.dag)
        name = named(task, self.dag.id) + ("" if self.dag.index is None else f"_idx_{self.dag.index}")
        current = self._task(name)
        while current.kind == "dag":
            if not self.artifact and "parameters" not in current.sends:
                raise DriverFault(f"task, {current.task}, does not have a parameter_producer_task custom property")
            if _iterations(current) > 0:
                return self._collect(name, output)
            name, output = self._producer(current, name, output)
            current = self._task(name)
        if self.artifact:
            return [self._made(current, output)]
        return current.outputs.get(output)

    def _task(self, name: str) -> Execution:
        if name not in self.tasks:
            raise DriverFault(f"producer task, {name}, not in tasks")
        return self.tasks[name]

    def _made(self, execution: Execution, output: str) -> Artifact:
        if output not in execution.made:
            raise DriverFault(f"cannot find output artifact key {output!r} in producer task {execution.task!r}")
        return execution.made[output]

    def _collect(self, loop: str, output: str) -> list[Any]:
        """`CollectInputs`: breadth first, down to the containers, whatever lies between."""
        found: list[Any] = []
        waiting, before, previous, sub = [loop], self._task(loop).task, output, ""
        while waiting:
            current = self._task(waiting.pop(0))
            if current.task == before:
                output = previous
            before, previous = current.task, output
            sub, output = self._producer(current, sub, output)
            if current.kind == "container":
                found.append(self._made(current, output) if self.artifact else current.outputs.get(output))
            elif current.kind == "importer":
                raise DriverFault(f"{current.task}: an importer in a loop can't be collected")
            elif current.count is None:
                waiting.append(sub if current.index is None else f"{sub}_idx_{current.index}")
            else:
                waiting += [f"{named(current.task, current.id)}_idx_{index}" for index in range(current.count)]
        return found

    def _producer(self, dag: Execution, sub: str, output: str) -> tuple[str, str]:
        """`GetProducerTask`: which task of a DAG gives its output, and as what."""
        kind = "artifacts" if self.artifact else "parameters"
        if kind not in dag.sends:
            return sub, output
        if output not in dag.sends[kind]:
            raise DriverFault(f"output key {output!r} not found in parent task {dag.task!r}")
        ways = selectors(dag.sends[kind][output])
        if len(ways) > 1 or "valueFromOneof" in dag.sends[kind][output]:
            ways = [way for way in ways if self._state(dag, way[0]) in DONE]
            if not ways:
                raise DriverFault(f"processing OneOf: No successful task found for {output!r} in {dag.task!r}")
        return named(ways[0][0], dag.id), ways[0][1]

    def _state(self, dag: Execution, task: str) -> str:
        found = self.tasks.get(named(task, dag.id))
        return found.state if found else ""


def selectors(output: Json) -> list[tuple[str, str]]:
    """The task and its output that a DAG's output comes from; several of a OneOf."""
    ways = output.get("artifactSelectors") or output.get("valueFromOneof", {}).get("parameterSelectors")
    ways = ways or [output["valueFromParameter"]]
    return [(way["producerSubtask"], way.get("outputArtifactKey") or way.get("outputParameterKey")) for way in ways]


def _iterations(execution: Execution) -> int:
    """`getParallelForIterationCount`."""
    if execution.count is not None:
        return execution.count
    return (execution.parent and execution.parent.count) or 0
