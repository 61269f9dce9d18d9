"""The DAGs of a pipeline: the root, and one for each loop, each branch of a condition and each group of steps.

KFP lets a task see its own DAG alone. What comes from further out enters every DAG on its way as an input of the
component that holds it; what a loop makes leaves as an output of that component, as a list, and what a DAG makes that
always runs leaves as it is. The names of both follow the SDK's `pipelinechannel--…`, by which its local runner finds
the producer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from zencompile_kubeflow.model import (
    Artifact,
    Component,
    Constant,
    Dag,
    Enclosing,
    Iteration,
    OneOf,
    ParameterInput,
    ParameterOutput,
    Source,
    Task,
    Upstream,
)
from zencompile_kubeflow.values import STRING

_OWN_NAME = "zencompile-id"


class Leaves(Exception):
    """An output is used outside a branch that may not run."""


@dataclass(eq=False)
class Scope:
    """A DAG under construction. `task` is the name of the task that runs it, empty for the root.

    `arms` says that they are the arms of a branch, of which one at most runs, and steps beside them that hand on what
    it leaves; an `arm` gives its outputs to these alone. One that is `plain` runs once, without a condition, wherever
    the DAG around it runs.
    """

    task: str = ""
    parent: Scope | None = None
    loop: bool = False
    arms: bool = False
    arm: bool = False
    plain: bool = False
    tasks: dict[str, Task | Scope] = field(default_factory=dict)
    after: dict[str, None] = field(default_factory=dict)
    parameters: dict[str, tuple[ParameterInput, Source]] = field(default_factory=dict)
    artifacts: dict[str, tuple[Artifact, Source]] = field(default_factory=dict)
    outputs: dict[str, tuple[Artifact, Upstream | OneOf]] = field(default_factory=dict)
    merges: dict[str, str] = field(default_factory=dict)  # what its arms leave → the name of the output
    results: dict[str, tuple[ParameterOutput, Upstream]] = field(default_factory=dict)
    condition: str = ""
    reads: dict[str, tuple[ParameterInput, Source]] = field(default_factory=dict)  # what its condition reads
    iteration: Iteration | None = None

    def outwards(self) -> Iterator[Scope]:
        """This scope and those around it."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    @property
    def component(self) -> str:
        """The name of the scope's component."""
        return f"comp-{self.task}"

    # -- what crosses a border -----------------------------------------------------------------------------------------

    def artifact(
        self, producer: Scope, made: Artifact, task: str, beside: ParameterOutput | None = None
    ) -> tuple[Artifact, Source]:
        """How a task in this scope sees the output `made` of `task`, which lies in `producer`.

        The parameter `beside` it leaves DAGs that always run together with it, for people to see. Raises Leaves.
        """
        source = Upstream(task, made.name)
        shown = Upstream(task, beside.name) if beside else None
        around = list(self.outwards())
        while producer not in around:
            made, source = producer.give(made, source)
            shown = producer._give_parameter(beside.type, shown) if beside and shown and producer.plain else None
            if producer.arm and producer.parent is not self:
                raise Leaves
            producer = producer.parent or producer
        return self._artifact_from(producer, made, source)

    def give(self, made: Artifact, source: Upstream) -> tuple[Artifact, Upstream]:
        """An output of a task in this DAG as an output of the DAG. Raises Leaves."""
        if not (self.plain or self.arm) and (not self.loop or made.many):
            raise Leaves
        name = f"{source.task}--{source.output}"
        self.outputs[name] = (Artifact(name, made.type, many=self.loop or made.many), source)
        return self.outputs[name][0], Upstream(self.task, name)

    def _give_parameter(self, kind: str, source: Upstream) -> Upstream:
        if not self.plain:
            raise Leaves
        name = f"{source.task}--{source.output}"
        self.results[name] = (ParameterOutput(name, kind), source)
        return Upstream(self.task, name)

    def _artifact_from(self, home: Scope, made: Artifact, source: Upstream) -> tuple[Artifact, Source]:
        if home is self or self.parent is None:
            return made, source
        outer, outer_source = self.parent._artifact_from(home, made, source)
        name = f"pipelinechannel--{source.task}--{source.output}"
        entering = Artifact(name, outer.type, outer.many)
        self.artifacts.setdefault(name, (entering, outer_source))
        return entering, Enclosing(name)

    def sees(self, home: Scope) -> bool:
        """Whether a task in this scope can have single values of `home`: it lies around this one, or always runs."""
        around = list(self.outwards())
        while home.plain and home.parent is not None and home not in around:
            home = home.parent
        return home in around

    def parameter(self, wanted: ParameterInput, home: Scope, source: Source) -> Source:
        """How a task in this scope sees a parameter that `source` gives in the scope `home`. Raises Leaves."""
        around = list(self.outwards())
        while home.parent is not None and home not in around and not isinstance(source, Constant):
            inner = home
            home = home.parent
            if isinstance(source, Upstream):
                source = inner._give_parameter(wanted.type, source)
            else:
                source = inner.parameters[source.name][1]
        return self._parameter_from(wanted, home, source)

    def _parameter_from(self, wanted: ParameterInput, home: Scope, source: Source) -> Source:
        if home is self or self.parent is None or isinstance(source, Constant):
            return source
        if isinstance(source, Upstream):
            key = f"{source.task}-Output" if source.output == "Output" else f"{source.task}--{source.output}"
        else:
            key = source.name.removeprefix("pipelinechannel--")
        name = f"pipelinechannel--{key}"
        outer = self.parent._parameter_from(wanted, home, source)
        self.parameters.setdefault(name, (ParameterInput(name, wanted.type), outer))
        return Enclosing(name)

    def order(self, other: Scope, upstream: str, task: str | None) -> tuple[Scope, str | None, str]:
        """Where `task` in this scope can wait for `upstream` in `other`: the common scope and the two names there."""
        around = list(self.outwards())
        while other not in around:
            upstream, other = other.task, other.parent or other
        scope = self
        while scope is not other and scope.parent is not None:
            task, scope = scope.task, scope.parent
        return other, task, upstream

    # -- finished ------------------------------------------------------------------------------------------------------

    @property
    def _entering(self) -> dict[str, tuple[ParameterInput, Source]]:
        """The parameters that the DAG is given: one at least.

        To a task of a DAG without any the SDK's local runner gives no artifacts either (kfp/local/orchestrator,
        task_spec_utils.py: build_nested_dag_arguments).
        """
        if self.parameters or not self.artifacts:
            return self.parameters
        return {_OWN_NAME: (ParameterInput(_OWN_NAME, STRING), Constant(self.task))}

    def frozen(self) -> Dag:
        """The DAG, once everything is in it."""
        tasks = tuple(entry.as_task() if isinstance(entry, Scope) else entry for entry in self.tasks.values())
        return Dag(
            tasks,
            {name: source for name, (_, source) in self.outputs.items()},
            {name: source for name, (_, source) in self.results.items()},
        )

    def as_task(self) -> Task:
        """The task that runs this scope."""
        item = self.iteration.item if self.iteration else None
        parameters = {name: source for name, (_, source) in self._entering.items() if name != item}
        artifacts = {name: source for name, (_, source) in self.artifacts.items()}
        upstream = [s.task for s in (*parameters.values(), *artifacts.values()) if isinstance(s, Upstream)]
        return Task(
            name=self.task,
            title=self.task,
            component=self.component,
            parameters=parameters,
            artifacts=artifacts,
            after=tuple(dict.fromkeys([*upstream, *self.after])),
            condition=self.condition,
            iteration=self.iteration,
        )

    def as_component(self) -> Component:
        """The component of this scope."""
        return Component(
            name=self.component,
            parameters=tuple(entry for entry, _ in self._entering.values()),
            artifacts=tuple(entry for entry, _ in self.artifacts.values()),
            output_parameters=tuple(entry for entry, _ in self.results.values()),
            output_artifacts=tuple(entry for entry, _ in self.outputs.values()),
            dag=self.frozen(),
        )

    def nested(self) -> Iterator[Scope]:
        """The scopes inside this one, the inner ones after those that hold them."""
        for entry in self.tasks.values():
            if isinstance(entry, Scope):
                yield entry
                yield from entry.nested()
