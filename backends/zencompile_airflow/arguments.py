"""The arguments of the runtime's `step` command for an invocation, as Airflow renders them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from zencompile.ir import (
    CachePolicy,
    External,
    Invocation,
    ListValue,
    Literal,
    Lookup,
    OutputRef,
    Parameter,
    ParameterRef,
    Pipeline,
    SecretReference,
    Type,
    Value,
    Variable,
    leaves,
)
from zencompile.ir import Mapping as MappingValue
from zencompile.ir.type_forms import named_type
from zencompile_airflow import hooks
from zencompile_airflow.parameters import form_of
from zencompile_airflow.schemas import takes_objects
from zencompile_airflow.shown import has_tag
from zencompile_airflow.templating import json_text, parameter, plain

_CACHE_DEFAULTS = CachePolicy.model_construct()


class _Parameters(NamedTuple):
    """The pipeline's parameters by name, and the annotation of the input that is one of them, where one is."""

    known: Mapping[str, Parameter]
    wanted: Type | None = None

    def text(self, name: str) -> str:
        """JSON of a parameter: of its value where that is fixed, else a template."""
        found = self.known.get(name)
        if found is not None and found.bound == "compile" and found.value is not None:
            return json_text(found.value.value)
        form = named_type(found.type, self.wanted) if found is not None else None
        if form == "float":
            return parameter(name, "float")
        given = parameter(name) if found is None else _given(found)
        return given if form is None else f'{{"$": "typed", "as": {json_text(form)}, "value": {given}}}'


def _given(found: Parameter) -> str:
    """JSON of what a run is given. Where that may hold objects, it says that no tag in them is one."""
    shown, schema = form_of(found)
    value = parameter(found.name)
    if not takes_objects(schema):
        return value
    default = f', "default": {json_text(shown)}' if has_tag(shown) else ""
    return f'{{"$": "given", "value": {value}{default}}}'


def data(pipeline: Pipeline, invocation: Invocation, handed: Mapping[str, str]) -> list[str]:
    """What the step's function gets: one argument for each input, in the order written.

    `handed` are the tasks, by their invocations, that leave what they return in an XCom and not in the store.
    """
    known = {p.name: p for p in pipeline.parameters}
    wanted = {one.name: one.type for one in pipeline.steps[invocation.step].inputs} if known else {}
    return [
        _from_xcom(name, handed[value.invocation])
        if value.__class__ is OutputRef and value.invocation in handed
        else _input(name, value, _Parameters(known, wanted.get(name) if isinstance(value, ParameterRef) else None))
        for name, value in invocation.inputs.items()
    ]


def _from_xcom(name: str, task_id: str) -> str:
    """What a task has returned, as JSON with keys in their order: Jinja's `tojson` sorts them."""
    return f"--param={name}={{{{ ti.xcom_pull(task_ids={json_text(task_id)}) }}}}"


def _input(name: str, value: Value, known: _Parameters) -> str:
    if value.__class__ is OutputRef and value.item is None:
        return f"--input={name}=[{json_text(value.invocation)}, {json_text(value.output)}]"
    if isinstance(value, External):
        return f"--external={name}={json_text(value.literal)}"
    if isinstance(value, Lookup):
        return f"--lookup={name}={json_text(_lookup(value))}"
    if any(isinstance(leaf, OutputRef) for leaf in leaves(value)):
        return f"--input={name}={_reference(value, known)}"
    return f"--param={name}={_literal(value, known)}"


def _lookup(value: Lookup) -> dict[str, Any]:
    return {"source": value.source, "text": value.text, "chain": list(value.chain)}


def _literal(value: Value, known: _Parameters) -> str:
    """JSON of a value without artifacts; a runtime parameter in it stays a template."""
    if isinstance(value, Literal):
        return json_text(value.value)
    if isinstance(value, (External, Lookup)):
        return "null"  # reported
    if isinstance(value, ParameterRef):
        return known.text(value.name)
    if isinstance(value, ListValue):
        items = "[" + ", ".join(_literal(item, known) for item in value.items) + "]"
        return '{"$": "tuple", "items": ' + items + "}" if value.is_tuple else items
    assert isinstance(value, MappingValue)
    items = ", ".join(f"{json_text(key)}: {_literal(item, known)}" for key, item in value.items.items())
    # A dictionary with the key `$` has a form of its own among literals.
    if "$" in value.items:
        pairs = ", ".join(f"[{json_text(key)}, {_literal(item, known)}]" for key, item in value.items.items())
        return '{"$": "dict", "items": [' + pairs + "]}"
    return "{" + items + "}"


def _reference(value: Value, known: _Parameters) -> str:
    """A reference to artifacts: a triple or pair, a list of them, or a structure with values between them."""
    if isinstance(value, OutputRef):
        item = [] if value.item is None else [value.item]
        return json_text([value.invocation, value.output, *item])
    if isinstance(value, ListValue):
        items = "[" + ", ".join(_reference(item, known) for item in value.items) + "]"
        return items if all(isinstance(item, OutputRef) for item in value.items) else '{"list": ' + items + "}"
    if isinstance(value, MappingValue):
        pairs = (f"{json_text(key)}: {_reference(item, known)}" for key, item in value.items.items())
        return '{"mapping": {' + ", ".join(pairs) + "}}"
    return '{"value": ' + _literal(value, known) + "}"


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
