"""What a step is shown of its pipeline's configuration: facts that travel with the code, and what its run was given.

`code/<pipeline>.json` has it under "configured", where any step asks: the pipeline's under an empty name, then that of
each invocation. See `zencompile.ir.configured`, which writes it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from zencompile_runtime import facts
from zencompile_runtime.spec import StepSpec
from zencompile_runtime.store import ArtifactStore, layout
from zencompile_runtime.values.literals import canonical, decode

Facts = Mapping[str, Any]


def of_pipeline(spec: StepSpec) -> Facts | None:
    """What the pipeline's configuration says by itself; None where nothing of it travelled."""
    return _all(spec).get("")


def of_invocation(spec: StepSpec) -> Facts | None:
    """What an invocation's merged configuration says besides its arguments; None where nothing of it travelled."""
    return _all(spec).get(spec.id)


def _all(spec: StepSpec) -> Mapping[str, Facts]:
    found = facts.of_pipeline(spec.pipeline).get("configured", {})
    return found if isinstance(found, dict) else {}


def parameters(spec: StepSpec, store: ArtifactStore | None) -> dict[str, Any] | str:
    """The parameters of the run as literals; or the name of one whose value nobody told the step.

    A runner writes them down with the run; on an engine only those are known that no run can be given.
    """
    declared = (of_pipeline(spec) or {}).get("parameters", {})
    document = store.read_document(layout.run_key(spec.pipeline, spec.run)) if store is not None and declared else None
    given = (document or {}).get("parameters", {})
    found = {}
    for name, one in declared.items():
        if "value" not in one and name not in given:
            return str(name)
        found[name] = given.get(name, one.get("value"))
    return found


def counted(spec: StepSpec, store: ArtifactStore) -> dict[str, Any]:
    """What of all that a step may be shown makes one result differ from another: a part of its cache key."""
    seen: dict[str, Any] = {
        "id": spec.id,
        "pipeline": spec.pipeline,
        "extra": spec.extra,
        "model": spec.model,
        "tags": list(spec.tags),
        "substitutions": spec.substitutions,
        "parameters": parameters(spec, store),
        "on_init": dict(spec.on_init_keywords) if spec.hooks.get("on_init") else None,  # the step may see what it made
    }
    found = {name: value for name, value in seen.items() if value}
    configuration = [of_pipeline(spec), of_invocation(spec)]
    if any(configuration):
        found["configured"] = hashlib.sha256(canonical(configuration).encode("utf-8", "surrogatepass")).hexdigest()
    return found


def stored(value: Any) -> Any:
    """An argument as ZenML stores it among the parameters of a step: JSON, made by pydantic's rules."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return getattr(value, "value", value)
    if isinstance(value, Mapping):
        return {str(key): stored(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [stored(item) for item in value]
    return _stored_object(value)


def _stored_object(value: Any) -> Any:
    import dataclasses
    import datetime
    import enum

    if isinstance(value, enum.Enum):
        return stored(value.value)
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {one.name: stored(getattr(value, one.name)) for one in dataclasses.fields(value)}
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode()
    return str(value)


def of_arguments(spec: StepSpec, signature: Mapping[str, Any]) -> dict[str, Any]:
    """A step's parameters as ZenML keeps them: what was given, then the defaults of what wasn't."""
    found = {name: stored(decode(value)) for name, value in spec.params.items()}
    given = {*spec.params, *spec.inputs, *spec.externals, *spec.lookups}
    for name, parameter in signature.items():
        if name not in given and parameter.default is not parameter.empty:
            found[name] = stored(parameter.default)
    return found
