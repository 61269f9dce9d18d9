"""What is about to be written, held against the rules of KFP's server; what breaks one is said at the user's line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
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
        assert places is not None
        made = diagnostic(violation, places.span(violation.place) or whole)
        report.add(replace(made, message=f"{places.words(violation.place)} {violation.message}"))


def schedule(run: Json, source: Schedule | None, report: Report) -> None:
    """Report what breaks a rule in a recurring run."""
    for violation in rules.of_schedule(run) if run is not None else ():
        made = diagnostic(violation, source.span if source else None)
        report.add(replace(made, message=f"the recurring run {violation.message}"))


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
        helps=(rule.help,) if rule.help else (),
    )


def finder(documents: list[Json], spans: Mapping[str, Span | None]) -> Callable[[Place], Span | None]:
    """What finds the user's call behind a place of a pipeline; `spans` are those of tasks."""
    return _Places(documents, spans).span


class _Places:
    """Finds the user's call behind a place of a specification."""

    def __init__(self, documents: list[Json], spans: Mapping[str, Span | None]) -> None:
        self.spans = spans
        self.task_of: dict[Place, str] = {}
        self.inner: dict[str, str] = {}  # task that runs a DAG → its component
        tasks = Specification(documents).tasks
        for task in tasks:
            self.inner[task.key] = task.reference
            if task.key in spans:
                self.task_of.setdefault(Place(task.reference), task.key)
                self.task_of.setdefault(Place(task.dag.name), task.key)
                self.task_of.setdefault(Place(executor=task.component.get("executorLabel", "")), task.key)
        for _ in range(len(self.inner)):  # what holds nothing but DAGs, from the inside outwards
            known = len(self.task_of)
            for task in tasks:
                if Place(task.reference) in self.task_of:
                    self.task_of.setdefault(Place(task.dag.name), self.task_of[Place(task.reference)])
            if len(self.task_of) == known:
                break

    def span(self, place: Place) -> Span | None:
        """Where the source calls the step behind a place; None if there is no one such step."""
        if place.component == "root" and not place.task:
            return None
        if place.task and place.task not in self.spans:
            place = Place(self.inner.get(place.task, ""))
        return self.spans.get(place.task or self.task_of.get(place, ""))

    def words(self, place: Place) -> str:
        """A place in words that a user of the source understands."""
        if place.task in self.spans:
            return f"the task `{place.task}`"
        if place.executor and place in self.task_of:
            return f"the pod of `{self.task_of[place]}`"
        return str(place)
