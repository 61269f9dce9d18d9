"""Processors, memory and accelerators of a step's container.

The server reads quantities since 2.4, numbers of cores and of GB before (`backend/src/v2/driver/driver.go`,
`getPodResource`); it sets accelerators as limits, which Kubernetes requests as well. A limit alone is a request, too.
"""

from __future__ import annotations

from fractions import Fraction

from zencompile.ir import Invocation, Resources
from zencompile_kubeflow import quantities
from zencompile_kubeflow.model import ContainerResources
from zencompile_kubeflow.pods.config import PodSettings
from zencompile_kubeflow.pods.walk import Path, Walk

_RESOURCES: Path = ("pod_settings", "resources")
_GPU = "nvidia.com/gpu"


def of_container(invocation: Invocation, settings: PodSettings, walk: Walk) -> ContainerResources:
    """What a container gets, of `ResourceSettings` and of the settings of its pod."""
    limits, requests = dict(settings.limits), dict(settings.requests)
    if invocation.resources is not None:
        _add(limits, invocation.resources, walk)
        _add_gpu(limits, invocation, settings, walk)
    accelerator = _accelerator(limits, requests, walk)
    for name in ("cpu", "memory"):
        _check_limit(name, limits, requests, walk)
    cpu, memory = limits.get("cpu", ""), limits.get("memory", "")
    cpu_request, memory_request = requests.get("cpu", ""), requests.get("memory", "")
    return ContainerResources(
        cpu_limit=cpu,
        cpu_limit_number=_number(cpu, 1),
        memory_limit=memory,
        memory_limit_number=_number(memory, 10**9),
        cpu_request=cpu_request,
        cpu_request_number=_number(cpu_request, 1),
        memory_request=memory_request,
        memory_request_number=_number(memory_request, 10**9),
        accelerator=accelerator,
        accelerator_count=int(quantities.parse(limits[accelerator]) or 0) if accelerator else 0,
    )


def _add(limits: dict[str, str], resources: Resources, walk: Walk) -> None:
    for name, amount in (
        ("cpu", None if resources.cpu is None else cores(resources.cpu)),
        ("memory", None if resources.memory is None else memory_text(resources)),
    ):
        if amount is not None:
            _set(limits, name, amount, walk)


def _set(limits: dict[str, str], name: str, amount: str, walk: Walk) -> None:
    """A limit of `ResourceSettings`; one of the pod's that says something else contradicts it."""
    if name in limits and quantities.parse(limits[name]) != quantities.parse(amount):
        walk.refuse(
            (*_RESOURCES, "limits", name),
            f"is {limits[name]}, and `ResourceSettings` say {amount}",
            ("say it in one of them",),
        )
    limits[name] = amount


def _add_gpu(limits: dict[str, str], invocation: Invocation, settings: PodSettings, walk: Walk) -> None:
    """GPUs, as the resource that they are in Kubernetes; a class that is none needs the label of a node."""
    resources = invocation.resources
    if resources is None or resources.gpu is None:
        return
    given = next((name for name in limits if "/" in name), "")
    class_ = resources.gpu_class or ""
    name = given or (class_ if "/" in class_ else _GPU)
    if not resources.gpu and not given:
        return
    if class_ and "/" not in class_ and "nodeSelector" not in settings.parts:
        walk.report.warning(
            "ZC0522",
            f"which nodes have a `{class_}` depends on the cluster: any GPU is asked for",
            invocation.span,
            helps="name the nodes with `pod_settings={'node_selectors': {LABEL: VALUE}}`",
        )
    _set(limits, name, str(resources.gpu), walk)


def _accelerator(limits: dict[str, str], requests: dict[str, str], walk: Walk) -> str:
    """The one resource beside processors and memory that KFP has a field for."""
    found = ""
    for kind, amounts in (("limits", limits), ("requests", requests)):
        for name, amount in amounts.items():
            path = (*_RESOURCES, kind, name)
            if name in ("cpu", "memory"):
                continue
            number = quantities.parse(amount)
            if "/" not in name:
                walk.lose(path, "KFP has fields for processors, memory and one accelerator alone")
            elif number is None or number.denominator != 1:
                walk.refuse(path, f"takes a whole number, not {amount}")
            elif found not in ("", name) and number:
                walk.lose(path, f"KFP has a field for one accelerator, which is `{found}`")
            elif kind == "requests" and quantities.parse(limits.get(name, amount)) != number:
                walk.refuse(path, f"is {amount}, and its limit {limits[name]}: for an accelerator they are the same")
            elif number:
                found = name
                limits.setdefault(name, amount) if kind == "limits" else limits.update({name: amount})
    return found


def _check_limit(name: str, limits: dict[str, str], requests: dict[str, str], walk: Walk) -> None:
    if name in limits and name in requests:
        limit, request = quantities.parse(limits[name]), quantities.parse(requests[name])
        if limit is not None and request is not None and request > limit:
            walk.refuse(
                (*_RESOURCES, "requests", name), f"is {requests[name]}, which is above the limit {limits[name]}"
            )


def cores(number: float) -> str:
    """Processors as a quantity. Kubernetes counts thousandths, and rounds up."""
    return str(int(number)) if number == int(number) else repr(number)


def memory_text(resources: Resources) -> str:
    """Memory as Kubernetes writes it: "4GB" is 4G there, "512KiB" is 512Ki, "1KB" is 1k."""
    text = resources.memory_text.strip().removesuffix("B").replace(" ", "")
    text = f"{text[:-1]}k" if text.endswith("K") else text
    return text if quantities.parse(text) == resources.memory else str(resources.memory)


def _number(quantity: str, unit: int) -> float:
    """A quantity as servers before 2.4 read it, in cores or GB."""
    found = quantities.parse(quantity) if quantity else None
    return float((found or Fraction()) / unit)
