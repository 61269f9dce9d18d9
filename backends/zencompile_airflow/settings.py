"""What the user's own settings say to Airflow (`settings={"orchestrator.airflow": …}`), checked and merged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from zencompile.diagnostics import Report
from zencompile.ir import Invocation, Pipeline
from zencompile.source import Span
from zencompile_airflow import assets
from zencompile_airflow.options import Operator, Options
from zencompile_templates.python import Call

Json = Any

KEYS = ("orchestrator", "orchestrator.airflow")
_OPERATORS: dict[str, Operator] = {
    "airflow.providers.cncf.kubernetes.operators.kubernetes_pod.KubernetesPodOperator": "kubernetes",
    "airflow.providers.cncf.kubernetes.operators.pod.KubernetesPodOperator": "kubernetes",
    "airflow.providers.docker.operators.docker.DockerOperator": "docker",
    "bash": "bash",
    "docker": "docker",
    "inline": "inline",
    "kubernetes": "kubernetes",
    "kubernetes_pod": "kubernetes",
}
_WITHOUT_EFFECT = {
    "custom_dag_generator": "the DAG file is made by zencompile alone",
    "dag_output_dir": "the output folder is given on the command line",
}
_KNOWN = {"assets", "dag_args", "dag_id", "dag_tags", "operator", "operator_args", "outlets", *_WITHOUT_EFFECT}

# Arguments of a DAG that Airflow 3 no longer takes, and what says the same in both versions.
_RENAMED = {"concurrency": "max_active_tasks", "schedule_interval": "schedule", "timetable": "schedule"}
_REMOVED = {"default_view", "fail_fast", "fail_stop", "orientation", "sla_miss_callback", "full_filepath"}
_OURS = {"catchup", "dag_id", "params", "tags"}
# What the step command and the compiler decide.
_RESERVED = {"arguments", "bash_command", "cmds", "command", "entrypoint", "image", "task_id"}


@dataclass(frozen=True)
class Settings:
    """The settings of a pipeline (`dag_…`) or of one invocation (`operator…`)."""

    dag_id: str | None = None
    dag_tags: tuple[str, ...] = ()
    dag_args: Mapping[str, Json] = field(default_factory=dict)
    starting: object = None  # assets, as the DAG's `schedule`
    operator: Operator = "docker"
    operator_args: Mapping[str, Json] = field(default_factory=dict)
    outlets: Sequence[Call] = ()


def of_pipeline(pipeline: Pipeline, options: Options, report: Report) -> Settings:
    """The pipeline's settings; what has no effect or no meaning is reported, once."""
    raw = _merged(pipeline.settings)
    for name in sorted(raw):
        if name in _WITHOUT_EFFECT:
            report.note(
                "ZC0514",
                f"the Airflow setting `{name}` has no effect",
                pipeline.span,
                notes=_WITHOUT_EFFECT[name],
            )
        elif name not in _KNOWN:
            report.note("ZC0514", f"Airflow has no setting `{name}`; it has no effect", pipeline.span)
    return Settings(
        dag_id=options.dag_id or raw.get("dag_id"),
        dag_tags=tuple(str(tag) for tag in raw.get("dag_tags") or ()),
        dag_args=_dag_args(raw.get("dag_args") or {}, pipeline.span, report),
        starting=assets.starting(pipeline, {"dag_args": {}, **raw}, report),
    )


def of_invocation(pipeline: Pipeline, invocation: Invocation, options: Options, report: Report) -> Settings:
    """How one invocation is run: its own settings over the pipeline's. A chosen option beats both."""
    raw = {**_merged(pipeline.settings), **_merged(invocation.settings)}
    chosen = options.operator
    written = raw.get("operator")
    arguments = raw.get("operator_args") or {}
    if written is not None and "operator" not in options.model_fields_set:
        known = _OPERATORS.get(str(written))
        if known is None:
            report.error(
                "ZC0513",
                f"no support for the operator `{written}`",
                invocation.span,
                helps="use docker, kubernetes, bash or inline",
            )
        chosen = known or chosen
    if written is not None and arguments and _OPERATORS.get(str(written)) not in (None, chosen):
        report.note(
            "ZC0514",
            f"the operator arguments of `{invocation.id}` have no effect",
            invocation.span,
            notes=f"they are for `{written}`, and the step runs with {chosen}",
        )
        arguments = {}
    return Settings(
        operator=chosen,
        operator_args=_operator_args(arguments, invocation, report),
        outlets=assets.outlets(pipeline, invocation, raw, report),
    )


def _merged(settings: Mapping[str, Json]) -> dict[str, Json]:
    merged: dict[str, Json] = {}
    for key in KEYS:
        value = settings.get(key)
        if value is not None and isinstance(value, Mapping):
            merged.update(value)
    return merged


def _dag_args(arguments: Mapping[str, Json], span: Span | None, report: Report) -> dict[str, Json]:
    answer = {}
    for name, value in arguments.items():
        if name in _OURS:
            report.warning(
                "ZC0514",
                f"the DAG argument `{name}` has no effect",
                span,
                helps=f"use the option or setting for it, such as `--set airflow.{name}=…`",
            )
        elif name in _REMOVED:
            report.warning("ZC0514", f"Airflow 3 has no DAG argument `{name}`; it has no effect", span)
        else:
            answer[_RENAMED.get(name, name)] = value
    return answer


def _operator_args(arguments: Mapping[str, Json], invocation: Invocation, report: Report) -> dict[str, Json]:
    answer = {}
    for name, value in arguments.items():
        if name in _RESERVED:
            report.error(
                "ZC0513",
                f"the operator argument `{name}` of `{invocation.id}` is decided by the compiler",
                invocation.span,
                helps=f"remove `{name}` from `operator_args`",
            )
        else:
            answer[name] = value
    return answer
