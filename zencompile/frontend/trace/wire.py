"""What the compiler and the process that runs the program tell each other, as JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from zencompile.diagnostics import Diagnostic, Label, Severity
from zencompile.frontend.request import Request
from zencompile.source import SourceFile, Span


def request_to_json(request: Request) -> dict[str, Any]:
    """A request; paths become text."""
    return {
        "path": str(request.path),
        "pipeline": request.pipeline,
        "parameters": request.parameters,
        "environment": request.environment,
        "config": None if request.config is None else str(request.config),
        "arguments": None if request.arguments is None else list(request.arguments),
        "source_root": None if request.source_root is None else str(request.source_root),
        "namespace": request.namespace,
        "working_directory": str(request.working_directory),
        "stubs": list(request.stubs),
        "python": request.python,
        "trace_timeout": request.trace_timeout,
        "running": request.running,
        "image_python": request.image_python,
        "texts": request.texts,
    }


def request_from_json(data: dict[str, Any]) -> Request:
    """The request that `request_to_json` wrote."""
    paths = {k: Path(data[k]) for k in ("path", "config", "source_root", "working_directory") if data[k] is not None}
    arguments = None if data["arguments"] is None else tuple(data["arguments"])
    return Request(**{**data, **paths, "arguments": arguments, "stubs": tuple(data["stubs"])})


def diagnostic_to_json(diagnostic: Diagnostic) -> dict[str, Any]:
    """A diagnostic; spans become lists."""
    return {
        "code": diagnostic.code,
        "message": diagnostic.message,
        "span": diagnostic.span,
        "label": diagnostic.label,
        "severity": diagnostic.severity.value,
        "notes": diagnostic.notes,
        "helps": diagnostic.helps,
        "labels": [[label.span, label.text] for label in diagnostic.labels],
    }


def diagnostic_from_json(data: dict[str, Any]) -> Diagnostic:
    """The diagnostic that `diagnostic_to_json` wrote."""
    return Diagnostic(
        code=data["code"],
        message=data["message"],
        span=None if data["span"] is None else Span(*data["span"]),
        label=data["label"],
        severity=Severity(data["severity"]),
        notes=tuple(data["notes"]),
        helps=tuple(data["helps"]),
        labels=tuple(Label(Span(*span), text) for span, text in data["labels"]),
    )


def source_to_json(source: SourceFile) -> dict[str, Any]:
    """A source with its text: the file may change, or be gone, when it is asked for."""
    data = None if source.data is None else source.data.hex()
    return {"text": source.text, "location": str(source.location), "data": data}


def source_from_json(name: str, data: dict[str, Any]) -> SourceFile:
    """The source that `source_to_json` wrote."""
    held = data.get("data")
    return SourceFile(name, data["text"], Path(data["location"]), None if held is None else bytes.fromhex(held))
