"""What is about to be written, held against the rules of KFP's server; what breaks one is said at the user's line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from zencompile.diagnostics import Diagnostic, Report, Severity
from zencompile.ir import Schedule
from zencompile.source import Span
from zencompile_kubeflow import rules
from zencompile_kubeflow.rules import Place, Violation
from zencompile_kubeflow.rules.specification import Specification

Json = Any


def pipeline(documents: list[Json], spans: Mapping[str, Span | None], whole: Span | None, report: Report) -> None:
    """Report what breaks a rule. `spans` are those of tasks; what no task can be found for is said of the `whole`."""
    found = list(rules.of_pipeline(documents))
    places = _Places(documents, spans) if found else None
    for violation in found:
        report.add(diagnostic(violation, (places and places.span(violation.place)) or whole))


def schedule(run: Json, source: Schedule | None, report: Report) -> None:
    """Report what breaks a rule in a recurring run."""
    for violation in rules.of_schedule(run) if run is not None else ():
        report.add(diagnostic(violation, source.span if source else None))


def diagnostic(violation: Violation, span: Span | None = None, of: str = "") -> Diagnostic:
    """A violation in words, with the rule and who would refuse it."""
    rule = violation.rule
    does = "reads it so" if rule.alters else "refuses it"
    return Diagnostic(
        rule.code,
        f"{of}{violation}",
        span=span,
        severity=Severity.WARNING if rule.warns else Severity.ERROR,
        notes=(f"KFP's server from {rule.since} on {does}, by the rule `{rule.name}`: {rule.source}",),
    )


class _Places:
    """Finds the user's call behind a place of a specification."""

    def __init__(self, documents: list[Json], spans: Mapping[str, Span | None]) -> None:
        self.spans = spans
        spec = Specification(documents)
        self.of_component: dict[str, Span | None] = {}
        self.of_executor: dict[str, Span | None] = {}
        for task in spec.tasks():
            span = spans.get(task.key)
            for name in (task.reference, task.dag.name) if span else ():
                self.of_component.setdefault(name, span)
            if span and "executorLabel" in task.component:
                self.of_executor.setdefault(task.component["executorLabel"], span)

    def span(self, place: Place) -> Span | None:
        """Where the source calls the step behind a place; None if there is no one such step."""
        if place.task in self.spans:
            return self.spans[place.task]
        if place.executor:
            return self.of_executor.get(place.executor)
        if place.task:
            return None
        return self.of_component.get(place.component) if place.component != "root" else None
