"""Dynamic pipelines: mapping over outputs, futures, and conditions on values of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zencompile.frontend.values import Context, Value

if TYPE_CHECKING:
    from zencompile.frontend.framework.handles import Output
    from zencompile.frontend.framework.steps import StepDefinition


def unmapped(arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
    return arguments[0]


def attribute(output: Output, name: str, context: Context) -> Value:
    raise NotImplementedError


def step_method(
    step: StepDefinition, name: str, arguments: list[Value], keywords: dict[str, Value], context: Context
) -> Value:
    raise NotImplementedError
