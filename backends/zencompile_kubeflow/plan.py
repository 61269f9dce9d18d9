"""What is decided before any task is built: names, types of artifacts, and how each input of a step travels.

A step's component is shared by its invocations, so the decision for an input looks at all of them: it is a parameter of
one KFP type where every invocation gives such a value, and JSON in a STRING where they give different ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from zencompile.ir import Input, Invocation, Literal, Output, ParameterRef, Pipeline, Step, Type, Value
from zencompile_kubeflow.model import Artifact, ParameterOutput
from zencompile_kubeflow.texts import json_text
from zencompile_kubeflow.values import INTEGER, STRING, RunParameter, native, run_parameter
from zencompile_templates.names import Namespace, dashed_name

Json = Any

_ANY = Type.model_construct(name="any")
_DATA = ("pandas.", "polars.", "pyarrow.", "numpy.", "datasets.", "pyspark.", "scipy.sparse.")
_MODELS = (
    "sklearn.",
    "torch.nn.",
    "xgboost.",
    "lightgbm.",
    "catboost.",
    "keras.",
    "tensorflow.keras.",
    "transformers.",
)
_TITLES = {"DataArtifact": "system.Dataset", "ModelArtifact": "system.Model"}


@dataclass(frozen=True)
class Way:
    """How an input travels: the KFP type, the leaf by which the runtime reads it, whether some invocations lack it."""

    type: str
    leaf: str
    optional: bool = False

    def constant(self, value: Json, kind: Type) -> Json:
        """A literal as it travels this way; ValueError if it can't."""
        if self.leaf == "json":
            return json_text(value)
        if self.leaf == "text" and not _tagged(value):
            return json_text(value)
        if self.leaf == "string" and (value is None or (isinstance(value, str) and value != "null")):
            return "null" if value is None else value
        found = native(value, kind)
        if self.leaf == "from" and found is not None and found[0] == self.type:
            return found[1]
        raise ValueError(value)


def _tagged(value: Json) -> bool:
    if isinstance(value, dict):
        return "$" in value or any(map(_tagged, value.values()))
    return isinstance(value, list) and any(map(_tagged, value))


@dataclass
class Results:
    """Output parameters that loops and conditions need of a step: KFP name → type and what the runtime writes there."""

    entries: dict[str, tuple[ParameterOutput, Json]] = field(default_factory=dict)

    def name(self, wanted: str, kind: str, what: Json) -> str:
        """The name of the output parameter that gives `what`."""
        for name, (_, present) in self.entries.items():
            if present == what:
                return name
        name = "Output" if "indices" in what and "Output" not in self.entries else wanted
        self.entries[name] = (ParameterOutput(name, kind), what)
        return name


@dataclass
class Plan:
    """The decisions, by keys of the IR."""

    runs: dict[str, RunParameter]
    ways: dict[str, dict[str, Way]]  # step → its input
    outputs: dict[str, dict[str, Artifact]]  # step → its output → the artifact
    inputs: dict[str, dict[str, Input]]  # step → its input
    tasks: dict[str, str]  # invocation → task
    names: Namespace
    results: dict[str, Results] = field(default_factory=dict)

    def kind(self, step: str, name: str) -> Type:
        """The annotation of a step's input."""
        found = self.inputs[step].get(name)
        return found.type if found else _ANY

    def way(self, step: str, name: str, value: Literal | ParameterRef) -> Way:
        """How one value travels where the step's invocations don't agree."""
        if isinstance(value, ParameterRef):
            run = self.runs[value.name]
            return Way(run.type, run.leaf)
        found = native(value.value, self.kind(step, name))
        return Way(found[0], "from") if found else Way(STRING, "json")


def make(pipeline: Pipeline) -> Plan:
    """The decisions for a pipeline."""
    names = Namespace(dashed_name, separator="-", longest=63)
    runs = {p.name: run_parameter(p) for p in pipeline.parameters if p.bound == "runtime"}
    plan = Plan(
        runs=runs,
        ways={key: {} for key in pipeline.steps},
        outputs={key: _artifacts(step) for key, step in pipeline.steps.items()},
        inputs={key: {i.name: i for i in step.inputs} for key, step in pipeline.steps.items()},
        tasks={invocation.id: names.of(invocation.id) for invocation in pipeline.invocations},
        names=names,
        results={key: Results() for key in pipeline.steps},
    )
    mapped = {(c.body[0], name) for c in pipeline.controls if c.kind == "map" and c.body for name in c.over}
    for key, invocations in by_step(pipeline).items():
        _agree(plan, key, invocations, mapped)
    return plan


def by_step(pipeline: Pipeline) -> dict[str, list[Invocation]]:
    """The invocations of each step."""
    found: dict[str, list[Invocation]] = {}
    for invocation in pipeline.invocations:
        found.setdefault(invocation.step, []).append(invocation)
    return found


def _agree(plan: Plan, step: str, invocations: list[Invocation], mapped: set[tuple[str, str]]) -> None:
    for name in dict.fromkeys(name for invocation in invocations for name in invocation.inputs):
        given = [i.inputs[name] for i in invocations if name in i.inputs]
        if any((i.id, name) in mapped for i in invocations):
            continue
        way = _common(plan, given, plan.kind(step, name))
        optional = len(given) < len(invocations)
        if optional and way is not None and (way.type, way.leaf) == (INTEGER, "from"):
            # KFP's local runner turns an integer that is not given into int(None)
            way = Way(STRING, "json") if all(isinstance(value, Literal) for value in given) else None
        if way is not None:
            plan.ways[step][name] = Way(way.type, way.leaf, optional)


def _common(plan: Plan, given: Iterable[Value], kind: Type) -> Way | None:
    """The way that all values can go; None if there is none, or a value is no parameter."""
    literals, references = [], set()
    for value in given:
        if isinstance(value, Literal):
            literals.append(value.value)
        elif isinstance(value, ParameterRef):
            run = plan.runs[value.name]
            references.add(Way(run.type, run.leaf))
        else:
            return None
    if not references:
        found = [native(value, kind) for value in literals]
        types = {pair[0] if pair else "" for pair in found}
        return Way(types.pop(), "from") if len(types) == 1 and "" not in types else Way(STRING, "json")
    if len(references) > 1:
        return None
    way = references.pop()
    try:
        for value in literals:
            way.constant(value, kind)
    except ValueError:
        return None
    return way


# -- artifacts ---------------------------------------------------------------------------------------------------------


def _artifacts(step: Step) -> dict[str, Artifact]:
    names = Namespace(_artifact_name, separator="-", reserved=("executor-logs",))
    return {output.name: Artifact(names.of(output.name), artifact_type(output)) for output in step.outputs}


def _artifact_name(text: str) -> str:
    return text if text.isascii() and text.isidentifier() else dashed_name(text)


def artifact_type(output: Output) -> str:
    """The schema title of an output: what the user says, else by its annotation."""
    if output.artifact_type is not None:
        return _TITLES.get(output.artifact_type, "system.Artifact")
    name = output.type.name
    if name.startswith(_DATA):
        return "system.Dataset"
    return "system.Model" if name.startswith(_MODELS) else "system.Artifact"


def parameter_values(pipeline: Pipeline) -> Mapping[str, Literal]:
    """Parameters that are bound at compile time, by name."""
    return {p.name: p.value for p in pipeline.parameters if p.bound == "compile" and p.value is not None}
