"""What the user's own settings say to Airflow (`settings={"orchestrator.airflow": …}`): which operator, with what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from zencompile.diagnostics import Report, did_you_mean
from zencompile.ir import Invocation, Pipeline
from zencompile_airflow import assets
from zencompile_airflow.given import kubernetes_settings, place
from zencompile_airflow.options import Operator, Options
from zencompile_templates.python import Call

Json = Any
Node = Pipeline | Invocation

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
_KNOWN = ("assets", "dag_args", "dag_id", "dag_tags", "operator", "operator_args", "outlets")

_OF_DAGS = ("dag_args", "dag_id", "dag_tags")


@dataclass(frozen=True)
class Settings:
    """The settings of a pipeline (`dag_…`) or of one invocation (`operator…`).

    Arguments stand under their paths, such as `orchestrator.airflow/operator_args/pool`, as they were written.
    """

    dag_id: str | None = None
    dag_tags: tuple[str, ...] = ()
    dag_args: Mapping[str, Json] = field(default_factory=dict)
    starting: object = None  # assets, as the DAG's `schedule`
    operator: Operator = "docker"
    operator_args: Mapping[str, Json] = field(default_factory=dict)
    outlets: Sequence[Call] = ()

    @property
    def defaults(self) -> Mapping[str, Json]:
        """What `default_args` of the DAG say, as they are written."""
        return _defaults(self.dag_args)


def airflow_settings(node: Node) -> Iterator[tuple[str, Mapping[str, Json]]]:
    """The settings of the Airflow orchestrator, by their key: the more special one, which has the other's, too."""
    key = next((key for key in reversed(KEYS) if key in node.settings), "")
    value = node.settings.get(key)
    if isinstance(value, Mapping) and "$" not in value:
        yield key, value


def _defaults(dag_args: Mapping[str, Json]) -> dict[str, Json]:
    found = [value for path, value in dag_args.items() if path.rpartition("/")[2] == "default_args"]
    return {name: item for one in found if isinstance(one, Mapping) for name, item in one.items()}


def defaults(pipeline: Pipeline) -> Mapping[str, Json]:
    """What the arguments of every task are where a task says nothing: `default_args`, as they are written."""
    return _defaults(_by_path(pipeline, "dag_args"))


def of_pipeline(pipeline: Pipeline, options: Options, report: Report) -> Settings:
    """The pipeline's settings; what has no effect or no meaning is reported."""
    _unknown(pipeline, report)
    raw = _merged(pipeline)
    return Settings(
        dag_id=options.dag_id or raw.get("dag_id"),
        dag_tags=tuple(str(tag) for tag in raw.get("dag_tags") or ()),
        dag_args=_by_path(pipeline, "dag_args"),
        starting=assets.starting(pipeline, {"dag_args": {}, **raw}, report),
    )


def _of_dags(pipeline: Pipeline, invocation: Invocation, report: Report) -> None:
    """Report what a step says of the DAG, which has its settings from the pipeline."""
    known = _merged(pipeline)
    for key, fields in airflow_settings(invocation):
        for name in _OF_DAGS:
            if fields.get(name) is not None and fields[name] != known.get(name):
                what = f"the Airflow setting `{name}` of `{invocation.id}` has no effect"
                report.warning("ZC0514", what, place(invocation, key, name), helps="set it at the pipeline")


def of_invocation(pipeline: Pipeline, invocation: Invocation, options: Options, report: Report) -> Settings:
    """How one invocation is run: its own settings over the pipeline's. A chosen option beats both."""
    if invocation.settings != pipeline.settings:
        _of_dags(pipeline, invocation, report)
        _unknown(invocation, report, {name for _, fields in airflow_settings(pipeline) for name in fields})
    source = invocation if any(key in invocation.settings for key in KEYS) else pipeline  # the step's hold both
    raw = _merged(source)
    written = _operator(raw)
    arguments = _by_path(source, "operator_args")
    chosen = _chosen(written, invocation, options, report)
    if written is not None and arguments and _OPERATORS.get(written) not in (None, chosen):
        report.note(
            "ZC0514",
            f"the operator arguments of `{invocation.id}` have no effect",
            invocation.span,
            notes=f"they are for `{written}`, and the step runs with {chosen}",
        )
        arguments = {}
    if chosen != "kubernetes":
        _of_pods(invocation, chosen, report)
    outlets = assets.outlets(pipeline, invocation, raw, report)
    return Settings(operator=chosen, operator_args=arguments, outlets=outlets)


def _chosen(written: str | None, invocation: Invocation, options: Options, report: Report) -> Operator:
    if written is None or "operator" in options.model_fields_set:
        return options.operator
    known = _OPERATORS.get(written)
    if known is None:
        report.error(
            "ZC0513",
            f"no support for the operator `{written}`",
            invocation.span,
            helps="use docker, kubernetes, bash or inline",
        )
    return known or options.operator


def _operator(raw: Mapping[str, Json]) -> str | None:
    """The operator as it is written: its name, the path of its class, or a member of ZenML's `OperatorType`."""
    written = raw.get("operator")
    if isinstance(written, dict) and written.get("$") == "symbol":
        path = str(written["path"])
        return path.rpartition(".")[2].lower() if ".OperatorType." in path else path
    return None if written is None else str(written)


def _merged(node: Node) -> dict[str, Json]:
    return {name: value for _, fields in airflow_settings(node) for name, value in fields.items()}


def _by_path(node: Node, name: str) -> dict[str, Json]:
    """The arguments below `dag_args` or `operator_args`, by their paths."""
    return {
        f"{key}/{name}/{argument}" if argument else f"{key}/{name}": value
        for key, fields in airflow_settings(node)
        for argument, value in _arguments(fields.get(name))
    }


def _arguments(value: Json) -> Iterator[tuple[str, Json]]:
    if isinstance(value, Mapping) and "$" not in value:
        yield from value.items()
    elif value is not None:  # not known as a whole: it stands for one argument, which is refused
        yield "", value


def _unknown(node: Node, report: Report, said: set[str] | frozenset[str] = frozenset()) -> None:
    """Report the settings that mean nothing to Airflow."""
    for key, fields in airflow_settings(node):
        for name in sorted(fields.keys() - set(_KNOWN) - said):
            span = place(node, key, name)
            if name in _WITHOUT_EFFECT:
                what = f"the Airflow setting `{name}` has no effect"
                report.note("ZC0514", what, span, notes=_WITHOUT_EFFECT[name])
            elif name not in node.settings.get("orchestrator", {}):  # of which another orchestrator may read it
                what = f"Airflow has no setting `{name}`; it has no effect"
                report.note("ZC0514", what, span, helps=did_you_mean(name, _KNOWN))


def _of_pods(invocation: Invocation, operator: Operator, report: Report) -> None:
    """Report pod settings of a step that runs in no pod."""
    for key, fields in kubernetes_settings(invocation):
        if fields.get("pod_settings"):
            report.note(
                "ZC0514",
                f"the pod settings of `{invocation.id}` have no effect",
                place(invocation, key, "pod_settings"),
                notes=f"the step runs with {operator}",
                helps="use `--set airflow.operator=kubernetes`",
            )
