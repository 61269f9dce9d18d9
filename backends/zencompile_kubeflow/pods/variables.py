"""Variables of a container: texts, keys of secrets and config maps, fields of the pod."""

from __future__ import annotations

from typing import Any

from zencompile_kubeflow import kubernetes
from zencompile_kubeflow.pods.config import PodSettings, named
from zencompile_kubeflow.pods.walk import Path, Walk

Json = Any

_REFERENCES = (("secretKeyRef", "secret"), ("configMapKeyRef", "configMap"))


def env(found: PodSettings, value: Json, walk: Walk, path: Path) -> None:
    """The variables in their order."""
    for index, entry in enumerate(value):
        source = entry.get("valueFrom") or {}
        given = [name for name in ("secretKeyRef", "configMapKeyRef", "fieldRef") if source.get(name)]
        if len(given) > 1 or (given and entry.get("value")):
            walk.refuse((*path, str(index)), "takes its value from more than one place")
        elif given:
            _check(given[0], source[given[0]], walk, (*path, str(index), "valueFrom", given[0]))
            _reference(found, entry["name"], source)
        else:
            found.variables[entry["name"]] = str(entry.get("value", ""))


def _check(kind: str, source: Json, walk: Walk, path: Path) -> None:
    if kind == "fieldRef":
        walk.hold((*path, "fieldPath"), kubernetes.of_field_path(str(source["fieldPath"])))
    else:
        walk.hold((*path, "key"), kubernetes.of_config_key(str(source["key"])))


def _reference(found: PodSettings, name: str, source: Json) -> None:
    for kind, part in _REFERENCES:
        if source.get(kind):
            _key(found, name, part, source[kind])
            return
    found.extend("fieldPathAsEnv", [{"name": name, "fieldPath": source["fieldRef"]["fieldPath"]}])


def _key(found: PodSettings, name: str, kind: str, reference: Json) -> None:
    """Beside others of the same secret, if that is as optional for them."""
    pair = {f"{kind}Key": reference["key"], "envVar": name}
    optional = {} if reference.get("optional") is None else {"optional": reference["optional"]}
    for entry in found.parts.get(f"{kind}AsEnv", ()):
        if entry[f"{kind}Name"] == reference["name"] and entry.get("optional") == reference.get("optional"):
            entry["keyToEnv"].append(pair)
            return
    found.extend(f"{kind}AsEnv", [named(reference["name"], kind, keyToEnv=[pair], **optional)])
