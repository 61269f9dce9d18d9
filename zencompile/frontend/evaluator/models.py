"""Models as plain data and back: fields made what they are annotated as, dumps, JSON and validation."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from zencompile.frontend.evaluator.annotations import evaluate_annotation
from zencompile.frontend.evaluator.plain import identical, in_order
from zencompile.frontend.values import Class, Context, EnumMember, Field, Generic, Instance, Symbol, Unknown, Value

if TYPE_CHECKING:
    from zencompile.frontend.evaluator.core import Evaluator


def coerce_field(ev: Evaluator, class_: Class, field: Field, value: Value, context: Context) -> Value:
    """Nested models given as dictionaries, and enum members given as values, become what the annotation says."""
    if value.__class__ in (dict, list, str, int) and field.annotation is not None and class_.scope is not None:
        return coerce(ev, value, evaluate_annotation(ev, field.annotation, class_.scope), context)
    return value


def coerce(ev: Evaluator, value: Value, type_: Value, context: Context) -> Value:
    if isinstance(type_, Class):
        if type_.kind == "pydantic" and type(value) is dict and all(isinstance(k, str) for k in value):
            return context.call(type_, [], value)
        if type_.kind == "enum" and not isinstance(value, EnumMember):
            return next((m for m in type_.members.values() if identical(m.value, value)), value)
    elif isinstance(type_, Generic):
        origin = type_.origin
        last = origin.path.rpartition(".")[2] if isinstance(origin, Symbol) else ""
        if last in ("Optional", "Union", "Annotated"):
            options = type_.arguments[:1] if last == "Annotated" else type_.arguments
            for option in options:
                made = coerce(ev, value, option, context)
                if made is not value:
                    return made
        elif (origin is list or last in ("List", "Sequence")) and type(value) is list and type_.arguments:
            return [coerce(ev, item, type_.arguments[0], context) for item in value]
        elif (origin is dict or last in ("Dict", "Mapping")) and type(value) is dict and len(type_.arguments) == 2:
            return {k: coerce(ev, item, type_.arguments[1], context) for k, item in value.items()}
    elif type_ is float and type(value) is int:
        return float(value)
    elif type_ in (int, float) and type(value) is str:
        try:
            return type_(value)
        except ValueError:
            return value
    return value


def copied(value: Value) -> Value:
    """A copy of plain containers, as pydantic gives each model its own default."""
    if type(value) is list:
        return [copied(item) for item in value]
    if type(value) is dict:
        return {key: copied(item) for key, item in value.items()}
    return set(value) if type(value) is set else value


def as_data(ev: Evaluator, value: Value, options: dict[str, Value] | None = None) -> Value:
    """Models and dataclasses as dictionaries, all the way down."""
    if isinstance(value, Instance) and value.class_.fields:
        options = options or {}
        include, exclude = options.get("include"), options.get("exclude")
        unset, none = options.get("exclude_unset") is True, options.get("exclude_none") is True
        defaults = options.get("exclude_defaults") is True
        inner = {k: v for k, v in options.items() if k not in ("include", "exclude")}
        found = {}
        for name, item in value.attributes.items():
            if name not in value.class_.fields and name not in value.keywords:
                continue
            if (include is not None and name not in include) or (exclude is not None and name in exclude):
                continue
            if (unset and name not in value.keywords) or (none and item is None):
                continue
            field = value.class_.fields.get(name)
            if defaults and field is not None and identical(field.default, item):
                continue
            found[name] = as_data(ev, item, inner)
        return found
    if type(value) is list or type(value) is tuple:
        return type(value)(as_data(ev, item, options) for item in value)
    if type(value) is dict:
        return {key: as_data(ev, item, options) for key, item in value.items()}
    return value


def json_text(ev: Evaluator, value: Value, keywords: dict[str, Value], context: Context) -> Value:
    data = context.plain(as_data(ev, value, keywords))
    if isinstance(data, Unknown):
        return data
    try:
        indent = keywords.get("indent")
        separators = None if indent else (",", ":")
        return json.dumps(data, indent=indent, separators=separators, ensure_ascii=False, default=_json_default)
    except (TypeError, ValueError) as error:
        raise context.raise_(error) from None


def _json_default(value: Value) -> Any:
    if isinstance(value, EnumMember):
        return value.value
    if isinstance(value, (set, frozenset)):
        return in_order(value)
    return str(value)


def validate(ev: Evaluator, class_: Class, arguments: list[Value], context: Context) -> Value:
    value = context.force(arguments[0]) if arguments else {}
    if isinstance(value, Unknown):
        return value
    if isinstance(value, Instance):
        return value
    if not isinstance(value, dict) or not all(isinstance(k, str) for k in value):
        raise context.raise_(ValueError(f"input of {class_.name} should be a dictionary"))
    return context.call(class_, [], value)


def validate_json(ev: Evaluator, class_: Class, arguments: list[Value], context: Context) -> Value:
    value = context.force(arguments[0]) if arguments else "{}"
    if isinstance(value, Unknown):
        return value
    try:
        data = json.loads(value)
    except (ValueError, TypeError, RecursionError) as error:
        raise context.raise_(ValueError(str(error))) from None
    return validate(ev, class_, [data], context)
