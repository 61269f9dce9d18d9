"""From the IR to the files: the lowering of the Kubeflow target, without what Kubernetes alone would read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from zencompile import extras
from zencompile.diagnostics import Diagnostic, Report
from zencompile.ir import Pipeline, SecretReference, Variable
from zencompile.targets import Files, Layout
from zencompile_kubeflow import block_yaml, judging, spec
from zencompile_kubeflow.lower import lower
from zencompile_kubeflow.model import Component, PipelineModel, RetryPolicy
from zencompile_kubeflow.options import Options as KubeflowOptions
from zencompile_kubeflow.vertex import job, schedule, validate
from zencompile_kubeflow.vertex.executors import Builder
from zencompile_kubeflow.vertex.options import Options
from zencompile_kubeflow.vertex.rules import Problem
from zencompile_kubeflow.vertex.settings import labels

Json = Any

_HOUR = 3600  # seconds
LONGEST_NAME = 128 - len("-20260131060000")
"""The SDK adds the time to the pipeline's name, and the API takes 128 characters for the id of a job."""


def files(pipeline: Pipeline, options: Options, layout: Layout, report: Report) -> Files:
    """All files of a pipeline; none if something can't be expressed."""
    root = job.root(pipeline, options, layout.store, report)
    model = _model(pipeline, options, root, report)
    of_run = labels(pipeline, options, report)
    planned = schedule.document(pipeline, pipeline.schedule, options, report) if pipeline.schedule else None
    if report.errors:
        return Files()
    extras.require("kubeflow", "compiling to Vertex AI", report)
    _warn_of_images(pipeline, model, report)
    name = model.name
    documents = {
        f"{name}.yaml": spec.documents(model),
        f"{name}.job.yaml": [job.document(pipeline, options, root, of_run)],
    }
    heads = {f"{name}.job.yaml": job.head(name, options)}
    if planned is not None:
        file = f"{name}.schedule.yaml"
        documents[file], heads[file] = [planned], job.head_of_schedule(name, options)
        _tell_of_schedule(pipeline, file, report)
    find = judging.finder(documents[f"{name}.yaml"], model.spans)
    for path, stream in documents.items():
        for problem in validate.in_stream(path, stream):
            span = find(problem.place) if isinstance(problem, Problem) else None
            report.error("ZC0615", f"`{path}` would not be valid on Vertex AI: {problem}", span or pipeline.span)
    return Files() if report.errors else _written(documents, heads, layout)


def _written(documents: dict[str, list[Json]], heads: dict[str, list[str]], layout: Layout) -> Files:
    """The texts of documents, which were held against our own rules."""
    found = Files()
    for path, stream in documents.items():
        text = block_yaml.dump(stream, [layout.head, *heads.get(path, ())])
        validate.made(text)
        found.deployed[path] = text
    return found


def _tell_of_schedule(pipeline: Pipeline, file: str, report: Report) -> None:
    report.note(
        "ZC0616",
        "a pipeline on Vertex AI holds no schedule of its own",
        (pipeline.schedule.span if pipeline.schedule else None) or pipeline.span,
        notes=f"`{file}` holds the schedule, and the command that creates it",
    )


def _model(pipeline: Pipeline, options: Options, root: str, report: Report) -> PipelineModel:
    bare = _bare(pipeline)
    build = Builder(pipeline, options, report)
    shared = KubeflowOptions(pipeline_root=root, drift=options.drift, artifacts=options.artifacts)
    model = lower(bare, shared, _OnVertex(report), build)
    components = tuple(map(_with_short_waits, model.components))
    return replace(model, name=_name(model.name), root=_with_short_waits(model.root), components=components)


def _bare(pipeline: Pipeline) -> Pipeline:
    """The pipeline without settings and secrets, which the `Builder` reads: the lowering would read them for pods."""
    environments = {
        key: one.model_copy(update={"variables": _without_secrets(one.variables)})
        for key, one in pipeline.environments.items()
    }
    invocations = tuple(
        one.model_copy(update={"settings": {}, "variables": _without_secrets(one.variables)})
        for one in pipeline.invocations
    )
    return pipeline.model_copy(update={"settings": {}, "environments": environments, "invocations": invocations})


def _without_secrets(variables: Mapping[str, Variable]) -> dict[str, Variable]:
    return {name: one for name, one in variables.items() if not isinstance(one, SecretReference)}


def _name(name: str) -> str:
    """The pipeline's name such that a job can be named by it: it begins with a letter."""
    return (name if name[0].isalpha() else f"p-{name}")[:LONGEST_NAME].rstrip("-")


def _with_short_waits(component: Component) -> Component:
    """A component whose retries say how long a wait may be: on Vertex AI `backoffMaxDuration` is about each one.

    https://cloud.google.com/vertex-ai/docs/pipelines/configure-retries, where it is an hour unless said otherwise.
    """
    if component.dag is None:
        return component
    tasks = tuple(
        replace(task, retry=replace(task.retry, longest=_longest_wait(task.retry))) if task.retry else task
        for task in component.dag.tasks
    )
    return replace(component, dag=replace(component.dag, tasks=tasks))


def _longest_wait(retry: RetryPolicy) -> int:
    return max(_HOUR, int(retry.delay * retry.factor ** (retry.count - 1)))


def _warn_of_images(pipeline: Pipeline, model: PipelineModel, report: Report) -> None:
    """Vertex AI pulls images from a registry; without one, a name means Docker Hub."""
    for executor in model.executors:
        host, slash, _ = executor.image.partition("/")
        if not slash or ("." not in host and ":" not in host) or host.partition(":")[0] in ("localhost", "127.0.0.1"):
            report.warning(
                "ZC0619",
                f"Vertex AI can't pull the image `{_repository(executor.image)}` of this machine",
                pipeline.span,
                helps='name one: `[tool.zencompile]` with `registry = "LOCATION-docker.pkg.dev/PROJECT/REPOSITORY"`',
            )
            return


def _repository(image: str) -> str:
    return image.partition("@")[0].rpartition(":")[0] or image


class _OnVertex(Report):
    """A report that says of Vertex AI what the shared lowering says of Kubeflow."""

    def __init__(self, report: Report) -> None:
        super().__init__(report.diagnostics, report.sources)

    def add(self, diagnostic: Diagnostic) -> None:
        """Record a diagnostic once, in words of this target; not what is about Kubeflow's own server."""
        if diagnostic.code in _OF_SERVERS:
            return
        if diagnostic.code == _RETRIES:
            super().add(replace(diagnostic, notes=("Vertex AI runs pipelines of Kubeflow's form, and says no more",)))
            return
        super().add(
            replace(
                diagnostic,
                message=_renamed(diagnostic.message),
                label=_renamed(diagnostic.label),
                notes=tuple(map(_renamed, diagnostic.notes)),
                helps=tuple(map(_renamed, diagnostic.helps)),
            )
        )


_OF_SERVERS = frozenset(("ZC0581", "ZC0582"))  # sizes that the API server and etcd take
_RETRIES = "ZC0585"
_WORDS = {
    "a pod on Kubeflow": "a step on Vertex AI",
    "Kubeflow": "Vertex AI",
    "zencompile.kubeflow": "zencompile.vertex",
    "kubeflow.": "vertex.",
}


def _renamed(text: str) -> str:
    for theirs, ours in _WORDS.items():
        text = text.replace(theirs, ours)
    return text
