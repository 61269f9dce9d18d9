"""`${NAME}` in the values of parameters: what `--env` gives takes its place once the pipeline's function has run.

The function itself sees the text as it was written, as in the original; what its steps get has the values.
"""

from __future__ import annotations

from typing import Any

from zencompile.frontend.framework.runconfig import VARIABLE
from zencompile.ir import Invocation, Literal, Parameter, with_parts


def fill_parameter(parameter: Parameter, environment: dict[str, str]) -> Parameter:
    """A parameter's default and value with their variables replaced."""
    changes = {
        key: _value(one, environment)
        for key, one in (("default", parameter.default), ("value", parameter.value))
        if one is not None
    }
    return parameter.model_copy(update=changes)


def fill_invocation(invocation: Invocation, environment: dict[str, str]) -> Invocation:
    """An invocation's literals with their variables replaced."""
    return invocation.model_copy(
        update={"inputs": {name: _value(value, environment) for name, value in invocation.inputs.items()}}
    )


def _value(value: Any, environment: dict[str, str]) -> Any:
    if isinstance(value, Literal):
        return value.model_copy(update={"value": _plain(value.value, environment)})
    return with_parts(value, lambda one: _value(one, environment))


def _plain(value: Any, environment: dict[str, str]) -> Any:
    if isinstance(value, str):
        return VARIABLE.sub(lambda match: environment.get(match[1], match[0]), value) if "${" in value else value
    if isinstance(value, list):
        return [_plain(item, environment) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item, environment) for key, item in value.items()}
    return value
