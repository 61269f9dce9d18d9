"""The inputs of one invocation: KFP parameters and artifacts, and the flags that tell the runtime how to read them.

The references behind `--input=` are described in `zencompile_runtime.kubeflow`.
"""

from __future__ import annotations

from collections.abc import Mapping as TypingMapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from zencompile.diagnostics import Report
from zencompile.ir import (
    External,
    Invocation,
    ListValue,
    Literal,
    Mapping,
    Merge,
    OutputRef,
    ParameterRef,
    Pipeline,
    Type,
    Value,
)
from zencompile.ir.type_forms import form as type_form
from zencompile.ir.type_forms import named_type
from zencompile_kubeflow import merging
from zencompile_kubeflow.defaults import arrives
from zencompile_kubeflow.executors import INDEX_PARAMETER, placeholder
from zencompile_kubeflow.model import Artifact, Constant, Enclosing, Given, ParameterInput, Source
from zencompile_kubeflow.plan import Plan, Way
from zencompile_kubeflow.scopes import Leaves, Scope
from zencompile_kubeflow.texts import json_text
from zencompile_kubeflow.values import FORMS, INTEGER, parameter_type

Json = Any

_ANY = Type(name="any")


@dataclass
class Bindings:
    """The inputs of an invocation by their names in KFP."""

    parameters: dict[str, tuple[ParameterInput, Given]] = field(default_factory=dict)
    artifacts: dict[str, tuple[Artifact, Source]] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)
    condition: str = ""


@dataclass(frozen=True)
class Surroundings:
    """Where an invocation stands."""

    pipeline: Pipeline
    plan: Plan
    root: Scope
    scopes: dict[str, Scope]  # invocation → its scope
    step_of: dict[str, str]  # invocation → its step
    report: Report
    arms: TypingMapping[str, Scope] = field(default_factory=dict)  # invocation → the arm whose condition it has

    @cached_property
    def types(self) -> dict[str, Type]:
        """The annotations of the pipeline's parameters."""
        return {one.name: one.type for one in self.pipeline.parameters}

    @cached_property
    def defaults(self) -> dict[str, Literal]:
        """The defaults of those that have one."""
        return {one.name: one.default for one in self.pipeline.parameters if one.default is not None}

    @cached_property
    def optional(self) -> frozenset[str]:
        """The pipeline's parameters that are None unless they are given, whatever their annotations say."""
        declared = self.pipeline.parameters
        return frozenset(one.name for one in declared if one.default is not None and one.default.value is None)


def bind(invocation: Invocation, around: Surroundings, mapped: dict[str, Value]) -> Bindings:
    """The inputs of `invocation`; `mapped` are those over which its loop goes, as the values that it goes over."""
    binder = _Binder(invocation, around)
    binder.index(needed=bool(mapped))
    for name in dict.fromkeys([*invocation.inputs, *mapped]):
        if name in mapped:
            binder.element(name, mapped[name])
        else:
            binder.whole(name, invocation.inputs[name])
    if invocation.id in around.arms:
        arm = around.arms[invocation.id]
        binder.found.parameters |= arm.reads
        binder.found.condition = arm.condition
    return binder.found


class _Binder:
    def __init__(self, invocation: Invocation, around: Surroundings) -> None:
        self.invocation, self.around = invocation, around
        self.scope = around.scopes[invocation.id]
        self.found = Bindings()
        self.shared: dict[Source, str] = {}  # artifact → the input by which it is given
        # One container, one interface: the server takes components with equal containers for one (argo.go,
        # hashComponentContainer). Invocations that share their words therefore say how each input is given.
        self.alone = invocation.id == around.pipeline.steps[invocation.step].name

    # -- whole inputs --------------------------------------------------------------------------------------------------

    def whole(self, name: str, value: Value) -> None:
        """An input that is given as it is."""
        if isinstance(value, (Literal, ParameterRef)):
            reference = self._parameter(name, name, value, self.around.plan.way(self.invocation.step, name, value))
            if reference != {"from": name}:
                self._flag(name, reference)
        elif isinstance(value, External):
            self.found.flags.append(f"--external={name}={json_text(value.literal)}")
        else:
            leaf = self._leaf(name, name, value)
            if leaf != {"from": name} or not self.alone:
                self._flag(name, leaf)

    def _flag(self, name: str, reference: Json) -> None:
        self.found.flags.append(f"--input={name}={json_text(reference)}")

    # -- elements of a loop --------------------------------------------------------------------------------------------

    def index(self, needed: bool) -> None:
        """The position in the innermost loop that has one."""
        loop = next((s for s in self.scope.outwards() if s.iteration), None)
        if loop is None or loop.iteration is None or loop.iteration.item != INDEX_PARAMETER:
            return
        wanted = ParameterInput(INDEX_PARAMETER, INTEGER)
        source = self.scope.parameter(wanted, loop, Enclosing(INDEX_PARAMETER))
        self.found.parameters[INDEX_PARAMETER] = (wanted, source)
        self.found.flags.append(f"--map-index={placeholder(INDEX_PARAMETER)}")

    def element(self, name: str, over: Value) -> None:
        """An input that is one element of what the loop goes over."""
        loop = next((s for s in self.scope.outwards() if s.iteration), self.scope)
        iteration = loop.iteration
        if isinstance(over, ParameterRef) and iteration is not None and iteration.item != INDEX_PARAMETER:
            item = loop.parameters[iteration.item][0]
            source = self.scope.parameter(item, loop, Enclosing(iteration.item))
            self.found.parameters[name] = (ParameterInput(name, item.type), source)
            return
        leaf = self._leaf(name, name, over)
        if "value" in leaf:
            leaf = {"json": name}
            self.found.parameters[name] = (ParameterInput(name, "STRING"), Constant(json_text(_elements(over))))
        self._flag(name, {**leaf, "item": {"from": INDEX_PARAMETER}})

    # -- leaves --------------------------------------------------------------------------------------------------------

    def _leaf(self, name: str, kfp_name: str, value: Value) -> dict[str, Json]:
        """The reference for `value`; its parameter or artifact is called `kfp_name`, with `-0`, … for parts of it."""
        if isinstance(value, (OutputRef, Merge)):
            return self._artifact(kfp_name, value)
        if isinstance(value, ParameterRef):
            run = self.around.plan.runs[value.name]
            return self._parameter(kfp_name, name, value, Way(run.type, run.leaf))
        if isinstance(value, ListValue):
            items = [self._leaf(name, f"{kfp_name}-{n}", item) for n, item in enumerate(value.items)]
            return {"tuple" if value.is_tuple else "list": items}
        if isinstance(value, Mapping):
            parts = enumerate(value.items.items())
            return {"mapping": {key: self._leaf(name, f"{kfp_name}-{n}", item) for n, (key, item) in parts}}
        if isinstance(value, (Literal, External)):
            return {"value": value.value}
        self.whole(name, value)
        return {"value": None}

    def _parameter(self, kfp_name: str, name: str, value: Literal | ParameterRef, way: Way) -> dict[str, Json]:
        """Let a value travel as an input parameter; the reference to it."""
        wanted = ParameterInput(kfp_name, way.type)
        kind = self.around.plan.kind(self.invocation.step, name)
        form: Json = None
        if isinstance(value, Literal):
            source: Source = Constant(way.constant(value.value, kind))
        else:
            source = self.scope.parameter(wanted, self.around.root, Enclosing(value.name))
            of_input = kind if kfp_name == name else None
            form = (type_form if way.leaf == "text" else named_type)(self.around.types[value.name], of_input)
            if form is not None and value.name in self.around.optional:
                form = ["union", form, "none"]
            coerced = (of_input or _ANY) if form is None else self.around.types[value.name]
        self.found.parameters[kfp_name] = (wanted, source)
        leaf = way.leaf
        if leaf == "from" and not self.alone:
            leaf = "parameter"
            form = form or (FORMS[way.type] if way.type != parameter_type(kind) else None)
        reference = _typed(leaf, kfp_name, form)
        if isinstance(value, ParameterRef):
            reference |= self._default(value, coerced)
        return reference

    def _default(self, value: ParameterRef, kind: Type) -> dict[str, Json]:
        """The default of a parameter, where the annotation doesn't make it of what a run is given."""
        run, default = self.around.plan.runs[value.name], self.around.defaults.get(value.name)
        if default is None or default.value is None:
            return {}
        if arrives(kind, default.value, doubles=run.leaf != "text"):
            return {}
        return {"default": default.value, "given": run.default}

    def _artifact(self, kfp_name: str, value: OutputRef | Merge) -> dict[str, Json]:
        around = self.around
        try:
            producer, made, task, beside = merging.given(value, around)
            seen, source = self.scope.artifact(producer, made, task.task, beside)
        except Leaves:
            what = f"an output of `{value.invocation}`" if isinstance(value, OutputRef) else "what branches leave"
            around.report.error(
                "ZC0524",
                f"`{self.invocation.id}` needs {what}, which Kubeflow can't give it here",
                value.span or self.invocation.span,
                notes="an output leaves a branch where each arm has one, and a loop inside a loop never as a list",
            )
            return {"from": kfp_name}
        # The server records an artifact once as an input of a task: MLMD refuses the same event under a second name
        # (v2/metadata/client.go: CreateExecution). So one input serves all that are given it.
        kfp_name = self.shared.setdefault(source, kfp_name)
        self.found.artifacts[kfp_name] = (Artifact(kfp_name, seen.type, seen.many), source)
        leaf: dict[str, Json] = {"gather" if seen.many else "from": kfp_name}
        item = value.item if isinstance(value, OutputRef) else None
        return leaf if item is None else {**leaf, "item": item}


def _typed(leaf: str, name: str, form: Json) -> dict[str, Json]:
    """A reference to a parameter; a text that is None or a text needs no type."""
    return {leaf: name} if form is None or leaf == "string" else {leaf: name, "as": form}


def _elements(value: Value) -> list[Json]:
    """The elements of a literal list or tuple."""
    found = value.value if isinstance(value, Literal) else None
    if isinstance(found, dict):
        found = found.get("items")
    return found if isinstance(found, list) else []
