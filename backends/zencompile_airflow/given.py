"""What the user's settings give an operator: arguments, checked against what it takes, as expressions of the file.

They come from `operator_args` of the Airflow settings and from the pod settings of the Kubernetes ones. The former mean
what Airflow means by them, templates included; the latter are data of Kubernetes, which nobody renders.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from zencompile.diagnostics import Report, did_you_mean
from zencompile.ir import Invocation, Pipeline
from zencompile.source import Span
from zencompile_airflow import retries, signatures
from zencompile_airflow.kinds import Refused, fit
from zencompile_airflow.options import Operator
from zencompile_airflow.templating import DELIMITER, plain
from zencompile_templates.python import Call, Code

Json = Any

CLASSES: dict[Operator, str] = {
    "bash": "BashOperator",
    "docker": "DockerOperator",
    "inline": "BaseOperator",
    "kubernetes": "KubernetesPodOperator",
}
# What the step command and the compiler decide.
_RESERVED = {
    "arguments": "the step's command is made of it",
    "bash_command": "the step's command is made of it",
    "cmds": "the step's command is made of it",
    "command": "the step's command is made of it",
    "cwd": "the code of the step is found from there",
    "dag": "the file has one DAG",
    "default_args": "they are the DAG's: write them into `dag_args`",
    "entrypoint": "the step's command is made of it",
    "image": "the image holds the step's code: see the Docker settings",
    "task_group": "the groups of the pipeline make them",
    "task_id": "it is the step's id",
    "working_dir": "the code of the step is found from there",
}
_OF_FUNCTIONS = {
    "do_xcom_push": "an inline step hands on what it returns by its XCom",
    "multiple_outputs": "an inline step hands on what it returns as one value",
}
# Arguments that one generation alone knows under this name.
_RENAMED = {"task_concurrency": "max_active_tis_per_dag"}
_WITHOUT_EFFECT = {"sla": "Airflow 3 has no SLAs"}
# Texts that name a file on the worker, which Airflow reads.
_FILES = frozenset({"config_file", "env_file", "pod_template_file"})
_UNRENDERED = frozenset({"annotations", "env_vars", "labels", "node_selector"})


class Argument(NamedTuple):
    """An argument of an operator that settings give: its expression, and where it was set."""

    name: str
    value: object
    path: tuple[str, ...]


class Given:
    """The arguments that settings give to the invocations of a pipeline. What is wrong is reported once."""

    def __init__(self, pipeline: Pipeline, report: Report) -> None:
        self._report = report
        self._pipeline = pipeline
        self._known: dict[tuple[int, Operator], tuple[object, tuple[Argument, ...]]] = {}
        self._said: set[object] = set()

    def of(self, invocation: Invocation, operator: Operator, raw: Mapping[str, Json]) -> tuple[Argument, ...]:
        """The arguments of an invocation that runs with this operator; `raw` are its `operator_args` by path."""
        key = id(invocation.settings), operator
        known = self._known.get(key)
        if known is None or known[0] is not invocation.settings:
            found = tuple(self._arguments(invocation, operator, raw))
            known = self._known[key] = invocation.settings, found
        return known[1]

    def refuse(self, problem: Refused, subject: str, node: Invocation | Pipeline, path: tuple[str, ...]) -> None:
        """Report what no file can carry, at the place where it was set."""
        refuse(problem, subject, place(node, *path, *problem.path), self._report, self._said)

    def _arguments(self, invocation: Invocation, operator: Operator, raw: Mapping[str, Json]) -> Iterator[Argument]:
        if operator == "kubernetes":
            for name, value, path in pod_arguments(invocation, self._report):
                yield from self._fitted(invocation, operator, name, value, path, unrendered)
        for full, value in raw.items():
            *holder, name = full.split("/")
            path = (*holder, name)
            decided = _RESERVED | (_OF_FUNCTIONS if operator == "inline" else {})
            if name in decided:
                remove = f"remove `{name}` from `operator_args`"
                problem = Refused("ZC0513", "is decided by the compiler", notes=decided[name], helps=(remove,))
                self.refuse(problem, f"the operator argument `{name}` of `{invocation.id}`", invocation, path)
            elif name == "params" and (clash := self._parameters(value)):
                problem = Refused("ZC0557", f"gives `{clash}`, which is a parameter of the pipeline")
                self.refuse(problem, f"`{name}` of `{invocation.id}`", invocation, path)
            else:
                yield from self._fitted(invocation, operator, _RENAMED.get(name, name), value, path, rendered)

    def _parameters(self, value: Json) -> str:
        """A parameter of the pipeline that a task's own `params` would hide."""
        given = value if isinstance(value, Mapping) else {}
        return next((one.name for one in self._pipeline.parameters if one.name in given), "")

    def _fitted(
        self,
        invocation: Invocation,
        operator: Operator,
        name: str,
        value: Json,
        path: tuple[str, ...],
        text: Callable[[object, str, Operator], object],
    ) -> Iterator[Argument]:
        try:
            if name == "operator_args":  # as a whole, and no dictionary
                fit(value, "dict[str, Any]")
            kinds = kinds_of(name, CLASSES[operator])
            fitted = retries.written(value) if name == retries.BACKOFF else fit_both(value, kinds)
            yield Argument(name, text(fitted, name, operator), path)
        except Refused as problem:
            subject = f"`{path[-1]}{_steps(problem.path)}` of `{invocation.id}`"
            self.refuse(problem, subject, invocation, path)


def refuse(problem: Refused, subject: str, span: Span | None, report: Report, said: set[object]) -> None:
    """Report a refusal about `subject`, unless the same was said of the same place."""
    message = problem.message if problem.message.startswith("`") else f"{subject} {problem.message}"
    key = (problem.code, span, problem.message)
    if key in said:
        return
    said.add(key)
    report.error(problem.code, message, span, notes=problem.notes or (), helps=problem.helps)


def place(node: Invocation | Pipeline, *path: str) -> Span | None:
    """Where the part of a setting under this path was set, or the nearest thing that holds it."""
    for end in range(len(path), 0, -1):
        found = node.spans.get("/".join(path[:end]))
        if found is not None:
            return found
    return node.span


def _steps(path: tuple[str, ...]) -> str:
    return "".join(f"[{key}]" if key.isdecimal() else f".{key}" for key in path)


def kinds_of(name: str, owner: str) -> tuple[str, ...]:
    """The kinds of an argument in both generations. Raises `Refused` where one lacks it."""
    known = signatures.arguments(owner)
    found = known.get(name)
    if found is None:
        others = [other for other in CLASSES.values() if other != owner and name in signatures.arguments(other)]
        notes = f"it is an argument of the {others[0]}" if others else ""
        raise Refused("ZC0555", f"`{owner}` has no argument `{name}`", notes=notes, helps=did_you_mean(name, known))
    if name in _WITHOUT_EFFECT:
        raise Refused("ZC0555", f"`{owner}` takes `{name}` in Airflow 2 alone", notes=_WITHOUT_EFFECT[name])
    if found.missing is not None:
        has = next(one for one in signatures.GENERATIONS if one != found.missing)
        raise Refused(
            "ZC0555", f"`{owner}` takes `{name}` in {has} alone", notes="one file is for both generations of Airflow"
        )
    return tuple(kind for kind in found.kinds if kind is not None)


def fit_both(value: Json, kinds: tuple[str, ...]) -> object:
    """The expression of a value that both generations take. Raises `Refused`."""
    fitted = [fit(value, kind) for kind in dict.fromkeys(kinds)]
    return fitted[0]


# -- texts -------------------------------------------------------------------------------------------------------------


def rendered(value: object, name: str, operator: Operator) -> object:
    """A value in which templates are templates, and other texts arrive as they are."""
    fields, endings = signatures.templated(CLASSES[operator])
    if name not in fields or name in _FILES:
        return value

    def kept(text: str) -> str:
        taken = text.endswith((*endings, "\n")) or "\r" in text
        return plain(text) if taken and not DELIMITER.search(text) else text

    return map_texts(value, kept)


def unrendered(value: object, name: str, operator: Operator) -> object:
    """A value in which nothing is a template. Raises `Refused` where Airflow would render a text all the same."""

    def kept(text: str) -> str:
        if not DELIMITER.search(text):
            return text
        if name in _UNRENDERED:
            return plain(text)
        raise Refused("ZC0556", f"holds `{text}`, which Airflow would take for a template")

    return map_texts(value, kept)


def map_texts(value: object, change: Callable[[str], str]) -> object:
    """An expression with other texts in it; keys stay."""
    if isinstance(value, Code):
        return value
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [map_texts(item, change) for item in value]
    if isinstance(value, dict):
        return {key: map_texts(item, change) for key, item in value.items()}
    if type(value) is Call:
        return Call(value.function, value.positional, {n: map_texts(v, change) for n, v in value.keywords.items()})
    return value


# -- pods --------------------------------------------------------------------------------------------------------------

_KEYS = ("orchestrator", "orchestrator.kubernetes")
# Fields of the pod settings → argument of the operator.
_POD = {
    "affinity": "affinity",
    "annotations": "annotations",
    "container_security_context": "container_security_context",
    "env": "env_vars",
    "env_from": "env_from",
    "labels": "labels",
    "node_selectors": "node_selector",
    "resources": "container_resources",
    "scheduler_name": "schedulername",
    "tolerations": "tolerations",
    "volume_mounts": "volume_mounts",
    "volumes": "volumes",
}
_NO_COUNTERPART = {
    "concurrency_policy": "use `max_active_runs` of `dag_args`",
    "max_parallelism": "use `max_active_tasks` of `dag_args`",
}

_HANDLED = {"pod_settings", "privileged", "service_account_name", "step_pod_service_account_name", *_NO_COUNTERPART}


def pod_arguments(invocation: Invocation, report: Report) -> Iterator[tuple[str, Json, tuple[str, ...]]]:
    """Arguments of the pod operator for what the Kubernetes settings say, and where each was set."""
    for key, settings in kubernetes_settings(invocation):
        account = next((n for n in ("step_pod_service_account_name", "service_account_name") if settings.get(n)), None)
        if account is not None:
            yield "service_account_name", settings[account], (key, account)
        if settings.get("privileged"):
            yield "container_security_context", {"privileged": settings["privileged"]}, (key, "privileged")
        for name, instead in _NO_COUNTERPART.items():
            if settings.get(name):
                what = f"the Kubernetes setting `{name}` has no effect in Airflow"
                report.warning("ZC0510", what, place(invocation, key, name), helps=instead)
        others = invocation.settings.get("orchestrator", {})  # whose fields may be another orchestrator's
        for name in sorted(settings.keys() - _HANDLED - set(others)):
            what = f"the Kubernetes setting `{name}` has no effect in Airflow"
            report.note("ZC0514", what, place(invocation, key, name), notes="it is for ZenML's own jobs")
        pod = settings.get("pod_settings")
        if isinstance(pod, Mapping):
            yield from _pod(pod, (key, "pod_settings"), invocation, report)


def kubernetes_settings(invocation: Invocation) -> Iterator[tuple[str, Mapping[str, Json]]]:
    """The settings of the Kubernetes orchestrator, by their key."""
    key = next((key for key in reversed(_KEYS) if key in invocation.settings), "")
    settings = invocation.settings.get(key)
    if isinstance(settings, Mapping) and "$" not in settings:
        yield key, settings


def _pod(
    pod: Mapping[str, Json], path: tuple[str, ...], invocation: Invocation, report: Report
) -> Iterator[tuple[str, Json, tuple[str, ...]]]:
    for name, value in pod.items():
        if not value:
            continue
        if name in _POD:
            yield _POD[name], value, (*path, name)
        elif name == "image_pull_secrets":
            named = isinstance(value, list)
            yield (
                name,
                [{"name": one} if isinstance(one, str) else one for one in value] if named else value,
                (*path, name),
            )
        elif name == "host_ipc":
            yield "full_pod_spec", _spec({"host_ipc": value}), (*path, name)
        elif name == "additional_pod_spec_args":
            more = {key: item for key, item in value.items() if item is not None} if isinstance(value, dict) else {}
            yield "full_pod_spec", _spec(more), (*path, name)
        else:
            report.warning(
                "ZC0510",
                f"the pod setting `{name}` of `{invocation.id}` has no effect in Airflow",
                place(invocation, *path, name),
                helps="use `operator_args` of the Airflow settings",
            )


def _spec(fields: Mapping[str, Json]) -> Json:
    """A pod of which only these fields of the specification are told; the operator adds its container."""
    return {"spec": {"containers": [], **fields}}
