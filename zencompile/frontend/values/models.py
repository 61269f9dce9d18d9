"""Pydantic models: fields made what they are annotated as, dumps, JSON and validation."""

from __future__ import annotations

import json
from typing import Any

from zencompile.frontend.values.base import MISSING, Context, EnvironmentReference, Unknown, Value
from zencompile.frontend.values.classes import KINDS, Class, Field, Instance
from zencompile.frontend.values.enums import EnumMember
from zencompile.frontend.values.functions import NativeFunction
from zencompile.frontend.values.plain import identical, in_order, unwrap
from zencompile.frontend.values.records import FieldsKind, FieldSpec, fields_text, replaced
from zencompile.frontend.values.symbols import Generic, Symbol


class PydanticKind(FieldsKind):
    """`pydantic.BaseModel`, and settings that are read from the environment."""

    hooks = (*FieldsKind.hooks, "model_post_init")

    def create(self, class_: Class, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        if class_.lookup("__new__") is not MISSING:
            return context.unknown(f"a `{class_.name}`, which is made by its own `__new__`")
        return super().create(class_, arguments, keywords, context)

    def given(
        self, class_: Class, arguments: list[Value], keywords: dict[str, Value], context: Context
    ) -> dict[str, Value]:
        if arguments:
            text = f"{class_.name}.__init__() takes 1 positional argument but {len(arguments) + 1} were given"
            raise context.raise_(TypeError(text))
        return {name: value for name, value in keywords.items() if name != "**"}

    def coerced(self, class_: Class, field: Field, value: Value, context: Context) -> Value:
        if value.__class__ in (dict, list, str, int) and field.annotation is not None and class_.scope is not None:
            return coerce(value, context.evaluator.field_type(class_, field), context)
        return value

    def default(self, class_: Class, field: Field, context: Context) -> Value:
        if _is_settings(class_):
            return EnvironmentReference(_variable(class_, field.name), field.default, context.span)
        return copied(field.default)

    def report_missing(self, instance: Instance, missing: list[str], context: Context) -> None:
        class_ = instance.class_
        if not _is_settings(class_):
            quoted = ", ".join(f"'{name}'" for name in missing)
            raise context.raise_(ValueError(f"missing field(s) of {class_.name}: {quoted}"))
        for name in missing:
            instance.attributes[name] = EnvironmentReference(_variable(class_, name), MISSING, context.span)

    def after(self, instance: Instance, passed: list[Value], context: Context) -> None:
        hook = instance.class_.lookup("model_post_init")
        if hook is not MISSING:
            context.call(hook, [instance, None])

    def class_attribute(self, class_: Class, name: str, context: Context) -> Value:
        if name in ("model_fields", "__fields__", "__pydantic_fields__", "__dataclass_fields__"):
            return {f.name: FieldSpec(f.default, f.factory) for f in class_.fields.values()}
        if name in ("model_validate", "parse_obj", "validate"):
            return NativeFunction(name, lambda a, k, c: validate(class_, a, c))
        if name in ("model_validate_json", "parse_raw"):
            return NativeFunction(name, lambda a, k, c: validate_json(class_, a, c))
        if name in ("construct", "model_construct"):
            return NativeFunction(name, lambda a, k, c: c.call(class_, [], k))
        if name == "model_config":
            return {}
        if name in ("model_rebuild", "update_forward_refs"):
            return NativeFunction(name, lambda a, k, c: None)
        if name in ("model_json_schema", "schema"):
            return NativeFunction(name, lambda a, k, c: c.unknown("the JSON schema of a model"))
        return MISSING

    def instance_attribute(self, instance: Instance, name: str, context: Context) -> Value:
        if name in ("model_dump", "dict"):
            return NativeFunction(name, lambda a, k, c: as_data(instance, k))
        if name in ("model_dump_json", "json"):
            return NativeFunction(name, lambda a, k, c: json_text(instance, k, c))
        if name in ("model_copy", "copy"):
            return NativeFunction(name, lambda a, k, c: replaced(instance, c.force(k.get("update"))))
        if name in ("model_fields_set", "__fields_set__"):
            return set(instance.keywords)
        if name == "model_extra":
            return {k: v for k, v in instance.attributes.items() if k not in instance.class_.fields}
        return self.class_attribute(instance.class_, name, context)

    def key(self, instance: Instance, class_: Class, context: Context) -> Value:
        config = class_.lookup("model_config")
        if isinstance(config, dict) and config.get("frozen") is True:
            return context.unknown(f"the hash of a `{class_.name}`")
        raise context.raise_(TypeError(f"unhashable type: '{class_.name}'"))

    def iterate(self, instance: Instance, context: Context) -> Any:
        attributes = instance.attributes
        return iter([(name, attributes[name]) for name in instance.class_.fields if name in attributes])

    def text(self, instance: Instance, context: Context) -> Any:
        return fields_text(instance, " ", context)


def _is_settings(class_: Class) -> bool:
    """Whether a model takes what it is not given from the environment."""
    return any(isinstance(base, Symbol) and base.path.endswith("BaseSettings") for base in class_.mro)


def _variable(class_: Class, name: str) -> str:
    return f"{class_.options.get('env_prefix', '')}{name}".upper()


KINDS["pydantic"] = PydanticKind()


def coerce(value: Value, type_: Value, context: Context) -> Value:
    """Nested models given as dictionaries, and enum members given as values, become what the annotation says."""
    if isinstance(type_, Class):
        if type_.kind == "pydantic" and type(value) is dict and all(isinstance(name, str) for name in value):
            return context.call(type_, [], value)
        if type_.kind == "enum" and not isinstance(value, EnumMember):
            return next((m for m in type_.members.values() if identical(m.value, value)), value)
        return value
    if isinstance(type_, Generic):
        return _coerce_generic(value, type_, context)
    if type_ is float and type(value) is int:
        return float(value)
    if type_ in (int, float) and type(value) is str:
        try:
            return type_(value)
        except ValueError:
            return value
    return value


def _coerce_generic(value: Value, type_: Generic, context: Context) -> Value:
    origin = type_.origin
    last = origin.path.rpartition(".")[2] if isinstance(origin, Symbol) else ""
    if last in ("Optional", "Union", "Annotated"):
        for option in type_.arguments[:1] if last == "Annotated" else type_.arguments:
            made = coerce(value, option, context)
            if made is not value:
                return made
    elif (origin is list or last in ("List", "Sequence")) and type(value) is list and type_.arguments:
        return [coerce(item, type_.arguments[0], context) for item in value]
    elif (origin is dict or last in ("Dict", "Mapping")) and type(value) is dict and len(type_.arguments) == 2:
        return {name: coerce(item, type_.arguments[1], context) for name, item in value.items()}
    return value


def copied(value: Value) -> Value:
    """A copy of plain containers, as pydantic gives each model its own default."""
    if type(value) is list:
        return [copied(item) for item in value]
    if type(value) is dict:
        return {key: copied(item) for key, item in value.items()}
    return set(value) if type(value) is set else value


def as_data(value: Value, options: dict[str, Value] | None = None) -> Value:
    """Models and dataclasses as dictionaries, all the way down."""
    if isinstance(value, Instance) and value.class_.fields:
        options = options or {}
        inner = {name: option for name, option in options.items() if name not in ("include", "exclude")}
        return {
            name: as_data(item, inner) for name, item in value.attributes.items() if _dumped(value, name, item, options)
        }
    if type(value) is list or type(value) is tuple:
        return type(value)(as_data(item, options) for item in value)
    if type(value) is dict:
        return {key: as_data(item, options) for key, item in value.items()}
    return value


def _dumped(value: Instance, name: str, item: Value, options: dict[str, Value]) -> bool:
    if name not in value.class_.fields and name not in value.keywords:
        return False
    include, exclude = options.get("include"), options.get("exclude")
    if (include is not None and name not in include) or (exclude is not None and name in exclude):
        return False
    if options.get("exclude_unset") is True and name not in value.keywords:
        return False
    if options.get("exclude_none") is True and item is None:
        return False
    field = value.class_.fields.get(name)
    return not (options.get("exclude_defaults") is True and field is not None and identical(field.default, item))


def json_text(value: Value, keywords: dict[str, Value], context: Context) -> Value:
    """`model.model_dump_json(…)`."""
    data = context.plain(as_data(value, keywords))
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
    return str(unwrap(value))


def validate(class_: Class, arguments: list[Value], context: Context) -> Value:
    """`Model.model_validate(data)`."""
    value = context.force(arguments[0]) if arguments else {}
    if isinstance(value, (Unknown, Instance)):
        return value
    if not isinstance(value, dict) or not all(isinstance(name, str) for name in value):
        raise context.raise_(ValueError(f"input of {class_.name} should be a dictionary"))
    return context.call(class_, [], value)


def validate_json(class_: Class, arguments: list[Value], context: Context) -> Value:
    """`Model.model_validate_json(text)`."""
    value = context.force(arguments[0]) if arguments else "{}"
    if isinstance(value, Unknown):
        return value
    try:
        data = json.loads(value)
    except (ValueError, TypeError, RecursionError) as error:
        raise context.raise_(ValueError(str(error))) from None
    return validate(class_, [data], context)
