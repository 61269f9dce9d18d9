"""Texts of a pipeline that no file can hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from zencompile.diagnostics import Diagnostic
from zencompile.ir.literals import is_text
from zencompile.ir.model import Pipeline

_FIELDS = ("name", "docstring", "id", "run_name", "tags", "secrets", "extra", "settings", "substitutions", "model")
"""Fields of nodes that hold texts of the user's as they are. Values are checked where they are made."""


def unwritable(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """An error for each text with a lone surrogate: names, tags, docstrings, settings."""
    for kind, node in _nodes(pipeline):
        held = node.__dict__
        for field in _FIELDS:
            value = held.get(field)
            if value and not _is_writable(value):
                yield Diagnostic(
                    "ZC0111",
                    f"a lone surrogate stands in the {field.replace('_', ' ')} of the {kind}",
                    held["span"],
                    notes=("half of a pair of code units is no character: no file and no argument can hold it",),
                )


def _nodes(pipeline: Pipeline) -> Iterator[tuple[str, BaseModel]]:
    yield "pipeline", pipeline
    for step in pipeline.steps.values():
        yield "step", step
        for output in step.outputs:
            yield "output", output
    for invocation in pipeline.invocations:
        yield "invocation", invocation


def _is_writable(value: Any) -> bool:
    """Whether all texts in a field can be written."""
    if isinstance(value, str):
        return is_text(value)
    if isinstance(value, Mapping):
        return all(_is_writable(key) and _is_writable(item) for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return all(map(_is_writable, value))
    return True
