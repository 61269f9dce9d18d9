"""Kubeflow Pipelines: one file a pipeline, a PipelineSpec of schema 2.1.0 with a PlatformSpec beside it.

KFP's own constructs carry everything that has one: artifacts and their lineage, parameters, caching, retries,
resources, loops and conditions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import BaseModel

from zencompile.diagnostics import Diagnostic, Report
from zencompile.ir import Pipeline
from zencompile.targets import Capability, Files, Layout
from zencompile_kubeflow.options import Options

_checked: set[str] = set()  # digests of texts that this process has made, whose references it has checked


@dataclass(frozen=True)
class KubeflowTarget:
    """The target `kubeflow`."""

    name: str = "kubeflow"
    suffixes: tuple[str, ...] = (".yaml", ".yml")
    flavours: frozenset[str] = frozenset({"kubeflow", "kubernetes"})
    options: type[BaseModel] = Options
    capabilities: frozenset[Capability] = frozenset(Capability) - {
        Capability.COMPUTED_INPUT,
        Capability.EXPRESSION,
        Capability.FAIL_FAST,
        Capability.LOOKUP_INSIDE,
        Capability.MAP_CHECK,
        Capability.MOMENT,
        Capability.RUN_NAME,
        Capability.STOP_ON_FAILURE,
    }

    def emit(self, pipeline: Pipeline, options: Options, layout: Layout, report: Report) -> Files:
        """`<name>.yaml`, and `<name>.schedule.yaml` if the pipeline has a schedule."""
        from zencompile import extras
        from zencompile_kubeflow import block_yaml, judging, schedule, sizes, spec
        from zencompile_kubeflow.lower import lower
        from zencompile_kubeflow.pods import together

        together.check_images(pipeline, report)
        model = lower(pipeline, options, report)
        run = schedule.recurring_run(pipeline, pipeline.schedule, options.timezone, report)
        if report.errors:
            return Files()
        extras.require("kubeflow", "compiling to Kubeflow", report)
        documents = spec.documents(model)
        judging.pipeline(documents, model.spans, pipeline.span, report)
        judging.schedule(run, pipeline.schedule, report)
        if report.errors:
            return Files()
        text = block_yaml.dump(documents, [layout.head])
        _checked.add(_digest(text))
        sizes.check_whole(pipeline, text, report)
        files = Files(deployed={f"{model.name}.yaml": text})
        if run is not None:
            file = f"{model.name}.schedule.yaml"
            schedule.announce(pipeline, run, file, report)
            head = schedule.head(run, model.name, f"{model.name}.yaml")
            files.deployed[file] = block_yaml.dump([run], [layout.head, *head])
        return files

    def validate(self, files: Files) -> Iterable[Diagnostic]:
        """Dangling references and disagreeing types, which KFP's own loader does not find."""
        from zencompile_kubeflow import validate

        for path, text in files.deployed.items():
            if not validate.is_schedule(path) and _digest(text) not in _checked:
                yield from validate.problems(path, text)

    def load(self, files: Mapping[str, str], python: str | None) -> Iterable[Diagnostic]:
        """What our own rules and KFP's SDK say: that of `python`, or beside us."""
        from zencompile_kubeflow import validate

        return validate.load(files, python)

    def codes(self, text: str) -> Mapping[str, str]:
        """What the executors say."""
        from zencompile_kubeflow import reading

        return reading.codes(text)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


TARGET = KubeflowTarget()
