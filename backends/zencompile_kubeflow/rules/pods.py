"""What Kubernetes refuses of a pod, field by field, and what would stop Argo or KFP from finding it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from zencompile_kubeflow import kubernetes
from zencompile_kubeflow.rules.settings import pods
from zencompile_kubeflow.rules.specification import Specification
from zencompile_kubeflow.rules.table import Finding, rule

Json = Any

_LABELS = {"podMetadata": "label", "nodeSelector": "node selector"}
_KEYS = {"secretAsEnv": "secretKey", "configMapAsEnv": "configMapKey"}


@rule("ZC0593", "label", "Kubernetes: validation of labels, ValidateLabels and ValidateAnnotations", since="2.1")
def labels(spec: Specification) -> Iterator[Finding]:
    """Labels and node selectors have at most 63 characters and no spaces."""
    for place, settings in pods(spec):
        for part, what in _LABELS.items():
            for key, value in (settings.get(part, {}).get("labels") or {}).items():
                for problem in kubernetes.of_label(key, value):
                    yield place, f"has the {what} `{key}`, which {problem}"
        for key in settings.get("podMetadata", {}).get("annotations") or {}:
            if not kubernetes.is_key_of_annotation(key):
                yield place, f"has an annotation `{key}`, whose name Kubernetes does not take"


@rule(
    "ZC0593",
    "own-label",
    "v2/compiler/argocompiler/container.go: extendPodMetadata; argo workflow/common/common.go",
    since="2.1",
    alters=True,
)
def own_labels(spec: Specification) -> Iterator[Finding]:
    """Argo and KFP find their pods by labels and annotations of their own, which others would replace."""
    for place, settings in pods(spec):
        for kind, texts in settings.get("podMetadata", {}).items():
            for key in texts or {}:
                if owner := kubernetes.owner(key):
                    yield place, f"has `{key}` among its {kind}, which {owner} sets itself and finds its pods by"


@rule("ZC0593", "toleration", "v2/driver/k8s.go: extendPodSpecPatch; Kubernetes: ValidateTolerations", since="2.1")
def tolerations(spec: Specification) -> Iterator[Finding]:
    """A toleration names an operator that goes with its key, value and seconds."""
    for place, settings in pods(spec):
        for one in settings.get("tolerations", ()):
            for problem in () if "tolerationJson" in one else kubernetes.of_toleration(one):
                yield place, f"has a toleration that {problem}"


@rule(
    "ZC0593",
    "node-affinity",
    "v2/driver/k8s.go: extendPodSpecPatch; Kubernetes: ValidateNodeSelectorTerm",
    since="2.14",
)
def node_affinities(spec: Specification) -> Iterator[Finding]:
    """Operators have as many values as they compare with, weights are 1 to 100."""
    for place, settings in pods(spec):
        for term in settings.get("nodeAffinity", ()):
            for _, problem in kubernetes.of_node_term(term):
                yield place, f"has a rule for nodes that {problem}"


@rule("ZC0593", "user", "v2/driver/k8s.go: extendPodSpecPatch; Kubernetes: IsValidUserID, IsValidGroupID", since="2.16")
def users(spec: Specification) -> Iterator[Finding]:
    """Numbers of users and groups have 31 bits."""
    for place, settings in pods(spec):
        context = settings.get("securityContext") or {}
        for name in ("runAsUser", "runAsGroup"):
            for problem in kubernetes.of_user(context.get(name) or 0):
                yield place, f"has a `{name}` that {problem}"


@rule(
    "ZC0593", "field-path", "v2/driver/k8s.go: extendPodSpecPatch; Kubernetes: validateObjectFieldSelector", since="2.1"
)
def field_paths(spec: Specification) -> Iterator[Finding]:
    """A variable can hold a few fields of its pod."""
    for place, settings in pods(spec):
        for entry in settings.get("fieldPathAsEnv", ()):
            for problem in kubernetes.of_field_path(str(entry.get("fieldPath", ""))):
                yield place, f"has a variable `{entry.get('name')}` whose field {problem}"


@rule(
    "ZC0593",
    "sub-path",
    "v2/driver/k8s.go: makeVolumeMountPatch; Kubernetes: validateLocalDescendingPath",
    since="2.16",
)
def sub_paths(spec: Specification) -> Iterator[Finding]:
    """A part of a claim is a folder in it."""
    for place, settings in pods(spec):
        for entry in settings.get("pvcMount", ()):
            for problem in kubernetes.of_sub_path(str(entry.get("subPath", ""))):
                yield place, f"mounts a part of a claim that {problem}"


@rule("ZC0593", "key", "v2/driver/k8s.go: extendPodSpecPatch; Kubernetes: IsConfigMapKey")
def keys(spec: Specification) -> Iterator[Finding]:
    """Keys of secrets and config maps are names of files."""
    for place, settings in pods(spec):
        for part, name in _KEYS.items():
            for pair in (pair for entry in settings.get(part, ()) for pair in entry.get("keyToEnv", ())):
                for problem in kubernetes.of_config_key(str(pair.get(name, ""))):
                    yield place, f"has a variable `{pair.get('envVar')}` whose key {problem}"


@rule("ZC0593", "deadline", "Kubernetes: validation of activeDeadlineSeconds", since="2.1")
def deadlines(spec: Specification) -> Iterator[Finding]:
    """A pod's deadline is a whole number of seconds, at least one."""
    for place, settings in pods(spec):
        for problem in kubernetes.of_deadline(settings.get("activeDeadlineSeconds", 1)):
            yield place, f"has a deadline that {problem}"
