"""The arguments of the runtime's `step` command for an invocation, as Airflow renders them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from zencompile.ir import (
    CachePolicy,
    External,
    Invocation,
    ListValue,
    Literal,
    Lookup,
    OutputRef,
    ParameterRef,
    Pipeline,
    SecretReference,
    Value,
    Variable,
    leaves,
)
from zencompile.ir import Mapping as MappingValue
from zencompile_airflow import hooks
from zencompile_airflow.templating import json_text, parameter, plain

_CACHE_DEFAULTS = CachePolicy.model_construct()


def data(pipeline: Pipeline, invocation: Invocation) -> list[str]:
    """What the step's function gets: one argument for each input, in the order written."""
    fixed = {p.name: p.value for p in pipeline.parameters if p.bound == "compile" and p.value is not None}
    return [_input(name, value, fixed) for name, value in invocation.inputs.items()]


def _input(name: str, value: Value, fixed: Mapping[str, Literal]) -> str:
    if value.__class__ is OutputRef and value.item is None:
        return f"--input={name}=[{json_text(value.invocation)}, {json_text(value.output)}]"
    if isinstance(value, External):
        return f"--external={name}={json_text(value.literal)}"
    if isinstance(value, Lookup):
        return f"--lookup={name}={json_text(_lookup(value))}"
    if any(isinstance(leaf, OutputRef) for leaf in leaves(value)):
        return f"--input={name}={_reference(value, fixed)}"
    return f"--param={name}={_literal(value, fixed)}"


def _lookup(value: Lookup) -> dict[str, Any]:
    return {"source": value.source, "text": value.text, "chain": list(value.chain)}


def _literal(value: Value, fixed: Mapping[str, Literal]) -> str:
    """JSON of a value without artifacts; a runtime parameter in it stays a template."""
    if isinstance(value, Literal):
        return json_text(value.value)
    if isinstance(value, (External, Lookup)):
        return "null"  # reported
    if isinstance(value, ParameterRef):
        return json_text(fixed[value.name].value) if value.name in fixed else parameter(value.name)
    if isinstance(value, ListValue):
        items = "[" + ", ".join(_literal(item, fixed) for item in value.items) + "]"
        return '{"$": "tuple", "items": ' + items + "}" if value.is_tuple else items
    assert isinstance(value, MappingValue)
    items = ", ".join(f"{json_text(key)}: {_literal(item, fixed)}" for key, item in value.items.items())
    # A dictionary with the key `$` has a form of its own among literals.
    if "$" in value.items:
        pairs = ", ".join(f"[{json_text(key)}, {_literal(item, fixed)}]" for key, item in value.items.items())
        return '{"$": "dict", "items": [' + pairs + "]}"
    return "{" + items + "}"


def _reference(value: Value, fixed: Mapping[str, Literal]) -> str:
    """A reference to artifacts: a triple or pair, a list of them, or a structure with values between them."""
    if isinstance(value, OutputRef):
        item = [] if value.item is None else [value.item]
        return json_text([value.invocation, value.output, *item])
    if isinstance(value, ListValue):
        items = "[" + ", ".join(_reference(item, fixed) for item in value.items) + "]"
        return items if all(isinstance(item, OutputRef) for item in value.items) else '{"list": ' + items + "}"
    if isinstance(value, MappingValue):
        pairs = (f"{json_text(key)}: {_reference(item, fixed)}" for key, item in value.items.items())
        return '{"mapping": {' + ", ".join(pairs) + "}}"
    return '{"value": ' + _literal(value, fixed) + "}"


def configuration(pipeline: Pipeline, invocation: Invocation) -> list[str]:
    """How the step runs: cache, hooks, materializers and the rest; nothing that is the runtime's default."""
    found = [
        *_cache(invocation.cache),
        *_hooks(pipeline, invocation),
        *(plain(f"--materializer={o}={m}") for o, listed in _materializers(pipeline, invocation) for m in listed),
        *(f"--variable={plain(name)}={_declared(value)}" for name, value in invocation.variables.items()),
        *(plain(f"--secret={name}") for name in invocation.secrets),
    ]
    model = invocation.model if invocation.model is not None else pipeline.model
    described: dict[str, Any] = {
        "extra": invocation.extra,
        "model": model,
        "tags": list(pipeline.tags),
        "substitutions": {**pipeline.substitutions, **invocation.substitutions},
    }
    found += [f"--{name}={json_text(value)}" for name, value in described.items() if value]
    found += ["--no-metadata"] * (not invocation.artifact_metadata)
    found += ["--no-visualization"] * (not invocation.artifact_visualization)
    return found


def _declared(value: Variable) -> str:
    """null for a variable that the process has; a secret by name alone, so that no cache key depends on its value."""
    if isinstance(value, SecretReference):
        return json_text({"kind": "secret", "name": value.name, "key": value.key})
    return "null"


def _cache(policy: CachePolicy) -> list[str]:
    if not policy.enabled:
        return ["--no-cache"]
    if policy == _CACHE_DEFAULTS:
        return []
    changed = {
        name: getattr(policy, name)
        for name in CachePolicy.model_fields
        if getattr(policy, name) != getattr(_CACHE_DEFAULTS, name)
    }
    return [f"--cache={json_text(changed)}"] if changed else []


def _hooks(pipeline: Pipeline, invocation: Invocation) -> Iterator[str]:
    for event, hook in hooks.of_invocation(pipeline, invocation).items():
        yield plain(f"--{event.replace('_', '-')}={hook.entrypoint}")
        if event == "on_init" and hook.keywords:
            yield f"--on-init-keywords={json_text(hook.keywords)}"


def _materializers(pipeline: Pipeline, invocation: Invocation) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Materializers by output: the invocation's own, or the step's."""
    for output in pipeline.steps[invocation.step].outputs:
        yield output.name, invocation.materializers.get(output.name, output.materializers)
