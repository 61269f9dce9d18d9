"""Conditions: parsed and typed as the server evaluates them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from zencompile_kubeflow.rules.cel import Untyped, check
from zencompile_kubeflow.rules.inputs import given_type
from zencompile_kubeflow.rules.specification import Specification, Task
from zencompile_kubeflow.rules.table import Finding, rule

Json = Any


@rule("ZC0594", "condition", "v2/expression/expression.go: Condition")
def conditions(spec: Specification) -> Iterator[Finding]:
    """An error in a condition fails the driver, and the run."""
    seen: dict[tuple[str, tuple[tuple[str, str], ...]], str] = {}
    for task in spec.conditional:
        types = _types(task)
        key = task.condition, tuple(types.items())
        if key not in seen:
            seen[key] = _problem(task.condition, types)
        if seen[key]:
            yield task.place, f"has a condition that {seen[key]}"


def _problem(condition: str, types: dict[str, str]) -> str:
    try:
        check(condition, types)
    except Untyped as problem:
        return str(problem)
    return ""


def _types(task: Task) -> dict[str, str]:
    """The parameters that the condition finds: those that are given, or filled in for a DAG; "" for an unknown type."""
    wanted = task.wanted("parameters")
    found = {name: str(what["parameterType"]) for name, what in wanted.items() if _filled(task, what)}
    for name, source in task.given("parameters").items():
        found[name] = str(wanted.get(name, {}).get("parameterType") or given_type(task, source))
    return found


def _filled(task: Task, what: Json) -> bool:
    return "dag" in task.component and bool(what.get("isOptional"))
