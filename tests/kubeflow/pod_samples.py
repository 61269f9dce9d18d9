"""Pipelines of one step with settings of its pod."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kubeflow_samples import Compiled, call, pipeline, step

from zencompile.source import Span

REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"


def pod(settings: dict[str, Any], options: dict[str, Any] | None = None, **more: Any) -> Compiled:
    """A pipeline of one step with these settings of its pod, each at a line of its own."""
    key = more.pop("key", "orchestrator.kubernetes")
    written = {key: {"pod_settings": settings}}
    spans: dict[str, Span] = {}
    for number, path in enumerate(_paths(written)):
        spans["/".join(path)] = Span("run.py", 100 + number, 1, 100 + number, 2)
    calls = [call("s", settings=written, spans=spans, **more)]
    return Compiled(pipeline([step("s")], calls), **options or {})


def _paths(value: Any, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    items = enumerate(value) if isinstance(value, list) else value.items() if isinstance(value, dict) else ()
    for key, item in items:
        yield (*above, str(key))
        yield from _paths(item, (*above, str(key)))


def problems(made: Compiled) -> list[str]:
    """Codes of what is more than a note."""
    return [found.code for found in made.report if found.severity.value != "note"]


def where(made: Compiled, code: str) -> Span:
    """The place of the one problem of a code."""
    (found,) = [one for one in made.report if one.code == code]
    assert found.span is not None
    return found.span
