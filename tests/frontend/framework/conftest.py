"""Compile a pipeline from text."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from zencompile.diagnostics import Report, Severity
from zencompile.frontend import Request, read
from zencompile.ir import Invocation, ListValue, Literal, OutputRef, ParameterRef, Pipeline

HEADER = """
from typing import Any, Dict, List, NamedTuple, Optional, Tuple
from typing_extensions import Annotated
from zenml import ArtifactConfig, ExternalArtifact, Model, get_pipeline_context, pipeline, step
from zenml.client import Client
from zenml.config import CachePolicy, DockerSettings, ResourceSettings, Schedule, StepRetryConfig

@step
def load(n: int = 1) -> int:
    return n

@step
def two() -> Tuple[Annotated[int, "a"], Annotated[int, "b"]]:
    return 1, 2

@step
def add(a: int, b: int = 2) -> int:
    return a + b

@step
def total(items: List[int]) -> int:
    return sum(items)

@step
def nothing() -> None:
    pass

"""


@dataclass
class Compiled:
    """What a compilation gave."""

    pipelines: tuple[Pipeline, ...]
    report: Report
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def pipeline(self) -> Pipeline:
        assert not self.errors, self.report.errors
        (pipeline,) = self.pipelines
        return pipeline

    @property
    def errors(self) -> list[str]:
        """Codes of errors, and of what the verifier would report."""
        problems = [p.code for pipeline in self.pipelines for p in pipeline.problems]
        return [d.code for d in self.report.errors] + problems

    @property
    def warnings(self) -> list[str]:
        return [d.code for d in self.report if d.severity is Severity.WARNING]

    @property
    def notes(self) -> list[str]:
        return [d.code for d in self.report if d.severity is Severity.NOTE]

    @property
    def ids(self) -> list[str]:
        return [i.id for i in self.pipeline.invocations]

    def __getitem__(self, id_: str) -> Invocation:
        return next(i for i in self.pipeline.invocations if i.id == id_)

    def input(self, id_: str, name: str) -> Any:
        """An input, short: a value, `"x.out"`, `"$parameter"`, a list of these, or the node."""
        return short(self[id_].inputs[name])

    def upstream(self, id_: str) -> set[str]:
        found = set(self[id_].after)
        for value in self[id_].inputs.values():
            items = value.items if isinstance(value, ListValue) else (value,)
            found |= {item.invocation for item in items if isinstance(item, OutputRef)}
        return found

    def outputs(self, id_: str) -> list[str]:
        return [o.name for o in self.pipeline.steps[self[id_].step].outputs]


def short(value: Any) -> Any:
    if isinstance(value, Literal):
        return value.value
    if isinstance(value, OutputRef):
        return f"{value.invocation}.{value.output}"
    if isinstance(value, ParameterRef):
        return f"${value.name}"
    if isinstance(value, ListValue):
        return [short(item) for item in value.items]
    return value


Compile = Callable[..., Compiled]


@pytest.fixture
def compile_text(tmp_path: Path) -> Compile:
    """Compile text: `run.py` is the header and the text, other files are given by name."""

    def act(
        text: str,
        name: str | None = None,
        header: bool = True,
        files: dict[str, str] | None = None,
        parameters: dict[str, str] | None = None,
        environment: dict[str, str] | None = None,
        config: str | None = None,
        arguments: tuple[str, ...] | None = None,
    ) -> Compiled:
        (tmp_path / ".zen").mkdir(exist_ok=True)
        (tmp_path / "run.py").write_text((HEADER if header else "") + textwrap.dedent(text))
        for path, content in (files or {}).items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(textwrap.dedent(content))
        if config is not None:
            (tmp_path / "config.yaml").write_text(textwrap.dedent(config))
        report = Report()
        request = Request(
            path=tmp_path / "run.py",
            pipeline=name,
            parameters=parameters or {},
            environment=environment or {},
            config=tmp_path / "config.yaml" if config is not None else None,
            arguments=arguments,
            working_directory=tmp_path,
        )
        return Compiled(read(request, report), report)

    return act
