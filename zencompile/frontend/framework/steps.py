"""Steps as objects of the program: decorated, configured, called."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from zencompile.frontend import surface
from zencompile.frontend.framework.attribute_names import may_have
from zencompile.frontend.framework.attributes import is_old, without_model
from zencompile.frontend.framework.checks import no_such_input
from zencompile.frontend.framework.configurations import Configuration
from zencompile.frontend.framework.decorators import Reader
from zencompile.frontend.framework.definitions import MadeWith, StepDefinition, Subject, unwrapped
from zencompile.frontend.framework.derived import derived
from zencompile.frontend.framework.later import needs_dynamic
from zencompile.frontend.framework.options import EMPTY, Options, as_text
from zencompile.frontend.framework.state import Framework
from zencompile.frontend.surface import Place
from zencompile.frontend.values import (
    MISSING,
    Class,
    Context,
    Function,
    Instance,
    NativeFunction,
    NativeObject,
    Unknown,
    Value,
)
from zencompile.source import Span

_DYNAMIC = ("map", "product", "submit")
_SERVER = ("replay",)


class StepObject(StepDefinition):
    """A step as the program holds it."""

    __slots__ = ("framework",)

    def __init__(
        self, framework: Framework, subject: Subject, options: Options, span: Span | None, name: str = ""
    ) -> None:
        super().__init__(subject, options, span, name)
        self.framework = framework

    def call(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        recording = self.framework.recording
        if recording is not None:
            return recording.invoke(self, arguments, keywords, context)
        return DetachedStep(self.made(arguments, keywords, context))

    def made(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> StepDefinition:
        """The step as old code makes it, of its group of parameters and of options: `trainer(Config(), name="a")`."""
        known = surface.at(Place.STEP)
        written = {k: v for k, v in keywords.items() if k in known and not self._takes(k)}
        name = as_text(context.force(written.pop("name", "")))
        options = self.options.merged(Reader(Place.STEP, context).read(written)) if written else self.options
        step = self.copy(options)
        step.name = name or self.name
        rest = {k: v for k, v in keywords.items() if not (k in known and not self._takes(k))}
        step.made_with = MadeWith(tuple(arguments), rest, context.span)
        return step

    def _takes(self, name: str) -> bool:
        return name in self.shape.inputs

    def get_attribute(self, name: str, context: Context) -> Value:
        return derived(self._attribute(name, context), f"{self.name}.{name}", self.framework)

    def _attribute(self, name: str, context: Context) -> Value:
        if name in ("name", "__name__"):
            return self.name
        if name == "copy":
            return NativeFunction(name, lambda a, k, c: self.copy(self.options))
        if name in ("with_options", "configure"):
            return NativeFunction(name, self._with_options if name == "with_options" else self._configure)
        if name == "entrypoint" or name == "call_entrypoint":
            return self.subject.function if self.subject.function is not None else context.unknown("a step's function")
        if name == "with_return_materializers":
            return NativeFunction(name, self._with_materializers)
        if name in ("after",):  # of old code: `step_b.after(step_a)` inside the pipeline
            return NativeFunction(name, self._after)
        if name in _DYNAMIC:
            return self._of_recording(name)
        if name == "enable_cache":
            return self.options.values.get(name)
        if name == "configuration":
            return Configuration(
                self.options, self.name, dict(self.options.values.get("parameters") or {}), of_step=True
            )
        if name in ("docstring", "__doc__"):
            return self.subject.function.docstring if self.subject.function is not None else None
        if name in _SERVER or not self.is_read:
            return context.unknown(f"`{self.name}.{name}` needs a server")
        if self.subject.class_ is not None or is_old("BaseStep", name):
            return self.options.values[name] if name in self.options.values else self._of_class(name, context)
        instead = f"it is `{self.name}.configuration.{name}`" if may_have("PartialStepConfiguration", name) else ""
        return without_model("BaseStep", self.name, name, context, instead)

    def _of_class(self, name: str, context: Context) -> Value:
        """An attribute of a step that is an object of a class of the program, or one of old releases."""
        return context.unknown(f"`{self.name}.{name}` of a step of the old interface")

    def set_attribute(self, name: str, value: Value, context: Context) -> None:
        self._configure([], {name: value}, context)

    def _read(self, keywords: dict[str, Value], context: Context, place: Place) -> Options:
        if "name" in keywords:
            raise context.raise_(TypeError("a step's name can't be changed (`with_options() got 'name'`)"))
        options = Reader(place, context).read({k: v for k, v in keywords.items() if k != "merge"})
        shape = self.shape
        for parameter in options.values.get("parameters", {}):
            if shape.group_of(parameter) is None and parameter not in shape.inputs and not shape.open:
                no_such_input(self, parameter, context.argument_span("parameters"), context.report)
        return options

    def _with_options(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        merge = context.force(keywords.get("merge", True)) is not False
        return self.copy(self.options.merged(self._read(keywords, context, Place.STEP_OPTIONS), merge))

    def _configure(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        merge = context.force(keywords.get("merge", True)) is not False
        self.options = self.options.merged(self._read(keywords, context, Place.STEP_CONFIGURE), merge)
        return self

    def _with_materializers(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        return self._with_options([], {"output_materializers": arguments[0]} if arguments else {}, context)

    def _after(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        if self.framework.recording is not None:
            self.framework.recording.late_after(self, arguments, context)
        return None

    def _of_recording(self, name: str) -> NativeFunction:
        """`submit`, `map` or `product`, which dynamic pipelines have."""

        def act(arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
            recording = self.framework.recording
            if recording is None:
                return needs_dynamic(name, context)
            return recording.call_method(name, self.settled(recording.steps_are_given), arguments, keywords, context)

        return NativeFunction(name, act)

    def is_instance_of(self, class_: Value) -> bool | None:
        path = getattr(class_, "path", "")
        return True if isinstance(path, str) and path.endswith(("BaseStep",)) else None

    def text(self, context: Context) -> str | Unknown:
        return f"<step {self.name}>"


class DetachedStep(NativeObject):
    """A step that was called outside of any pipeline: old code hands it to a pipeline, else it runs alone."""

    type_name = "step"

    def __init__(self, step: StepDefinition) -> None:
        self.step = step

    def get_attribute(self, name: str, context: Context) -> Value:
        if name in ("with_options", "configure", "copy", "with_return_materializers", "name", "after"):
            value = self.step.get_attribute(name, context)
            if isinstance(value, NativeFunction):
                return NativeFunction(name, lambda a, k, c: _detached(value.function(a, _unnamed(k), c)))
            return value
        if name == "entrypoint":  # `my_step().entrypoint(x)` of old tests
            return self.step.get_attribute(name, context)
        return self._ran(context)

    def _ran(self, context: Context) -> Unknown:
        return context.unknown(f"it is the result of step `{self.step.name}`, which no pipeline runs")

    def call(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        return self.step.call(arguments, keywords, context)

    def get_item(self, key: Value, context: Context) -> Value:
        return self._ran(context)

    def iterate(self, context: Context) -> Iterator[Value] | Unknown:
        return self._ran(context)

    def truth(self, context: Context) -> bool | Unknown:
        return self._ran(context)

    def length(self, context: Context) -> int | Unknown:
        return self._ran(context)

    def compare(self, operator: str, other: Value, context: Context) -> Any:
        return self._ran(context)

    def binary(self, operator: str, other: Value, reflected: bool, context: Context) -> Value:
        return self._ran(context)


def _unnamed(keywords: dict[str, Value]) -> dict[str, Value]:
    """Without the name, which old code could change: an invocation is called after the pipeline's parameter there."""
    return {k: v for k, v in keywords.items() if k != "name"}


def _detached(value: Value) -> Value:
    return DetachedStep(value) if isinstance(value, StepDefinition) else value


class StepDecorator(NativeObject):
    """`step`, and what `step(…)` gives: something to put above a function."""

    type_name = "decorator"

    def __init__(self, framework: Framework, options: Options = EMPTY, name: str = "", first: bool = True) -> None:
        self.framework = framework
        self.options = options
        self.name = name
        self.first = first

    def decorated(self, target: Function | Class, context: Context) -> Value:
        return self._wrap(target, context)

    def call(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        decorator = self
        if keywords:
            options = Reader(Place.STEP, context).read(keywords)
            name = options.values.pop("name", "") or ""
            decorator = StepDecorator(self.framework, self.options.merged(options), name, first=False)
        if arguments:
            return decorator._wrap(context.force(arguments[0]), context)
        return decorator if keywords or not self.first else StepDecorator(self.framework, first=False)

    def _wrap(self, target: Value, context: Context) -> Value:
        if isinstance(target, StepDefinition):
            return target.copy(target.options.merged(self.options))
        if isinstance(target, Function):
            target = unwrapped(target)
            span = context.evaluator.span(target.node, target.module)
            return self._step(Subject(self.framework.evaluator, target), span)
        if isinstance(target, NativeObject) and hasattr(target, "path"):
            return self._step(Subject(self.framework.evaluator, path=target.path), context.span)
        if isinstance(target, Unknown):
            return target
        path = getattr(target, "path", None)
        if isinstance(path, str) and not isinstance(target, (Class, Instance)):
            return self._step(Subject(self.framework.evaluator, path=path), context.span)
        raise context.raise_(TypeError("`step` takes a function"))

    def _step(self, subject: Subject, span: Span) -> StepObject:
        return StepObject(self.framework, subject, self.options, span, self.name)

    def get_attribute(self, name: str, context: Context) -> Value:
        return derived(context.unknown(f"`step.{name}` is not modelled"), f"step.{name}", self.framework)


class BaseStep(NativeObject):
    """The base class of class-based steps."""

    type_name = "class"
    path = "zenml.steps.BaseStep"

    def __init__(self, framework: Framework) -> None:
        self.framework = framework

    def subclass(self, class_: Class, context: Context) -> Value:
        return StepClass(self.framework, class_)

    def get_attribute(self, name: str, context: Context) -> Value:
        return derived(context.unknown(f"`BaseStep.{name}` is not modelled"), f"BaseStep.{name}", self.framework)


def _names(function: Function) -> list[str]:
    arguments = function.node.args
    return [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]


class StepClass(NativeObject):
    """A class-based step: calling it makes a step."""

    type_name = "class"

    def __init__(self, framework: Framework, class_: Class, base: StepClass | None = None) -> None:
        self.framework = framework
        self.class_ = class_
        self.base = base

    @property
    def path(self) -> str:
        return self.class_.path

    def lookup(self, name: str) -> Value:
        """An attribute of the class or of the step class below it; MISSING if neither has one."""
        value = self.class_.lookup(name)
        return value if value is not MISSING or self.base is None else self.base.lookup(name)

    def call(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        entry = self.lookup("entrypoint")
        span = context.span
        if not isinstance(entry, Function):
            context.report.error(
                "ZC0204",
                f"the step class `{self.class_.name}` has no method `entrypoint`",
                span,
                helps="define `entrypoint(self, …)`: it is what the step runs",
            )
            return context.unknown("a step without entrypoint", reported=True)
        rest = dict(keywords)
        name = context.force(rest.pop("name", ""))
        bound = {k: rest.pop(k) for k in _names(entry) if k in rest}
        own = self.lookup("__init__")
        taken = _names(own) if isinstance(own, Function) else ()
        known = {k: v for k, v in rest.items() if k not in self.class_.namespace and k not in taken}
        options = Reader(Place.STEP, context).read(known) if known else EMPTY
        defined = span
        if self.class_.node is not None and self.class_.module is not None:
            defined = context.evaluator.span(self.class_.node, self.class_.module)
        subject = Subject(self.framework.evaluator, entry, self.class_)
        step = StepObject(self.framework, subject, options, defined, name or self.class_.name)
        if bound or (arguments and not taken):
            step.made_with = MadeWith(() if taken else tuple(arguments), bound, span)
        return step

    def subclass(self, class_: Class, context: Context) -> Value:
        return StepClass(self.framework, class_, self)

    def get_attribute(self, name: str, context: Context) -> Value:
        value = self.lookup(name)
        if value is not MISSING:
            return value
        if name == "__name__":
            return self.class_.name
        written = f"{self.class_.name}.{name}"
        return derived(context.unknown(f"`{written}`"), written, self.framework)
