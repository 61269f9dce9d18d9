"""Where a pod may run: node selectors, tolerations, affinities."""

from __future__ import annotations

from typing import Any

from zencompile_kubeflow.pods.config import PodSettings
from zencompile_kubeflow.pods.walk import Path, Walk

Json = Any

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"


def node_selectors(found: PodSettings, value: Json, walk: Walk, path: Path) -> None:
    """Labels that a node must have."""
    found.update("nodeSelector", "labels", {key: str(text) for key, text in value.items()})


def node_affinity(found: PodSettings, value: Json, walk: Walk, path: Path) -> None:
    """ZenML's own form of older releases: values by the label that must have one of them."""
    if not isinstance(value, dict) or any(not isinstance(values, list) for values in value.values()):
        walk.refuse(path, "takes a dictionary of lists of texts")
        return
    expressions = [{"key": key, "operator": "In", "values": list(map(str, values))} for key, values in value.items()]
    found.extend("nodeAffinity", [{"matchExpressions": expressions}])


def tolerations(found: PodSettings, value: Json, walk: Walk, path: Path) -> None:
    """Taints of nodes that the pod puts up with."""
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
        if any(term.values()):
            terms.append(_term(term))
        else:
            where = (*below, _REQUIRED, "nodeSelectorTerms", str(index))
            walk.lose(where, "no node fits a term without rules, and the server would leave it out")
    for entry in rules.get(_PREFERRED) or ():
        if any(entry["preference"].values()):
            terms.append({**_term(entry["preference"]), "weight": entry["weight"]})
    found.extend("nodeAffinity", terms)


def _term(term: Json) -> dict[str, Json]:
    return {key: [_requirement(one) for one in rules] for key, rules in term.items() if rules}


def _requirement(one: Json) -> dict[str, Json]:
    values = [str(value) for value in one.get("values") or ()]
    return {"key": one["key"], "operator": one["operator"], **({"values": values} if values else {})}


def _texts(one: Json, but: str) -> dict[str, Json]:
    return {key: item if key == but else str(item) for key, item in one.items()}
