"""Settings of orchestrators as canonical literals: with their types, and with a mark where something is no data.

What a target can't carry over costs itself alone, and it is the target that knows what leaving it out would change.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from zencompile.frontend.framework.arguments import source_of, split_path
from zencompile.frontend.framework.opaque import Call, Name
from zencompile.frontend.framework.records import Record
from zencompile.frontend.lowering.plain import NotKnown, Plain
from zencompile.frontend.values import (
    BoundMethod,
    Class,
    EnumMember,
    Function,
    Instance,
    Opaque,
    Placed,
    Symbol,
    Value,
)
from zencompile.frontend.values.placed import REASON, shown
from zencompile.ir import LiteralError, encode
from zencompile.ir.literals import canonical, is_simple
from zencompile.source import Span

Json = Any


def component(value: Value, plain: Plain, span: Span | None) -> Json:
    """A setting as a canonical literal.

    Objects of the framework and of the project's own classes are the dictionaries of their fields, tuples and sets
    lists, as the framework stores them. A name of a library is a symbol, what a class of a library was called with is a
    model, a function or class of the project is a symbol with a colon before its name, and what is not known is said
    to be unknown.
    """
    if isinstance(value, Opaque):  # before it is forced: it stands for the call that was written
        return _model(value.path, value.arguments, value.named, plain, span)
    try:
        value = plain.force(value, span)
    except NotKnown as problem:
        return {"$": "unknown", "text": problem.unknown.reason}
    if is_simple(value):
        return value
    if isinstance(value, dict):
        return _dictionary(value, plain, span)
    if isinstance(value, (list, tuple)):
        return [component(item, plain, span) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted((component(item, plain, span) for item in value), key=canonical)
    return _object(value, plain, span)


def _dictionary(value: dict[Value, Value], plain: Plain, span: Span | None) -> Json:
    pairs = [(component(key, plain, span), component(item, plain, span)) for key, item in value.items()]
    if all(isinstance(key, str) for key, _ in pairs) and "$" not in value:
        return dict(pairs)
    return {"$": "dict", "items": [[key, item] for key, item in pairs]}


def _object(value: Value, plain: Plain, span: Span | None) -> Json:
    if isinstance(value, EnumMember):
        return component(value.value, plain, span)
    if isinstance(value, (Record, Call, Instance)):
        return {name: component(item, plain, span) for name, item in _fields(value).items()}
    if isinstance(value, PurePath):
        return value.as_posix()
    if isinstance(value, Placed):
        return {"$": "unknown", "text": f"it is a path of the project, `{shown(value.inner)}`: {REASON}"}
    if isinstance(value, (Symbol, Name)):
        return {"$": "symbol", "path": value.path}
    if isinstance(value, (Function, BoundMethod, Class)):
        return {"$": "symbol", "path": source_of(getattr(value, "function", value)) or "code"}
    try:
        return encode(value)
    except LiteralError as problem:
        return {"$": "unknown", "text": f"it is {problem}"}


def _fields(value: Record | Call | Instance) -> dict[str, Value]:
    if isinstance(value, Record):
        return value.fields
    return value.keywords or (value.attributes if isinstance(value, Instance) else {})


def _model(path: str, arguments: list[Value], keywords: dict[str, Value], plain: Plain, span: Span | None) -> Json:
    made: dict[str, Json] = {"$": "model", "class": split_path(path)}
    made["keywords"] = {name: component(item, plain, span) for name, item in keywords.items()}
    if arguments:
        made["arguments"] = [component(item, plain, span) for item in arguments]
    return made
