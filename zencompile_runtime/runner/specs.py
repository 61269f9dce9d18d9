"""From a task of a plan to the step that the runtime runs."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from zencompile_runtime.errors import ConfigurationFault
from zencompile_runtime.runner.graph import Graph
from zencompile_runtime.runner.plan import (
    Either,
    FromEnvironment,
    FromSecret,
    Map,
    Param,
    Pipeline,
    Step,
    Value,
    literal,
    references,
)
from zencompile_runtime.runner.scheduler import Task
from zencompile_runtime.spec import StepSpec

Json = Any


@dataclass
class Settings:
    """What a run has in common.

    `given` holds every parameter's value as a literal; `store` is a URL or absolute path. With `own_hooks` the
    pipeline's `on_init` and `on_cleanup` run around each step, for there is no process that could keep one state for
    all.
    """

    run: str
    store: str
    given: Mapping[str, Json]
    cache: bool = True
    own_hooks: bool = False


class Specs:
    """Makes the StepSpec of a task; what all elements and attempts of a step share is made once."""

    def __init__(self, plan: Pipeline, graph: Graph, settings: Settings) -> None:
        self.plan, self.graph, self.settings = plan, graph, settings
        self.ran: Callable[[str], bool] = lambda id: True  # whether a step's outputs are there, once it is over
        self.counts: dict[str, int] = {}  # of the maps that are open, how many elements each has
        self._made: dict[str, StepSpec] = {}
        self._elements: dict[str, StepSpec] = {}
        self._over: dict[str, Map] = {
            control.body[0]: control for control in plan.controls if isinstance(control, Map) and control.body
        }

    def of(self, task: Task, attempt: int = 1) -> StepSpec:
        """The step of a task; raises ConfigurationFault for a variable that isn't set."""
        base = self._made.get(task.id)
        if base is None:
            base = self._made[task.id] = self._make(task.id)
        if task.index is None and attempt == 1:
            return base
        if task.index is not None:
            base = self._element(task.id, base)
        return replace(base, map_index=task.index, attempt=attempt)

    def _element(self, id: str, base: StepSpec) -> StepSpec:
        """What all elements of a step share. Where it is mapped over what a map made, one element takes one of those:
        it need not know the others, of which there may be thousands.
        """
        found = self._elements.get(id)
        if found is None:
            count = self.counts.get(self.graph.nodes[id].map or "")
            found = base
            mapped = any(isinstance(one, dict) and "over" in one for one in base.inputs.values())
            if count is not None and mapped and not base.product:
                inputs = {name: _own(reference) for name, reference in base.inputs.items()}
                found = replace(base, inputs=inputs, map_count=count)
            self._elements[id] = found
        return found

    def _make(self, id: str) -> StepSpec:
        step = self.graph.nodes[id].what
        assert isinstance(step, Step)
        over = self._over.get(id)
        inputs = {name: self.reference(value, id) for name, value in step.inputs.items()}
        if over is not None:
            inputs.update((name, {"over": self.reference(value, id)}) for name, value in over.over.items())
        plan = self.plan
        policy = plan.cache if step.cache is None else step.cache
        model = plan.model if step.model is None else step.model
        variables = {**plan.variables, **step.variables}
        return StepSpec(
            entrypoint=step.entrypoint,
            code=step.code,
            drift=plan.drift,
            id=id,
            pipeline=plan.name,
            run=self.settings.run,
            store=self.settings.store,
            params={name: self.literal(value) for name, value in step.parameters.items()},
            inputs=inputs,
            externals={name: self.literal(value) for name, value in step.external.items()},
            lookups={name: self.literal(value) for name, value in step.lookups.items()},
            product=over.product if over is not None else False,
            cache=self.settings.cache and policy is not False,
            cache_policy={} if isinstance(policy, bool) else dict(policy),
            timeout=step.timeout,
            hooks={**step.hooks, **self._run_hooks()},
            on_init_keywords=self.literal(dict(self.plan.on_init_keywords)) if self.settings.own_hooks else {},
            materializers={name: _texts(sources) for name, sources in step.materializers.items()},
            variables={name: _variable(id, name, value) for name, value in variables.items()},
            secrets=tuple(dict.fromkeys((*plan.secrets, *step.secrets))),
            extra=_data(self.literal({**plan.extra, **step.extra})),
            model=None if model is None else _data(self.literal(dict(model))),
            tags=tuple(plan.tags),
            substitutions={**plan.substitutions, **step.substitutions},
            metadata=step.metadata,
            visualization=step.visualization,
            attempts=step.retries + 1,
        )

    def _run_hooks(self) -> dict[str, str]:
        hooks = {"on_init": self.plan.on_init, "on_cleanup": self.plan.on_cleanup} if self.settings.own_hooks else {}
        return {event: source for event, source in hooks.items() if source is not None}

    def literal(self, value: Any) -> Json:
        """A value of the plan as a literal, with the parameters of this run."""
        return literal(value, self._given)

    def _given(self, param: Param) -> Json:
        return self.settings.given[param.name]

    def reference(self, value: Any, inside: str | None = None) -> Json:
        """A value of `inputs` as a reference, seen from the step `inside`: of its own map, or from outside of one."""
        if isinstance(value, tuple):
            return self._output(value, inside)
        if isinstance(value, Either):
            return self.reference(self._chosen(value), inside)
        if isinstance(value, list):
            if all(isinstance(item, tuple) for item in value):
                items = [self.reference(item, inside) for item in value]
                return items if all(isinstance(item, list) for item in items) else {"list": items}
            return {"list": [self.reference(item, inside) for item in value]}
        if isinstance(value, dict):
            return {"mapping": {key: self.reference(item, inside) for key, item in value.items()}}
        return {"value": self.literal(value.value if isinstance(value, Value) else value)}

    def pipeline_variables(self) -> Json:
        """The variables of the environment that the pipeline has for all of its steps, and its own hooks see."""
        return {name: _variable("on_init", name, value) for name, value in self.plan.variables.items()}

    def _chosen(self, value: Either) -> tuple[Any, ...]:
        """The output of the branch that was taken."""
        for reference in references(value):
            if self.ran(reference[0]):
                return reference
        ids = ", ".join(sorted({repr(reference[0]) for reference in references(value)}))
        raise ConfigurationFault(f"none of the branches that {ids} stand in was taken")

    def _output(self, reference: tuple[Any, ...], inside: str | None) -> Json:
        node = self.graph.nodes[reference[0]]
        scope = node.map
        if scope is None and not node.gathered:
            return list(reference)
        if len(reference) > 2:
            raise ConfigurationFault(f"{inside!r} takes one element of {reference[0]!r}, which runs in a map")
        own = (
            scope is not None
            and inside is not None
            and self.graph.nodes[inside].map == scope
            and reference[0] != inside
        )
        return {"each" if own else "gather": list(reference)}


def _own(reference: Json) -> Json:
    """Of all that the elements of another map made, that of the element with the same number."""
    if isinstance(reference, dict) and isinstance(reference.get("over"), dict) and "gather" in reference["over"]:
        return {"each": reference["over"]["gather"]}
    return reference


def _data(value: Json) -> Json:
    """A literal of plain data as that data, in which `$` is a key like others."""
    if isinstance(value, list):
        return [_data(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("$") == "dict" and all(isinstance(key, str) for key, _ in value["items"]):
        return {key: _data(item) for key, item in value["items"]}
    return {key: _data(item) for key, item in value.items()}


def _texts(sources: str | Any) -> tuple[str, ...]:
    return (sources,) if isinstance(sources, str) else tuple(sources)


def _variable(step: str, name: str, value: str | FromEnvironment | FromSecret) -> Json:
    """An environment variable of a step: its text, or a reference that only the step's own process resolves."""
    if isinstance(value, FromEnvironment):
        found = os.environ.get(value.name, value.default)
        if found is None:
            raise ConfigurationFault(
                f"step `{step}` takes {name} from the environment variable {value.name}, which is not set",
                help=f"set {value.name}",
            )
        return found
    if isinstance(value, FromSecret):
        return {"kind": "secret", "name": value.name, "key": value.key}
    return value
