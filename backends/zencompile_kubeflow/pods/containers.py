"""Containers that run before that of the step, and who runs the step's."""

from __future__ import annotations

from typing import Any

from zencompile_kubeflow import kubernetes
from zencompile_kubeflow.pods.config import PodSettings
from zencompile_kubeflow.pods.volumes import Volume
from zencompile_kubeflow.pods.walk import Path, Walk

Json = Any

_USERS = ("runAsUser", "runAsGroup", "runAsNonRoot")
# What KFP's and Argo's own containers in the pod are called.
_TAKEN = frozenset(("main", "kfp-launcher", "init", "wait"))


def security_context(found: PodSettings, value: Json, walk: Walk, path: Path) -> None:
    """Who runs the container; whatever else a security context says, the server sets it itself."""
    kept = {key: value[key] for key in _USERS if value.get(key) is not None}
    for key in kept.keys() & {"runAsUser", "runAsGroup"}:
        walk.hold((*path, key), kubernetes.of_user(kept[key]))
    if kept.get("runAsUser") == 0 and kept.get("runAsNonRoot"):
        walk.refuse((*path, "runAsUser"), "is root, and `runAsNonRoot` forbids that")
    if kept:
        found.parts["securityContext"] = kept


def init_containers(found: PodSettings, value: Json, known: dict[str, Volume], walk: Walk, path: Path) -> None:
    """Containers that run before the step, or beside it."""
    names = set(_TAKEN)
    for index, one in enumerate(value):
        where = (*path, str(index))
        if one["name"] in names:
            walk.refuse((*where, "name"), f"is `{one['name']}`, as another container of the pod is called")
        elif not kubernetes.is_label(one["name"]):
            walk.refuse((*where, "name"), f"is `{one['name']}`, and no container can be called that")
        names.add(one["name"])
        if one.get("restartPolicy") not in (None, "Always"):
            walk.refuse((*where, "restartPolicy"), "can be `Always` alone")
        made = {key: one[key] for key in ("name", "image", "command", "args") if one.get(key)}
        made |= {"env": [{"name": e["name"], "value": str(e.get("value", ""))} for e in one.get("env") or ()]}
        made |= {"volumeMounts": _mounts(found, one.get("volumeMounts") or (), known, walk, where)}
        made |= {"restartPolicy": one.get("restartPolicy"), "resources": _resources(one.get("resources") or {})}
        found.extend("initContainers", [{key: item for key, item in made.items() if item}])


def _mounts(found: PodSettings, value: Json, known: dict[str, Volume], walk: Walk, path: Path) -> list[Json]:
    """Mounts by the names of volumes in KFP's pods, which has those alone that the step mounts, too."""
    there = {entry.get(key) for part in found.parts.values() if isinstance(part, list) for entry in part for key in
             ("volumeName", "constant", "secretName", "configMapName") if "mountPath" in entry}  # fmt: skip
    made = []
    for index, mount in enumerate(value):
        volume = known.get(mount["name"])
        if volume is None or volume.name not in there:
            where = (*path, "volumeMounts", str(index), "name")
            walk.lose(where, f"KFP's pod has the volume `{mount['name']}` only if the step mounts it, too")
            continue
        made.append({"volumeName": volume.name, "mountPath": mount["mountPath"]})
    return made


def _resources(resources: Json) -> dict[str, Json]:
    return {
        kind: {name: str(quantity) for name, quantity in quantities.items()}
        for kind, quantities in resources.items()
        if quantities
    }
