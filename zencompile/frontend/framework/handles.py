"""What a pipeline body holds instead of values: outputs, parameters, look-ups of earlier artifacts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from zencompile.frontend.framework.annotations import Annotation
from zencompile.frontend.framework.definitions import StepDefinition
from zencompile.frontend.framework.later import RunValue, expression, refuse, unpacked_count
from zencompile.frontend.framework.options import Options
from zencompile.frontend.framework.state import Recorder
from zencompile.frontend.values import MISSING, Context, Lazy, NativeFunction, NativeObject, Unknown, Value
from zencompile.ir import Group, ListValue, OutputRef
from zencompile.ir import Value as InputValue
from zencompile.source import Span

_DECIDE = "decide in a step, or write `@pipeline(dynamic=True)` and compare what `.load()` gives"
_MAP = "loop in a step, or map a step over it with `.map(…)`"
_COMPARE = "compare what `.load()` gives"
_DYNAMIC = ("load", "result", "artifacts", "wait", "chunk")
_IN_A_LOOP = "loop in a step, or write `@pipeline(dynamic=True)` and map a step over it with `.map(…)`"


@dataclass(eq=False)
class Recorded:
    """One invocation as it was recorded. `inputs` are values of the IR, `places` where each was written."""

    recording: Recorder
    id: str
    step: StepDefinition
    options: Options
    span: Span
    inputs: dict[str, InputValue] = field(default_factory=dict)
    places: dict[str, Span] = field(default_factory=dict)
    explicit: dict[str, Value] = field(default_factory=dict)  # parameters of the call, before they became literals
    after: list[tuple[str, Span]] = field(default_factory=list)
    outputs: dict[str, Output] = field(default_factory=dict)
    refused: bool = False  # an argument of the call was refused: what is missing may be what it was meant for
    mapped: set[str] = field(default_factory=set)  # inputs that a map gives, one element at a time
    nested: Group | None = None  # the innermost pipeline, called in this one, whose function made the call

    def split(self, count: int) -> list[Output]:
        """Of a step that is not read: its outputs, now that the program takes it apart into so many."""
        names = [f"output_{i}" for i in range(count)]
        if list(self.outputs) == ["output"]:
            self.outputs = {}
        for name in names:
            self.outputs.setdefault(name, OpaqueOutput(self, name))
        return [self.outputs[name] for name in names]


class Output(NativeObject):
    """The output `name` of an invocation: it can be passed on, and nothing else (in a dynamic pipeline: mapped,
    loaded).
    """

    type_name = "step output"
    __slots__ = ("item", "name", "recorded")

    def __init__(self, recorded: Recorded, name: str, item: int | None = None) -> None:
        self.recorded = recorded
        self.name = name
        self.item = item

    def reference(self, span: Span) -> OutputRef:
        """The output as an input of another step."""
        return OutputRef.model_construct(
            kind="output", invocation=self.recorded.id, output=self.name, item=self.item, span=span
        )

    def _refuse(self, what: str, context: Context, help: str = "") -> Unknown:
        step = self.recorded.step.name
        context.report.error(
            "ZC0210",
            f"{what} the output of step `{step}`, which is known only when the pipeline runs",
            context.span,
            helps=help or f"do it in a step that takes the output of `{step}`",
        )
        return context.unknown(f"it is computed from the output of step `{step}`", reported=True)

    def _doubt(self, what: str, answer: bool, context: Context) -> bool | Unknown:
        """The framework itself goes on here, as with any Python object; it is never what the program means."""
        recording = self.recorded.recording
        if recording.dynamic:
            return self._refuse(what, context, _COMPARE)
        step = self.recorded.step
        message = f"{what} the output of step `{step.name}`, which is known only when the pipeline runs"
        recording.framework.problem("ZC0210", message, context.span, helps=_DECIDE)
        return answer

    def truth(self, context: Context) -> bool | Unknown:
        return self._doubt("a condition on", True, context)

    def compare(self, operator: str, other: Value, context: Context) -> Any:
        if operator in ("==", "!="):
            return self._doubt("a comparison with", (self is other) is (operator == "=="), context)
        return self._refuse("a comparison with", context, _COMPARE if self.recorded.recording.dynamic else _DECIDE)

    def binary(self, operator: str, other: Value, reflected: bool, context: Context) -> Value:
        return self._refuse(f"`{operator}` on", context)

    def unary(self, operator: str, context: Context) -> Value:
        return self._refuse(f"`{operator}` on", context)

    def length(self, context: Context) -> int | Unknown:
        return self._refuse("`len` of", context)

    def contains(self, item: Value, context: Context) -> bool | Unknown:
        return self._refuse("`in` on", context)

    def text(self, context: Context) -> str | Unknown:
        return context.unknown(f"it is the text of the output of step `{self.recorded.step.name}`")

    def formatted(self, spec: str, context: Context) -> Any:
        if spec:  # the framework's own objects have no format of their own
            raise context.raise_(TypeError("unsupported format string passed to StepArtifact.__format__"))
        return MISSING

    def iterate(self, context: Context) -> Iterator[Value] | Unknown:
        step = self.recorded.step
        if unpacked_count(context.node) is None:
            return self._refuse("a loop over", context, _MAP if self.recorded.recording.dynamic else _IN_A_LOOP)
        context.report.error(
            "ZC0211",
            f"step `{step.name}` has one output, which can't be unpacked",
            context.span,
            helps="annotate the result as a tuple and return a tuple literal, for one output per element",
        )
        return context.unknown(f"it is an element of the output of step `{step.name}`", reported=True)

    def get_item(self, key: Value, context: Context) -> Value:
        if context.force(key) == 0 and not self.recorded.step.is_read:
            return self
        return self._refuse("an element of", context)

    def get_attribute(self, name: str, context: Context) -> Value:
        if name in ("output_name", "name"):
            return self.name
        if name == "invocation_id":
            return self.recorded.id
        if name == "outputs":  # of very old code: `step().outputs["x"]`
            return dict(self.recorded.outputs)
        if self.recorded.recording.dynamic:
            return self._of_dynamic(name, context)
        if name in self.recorded.outputs and len(self.recorded.outputs) > 1:
            return self.recorded.outputs[name]
        help = "write `@pipeline(dynamic=True)`, or use the value in a step" if name in _DYNAMIC else ""
        return self._refuse(f"`.{name}` of", context, help)

    def _of_dynamic(self, name: str, context: Context) -> Value:
        """An attribute in a dynamic pipeline."""
        if name == "load":
            return NativeFunction(name, lambda a, k, c: _loaded([self], c))
        if name in ("result", "artifacts"):
            return NativeFunction(name, lambda a, k, c: self)
        if name == "wait":
            return NativeFunction(name, lambda a, k, c: None)
        if name == "chunk":
            return NativeFunction(name, lambda a, k, c: self._chunk(a, k, c))
        return refuse(context, f"`.{name}` of an output", "use the output in a step")

    def _chunk(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        index = context.force(arguments[0] if arguments else keywords.get("index"))
        if isinstance(index, int) and not isinstance(index, bool):
            return Output(self.recorded, self.name, index)
        return refuse(context, "which element is meant", "give its number")

    def is_instance_of(self, class_: Value) -> bool | None:
        return None

    def __repr__(self) -> str:
        return f"Output({self.recorded.id}.{self.name})"


class OpaqueOutput(Output):
    """The output of a step whose signature is not read: it may be one or several, as the program takes it apart."""

    __slots__ = ()

    def iterate(self, context: Context) -> Iterator[Value] | Unknown:
        count = unpacked_count(context.node)
        if count is None:
            return super().iterate(context)
        return iter(self.recorded.split(count))

    def get_item(self, key: Value, context: Context) -> Value:
        index = context.force(key)
        if isinstance(index, int) and not isinstance(index, bool) and index >= 0:
            parts = self.recorded.split(max(index + 1, 2))
            return parts[index]
        if isinstance(index, str):
            return Output(self.recorded, index)
        return super().get_item(key, context)


class Future(NativeObject):
    """`step.submit(…)`, or (`mapped`) the results of a map: stands for the outputs."""

    type_name = "future"

    def __init__(self, recorded: Recorded, mapped: bool = False) -> None:
        self.recorded = recorded
        self.mapped = mapped

    @property
    def outputs(self) -> list[Output]:
        return list(self.recorded.outputs.values())

    @property
    def value(self) -> Value:
        outputs = self.outputs
        return outputs[0] if len(outputs) == 1 else tuple(outputs) or None

    def lower(self, span: Span) -> OutputRef | ListValue:
        """As an input of a step: the output (of a map: all of its values), or all outputs."""
        references = [output.reference(span) for output in self.outputs]
        if len(references) == 1:
            return references[0]
        return ListValue.model_construct(kind="list", items=tuple(references), is_tuple=False, span=span)

    def get_attribute(self, name: str, context: Context) -> Value:
        if name in ("result", "artifacts", "get_artifact"):
            return NativeFunction(name, lambda a, k, c: self._awaited(self.value, c))
        if name == "wait":
            return NativeFunction(name, lambda a, k, c: self._awaited(None, c))
        if name == "load":
            return NativeFunction(name, lambda a, k, c: self._loaded(c))
        if name == "unpack" and self.mapped:
            return NativeFunction(name, lambda a, k, c: self._awaited(tuple(self.outputs), c))
        return refuse(context, f"`.{name}` of a future", "use its result in a step")

    def _awaited(self, result: Value, context: Context) -> Value:
        """What a call gives that waits for the invocation: what the program does afterwards comes after it."""
        if context.evaluator.watch is not None:
            what = f"whether step `{self.recorded.step.name}` fails, which a `try` or `with` around this asks for,"
            return refuse(context, what, "catch what goes wrong in a step")
        self.recorded.recording.awaited(self.recorded)
        return result

    def _loaded(self, context: Context) -> Value:
        if self.mapped and len(self.outputs) > 1:
            return refuse(context, "what several outputs of a map hold", "load each of what `.unpack()` gives")
        return self._awaited(_loaded(self.outputs, context, "list" if self.mapped else ""), context)

    def get_item(self, key: Value, context: Context) -> Value:
        index = context.force(key)
        if not isinstance(index, int):
            return refuse(context, "a part of the results", "take it in a step that gets all of them")
        if self.mapped:
            return refuse(context, "one of the results of a map", "take it in a step that gets all of them")
        return (
            self.outputs[index] if -len(self.outputs) <= index < len(self.outputs) else super().get_item(key, context)
        )

    def iterate(self, context: Context) -> Iterator[Value] | Unknown:
        if not self.mapped or unpacked_count(context.node) == len(self.outputs) > 1:
            return iter(self.outputs)
        return refuse(context, "the number of results of a map", "map a step over the results with `.map(…)`")

    def length(self, context: Context) -> int | Unknown:
        if not self.mapped:
            return len(self.outputs)
        return refuse(context, "the number of results of a map", "count them in a step")


def _loaded(outputs: list[Output], context: Context, type: str = "") -> Value:
    """`.load()`: a value of the run; None of a step without outputs."""
    if len(outputs) != 1:
        return tuple(_loaded([output], context) for output in outputs) or None
    (output,) = outputs
    context.evaluator.run_values = True
    declared = {one.name: one.type.name for one in output.recorded.step.shape.outputs}
    kind = type or (declared.get(output.name, "any") if output.item is None else "any")
    return RunValue(output.recorded.recording, output.reference(context.span), expression(context), kind)


class Unmapped(NativeObject):
    """`unmapped(x)`: given whole to every invocation of a map."""

    type_name = "unmapped value"

    def __init__(self, value: Value) -> None:
        self.value = value


def unmapped(arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
    """The function of that name."""
    return Unmapped(arguments[0] if arguments else keywords.get("value"))


class PipelineParameter(Lazy):
    """A parameter of the pipeline that is being evaluated. Forcing it binds it at compile time.

    What another run of the program finds of it afterwards, in shared objects, is the value that it had.
    """

    __slots__ = (
        *("annotation", "before", "default", "ended", "forced", "is_converted", "name", "reason", "reason_span"),
        *("span", "value"),
    )

    def __init__(self, name: str, annotation: Annotation, default: Value, value: Value, span: Span) -> None:
        self.name = name
        self.annotation = annotation
        self.default = default  # what the signature says, MISSING if nothing
        self.value = value  # what this compilation gives, else the default; MISSING if there is neither
        self.span = span
        self.forced = False
        self.before: Value = value  # as it was until something was done with it, which may have changed it
        self.ended = False  # whether its run is evaluated and lowered
        self.reason = ""
        self.reason_span: Span | None = None
        self.is_converted = False  # whether the body gets what the annotation's class makes of it, which isn't modelled

    def force(self, context: Context) -> Value:
        if self.is_converted:
            written = self.annotation.type.text or self.annotation.type.name
            return context.unknown(f"what `{written}` makes of the value of `{self.name}`")
        if not self.forced and not self.ended:
            self.forced = True
            self.before = _copied(self.value)
            self.reason = expression(context)
            self.reason_span = context.span
        if self.value is MISSING:
            return self.missing(context.span)
        return self.value

    def missing(self, span: Span) -> Unknown:
        """What stands for the value if there is none."""
        return Unknown(span, f"the pipeline's parameter `{self.name}` has no value (--param {self.name}=…)")

    def peek(self) -> Value:
        return self.value

    @property
    def always(self) -> type | None:
        kind = _CERTAIN.get(self.annotation.type.name)
        return kind if self.value is MISSING or type(self.value) is kind else None  # a default is taken as it is

    def __repr__(self) -> str:
        return f"PipelineParameter({self.name})"


_CERTAIN: dict[str, type] = {"str": str, "int": int, "bool": bool}
"""Annotations of which each value that a run is given has that class."""


def _copied(value: Value) -> Value:
    """A copy of plain data, all the way down."""
    if type(value) is dict:
        return {key: _copied(item) for key, item in value.items()}
    if type(value) in (list, tuple, set):
        return type(value)(map(_copied, value))
    return value


_CHANGING = (
    "activate_", "attach_", "create_", "delete_", "deregister_", "detach_", "prune_", "register_", "restore_",
    "rotate_", "set_", "update_",
)  # fmt: skip
"""What the names of the client's methods begin with that don't only look something up."""


class LookupHandle(NativeObject):
    """Something that is looked up when a step starts: `Client().get_artifact_version("x").run_metadata["k"]`, link by
    link.
    """

    type_name = "look-up"
    __slots__ = ("chain", "source", "span", "written")

    def __init__(self, source: str, chain: tuple[dict[str, Value], ...], written: str, span: Span) -> None:
        self.source = source  # "client" or "model"
        self.chain = chain
        self.written = written
        self.span = span

    def _link(self, link: dict[str, Value], written: str, context: Context) -> LookupHandle:
        return LookupHandle(self.source, (*self.chain, link), self.written + written, context.span)

    def get_attribute(self, name: str, context: Context) -> Value:
        if name.startswith("__") and name.endswith("__"):
            raise context.raise_(AttributeError(name))
        return self._link({"attribute": name}, f".{name}", context)

    def set_attribute(self, name: str, value: Value, context: Context) -> None:
        """An effect on a server: none when compiling."""

    def call(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        shown = [_shown(a) for a in arguments] + [f"{k}={_shown(v)}" for k, v in keywords.items()]
        written = f"({', '.join(shown)})"
        last = self.chain[-1] if self.chain else {}
        if (
            "attribute" in last and self.source == "client" and len(self.chain) == 1
        ):  # a method of the client by its name
            if str(last["attribute"]).startswith(_CHANGING):
                context.acts(f"`{self.written}()` changes something on the server")
            named = LookupHandle(self.source, ({"name": last["attribute"]},), self.written, self.span)
            return named._link({"call": [list(arguments), dict(keywords)]}, written, context)
        return self._link({"call": [list(arguments), dict(keywords)]}, written, context)

    def get_item(self, key: Value, context: Context) -> Value:
        return self._link({"item": key}, f"[{_shown(key)}]", context)

    def set_item(self, key: Value, value: Value, context: Context) -> None:
        """An effect on a server: none when compiling."""

    def _unknown(self, context: Context) -> Unknown:
        return context.unknown(f"`{self.written}` is looked up when the pipeline runs")

    def iterate(self, context: Context) -> Iterator[Value] | Unknown:
        return self._unknown(context)

    def length(self, context: Context) -> int | Unknown:
        return self._unknown(context)

    def truth(self, context: Context) -> bool | Unknown:
        if not self.chain or self._is_taken_to_be_there(context):
            return True
        return self._unknown(context)

    def is_same(self, other: Value, context: Context) -> Any:
        if other is self:
            return True
        return False if self._is_lazy or self._is_taken_to_be_there(context) else self._unknown(context)

    @property
    def _is_of_stack(self) -> bool:
        return bool(self.chain) and self.chain[0].get("attribute") == "active_stack"

    def _is_taken_to_be_there(self, context: Context) -> bool:
        """Whether it is a component of the stack: one that a program asks for is taken to be there, which is told."""
        if self._is_of_stack:
            context.report.note(
                "ZC0271",
                f"`{self.written}` is taken to be there",
                context.span,
                label="decides something here",
                notes="a compiled pipeline has no stack; a program that asks for a component is taken to have it",
            )
        return self._is_of_stack

    @property
    def _is_lazy(self) -> bool:
        """Whether it stands for itself when compiling, in the framework as well: never None."""
        if not self.chain or self.source == "model":
            return True
        return len(self.chain) == 2 and self.chain[0].get("name") in ("get_artifact_version", "get_model_version")

    def contains(self, item: Value, context: Context) -> bool | Unknown:
        return self._unknown(context)

    def compare(self, operator: str, other: Value, context: Context) -> Any:
        return self._unknown(context)

    def binary(self, operator: str, other: Value, reflected: bool, context: Context) -> Value:
        return self._unknown(context)

    def text(self, context: Context) -> str | Unknown:
        return self._unknown(context)

    def is_instance_of(self, class_: Value) -> bool | None:
        return True if self._is_of_stack else None


def _shown(value: Value) -> str:
    if isinstance(value, PipelineParameter):
        return value.name
    if isinstance(value, LookupHandle):
        return value.written
    if isinstance(value, Output):
        return f"<{value.recorded.id}.{value.name}>"
    return repr(value) if isinstance(value, (str, int, float, bool, type(None))) else type(value).__name__.lower()
