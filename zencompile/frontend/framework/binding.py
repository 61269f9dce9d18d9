"""A pipeline's parameters: where their values come from, and their types.

A value comes from --param, else from the call, `with_options(parameters=…)` or the run configuration, else from the
default.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from zencompile.diagnostics import did_you_mean
from zencompile.frontend.framework.annotations import Annotation, annotation, plain, text_of
from zencompile.frontend.framework.definitions import PipelineDefinition, RunRequest, StepDefinition
from zencompile.frontend.framework.handles import LookupHandle, Output, PipelineParameter
from zencompile.frontend.framework.opaque import Name
from zencompile.frontend.framework.runconfig import RunConfiguration
from zencompile.frontend.framework.state import Framework
from zencompile.frontend.framework.steps import DetachedStep
from zencompile.frontend.values import (
    MISSING,
    Context,
    EnumMember,
    Function,
    Lazy,
    Unknown,
    Value,
)
from zencompile.frontend.values.hints import coerced, expectation, is_all_known
from zencompile.ir import Type
from zencompile.source import Span
from zencompile_runtime.values.coerce import from_text
from zencompile_runtime.values.mismatch import Mismatch


@dataclass
class Given:
    """A value for a parameter, and where it was written (None: on the command line)."""

    value: Value
    span: Span | None
    origin: str  # "--param", "the call", "with_options", "the run configuration"
    is_converted: bool = False  # whether the annotation makes of it what isn't known here
    text: str | None = None  # of what is given as text: a JSON value, or the text itself, as the annotation wants it


@dataclass
class Bound:
    """What the pipeline's function is called with."""

    parameters: dict[str, PipelineParameter] = field(default_factory=dict)
    keywords: dict[str, Value] = field(default_factory=dict)
    rest: list[Value] = field(default_factory=list)  # of `*args`


class Binder:
    """Binds the parameters of one pipeline."""

    def __init__(self, framework: Framework, request: RunRequest, config: RunConfiguration | None) -> None:
        self.framework = framework
        self.evaluator = framework.evaluator
        self.report = framework.report
        self.request = request
        self.config = config
        self.pipeline: PipelineDefinition = request.pipeline
        self.function: Function = self.pipeline.signature
        self.context: Context = self.evaluator.context(self.function.module, self.function.node)

    def bind(self, texts: dict[str, str]) -> Bound:
        """Bind; `texts` are the values of --param."""
        arguments = self.function.node.args
        names = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
        if self.pipeline.class_ is not None:
            names = names[1:]
        every = {a.arg: a for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
        given = self._given(names, set(every), arguments, texts)
        bound = Bound()
        if arguments.vararg is not None:
            bound.rest = self.request.arguments[len(names) :]
        for name, node in every.items():
            if self.pipeline.class_ is None or name in names or node in arguments.kwonlyargs:
                self._one(name, node, given.pop(name, None), bound)
        for name, one in given.items():  # of `**kwargs`
            bound.keywords[name] = one.value if one.text is None else from_text(one.text)
        return bound

    # sources

    def _given(self, names: list[str], known: set[str], node: ast.arguments, texts: dict[str, str]) -> dict[str, Given]:
        run, request = self.pipeline.run, self.request
        found: dict[str, Given] = {}
        call: dict[str, Given] = {}
        for index, value in enumerate(request.arguments):
            if index < len(names):
                call[names[index]] = Given(value, request.places.get(index, request.span), "the call")
            elif node.vararg is None:
                takes = f"{len(names)} argument{'' if len(names) == 1 else 's'}"
                extra = request.places.get(index, request.span)
                self._error(f"pipeline `{self.pipeline.name}` takes {takes} by position", extra)
                break
        for name, value in request.keywords.items():
            call[name] = Given(value, request.places.get(name, request.span), "the call")
        for name, value in self._configured().items():
            place = self.config.span("parameters", name) if self.config else None
            found[name] = Given(value, place, "the run configuration")
        for name, value in run.parameters.items():
            found[name] = Given(value, run.spans.get(name), "with_options")
        for name, one in call.items():
            other = found.get(name)
            if other is not None and _plain(other.value) != _plain(one.value):
                self._error(
                    f"`{name}` is given twice, with different values: by {other.origin} and by the call", one.span
                )
            found[name] = one
        for name, text in texts.items():
            found[name] = Given(text, None, "--param", text=text)
        for name in [n for n in found if n not in known and node.kwarg is None]:
            self._no_such(name, found.pop(name), known)
        return found

    def _configured(self) -> dict[str, Value]:
        parameters = self.config.raw.get("parameters") if self.config else None
        return {str(k): v for k, v in parameters.items()} if isinstance(parameters, dict) else {}

    def _error(self, message: str, span: Span | None) -> None:
        self.report.error("ZC0223", message, span)

    def _no_such(self, name: str, given: Given, known: set[str]) -> None:
        no_such_parameter(self.framework, self.pipeline, name, given.span, known)

    def _one(self, name: str, node: ast.arg, given: Given | None, bound: Bound) -> None:
        type_value = self.evaluator.annotation(self.function, name) if node.annotation is not None else MISSING
        wanted = annotation(type_value, text_of(node.annotation), self.context)
        default = self.function.defaults.get(name, MISSING)
        span = self.evaluator.span(node, self.function.module)
        value: Value = default
        if given is not None:
            value = given.value
            if not _is_data(value):  # a step, an artifact of another pipeline, …: no parameter, whatever it is
                bound.keywords[name] = value
                return
            value = None if value is None and default is None else self._coerced(name, given, wanted, span)
        elif default is not MISSING and not _is_data(default):
            bound.keywords[name] = default
            return
        elif default is not MISSING:
            value = self._default(name, default, wanted, span)
            wanted = _with_default(wanted, value)
        parameter = PipelineParameter(name, wanted, default, value, span)
        parameter.is_converted = given is not None and given.is_converted
        bound.parameters[name] = parameter
        bound.keywords[name] = parameter

    def _default(self, name: str, default: Value, wanted: Annotation, span: Span) -> Value:
        """A default that fits is what the body gets, as it is: the framework coerces only what it is given."""
        if default is None:
            return None  # `x: int = None`: old releases accepted it
        made = self._coerced(name, Given(default, span, "its default"), wanted, span)
        return made if made is MISSING or isinstance(made, Unknown) else default

    def _coerced(self, name: str, given: Given, wanted: Annotation, span: Span) -> Value:
        value = given.value
        if isinstance(value, Lazy):
            value = self.context.force(value)
        if isinstance(value, Unknown):
            return MISSING if value.reported else value
        try:
            if given.text is not None:
                value = from_text(given.text, wanted.hint)
            made, is_known = coerced(value, wanted.hint)
            given.is_converted = not is_known and is_all_known(value)
            return made
        except Mismatch as problem:
            self.report.error(
                "ZC0225",
                f"parameter `{name}` of pipeline `{self.pipeline.name}`: {expectation(problem, value)}",
                given.span or span,
                label=f"expected `{wanted.type.text or wanted.type.name}`",
                notes=f"the value is given by {given.origin}" if given.origin.startswith("-") else (),
            )
            return Unknown(span, f"the value of `{name}` is refused", reported=True)


def _with_default(wanted: Annotation, default: Value) -> Annotation:
    """The annotation of a parameter whose default is taken as it is: also of the default's own type."""
    kind = type(default).__name__
    fits = wanted.type.name == kind or (wanted.type.name == "float" and kind == "int")
    if fits or wanted.type.name not in _PLAIN or kind not in _PLAIN:
        return wanted
    types = (wanted.type, plain(kind))
    return Annotation(Type(name="union", arguments=types, text=wanted.type.text), wanted.hint)


_PLAIN = frozenset({"bool", "int", "float", "str"})


def _plain(value: Value) -> Value:
    return getattr(value, "value", value) if isinstance(value, EnumMember) else value


def _is_data(value: Value) -> bool:
    return not isinstance(value, (StepDefinition, DetachedStep, Output, LookupHandle, Function, Name)) and not (
        isinstance(value, (list, tuple)) and any(isinstance(v, (Output, StepDefinition)) for v in value)
    )


def no_such_parameter(
    framework: Framework, pipeline: PipelineDefinition, name: str, span: Span | None, known: set[str]
) -> None:
    """Report a parameter that a pipeline lacks; without a span it was given on the command line."""
    takes = ", ".join(sorted(known)) or "nothing"
    framework.report.error(
        "ZC0224",
        f"pipeline `{pipeline.name}` has no parameter `{name}`",
        span or pipeline.span,
        label="" if span else f"given with --param; it takes {takes}",
        helps=did_you_mean(name, known),
    )
