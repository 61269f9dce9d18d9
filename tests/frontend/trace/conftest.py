"""Reading with both front ends."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from zencompile import frontend
from zencompile.diagnostics import Report
from zencompile.frontend import Request, trace

Both = tuple[list[Any], Report]


def _json(pipelines: Any) -> list[Any]:
    return [json.loads(pipeline.model_dump_json()) for pipeline in pipelines]


@pytest.fixture
def traced() -> Callable[..., Both]:
    """The pipelines of a request as JSON, traced, and what was reported."""

    def read(path: Path, **request: Any) -> Both:
        report = Report()
        request.setdefault("working_directory", path.parent)
        return _json(trace.read(Request(path, **request), report)), report

    return read


@pytest.fixture
def static() -> Callable[..., Both]:
    """The same by the static front end."""

    def read(path: Path, **request: Any) -> Both:
        report = Report()
        request.setdefault("working_directory", path.parent)
        return _json(frontend.read(Request(path, **request), report)), report

    return read


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., Path]:
    """A project of the given files; the first one is the entry."""

    def write(**files: str) -> Path:
        (tmp_path / ".zen").mkdir(exist_ok=True)
        for name, text in files.items():
            (tmp_path / f"{name}.py").write_text(text)
        return tmp_path / f"{next(iter(files))}.py"

    return write
