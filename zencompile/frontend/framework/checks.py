"""What a step is given, held against its signature."""

from __future__ import annotations

from zencompile.diagnostics import Label, Report, did_you_mean
from zencompile.frontend.framework.definitions import StepDefinition
from zencompile.frontend.framework.shape import StepInput
from zencompile.frontend.framework.state import Framework
from zencompile.frontend.values import Value
from zencompile.frontend.values.hints import coerced, expectation
from zencompile.source import Span
from zencompile_runtime.values.mismatch import Mismatch


def no_such_input(step: StepDefinition, name: str, span: Span, report: Report) -> None:
    """Report a keyword that a step's function does not have."""
    inputs = step.shape.inputs
    report.error(
        "ZC0217",
        f"step `{step.name}` has no input named `{name}`",
        span,
        label=f"not a parameter of `{step.name}({', '.join(inputs)})`",
        helps=did_you_mean(name, inputs),
    )


def by_position_alone(report: Report, step: StepDefinition, span: Span) -> None:
    """Report an argument by position for a step whose signature is not known."""
    report.error(
        "ZC0265",
        f"the inputs of step `{step.name}` are not known, so that it can't be given one by position",
        span,
        label="which input is this?",
        notes=f"`{step.subject.path}` is not read",
        helps="give its inputs by their names",
    )


def _empty_list(given: Value, span: Span | None, report: Report) -> tuple[str, ...]:
    """Where an empty list may come from that nobody wrote."""
    source = report.sources.get(span.file) if span is not None else None
    if given != [] or source is None or span is None or "[" in source.lines[span.line - 1][span.column - 1 :]:
        return ()
    return ("a step without outputs returns an empty list",)


def check_parameter(
    framework: Framework, step: StepDefinition, wanted: StepInput, given: Value, span: Span | None
) -> None:
    """Report a value that doesn't fit an input's annotation."""
    if wanted.unmaterialized:
        framework.problem("ZC0219", f"`{wanted.name}` of step `{step.name}` takes an artifact, not a value", span)
        return
    if given is None and wanted.default is None:  # `x: int = None`, which old releases accepted
        return
    try:
        coerced(given, wanted.annotation.hint)
    except Mismatch as problem:
        framework.problem(
            "ZC0218",
            f"`{wanted.name}` of step `{step.name}`: {expectation(problem, given)}",
            span,
            label=f"expected `{wanted.annotation.type.text or wanted.annotation.type.name}`",
            labels=[Label(wanted.span, "annotated here")] if wanted.span is not None else [],
            notes=_empty_list(given, span, framework.report),
        )
