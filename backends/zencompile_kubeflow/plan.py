"""What is decided before any task is built: names, and how inputs and outputs of a step travel.

Nothing here depends on other invocations of a step, or on who reads its outputs: KFP's cache compares the inputs, the
outputs and the arguments of a task (`GenerateCacheKey` of `backend/src/v2/cacheutils/cache.go`), so that an edit
elsewhere would make it run again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zencompile.ir import Input, Invocation, Literal, ParameterRef, Pipeline, Type
from zencompile_kubeflow import names
from zencompile_kubeflow.outputs import Made, interface
from zencompile_kubeflow.texts import json_text
from zencompile_kubeflow.values import STRING, RunParameter, native, run_parameter
from zencompile_templates.names import Namespace

Json = Any

_ANY = Type.model_construct(name="any")


@dataclass(frozen=True)
class Way:
    """How an input travels: the KFP type, and the leaf by which the runtime reads it."""

    type: str
    leaf: str

    def constant(self, value: Json, kind: Type) -> Json:
        """A literal as it travels this way."""
        found = native(value, kind) if self.leaf == "from" else None
        return json_text(value) if found is None else found[1]


@dataclass
class Plan:
    """The decisions, by keys of the IR."""

    runs: dict[str, RunParameter]
    outputs: dict[str, dict[str, Made]]  # step → its output
    inputs: dict[str, dict[str, Input]]  # step → its input
    tasks: dict[str, str]  # invocation → task
    names: Namespace

    def kind(self, step: str, name: str) -> Type:
        """The annotation of a step's input."""
        found = self.inputs[step].get(name)
        return found.type if found else _ANY

    def way(self, step: str, name: str, value: Literal | ParameterRef) -> Way:
        """How a value travels to an input."""
        if isinstance(value, ParameterRef):
            run = self.runs[value.name]
            return Way(run.type, run.leaf)
        found = native(value.value, self.kind(step, name))
        return Way(found[0], "from") if found else Way(STRING, "json")


def make(pipeline: Pipeline) -> Plan:
    """The decisions for a pipeline."""
    tasks = names.namespace()
    runs = {p.name: run_parameter(p) for p in pipeline.parameters if p.bound == "runtime"}
    return Plan(
        runs=runs,
        outputs={key: interface(step) for key, step in pipeline.steps.items()},
        inputs={key: {i.name: i for i in step.inputs} for key, step in pipeline.steps.items()},
        tasks=names.of_tasks((invocation.id for invocation in pipeline.invocations), tasks),
        names=tasks,
    )


def by_step(pipeline: Pipeline) -> dict[str, list[Invocation]]:
    """The invocations of each step."""
    found: dict[str, list[Invocation]] = {}
    for invocation in pipeline.invocations:
        found.setdefault(invocation.step, []).append(invocation)
    return found


def parameter_values(pipeline: Pipeline) -> Mapping[str, Literal]:
    """Parameters that are bound at compile time, by name."""
    return {p.name: p.value for p in pipeline.parameters if p.bound == "compile" and p.value is not None}
