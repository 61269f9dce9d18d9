"""What runs a step on Vertex AI: the container of the Kubeflow target, with nothing of Kubernetes in it."""

from __future__ import annotations

import re
from dataclasses import replace

from zencompile.diagnostics import Report
from zencompile.ir import Invocation, OutputRef, Pipeline, SecretReference, Text, leaves
from zencompile_kubeflow import executors
from zencompile_kubeflow.model import ContainerResources, Executor
from zencompile_kubeflow.options import Options as KubeflowOptions
from zencompile_kubeflow.vertex import machines
from zencompile_kubeflow.vertex.options import Options
from zencompile_kubeflow.vertex.rules import MOST_ARTIFACTS
from zencompile_kubeflow.vertex.settings import ACCELERATOR_LABEL, StepSettings, of_step

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_MOST_VARIABLES = 100  # `ContainerSpec.env` of the Vertex AI API v1


class Builder:
    """Makes executors; `pipeline` is the one with settings, of which the lowering sees none."""

    def __init__(self, pipeline: Pipeline, options: Options, report: Report) -> None:
        self.pipeline, self.options, self.report = pipeline, options, report
        self.invocations = {one.id: one for one in pipeline.invocations}

    def __call__(
        self,
        pipeline: Pipeline,
        invocation: Invocation,
        image: str,
        flags: tuple[str, ...],
        options: KubeflowOptions,
        report: Report,
    ) -> Executor:
        """The executor of an invocation, as `zencompile_kubeflow.executors.build` makes it."""
        whole = self.invocations.get(invocation.id, invocation)
        settings = of_step(self.pipeline, whole, self.options, self.report)
        self._refuse_secrets(whole)
        self._count_artifacts(whole)
        variables = {name: Text(value=text) for name, text in settings.variables.items()}
        bare = invocation.model_copy(update={"resources": None, "variables": {**variables, **invocation.variables}})
        built = executors.build(pipeline, bare, image, flags, options, report)
        return replace(
            built,
            variables=_environment(built.variables),
            resources=self._resources(whole, settings),
            kubernetes={},
        )

    def _refuse_secrets(self, invocation: Invocation) -> None:
        environment = self.pipeline.environments.get(invocation.environment or "")
        for name, variable in {**(environment.variables if environment else {}), **invocation.variables}.items():
            if isinstance(variable, SecretReference):
                self.report.error(
                    "ZC0614",
                    f"`{name}` is taken from the secret `{variable.name}`, and a pipeline on Vertex AI has no secrets",
                    invocation.span,
                    notes="a variable of a step on Vertex AI is a text, which everyone can read who sees the run",
                    helps="read it in the step, with the client of Secret Manager and the step's service account",
                )

    def _count_artifacts(self, invocation: Invocation) -> None:
        given = [leaf for value in invocation.inputs.values() for leaf in leaves(value) if isinstance(leaf, OutputRef)]
        count = len({(one.invocation, one.output) for one in given})
        if count > MOST_ARTIFACTS:
            self.report.error(
                "ZC0615",
                f"`{invocation.id}` takes {count:,} artifacts, and Vertex AI takes {MOST_ARTIFACTS} at a time",
                invocation.span,
                notes='"Maximum number of artifacts exceeded": https://github.com/kubeflow/kubeflow/issues/7513',
                helps="gather them in several steps, and what these give in another one",
            )

    def _resources(self, invocation: Invocation, settings: StepSettings) -> ContainerResources:
        cpu, memory, count = settings.cpu, settings.memory, settings.accelerator_count
        kind, span = settings.accelerator, settings.accelerator_span
        resources = invocation.resources
        if resources is not None and not settings.as_custom_job:
            cpu = resources.cpu if resources.cpu is not None else cpu
            memory = resources.memory if resources.memory is not None else memory
            count = resources.gpu if resources.gpu is not None else count
            if kind is None and resources.gpu_class:
                kind, span = resources.gpu_class, invocation.span
        self._check_size(invocation, cpu, memory)
        accelerator = self._accelerator(invocation, kind, count, span or invocation.span)
        return ContainerResources(
            cpu_limit=machines.cpu_text(cpu) if cpu else "",
            cpu_limit_number=cpu or 0,
            memory_limit=machines.memory_text(memory) if memory else "",
            memory_limit_number=(memory or 0) / 10**9,
            accelerator=accelerator,
            accelerator_count=count if accelerator else 0,
        )

    def _check_size(self, invocation: Invocation, cpu: float | None, memory: int | None) -> None:
        for asked, most, what in (
            (cpu, machines.MOST_CPUS, f"{cpu or 0:g} CPUs, and there are {machines.MOST_CPUS} at most"),
            (memory, machines.MOST_MEMORY, f"{(memory or 0) / 10**9:g} GB of memory, and there are 624 GB at most"),
        ):
            if asked is not None and asked > most:
                self.report.error("ZC0613", f"on Vertex AI, `{invocation.id}` asks for {what}", invocation.span)

    def _accelerator(self, invocation: Invocation, kind: str | None, count: int, span: object) -> str:
        place = span if span is not None else invocation.span
        if not count:
            if kind:
                self.report.warning(
                    "ZC0610",
                    f"`{kind}` is named for `{invocation.id}`, which asks for no GPU: it gets none",
                    place,  # type: ignore[arg-type]
                    helps="ask with `ResourceSettings(gpu_count=1)`, or with `accelerator_count` of a custom job",
                )
            return ""
        kind = kind or self.options.accelerator
        found = machines.accelerator(kind) if kind else None
        if found is None:
            self.report.error(
                "ZC0613",
                f"`{kind}` is no accelerator of Vertex AI"
                if kind
                else f"which GPU `{invocation.id}` runs on isn't said",
                place,  # type: ignore[arg-type]
                notes=f"there are {', '.join(machines.ACCELERATORS)}",
                helps=(
                    f"name it: `pod_settings={{'node_selectors': {{'{ACCELERATOR_LABEL}': 'NVIDIA_TESLA_T4'}}}}`",
                    "or for all steps: `--set vertex.accelerator=NVIDIA_TESLA_T4`",
                ),
            )
        return found or ""


def _environment(variables: dict[str, str]) -> dict[str, str]:
    """The variables that a container on Vertex AI can have; the runtime sets every one by its flag, so none is lost.

    `EnvVar` of the Vertex AI API v1: names are identifiers of C, no text is empty (it is refused, says
    https://github.com/kubeflow/pipelines/issues/10111), and `$(NAME)` and `$$` are replaced.
    """
    texts = [
        (name, text)
        for name, text in variables.items()
        if text and "$(" not in text and "$$" not in text and _IDENTIFIER.fullmatch(name)
    ]
    return dict(texts[:_MOST_VARIABLES])
