"""Evaluating a pipeline's body: every call of a step becomes an invocation."""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Iterator
from typing import Protocol

from zencompile.diagnostics import Label, Report, did_you_mean
from zencompile.frontend.framework import arguments as argument_values
from zencompile.frontend.framework.checks import by_position_alone, check_parameter, no_such_input
from zencompile.frontend.framework.definitions import StepDefinition
from zencompile.frontend.framework.handles import Future, OpaqueOutput, Output, PipelineParameter, Recorded
from zencompile.frontend.framework.later import Decision, needs_dynamic
from zencompile.frontend.framework.merging import Merged
from zencompile.frontend.framework.options import Options
from zencompile.frontend.framework.state import Framework
from zencompile.frontend.framework.work import Work
from zencompile.frontend.values import MISSING, Context, Unknown, Value
from zencompile.ir import Condition, Expression, Group, Literal, Map, ParameterRef
from zencompile.source import Span

_LAST_SUFFIX = 9_999


class Control(Protocol):
    """A map or a condition, until it is a node."""

    id: str

    def build(self) -> Map | Condition: ...


class Recording:
    """The evaluation of one pipeline: its invocations by id, in the order of their calls."""

    dynamic = False

    def __init__(self, framework: Framework, name: str, options: Options) -> None:
        self.framework = framework
        self.name = name
        self.options = options
        self.invocations: dict[str, Recorded] = {}
        self.parameters: dict[str, PipelineParameter] = {}
        self.controls: list[Control] = []
        self.legacy_names: dict[int, str] = {}  # of a step object of old code, by id(): the parameter that it is for
        self._numbers: dict[str, int] = {}  # the next to try for an id, by what it begins with
        self.later: list[tuple[StepDefinition, list[Value], Span]] = []
        self.work = Work(lambda: framework.recording is self)
        self.nested: Group | None = None  # the pipeline, called in this one, whose function is being evaluated
        self._nested: dict[str, int] = {}  # how many groups want an id
        self.empty: list[tuple[list[Value], str]] = []  # results of steps without outputs, and the steps' names

    @property
    def report(self) -> Report:
        return self.framework.report

    @property
    def steps_are_given(self) -> bool:
        """Whether the pipeline was made of its steps, as in old code."""
        return bool(self.legacy_names)

    # calls

    def invoke(
        self, step: StepDefinition, arguments: list[Value], keywords: dict[str, Value], context: Context
    ) -> Value:
        """Record a call of a step. The answer is what the program gets: an output, a list of outputs, or an empty
        list.
        """
        if self._impossible(step, context):
            return context.unknown(f"it is the result of step `{step.name}`", reported=True)
        keywords = dict(keywords)
        wanted = context.force(keywords.pop("id", None))
        after = keywords.pop("after", None)
        if "start_after" in keywords:
            keywords.pop("start_after")
            self.report.error(
                "ZC0213", "`start_after=` needs a dynamic pipeline", context.keyword_span("start_after"),
                helps="write `@pipeline(dynamic=True)`, or `after=`",
            )  # fmt: skip
        id_ = self._id(step, wanted, context)
        recorded = Recorded(self, id_, step, _options_of(step), context.span, nested=self.nested)
        self._bind(recorded, arguments, keywords, context)
        if after is not None:
            recorded.after = self._upstream(after, context, context.argument_span("after"))
        self.invocations[id_] = recorded
        return self._results(recorded)

    @contextlib.contextmanager
    def inside(self, name: str) -> Iterator[None]:
        """While the function of a pipeline is evaluated that is called in this one."""
        around = self.nested
        wanted = name if around is None else f"{around.id}.{name}"
        number = self._nested[wanted] = self._nested.get(wanted, 0) + 1
        self.nested = Group(id=wanted if number == 1 else f"{wanted}_{number}", name=name, parent=around)
        try:
            yield
        finally:
            self.nested = around

    def call_method(
        self, name: str, step: StepDefinition, arguments: list[Value], keywords: dict[str, Value], context: Context
    ) -> Value:
        """Record `step.submit(…)`, `step.map(…)` or `step.product(…)`, which only a dynamic pipeline has."""
        return needs_dynamic(name, context)

    def awaited(self, recorded: Recorded) -> None:
        """The program waits for an invocation, which only a dynamic pipeline can."""

    def enter_branch(self, decision: Decision, side: int) -> None:
        """Only a dynamic pipeline has branches that its run decides."""

    def leave_branches(self, decision: Decision) -> None:
        """Only a dynamic pipeline has branches that its run decides."""

    def both_sides(self, decision: Decision) -> Unknown:
        """What a side leaves is known where a dynamic pipeline says how the run puts it together."""
        return decision

    def condition_id(self, decision: Decision) -> str:
        """Only a dynamic pipeline has conditions."""
        raise NotImplementedError

    def computes(self, made: Expression, context: Context) -> None:
        """Only a dynamic pipeline computes with values of its run."""

    def decided_by_run(self, context: Context) -> bool:
        """Whether all that decides about a call becomes conditions of the IR."""
        return False

    def _results(self, recorded: Recorded) -> Value:
        step = recorded.step
        if step.shape.unclear or (not step.is_read and step.shape.open):
            output = OpaqueOutput(recorded, "output")
            recorded.outputs["output"] = output
            return output
        outputs = step.shape.outputs
        recorded.outputs = {output.name: Output(recorded, output.name) for output in outputs}
        if len(outputs) == 1:
            return recorded.outputs[outputs[0].name]
        results: list[Value] = list(recorded.outputs.values())
        if not results:
            self.empty.append((results, step.name))
        return results

    def _impossible(self, step: StepDefinition, context: Context) -> bool:
        function = step.subject.function
        uncertain = context.uncertain
        if uncertain is not None and not self.decided_by_run(context):
            if not uncertain.reported:
                self.report.error(
                    "ZC0212",
                    f"whether step `{step.name}` is called is not known when compiling",
                    context.span,
                    labels=[Label(uncertain.span, "this decides it")] if uncertain.span else [],
                    notes=uncertain.reason,
                    helps=_ways_out(uncertain),
                )
            return True
        if function is None or step.subject.class_ is not None or function.is_top_level:
            return False
        is_lambda = function.name == "<lambda>"
        what = "a lambda" if is_lambda else f"`{function.name}`, which is defined inside a function,"
        report = self.report.error if is_lambda else self.framework.problem
        report(
            "ZC0206",
            f"{what} can't be a step",
            context.evaluator.span(function.node, function.module) if is_lambda else step.span,
            notes="a step is imported by its name where it runs",
            helps="define the function at the top level of a module",
        )
        return is_lambda

    def _id(self, step: StepDefinition, wanted: Value, context: Context) -> str:
        if isinstance(wanted, Unknown):
            if not wanted.reported:
                self.report.error(
                    "ZC0208", "the id of this invocation is not known when compiling", context.argument_span("id"),
                    notes=wanted.reason, helps=_ways_out(wanted),
                )  # fmt: skip
            wanted = None
        if wanted is not None:
            text = str(getattr(wanted, "value", wanted))
            if text not in self.invocations:
                return text
            self.report.error(
                "ZC0207",
                f"two invocations have the id `{text}`",
                context.argument_span("id"),
                labels=[Label(self.invocations[text].span, "the first one")],
            )
        parameter = self.legacy_names.get(id(step))
        base = parameter or step.name
        if base not in self.invocations:
            return base
        if parameter is not None:
            self.report.error(
                "ZC0266",
                f"the step `{parameter}` of pipeline `{self.name}` is called twice",
                context.span,
                labels=[Label(self.invocations[base].span, "the first call")],
                notes="a pipeline that is made of its steps calls each of them once",
                helps="give the pipeline a second step, for a parameter of its own",
            )
        for number in range(self._numbers.get(base, 2), _LAST_SUFFIX + 1):
            candidate = f"{base}_{number}"
            if candidate not in self.invocations:
                self._numbers[base] = number
                return candidate
        return f"{base}_{_LAST_SUFFIX + 1}"

    # arguments

    def _bind(self, recorded: Recorded, positional: list[Value], keywords: dict[str, Value], context: Context) -> None:
        step, shape = recorded.step, recorded.step.shape
        given: list[tuple[str, Value, int | str]] = []
        made_with = self._made_with(step)
        names = [name for name in shape.positional if name not in made_with]
        for index, value in enumerate(positional):
            if index < len(names):
                given.append((names[index], value, index))
            elif not step.is_read and shape.open:
                by_position_alone(self.report, step, context.argument_span(index))
                recorded.refused = True
                break
            elif not shape.open:
                takes = f"{len(names)} argument{'s' if len(names) != 1 else ''}"
                self.report.error(
                    "ZC0209", f"step `{step.name}` takes {takes} by position", context.argument_span(index),
                    label="one too many", labels=[Label(step.span, "defined here")] if step.span else [],
                )  # fmt: skip
                recorded.refused = True
                break  # what follows is too many for the same reason
        taken = {name for name, _, _ in given}
        for name, value in keywords.items():
            if name == "**":
                self._unknown_keywords(recorded, value, context)
            elif name not in shape.inputs and not shape.open:
                no_such_input(step, name, context.keyword_span(name), self.report)
                recorded.refused = True
            elif name in taken:
                self.report.error(
                    "ZC0209", f"`{name}` of step `{step.name}` is given twice", context.keyword_span(name),
                    labels=[Label(place, "given by position here")] if (place := _at(given, name, context)) else [],
                )  # fmt: skip
            else:
                given.append((name, value, name))
        given += [(name, value, name) for name, value in made_with.items() if name not in {name for name, *_ in given}]
        for name, value, key in given:
            span = context.argument_span(key)
            if step.made_with is not None and name in made_with:
                span = step.made_with.span
            self._argument(recorded, name, value, span, context)

    def _unknown_keywords(self, recorded: Recorded, value: Value, context: Context) -> None:
        recorded.refused = True
        if isinstance(value, Unknown) and value.reported:
            return
        self.framework.problem(
            "ZC0208",
            f"what `**` hands to step `{recorded.step.name}` is not known when compiling",
            context.span,
            notes=getattr(value, "reason", ""),
            helps="write the inputs out, or make them parameters of the pipeline",
        )

    def _made_with(self, step: StepDefinition) -> dict[str, Value]:
        """The values that a step of old code was made with: `trainer(TrainConfig(lr=0.1))`, `trainer(lr=0.1)`."""
        if step.made_with is None:
            return {}
        names = [known.name for known in step.shape.inputs.values() if known.group]
        bound = dict(zip(names, step.made_with.arguments, strict=False))
        given = step.made_with.keywords
        bound.update({k: v for k, v in given.items() if k in step.shape.inputs or step.shape.open})
        return bound

    def _argument(self, recorded: Recorded, name: str, value: Value, span: Span, context: Context) -> None:
        recorded.places[name] = span
        lowered = argument_values.lower(
            value, span, context, f"`{name}` of step `{recorded.step.name}`", self.framework
        )
        if lowered is None:
            recorded.inputs[name] = Literal.model_construct(kind="literal", value=None, span=span)  # reported
            return
        recorded.inputs[name] = lowered
        wanted = recorded.step.shape.inputs.get(name)
        if isinstance(lowered, (Literal, ParameterRef)):
            recorded.explicit[name] = value
        known = len(self.framework.problems)
        if wanted is not None and isinstance(lowered, Literal):
            check_parameter(self.framework, recorded.step, wanted, context.force(value), span)
            recorded.inputs[name] = argument_values.as_taken(lowered, value, self._taken_as(recorded, name), context)
        if type(value) is list and not value and len(self.framework.problems) == known:
            self._of_no_output(recorded, name, value, span)

    def _taken_as(self, recorded: Recorded, name: str) -> Value:
        """The annotation of a step's input."""
        function = recorded.step.subject.function
        return MISSING if function is None else self.framework.evaluator.annotation(function, name)

    def _of_no_output(self, recorded: Recorded, name: str, value: list[Value], span: Span) -> None:
        source = next((step for results, step in self.empty if results is value), None)
        if source is not None:
            self.report.warning(
                "ZC0236",
                f"`{name}` of step `{recorded.step.name}` is given the result of step `{source}`, which has no outputs",
                span,
                label="an empty list, and no edge",
                helps=f'let `{source}` return something, or write `after="{source}"` for the order alone',
            )

    # order

    def _upstream(self, after: Value, context: Context, span: Span) -> list[tuple[str, Span]]:
        after = context.force(after)
        if isinstance(after, (list, tuple, set, frozenset)):
            spans = context.element_spans("after")
            spans = spans if len(spans) == len(after) else [span] * len(after)
            found = [pair for item, at in zip(after, spans, strict=True) for pair in self._upstream(item, context, at)]
            if not found and not _is_display(context, "after"):
                self.report.warning(
                    "ZC0214", "`after=` is given nothing", span, label="adds no edge",
                    notes="a step without outputs returns an empty list",
                    helps="give the id of the invocation, as in `after=\"clean_up\"`",
                )  # fmt: skip
            return found
        if isinstance(after, (Output, Future)):
            return [(after.recorded.id, span)]
        if isinstance(after, Merged):
            return [(handle.recorded.id, span) for handle in after.handles()]
        if isinstance(after, str):
            return [(after, span)]
        after_value = getattr(after, "value", None)
        if isinstance(after_value, str):
            return [(after_value, span)]
        if isinstance(after, Unknown):
            if not after.reported:
                self.report.error(
                    "ZC0208", "what this step comes after is not known when compiling", span,
                    notes=after.reason, helps=_ways_out(after),
                )  # fmt: skip
        elif after is not None:
            self.report.error(
                "ZC0215", "`after=` takes ids or outputs of invocations", span, label=_no_upstream(after),
                helps="call the step, and give the id of that invocation or its output",
            )  # fmt: skip
        return []

    def late_after(self, step: StepDefinition, arguments: list[Value], context: Context) -> None:
        """`step_b.after(step_a)` of old code: an edge between the invocations of two steps."""
        self.later.append((step, list(arguments), context.span))

    def _of_step(self, step: Value) -> list[Recorded]:
        """The invocations of a step object; if it has none, of its function."""
        own = [r for r in self.invocations.values() if r.step is step]
        subject = getattr(step, "subject", self)
        return own or [r for r in self.invocations.values() if r.step.subject is subject]

    # work

    def acts(self, what: str, context: Context) -> None:
        """The pipeline's function does something to its surroundings, which it does whenever it runs in ZenML."""
        if self.framework.recording is self:
            self._tell_of_work(f"in the body of a pipeline {what}", context.span)

    def tell_of_call(self, written: str, span: Span, is_statement: bool) -> None:
        """The pipeline's function calls something that is not read, and no step is given what comes of it."""
        self._tell_of_work(f"in the body of a pipeline `{written}()` is called, and no step gets the result", span)

    def _tell_of_work(self, message: str, span: Span) -> None:
        self.report.warning(
            "ZC0239",
            message,
            span,
            label="never happens in what is compiled",
            notes="ZenML runs the body whenever the pipeline is run; here only its steps run",
            helps="do it in a step",
        )

    def finish(self) -> None:
        """Check what can only be known at the end: the ids that `after=` names, and what the body did beside its
        steps."""
        compiles = bool(self.invocations) and not self.report.errors and not self.framework.problems
        for call, is_statement in self.work.left() if compiles else ():
            self.tell_of_call(call.written, call.span, is_statement)
        for step, arguments, span in self.later:
            upstream = [r for other in arguments for r in self._of_step(other)]
            for recorded in self._of_step(step):
                recorded.after.extend((other.id, span) for other in upstream)
        for recorded in self.invocations.values():
            for id_, span in list(recorded.after):
                if id_ not in self.invocations:
                    recorded.after.remove((id_, span))
                    self.report.error(
                        "ZC0216",
                        f"`after=` names `{id_}`, but no invocation has this id",
                        span,
                        helps=did_you_mean(id_, self.invocations),
                    )


def _options_of(step: StepDefinition) -> Options:
    """A step's own options. One that takes a `StepContext` isn't cached unless it says so: the context gives access to
    what the framework doesn't know of.
    """
    takes_context = any(known.injected for known in step.shape.inputs.values())
    if takes_context and step.options.get("enable_cache") is None:
        return step.options.merged(Options({"enable_cache": False}))
    return step.options


def _no_upstream(value: Value) -> str:
    name = getattr(value, "name", None) if getattr(value, "shape", None) is not None else None
    return f"this is the step `{name}`, not an invocation of it" if name else ""


def _at(given: list[tuple[str, Value, int | str]], name: str, context: Context) -> Span | None:
    """Where an input was given already."""
    key = next((key for known, _, key in given if known == name), None)
    return None if key is None else context.argument_span(key)


def _is_display(context: Context, keyword: str) -> bool:
    """Whether a keyword argument is written as a list, so that an empty one is meant."""
    if not isinstance(context.node, ast.Call):
        return False
    return any(k.arg == keyword and isinstance(k.value, (ast.List, ast.Tuple)) for k in context.node.keywords)


def _ways_out(unknown: Unknown) -> list[str]:
    if "--param" in unknown.reason or "--env" in unknown.reason:
        return []
    ways = ["decide by a parameter of the pipeline, or in a step"]
    return [*ways, argument_values.TRACE] if "not read" in unknown.reason else ways
