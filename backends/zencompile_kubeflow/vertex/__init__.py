"""Vertex AI Pipelines: the target `vertex`. It runs PipelineSpecs as Kubeflow Pipelines does, on machines of its own.

There is no Kubernetes to see: what Kubeflow keeps in a PlatformSpec stands in the spec, in a job file beside it, or is
told. Facts about Vertex AI are from its documentation and its API's types, which each module names; nothing here was
run on Vertex AI itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import BaseModel

from zencompile.diagnostics import Diagnostic, Report
from zencompile.ir import Pipeline
from zencompile.targets import Capability, Files, Layout
from zencompile_kubeflow import TARGET as KUBEFLOW
from zencompile_kubeflow.vertex.options import Options


@dataclass(frozen=True)
class VertexTarget:
    """A PipelineSpec for Vertex AI Pipelines, with the job and the schedule around it."""

    name: str = "vertex"
    suffixes: tuple[str, ...] = (".yaml", ".yml")
    flavours: frozenset[str] = frozenset({"vertex"})
    options: type[BaseModel] = Options
    capabilities: frozenset[Capability] = (KUBEFLOW.capabilities | {Capability.STOP_ON_FAILURE}) - {Capability.SECRETS}

    def emit(self, pipeline: Pipeline, options: Options, layout: Layout, report: Report) -> Files:
        """`<name>.yaml`, `<name>.job.yaml`, and `<name>.schedule.yaml` if the pipeline has a schedule."""
        from zencompile_kubeflow.vertex import emit

        return emit.files(pipeline, options, layout, report)

    def validate(self, files: Files) -> Iterable[Diagnostic]:
        """What our own rules find."""
        from zencompile_kubeflow.vertex import validate

        return validate.problems(files.deployed)

    def load(self, files: Mapping[str, str], python: str | None) -> Iterable[Diagnostic]:
        """What our own rules and the SDK of Vertex AI say: that of `python`, or beside us."""
        from zencompile_kubeflow.vertex import validate

        return validate.load(files, python)

    def codes(self, text: str) -> Mapping[str, str]:
        """What the executors say."""
        return KUBEFLOW.codes(text)


TARGET = VertexTarget()
