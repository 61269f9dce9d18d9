"""Values that Kubernetes takes in a pod, by the fields of a KubernetesExecutorConfig.

After its `pkg/apis/core/validation/validation.go` and apimachinery's `pkg/util/validation/validation.go`; each rule
names the function. A function yields what is wrong, in words that follow the name of a setting.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

Json = Any

LARGEST = 2**31 - 1
"""Of numbers of users and groups, and of a deadline."""

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_NAME_OF_KEY = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
_CONFIG_KEY = re.compile(r"[-._a-zA-Z0-9]{1,253}")
_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")
_FIELDS = frozenset(
    (
        "metadata.name",
        "metadata.namespace",
        "metadata.uid",
        "spec.nodeName",
        "spec.serviceAccountName",
        "status.hostIP",
        "status.hostIPs",
        "status.podIP",
        "status.podIPs",
    )
)
_ENTRY = re.compile(r"metadata\.(labels|annotations)\['([^']*)'\]")
_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt")
_ACCESS = ("ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod")
_MEDIUM = re.compile(r"Memory|HugePages(-.+)?")

# Labels and annotations by which Argo and KFP find and judge the pods that they made.
_OWNERS = {"workflows.argoproj.io": "Argo", "pipelines.kubeflow.org": "KFP", "pipeline": "KFP"}


# -- names -------------------------------------------------------------------------------------------------------------


def is_label(text: str) -> bool:
    """Whether a text is one label of a DNS name, as volumes and containers are called (`IsDNS1123Label`)."""
    return _LABEL.fullmatch(text) is not None


def is_subdomain(text: str) -> bool:
    """Whether a text is a DNS name, as objects of Kubernetes are called (`IsDNS1123Subdomain`)."""
    # A part may be as long as the whole, unlike one of the real DNS.
    return len(text) <= 253 and all(re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", part) for part in text.split("."))


def is_key(text: str) -> bool:
    """Whether a text is a key of labels, annotations or taints (`IsQualifiedName`)."""
    prefix, slash, name = text.rpartition("/")
    return (is_subdomain(prefix) if slash else True) and _NAME_OF_KEY.fullmatch(name) is not None


def is_key_of_annotation(text: str) -> bool:
    """Whether a text is a key of annotations, whose upper case doesn't matter (`ValidateAnnotations`)."""
    return is_key(text.lower())


def is_value(text: str) -> bool:
    """Whether a text is a value of a label or a taint (`IsValidLabelValue`)."""
    return _VALUE.fullmatch(text) is not None


def is_config_key(text: str) -> bool:
    """Whether a secret or a config map can have a key (`IsConfigMapKey`)."""
    return _CONFIG_KEY.fullmatch(text) is not None and text != "." and not text.startswith("..")


def owner(key: str) -> str:
    """Who sets labels and annotations of a key and reads them again, if not the program.

    kubeflow/pipelines `backend/src/v2/compiler/argocompiler/argo.go` (Compile), `backend/src/common/util/consts.go`;
    argo-workflows `workflow/common/common.go`. What a program sets there would replace theirs (`extendPodMetadata`).
    """
    domain = key.rpartition("/")[0]
    return next((who for part, who in _OWNERS.items() if domain == part or domain.endswith(f".{part}")), "")


# -- where a pod may run -----------------------------------------------------------------------------------------------


def of_label(key: str, value: Json) -> Iterator[str]:
    """What is wrong with a label that a pod has or selects nodes by (`ValidateLabels`)."""
    if not is_key(key):
        yield "is no key of a label"
    elif not is_value(str(value)):
        yield f"is `{value}`, no value of a label"


def of_toleration(one: Json) -> Iterator[str]:
    """What is wrong with a toleration (`ValidateTolerations`)."""
    key, value, effect = (str(one.get(name) or "") for name in ("key", "value", "effect"))
    operator = one.get("operator") or "Equal"
    if operator not in ("Exists", "Equal"):
        yield f"has the operator `{operator}`, which is neither `Exists` nor `Equal`"
    elif operator == "Exists" and value:
        yield f"has the operator `Exists` and the value `{value}`: such a toleration has none"
    elif operator == "Equal" and not key:
        yield "has no key, and only the operator `Exists` needs none"
    elif not is_value(value):
        yield f"has the value `{value}`, which no taint can have"
    if key and not is_key(key):
        yield f"has the key `{key}`, which no taint can have"
    if effect and effect not in _EFFECTS:
        yield f"has the effect `{effect}`, which is none of {_listed(_EFFECTS)}"
    elif one.get("tolerationSeconds") is not None and effect != "NoExecute":
        yield "has seconds, which only the effect `NoExecute` takes"


def of_node_term(term: Json) -> Iterator[tuple[tuple[str, ...], str]]:
    """What is wrong with a term of a node's affinity, each with its place in the term (`ValidateNodeSelectorTerm`).

    With a weight it is one of those that are preferred (`ValidatePreferredSchedulingTerms`).
    """
    weight = term.get("weight")
    if weight is not None and not 1 <= int(weight) <= 100:
        yield (), f"has the weight {weight}, which is not within 1 to 100"
    for name, check in (("matchExpressions", _of_expression), ("matchFields", _of_field)):
        for index, one in enumerate(term.get(name) or ()):
            for problem in check(one, list(map(str, one.get("values") or ()))):
                yield (name, str(index)), problem


def _of_expression(one: Json, values: list[str]) -> Iterator[str]:
    operator = one.get("operator")
    if not is_key(str(one.get("key"))):
        yield f"has the key `{one.get('key')}`, which is no key of a label"
    if operator not in _OPERATORS:
        yield f"has the operator `{operator}`, which is none of {_listed(_OPERATORS)}"
    elif operator in ("Exists", "DoesNotExist"):
        if values:
            yield f"has the operator `{operator}`, which takes no values"
    elif operator in ("Gt", "Lt"):
        if len(values) != 1 or not _INTEGER.fullmatch(values[0]):
            yield f"has the operator `{operator}`, which takes exactly one whole number"
    elif not values:
        yield f"has the operator `{operator}`, which takes at least one value"
    for value in values:
        if not is_value(value):
            yield f"has the value `{value}`, which no label can have"


def _of_field(one: Json, values: list[str]) -> Iterator[str]:
    """`ValidateNodeFieldSelectorRequirement`."""
    if one.get("key") != "metadata.name":
        yield f"has the key `{one.get('key')}`: of the fields of a node there is `metadata.name` alone"
    if one.get("operator") not in ("In", "NotIn") or len(values) != 1:
        yield "takes the operator `In` or `NotIn` and one value"
    for value in values:
        if not is_subdomain(value):
            yield f"has the value `{value}`, which is no name of a node"


# -- containers --------------------------------------------------------------------------------------------------------


def of_user(number: Json) -> Iterator[str]:
    """What is wrong with the number of a user or a group (`IsValidUserID`, `IsValidGroupID`)."""
    if not 0 <= int(number) <= LARGEST:
        yield f"is {number}, which is not within 0 to {LARGEST}"


def of_deadline(seconds: Json) -> Iterator[str]:
    """What is wrong with the deadline of a pod (`ValidatePodSpec`)."""
    if not 1 <= int(seconds) <= LARGEST:
        yield f"takes a number above zero, up to {LARGEST}, not {seconds}"


def of_field_path(path: str) -> Iterator[str]:
    """What is wrong with a field of a pod that a variable is to hold (`validateObjectFieldSelector`)."""
    match = _ENTRY.fullmatch(path)
    if match is None and path not in _FIELDS:
        known = (*sorted(_FIELDS), "metadata.labels['KEY']", "metadata.annotations['KEY']")
        yield f"is `{path}`, and a variable can hold none but {_listed(known)}"
    elif match and not (is_key(match[2]) if match[1] == "labels" else is_key_of_annotation(match[2])):
        yield f"is `{path}`, and there is no key `{match[2]}`"


def of_sub_path(path: str) -> Iterator[str]:
    """What is wrong with a folder of a volume (`validateLocalDescendingPath`)."""
    if path.startswith("/"):
        yield f"is `{path}`, and it is to be relative to the volume"
    elif ".." in path.split("/"):
        yield f"is `{path}`, which leads out of the volume"


def of_config_key(key: str) -> Iterator[str]:
    """What is wrong with a key of a secret or a config map (`IsConfigMapKey`)."""
    if not is_config_key(key):
        yield f"is `{key}`, which no secret or config map can have as a key"


# -- volumes -----------------------------------------------------------------------------------------------------------


def of_medium(medium: str) -> Iterator[str]:
    """What is wrong with the medium of an empty folder (kubelet's `pkg/volume/emptydir/empty_dir.go`, setUp)."""
    if medium and not _MEDIUM.fullmatch(medium):
        yield f"is `{medium}`, neither `Memory` nor `HugePages`"


def of_access_modes(modes: list[str]) -> Iterator[str]:
    """What is wrong with the modes of a claim (`ValidatePersistentVolumeClaimSpec`)."""
    for mode in modes:
        if mode not in _ACCESS:
            yield f"has `{mode}`, which is none of {_listed(_ACCESS)}"
    if "ReadWriteOncePod" in modes and len(modes) > 1:
        yield "has `ReadWriteOncePod`, which goes with no other mode"


def _listed(words: tuple[str, ...]) -> str:
    quoted = [f"`{word}`" for word in words]
    return " and ".join((", ".join(quoted[:-1]), quoted[-1]))
