"""Pods: what Kubeflow's server makes of a KubernetesExecutorConfig, and what ZenML makes of its settings.

Both are models, for neither runs without a cluster. The server's follows `extendPodSpecPatch`, `makeVolumeMountPatch`
(kubeflow/pipelines `backend/src/v2/driver/k8s.go`, release 2.17), `initPodSpecPatch` (`driver.go`) and Kubernetes'
strategic merge, by which Argo joins its patch to the template. ZenML's follows `add_pod_settings` (ZenML 0.98,
`integrations/kubernetes/manifest_utils.py`). `meaning` says of a pod what a step sees of it, so that the two compare.
"""

from __future__ import annotations

from typing import Any

Json = Any


def of_server(config: dict[str, Json], container: dict[str, Json]) -> dict[str, Json]:
    """The PodSpec."""
    patch = _volumes(config)
    env = [{"name": e["name"], "value": e.get("value", "")} for e in container.get("env", ())] + _references(config)
    main: dict[str, Json] = {
        "name": "main",
        "image": container["image"],
        "resources": _resources(container.get("resources", {})),
        "volumeMounts": _merged(patch["mounts"], "mountPath"),
        "env": _merged(env, "name"),
    }
    if "imagePullPolicy" in config:
        main["imagePullPolicy"] = config["imagePullPolicy"]
    if "securityContext" in config:
        main["securityContext"] = {**config["securityContext"], "capabilities": {"drop": ["ALL"]}}
    pod: dict[str, Json] = {"containers": [main], "volumes": _merged(patch["volumes"], "name")}
    if "nodeSelector" in config:
        pod["nodeSelector"] = config["nodeSelector"]["labels"]
    if config.get("tolerations"):
        pod["tolerations"] = config["tolerations"]
    if config.get("imagePullSecret"):
        pod["imagePullSecrets"] = [{"name": _name(one, "secret")} for one in config["imagePullSecret"]]
    if "activeDeadlineSeconds" in config:
        pod["activeDeadlineSeconds"] = int(config["activeDeadlineSeconds"])
    affinity = _node_affinity(config.get("nodeAffinity", ()))
    if affinity:
        pod["affinity"] = {"nodeAffinity": affinity}
    return pod


def _name(entry: Json, kind: str) -> str:
    """By the parameter, which servers from 2.5 read; the text that older ones read says the same."""
    name: str = entry[f"{kind}NameParameter"]["runtimeValue"]["constant"]
    assert name == entry.get(f"{kind}Name", entry.get("constant"))
    return name


def _merged(entries: list[dict[str, Json]], key: str) -> list[dict[str, Json]]:
    """A list after a strategic merge: entries of one key become one."""
    found: dict[str, dict[str, Json]] = {}
    for entry in entries:
        found[entry[key]] = {**found.get(entry[key], {}), **entry}
    return list(found.values())


def _volumes(config: dict[str, Json]) -> dict[str, list[Json]]:
    volumes, mounts = [], []
    for one in config.get("pvcMount", ()):
        name = _name(one, "pvc")
        volumes.append({"name": name, "persistentVolumeClaim": {"claimName": name}})
        mounts.append({"name": name, "mountPath": one["mountPath"], "subPath": one.get("subPath", "")})
    for kind, field in (("secret", "secretName"), ("configMap", "name")):
        for one in config.get(f"{kind}AsVolume", ()):
            name = _name(one, kind)
            volumes.append({"name": name, kind: {field: name, "optional": one.get("optional", False)}})
            mounts.append({"name": name, "mountPath": one["mountPath"]})
    for one in config.get("genericEphemeralVolume", ()):
        class_ = None if one.get("defaultStorageClass") else one.get("storageClassName", "")
        spec = {
            "accessModes": one["accessModes"],
            "resources": {"requests": {"storage": one["size"]}},
            **({} if class_ is None else {"storageClassName": class_}),
        }
        template = {"spec": spec, **({"metadata": one["metadata"]} if "metadata" in one else {})}
        volumes.append({"name": one["volumeName"], "ephemeral": {"volumeClaimTemplate": template}})
        mounts.append({"name": one["volumeName"], "mountPath": one["mountPath"]})
    for one in config.get("emptyDirMounts", ()):
        options = {key: one[key] for key in ("medium", "sizeLimit") if key in one}
        volumes.append({"name": one["volumeName"], "emptyDir": options})
        mounts.append({"name": one["volumeName"], "mountPath": one["mountPath"]})
    return {"volumes": volumes, "mounts": mounts}


def _references(config: dict[str, Json]) -> list[Json]:
    found = []
    for kind in ("secret", "configMap"):
        for one in config.get(f"{kind}AsEnv", ()):
            for pair in one["keyToEnv"]:
                reference = {"name": _name(one, kind), "key": pair[f"{kind}Key"]}
                if "optional" in one:
                    reference["optional"] = one["optional"]
                found.append({"name": pair["envVar"], "valueFrom": {f"{kind}KeyRef": reference}})
    for one in config.get("fieldPathAsEnv", ()):
        found.append({"name": one["name"], "valueFrom": {"fieldRef": {"fieldPath": one["fieldPath"]}}})
    return found


def _resources(resources: Json) -> dict[str, Json]:
    found: dict[str, dict[str, Json]] = {"limits": {}, "requests": {}}
    for kind in ("Limit", "Request"):
        for name in ("Cpu", "Memory"):
            text = resources.get(f"resource{name}{kind}")
            if text:
                found[f"{kind.lower()}s"][name.lower()] = text
    accelerator = resources.get("accelerator")
    if accelerator:
        found["limits"][accelerator["resourceType"]] = accelerator["resourceCount"]
    return {kind: amounts for kind, amounts in found.items() if amounts}


def _node_affinity(terms: Json) -> dict[str, Json]:
    required, preferred = [], []
    for term in terms:
        rules = {key: term[key] for key in ("matchExpressions", "matchFields") if term.get(key)}
        if not rules:
            continue
        if "weight" in term:
            preferred.append({"weight": term["weight"], "preference": rules})
        else:
            required.append(rules)
    found: dict[str, Json] = {}
    if required:
        found["requiredDuringSchedulingIgnoredDuringExecution"] = {"nodeSelectorTerms": required}
    if preferred:
        found["preferredDuringSchedulingIgnoredDuringExecution"] = preferred
    return found


# -- ZenML -------------------------------------------------------------------------------------------------------------

_LISTS = {"tolerations", "volumes", "image_pull_secrets"}


def of_zenml(settings: dict[str, Json]) -> dict[str, Json]:
    """The PodSpec of pod settings."""
    main: dict[str, Json] = {"name": "main", "image": "i", "resources": settings.get("resources", {})}
    main["volumeMounts"] = settings.get("volume_mounts", [])
    main["env"] = settings.get("env", [])
    if settings.get("container_security_context"):
        main["securityContext"] = settings["container_security_context"]
    pod: dict[str, Json] = {"containers": [main], "volumes": list(settings.get("volumes", []))}
    pod["tolerations"] = list(settings.get("tolerations", []))
    pod["imagePullSecrets"] = [{"name": name} for name in settings.get("image_pull_secrets", [])]
    pod["nodeSelector"] = dict(settings.get("node_selectors", {}))
    pod["affinity"] = dict(settings.get("affinity", {}))
    for key, value in settings.get("additional_pod_spec_args", {}).items():
        first, *rest = key.split("_")
        name = first + "".join(word.title() for word in rest)
        if key in _LISTS:
            pod[name] = [*pod[name], *value]
        elif isinstance(pod.get(name), dict):
            pod[name] = {**pod[name], **value}
        else:
            pod[name] = value
    return pod


# -- what a step sees --------------------------------------------------------------------------------------------------


def meaning(pod: dict[str, Json]) -> dict[str, Json]:
    """A pod without what only names its parts: mounts by what they hold, variables by name, defaults left out."""
    (main,) = pod["containers"]
    volumes = {one["name"]: one for one in pod["volumes"]}
    context = {k: v for k, v in main.get("securityContext", {}).items() if k.startswith("runAs")}
    return {
        "mounts": {one["mountPath"]: _held(volumes[one["name"]], one) for one in main["volumeMounts"]},
        "env": {one["name"]: _source(one) for one in main["env"]},
        "resources": {kind: amounts for kind, amounts in main["resources"].items() if amounts},
        "context": context,
        "nodes": pod.get("nodeSelector") or {},
        "tolerations": pod.get("tolerations") or [],
        "affinity": pod.get("affinity") or {},
        "pull": sorted({one["name"] for one in pod.get("imagePullSecrets") or ()}),
        "deadline": pod.get("activeDeadlineSeconds"),
    }


def _held(volume: Json, mount: Json) -> Json:
    (source,) = [key for key in volume if key != "name"] or ["emptyDir"]
    options = dict(volume.get(source) or {})
    if source in ("secret", "configMap"):
        options["optional"] = bool(options.get("optional"))
        options.pop("defaultMode", None)  # the default
    if source == "persistentVolumeClaim":
        options.pop("readOnly", None)  # false
    of_name = volume["name"] if source in ("emptyDir", "ephemeral") else None
    return {"of": of_name, source: options, "part": mount.get("subPath") or ""}


def _source(variable: Json) -> Json:
    source = variable.get("valueFrom")
    if not source:
        return variable.get("value", "")
    ((kind, reference),) = source.items()
    reference = {key: value for key, value in reference.items() if key != "apiVersion"}
    return {kind: reference}
