"""What a pipeline body holds instead of values: outputs, parameters, look-ups of earlier artifacts."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from zencompile.frontend.values import MISSING, Context, Lazy, NativeObject, Unknown, Value
from zencompile.ir import Type
from zencompile.source import Span

if TYPE_CHECKING:
    from zencompile.frontend.framework.coerce import Annotation
    from zencompile.frontend.framework.recorder import Recorded, Recording


_DECIDE = "decide in a step, or write `@pipeline(dynamic=True)` and compare what `.load()` gives"
_DYNAMIC = ("load", "result", "artifacts", "wait", "chunk")
_IN_A_LOOP = "loop in a step, or write `@pipeline(dynamic=True)` and map a step over it with `.map(…)`"


def expression(context: Context, limit: int = 60) -> str:
    """The source text of the expression at a context, shortened."""
    node: ast.AST = context.node
    if isinstance(node, (ast.If, ast.While)):
        node = node.test
    elif isinstance(node, (ast.For, ast.AsyncFor)):
        node = node.iter
    elif isinstance(node, (ast.Assign, ast.AugAssign, ast.Return, ast.Expr)) and node.value is not None:
        node = node.value
    try:
        text = " ".join(ast.unparse(node).split())
    except (RecursionError, AttributeError):
        return ""
    return text if len(text) <= limit else text[: limit - 3] + "..."


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

    @property
    def recording(self) -> Recording:
        return self.recorded.recording

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
        if self.recording.dynamic:
            return self._refuse(what, context, _DECIDE)
        step = self.recorded.step
        message = f"{what} the output of step `{step.name}`, which is known only when the pipeline runs"
        step.framework.problem("ZC0210", message, context.span, helps=_DECIDE)
        return answer

    def truth(self, context: Context) -> bool | Unknown:
        return self._doubt("a condition on", True, context)

    def compare(self, operator: str, other: Value, context: Context) -> Any:
        if operator in ("==", "!="):
            return self._doubt("a comparison with", (self is other) is (operator == "=="), context)
        return self._refuse("a comparison with", context, _DECIDE)

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

    def iterate(self, context: Context) -> Iterator[Value] | Unknown:
        step = self.recorded.step
        if unpacked_count(context.node) is None:
            return self._refuse("a loop over", context, _IN_A_LOOP)
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
        if self.recording.dynamic:
            from zencompile.frontend.framework import dynamic

            return dynamic.attribute(self, name, context)
        if name in self.recorded.outputs and len(self.recorded.outputs) > 1:
            return self.recorded.outputs[name]
        help = "write `@pipeline(dynamic=True)`, or use the value in a step" if name in _DYNAMIC else ""
        return self._refuse(f"`.{name}` of", context, help)

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


def unpacked_count(node: ast.AST) -> int | None:
    """How many targets an assignment unpacks into; None if that can't be told."""
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, (ast.Tuple, ast.List)):
        targets = [node]
    for target in targets:
        if isinstance(target, (ast.Tuple, ast.List)) and not any(isinstance(e, ast.Starred) for e in target.elts):
            return len(target.elts)
    return None


class PipelineParameter(Lazy):
    """A parameter of the pipeline that is being evaluated. Forcing it binds it at compile time.

    What another run of the program finds of it afterwards, in shared objects, is the value that it had.
    """

    __slots__ = ("annotation", "before", "default", "ended", "forced", "name", "reason", "reason_span", "span", "value")

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

    def force(self, context: Context) -> Value:
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

    def __repr__(self) -> str:
        return f"PipelineParameter({self.name})"


def _copied(value: Value) -> Value:
    """A copy of plain data, all the way down."""
    if type(value) is dict:
        return {key: _copied(item) for key, item in value.items()}
    if type(value) in (list, tuple, set):
        return type(value)(map(_copied, value))
    return value


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
        if self.chain and self.chain[0].get("attribute") == "active_stack":
            return True  # a component that a program asks for is taken to be there
        return True if not self.chain else self._unknown(context)

    def contains(self, item: Value, context: Context) -> bool | Unknown:
        return self._unknown(context)

    def compare(self, operator: str, other: Value, context: Context) -> Any:
        return self._unknown(context)

    def binary(self, operator: str, other: Value, reflected: bool, context: Context) -> Value:
        return self._unknown(context)

    def text(self, context: Context) -> str | Unknown:
        return self._unknown(context)

    def is_instance_of(self, class_: Value) -> bool | None:
        return True if self.chain and self.chain[0].get("attribute") == "active_stack" else None


def _shown(value: Value) -> str:
    if isinstance(value, PipelineParameter):
        return value.name
    if isinstance(value, LookupHandle):
        return value.written
    if isinstance(value, Output):
        return f"<{value.recorded.id}.{value.name}>"
    return repr(value) if isinstance(value, (str, int, float, bool, type(None))) else type(value).__name__.lower()


def unknown_type() -> Type:
    """The type of what can't be known."""
    return Type(name="any")
