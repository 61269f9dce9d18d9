"""Steps as objects of the program: decorated, configured, called."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zencompile.frontend.framework.decorators import Reader
from zencompile.frontend.framework.options import EMPTY, Options
from zencompile.frontend.framework.shape import Shape, shape_of
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

if TYPE_CHECKING:
    from zencompile.frontend.framework.state import Framework

_DYNAMIC = ("map", "product", "submit")
_SERVER = ("replay",)


class Subject:
    """What a step runs: shared by all copies of the step that `with_options` makes.

    One of `function` (decorated, or a class-based step's `entrypoint`) and `path` (imported from what is not read) is
    set.
    """

    __slots__ = ("_shape", "class_", "function", "inputs", "path")

    def __init__(
        self,
        function: Function | None = None,
        class_: Class | None = None,
        path: str = "",
        inputs: tuple[str, ...] = (),
    ) -> None:
        self.function = function
        self.class_ = class_
        self.path = path
        self.inputs = inputs
        self._shape: Shape | None = None

    def shape(self, framework: Framework) -> Shape:
        if self._shape is None:
            if self.function is None:
                self._shape = Shape(positional=self.inputs, open=True)
            else:
                self._shape = shape_of(self.function, framework.evaluator, method=self.class_ is not None)
        return self._shape

    @property
    def entrypoint(self) -> str:
        """ "module:function", or "module:Class"."""
        if self.class_ is not None:
            return self.class_.path
        if self.function is not None:
            return f"{self.function.module.name}:{self.function.qualname}"
        module, _, name = self.path.rpartition(".")
        return f"{module}:{name}"

    @property
    def name(self) -> str:
        if self.class_ is not None:
            return self.class_.name
        return self.function.name if self.function is not None else self.path.rpartition(".")[2]


class StepDefinition(NativeObject):
    """A step. `options` is what its own decorator and later configuration say; `bound` are values of old code that were
    given when the step was made (`trainer(TrainConfig(lr=0.1))`)."""

    type_name = "step"
    __slots__ = ("bound", "framework", "keywords", "name", "options", "span", "subject")

    def __init__(
        self, framework: Framework, subject: Subject, options: Options, span: Span | None, name: str = ""
    ) -> None:
        self.framework = framework
        self.subject = subject
        self.options = options
        self.span = span
        self.name = name or subject.name
        self.bound: tuple[list[Value], dict[str, Value]] | None = None

    @property
    def is_read(self) -> bool:
        """Whether the step's function is the project's, so that its signature is known."""
        return self.subject.function is not None

    @property
    def shape(self) -> Shape:
        subject = self.subject
        return subject.shape(self.framework) if subject._shape is None else subject._shape

    def copy(self, options: Options) -> StepDefinition:
        other = StepDefinition(self.framework, self.subject, options, self.span, self.name)
        other.bound = self.bound
        return other

    def call(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        recording = self.framework.recording
        if recording is not None:
            return recording.invoke(self, arguments, keywords, context)
        bound = self.copy(self.options)
        bound.bound = (arguments, keywords)
        return DetachedStep(bound)

    def get_attribute(self, name: str, context: Context) -> Value:
        if name in ("name", "__name__"):
            return self.name
        if name in ("with_options", "configure"):
            return NativeFunction(name, self._with_options if name == "with_options" else self._configure)
        if name == "entrypoint" or name == "call_entrypoint":
            return self.subject.function if self.subject.function is not None else context.unknown("a step's function")
        if name == "with_return_materializers":
            return NativeFunction(name, self._with_materializers)
        if name in ("after",):  # of old code: `step_b.after(step_a)` inside the pipeline
            return NativeFunction(name, self._after)
        if name in _DYNAMIC:
            return NativeFunction(name, self._dynamic(name))
        if name in self.options.values:
            return self.options.values[name]
        if name == "enable_cache":
            return None
        if name == "configuration":
            return self
        if name == "__doc__":
            return self.subject.function.docstring if self.subject.function is not None else None
        if name in _SERVER or not self.is_read:
            return context.unknown(f"`{self.name}.{name}` needs a server")
        return super().get_attribute(name, context)

    def set_attribute(self, name: str, value: Value, context: Context) -> None:
        self._configure([], {name: value}, context)

    def _read(self, keywords: dict[str, Value], context: Context) -> Options:
        if "name" in keywords:
            raise context.raise_(TypeError("a step's name can't be changed (`with_options() got 'name'`)"))
        options = Reader("step", context).read(
            {k: v for k, v in keywords.items() if k != "merge"}, extra=frozenset({"parameters"})
        )
        shape = self.shape
        for parameter in options.values.get("parameters", {}):
            if parameter not in shape.inputs and not shape.open:
                from zencompile.frontend.framework.checks import no_such_input

                no_such_input(self, parameter, context.argument_span("parameters"), context.report)
        return options

    def _with_options(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        merge = context.force(keywords.get("merge", True)) is not False
        return self.copy(self.options.merged(self._read(keywords, context), merge))

    def _configure(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        merge = context.force(keywords.get("merge", True)) is not False
        self.options = self.options.merged(self._read(keywords, context), merge)
        return self

    def _with_materializers(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        return self._with_options([], {"output_materializers": arguments[0]} if arguments else {}, context)

    def _after(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        if self.framework.recording is not None:
            self.framework.recording.late_after(self, arguments, context)
        return None

    def _dynamic(self, name: str) -> Any:
        def act(arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
            from zencompile.frontend.framework import dynamic

            return dynamic.step_method(self, name, arguments, keywords, context)

        return act

    def is_instance_of(self, class_: Value) -> bool | None:
        path = getattr(class_, "path", "")
        return True if isinstance(path, str) and path.endswith(("BaseStep",)) else None

    def text(self, context: Context) -> str | Unknown:
        return f"<step {self.name}>"

    def __repr__(self) -> str:
        return f"StepDefinition({self.name})"


class DetachedStep(NativeObject):
    """A step that was called outside of any pipeline: old code hands it to a pipeline, else it runs alone."""

    type_name = "step"

    def __init__(self, step: StepDefinition) -> None:
        self.step = step

    def get_attribute(self, name: str, context: Context) -> Value:
        if name in ("with_options", "configure", "with_return_materializers", "name", "after"):
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

    def iterate(self, context: Context) -> Any:
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


def unwrapped(function: Function) -> Function:
    """The function below decorators that used `functools.wraps`: its name and its signature count."""
    inner = (function.attributes or {}).get("__wrapped__")
    return unwrapped(inner) if isinstance(inner, Function) and inner is not function else function


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
            options = Reader("step", context).read(keywords)
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
            return StepDefinition(self.framework, Subject(target), self.options, span, self.name)
        if isinstance(target, NativeObject) and hasattr(target, "path"):
            return StepDefinition(self.framework, Subject(path=target.path), self.options, context.span, self.name)
        if isinstance(target, Unknown):
            return target
        path = getattr(target, "path", None)
        if isinstance(path, str) and not isinstance(target, (Class, Instance)):
            return StepDefinition(self.framework, Subject(path=path), self.options, context.span, self.name)
        raise context.raise_(TypeError("`step` takes a function"))

    def get_attribute(self, name: str, context: Context) -> Value:
        return context.unknown(f"`step.{name}` is not modelled")


class BaseStep(NativeObject):
    """The base class of class-based steps."""

    type_name = "class"
    path = "zenml.steps.BaseStep"

    def __init__(self, framework: Framework) -> None:
        self.framework = framework

    def subclass(self, class_: Class, context: Context) -> Value:
        return StepClass(self.framework, class_)

    def get_attribute(self, name: str, context: Context) -> Value:
        return context.unknown(f"`BaseStep.{name}` is not modelled")


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
        options = Reader("step", context).read(known) if known else EMPTY
        defined = span
        if self.class_.node is not None and self.class_.module is not None:
            defined = context.evaluator.span(self.class_.node, self.class_.module)
        step = StepDefinition(self.framework, Subject(entry, self.class_), options, defined, name or self.class_.name)
        if bound or (arguments and not taken):
            step.bound = ([] if taken else arguments, bound)
        return step

    def subclass(self, class_: Class, context: Context) -> Value:
        return StepClass(self.framework, class_, self)

    def get_attribute(self, name: str, context: Context) -> Value:
        value = self.lookup(name)
        if value is not MISSING:
            return value
        return self.class_.name if name == "__name__" else context.unknown(f"`{self.class_.name}.{name}`")
