"""Pipelines of releases before 0.40, which take their steps as arguments."""

from __future__ import annotations

import ast

from zencompile.diagnostics import Label
from zencompile.frontend.framework.checks import by_position_alone, no_such_input
from zencompile.frontend.framework.definitions import PipelineDefinition, StepDefinition
from zencompile.frontend.framework.recorder import Recording
from zencompile.frontend.framework.state import Framework
from zencompile.frontend.framework.steps import DetachedStep
from zencompile.frontend.values import MISSING, BoundMethod, Function, Instance, Unknown, Value
from zencompile.source import Span


def call_of_old_code(framework: Framework, recording: Recording, pipeline: PipelineDefinition, span: Span) -> Value:
    """Call the function of a pipeline with its steps: an invocation is named after its parameter.

    `span` is where the pipeline was given its steps.
    """
    given = _bound(framework, pipeline, span)
    if given is None:
        return Unknown(span, f"the steps of `{pipeline.name}`", reported=True)
    steps: dict[str, Value] = {}
    for name, value in given.items():
        step = value.step if isinstance(value, DetachedStep) else value
        if isinstance(step, StepDefinition):
            settled = step.settled(steps_are_given=True)
            step = settled.copy(settled.options)
            recording.legacy_names[id(step)] = name
            _check_what_made(framework, step)
        steps[name] = step
    wrong = _no_step(framework, pipeline, steps, span) or _given_twice(framework, pipeline, given, span)
    if wrong is not None:
        return wrong
    framework.recording = recording
    function: Value = pipeline.function
    if pipeline.class_ is not None:
        function = BoundMethod(function, Instance(pipeline.class_))
    first = [steps.pop(a.arg) for a in pipeline.function.node.args.posonlyargs if a.arg in steps]
    return framework.evaluator.call(function, first, steps)


def _bound(framework: Framework, pipeline: PipelineDefinition, span: Span) -> dict[str, Value] | None:
    """The arguments by parameter; None if they don't fit, which is reported."""
    assert pipeline.steps is not None
    arguments, keywords = pipeline.steps
    node = pipeline.function.node.args
    positional = [a.arg for a in (*node.posonlyargs, *node.args)]
    names = [*positional, *(a.arg for a in node.kwonlyargs)]
    if pipeline.class_ is not None:
        positional, names, arguments = positional[1:], names[1:], arguments[1:]
    given = dict(zip(positional, arguments, strict=False))
    problem = ""
    if len(arguments) > len(positional) and node.vararg is None:
        problem = f"takes {len(positional)} steps by position, and is given {len(arguments)}"
    for name, value in keywords.items():
        if name in given:
            problem = f"is given the step `{name}` twice"
        elif name not in names and node.kwarg is None:
            problem = f"takes no step `{name}`"
        given[name] = value
    missing = [f"`{n}`" for n in names if n not in given and n not in pipeline.function.defaults]
    if missing and not problem:
        problem = f"is not given the step{'s' if len(missing) > 1 else ''} {', '.join(missing)}"
    if not problem:
        return given
    defined = Label(pipeline.span, f"it takes {', '.join(f'`{n}`' for n in names) or 'nothing'}")
    framework.report.error("ZC0223", f"pipeline `{pipeline.name}` {problem}", span, labels=[defined])
    return None


def _no_step(framework: Framework, pipeline: PipelineDefinition, given: dict[str, Value], span: Span) -> Unknown | None:
    """Of the arguments that the pipeline calls: one that is no step, once that is reported."""
    called = _called_names(pipeline)
    for name, value in given.items():
        if name not in called or value is MISSING or value is None or isinstance(value, StepDefinition):
            continue
        if not (isinstance(value, Unknown) and value.reported):
            framework.report.error(
                "ZC0234",
                f"`{name}` of pipeline `{pipeline.name}` is given something that is no step",
                span,
                notes=value.reason if isinstance(value, Unknown) else (),
                helps=_as_step(value),
            )
        return Unknown(span, f"`{name}` is no step", reported=True)
    return None


def _given_twice(
    framework: Framework, pipeline: PipelineDefinition, given: dict[str, Value], span: Span
) -> Unknown | None:
    """Of the arguments that the pipeline calls: one step object that is given twice, once that is reported."""
    called = _called_names(pipeline)
    seen: dict[int, str] = {}
    for name, value in given.items():
        if name not in called or not isinstance(value, (StepDefinition, DetachedStep)):
            continue
        other = seen.setdefault(id(value), name)
        if other != name:
            framework.report.error(
                "ZC0266",
                f"pipeline `{pipeline.name}` is given one step for both `{other}` and `{name}`",
                span,
                notes="a pipeline that is made of its steps calls each of them once",
                helps="make a step for each, as in `first=load(), second=load()`",
            )
            return Unknown(span, f"`{name}` is given twice", reported=True)
    return None


def _check_what_made(framework: Framework, step: StepDefinition) -> None:
    """See that the step was made of nothing but its group of parameters."""
    made_with, shape = step.made_with, step.shape
    if made_with is None:
        return
    if shape.open:
        if made_with.arguments and not step.is_read:
            by_position_alone(framework.report, step, made_with.span)
        return
    for name in made_with.keywords:
        if name not in shape.inputs:
            no_such_input(step, name, made_with.span, framework.report)
    groups = [known.name for known in shape.inputs.values() if known.group]
    if len(made_with.arguments) <= len(groups):
        return
    takes = f"is made of `{groups[0]}` alone" if groups else "has no group of parameters to be made of"
    framework.report.error(
        "ZC0267",
        f"step `{step.name}` {takes}, and is given {len(made_with.arguments)} arguments by position",
        made_with.span,
        helps="its inputs are given where the pipeline calls it",
    )


def _called_names(pipeline: PipelineDefinition) -> set[str]:
    body = ast.walk(pipeline.function.node)
    return {n.func.id for n in body if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}


def _as_step(value: Value) -> str:
    if isinstance(value, Function):
        return f"put `@step` above `{value.name}`, and give `{value.name}()`"
    path = getattr(value, "path", None)
    if isinstance(path, str) and not isinstance(value, Unknown):
        return f"`{path}` is not read: is the source root right? it can be set with --source-root"
    return "give a call of a step, as in `load=load_data()`"
