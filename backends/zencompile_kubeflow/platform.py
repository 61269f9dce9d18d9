"""An executor's part of the PlatformSpec: the settings of its pod, its secrets, and what holds for all pods."""

from __future__ import annotations

from typing import Any

from zencompile.ir import Invocation, SecretReference
from zencompile_kubeflow import secrets
from zencompile_kubeflow.options import Options
from zencompile_kubeflow.pods.config import PodSettings, named

Json = Any


def config(
    settings: PodSettings, invocation: Invocation, references: dict[str, SecretReference], options: Options
) -> dict[str, Json]:
    """The KubernetesExecutorConfig; `references` are the variables that come from secrets."""
    found = PodSettings(parts=dict(settings.parts))
    by_secret: dict[str, list[Json]] = {}
    for variable, reference in references.items():
        pair = {"secretKey": reference.key, "envVar": variable}
        by_secret.setdefault(secrets.name_of(reference.name), []).append(pair)
    found.extend("secretAsEnv", [named(name, "secret", keyToEnv=keys) for name, keys in by_secret.items()])
    folders = [
        named(secrets.name_of(name), "secret", mountPath=f"{secrets.FOLDER}/{name}") for name in invocation.secrets
    ]
    found.extend("secretAsVolume", folders)
    present = [entry["secretName"] for entry in found.parts.get("imagePullSecret", ())]
    more = [named(name, "secret") for name in options.image_pull_secrets if name not in present]
    found.extend("imagePullSecret", more)
    if options.image_pull_policy:
        found.parts["imagePullPolicy"] = options.image_pull_policy
    if invocation.timeout:
        deadlines = (invocation.timeout, found.parts.get("activeDeadlineSeconds", invocation.timeout))
        found.parts["activeDeadlineSeconds"] = min(deadlines)
    return found.parts
