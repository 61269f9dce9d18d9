"""Volumes and where they are mounted.

Of each mount the server makes a volume of the pod, named after the claim, the secret or the config map that it holds
(`extendPodSpecPatch`); the names of the program's own volumes are those of empty folders and ephemeral volumes alone.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from zencompile_kubeflow import kubernetes
from zencompile_kubeflow.pods.config import PodSettings, named
from zencompile_kubeflow.pods.walk import Path, Walk

Json = Any

SOURCES = ("persistentVolumeClaim", "secret", "configMap", "emptyDir", "ephemeral")


class Volume(NamedTuple):
    """A volume of the program: what it holds, its name in the pod that the server makes, and where it was written."""

    source: str
    options: Json
    name: str
    path: Path


def volumes(value: Json, walk: Walk, path: Path) -> dict[str, Volume]:
    """The volumes by the name that the program gives them. One that says nothing more is an empty folder."""
    found: dict[str, Volume] = {}
    for index, volume in enumerate(value):
        where = (*path, str(index))
        sources = [name for name in SOURCES if name in volume]
        if len(sources) > 1:
            walk.refuse(where, f"is both `{sources[0]}` and `{sources[1]}`")
        source = sources[0] if sources else "emptyDir"
        options = volume.get(source) or {}
        _check(source, options, walk, (*where, source))
        if volume["name"] in found and found[volume["name"]][:2] != (source, options):
            walk.refuse(where, f"has the name `{volume['name']}`, as another volume has")
        found[volume["name"]] = Volume(source, options, _name(volume["name"], source, options), where)
    return found


def _check(source: str, options: Json, walk: Walk, path: Path) -> None:
    if source == "emptyDir":
        walk.hold((*path, "medium"), kubernetes.of_medium(str(options.get("medium") or "")))
    if source != "ephemeral":
        return
    template, path = options["volumeClaimTemplate"], (*path, "volumeClaimTemplate")
    walk.hold((*path, "spec", "accessModes"), kubernetes.of_access_modes(template["spec"]["accessModes"]))
    for key, text in ((template.get("metadata") or {}).get("labels") or {}).items():
        walk.hold((*path, "metadata", "labels", key), kubernetes.of_label(key, text))


def _name(name: str, source: str, options: Json) -> str:
    held = {"persistentVolumeClaim": "claimName", "secret": "secretName", "configMap": "name"}.get(source)
    return str(options[held]) if held else str(name)


def mounts(found: PodSettings, value: Json, known: dict[str, Volume], walk: Walk, path: Path) -> None:
    """Mount volumes into the container of the step."""
    for index, mount in enumerate(value):
        where = (*path, str(index))
        volume = known.get(mount["name"])
        if volume is None:
            walk.refuse((*where, "name"), f"names no volume: there is no `{mount['name']}`")
            continue
        if mount.get("subPath") and volume.source != "persistentVolumeClaim":
            why = "KFP mounts the whole volume over the folder; of claims alone it mounts a part"
            walk.lose((*where, "subPath"), why)
        walk.hold((*where, "subPath"), kubernetes.of_sub_path(str(mount.get("subPath") or "")))
        if mount.get("readOnly") and volume.source not in ("secret", "configMap"):
            walk.lose((*where, "readOnly"), "KFP mounts it writable")
        part, entry = _entry(volume, mount)
        found.extend(part, [entry])


def _entry(volume: Volume, mount: Json) -> tuple[str, dict[str, Json]]:
    """The part of a KubernetesExecutorConfig that a mount belongs to, and its entry there."""
    options, path = volume.options, {"mountPath": mount["mountPath"]}
    if volume.source == "persistentVolumeClaim":
        reference = {"constant": volume.name, "pvcNameParameter": {"runtimeValue": {"constant": volume.name}}}
        return "pvcMount", reference | path | ({"subPath": mount["subPath"]} if mount.get("subPath") else {})
    if volume.source in ("secret", "configMap"):
        optional = {"optional": True} if options.get("optional") else {}
        return f"{volume.source}AsVolume", named(volume.name, volume.source, **path, **optional)
    if volume.source == "ephemeral":
        return "genericEphemeralVolume", {"volumeName": volume.name, **path, **_claim(options["volumeClaimTemplate"])}
    kept = {key: str(options[key]) for key in ("medium", "sizeLimit") if options.get(key)}
    return "emptyDirMounts", {"volumeName": volume.name, **path, **kept}


def _claim(template: Json) -> dict[str, Json]:
    spec = template["spec"]
    made: dict[str, Json] = {
        "accessModes": list(spec["accessModes"]),
        "size": str(spec["resources"]["requests"]["storage"]),
    }
    if "storageClassName" in spec:
        made["storageClassName"] = spec["storageClassName"]
    else:
        made["defaultStorageClass"] = True
    metadata = {key: texts for key, texts in (template.get("metadata") or {}).items() if texts}
    return made | ({"metadata": metadata} if metadata else {})
