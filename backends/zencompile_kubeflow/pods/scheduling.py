"""Where a pod may run: node selectors, tolerations, affinities."""

from __future__ import annotations

from typing import Any

from zencompile_kubeflow import kubernetes
from zencompile_kubeflow.pods.config import PodSettings
from zencompile_kubeflow.pods.walk import Path, Walk

Json = Any

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"


def node_selectors(found: PodSettings, value: Json, walk: Walk, path: Path) -> None:
    """Labels that a node must have."""
    for key, text in value.items():
        walk.hold((*path, key), kubernetes.of_label(key, text))
    found.update("nodeSelector", "labels", {key: str(text) for key, text in value.items()})


def node_affinity(found: PodSettings, value: Json, walk: Walk, path: Path) -> None:
    """ZenML's own form of older releases: values by the label that must have one of them."""
    if not isinstance(value, dict) or any(not isinstance(values, list) for values in value.values()):
        walk.refuse(path, "takes a dictionary of lists of texts")
        return
    expressions = [{"key": key, "operator": "In", "values": list(map(str, values))} for key, values in value.items()]
    _check(term := {"matchExpressions": expressions}, path, walk)
    found.extend("nodeAffinity", [term])


def tolerations(found: PodSettings, value: Json, walk: Walk, path: Path) -> None:
    """Taints of nodes that the pod puts up with."""
    for index, one in enumerate(value):
        walk.hold((*path, str(index)), kubernetes.of_toleration(one))
    found.extend("tolerations", [_texts(one, but="tolerationSeconds") for one in value])


def affinity(found: PodSettings, value: Json, walk: Walk, path: Path) -> None:
    """Rules for nodes; the server makes of the terms with a weight what is preferred, of the others what is required.

    One of the required terms must fit, as in Kubernetes. A term without any rule is left out by the server: to
    Kubernetes it is one that no node fits where it is required, and that says nothing where it is preferred.
    """
    rules = value.get("nodeAffinity") or {}
    if "nodeAffinity" in value:  # those of the pod's specification come later, and replace the others
        found.parts.pop("nodeAffinity", None)
    below = (*path, "nodeAffinity")
    terms = []
    for index, term in enumerate((rules.get(_REQUIRED) or {}).get("nodeSelectorTerms", ())):
        where = (*below, _REQUIRED, "nodeSelectorTerms", str(index))
        if any(term.values()):
            _check(term, where, walk)
            terms.append(_term(term))
        else:
            walk.lose(where, "no node fits a term without rules, and the server would leave it out")
    for index, entry in enumerate(rules.get(_PREFERRED) or ()):
        where = (*below, _PREFERRED, str(index))
        _check({"weight": entry["weight"]}, (*where, "weight"), walk)
        if any(entry["preference"].values()):
            _check(entry["preference"], (*where, "preference"), walk)
            terms.append({**_term(entry["preference"]), "weight": entry["weight"]})
    found.extend("nodeAffinity", terms)


def _check(term: Json, path: Path, walk: Walk) -> None:
    for below, problem in kubernetes.of_node_term(term):
        walk.refuse((*path, *below), problem)


def _term(term: Json) -> dict[str, Json]:
    return {key: [_requirement(one) for one in rules] for key, rules in term.items() if rules}


def _requirement(one: Json) -> dict[str, Json]:
    values = [str(value) for value in one.get("values") or ()]
    return {"key": one["key"], "operator": one["operator"], **({"values": values} if values else {})}


def _texts(one: Json, but: str) -> dict[str, Json]:
    return {key: item if key == but else str(item) for key, item in one.items()}
