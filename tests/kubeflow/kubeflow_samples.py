"""Pipelines as IR, by hand, and their compilation to KFP."""

from __future__ import annotations

import json
from typing import Any

import yaml

from zencompile.diagnostics import Report
from zencompile.ir import (
    Environment,
    Image,
    Input,
    Invocation,
    Literal,
    Output,
    OutputRef,
    Parameter,
    Pipeline,
    Step,
    Type,
    Value,
)
from zencompile.ir.verify import verify
from zencompile.passes.lower import Engine, lower
from zencompile.source import Span
from zencompile.targets import Layout
from zencompile_kubeflow import TARGET
from zencompile_kubeflow.options import Options

IMAGE = Image(
    key="main",
    environment="main",
    repository="digits",
    tag="9c1f",
    reference="localhost:5000/digits:9c1f",
    base="python:3.11",
    python="3.11",
)
SPAN = Span("run.py", 7, 5, 7, 20)


def kind(name: str, *arguments: Type, **more: Any) -> Type:
    """A type; `kind("list", kind("int"))` is list[int]."""
    return Type(name=name, arguments=arguments, **more)


def optional(inner: Type) -> Type:
    """Optional[inner]."""
    return kind("union", inner, kind("none"))


def step(name: str, inputs: dict[str, Type] | None = None, outputs: dict[str, Type] | None = None, **more: Any) -> Step:
    """A step of the module `run`."""
    return Step(
        name=name,
        entrypoint=f"run:{name}",
        inputs=tuple(Input(name=n, type=t) for n, t in (inputs or {}).items()),
        outputs=tuple(Output(name=n, type=t) for n, t in (outputs or {"output": kind("any")}).items()),
        code=(name.encode().hex() * 64)[:64],
        **more,
    )


def call(id: str, step: str | None = None, inputs: dict[str, Any] | None = None, **more: Any) -> Invocation:
    """An invocation; plain values are literals, a pair is an output of another one."""
    given = {name: value_of(value) for name, value in (inputs or {}).items()}
    return Invocation(id=id, step=step or id, inputs=given, image="main", environment="main", span=SPAN, **more)


def value_of(value: Any) -> Value:
    """A value of the IR."""
    if isinstance(value, tuple):
        return OutputRef(invocation=value[0], output=value[1])
    if type(value).__module__.startswith("zencompile."):
        return value  # type: ignore[no-any-return]
    return Literal(value=value)


def pipeline(steps: list[Step], invocations: list[Invocation], **more: Any) -> Pipeline:
    """A pipeline named `digits`, of the file run.py."""
    defaults: dict[str, Any] = {
        "name": "digits",
        "function": "digits",
        "entrypoint": "run:digits",
        "source": "run.py",
        "steps": {s.name: s for s in steps},
        "invocations": tuple(invocations),
        "images": {"main": IMAGE},
        "environments": {"main": Environment()},
        "span": SPAN,
    }
    return Pipeline(**defaults | more)


def parameter(name: str, type: Type, *default: Any) -> Parameter:
    """A runtime parameter."""
    return Parameter(name=name, type=type, default=Literal(value=default[0]) if default else None)


class Compiled:
    """The files of a lowered pipeline, read back, with what was reported."""

    def __init__(self, pipeline: Pipeline, **options: Any) -> None:
        self.report = Report()
        self.pipeline = lower(pipeline, Engine(TARGET.name, TARGET.capabilities), self.report)
        assert self.report.errors or self.pipeline is pipeline or not verify(self.pipeline)
        self.files: dict[str, str] = {}
        if not self.report.errors:
            self.files = TARGET.emit(self.pipeline, Options(**options), Layout(source="run.py"), self.report).deployed
        self.text = next((text for name, text in self.files.items() if not name.endswith(".schedule.yaml")), "")
        self.documents: list[dict[str, Any]] = list(yaml.safe_load_all(self.text))

    @property
    def codes(self) -> list[str]:
        return [d.code for d in self.report]

    @property
    def spec(self) -> dict[str, Any]:
        return self.documents[0]

    def tasks(self) -> dict[str, dict[str, Any]]:
        """The tasks of all DAGs of the pipeline."""
        dags = [c["dag"] for c in (self.spec["root"], *self.spec["components"].values()) if "dag" in c]
        return {name: task for dag in dags for name, task in dag["tasks"].items()}

    def task(self, name: str) -> dict[str, Any]:
        """A task of any DAG of the pipeline."""
        return self.tasks()[name]

    def component(self, task: str) -> dict[str, Any]:
        found: dict[str, Any] = self.spec["components"][self.task(task)["componentRef"]["name"]]
        return found

    def container(self, task: str) -> dict[str, Any]:
        executors = self.spec["deploymentSpec"]["executors"]
        found: dict[str, Any] = executors[self.component(task)["executorLabel"]]["container"]
        return found

    def arguments(self, task: str) -> list[str]:
        found: list[str] = self.container(task)["args"]
        return found

    def flag(self, task: str, name: str) -> Any:
        """The JSON value of `--input=NAME=` or of another flag `NAME`."""
        found = [a.partition(f"{name}=")[2] for a in self.arguments(task) if a.startswith(f"{name}=")]
        assert len(found) == 1, (name, self.arguments(task))
        return json.loads(found[0])

    def platform(self, task: str) -> dict[str, Any]:
        executors = self.documents[1]["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
        found: dict[str, Any] = executors[self.component(task)["executorLabel"]]
        return found


def constants(task: dict[str, Any]) -> dict[str, Any]:
    """The parameters that a task is given as constants."""
    given = task.get("inputs", {}).get("parameters", {})
    return {name: source["runtimeValue"]["constant"] for name, source in given.items() if "runtimeValue" in source}
