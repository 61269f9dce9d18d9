"""Loops and conditions: which DAG each invocation lies in, what a loop goes over, when a branch runs."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from typing import Any

from zencompile.diagnostics import Report
from zencompile.ir import Literal, Map, OutputRef, ParameterRef, Pipeline, Type, Value
from zencompile_kubeflow import branches, ending, groups
from zencompile_kubeflow.bindings import Surroundings, _elements
from zencompile_kubeflow.executors import INDEX_PARAMETER
from zencompile_kubeflow.model import Enclosing, Iteration, ParameterInput, Source, Upstream
from zencompile_kubeflow.parts import Parts
from zencompile_kubeflow.plan import Plan
from zencompile_kubeflow.scopes import Leaves, Scope
from zencompile_kubeflow.values import INTEGER, LIST, parameter_type, without_none

Json = Any

_ITEM = "item"
_CHECK = "zencompile_runtime.computing:check"  # what stands before every map over lists that only the run knows


@dataclass
class Control:
    """The scopes of a pipeline's control nodes."""

    root: Scope
    top: Scope  # the DAG of all that doesn't come last: the root, mostly
    scopes: dict[str, Scope] = field(default_factory=dict)  # invocation → its scope
    loops: dict[str, Scope] = field(default_factory=dict)  # map → its scope
    branches: list[branches.Branch] = field(default_factory=list)
    mapped: dict[str, dict[str, Value]] = field(default_factory=dict)  # invocation → its mapped inputs
    products: set[str] = field(default_factory=set)  # invocations that take elements in every combination

    @property
    def arms(self) -> dict[str, Scope]:
        """The arms whose conditions invocations beside them have."""
        return {id_: arm.scope for branch in self.branches for arm in branch.arms for id_ in arm.beside}


def scopes(pipeline: Pipeline, plan: Plan, parts: Parts, last: str | None = None) -> Control:
    """The tree of DAGs. Tasks stand in the order of the invocations, a nested DAG where its first one stands.

    `parts` divides branches. If there is a `last` invocation, it stands alone beside the DAG of all others, whose end
    it waits for.
    """
    root = Scope()
    top = Scope(plan.names.of(ending.HANDLER), root, plain=True) if last else root
    control = Control(root, top)
    inside: dict[str, Scope] = {}  # invocation or control → the scope that holds it
    for node in pipeline.controls:
        if isinstance(node, Map):
            loop = Scope(task=plan.names.of(f"for-{node.id}"), loop=True)
            control.loops[node.id] = loop
            inside |= dict.fromkeys(node.body, loop)
    for branch in branches.branches(pipeline.controls, plan.names, parts):
        control.branches.append(branch)
        for arm in branch.arms:
            inside |= dict.fromkeys(arm.members, arm.scope) | dict.fromkeys(arm.beside, branch.scope)
    for id_, scope in (*control.loops.items(), *((branch.id, branch.scope) for branch in control.branches)):
        scope.parent = inside.get(id_, top)
    control.scopes = {one.id: inside.get(one.id, top) for one in pipeline.invocations}
    if last:
        control.scopes[last] = root
    groups.nest(pipeline, control.scopes, plan.names)
    for invocation in pipeline.invocations:
        scope = control.scopes[invocation.id]
        for inner, outer in itertools.pairwise(scope.outwards()):
            outer.tasks.setdefault(inner.task, inner)
        scope.tasks.setdefault(plan.tasks[invocation.id], Scope())  # holds its place
    return control


def lower(pipeline: Pipeline, control: Control, around: Surroundings) -> None:
    """Give every nested DAG its condition or iteration, and their steps the output parameters that these read."""
    for node in pipeline.controls:
        if isinstance(node, Map) and node.body and node.over:
            _Loop(node, control, around).lower()
    for branch in control.branches:
        branches.lower(branch, around)


class _Loop:
    """What one loop goes over: positions, so that the elements themselves stay artifacts of any type."""

    def __init__(self, node: Map, control: Control, around: Surroundings) -> None:
        self.node, self.control, self.around = node, control, around
        self.scope = control.loops[node.id]
        self.report: Report = around.report

    def lower(self) -> None:
        """Decide the iteration and what the first invocation of the body gets."""
        over = dict(self.node.over)
        lengths = {name: _length(value) for name, value in over.items()}
        if self.node.product and len(over) > 1:
            if None in lengths.values():
                self.control.mapped[self.node.body[0]] = over
                self.control.products.add(self.node.body[0])
                return self._over_checked()
            over = _combinations(over)
            lengths = {name: _length(value) for name, value in over.items()}
        self.control.mapped[self.node.body[0]] = over
        known = [length for length in lengths.values() if length is not None]
        first = next(iter(over.values()))
        if known:
            self._over_positions(json.dumps(list(range(min(known)))))
        elif isinstance(first, OutputRef):
            self._over_output(first)
        elif isinstance(first, ParameterRef) and len(over) == 1:
            self._over_parameter(first)
        else:
            self._over_checked()
        return None

    def _refuse(self, what: str) -> None:
        self.report.error("ZC0524", f"a loop on Kubeflow can't go over {what}", self.node.span)

    def _over_positions(self, raw: str) -> None:
        self._iterate(INDEX_PARAMETER, INTEGER, Iteration(INDEX_PARAMETER, raw=raw))

    def _iterate(self, item: str, kind: str, iteration: Iteration) -> None:
        self.scope.iteration = iteration
        self.scope.parameters[item] = (ParameterInput(item, kind), Enclosing(item))

    def _over_output(self, value: OutputRef) -> None:
        producer = self.around.scopes[value.invocation]
        loop = next((s for s in producer.outwards() if s.loop and s not in self.scope.outwards()), None)
        if loop is None:
            self._over_checked()
        elif loop.iteration is None:
            self._refuse("what a loop makes that is not understood itself")
        elif loop.iteration.raw is not None:  # as many as that loop made
            self._over_positions(loop.iteration.raw)
        else:
            source = loop.parameters[loop.iteration.items or ""][1]
            self._over_list(loop.parent or self.around.root, source)

    def _over_checked(self) -> None:
        """Go over the positions that the step gives which stands before the map and compares its lists."""
        around = self.around
        before = next(i.after for i in around.pipeline.invocations if i.id == self.node.body[0])
        check = next(id_ for id_ in before if around.pipeline.steps[around.step_of[id_]].entrypoint == _CHECK)
        (made,) = around.plan.outputs[around.step_of[check]].values()
        assert made.parameter is not None
        self._over_list(around.scopes[check], Upstream(around.plan.tasks[check], made.parameter.name))

    def _over_list(self, home: Scope, source: Source) -> None:
        try:
            items = self.scope.parameter(ParameterInput("", LIST), home, source)
        except Leaves:
            return self._refuse("what a branch makes that may not run")
        name = items.name if isinstance(items, Enclosing) else ""
        return self._iterate(INDEX_PARAMETER, INTEGER, Iteration(INDEX_PARAMETER, items=name))

    def _over_parameter(self, value: ParameterRef) -> None:
        run = self.around.plan.runs[value.name]
        kind = parameter_type(_element(self._declared(value.name)))
        if run.type != LIST or kind is None:
            self.report.error(
                "ZC0524",
                f"a loop on Kubeflow over the parameter `{value.name}` needs to know the type of its elements",
                value.span or self.node.span,
                helps=f"annotate it, for example `{value.name}: list[int]`",
            )
            return
        items = self.scope.parameter(ParameterInput("", LIST), self.around.root, Enclosing(value.name))
        self._iterate(_ITEM, kind, Iteration(_ITEM, items=items.name if isinstance(items, Enclosing) else ""))

    def _declared(self, name: str) -> Type:
        return next(p.type for p in self.around.pipeline.parameters if p.name == name)


def _element(kind: Type) -> Type:
    kind, _ = without_none(kind)
    return kind.arguments[0] if kind.arguments else Type(name="any")


def _length(value: Value) -> int | None:
    """How many elements a list has that is known at compile time."""
    if isinstance(value, Literal):
        return len(_elements(value))
    return len(value.items) if value.kind == "list" else None


def _combinations(over: dict[str, Value]) -> dict[str, Value]:
    """Every combination of literal lists, the last one fastest, as lists of equal length."""
    lists = [_elements(value) for value in over.values()]
    rows = list(itertools.product(*lists))
    return {name: Literal(value=[row[n] for row in rows]) for n, name in enumerate(over)}
