"""What the objects that a step is given hold: all their fields, as the framework stores them in a step's configuration.

The step itself is given the call that makes the object; this is for who reads the graph.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zencompile.frontend.values import MISSING, Class, Context, Instance, Raised, Unknown, Value, operations
from zencompile.frontend.values.hints import hint_of
from zencompile.frontend.values.validation import coerce
from zencompile.frontend.values.validators import Computed
from zencompile.ir import LiteralError, encode

MODELS = ("pydantic", "dataclass")
_DEEPEST = 50
Encode = Callable[[Value], Any]


def holds_objects(value: Value, depth: int = 0) -> bool:
    """Whether a model or dataclass is the value, or in a plain container in it."""
    if isinstance(value, Instance):
        return value.class_.kind in MODELS
    if depth > _DEEPEST:
        return False
    if type(value) is dict:
        return any(holds_objects(item, depth + 1) for item in value.values())
    return type(value) in (list, tuple) and any(holds_objects(item, depth + 1) for item in value)


def held(value: Value, context: Context, plain: Encode) -> Any:
    """The JSON of a value in which objects are their fields. `plain` makes that of a value without objects; it may
    raise LiteralError."""
    return encode(value, lambda other: _other(other, context, plain))


def as_annotated(value: Value, annotation: Value, context: Context) -> Value:
    """Plain data as the objects that a step makes of it, by its annotation; the value itself where that can't be
    told."""
    if annotation is MISSING or isinstance(annotation, Unknown) or not isinstance(value, (dict, list, tuple)):
        return value
    try:
        made = context.evaluator.taken_back(lambda: coerce(value, hint_of(annotation, context), context))
    except Raised:
        return value
    return made if holds_objects(made) else value


def _other(value: Value, context: Context, plain: Encode) -> Any:
    if not isinstance(value, Instance) or value.class_.kind not in MODELS:
        return plain(value)
    names = [name for name in value.class_.fields if name in value.attributes]
    names += [name for name in value.keywords if name in value.attributes and name not in names]
    found = {name: _field(_item(value, name), context, plain) for name in names}
    for name in _computed(value.class_):
        found[name] = _computed_field(value, name, context, plain)
    return {name: item for name, item in found.items() if item is not MISSING}


def _item(value: Instance, name: str) -> Value:
    """What a field holds; of what isn't known, what it was given."""
    item = value.attributes[name]
    return value.keywords.get(name, item) if isinstance(item, Unknown) else item


def _field(value: Value, context: Context, plain: Encode) -> Any:
    """The JSON of a field; of what only running knows, the way to it. MISSING of what is no data."""
    try:
        return held(value, context, plain)
    except LiteralError:
        return MISSING


def _computed(class_: Class) -> list[str]:
    if class_.kind != "pydantic":
        return []
    namespaces = [base.namespace for base in reversed(class_.mro) if isinstance(base, Class)]
    return [name for namespace in namespaces for name, value in namespace.items() if isinstance(value, Computed)]


def _computed_field(value: Instance, name: str, context: Context, plain: Encode) -> Any:
    """What a computed field comes to; MISSING where that is not known."""
    try:
        made = context.evaluator.taken_back(lambda: operations.get_attribute(value, name, context))
    except Raised:
        return MISSING
    return _field(made, context, plain)
