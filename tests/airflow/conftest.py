"""Pipelines made by hand, and what the target makes of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from zencompile.diagnostics import Report
from zencompile.ir import (
    Image,
    Input,
    Invocation,
    Literal,
    Output,
    OutputRef,
    Parameter,
    ParameterRef,
    Pipeline,
    Step,
    Type,
)
from zencompile.ir.verify import verify
from zencompile.passes.lower import Engine, lower
from zencompile.source import Span
from zencompile.targets import Files, Layout
from zencompile_airflow import TARGET, Options

STORE = "s3://acme-ml/artifacts"
ANY = Type(name="any")


def span(line: int, file: str = "run.py") -> Span:
    return Span(file, line, 5, line, 20)


def image(key: str = "main", **more: Any) -> Image:
    fields = {
        "key": key,
        "environment": "e1",
        "repository": "digits",
        "tag": f"{key}0123456789abcd",
        "reference": f"registry.acme.io/digits:{key}0123456789abcd",
        "base": "python:3.11-slim-bookworm",
        "python": "3.11",
    }
    return Image(**{**fields, **more})


def invocation(id: str, step: str = "", line: int = 10, **more: Any) -> Invocation:
    return Invocation(**{"id": id, "step": step or id, "image": "main", "span": span(line), **more})


def step(name: str, module: str = "run", **more: Any) -> Step:
    return Step(name=name, entrypoint=f"{module}:{name}", **{"deployed": "0123456789abcdef" * 4, **more})


def pipeline(*invocations: Invocation, **more: Any) -> Pipeline:
    """A pipeline of these invocations; every step that they name exists."""
    fields: dict[str, Any] = {
        "name": "digits",
        "function": "digits",
        "entrypoint": "run:digits",
        "source": "run.py",
        "namespace": "acme",
        "steps": {i.step: step(i.step) for i in invocations},
        "invocations": invocations,
        "images": {"main": image()},
        "span": span(40),
    }
    return Pipeline(**{**fields, **more})


def digits(**more: Any) -> Pipeline:
    """Three steps: a parameter, two outputs passed on, an input from each of two steps."""
    load = invocation("load_digits", line=14)
    train = invocation(
        "train",
        line=22,
        inputs={
            "data": OutputRef(invocation="load_digits", output="train"),
            "gamma": ParameterRef(name="gamma"),
            "name": Literal(value="it's"),
        },
    )
    evaluate = invocation(
        "evaluate",
        line=31,
        inputs={
            "model": OutputRef(invocation="train", output="model"),
            "data": OutputRef(invocation="load_digits", output="test"),
        },
    )
    steps = {
        "load_digits": step("load_digits", outputs=(Output(name="train", type=ANY), Output(name="test", type=ANY))),
        "train": step("train", inputs=(Input(name="data", type=ANY),), outputs=(Output(name="model", type=ANY),)),
        "evaluate": step("evaluate"),
    }
    parameters = (Parameter(name="gamma", type=Type(name="float"), default=Literal(value=0.001)),)
    fields = {"steps": steps, "parameters": parameters, "docstring": "Train and evaluate a digit classifier.", **more}
    return pipeline(load, train, evaluate, **fields)


@dataclass
class Emitted:
    """What the target made of a pipeline."""

    files: Files
    report: Report

    @property
    def text(self) -> str:
        (text,) = self.files.deployed.values()
        return text

    @property
    def codes(self) -> list[str]:
        return [diagnostic.code for diagnostic in self.report]

    def write(self, folder: Path) -> Path:
        """The DAG file, on disk."""
        ((name, text),) = self.files.deployed.items()
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / name
        file.write_text(text, "utf-8")
        return file


def emit(given: Pipeline, layout: Layout | None = None, **options: Any) -> Emitted:
    """What the target writes of the lowered pipeline; nothing if lowering refuses it."""
    report = Report()
    chosen = Options(**{"store": STORE, **options})
    lowered = lower(given, Engine(TARGET.name, TARGET.capabilities), report)
    if report.errors:
        return Emitted(Files(), report)
    assert lowered is given or not verify(lowered)
    return Emitted(TARGET.emit(lowered, chosen, layout or Layout(), report), report)


@dataclass(frozen=True)
class Hand:
    """The functions above, for tests that may not import a conftest."""

    digits: Callable[..., Pipeline] = digits
    emit: Callable[..., Emitted] = emit
    image: Callable[..., Image] = image
    invocation: Callable[..., Invocation] = invocation
    pipeline: Callable[..., Pipeline] = pipeline
    span: Callable[..., Span] = span
    step: Callable[..., Step] = step
    any: Type = field(default=ANY)


@pytest.fixture(scope="session")
def hand() -> Hand:
    return Hand()
