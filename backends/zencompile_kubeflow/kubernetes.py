"""Settings of pods, written for ZenML's Kubeflow and Kubernetes orchestrators, as KFP's PlatformSpec has them.

The specification is `KubernetesExecutorConfig` of kfp-kubernetes, as JSON. What it has no place for is a warning.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from zencompile.diagnostics import Report
from zencompile.ir import Invocation, Pipeline, SecretReference
from zencompile.ir.settings import NoData, plain
from zencompile.source import Span

Json = Any

KEYS = ("orchestrator", "orchestrator.kubernetes", "orchestrator.kubeflow")
# Settings that say how a client talks to its server when it submits: nothing of them belongs into a specification.
_OF_THE_CLIENT = frozenset(
    ("synchronous", "timeout", "client_args", "client_username", "client_password", "user_namespace", "max_api_retries")
)
_QUANTITY = re.compile(r"[0-9]+(\.[0-9]+)?(m|[kMGTP]|[KMGTP]i)?")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")


def secret_name(name: str, span: Span | None, report: Report) -> str:
    """The Kubernetes name of a secret: the same, but lower case and with `-` for `_`; anything else is an error."""
    valid = name.lower().replace("_", "-")
    if not _SUBDOMAIN.fullmatch(valid) or len(valid) > 253:
        report.error(
            "ZC0527",
            f"`{name}` can't be the name of a Kubernetes secret",
            span,
            helps="use lower-case letters, digits, `-` and `.`",
        )
    elif valid != name:
        report.note("ZC0527", f"the secret `{name}` is called `{valid}` on Kubernetes", span)
    return valid


@dataclass
class PodSettings:
    """The settings of one pod: `parts` of a KubernetesExecutorConfig, and what stands in the container instead."""

    parts: dict[str, Json] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    limits: dict[str, str] = field(default_factory=dict)
    requests: dict[str, str] = field(default_factory=dict)
    accelerator: str = ""
    accelerator_count: int = 0
    volumes: dict[str, Json] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)

    def config(
        self, secrets: dict[str, SecretReference], mounted: dict[str, str], pull_secrets: tuple[str, ...]
    ) -> dict[str, Json]:
        """The KubernetesExecutorConfig, with secrets as variables (name → reference) and as folders (name → path)."""
        config = dict(self.parts)
        by_secret: dict[str, list[Json]] = {}
        for variable, reference in secrets.items():
            by_secret.setdefault(reference.name, []).append({"secretKey": reference.key, "envVar": variable})
        _extend(config, "secretAsEnv", [_named(name, "secret", keyToEnv=keys) for name, keys in by_secret.items()])
        _extend(config, "secretAsVolume", [_named(name, "secret", mountPath=path) for name, path in mounted.items()])
        present = [entry["secretName"] for entry in config.get("imagePullSecret", ())]
        more = [_named(name, "secret") for name in pull_secrets if name not in present]
        _extend(config, "imagePullSecret", more)
        return config


def _named(name: str, kind: str, **more: Json) -> dict[str, Json]:
    """A reference by name in both forms: the text that older back ends read, the parameter that newer ones do."""
    return {f"{kind}Name": name, f"{kind}NameParameter": {"runtimeValue": {"constant": name}}, **more}


def _extend(config: dict[str, Json], key: str, entries: list[Json]) -> None:
    if entries:
        config[key] = [*config.get(key, ()), *entries]


def pod_settings(pipeline: Pipeline, invocation: Invocation, report: Report) -> PodSettings:
    """The pod settings of an invocation: the pipeline's, then its own; the more special orchestrator wins."""
    merged: dict[str, Json] = {}
    pod: dict[str, Json] = {}
    for key in KEYS:
        for source in (pipeline.settings, invocation.settings):
            settings = source.get(key) or {}
            rest = {name: value for name, value in settings.items() if name != "pod_settings"}
            merged |= _known(rest, key, invocation, report)
            pod |= _known(settings.get("pod_settings") or {}, f"{key}/pod_settings", invocation, report)
    found = PodSettings()
    for legacy, name in (("node_selectors", "node_selectors"), ("node_affinity", "affinity")):
        if merged.get(legacy):
            value = merged[legacy]
            pod.setdefault(name, {"nodeAffinity": value} if name == "affinity" else value)
    for name in sorted(pod, key=lambda name: _ORDER.get(name, 0)):
        if pod[name] not in (None, [], {}, "", False):
            _READERS.get(name, _unknown(name))(found, pod[name])
    found.unknown += [
        name for name, value in merged.items() if name not in _HANDLED and value not in (None, [], {}, False)
    ]
    _warn(found, invocation, report)
    return found


def _known(settings: Json, path: str, invocation: Invocation, report: Report) -> dict[str, Json]:
    """The settings that are plain data. What isn't costs itself alone."""
    found = {}
    for name, value in settings.items():
        try:
            found[name] = plain(value)
        except NoData as problem:
            report.warning(
                "ZC0305",
                f"the setting `{name}` is not known when compiling",
                invocation.spans.get(f"{path}/{name}", invocation.span),
                label="ignored",
                notes=str(problem),
            )
    return found


_HANDLED = _OF_THE_CLIENT | {"node_selectors", "node_affinity"}


def _warn(found: PodSettings, invocation: Invocation, report: Report) -> None:
    for name in dict.fromkeys(found.unknown):
        report.warning(
            "ZC0522",
            f"the setting `{name}` has no counterpart in a KFP pipeline and is left out",
            invocation.span,
            label=f"it applies to `{invocation.id}`",
        )


def _unknown(name: str) -> Callable[[PodSettings, Json], None]:
    return lambda found, _: found.unknown.append(name)


# -- one reader a setting ----------------------------------------------------------------------------------------------


def _selectors(found: PodSettings, value: Json) -> None:
    found.parts["nodeSelector"] = {"labels": {key: str(text) for key, text in value.items()}}


def _tolerations(found: PodSettings, value: Json) -> None:
    found.parts["tolerations"] = [{key: item for key, item in one.items() if item is not None} for one in value]


def _labels(found: PodSettings, value: Json) -> None:
    found.parts.setdefault("podMetadata", {})["labels"] = {key: str(text) for key, text in value.items()}


def _annotations(found: PodSettings, value: Json) -> None:
    found.parts.setdefault("podMetadata", {})["annotations"] = {key: str(text) for key, text in value.items()}


def _pull_secrets(found: PodSettings, value: Json) -> None:
    names = [entry["name"] if isinstance(entry, dict) else entry for entry in value]
    found.parts["imagePullSecret"] = [_named(name, "secret") for name in names]


def _affinity(found: PodSettings, value: Json) -> None:
    for name, rules in value.items():
        if name == "nodeAffinity":
            _node_affinity(found, rules or {})
        elif rules:
            _pod_affinity(found, rules, anti=name == "podAntiAffinity")


def _node_affinity(found: PodSettings, rules: Json) -> None:
    terms = []
    for term in (rules.get("requiredDuringSchedulingIgnoredDuringExecution") or {}).get("nodeSelectorTerms", ()):
        terms.append(dict(term))
    for entry in rules.get("preferredDuringSchedulingIgnoredDuringExecution") or ():
        terms.append({**entry["preference"], "weight": entry["weight"]})
    _extend(found.parts, "nodeAffinity", terms)


def _pod_affinity(found: PodSettings, rules: Json, anti: bool) -> None:
    terms: list[tuple[Json, dict[str, Json]]] = [
        (term, {}) for term in rules.get("requiredDuringSchedulingIgnoredDuringExecution") or ()
    ]
    for entry in rules.get("preferredDuringSchedulingIgnoredDuringExecution") or ():
        terms.append((entry["podAffinityTerm"], {"weight": entry["weight"]}))
    for term, weight in terms:
        made: dict[str, Json] = {"topologyKey": term["topologyKey"], **weight}
        for name, prefix in (("labelSelector", "matchPod"), ("namespaceSelector", "matchNamespace")):
            selector = term.get(name) or {}
            if selector.get("matchLabels"):
                made[f"{prefix}Labels"] = selector["matchLabels"]
            if selector.get("matchExpressions"):
                made[f"{prefix}Expressions"] = selector["matchExpressions"]
        if term.get("namespaces"):
            made["namespaces"] = term["namespaces"]
        if anti:
            made["anti"] = True
        _extend(found.parts, "podAffinity", [made])


def _env(found: PodSettings, value: Json) -> None:
    for entry in value:
        name, source = entry["name"], entry.get("valueFrom") or {}
        if source.get("secretKeyRef"):
            reference = source["secretKeyRef"]
            keys = [{"secretKey": reference["key"], "envVar": name}]
            _extend(found.parts, "secretAsEnv", [_named(reference["name"], "secret", keyToEnv=keys)])
        elif source.get("configMapKeyRef"):
            reference = source["configMapKeyRef"]
            keys = [{"configMapKey": reference["key"], "envVar": name}]
            _extend(found.parts, "configMapAsEnv", [_named(reference["name"], "configMap", keyToEnv=keys)])
        elif source.get("fieldRef"):
            _extend(found.parts, "fieldPathAsEnv", [{"name": name, "fieldPath": source["fieldRef"]["fieldPath"]}])
        elif "value" in entry:
            found.variables[name] = str(entry["value"])
        else:
            found.unknown.append(f"env.{name}")


def _volumes(found: PodSettings, value: Json) -> None:
    found.volumes = {volume["name"]: volume for volume in value}


def _mounts(found: PodSettings, value: Json) -> None:
    for mount in value:
        volume, path = found.volumes.get(mount["name"], {}), mount["mountPath"]
        if volume.get("persistentVolumeClaim"):
            claim = volume["persistentVolumeClaim"]["claimName"]
            entry = {"constant": claim, "pvcNameParameter": {"runtimeValue": {"constant": claim}}, "mountPath": path}
            _extend(found.parts, "pvcMount", [entry | ({"subPath": mount["subPath"]} if mount.get("subPath") else {})])
        elif volume.get("secret"):
            entry = _named(volume["secret"]["secretName"], "secret", mountPath=path)
            _extend(found.parts, "secretAsVolume", [entry])
        elif volume.get("configMap"):
            entry = _named(volume["configMap"]["name"], "configMap", mountPath=path)
            _extend(found.parts, "configMapAsVolume", [entry])
        elif "emptyDir" in volume:
            entry = {"volumeName": mount["name"], "mountPath": path}
            options = volume["emptyDir"] or {}
            entry |= {key: options[key] for key in ("medium", "sizeLimit") if options.get(key)}
            _extend(found.parts, "emptyDirMounts", [entry])
        else:
            found.unknown.append(f"volume_mounts.{mount['name']}")


def _security(found: PodSettings, value: Json) -> None:
    known = ("runAsUser", "runAsGroup", "runAsNonRoot")
    kept = {key: value[key] for key in known if value.get(key) is not None}
    if kept:
        found.parts["securityContext"] = kept
    found.unknown += [f"container_security_context.{key}" for key in value if key not in known]


def _resource_settings(found: PodSettings, value: Json) -> None:
    for kind, into in (("limits", found.limits), ("requests", found.requests)):
        for name, quantity in (value.get(kind) or {}).items():
            if name in ("cpu", "memory") and _QUANTITY.fullmatch(str(quantity)):
                into[name] = str(quantity)
            elif "/" in name and str(quantity).isdigit():
                found.accelerator, found.accelerator_count = name, int(quantity)
            else:
                found.unknown.append(f"resources.{kind}.{name}")


_READERS: dict[str, Callable[[PodSettings, Json], None]] = {
    "node_selectors": _selectors,
    "tolerations": _tolerations,
    "labels": _labels,
    "annotations": _annotations,
    "image_pull_secrets": _pull_secrets,
    "affinity": _affinity,
    "env": _env,
    "volumes": _volumes,
    "volume_mounts": _mounts,
    "container_security_context": _security,
    "resources": _resource_settings,
}
_ORDER = {name: number for number, name in enumerate(_READERS)}  # mounts need their volumes
