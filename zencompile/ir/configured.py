"""What a running step is shown of its pipeline's configuration by `get_step_context()`, as plain data.

It travels with the code (`zencompile.vendor`), for every target alike; `zencompile_runtime.configured` reads it. What a
step's own arguments say (extra, substitutions, variables, parameters) is not said again.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from zencompile.ir.model import Hooks, Invocation, Parameter, Pipeline
from zencompile.ir.order import upstream
from zencompile.ir.schema import as_json


def of(pipeline: Pipeline) -> dict[str, Any]:
    """The pipeline's configuration under an empty name, then that of its invocations by their ids; nothing where no
    step is shown any of it.
    """
    if not shown(pipeline):
        return {}
    above = upstream(pipeline.invocations, pipeline.controls)
    return {"": _of_pipeline(pipeline)} | {
        one.id: _said({"step": pipeline.steps[one.step].name, "upstream": sorted(above[one.id]), **_of_invocation(one)})
        for one in pipeline.invocations
    }


def shown(pipeline: Pipeline) -> list[str]:
    """The keys of the steps that what travels means something to: those that ask for their context, or all of them,
    where there are tags that all outputs get.
    """
    return [key for key, step in pipeline.steps.items() if step.closure.context or pipeline.declared.cascading]


def digest(pipeline: Pipeline) -> str:
    """A digest of it all."""
    text = json.dumps(of(pipeline), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _of_pipeline(pipeline: Pipeline) -> dict[str, Any]:
    declared, init = pipeline.declared, pipeline.hooks.on_init
    return _said(
        {
            "extra": pipeline.extra,
            "tags": list(pipeline.tags),
            "cascading": list(declared.cascading),
            "exclusive": list(declared.exclusive),
            "tag_fields": declared.tags,
            "substitutions": pipeline.substitutions,
            "model": pipeline.model,
            "environment": as_json(declared.variables),
            "secrets": list(declared.secrets),
            "retry": as_json(declared.retry),
            "hooks": _paths(declared.hooks) | _paths(pipeline.hooks),
            "on_init_keywords": init.keywords if init else {},
            "execution_mode": pipeline.execution_mode,
            "run_name": pipeline.run_name,
            "parameters": {one.name: _of_parameter(one) for one in pipeline.parameters},
            "scheduled": pipeline.schedule is not None or None,
            **declared.flags,
        }
    )


def _of_parameter(parameter: Parameter) -> dict[str, Any]:
    """The value of a parameter that no run can be given, or its default, or nothing."""
    fixed = parameter.bound == "compile"
    held = parameter.value if fixed else parameter.default
    return {} if held is None else {"value" if fixed else "default": held.value}


def _of_invocation(invocation: Invocation) -> dict[str, Any]:
    return {
        "environment": as_json(invocation.variables),
        "retry": as_json(invocation.retry),
        "resources": as_json(invocation.resources),
        "model": invocation.model,
        "hooks": _paths(invocation.hooks),
        **invocation.flags,
    }


def _paths(hooks: Hooks) -> dict[str, str]:
    return {name: hook.entrypoint for name in type(hooks).model_fields if (hook := getattr(hooks, name)) is not None}


def _said(found: dict[str, Any]) -> dict[str, Any]:
    """What is not left out: a flag that is False is said."""
    return {name: value for name, value in found.items() if value is not None and value not in ({}, [])}
