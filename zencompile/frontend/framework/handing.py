"""Which pipelines code may run that is not followed: those that a library is given, those that a handler calls."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from zencompile.frontend.framework.definitions import PipelineDefinition
from zencompile.frontend.values import BoundMethod, Function, Module, Value

_LOOKING = frozenset({"copy", "inspect", "logging", "loguru", "pprint", "rich", "structlog", "typing", "warnings"})
"""Modules whose functions call nothing that they are given."""

_DEEPEST = 4
"""Functions and containers inside of one another that are looked into."""


def only_looks(path: str) -> bool:
    """Whether a function of a library, by its dotted path, is known not to call what it is given."""
    return path.partition(".")[0] in _LOOKING


def pipelines_in(values: Iterable[Value], depth: int = 0) -> list[PipelineDefinition]:
    """The pipelines among values, in containers and called by functions among them; each once."""
    found: dict[int, PipelineDefinition] = {}
    for value in values:
        inner = [value] if isinstance(value, PipelineDefinition) else _below(value, depth)
        found.update({id(one): one for one in inner})
    return list(found.values())


def _below(value: Value, depth: int) -> list[PipelineDefinition]:
    if depth >= _DEEPEST:
        return []
    if isinstance(value, (list, tuple)):
        return pipelines_in(value, depth + 1)
    if isinstance(value, dict):
        return pipelines_in(value.values(), depth + 1)
    if isinstance(value, BoundMethod):
        return pipelines_in([value.function], depth + 1)
    if isinstance(value, Function):
        return pipelines_in(_called([value.node], value.module), depth + 1)
    wrapped = getattr(value, "function", None)  # of a `functools.partial`
    return pipelines_in([wrapped], depth + 1) if wrapped is not None else []


def pipelines_called(nodes: Iterable[ast.AST], module: Module) -> list[PipelineDefinition]:
    """The pipelines that code of a module calls, itself or by functions."""
    return pipelines_in(_called(nodes, module))


def _called(nodes: Iterable[ast.AST], module: Module) -> list[Value]:
    """What code calls by names of its module."""
    state = module.state
    known = state.values if state is not None else {}
    calls = (one.func for node in nodes for one in ast.walk(node) if isinstance(one, ast.Call))
    return [known[func.id] for func in calls if isinstance(func, ast.Name) and func.id in known]
