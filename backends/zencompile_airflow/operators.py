"""What each operator is told about a step: its resources, environment, secrets and place."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from zencompile.diagnostics import Report
from zencompile.ir import EnvironmentReference, Invocation, Pipeline, Resources, SecretReference, Text
from zencompile_airflow import retries
from zencompile_airflow.options import Operator, Options
from zencompile_airflow.stores import Store
from zencompile_airflow.templating import plain, secret, variable, whole_secret
from zencompile_templates.names import dashed_name
from zencompile_templates.python import Call, Code

Keywords = dict[str, object]


def keywords(
    pipeline: Pipeline, invocation: Invocation, operator: Operator, options: Options, store: Store, report: Report
) -> Keywords:
    """The operator's arguments for `invocation`, besides its command, image and environment; in a fixed order."""
    own: dict[Operator, Callable[..., Keywords]] = {
        "bash": _bash,
        "docker": _docker,
        "inline": _inline,
        "kubernetes": _kubernetes,
    }
    found = {**retries.of_invocation(invocation, report), **own[operator](pipeline, invocation, options, store, report)}
    for name in ("pool", "queue", "priority_weight"):
        if getattr(options, name) is not None:
            found[name] = getattr(options, name)
    return found


# Where a pod finds the secrets that a step takes as a whole: a folder for each, a file for each key.
SECRETS_FOLDER = "/run/secrets/zencompile"

# -- environment -------------------------------------------------------------------------------------------------------


def environment(invocation: Invocation, operator: Operator, options: Options) -> dict[str, str]:
    """The variables of a step, as templates: text as it is, references as what Airflow looks up when the task runs."""
    found = {}
    for name, value in invocation.variables.items():
        if not isinstance(value, SecretReference):
            found[name] = _variable(value)
        elif operator != "kubernetes":
            found[key_variable(value)] = secret(options.secret_names.get(value.name, value.name), value.key)
    if operator != "kubernetes":
        named = {name: options.secret_names.get(name, name) for name in invocation.secrets}
        found.update({secret_variable(name): whole_secret(given) for name, given in named.items()})
    elif invocation.secrets:
        found["ZENCOMPILE_SECRETS"] = SECRETS_FOLDER
    return found


def secret_variable(name: str) -> str:
    """The variable in which the runtime finds a whole secret, as a JSON object."""
    return "ZENCOMPILE_SECRETS_" + re.sub(r"[^A-Za-z0-9]", "_", name).upper()


def key_variable(value: SecretReference) -> str:
    """The variable in which the runtime finds what a secret holds under a key."""
    return "ZENCOMPILE_SECRET_" + re.sub(r"[^A-Za-z0-9]", "_", f"{value.name}_{value.key}").upper()


def _variable(value: Text | EnvironmentReference) -> str:
    return plain(value.value) if isinstance(value, Text) else variable(value.name, value.default)


def needs(invocation: Invocation, operator: Operator, options: Options) -> list[tuple[str, str]]:
    """What must exist in Airflow or in the cluster for this invocation: what, and which part of it is used."""
    kind = "Kubernetes secret" if operator == "kubernetes" else f"Airflow {options.secrets}"
    found = []
    for value in invocation.variables.values():
        if isinstance(value, EnvironmentReference):
            found.append((f"the Airflow variable {value.name}", "" if value.default is None else "optional"))
        elif isinstance(value, SecretReference):
            found.append((f"the {kind} {secret_name(value.name, operator, options)}", value.key))
    return [*found, *((f"the {kind} {secret_name(name, operator, options)}", "") for name in invocation.secrets)]


def secret_name(name: str, operator: Operator, options: Options) -> str:
    """What a secret is called there: Kubernetes allows no underscores."""
    return options.secret_names.get(name) or (dashed_name(name, 253) if operator == "kubernetes" else name)


# -- docker ------------------------------------------------------------------------------------------------------------


def _docker(pipeline: Pipeline, invocation: Invocation, options: Options, store: Store, report: Report) -> Keywords:
    found: Keywords = {}
    resources = invocation.resources or Resources.model_construct()
    if resources.cpu is not None:
        found["cpus"] = resources.cpu
    if resources.memory is not None:
        found["mem_limit"] = docker_memory(resources.memory)
    if resources.gpu:
        found["device_requests"] = [Call("DeviceRequest", (), {"count": resources.gpu, "capabilities": [["gpu"]]})]
    _gpu_class(invocation, resources, report)
    found["mount_tmp_dir"] = False
    found["auto_remove"] = options.auto_remove
    mounts = [_mount(text) for text in options.mounts]
    if store.folder is not None:
        folder = Code("STORE") if store.url == store.folder else store.folder
        mounts.insert(0, Call("Mount", (), {"source": folder, "target": folder, "type": "bind"}))
    if mounts:
        found["mounts"] = mounts
    for name in ("docker_url", "docker_conn_id", "network_mode"):
        if getattr(options, name) is not None:
            found[name] = getattr(options, name)
    found["do_xcom_push"] = False
    return found


def _mount(text: str) -> Call:
    source, _, target = text.removesuffix(":ro").partition(":")
    kind = "bind" if source.startswith("/") else "volume"
    more = {"read_only": True} if text.endswith(":ro") else {}
    return Call("Mount", (), {"source": source, "target": target, "type": kind, **more})


def docker_memory(size: int) -> object:
    """Bytes as Docker reads them; its units are powers of 1,024."""
    for unit, factor in (("g", 2**30), ("m", 2**20)):
        if size % factor == 0:
            return f"{size // factor}{unit}"
    return Code(f"{size:_}")


def _gpu_class(invocation: Invocation, resources: Resources, report: Report) -> None:
    if resources.gpu_class:
        report.warning(
            "ZC0510",
            f"`{invocation.id}` may run on another kind of GPU than `{resources.gpu_class}`",
            invocation.span,
            notes="what a class of GPUs is called differs between clusters",
            helps="choose a pool or queue, or a node selector in `operator_args`",
        )


# -- kubernetes --------------------------------------------------------------------------------------------------------


def _kubernetes(pipeline: Pipeline, invocation: Invocation, options: Options, store: Store, report: Report) -> Keywords:
    found: Keywords = {}
    resources = invocation.resources or Resources.model_construct()
    _gpu_class(invocation, resources, report)
    asked = _container_resources(resources)
    if asked is not None:
        found["container_resources"] = asked
    secrets = _pod_secrets(invocation, options)
    if secrets:
        found["secrets"] = secrets
    if store.folder is not None and options.volume_claim is not None:
        claim = Call("k8s.V1PersistentVolumeClaimVolumeSource", (), {"claim_name": options.volume_claim})
        found["volumes"] = [Call("k8s.V1Volume", (), {"name": "artifacts", "persistent_volume_claim": claim})]
        folder = Code("STORE") if store.url == store.folder else store.folder
        found["volume_mounts"] = [Call("k8s.V1VolumeMount", (), {"name": "artifacts", "mount_path": folder})]
    elif store.folder is not None:
        report.error(
            "ZC0515",
            f"pods share no folder: artifacts in {store.folder} would be lost",
            helps=(
                "set a store that every pod reaches: `--set airflow.store=s3://bucket/artifacts`",
                "or name the claim of a volume: `--set airflow.volume_claim=artifacts`",
            ),
        )
    names = {"service_account": "service_account_name"}
    for name in ("namespace", "service_account", "in_cluster", "kubernetes_conn_id", "image_pull_policy"):
        if getattr(options, name) is not None:
            found[names.get(name, name)] = getattr(options, name)
    if options.image_pull_secrets:
        found["image_pull_secrets"] = ",".join(options.image_pull_secrets)
    return found


def _container_resources(resources: Resources) -> Call | None:
    """Requests equal limits, so that a pod gets what it was promised and no more."""
    amounts: dict[str, str] = {}
    if resources.cpu is not None:
        amounts["cpu"] = f"{resources.cpu:g}"
    if resources.memory is not None:
        amounts["memory"] = kubernetes_memory(resources.memory)
    limits = {**amounts, **({"nvidia.com/gpu": str(resources.gpu)} if resources.gpu else {})}
    if not limits:
        return None
    given: dict[str, Any] = {"requests": amounts} if amounts else {}
    return Call("k8s.V1ResourceRequirements", (), {**given, "limits": limits})


def kubernetes_memory(size: int) -> str:
    """Bytes as a quantity of Kubernetes, in the largest unit that gives a whole number."""
    for power in (5, 4, 3, 2, 1):
        for suffix, factor in (("i", 1024), ("", 1000)):
            if size and size % factor**power == 0:
                letter = " KMGTP"[power]
                return f"{size // factor**power}{letter.lower() if (power, suffix) == (1, '') else letter}{suffix}"
    return str(size)


def _pod_secrets(invocation: Invocation, options: Options) -> list[Call]:
    found = [
        Call("Secret", ("env", key_variable(value), secret_name(value.name, "kubernetes", options), value.key))
        for value in invocation.variables.values()
        if isinstance(value, SecretReference)
    ]
    # A whole secret is mounted, a file for each key: only the step itself makes variables of them.
    return found + [
        Call("Secret", ("volume", f"{SECRETS_FOLDER}/{name}", secret_name(name, "kubernetes", options)))
        for name in invocation.secrets
    ]


# -- inline ------------------------------------------------------------------------------------------------------------


def _inline(pipeline: Pipeline, invocation: Invocation, options: Options, store: Store, report: Report) -> Keywords:
    return {}


# -- bash --------------------------------------------------------------------------------------------------------------


def _bash(pipeline: Pipeline, invocation: Invocation, options: Options, store: Store, report: Report) -> Keywords:
    resources = invocation.resources
    if resources is not None:
        written = {"cpu": resources.cpu, "gpu": resources.gpu, "memory": resources.memory}
        named = [name for name, amount in written.items() if amount]
        if named:
            report.note(
                "ZC0510",
                f"`{invocation.id}` takes what the worker has: no limit on {', '.join(named)}",
                invocation.span,
                notes="a process of the bash operator shares its worker with others",
                helps="use the docker or kubernetes operator, or a pool with fitting slots",
            )
    return {"append_env": True, "do_xcom_push": False}
