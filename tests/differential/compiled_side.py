"""Compiling generated programs in this process, and what of the IR can be compared with a run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zencompile import compiler
from zencompile.diagnostics import Diagnostic, Report
from zencompile.frontend import Request, trace
from zencompile.ir import Pipeline
from zencompile.ir.values import ListValue, Literal, Mapping, OutputRef, ParameterRef, Value
from zencompile.ir.verify import verify


@dataclass(frozen=True)
class Compiled:
    """The pipelines that a program compiles to, and the errors that say why it doesn't; `told` are all diagnostics."""

    pipelines: tuple[Pipeline, ...]
    errors: tuple[Diagnostic, ...]
    told: tuple[Diagnostic, ...]


def compiled(folder: Path, traced: bool = False) -> Compiled:
    """Read the program as the command line does when the script gets no arguments."""
    report = Report()
    request = Request(folder / "run.py", arguments=(), working_directory=folder)
    pipelines = trace.read(request, report) if traced else compiler.read(request, report)
    if not report.errors:
        for pipeline in pipelines:
            for diagnostic in verify(pipeline):
                report.add(diagnostic)
    return Compiled(pipelines, tuple(report.errors), tuple(report.diagnostics))


def shown(pipeline: Pipeline) -> dict[str, Any]:
    """A pipeline in the form of a recorded run."""
    arguments = {p.name: p.value or p.default for p in pipeline.parameters}
    invocations = {}
    for invocation in pipeline.invocations:
        step = pipeline.steps[invocation.step]
        invocations[invocation.id] = {
            "step": step.name,
            "entrypoint": step.entrypoint,
            "line": step.span.line if step.span is not None else 0,
            "inputs": {name: _value(value, arguments) for name, value in invocation.inputs.items()},
            "after": sorted(set(invocation.after)),
        }
    return {"pipeline": pipeline.function, "invocations": invocations}


def _value(value: Value, arguments: dict[str, Literal | None]) -> Any:
    if isinstance(value, Literal):
        return _literal(value.value)
    if isinstance(value, ParameterRef):
        argument = arguments[value.name]
        return {"$": "no argument", "name": value.name} if argument is None else _literal(argument.value)
    if isinstance(value, OutputRef):
        return {"$": "output", "invocation": value.invocation, "output": value.output}
    if isinstance(value, ListValue):
        items = [_value(item, arguments) for item in value.items]
        return {"$": "tuple", "items": items} if value.is_tuple else items
    if isinstance(value, Mapping):
        return {name: _value(item, arguments) for name, item in value.items.items()}
    return {"$": value.kind}


def _literal(value: Any) -> Any:
    """A literal without what a recorded run doesn't tell: where an enumeration was defined."""
    if isinstance(value, list):
        return [_literal(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("$") == "enum":
        return {"$": "enum", "name": value["name"], "value": _literal(value["value"])}
    return {name: _literal(item) for name, item in value.items()}
