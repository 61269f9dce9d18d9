"""The user's pod settings (`KubernetesPodSettings`) as arguments of the pod operator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zencompile.diagnostics import Report
from zencompile.ir import Invocation, Pipeline

KEY = "orchestrator.kubernetes"

# Field of the settings → argument of the operator. Nested values keep Kubernetes' camel case: the operator reads it.
_ARGUMENTS = {
    "affinity": "affinity",
    "annotations": "annotations",
    "labels": "labels",
    "node_selectors": "node_selector",
    "scheduler_name": "schedulername",
    "tolerations": "tolerations",
    "volume_mounts": "volume_mounts",
    "volumes": "volumes",
}
_LISTS = ("volumes", "volume_mounts")


def pod_keywords(
    pipeline: Pipeline, invocation: Invocation, found: Mapping[str, object], report: Report
) -> dict[str, object]:
    """What the Kubernetes settings say about a pod and its account, joined with what is `found` already."""
    raw: dict[str, Any] = {}
    for settings in (pipeline.settings, invocation.settings):
        value = settings.get(KEY)
        raw.update(value if isinstance(value, Mapping) else {})
    answer: dict[str, object] = {}
    account = raw.get("step_pod_service_account_name") or raw.get("service_account_name")
    if account and "service_account_name" not in found:
        answer["service_account_name"] = account
    pod = raw.get("pod_settings")
    for name, value in sorted(pod.items()) if isinstance(pod, Mapping) else ():
        argument = _ARGUMENTS.get(name)
        if not value:
            continue
        if name == "image_pull_secrets":
            answer[name] = ",".join(map(str, value))
        elif argument is None:
            report.warning(
                "ZC0510",
                f"the pod setting `{name}` of `{invocation.id}` has no effect in Airflow",
                invocation.span,
                helps="use `operator_args` of the Airflow settings",
            )
        elif name in _LISTS:
            answer[argument] = [*_list(found.get(argument)), *value]
        else:
            answer[argument] = value
    return answer


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, (list, tuple)) else []
