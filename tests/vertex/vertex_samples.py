"""Pipelines as IR, by hand, and their compilation to Vertex AI."""

from __future__ import annotations

from typing import Any

import yaml
from kubeflow_samples import IMAGE, call, kind, parameter, pipeline, step

from zencompile.diagnostics import Diagnostic, Report
from zencompile.ir import Map, OutputRef, Pipeline, Resources, Retry, Schedule
from zencompile.passes.lower import Engine, lower
from zencompile.targets import Layout
from zencompile_kubeflow.vertex import TARGET
from zencompile_kubeflow.vertex.options import Options

ROOT = "gs://acme-ml/runs"
INT = kind("int")
PUSHED = IMAGE.model_copy(update={"reference": "europe-west4-docker.pkg.dev/acme/ml/digits:9c1f"})


class Compiled:
    """The files of a pipeline, read back, with what was reported."""

    def __init__(self, pipeline: Pipeline, store: str | None = None, **options: Any) -> None:
        self.report = Report()
        lowered = lower(pipeline, Engine(TARGET.name, TARGET.capabilities), self.report)
        self.texts: dict[str, str] = {}
        if not self.report.errors:
            given = Options(**({"pipeline_root": ROOT} if store is None else {}) | options)
            self.texts = TARGET.emit(lowered, given, Layout(store=store), self.report).deployed
        self.files: dict[str, Any] = {name: yaml.safe_load(text) for name, text in self.texts.items()}

    def __getitem__(self, suffix: str) -> Any:
        """The file `digits<suffix>`."""
        return self.files[f"digits{suffix}"]

    def container(self, name: str = "load") -> dict[str, Any]:
        """The container of a step."""
        found: dict[str, Any] = self[".yaml"]["deploymentSpec"]["executors"][f"exec-{name}"]["container"]
        return found

    def told(self, code: str) -> list[Diagnostic]:
        """What was reported under a code."""
        return [one for one in self.report if one.code == code]


def single(settings: dict[str, Any] | None = None, resources: Resources | None = None, **more: Any) -> Pipeline:
    """A pipeline of one step, `load`."""
    given = {"orchestrator.vertex": settings} if settings else {}
    made = call("load", settings=given, resources=resources, **more)
    return pipeline([step("load", outputs={"output": INT})], [made], images={"main": PUSHED})


def scheduled(**fields: Any) -> Pipeline:
    """A pipeline with a schedule."""
    return single().model_copy(update={"schedule": Schedule(**fields)})


def rich() -> Pipeline:
    """A pipeline with data, parameters, a loop, retries and a schedule."""
    steps = [
        step("load", inputs={"n": INT}, outputs={"output": kind("list", INT)}),
        step("square", inputs={"x": INT}, outputs={"output": INT}),
        step("total", inputs={"all": kind("list", INT)}, outputs={"output": INT}),
    ]
    calls = [
        call("load", inputs={"n": 3}, retry=Retry(max_retries=2, delay=10, backoff=2)),
        call("square", after=("load",)),
        call("total", inputs={"all": ("square", "output")}),
    ]
    made = pipeline(steps, calls, images={"main": PUSHED})
    controls = (Map(id="map", over={"x": OutputRef(invocation="load", output="output")}, body=("square",)),)
    fields = {
        "controls": controls,
        "parameters": (parameter("rate", kind("float"), 0.5),),
        "schedule": Schedule(cron="0 3 * * 1-5", timezone="Europe/Berlin"),
        "execution_mode": "stop_on_failure",
    }
    return made.model_copy(update=fields)
