"""A pipeline as text for people: goldens (`ir.txt`), `--print-after`, bug reports.

It holds what the IR says, but columns of spans, the tails of digests and the names in an image's code manifest.
Defaults are left out, and each thing has a line of its own, so that a diff shows what changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import BaseModel

from zencompile.ir.environments import Environment, EnvironmentReference, Image, SecretReference, Text, Variable
from zencompile.ir.expressions import source
from zencompile.ir.literals import canonical
from zencompile.ir.model import (
    Condition,
    Control,
    Hooks,
    Invocation,
    Output,
    Parameter,
    Pipeline,
    Source,
    Step,
    Type,
)
from zencompile.ir.schema import as_json
from zencompile.ir.values import (
    Expression,
    External,
    ListValue,
    Literal,
    Lookup,
    Mapping,
    Merge,
    Moment,
    OutputRef,
    ParameterRef,
    Value,
)
from zencompile.source import Span

_DIGEST = 16  # characters of a digest that are shown


def dump(pipeline: Pipeline) -> str:
    """The readable form of `pipeline`. There is no way back; `schema.to_json` has one."""
    blocks = [
        _block(f"pipeline {pipeline.namespace}/{pipeline.name}{_at(pipeline.span)}", _pipeline(pipeline)),
        *(_block(f"parameter {p.name}{_at(p.span)}", _parameter(p)) for p in pipeline.parameters),
        *(_block(f"step {key}{_at(step.span)}", _step(key, step)) for key, step in pipeline.steps.items()),
        *(_block(_call(i), _invocation(i)) for i in pipeline.invocations),
        *(_block(f"{c.kind} {c.id}{_at(c.span)}", _control(c)) for c in pipeline.controls),
        *(_block(f"moment {n}{_at(m.span)}", _moment(m)) for n, m in enumerate(pipeline.moments)),
        *(_block(f"environment {key}", _environment(env)) for key, env in pipeline.environments.items()),
        *(_block(f"image {key}", _image(image)) for key, image in pipeline.images.items()),
    ]
    return "\n".join(blocks)


def _block(head: str, lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in (head, *(f"  {line}" for line in lines)))


def _at(span: Span | None) -> str:
    return f"  # {span.file}:{span.line}" if span else ""


def _rest(node: BaseModel, *shown: str) -> Iterator[str]:
    """The fields of `node` that no other line shows, where they differ from the default."""
    for name, field in type(node).model_fields.items():
        value = getattr(node, name)
        if name in shown or name in ("span", "kind") or value == field.get_default(call_default_factory=True):
            continue
        yield from _lines(name.replace("_", " "), value)


def _lines(name: str, value: Any) -> Iterator[str]:
    """A field, with the entries of a dictionary on lines of their own."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield f"{name} {key}: {_text(item)}"
    elif isinstance(value, Hooks):
        yield from _rest(value)
    elif isinstance(value, tuple) and value and all(isinstance(item, str) for item in value):
        yield f"{name}: {', '.join(map(_word, value))}"
    else:
        yield f"{name}: {_text(value)}"


def _text(value: Any) -> str:
    if isinstance(value, Span):
        return f"{value.file}:{value.line}"
    if isinstance(value, BaseModel):
        named = ", ".join(_inline(value))
        return f"({named})"
    return _word(value) if isinstance(value, str) else canonical(as_json(value))


def _inline(node: BaseModel) -> Iterator[str]:
    for name, field in type(node).model_fields.items():
        held = getattr(node, name)
        if name != "kind" and held != field.get_default(call_default_factory=True):
            yield f"{name}={_text(held)}"


def _word(text: str) -> str:
    """Text as it is if it can't be mistaken for anything else, else in quotes."""
    plain = text.isprintable() and text == text.strip() and text and text[0] not in '"[{(' and ", " not in text
    return text if plain else canonical(text)


# -- values and types --------------------------------------------------------------------------------------------------


def show_value(value: Value) -> str:
    """A value as it reads best: `[load.train, $gamma, 0.5]`."""
    if isinstance(value, Literal):
        return canonical(value.value)
    if isinstance(value, ParameterRef):
        return f"${value.name}"
    if isinstance(value, OutputRef):
        return _output_ref(value)
    if isinstance(value, ListValue):
        shown = ", ".join(map(show_value, value.items))
        return f"({shown})" if value.is_tuple else f"[{shown}]"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{canonical(k)}: {show_value(v)}" for k, v in value.items.items()) + "}"
    if isinstance(value, External):
        by = f", by {value.materializer}" if value.materializer else ""
        return f"external({canonical(value.value)}{by})"
    if isinstance(value, Lookup):
        return f"lookup({value.source}: {value.text} = {canonical(as_json(value.chain))})"
    if isinstance(value, Merge):
        return f"({show_value(value.then)} by {value.condition}, else {show_value(value.otherwise)})"
    if isinstance(value, (Expression, Moment)):
        return source(value)
    raise TypeError(type(value).__name__)


def _output_ref(value: OutputRef) -> str:
    item = f"[{value.item}]" if value.item is not None else ""
    return f"{value.invocation}.{value.output}{item}"


def show_type(type_: Type) -> str:
    """A type by its meaning: `union[int, none]`."""
    inner = [show_type(argument) for argument in type_.arguments] + [canonical(v) for v in type_.values]
    known = " ".join(filter(None, (type_.what, type_.base)))
    what = f"<{known}>" if known else ""
    written = f" `{type_.text}`" if type_.text and type_.text != type_.name else ""
    limits = "".join(f" {name}={canonical(bound)}" for name, bound in type_.limits.items())
    return f"{type_.name}{what}{'[' + ', '.join(inner) + ']' if inner else ''}{limits}{written}"


def _variables(what: str, variables: dict[str, Variable]) -> Iterator[str]:
    for name, variable in variables.items():
        if isinstance(variable, Text):
            yield f"{what} {name} = {canonical(variable.value)}"
        elif isinstance(variable, EnvironmentReference):
            default = f", else {canonical(variable.default)}" if variable.default is not None else ""
            yield f"{what} {name} = environment({variable.name}{default})"
        elif isinstance(variable, SecretReference):
            yield f"{what} {name} = secret({variable.name}, {variable.key})"


# -- the nodes ---------------------------------------------------------------------------------------------------------


def _pipeline(pipeline: Pipeline) -> Iterator[str]:
    yield f"function: {pipeline.function} = {pipeline.entrypoint} in {pipeline.source}"
    for output in pipeline.outputs:
        yield f"output: {_output_ref(output)}"
    if pipeline.roots != (".",) or pipeline.package_roots:
        yield f"imports from: {', '.join((*pipeline.roots, *pipeline.package_roots))}"
    for path, digest in pipeline.files.items():
        yield f"file {path}: {digest[:_DIGEST]}"
    for ignored in pipeline.ignored:
        yield f"ignored: {ignored.what}: {ignored.reason}{_at(ignored.span)}"
    yield from _rest(
        pipeline,
        *("schema_version", "name", "namespace", "function", "entrypoint", "source", "outputs", "files", "ignored"),
        *("parameters", "steps", "invocations", "controls", "moments", "environments", "images"),
        *("roots", "package_roots", "spans"),
    )
    yield from _set(pipeline.spans)


def _parameter(parameter: Parameter) -> Iterator[str]:
    yield f"type: {show_type(parameter.type)}"
    if parameter.default is not None:
        yield f"default: {canonical(parameter.default.value)}"
    if parameter.bound == "compile":
        value = canonical(parameter.value.value) if parameter.value else "nothing"
        reason = f" by {parameter.reason}" if parameter.reason else ""
        yield f"bound at compile time: {value}{reason}{_at(parameter.reason_span)}"
    elif parameter.value is not None:
        yield f"value: {canonical(parameter.value.value)}"
    yield from _rest(parameter, "name", "type", "default", "bound", "value", *_reasons(parameter))


def _reasons(parameter: Parameter) -> tuple[str, ...]:
    return ("reason", "reason_span") if parameter.bound == "compile" else ()


def _step(key: str, step: Step) -> Iterator[str]:
    name = "" if key == step.name else f" ({step.name})"
    yield f"entrypoint: {step.entrypoint}{name}"
    for argument in step.inputs:
        default = f" = {argument.default}" if argument.default is not None else ""
        yield f"input {argument.name}: {show_type(argument.type)}{default}"
    for output in step.outputs:
        yield from _output(output)
    if step.code:
        yield f"code: {step.code[:_DIGEST]}"
    for name in type(step.closure).model_fields:
        yield from _rest_of_closure(name, getattr(step.closure, name))
    yield from _rest(step, "name", "entrypoint", "inputs", "outputs", "code", "closure")


def _rest_of_closure(name: str, held: tuple[str, ...]) -> Iterator[str]:
    if held:
        yield from _lines(f"reaches {name}" if name != "widened" else name, held)


def _output(output: Output) -> Iterator[str]:
    yield f"output {output.name}: {show_type(output.type)}"
    for line in _rest(output, "name", "type"):
        yield f"  {line}"


def _call(invocation: Invocation) -> str:
    return f"{invocation.id} = {invocation.step}(){_at(invocation.span)}"


def _invocation(invocation: Invocation) -> Iterator[str]:
    for name, value in invocation.inputs.items():
        yield f"{name} = {show_value(value)}"
    yield from _variables("variable", invocation.variables)
    yield from _rest(invocation, "id", "step", "inputs", "variables", "spans")
    yield from _set(invocation.spans)


def _control(control: Control) -> Iterator[str]:
    if isinstance(control, Condition):
        yield f"test: {control.text or show_value(control.test)}"
        if control.text:
            yield f"means: {show_value(control.test)}"
    else:
        for name, value in control.over.items():
            yield f"over {name} = {show_value(value)}"
    yield from _rest(control, "id", "over", "test", "text")


def _moment(moment: Source) -> Iterator[str]:
    yield f"{moment.why}: {show_value(moment.value)}"


def _environment(environment: Environment) -> Iterator[str]:
    yield f"python: {environment.python}"
    for requirement in environment.requirements:
        yield f"requirement: {requirement}"
    yield from _variables("build variable", environment.build_variables)
    yield from _variables("variable", environment.variables)
    yield from _rest(environment, "python", "requirements", "build_variables", "variables", "spans")
    yield from _set(environment.spans)


def _set(spans: dict[str, Span]) -> Iterator[str]:
    for name, span in spans.items():
        yield f"set {name}{_at(span)}"


def _image(image: Image) -> Iterator[str]:
    yield f"reference: {image.reference}"
    yield f"base: {image.base}, python {image.python}"
    for requirement in image.requirements:
        yield f"requirement: {requirement}"
    yield from _variables("build variable", image.build_variables)
    yield from _variables("variable", image.variables)
    if image.files:
        whole = hashlib.sha256(canonical(image.files).encode()).hexdigest()
        yield f"files: {len(image.files)}, {whole[:_DIGEST]}"
    yield from _rest(
        image, *("key", "reference", "base", "python", "requirements", "build_variables", "variables", "files")
    )
