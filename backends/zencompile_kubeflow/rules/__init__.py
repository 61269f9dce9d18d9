"""The rules of KFP's server as a table: what its SDK accepts and it does not run, or runs otherwise than it reads.

Sources are files of github.com/kubeflow/pipelines as of 2.17, those in Go below `backend/src`, and of Argo Workflows v4
(`argo …`), which the server uses. Each rule walks the specification once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

# Each module enters its rules into the table.
from zencompile_kubeflow.rules import (  # noqa: F401
    conditions,
    inputs,
    names,
    pods,
    references,
    schedules,
    settings,
    sizes,
    structure,
)
from zencompile_kubeflow.rules.specification import Place, Specification
from zencompile_kubeflow.rules.table import TABLE, Rule, Violation

__all__ = ["TABLE", "Place", "Rule", "Violation", "of_pipeline", "of_schedule"]

Json = Any
SERVER = "2.17"  # whose sources the rules are from


def of_pipeline(documents: list[Json]) -> Iterator[Violation]:
    """What breaks a rule in a compiled pipeline. LookupError, TypeError or AttributeError if it is no specification."""
    spec = Specification(documents)
    ours = spec.data.get("sdkVersion") == "zencompile"
    for rule in TABLE:
        if rule.ours and not ours:
            continue
        for place, message in rule.check(spec):
            yield Violation(rule, place, message)


def of_schedule(run: Json) -> Iterator[Violation]:
    """What breaks a rule in a recurring run."""
    return schedules.violations(run)
