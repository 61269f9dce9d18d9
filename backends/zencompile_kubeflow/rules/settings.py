"""Settings of tasks and pods: retries, resources, and what the PlatformSpec says of a pod."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from zencompile_kubeflow import kubernetes
from zencompile_kubeflow.rules.specification import Place, Specification
from zencompile_kubeflow.rules.table import Finding, rule

Json = Any

_QUANTITY = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([KMGTPE]i|[numkMGTPE]|[eE][+-]?\d+)?")
_VARIABLE = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*")
# Setting of kubernetes_platform/proto/kubernetes_executor_config.proto: the first server that has it.
PLATFORM = {
    "secretAsVolume": "2.0", "secretAsEnv": "2.0", "pvcMount": "2.0", "nodeSelector": "2.0",
    "podMetadata": "2.1", "imagePullSecret": "2.1", "imagePullPolicy": "2.1", "configMapAsVolume": "2.1",
    "configMapAsEnv": "2.1", "activeDeadlineSeconds": "2.1", "fieldPathAsEnv": "2.1", "tolerations": "2.1",
    "genericEphemeralVolume": "2.2", "nodeAffinity": "2.2", "podAffinity": "2.2",
    "enabledSharedMemory": "2.3", "emptyDirMounts": "2.3", "securityContext": "2.16", "initContainers": "2.18",
}  # fmt: skip
# Settings that mount something, and the key of the name that the volume gets.
_VOLUMES = {
    "secretAsVolume": "secretName",
    "configMapAsVolume": "configMapName",
    "pvcMount": "constant",
    "genericEphemeralVolume": "volumeName",
    "emptyDirMounts": "volumeName",
}


def seconds(duration: str | None) -> float:
    """A duration of protobuf's JSON."""
    return float((duration or "0s").rstrip("s"))


@rule(
    "ZC0593",
    "retry-window",
    "v2/compiler/argocompiler/container.go: getTaskRetryParametersWithValues; argo operator.go: processNodeRetries",
    since="2.14",
)
def retry_windows(spec: Specification) -> Iterator[Finding]:
    """The longest time counts from the first attempt on and is zero where it is absent."""
    for task, policy in spec.retrying:
        first, factor = seconds(policy.get("backoffDuration")), max(float(policy.get("backoffFactor", 0)), 1)
        count = int(policy.get("maxRetryCount", 0))
        longest = seconds(policy.get("backoffMaxDuration"))
        waiting = sum(first * factor**number for number in range(min(count, 1000)))
        if count and waiting >= longest:
            yield task.place, f"waits {waiting:g} s between {count} retries, and none comes later than {longest:g} s"


@rule(
    "ZC0593",
    "retry-number",
    "v2/compiler/argocompiler/container.go: getTaskRetryParametersWithValues; argo operator.go: processNodeRetries",
    since="2.4.1",
)
def retry_numbers(spec: Specification) -> Iterator[Finding]:
    """Argo reads the factor as an integer; fractions of seconds are cut off."""
    for task, policy in spec.retrying:
        factor, first = float(policy.get("backoffFactor", 0)), seconds(policy.get("backoffDuration"))
        if factor != int(factor) or factor < 0:
            yield task.place, f"has the backoff factor {factor:g}, which is to be a whole number"
        if first != int(first):
            yield task.place, f"waits {first:g} s before a retry, which is to be a whole number"


@rule("ZC0593", "quantity", "v2/driver/driver.go: getPodResource", since="2.4")
def quantities(spec: Specification) -> Iterator[Finding]:
    """Resources are quantities of Kubernetes: 1G or 1Gi, no 1GB."""
    for place, container in spec.containers():
        resources = container.get("resources", {})
        accelerator = resources.get("accelerator", {})
        given = {key: value for key, value in resources.items() if key.startswith("resource")}
        given["accelerator count"] = accelerator.get("resourceCount", "0")
        for key, value in given.items():
            if "{{" not in value and not _QUANTITY.fullmatch(value):
                yield place, f"has the {key} `{value}`, which is no quantity of Kubernetes"


@rule("ZC0593", "variable-name", "Kubernetes: validation of a container's env")
def variable_names(spec: Specification) -> Iterator[Finding]:
    """Names of variables have no spaces, no `=` and no digit in front."""
    for place, container in spec.containers():
        for entry in container.get("env", ()):
            if not _VARIABLE.fullmatch(entry["name"]):
                yield place, f"has a variable `{entry['name']}`, whose name Kubernetes does not take"


@rule(
    "ZC0593",
    "platform-setting",
    "kubernetes_platform/proto/kubernetes_executor_config.proto; argocompiler/container.go: AddKubernetesSpec",
)
def platform_settings(spec: Specification) -> Iterator[Finding]:
    """The server reads the settings that its version of the proto has, and refuses others."""
    for name, settings in spec.pods.items():
        for key in settings:
            if key not in PLATFORM:
                yield Place(executor=name), f"has the setting `{key}`, which there is none of"


@rule(
    "ZC0593",
    "volume",
    "v2/driver/k8s.go: extendPodSpecPatch, makeVolumeMountPatch; Kubernetes: strategic merge of volumes, by name",
)
def volumes(spec: Specification) -> Iterator[Finding]:
    """A volume is called like what it mounts: a DNS label. Mounted twice it is one volume, and one of one kind."""
    for place, settings in pods(spec):
        seen: dict[str, Json] = {}
        for setting, key in _VOLUMES.items():
            for entry in settings.get(setting, ()):
                name = str(entry.get(key) or "")
                volume = {"setting": setting} | {k: v for k, v in entry.items() if k not in ("mountPath", "subPath")}
                if name and seen.setdefault(name, volume) != volume:
                    yield place, f"mounts different things that are called `{name}`, and a pod has one volume of a name"
        for name in seen:
            if not kubernetes.is_label(name):
                yield place, f"mounts `{name}`, after which no volume can be called: lower-case letters, digits and `-`"


@rule(
    "ZC0593",
    "mount-path",
    "v2/driver/driver.go: validateVolumeMounts; Kubernetes: validation of volumeMounts",
    since="2.15",
)
def mount_paths(spec: Specification) -> Iterator[Finding]:
    """Two volumes can't have one path, nor the path of the workspace."""
    for place, settings in pods(spec):
        paths = Counter(
            str(entry["mountPath"]) for key in _VOLUMES for entry in settings.get(key, ()) if "mountPath" in entry
        )
        for path, count in paths.items():
            if count > 1 or ":" in path:
                yield place, f"mounts {count} volumes at `{path}`" if count > 1 else f"mounts at `{path}`, with a colon"


@rule("ZC0593", "volume-size", "v2/driver/k8s.go: extendPodSpecPatch", since="2.2")
def volume_sizes(spec: Specification) -> Iterator[Finding]:
    """Sizes are quantities of Kubernetes."""
    for place, settings in pods(spec):
        for setting, key in (("emptyDirMounts", "sizeLimit"), ("genericEphemeralVolume", "size")):
            for entry in settings.get(setting, ()):
                if key in entry and not _QUANTITY.fullmatch(entry[key]):
                    yield place, f"has a volume of `{entry[key]}`, which is no quantity of Kubernetes"


@rule("ZC0593", "pull-policy", "v2/driver/k8s.go: extendPodSpecPatch", since="2.1")
def pull_policies(spec: Specification) -> Iterator[Finding]:
    """There are three."""
    for place, settings in pods(spec):
        policy = settings.get("imagePullPolicy", "Always")
        if policy not in ("Always", "Never", "IfNotPresent"):
            yield place, f"has the pull policy `{policy}`, none of Always, Never and IfNotPresent"


@rule("ZC0593", "object-name", "Kubernetes: validation of names of secrets and config maps")
def object_names(spec: Specification) -> Iterator[Finding]:
    """Secrets and config maps have names of lower-case letters, digits, `-` and `.`."""
    for place, settings in pods(spec):
        for setting in ("secretAsEnv", "secretAsVolume", "imagePullSecret", "configMapAsEnv", "configMapAsVolume"):
            for entry in settings.get(setting, ()):
                name = entry.get("secretName") or entry.get("configMapName") or "x"
                if not kubernetes.is_subdomain(name):
                    yield place, f"names `{name}`, which can't be the name of an object of Kubernetes"


@rule("ZC0593", "variable-twice", "Kubernetes: strategic merge of a container's env, by name", alters=True)
def variables_twice(spec: Specification) -> Iterator[Finding]:
    """Of two variables of one name the last counts."""
    for place, settings in pods(spec):
        names = Counter(
            key["envVar"]
            for part in ("secretAsEnv", "configMapAsEnv")
            for entry in settings.get(part, ())
            for key in entry["keyToEnv"]
        )
        names.update(entry["name"] for entry in settings.get("fieldPathAsEnv", ()))
        for name, count in names.items():
            if count > 1:
                yield place, f"sets the variable `{name}` {count} times"


def pods(spec: Specification) -> Iterator[tuple[Place, Json]]:
    """The settings of pods, each with the place that they are of."""
    for name, settings in spec.pods.items():
        yield Place(executor=name), settings
