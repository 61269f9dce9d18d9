"""What runs a step: its arguments, variables, resources and platform settings."""

from __future__ import annotations

import re
from typing import Any

from zencompile.diagnostics import Report
from zencompile.ir import (
    EnvironmentReference,
    Hooks,
    Invocation,
    Pipeline,
    SecretReference,
    Step,
    Text,
    Variable,
)
from zencompile.ir.environments import DIGITS
from zencompile_kubeflow import platform, resources, secrets
from zencompile_kubeflow.model import Executor
from zencompile_kubeflow.options import Options
from zencompile_kubeflow.pods import together
from zencompile_kubeflow.pods.config import PodSettings
from zencompile_kubeflow.pods.settings import pod_settings
from zencompile_kubeflow.pods.walk import Walk, version
from zencompile_kubeflow.texts import is_plain, json_text, key, word

Json = Any

_IN_PODS = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*")  # names of variables that every Kubernetes takes
COMMAND = ("python", "-m", "zencompile_runtime")
ID_PARAMETER = "zencompile-id"
INDEX_PARAMETER = "zencompile-index"
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
    options: Options,
    report: Report,
) -> Executor:
    """The executor of one invocation, still without a name and an `--id`; `flags` are those for inputs and results."""
    step = pipeline.steps[invocation.step]
    settings, walk = pod_settings(pipeline, invocation, version(options.server), report)
    variables, references = _variables(pipeline, invocation, report)
    kubernetes = platform.config(settings, invocation, references, options)
    environment = _environment(settings, variables, invocation, walk)
    together.check(kubernetes, environment, walk)
    code = [f"--code={step.deployed[:DIGITS]}"] if step.deployed else []
    return Executor(
        name="",
        image=image,
        command=COMMAND,
        arguments=(*_arguments(pipeline, invocation, step), *flags, *code, "--executor-input={{$}}"),
        variables=environment,
        resources=resources.of_container(invocation, settings, walk),
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
    references: dict[str, SecretReference] = {}
    for name, variable in _declared(pipeline, invocation).items():
        text = _text(variable)
        if not name or "=" in name or "\0" in f"{name}{text}":
            _refuse_variable(name, invocation, report)
        if isinstance(variable, SecretReference):
            references[name] = variable
        elif text is not None:
            texts[name] = text
        if isinstance(variable, EnvironmentReference):
            _warn_of_reference(name, variable, invocation, report)
    return texts, references


def _refuse_variable(name: str, invocation: Invocation, report: Report) -> None:
    report.error(
        "ZC0541",
        f"no process can have the variable `{name}` as `{invocation.id}` should",
        invocation.span,
        notes="the name of a variable is not empty and holds no `=`, and neither name nor text holds a zero byte",
    )


def _environment(
    settings: PodSettings, variables: dict[str, str], invocation: Invocation, walk: Walk
) -> dict[str, str]:
    """The variables of the container: the step's where every layer hands them on, then those of the pod's settings.

    So one of these can hold `$(NAME)` of one before it, as in ZenML.
    """
    for name in settings.variables.keys() & variables.keys():
        if settings.variables[name] != variables[name]:
            walk.refuse(("pod_settings", "env"), f"sets `{name}`, to which the step's environment gives another value")
    # Those of the server are the step's alone: the runtime sets them (`--variable`).
    ours = {name: text for name, text in variables.items() if is_plain(text) and not together.is_for_server(name)}
    own = {name: text for name, text in ours.items() if _IN_PODS.fullmatch(name)}
    folder = {"ZENCOMPILE_SECRETS": secrets.FOLDER} if invocation.secrets else {}
    return own | settings.variables | folder


def _warn_of_reference(name: str, variable: EnvironmentReference, invocation: Invocation, report: Report) -> None:
    fate = "it is not set there" if variable.default is None else f"its default `{variable.default}` is used"
    report.warning(
        "ZC0525",
        f"a pod on Kubeflow has no environment to take `{variable.name}` from: {fate}",
        invocation.span,
        label=f"sets `{name}` from it",
        helps=f"give the value with `--env {variable.name}=…`, or refer to a secret",
    )


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
