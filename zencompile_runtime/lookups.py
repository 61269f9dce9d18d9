"""Things that are looked up when the step starts: artifacts, models and metadata of earlier runs.

    --lookup=NAME={"source": "client" | "model", "text": …, "chain": [LINK, …]}

with the links {"name": …}, {"call": [args, kwargs]}, {"attribute": …} and {"item": …}.
"""

from __future__ import annotations

from typing import Any

from zencompile_runtime import context, inputs
from zencompile_runtime.errors import ConfigurationFault
from zencompile_runtime.names.artifact import ArtifactVersion
from zencompile_runtime.names.client import Client
from zencompile_runtime.names.missing import NotAvailable
from zencompile_runtime.spec import StepSpec
from zencompile_runtime.store import ArtifactStore
from zencompile_runtime.values.literals import NotLiteral, decode, encode


def evaluate(spec: StepSpec, store: ArtifactStore) -> dict[str, Any]:
    """Every look-up's result: an artifact, or a value."""
    context.enter(context.Running(spec, store))
    try:
        return {name: _one(lookup, name, spec) for name, lookup in spec.lookups.items()}
    finally:
        context.leave()


def _one(lookup: Any, name: str, spec: StepSpec) -> Any:
    found = _start(lookup.get("source"), spec)
    text = lookup.get("text", "")
    try:
        for link in lookup["chain"]:
            found = _follow(found, link)
    except (AttributeError, KeyError, IndexError, TypeError, NotAvailable) as error:
        why = error.args[0] if isinstance(error, KeyError) and error.args else error
        raise ConfigurationFault(f"input `{name}`: {text or 'the look-up'} failed: {why}") from error
    if isinstance(found, ArtifactVersion):
        return inputs.Artifact(found._manifest)
    try:
        return inputs.Constant(encode(found))
    except NotLiteral as error:
        raise ConfigurationFault(f"input `{name}`: {text or 'the look-up'} gives no value: {error}") from None


def _start(source: Any, spec: StepSpec) -> Any:
    if source == "client":
        return Client()
    from zencompile_runtime.names.models import Model

    if spec.model is None:
        raise ConfigurationFault(f"step `{spec.id}` looks something up in its model, and has none")
    return Model(**spec.model)


def _follow(found: Any, link: dict[str, Any]) -> Any:
    if "name" in link or "attribute" in link:
        return getattr(found, link.get("name") or link["attribute"])
    if "call" in link:
        arguments, keywords = [*link["call"], {}][:2]
        return found(*(decode(one) for one in arguments), **{key: decode(one) for key, one in keywords.items()})
    return found[decode(link["item"])]
