"""The invariants of the IR, checked by a walk of our own: pydantic does not validate what `model_copy` changes.

Runs after the front end and after every pass. A violation is a mistake of whoever made the IR (ZC0401), except a cycle,
which is the user's (ZC0402).
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from zencompile.diagnostics import Diagnostic, Label
from zencompile.ir import manifests
from zencompile.ir.literals import is_text
from zencompile.ir.model import Condition, Control, Invocation, Map, Pipeline, Problem, Source, Step
from zencompile.ir.order import cycle, layers, upstream
from zencompile.ir.values import (
    OPERATORS,
    Expression,
    External,
    ListValue,
    Literal,
    Lookup,
    Merge,
    Moment,
    OutputRef,
    ParameterRef,
    Value,
    leaves,
)
from zencompile.ir.values import Mapping as MappingValue
from zencompile.source import Span

_SHA256 = re.compile(r"[0-9a-f]{64}")
_TAG_NAMES = """
tuple set frozenset dict bytes datetime date time timedelta uuid decimal path project enum model symbol expression
unknown
"""
_TAGS = frozenset(_TAG_NAMES.split())


def verify(pipeline: Pipeline) -> list[Diagnostic]:
    """Everything that is wrong with `pipeline`; empty if it is sound."""
    return list(_Verifier(pipeline).problems())


def _manifest(owner: str, files: Mapping[str, str]) -> Iterator[Diagnostic]:
    for path, entry in files.items():
        if path.startswith("/") or ".." in path.split("/") or not manifests.is_entry(entry):
            yield _invalid(f"the code manifest of {owner} holds {path!r}: {entry!r}")


def _invalid(message: str, span: Span | None = None) -> Diagnostic:
    return Diagnostic(
        "ZC0401", f"invalid IR: {message}", span, helps=("this is a bug of the front end or of the pass before",)
    )


def known_problems(pipeline: Pipeline) -> Iterator[Diagnostic]:
    """What the front end found wrong, though the DAG is known."""
    yield from map(_told, pipeline.problems)


def clashes(pipeline: Pipeline, flavours: Collection[str]) -> Iterator[Diagnostic]:
    """Keys of settings that exclude each other for a target that is an orchestrator of these flavours."""
    for clash in pipeline.clashes:
        if clash.flavour in ("orchestrator", *flavours):
            yield _told(clash.problem)


def _told(found: Problem) -> Diagnostic:
    labels = tuple(Label(*label) for label in found.labels)
    return Diagnostic(
        found.code, found.message, found.span, found.label, notes=found.notes, helps=found.helps, labels=labels
    )


class _Verifier:
    def __init__(self, pipeline: Pipeline) -> None:
        self.pipeline = pipeline
        self.invocations = {i.id: i for i in pipeline.invocations}
        self.controls = {c.id: c for c in pipeline.controls}
        self.parameters = {p.name: p for p in pipeline.parameters}
        self.outputs = {key: frozenset(o.name for o in step.outputs) for key, step in pipeline.steps.items()}

    def problems(self) -> Iterator[Diagnostic]:
        yield from known_problems(self.pipeline)
        yield from self._unique()
        for parameter in self.pipeline.parameters:
            for literal in (parameter.default, parameter.value):
                if literal is not None:
                    yield from self._literal(literal.value, f"parameter `{parameter.name}`", parameter.span)
            if parameter.bound == "compile" and parameter.value is None:
                yield _invalid(f"parameter `{parameter.name}` is bound at compile time without a value", parameter.span)
        for key, step in self.pipeline.steps.items():
            yield from self._step(key, step)
        for invocation in self.pipeline.invocations:
            yield from self._invocation(invocation)
        for control in self.pipeline.controls:
            yield from self._control(control)
        for output in self.pipeline.outputs:
            yield from self._value(output, "an output of the pipeline", output.span)
        for index, moment in enumerate(self.pipeline.moments):
            yield from self._moment(index, moment)
        yield from self._images()
        yield from self._roots()
        yield from self._order()

    def _unique(self) -> Iterator[Diagnostic]:
        seen: set[str] = set()
        nodes: Iterable[Invocation | Control] = (*self.pipeline.invocations, *self.pipeline.controls)
        for node in nodes:
            if node.id in seen:
                yield _invalid(f"the id `{node.id}` is given twice", node.span)
            seen.add(node.id)
        names = [p.name for p in self.pipeline.parameters]
        for name in sorted({n for n in names if names.count(n) > 1}):
            yield _invalid(f"the parameter `{name}` is given twice", self.parameters[name].span)
        held: set[str] = set()
        for control in self.pipeline.controls:
            for member in _members(control):
                if member in held:
                    yield _invalid(f"`{member}` stands in two controls", control.span)
                held.add(member)

    def _step(self, key: str, step: Step) -> Iterator[Diagnostic]:
        for what, names in (("input", [i.name for i in step.inputs]), ("output", [o.name for o in step.outputs])):
            if len(set(names)) < len(names):
                yield _invalid(f"step `{key}` has two {what}s of one name", step.span)
        if step.entrypoint.count(":") != 1:
            yield _invalid(f"the entrypoint of step `{key}` is no module:function: {step.entrypoint!r}", step.span)
        if step.code and not _SHA256.fullmatch(step.code):
            yield _invalid(f"the code digest of step `{key}` is no SHA-256", step.span)
        for output in step.outputs:
            if output.metadata:
                yield from self._literal(output.metadata, f"the metadata of output `{output.name}`", output.span)

    def _invocation(self, invocation: Invocation) -> Iterator[Diagnostic]:
        where = f"invocation `{invocation.id}`"
        pipeline = self.pipeline
        if invocation.step not in pipeline.steps:
            yield _invalid(f"{where} calls the unknown step `{invocation.step}`", invocation.span)
        if invocation.environment is not None and invocation.environment not in pipeline.environments:
            yield _invalid(f"{where} names the unknown environment `{invocation.environment}`", invocation.span)
        if invocation.image is not None and invocation.image not in pipeline.images:
            yield _invalid(f"{where} names the unknown image `{invocation.image}`", invocation.span)
        for name, value in invocation.inputs.items():
            if value.__class__ is not OutputRef or not self._holds(value):
                place = getattr(value, "span", None) or invocation.span
                yield from self._value(value, f"input `{name}` of {where}", place)
        for name in invocation.after:
            if name not in self.invocations:
                yield _invalid(f"{where} comes after the unknown invocation `{name}`", invocation.span)
        for output in invocation.materializers:
            if output not in self.outputs.get(invocation.step, ()):
                yield _invalid(f"{where} has a materializer for the unknown output `{output}`", invocation.span)
        for name, held in (("extra", invocation.extra), ("settings", invocation.settings), ("model", invocation.model)):
            problem = _not_plain(held) if held else ""
            if problem:
                yield _invalid(f"`{name}` of {where} is no plain JSON: {problem}", invocation.span)

    def _value(self, value: Value, where: str, span: Span | None) -> Iterator[Diagnostic]:
        if isinstance(value, (Literal, External)):
            yield from self._literal(value.value, where, span)
        elif isinstance(value, OutputRef):
            yield from self._reference(value.invocation, value.output, where, span)
        elif isinstance(value, ParameterRef):
            yield from self._parameter(value.name, where, span)
        elif isinstance(value, ListValue):
            for item in value.items:
                yield from self._value(item, where, span)
        elif isinstance(value, MappingValue):
            for item in value.items.values():
                yield from self._value(item, where, span)
        elif isinstance(value, Expression):
            yield from self._expression(value, where, span)
        elif isinstance(value, Merge):
            if not isinstance(self.controls.get(value.condition), Condition):
                yield _invalid(f"{where} merges what the unknown condition `{value.condition}` leaves", span)
            for side in value.sides:
                yield from self._value(side, where, span)
        elif isinstance(value, Moment):
            if not 0 <= value.index < len(self.pipeline.moments):
                yield _invalid(f"{where} refers to a moment that the pipeline doesn't have", span)
        elif not isinstance(value, Lookup):
            yield _invalid(f"{where} is a {type(value).__name__}, not a value", span)

    def _expression(self, value: Expression, where: str, span: Span | None) -> Iterator[Diagnostic]:
        if value.operator not in OPERATORS:
            yield _invalid(f"{where} has the unknown operator {value.operator!r}", span)
        if len(value.keywords) > len(value.operands):
            yield _invalid(f"{where} names more operands than it has", span)
        for operand in value.operands:
            yield from self._value(operand, where, span)

    def _moment(self, index: int, moment: Source) -> Iterator[Diagnostic]:
        yield from self._value(moment.value, f"moment {index}", moment.span)
        for leaf in leaves(moment.value):
            if not isinstance(leaf, Literal) and not (isinstance(leaf, Moment) and leaf.index < index):
                yield _invalid(f"moment {index} is made of a {leaf.kind}", moment.span)

    def _reference(self, invocation: str, output: str, where: str, span: Span | None) -> Iterator[Diagnostic]:
        target = self.invocations.get(invocation)
        if target is None:
            yield _invalid(f"{where} refers to the unknown invocation `{invocation}`", span)
        elif output not in self.outputs.get(target.step, (output,)):
            yield _invalid(f"{where} refers to the unknown output `{output}` of `{invocation}`", span)

    def _holds(self, value: OutputRef) -> bool:
        target = self.invocations.get(value.invocation)
        return target is not None and value.output in self.outputs.get(target.step, ())

    def _parameter(self, name: str, where: str, span: Span | None) -> Iterator[Diagnostic]:
        parameter = self.parameters.get(name)
        if parameter is None:
            yield _invalid(f"{where} refers to the unknown parameter `{name}`", span)
        elif parameter.bound != "runtime":
            yield _invalid(f"{where} refers to the parameter `{name}`, which is bound at compile time", span)

    def _control(self, control: Control) -> Iterator[Diagnostic]:
        where = f"control `{control.id}`"
        for member in _members(control):
            if member not in self.invocations and member not in self.controls:
                yield _invalid(f"{where} holds the unknown `{member}`", control.span)
            if member == control.id:
                yield _invalid(f"{where} holds itself", control.span)
        if isinstance(control, Map):
            for name, value in control.over.items():
                yield from self._value(value, f"`{name}` of {where}", control.span)
            yield from self._mapped(control)
        else:
            yield from self._value(control.test, f"the test of {where}", control.span)

    def _mapped(self, control: Map) -> Iterator[Diagnostic]:
        if not control.over:
            yield _invalid(f"control `{control.id}` maps over nothing", control.span)
        first = self.invocations.get(control.body[0]) if control.body else None
        step = self.pipeline.steps.get(first.step) if first else None
        if step is not None:
            for name in control.over.keys() - {i.name for i in step.inputs}:
                yield _invalid(f"control `{control.id}` maps the unknown input `{name}`", control.span)

    def _images(self) -> Iterator[Diagnostic]:
        for key, image in self.pipeline.images.items():
            if image.key != key:
                yield _invalid(f"the image `{key}` calls itself `{image.key}`")
            if image.environment not in self.pipeline.environments:
                yield _invalid(f"the image `{key}` is made of the unknown environment `{image.environment}`")
            yield from _manifest(f"`{key}`", image.files)
            yield from _manifest(f"the build context of `{key}`", image.context_files)
        yield from _manifest("the pipeline", self.pipeline.files)
        for path, digest in self.pipeline.files.items():
            if manifests.digest(digest) != digest:
                yield _invalid(f"the code manifest of the pipeline holds more than content at {path!r}: {digest!r}")

    def _roots(self) -> Iterator[Diagnostic]:
        for path in (*self.pipeline.roots, *self.pipeline.package_roots):
            if path.startswith("/") or ".." in path.split("/"):
                yield _invalid(f"the root of imports {path!r} lies outside of the project")

    def _order(self) -> Iterator[Diagnostic]:
        graph = upstream(self.pipeline.invocations, self.pipeline.controls)
        found = cycle(graph)
        if found:
            yield self._cycle(found)
            return
        wanted = [name for layer in layers(graph) for name in layer]
        if list(graph) != wanted and len(graph) == len(self.pipeline.invocations):
            wrong = next(name for name, other in zip(graph, wanted, strict=True) if name != other)
            yield _invalid(
                f"invocation `{wrong}` is out of order: layers, each sorted by id", self.invocations[wrong].span
            )

    def _cycle(self, found: tuple[str, ...]) -> Diagnostic:
        shown = " → ".join(f"`{name}`" for name in (*reversed(found), found[-1]))
        first = self.invocations[found[0]]
        labels = [
            Label(span, f"`{name}` waits for `{above}`")
            for name, above in zip(found, (*found[1:], found[0]), strict=True)
            if (span := self.invocations[name].span) is not None
        ]
        return Diagnostic(
            "ZC0402",
            f"steps wait for each other: {shown}" if len(found) > 1 else f"`{found[0]}` waits for itself",
            first.span,
            label=f"waits for `{found[1 % len(found)]}`",
            helps=("remove one of the `after=` or inputs that close the circle",),
            labels=tuple(labels[1:]),
        )

    def _literal(self, value: Any, where: str, span: Span | None) -> Iterator[Diagnostic]:
        problem = _not_canonical(value)
        if problem:
            yield _invalid(f"{where} is no canonical literal: {problem}", span)


def _members(control: Control) -> tuple[str, ...]:
    return control.then + control.otherwise if isinstance(control, Condition) else control.body


def _not_canonical(value: Any) -> str:
    """Why `value` is not the canonical JSON of `literals`; empty if it is."""
    return _not_json(value, tagged=True)


def _not_plain(value: Any) -> str:
    """Why `value` is no plain JSON, in which `$` is a key like others; empty if it is."""
    return _not_json(value, tagged=False)


def _not_json(value: Any, tagged: bool) -> str:
    if value is None or value is True or value is False or type(value) is int:
        return ""
    if type(value) is str:
        return "" if is_text(value) else "a lone surrogate"
    if type(value) is float:
        return "" if math.isfinite(value) else f"{value} has no JSON form"
    if type(value) is list:
        return next(filter(None, (_not_json(item, tagged) for item in value)), "")
    if type(value) is not dict:
        return f"a {type(value).__name__} is no JSON"
    if any(type(key) is not str for key in value):
        return "a key is no string"
    tag = value.get("$")
    if tagged and "$" in value and (not isinstance(tag, str) or tag not in _TAGS):
        return f"unknown type tag {tag!r}"
    return next(filter(None, (_not_json(item, tagged) for item in value.values())), "")
