"""Values for a pipeline's parameters: read from flags, coerced, put together."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from zencompile_runtime.errors import ConfigurationFault, ParameterFault
from zencompile_runtime.runner.plan import REQUIRED, Param, Pipeline, literal
from zencompile_runtime.values.coerce import coerce, from_text
from zencompile_runtime.values.literals import NotLiteral, encode


def resolve(plan: Pipeline, texts: Mapping[str, str]) -> dict[str, Any]:
    """Every parameter's value as a literal. ConfigurationFault for what is unknown, fixed, missing or doesn't fit."""
    by_name = {param.name: param for param in plan.parameters}
    for name in texts:
        if name not in by_name:
            raise ConfigurationFault(f"the pipeline has no parameter {name!r}", help=_suggestion(name, by_name))
    found = {}
    missing = []
    for name, param in by_name.items():
        if name in texts:
            found[name] = _given(param, texts[name])
        elif param.fixed is not REQUIRED:
            found[name] = _literal(param.fixed)
        elif param.default is not REQUIRED:
            found[name] = _literal(param.default)
        else:
            missing.append(name)
    if missing:
        flags = " ".join(f"--param {name}=…" for name in missing)
        names = ", ".join(f"`{name}`" for name in missing)
        raise ConfigurationFault(f"no value for the parameter{'s'[: len(missing) > 1]} {names}", help=f"pass {flags}")
    return found


def _given(param: Param, text: str) -> Any:
    value = given = from_text(text, param.annotation)
    try:
        value = coerce(value, param.annotation, param.name)
    except ParameterFault as fault:
        message = fault.message.replace("input `", "parameter `", 1)
        raise ConfigurationFault(message, help=f"pass another value: --param {param.name}=…") from None
    if param.fixed is not REQUIRED:
        if _literal(value) == _literal(param.fixed):
            return _literal(value)
        why = f", for {param.reason}" if param.reason else ""
        raise ConfigurationFault(
            f"the parameter `{param.name}` was fixed to {param.fixed!r} when the pipeline was compiled{why}",
            help=f"compile it again with --param {param.name}={text}",
        )
    try:
        return encode(value)
    except NotLiteral:
        return encode(given)


def _literal(value: Any) -> Any:
    return literal(value, lambda param: None)


def _suggestion(name: str, known: Mapping[str, Param]) -> str:
    import difflib

    near = difflib.get_close_matches(name, known, 1)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"its parameters: {', '.join(known)}" if known else "it has none"


def shown(value: Any) -> str:
    """A literal for people."""
    return json.dumps(value, ensure_ascii=False)
