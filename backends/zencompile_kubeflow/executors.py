"""What runs a step: its arguments, variables, resources and platform settings."""

from __future__ import annotations

from typing import Any

from zencompile.diagnostics import Report
from zencompile.ir import (
    EnvironmentReference,
    Hooks,
    Invocation,
    Pipeline,
    Resources,
    SecretReference,
    Step,
    Text,
    Variable,
)
from zencompile.ir.environments import DIGITS
from zencompile_kubeflow.kubernetes import PodSettings, pod_settings, secret_name
from zencompile_kubeflow.model import ContainerResources, Executor
from zencompile_kubeflow.texts import is_plain, json_text, key, word

Json = Any

COMMAND = ("python", "-m", "zencompile_runtime")
ID_PARAMETER = "zencompile-id"
INDEX_PARAMETER = "zencompile-index"
SECRETS_FOLDER = "/etc/zencompile/secrets"  # the runtime finds it by ZENCOMPILE_SECRETS
_EVENTS = ("on_start", "on_end", "on_success", "on_failure")
_RUN_EVENTS = ("on_init", "on_cleanup")
# What KFP's cache can't know of; a hit could be stale.
_BEYOND_KFP = ("file_dependencies", "source_dependencies", "cache_function", "expires_after")


def placeholder(parameter: str) -> str:
    """The text that KFP replaces with the value of an input parameter."""
    return f"{{{{$.inputs.parameters['{parameter}']}}}}"


def build(
    pipeline: Pipeline,
    invocation: Invocation,
    image: str,
    flags: tuple[str, ...],
    pull_secrets: tuple[str, ...],
    report: Report,
) -> Executor:
    """The executor of one invocation, still without a name and an `--id`; `flags` are those for inputs and results."""
    step = pipeline.steps[invocation.step]
    settings = pod_settings(pipeline, invocation, report)
    variables, secrets = _variables(pipeline, invocation, report)
    kubernetes = settings.config(secrets, _mounted(invocation, report), pull_secrets)
    if invocation.timeout:
        kubernetes["activeDeadlineSeconds"] = invocation.timeout
    code = [f"--code={step.deployed[:DIGITS]}"] if step.deployed else []
    return Executor(
        name="",
        image=image,
        command=COMMAND,
        arguments=(*_arguments(pipeline, invocation, step), *flags, *code, "--executor-input={{$}}"),
        variables=settings.variables
        | {name: text for name, text in variables.items() if is_plain(text)}
        | ({"ZENCOMPILE_SECRETS": SECRETS_FOLDER} if invocation.secrets else {}),
        resources=_resources(invocation, settings, report),
        kubernetes=kubernetes,
    )


# -- arguments ---------------------------------------------------------------------------------------------------------


def _arguments(pipeline: Pipeline, invocation: Invocation, step: Step) -> list[str]:
    """The runtime's flags but those for inputs, without defaults; `step` and the entry point come first."""
    found = ["step", word(step.entrypoint), f"--pipeline={word(f'{pipeline.namespace}/{pipeline.name}')}"]
    if invocation.timeout:
        found.append(f"--timeout={invocation.timeout}")
    found += _hooks(invocation.hooks, pipeline.hooks)
    for output, classes in invocation.materializers.items():
        found += [f"--materializer={key(output)}={word(name)}" for name in classes]
    for name, variable in _declared(pipeline, invocation).items():
        text = _text(variable)
        found.append(f"--variable={name}={json_text(text)}")
    found += [f"--secret={word(name)}" for name in invocation.secrets]
    for flag, value in (
        ("extra", invocation.extra),
        ("model", invocation.model or pipeline.model),
        ("tags", list(pipeline.tags)),
        ("substitutions", invocation.substitutions),
    ):
        if value:
            found.append(f"--{flag}={json_text(value)}")
    if not invocation.artifact_metadata:
        found.append("--no-metadata")
    if not invocation.artifact_visualization:
        found.append("--no-visualization")
    return found


def _hooks(own: Hooks, of_run: Hooks) -> list[str]:
    found = []
    for hooks, events in ((own, _EVENTS), (of_run, _RUN_EVENTS)):
        for event in events:
            hook = getattr(hooks, event)
            if hook is not None:
                found.append(f"--{event.replace('_', '-')}={word(hook.entrypoint)}")
    if of_run.on_init is not None and of_run.on_init.keywords:
        found.append(f"--on-init-keywords={json_text(of_run.on_init.keywords)}")
    return found


# -- variables ---------------------------------------------------------------------------------------------------------


def _declared(pipeline: Pipeline, invocation: Invocation) -> dict[str, Variable]:
    """The variables of a step: its own, and those of its image that can't be written into an image."""
    environment = pipeline.environments.get(invocation.environment or "")
    of_image = environment.variables if environment else {}
    return {n: v for n, v in of_image.items() if not isinstance(v, Text)} | invocation.variables


def _text(variable: Variable) -> str | None:
    """The text of a variable as far as it is known here; the runtime takes the rest from its process."""
    if isinstance(variable, Text):
        return variable.value
    return variable.default if isinstance(variable, EnvironmentReference) else None


def _variables(
    pipeline: Pipeline, invocation: Invocation, report: Report
) -> tuple[dict[str, str], dict[str, SecretReference]]:
    texts: dict[str, str] = {}
    secrets: dict[str, SecretReference] = {}
    for name, variable in _declared(pipeline, invocation).items():
        text = _text(variable)
        if isinstance(variable, SecretReference):
            secrets[name] = variable.model_copy(update={"name": secret_name(variable.name, invocation.span, report)})
        elif text is not None:
            texts[name] = text
        if isinstance(variable, EnvironmentReference):
            _warn_of_reference(name, variable, invocation, report)
    return texts, secrets


def _warn_of_reference(name: str, variable: EnvironmentReference, invocation: Invocation, report: Report) -> None:
    fate = "it is not set there" if variable.default is None else f"its default `{variable.default}` is used"
    report.warning(
        "ZC0525",
        f"a pod on Kubeflow has no environment to take `{variable.name}` from: {fate}",
        invocation.span,
        label=f"sets `{name}` from it",
        helps=f"give the value with `--env {variable.name}=…`, or refer to a secret",
    )


def _mounted(invocation: Invocation, report: Report) -> dict[str, str]:
    """Secrets that a step names as a whole: name in Kubernetes → folder of their keys."""
    return {secret_name(name, invocation.span, report): f"{SECRETS_FOLDER}/{name}" for name in invocation.secrets}


# -- resources ---------------------------------------------------------------------------------------------------------


def _resources(invocation: Invocation, settings: PodSettings, report: Report) -> ContainerResources:
    resources = invocation.resources
    limits, requests = dict(settings.limits), dict(settings.requests)
    accelerator, count = settings.accelerator, settings.accelerator_count
    if resources is not None:
        if resources.cpu is not None:
            limits["cpu"] = f"{resources.cpu:g}"
        if resources.memory is not None:
            limits["memory"] = _quantity(resources)
        if resources.gpu:
            accelerator, count = accelerator or _accelerator(resources, settings, invocation, report), resources.gpu
    return ContainerResources(
        cpu_limit=limits.get("cpu", ""),
        cpu_limit_number=_cores(limits.get("cpu", "")),
        memory_limit=limits.get("memory", ""),
        memory_limit_number=_gigabytes(limits.get("memory", "")),
        cpu_request=requests.get("cpu", ""),
        cpu_request_number=_cores(requests.get("cpu", "")),
        memory_request=requests.get("memory", ""),
        memory_request_number=_gigabytes(requests.get("memory", "")),
        accelerator=accelerator if count else "",
        accelerator_count=count,
    )


def _accelerator(resources: Resources, settings: PodSettings, invocation: Invocation, report: Report) -> str:
    """The resource that a GPU is in Kubernetes; a class that is none needs the node's label, which only users know."""
    if resources.gpu_class and "/" in resources.gpu_class:
        return resources.gpu_class
    if resources.gpu_class and "nodeSelector" not in settings.parts:
        report.warning(
            "ZC0522",
            f"which nodes have a `{resources.gpu_class}` depends on the cluster: any GPU is asked for",
            invocation.span,
            helps="name the nodes with `pod_settings={'node_selectors': {LABEL: VALUE}}`",
        )
    return "nvidia.com/gpu"


_UNITS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "P": 10**15} | {
    f"{letter}i": 1024**power for power, letter in enumerate("KMGTP", 1)
}


def _quantity(resources: Resources) -> str:
    """Memory as Kubernetes writes it: "4GB" is 4G there, "512KiB" is 512Ki, "1KB" is 1k."""
    text = resources.memory_text.strip().removesuffix("B").replace(" ", "")
    text = f"{text[:-1]}k" if text.endswith("K") else text
    number = text.rstrip("kKMGTPi")
    known = number.isdigit() and text[len(number) :] in _UNITS
    return text if known and int(number) * _UNITS[text[len(number) :]] == resources.memory else str(resources.memory)


def _cores(quantity: str) -> float:
    if not quantity:
        return 0
    return float(quantity[:-1]) / 1000 if quantity.endswith("m") else float(quantity.rstrip("kKMGTPi"))


def _gigabytes(quantity: str) -> float:
    if not quantity:
        return 0
    number = quantity.rstrip("kKMGTPim")
    gigabytes: float = float(number) * _UNITS.get(quantity[len(number) :], 1) / 10**9
    return gigabytes


# -- caching -----------------------------------------------------------------------------------------------------------


def caches(invocation: Invocation, report: Report) -> bool:
    """Whether KFP may give an earlier result for the task; a policy that KFP can't honour means no."""
    policy = invocation.cache
    if not policy.enabled:
        return False
    beyond = [name for name in _BEYOND_KFP if getattr(policy, name)]
    if beyond:
        report.warning(
            "ZC0526",
            f"Kubeflow's cache knows no {_listing(beyond)}: `{invocation.id}` is not cached there",
            invocation.span,
            notes="a hit could be stale: KFP compares inputs, image and arguments alone",
        )
    return not beyond


def _listing(names: list[str]) -> str:
    quoted = [f"`{name}`" for name in names]
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]]) if len(quoted) > 1 else quoted[0]
