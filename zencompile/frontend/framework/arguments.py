"""Values that a step is given, as values of the IR."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from zencompile.diagnostics import Label
from zencompile.frontend.framework.handles import Future, LookupHandle, Output, PipelineParameter
from zencompile.frontend.framework.held import MODELS, as_annotated, held, holds_objects
from zencompile.frontend.framework.later import RunValue, holds_run_values, operand
from zencompile.frontend.framework.merging import Merged
from zencompile.frontend.framework.opaque import Call, Name
from zencompile.frontend.framework.records import Record
from zencompile.frontend.framework.state import Framework
from zencompile.frontend.values import (
    MISSING,
    BoundMethod,
    Class,
    Context,
    Deferred,
    EnumMember,
    EnvironmentReference,
    Function,
    Instance,
    Lazy,
    Module,
    NativeObject,
    Opaque,
    Placed,
    Raised,
    Symbol,
    Unknown,
    Value,
    operations,
)
from zencompile.frontend.values.classes import Recipe
from zencompile.frontend.values.copying import copy_value, picture
from zencompile.frontend.values.records import FieldsKind
from zencompile.ir import (
    Expression,
    External,
    ListValue,
    Literal,
    LiteralError,
    Lookup,
    Mapping,
    Merge,
    OutputRef,
    ParameterRef,
    encode,
    leaves,
)
from zencompile.ir import Value as InputValue
from zencompile.ir.expressions import Source
from zencompile.ir.literals import is_simple
from zencompile.source import Span

_DEEPEST = 100
_PLAIN = "pass an output of a step, or plain data; `ExternalArtifact(value=…)` carries plain data as an artifact"
_MADE = "let a step make it, and pass that step's output: an artifact of a value holds plain data"
TRACE = "compile with `--frontend trace`, which runs the pipeline function"
_CIRCLE = "move what both modules need into a third one"
_KNOWN = "make it a parameter of the pipeline, or work it out in a step"


class NotData(Exception):
    """A value that no step can be given; the message says which part and why."""

    def __init__(self, message: str, unknown: Unknown | None = None) -> None:
        super().__init__(message)
        self.unknown = unknown


def lower(value: Value, span: Span, context: Context, what: str, framework: Framework) -> InputValue | None:
    """`value` as a value of the IR. `what` names it in messages.

    Where the value itself is not known or no data, that is a problem of the pipeline, and a literal stands for it;
    None where an edge can't be known (that is reported).
    """
    uncertain = context.evaluator.uncertain_objects
    if not uncertain and is_simple(value):
        return Literal.model_construct(kind="literal", value=value, span=span)
    if context.evaluator.work is not None:
        context.evaluator.work.is_used(value)
    try:
        if uncertain:
            _see_that_it_is_certain(value, context)
        return _lower(value, span, context)
    except NotData as problem:
        if problem.unknown is not None and problem.unknown.reported:
            return None
        if problem.unknown is not None:
            reason = problem.unknown.reason
            helps = [] if "--" in reason else [_KNOWN, *([TRACE] if "not read" in reason else [])]
            helps = [_CIRCLE] if "in a circle" in reason else helps
            why = problem.unknown.span
            labels = [Label(why, "since this line")] if why is not None and _elsewhere(why, span) else []
            what = f"{what} is not known when compiling"
            framework.problem("ZC0208", what, span, notes=reason, helps=helps, labels=labels)
        elif _holds_edges(value):
            context.report.error("ZC0220", f"{what} can't be given {problem}", span, helps=_help(value))
            return None
        else:
            framework.problem("ZC0220", f"{what} can't be given {problem}", span, helps=_help(value))
        return unknown_literal(span, context)


def _help(value: Value) -> str:
    return _MADE if isinstance(value, Record) and "value" in value.fields else _PLAIN


def _constructing(instance: Instance, context: Context) -> tuple[list[Value], dict[str, Value]]:
    """The arguments and keywords that make a dataclass or pydantic model as it is now."""
    if instance.recipe is not None:
        return _made_as_before(instance, instance.recipe, context)
    return [], _by_field(instance, context)


def _by_field(instance: Instance, context: Context) -> dict[str, Value]:
    """The keywords that an object was given, and what it holds now that isn't what it would hold without."""
    class_ = instance.class_
    keywords = dict(instance.keywords)
    for name, field in class_.fields.items():
        present = instance.attributes.get(name, MISSING)
        if name in keywords or present is MISSING or present is field.default:
            continue
        if isinstance(present, Unknown):
            raise NotData("", present)
        usual = field.default if field.factory is MISSING else context.call(field.factory)
        if usual is not MISSING and operations.equal(present, usual, context) is False:
            if not field.init:
                raise NotData(f"an object of `{class_.name}` whose field `{name}` its constructor doesn't take")
            keywords[name] = present
    return _by_alias(class_, keywords)


def _by_alias(class_: Class, keywords: dict[str, Value]) -> dict[str, Value]:
    """Fields by the names that the constructor knows."""
    aliases = {name: alias for alias, name in class_.options.get("aliases", {}).items()}
    return {aliases.get(name, name): value for name, value in keywords.items()}


def _made_as_before(instance: Instance, recipe: Recipe, context: Context) -> tuple[list[Value], dict[str, Value]]:
    """The call that made an object whose class runs code of its own then."""
    class_ = instance.class_
    if recipe.left != picture(instance.attributes):
        return [], _made_from_fields(instance, context)
    if "**" in recipe.keywords:
        raise NotData("", recipe.keywords["**"])
    for name, value in instance.attributes.items():
        if isinstance(value, (Unknown, EnvironmentReference)) and not _is_given(value, recipe):
            _warn_of(class_, name, value, context)
    by_its_own = class_.lookup("__init__") is not MISSING or class_.lookup("__new__") is not MISSING
    behaviour = class_.behaviour
    if by_its_own or class_.kind == "pydantic" or not isinstance(behaviour, FieldsKind):
        return recipe.arguments, recipe.keywords
    return [], behaviour.given(class_, recipe.arguments, recipe.keywords, context)


def _made_from_fields(instance: Instance, context: Context) -> dict[str, Value]:
    """The keywords that make an object which was changed since it was made: what its fields hold, if the code of its
    class makes the same of them."""
    class_ = instance.class_
    held = copy_value(instance, True, {})
    held.keywords = {name: held.attributes[name] for name in held.keywords if name in held.attributes}
    keywords = _by_field(held, context)

    def anew() -> Value:
        made = context.call(class_, [], copy_value(keywords, True, {}))
        return picture(made.attributes) if isinstance(made, Instance) else MISSING

    try:
        if context.evaluator.taken_back(anew) == picture(instance.attributes):
            return keywords
    except Raised:
        pass
    raise NotData(f"an object of `{class_.name}` that was changed after it had been made")


def _is_given(value: Value, recipe: Recipe) -> bool:
    return any(value is given for given in (*recipe.arguments, *recipe.keywords.values()))


def _is_worked_out(instance: Instance) -> bool:
    """Whether an object's class makes of it what isn't known when compiling, and may be another each time."""
    recipe = instance.recipe
    unknown = [value for value in instance.attributes.values() if isinstance(value, Unknown)]
    return recipe is not None and any(not _is_given(value, recipe) for value in unknown)


def _warn_of(class_: Class, name: str, value: Value, context: Context) -> None:
    """That an attribute will be what the class's own code makes of it where the step runs."""
    why = f": {value.reason}" if isinstance(value, Unknown) else ""
    context.report.warning(
        "ZC0230",
        f"a `{class_.name}` is made anew where the step runs, and its `{name}` is what it comes to there",
        context.span,
        notes=f"`{class_.name}` works it out while it is made{why}",
    )


def _see_that_it_is_certain(value: Value, context: Context, depth: int = 0) -> None:
    """Raise where something unknown may have changed an object in the value."""
    found = context.evaluator.uncertain_objects.get(id(value))
    if found is not None:
        raise NotData("", found[1])
    if depth > _DEEPEST:
        return
    inside: Iterable[Value] = ()
    if isinstance(value, dict):
        inside = [*value.keys(), *value.values()]
    elif isinstance(value, (list, tuple, set, frozenset)):
        inside = value
    elif isinstance(value, Instance):
        inside = [*value.attributes.values(), value.native]
    for one in inside:
        _see_that_it_is_certain(one, context, depth + 1)


def _elsewhere(why: Span, span: Span) -> bool:
    return (why.file, why.line) != (span.file, span.line)


def unknown_literal(span: Span, context: Context) -> Literal:
    """What stands for a value that is not known, with its text."""
    source = context.report.sources.get(span.file)
    lines = source.lines[span.line - 1 : span.line] if source is not None else []
    text = lines[0][span.column - 1 : span.end_column - 1] if lines and span.end_line == span.line else ""
    return Literal.model_construct(kind="literal", value={"$": "unknown", "text": text}, span=span)


def _holds_edges(value: Value) -> bool:
    """Whether an output of a step is somewhere inside, so that an edge would be lost."""
    if isinstance(value, dict):
        return any(_holds_edges(item) for item in value.values())
    return isinstance(value, (Output, Merged)) or (isinstance(value, (list, tuple)) and any(map(_holds_edges, value)))


def _lower(value: Value, span: Span, context: Context) -> InputValue:
    if isinstance(value, Output):
        return value.reference(span)
    if isinstance(value, (Future, RunValue, Merged)):
        return value.lower(span)
    if isinstance(value, (list, tuple, dict)) and holds_run_values(value):
        return _with_run_values(value, span, context)
    if isinstance(value, Deferred) and value.has_moments:
        return _made_once(value, span, context)
    if isinstance(value, PipelineParameter) and not value.ended and not _may_have_changed(value):
        return ParameterRef.model_construct(kind="parameter", name=value.name, span=span)
    if isinstance(value, LookupHandle):
        return lookup(value, span, context)
    if isinstance(value, Record) and value.kind == "external":
        return external(value, span, context)
    if isinstance(value, (list, tuple)) and _holds_symbolic(value):
        items = [_lower(item, span, context) for item in value]
        outputs = [i for i in items if isinstance(i, (OutputRef, Merge))]
        if outputs and len(outputs) != len(items):
            raise NotData("a list that mixes outputs of steps and other values")
        is_tuple = isinstance(value, tuple) and not outputs
        return ListValue.model_construct(kind="list", items=tuple(items), is_tuple=is_tuple, span=span)
    if isinstance(value, dict) and _holds_symbolic(value.values()):
        if any(_holds_output(item) for item in value.values()):
            raise NotData("a dictionary that holds outputs of steps")
        if all(isinstance(context.force(key), str) for key in value):
            entries = {context.force(k): _lower(v, span, context) for k, v in value.items()}
            return Mapping.model_construct(kind="mapping", items=entries, span=span)
        value = {context.force(k): context.force(v) for k, v in value.items()}
    made = literal(value, context)
    shown = held_by(value, context) if holds_objects(value) else None
    return Literal.model_construct(kind="literal", value=made, held=shown, span=span)


def as_taken(lowered: Literal, value: Value, annotation: Value, context: Context) -> Literal:
    """A literal that shows the objects which a step makes of plain data by its annotation."""
    if lowered.held is not None or type(value) not in (dict, list, tuple) or len(context.evaluator.uncertain_objects):
        return lowered
    taken = as_annotated(value, annotation, context)
    return lowered if taken is value else lowered.model_copy(update={"held": held_by(taken, context)})


def held_by(value: Value, context: Context) -> Any:
    """A value with all fields of the objects in it, for who reads the graph."""

    def plain(part: Value) -> Any:
        try:
            return literal(part, context)
        except NotData as problem:
            raise LiteralError(str(problem)) from None

    try:
        return held(value, context, plain)
    except LiteralError:
        return None


def _with_run_values(value: Value, span: Span, context: Context) -> InputValue:
    """Plain containers in which values of the run stand."""
    found = operand(value, context)
    if found is None:
        raise NotData("a value of the run among what is no plain data")
    return Expression(operator="value", operands=(found,), span=span)


def _made_once(value: Deferred, span: Span, context: Context) -> InputValue:
    """What each run makes anew, once."""
    found = operand(value, context)
    if found is None:
        raise NotData("", value.forgotten())
    context.report.note(
        "ZC0237",
        f"each run makes this anew: it is made of {value.reason}",
        span,
        helps="make it a parameter of the pipeline to give it when compiling or starting a run",
    )
    return found.model_copy(update={"span": span})


def _may_have_changed(parameter: PipelineParameter) -> bool:
    """Whether a parameter is a list, dictionary or set that the pipeline has worked with: it is what it is by now."""
    return parameter.forced and type(parameter.value) in (list, dict, set)


def _holds_symbolic(items: Iterable[Value]) -> bool:
    return any(
        isinstance(item, (Output, Future, LookupHandle, Merged))
        or (isinstance(item, PipelineParameter) and not item.ended and not _may_have_changed(item))
        or (isinstance(item, (list, tuple)) and _holds_symbolic(item))
        or (isinstance(item, dict) and _holds_symbolic(item.values()))
        for item in items
    )


def _holds_output(item: Value) -> bool:
    if isinstance(item, (list, tuple)):
        return any(_holds_output(i) for i in item)
    return isinstance(item, (Output, Merged))


def literal(value: Value, context: Context) -> Any:
    """Canonical JSON of a value. Raises `NotData`."""
    try:
        return encode(value, lambda other: _other(other, context))
    except LiteralError as problem:
        raise NotData(str(problem)) from None


def _other(value: Value, context: Context) -> Any:
    """What the plain encoding does not know: objects of the program."""
    if isinstance(value, Lazy):
        forced = context.force(value)
        if isinstance(forced, Unknown):
            raise NotData("", forced)
        return literal(forced, context)
    if isinstance(value, Placed):
        return value.literal
    if isinstance(value, Opaque):
        return _called(value, context)
    if isinstance(value, Deferred):
        return _where_it_runs(value, context)
    if isinstance(value, Unknown):
        raise NotData("", value)
    if isinstance(value, EnumMember):
        if value.class_.module is None:  # one of the framework's: they are text
            return value.value
        return {"$": "enum", "class": value.class_.path, "name": value.name, "value": literal(value.value, context)}
    if isinstance(value, Instance):
        if value.class_.kind in MODELS:
            made = _model(value.class_.path, *_constructing(value, context), context)
            return {**made, "anew": True} if _is_worked_out(value) else made
        if value.class_.kind == "namedtuple":
            return literal(tuple(value.attributes.get(name) for name in value.class_.fields), context)
        raise NotData(f"an object of `{value.class_.name}`, which is neither a pydantic model nor a dataclass")
    if isinstance(value, Record):
        return _model(split_path(value.class_.path), [], value.fields, context)
    if isinstance(value, Call):
        return _model(split_path(value.path), value.arguments, value.keywords, context)
    if isinstance(value, (Symbol, Name)):
        return {"$": "symbol", "path": value.path}
    if isinstance(value, range):
        return literal(list(value), context)
    if isinstance(value, NativeObject) and isinstance(data := getattr(value, "data", None), dict):
        return literal(data, context)  # a mapping with attributes, of a settings library
    if isinstance(value, (Output, Merged)):
        raise NotData("the output of a step inside of other data")
    raise NotData(_kind(value))


def _model(class_: str, arguments: Sequence[Value], keywords: dict[str, Value], context: Context) -> Any:
    """An object as the call that makes it. `class_` is "module:Qualified.name"."""
    made: dict[str, Any] = {"$": "model", "class": class_}
    made["keywords"] = {k: literal(v, context) for k, v in keywords.items()}
    if arguments:
        made["arguments"] = [literal(a, context) for a in arguments]
    return made


def split_path(path: str) -> str:
    """ "module:Qualified.name" of a dotted path: the module ends before the first part with a capital."""
    parts = path.split(".")
    index = next((i for i, part in enumerate(parts[:-1]) if part[:1].isupper()), len(parts) - 1)
    return f"{'.'.join(parts[:index])}:{'.'.join(parts[index:])}"


def _where_it_runs(value: Deferred, context: Context) -> Any:
    """What is computed where the step runs that is given it."""
    found = operand(value, context)
    if found is None or not all(isinstance(leaf, Literal) for leaf in leaves(found)):
        raise NotData("", value.forgotten())
    context.report.warning(
        "ZC0230",
        "this is computed where the step runs, not when compiling",
        value.span,
        notes=f"not known when compiling: {value.reason}",
    )
    return _as_literal(found)


def _as_literal(value: InputValue) -> Any:
    """An expression without outputs and parameters as a literal."""
    if isinstance(value, Literal):
        return value.value
    written = Source()
    made: dict[str, Any] = {"$": "expression", "text": written.text(value)}
    if written.given:
        made["given"] = {name: one.value for name, one in written.given.items() if isinstance(one, Literal)}
    return made


def _called(value: Opaque, context: Context) -> Any:
    """What a name that is not read was called with: the call is made where the step runs."""
    name = value.path.rpartition(".")[2]
    if not name[:1].isupper():
        context.report.warning(
            "ZC0230",
            f"`{value.path}(…)` is called where the step runs, not when compiling",
            value.span,
            notes=f"`{value.path.partition('.')[0]}` is not read",
        )
    return _model(split_path(value.path), value.arguments, value.named, context)


def _kind(value: Value) -> str:
    if isinstance(value, (Function, BoundMethod)):
        return "a function"
    if isinstance(value, (Class, type)):
        return "a class"
    if isinstance(value, Module):
        return "a module"
    if isinstance(value, NativeObject):
        return f"a {value.type_name}"
    return f"a {type(value).__name__}"


def lookup(value: LookupHandle, span: Span, context: Context) -> Lookup:
    """A look-up with its chain; values inside of it may be parameters and outputs."""
    if not value.chain or (len(value.chain) == 1 and value.source == "model"):
        raise NotData(f"`{value.written}` itself")
    chain: list[dict[str, Any]] = []
    for link in value.chain:
        if "call" in link:
            arguments, keywords = link["call"]
            given = [_part(a, span, context) for a in arguments]
            chain.append({"call": [given, {k: _part(v, span, context) for k, v in keywords.items()}]})
        elif "item" in link:
            chain.append({"item": _part(link["item"], span, context)})
        else:
            chain.append(dict(link))
    return Lookup.model_construct(
        kind="lookup",
        source="client" if value.source == "client" else "model",
        chain=tuple(chain),
        text=value.written,
        span=span,
    )


def _part(value: Value, span: Span, context: Context) -> Any:
    """An argument inside a chain: forced, for the chain is plain JSON."""
    if isinstance(value, (Output, LookupHandle)):
        raise NotData("a look-up that depends on the output of a step")
    if isinstance(value, PipelineParameter) and value.value is MISSING:
        raise NotData("", value.missing(span))
    return literal(context.force(value), context)


def external(record: Record, span: Span, context: Context) -> External | Lookup:
    """`ExternalArtifact`: its value, or (old code) the name of an artifact of the catalogue."""
    fields = record.fields
    if "value" in fields:
        value = context.force(fields["value"])
        if isinstance(value, (Output, LookupHandle)):
            raise NotData("an external artifact of something that is known only at run time")
        return External.model_construct(
            kind="external",
            value=literal(value, context),
            materializer=source_of(fields.get("materializer")),
            span=span,
        )
    name = fields.get("name", fields.get("id", fields.get("model_artifact_name")))
    if name is None:
        raise NotData("an external artifact without a value")
    keywords = {} if fields.get("version") is None else {"version": literal(fields["version"], context)}
    chain = ({"name": "get_artifact_version"}, {"call": [[literal(name, context)], keywords]})
    text = f"ExternalArtifact({', '.join(f'{k}={v!r}' for k, v in fields.items())})"
    return Lookup.model_construct(kind="lookup", source="client", chain=chain, text=text, span=span)


def source_of(value: Value) -> str | None:
    """ "module:name" of a class, function or dotted path; None if it can't be told."""
    if isinstance(value, Class):
        return value.path
    if isinstance(value, Function):
        return f"{value.module.name}:{value.qualname}"
    if isinstance(value, str):
        if ":" in value:
            return value
        module, _, name = value.rpartition(".")
        return f"{module}:{name}" if module else None
    if isinstance(value, dict):
        return _source_of_fields(value)
    path = getattr(value, "path", None)
    if isinstance(path, str):
        module, _, name = path.rpartition(".")
        return path if ":" in path else f"{module}:{name}"
    return None


def _source_of_fields(fields: dict[Value, Value]) -> str | None:
    """ "module:name" of `{module, attribute}` of a run configuration; releases before 0.20 wrote `{file, name}`."""
    module, name = fields.get("module"), fields.get("attribute", fields.get("name"))
    file = fields.get("file")
    if module is None and isinstance(file, str) and file.endswith(".py"):
        module = file.removeprefix("./").removesuffix(".py").replace("/", ".")
    return f"{module}:{name}" if isinstance(module, str) and isinstance(name, str) else None
