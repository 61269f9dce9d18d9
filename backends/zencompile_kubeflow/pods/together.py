"""What is fine each for itself and not together: names of volumes, mounts and variables that meet in one pod.

The driver's part of a pod is merged with the server's own by Kubernetes' strategic merge: volumes and variables of one
name, and mounts at one path, become one (argo-workflows `workflow/util/util.go`, `ApplyPodSpecPatch`; names of the
server's: `backend/src/v2/compiler/argocompiler/container.go`, `addContainerExecutorTemplate`, and `common.go`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from zencompile.diagnostics import Report
from zencompile.ir import Pipeline
from zencompile_kubeflow import kubernetes as valid
from zencompile_kubeflow import secrets
from zencompile_kubeflow.pods.walk import Path, Walk

Json = Any

_PARTS = {
    "pvcMount": ("constant", "the claim"),
    "secretAsVolume": ("secretName", "the secret"),
    "configMapAsVolume": ("configMapName", "the config map"),
    "genericEphemeralVolume": ("volumeName", "the ephemeral volume"),
    "emptyDirMounts": ("volumeName", "the empty folder"),
}
_OWN_VOLUMES = frozenset(
    [
        "kfp-launcher",
        "gcs-scratch",
        "s3-scratch",
        "minio-scratch",
        "dot-local-scratch",
        "dot-cache-scratch",
        "dot-config-scratch",
        "custom-ca",
        "ca-secret",
        "kfp-workspace",
        "var-run-argo",
        "tmp-dir-argo",
    ]
)
_OWN_PATHS = frozenset(("/kfp-launcher", "/gcs", "/s3", "/minio", "/.local", "/.cache", "/.config", "/kfp-workspace"))
OWN_VARIABLES = frozenset(("KFP_POD_NAME", "KFP_POD_UID", "KFP_RETRY_INDEX"))
"""What the server's template sets itself (`common.go`, commonEnvs and retryIndexEnv)."""
READ_BY_LAUNCHER = frozenset(
    (
        "METADATA_GRPC_MESSAGE_SIZE",
        "SSL_CERT_FILE",
        "KFP_MLFLOW_CONFIG",
        "MLFLOW_RUN_ID",
        "GOMEMLIMIT",
        "GOGC",
        "GODEBUG",
    )
)
"""What KFP's launcher, which starts the step in the step's own container, reads of its environment for itself.

kubeflow/pipelines `backend/src/v2/metadata/client.go` (init), `component/launcher_v2.go`
(compileTempCABundleWithCustomCA) and `common/plugins/mlflow/config.go`; the last three are read by every Go program.
"""
_VARIABLE = re.compile(r"[ -<>-~]+")  # what Kubernetes 1.30 and newer take; older ones less

_REFERENCE = re.compile(r"\$\(([^()$]+)\)")

_MOUNTS: Path = ("pod_settings", "volume_mounts")
_ENV: Path = ("pod_settings", "env")


def is_for_server(name: str) -> bool:
    """Whether a variable of a container says something to the server, which starts the step there."""
    return name in OWN_VARIABLES or name in READ_BY_LAUNCHER


def check_images(pipeline: Pipeline, report: Report) -> None:
    """Report variables that are written into images, where KFP's launcher would take them as said to itself.

    Certificates are left: an image that has its own is meant to be read by whatever runs in it.
    """
    for invocation in {one.environment: one for one in reversed(pipeline.invocations)}.values():
        environment = pipeline.environments.get(invocation.environment or "")
        written = {*environment.build_variables, *environment.variables} if environment else set()
        for name in sorted(READ_BY_LAUNCHER & written - {"SSL_CERT_FILE"}):
            report.error(
                "ZC0589",
                f"the image of `{invocation.id}` sets `{name}`, which KFP's launcher would take as said to itself",
                invocation.span,
                notes="the launcher starts the step in the step's own container",
                helps="give it in the `environment` of the step: there it reaches the step alone",
            )


def check(kubernetes: dict[str, Json], variables: dict[str, str], walk: Walk) -> None:
    """Report what Kubernetes would refuse of a pod, or what would be lost; `variables` are those of the container."""
    _check_volumes(kubernetes, walk)
    _check_variables(kubernetes, variables, walk)
    _check_metadata(kubernetes.get("podMetadata") or {}, walk)
    for entry in kubernetes.get("imagePullSecret") or ():
        if not secrets.is_name(entry["secretName"]):
            walk.refuse(("pod_settings", "image_pull_secrets"), f"has `{entry['secretName']}`, which names no secret")


def _check_volumes(kubernetes: dict[str, Json], walk: Walk) -> None:
    volumes: dict[str, dict[str, Json]] = {}
    paths: dict[str, str] = {}
    for part, (key, what) in _PARTS.items():
        for entry in kubernetes.get(part) or ():
            name, path = entry[key], entry["mountPath"]
            if path.startswith(f"{secrets.FOLDER}/") and not secrets.is_name(name):
                continue  # told where the secret is named
            volume = {"what": what} | {k: v for k, v in entry.items() if k not in ("mountPath", "subPath")}
            if volumes.setdefault(name, volume) != volume:
                walk.refuse(_MOUNTS, _clash(name, volumes[name]["what"], what))
            else:
                _check_volume(name, what, walk)
            _check_path(path, walk)
            if path.rstrip("/") in _OWN_PATHS or paths.setdefault(path.rstrip("/"), name) != name:
                walk.refuse(_MOUNTS, f"mounts two volumes at `{path}`")


def _check_volume(name: str, what: str, walk: Walk) -> None:
    if name in _OWN_VOLUMES:
        walk.refuse(_MOUNTS, f"mounts {what} `{name}`, as a volume of KFP's own is called")
    elif not valid.is_label(name):
        walk.refuse(
            _MOUNTS,
            f"mounts {what} `{name}`, after which KFP names a volume, and a volume can't be called that",
            ("up to 63 lower-case letters, digits and `-` are a name of a volume",),
        )


def _check_path(path: str, walk: Walk) -> None:
    if not path.startswith("/") or ":" in path:
        walk.refuse(_MOUNTS, f"mounts at `{path}`, which is no absolute path")


def _clash(name: str, one: str, other: str) -> str:
    if one == other:
        return f"mounts {one} `{name}` twice with other options, and KFP makes one volume of it"
    return f"mounts {one} and {other} `{name}`, after which KFP names one volume"


def _check_variables(kubernetes: dict[str, Json], variables: dict[str, str], walk: Walk) -> None:
    seen = dict.fromkeys(variables, "a text")
    for name, source in _sources(kubernetes):
        if name in seen:
            walk.refuse(_ENV, f"sets `{name}` from {source}, and it is set by {seen[name]} already")
        seen[name] = source
    for reference in (match[1] for text in variables.values() for match in _REFERENCE.finditer(text)):
        if reference in seen and reference not in variables:
            why = f"KFP sets `{reference}` after all variables that are texts, so that none of them can hold it"
            walk.lose(_ENV, why, ("put the text together in the step",))
    for name in seen:
        _check_variable(name, walk)


def _sources(kubernetes: dict[str, Json]) -> Iterator[tuple[str, str]]:
    """The variables that are no texts, and where each comes from."""
    for part, key, what in (
        ("secretAsEnv", "secretName", "secret"),
        ("configMapAsEnv", "configMapName", "config map"),
    ):
        for entry in kubernetes.get(part) or ():
            yield from ((pair["envVar"], f"the {what} `{entry[key]}`") for pair in entry["keyToEnv"])
    for entry in kubernetes.get("fieldPathAsEnv") or ():
        yield entry["name"], f"the field `{entry['fieldPath']}`"


def _check_variable(name: str, walk: Walk) -> None:
    if name in OWN_VARIABLES:
        walk.refuse(_ENV, f"sets `{name}`, which is KFP's own")
    elif name in READ_BY_LAUNCHER:
        why = f"sets `{name}`, which KFP's launcher would take as said to itself"
        walk.refuse(_ENV, why, ("a text in the `environment` of the step reaches the step alone",))
    elif not _VARIABLE.fullmatch(name):
        walk.refuse(_ENV, f"sets `{name}`, which is no name of a variable")


def _check_metadata(metadata: dict[str, dict[str, str]], walk: Walk) -> None:
    for kind, texts in metadata.items():
        for key, text in texts.items():
            path = ("pod_settings", kind, key)
            if kind == "labels":
                walk.hold(path, valid.of_label(key, text))
            elif not valid.is_key_of_annotation(key):
                walk.refuse(path, "is no key of an annotation")
            if owner := valid.owner(key):
                walk.refuse(path, f"is set by {owner} itself, which finds its pods by what it set")
