"""Do the inputs of every invocation fit its step?"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from zencompile.diagnostics import Label, Report, did_you_mean
from zencompile.ir import Input, Invocation, ListValue, Map, OutputRef, Pipeline, Step, Type, Value
from zencompile.passes.context import PassContext
from zencompile.passes.types import excludes, excludes_together, unloadable
from zencompile.source import Span

_LIST = Type.model_construct(name="list", text="list")


def check(pipeline: Pipeline, report: Report, context: PassContext) -> Pipeline:
    """Report unknown and missing inputs and types that exclude each other; the pipeline stays as it is."""
    checker = _Checker(pipeline, report)
    for invocation in pipeline.invocations:
        checker.check(invocation)
    return pipeline


class _Checker:
    def __init__(self, pipeline: Pipeline, report: Report) -> None:
        self.steps, self.report = pipeline.steps, report
        self.dynamic = pipeline.dynamic
        self.inputs = {key: {i.name: i for i in step.inputs} for key, step in pipeline.steps.items()}
        self.outputs = {key: {o.name: o for o in step.outputs} for key, step in pipeline.steps.items()}
        self.invocations = {i.id: i for i in pipeline.invocations}
        self.mapped = {c.body[0]: c.over.keys() for c in pipeline.controls if isinstance(c, Map) and c.body}
        self.maps = _maps_around(pipeline)

    def check(self, invocation: Invocation) -> None:
        step = self.steps[invocation.step]
        self._unknown(invocation, step)
        self._missing(invocation, step, {*invocation.inputs, *self.mapped.get(invocation.id, ())})
        for name, value in invocation.inputs.items():
            self._types(invocation, step, name, value)

    def _unknown(self, invocation: Invocation, step: Step) -> None:
        known = self.inputs[invocation.step]
        for name, value in invocation.inputs.items():
            if name not in known:
                self.report.error(
                    "ZC0403",
                    f"step `{step.name}` has no input named `{name}`",
                    value.span or invocation.span,
                    label=f"not a parameter of `{step.name}({', '.join(known)})`",
                    helps=did_you_mean(name, known),
                    labels=_label(step.span, "the step is defined here"),
                )

    def _missing(self, invocation: Invocation, step: Step, given: Collection[str]) -> None:
        missing = [i for i in step.inputs if i.default is None and i.name not in given]
        if missing:
            names = ", ".join(f"`{i.name}`" for i in missing)
            self.report.error(
                "ZC0404",
                f"`{invocation.id}` gets no value for {names}",
                invocation.span,
                label="missing here",
                helps="give a value in the call or the run configuration, or a default in the step's signature",
                labels=_label(missing[0].span, "has no default"),
            )

    def _types(self, invocation: Invocation, step: Step, name: str, value: Value) -> None:
        wanted = self.inputs[invocation.step].get(name)
        if wanted is None:
            return
        given = self._type_of(invocation, value)
        together = isinstance(value, ListValue) and self._are_outputs(value)
        if given is not None and (excludes(given, wanted.type) or (together and excludes_together(wanted.type))):
            self._mismatch(invocation, wanted, given, value)
            return
        if together and wanted.type.name in ("list", "tuple") and wanted.type.arguments:
            assert isinstance(value, ListValue)
            # all items of a tuple are loaded as its first argument, and validated by their own
            refuses = excludes if wanted.type.name == "list" else unloadable
            for item in value.items:
                given = self._type_of(invocation, item)
                if given is not None and refuses(given, wanted.type.arguments[0]):
                    self._mismatch(invocation, wanted, given, value, " in a list")
                    return

    def _mismatch(self, invocation: Invocation, wanted: Input, given: Type, value: Value, where: str = "") -> None:
        self.report.error(
            "ZC0405",
            f"`{wanted.name}` of `{invocation.id}` is annotated `{_text(wanted.type)}`"
            f" and is given `{_text(given)}`{where}",
            value.span or invocation.span,
            label=f"no `{_text(given)}` is received as `{_text(wanted.type.arguments[0] if where else wanted.type)}`",
            helps=_one_of(value) or _help(value, where),
            labels=_label(wanted.span, f"annotated `{_text(wanted.type)}` here"),
        )

    def _are_outputs(self, value: ListValue) -> bool:
        """Whether artifacts are handed on together; in a dynamic pipeline it may be a list of what was loaded."""
        listed = bool(value.items) and not value.is_tuple and not self.dynamic
        return listed and all(isinstance(item, OutputRef) for item in value.items)

    def _type_of(self, invocation: Invocation, value: Value) -> Type | None:
        """The annotated type of what arrives, or None where it can't be known."""
        if isinstance(value, ListValue):
            return _LIST
        if not isinstance(value, OutputRef) or value.item is not None:
            return None
        producer = self.invocations[value.invocation]
        output = self.outputs[producer.step][value.output]
        if output.materializers or producer.materializers.get(output.name):
            return None
        around, own = self.maps.get(producer.id, ()), self.maps.get(invocation.id, ())
        if around == own[: len(around)]:
            return output.type
        return _LIST if len(around) == 1 and not own else None


def _help(value: Value, where: str) -> str:
    if isinstance(value, ListValue) and not where:
        return "outputs that are handed on together need a `list` or a `tuple`, with or without the type of its items"
    return "change one of the two annotations, or pass another output"


def _one_of(value: Value) -> str | None:
    """The help where all outputs of an invocation are given for one."""
    if not isinstance(value, ListValue) or len(value.items) < 2:
        return None
    makers = {item.invocation if isinstance(item, OutputRef) else None for item in value.items}
    if len(makers) != 1 or None in makers:
        return None
    return f"`{makers.pop()}` has {len(value.items)} outputs: take one, as in `first, *_ = …`"


def _maps_around(pipeline: Pipeline) -> dict[str, tuple[str, ...]]:
    """For each invocation inside maps, their ids from the outermost in."""
    members = {c.id: c.body if isinstance(c, Map) else c.then + c.otherwise for c in pipeline.controls}
    parent = {member: control for control, held in members.items() for member in held}
    maps = {c.id for c in pipeline.controls if isinstance(c, Map)}

    def around(name: str) -> Iterator[str]:
        while name in parent:
            name = parent[name]
            if name in maps:
                yield name

    return {i.id: tuple(around(i.id))[::-1] for i in pipeline.invocations if i.id in parent}


def _label(span: Span | None, text: str) -> tuple[Label, ...]:
    return (Label(span, text),) if span else ()


def _text(type_: Type) -> str:
    return type_.text or type_.name
