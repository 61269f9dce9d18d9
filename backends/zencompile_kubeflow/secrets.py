"""Secrets by the names that they have on Kubernetes."""

from __future__ import annotations

from zencompile.diagnostics import Report
from zencompile.ir import Pipeline, SecretReference
from zencompile.source import Span
from zencompile_kubeflow import kubernetes

FOLDER = "/etc/zencompile/secrets"
"""Where secrets that are named as a whole are mounted; the runtime finds it by ZENCOMPILE_SECRETS."""


def name_of(name: str) -> str:
    """The Kubernetes name of a secret: the same, but lower case and with `-` for `_`."""
    return name.lower().replace("_", "-")


def is_name(text: str) -> bool:
    """Whether Kubernetes can have a secret of this name."""
    return kubernetes.is_subdomain(text)


def check(pipeline: Pipeline, report: Report) -> None:
    """Report secrets that Kubernetes can't have, or that would be one there (ZC0527)."""
    names: dict[str, str] = {}
    for name, key, span in _references(pipeline):
        valid = name_of(name)
        first = names.setdefault(valid, name)
        if not is_name(valid):
            report.error(
                "ZC0527",
                f"`{name}` can't be the name of a Kubernetes secret",
                span,
                helps="use lower-case letters, digits, `-` and `.`",
            )
        elif first != name:
            report.error(
                "ZC0527",
                f"the secrets `{first}` and `{name}` are both called `{valid}` on Kubernetes",
                span,
                notes="names of secrets there have lower-case letters, digits, `-` and `.`",
                helps="give one of them another name",
            )
        elif valid != name:
            report.note("ZC0527", f"the secret `{name}` is called `{valid}` on Kubernetes", span)
        if key is not None and not kubernetes.is_config_key(key):
            report.error(
                "ZC0527",
                f"`{key}` can't be the key of a Kubernetes secret",
                span,
                helps="use letters, digits, `-`, `_` and `.`",
            )


def _references(pipeline: Pipeline) -> list[tuple[str, str | None, Span | None]]:
    """Names of secrets, with their keys where one is meant, and where they are used."""
    found: list[tuple[str, str | None, Span | None]] = []
    for invocation in pipeline.invocations:
        environment = pipeline.environments.get(invocation.environment or "")
        variables = {**(environment.variables if environment else {}), **invocation.variables}
        for variable in variables.values():
            if isinstance(variable, SecretReference):
                found.append((variable.name, variable.key, invocation.span))
        found += [(name, None, invocation.span) for name in invocation.secrets]
    return found
