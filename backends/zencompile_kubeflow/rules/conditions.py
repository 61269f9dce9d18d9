"""Conditions: parsed and typed as the server evaluates them."""

from __future__ import annotations

from collections.abc import Iterator

from zencompile_kubeflow.rules.cel import Untyped, check
from zencompile_kubeflow.rules.specification import Specification, Task
from zencompile_kubeflow.rules.table import Finding, rule


@rule("ZC0594", "condition", "v2/expression/expression.go: Condition")
def conditions(spec: Specification) -> Iterator[Finding]:
    """An error in a condition fails the driver, and the run."""
    seen: dict[tuple[str, tuple[tuple[str, str], ...]], str] = {}
    for task in spec.tasks():
        if not task.condition:
            continue
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
    """The parameters that the condition finds: those that are given, or filled in for a DAG."""
    wanted = task.wanted("parameters")
    filled = {name: what for name, what in wanted.items() if "dag" in task.component and what.get("isOptional")}
    return {name: wanted.get(name, {}).get("parameterType", "STRUCT") for name in (*task.given("parameters"), *filled)}
