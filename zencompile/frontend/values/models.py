"""Pydantic models: fields made what they are annotated as, dumps, JSON and validation."""

from __future__ import annotations

import json
from typing import Any

from zencompile.frontend.values.base import MISSING, Context, EnvironmentReference, Unknown, Value
from zencompile.frontend.values.classes import KINDS, Class, Field, Instance
from zencompile.frontend.values.enums import EnumMember
from zencompile.frontend.values.functions import NativeFunction
from zencompile.frontend.values.placed import placed_in
from zencompile.frontend.values.plain import identical, in_order, unwrap
from zencompile.frontend.values.records import FieldsKind, FieldSpec, fields_text, replaced
from zencompile.frontend.values.symbols import Symbol
from zencompile.frontend.values.validation import run, validated
from zencompile.frontend.values.validators import (
    Validator,
    config_of,
    has_computed,
    is_dumped_by_its_own,
    validators_of,
)


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
        given = {name: value for name, value in keywords.items() if name != "**"}
        extra = [name for name in given if name not in class_.fields]
        policy = _policy(class_)
        if policy == "forbid" and extra:
            raise context.raise_(ValueError(f"{class_.name}: extra inputs are not permitted: {', '.join(extra)}"))
        if policy != "allow":
            return {name: value for name, value in given.items() if name not in extra}
        return given

    def by_field(self, class_: Class, keywords: dict[str, Value], context: Context) -> dict[str, Value]:
        """A field with an alias has no other name, if its configuration doesn't say so."""
        aliases = class_.options.get("aliases", {})
        hidden = [name for name in keywords if name in aliases.values() and not _takes_names(class_)]
        if hidden and _policy(class_) != "ignore":
            raise context.raise_(ValueError(f"{class_.name}: a field with an alias is given as `{hidden[0]}`"))
        left = {name: value for name, value in keywords.items() if name not in hidden}
        return super().by_field(class_, left, context)

    def runs_code(self, class_: Class) -> bool:
        return super().runs_code(class_) or bool(validators_of(class_))

    def initialize(
        self, instance: Instance, arguments: list[Value], keywords: dict[str, Value], context: Context
    ) -> None:
        for validator in reversed(validators_of(instance.class_)):
            if validator.fields is None and validator.mode not in ("after", "serializer"):
                keywords = self._before(validator, instance.class_, keywords, context)
        super().initialize(instance, arguments, keywords, context)

    def _before(
        self, validator: Validator, class_: Class, keywords: dict[str, Value], context: Context
    ) -> dict[str, Value]:
        """The keywords that a validator of the whole model makes of the ones given."""
        known = validator.mode == "before" and "**" not in keywords
        data = run(validator, class_, dict(keywords), context) if known else None
        if type(data) is dict and all(isinstance(name, str) for name in data):
            return data
        return {"**": context.unknown(f"what its validator makes of a `{class_.name}`")}

    def coerced(self, class_: Class, field: Field, value: Value, context: Context) -> Value:
        return validated(class_, field, value, context)

    def assigned(self, instance: Instance, name: str, value: Value, context: Context) -> Value:
        field = instance.class_.fields.get(name)
        if field is None or config_of(instance.class_).get("validate_assignment") is not True:
            return value
        if any(validator.fields is None for validator in validators_of(instance.class_)):
            return context.unknown(f"what its validators make of a `{instance.class_.name}`")
        return validated(instance.class_, field, value, context)

    def check_settable(self, instance: Instance, name: str, context: Context, deletes: bool = False) -> None:
        if config_of(instance.class_).get("frozen") is True and name in instance.class_.fields:
            raise context.raise_(ValueError(f"`{name}`: the {instance.class_.name} is frozen"))
        is_known = name in instance.class_.fields or name.startswith("_")
        if not deletes and not is_known and _policy(instance.class_) in ("ignore", "forbid"):
            raise context.raise_(ValueError(f'"{instance.class_.name}" object has no field "{name}"'))

    def default(self, class_: Class, field: Field, context: Context) -> Value:
        if _is_settings(class_):
            return EnvironmentReference(_variable(class_, field.name), field.default, context.span)
        default = copied(field.default)
        checked = config_of(class_).get("validate_default") is True or any(
            validator.is_for_defaults for validator in validators_of(class_) if validator.is_for(field.name)
        )
        return validated(class_, field, default, context) if checked else default

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
        for validator in validators_of(instance.class_):
            if validator.fields is None and validator.mode == "after":
                self._after(validator, instance, context)

    def _after(self, validator: Validator, instance: Instance, context: Context) -> None:
        """Run a validator of the whole model on an object; what it gives in its place is not followed."""
        if run(validator, instance.class_, instance, context) is not instance:
            unknown = context.unknown(f"what its validator makes of a `{instance.class_.name}`")
            instance.attributes.update(dict.fromkeys(instance.attributes, unknown))

    def class_attribute(self, class_: Class, name: str, context: Context) -> Value:
        if name in ("model_fields", "__fields__", "__pydantic_fields__", "__dataclass_fields__"):
            return {f.name: FieldSpec(f.default, f.factory) for f in class_.fields.values()}
        if name in ("model_validate", "parse_obj", "validate"):
            return NativeFunction(name, lambda a, k, c: validate(class_, a, c))
        if name in ("model_validate_json", "parse_raw"):
            return NativeFunction(name, lambda a, k, c: validate_json(class_, a, c))
        if name in ("construct", "model_construct"):
            return NativeFunction(name, lambda a, k, c: c.unknown("a model that is not validated"))
        if name == "model_config":
            return {}
        if name in ("model_rebuild", "update_forward_refs"):
            return NativeFunction(name, lambda a, k, c: None)
        if name in ("model_json_schema", "schema"):
            return NativeFunction(name, lambda a, k, c: c.unknown("the JSON schema of a model"))
        return MISSING

    def instance_attribute(self, instance: Instance, name: str, context: Context) -> Value:
        if name in ("model_dump", "dict"):
            return NativeFunction(name, lambda a, k, c: dumped(instance, k, c))
        if name in ("model_dump_json", "json"):
            return NativeFunction(name, lambda a, k, c: json_text(instance, k, c))
        if name in ("model_copy", "copy"):
            return NativeFunction(name, lambda a, k, c: replaced(instance, c.force(k.get("update")), c))
        if name in ("model_fields_set", "__fields_set__"):
            return set(instance.keywords)
        if name == "model_extra":
            return {k: v for k, v in instance.attributes.items() if k not in instance.class_.fields}
        return self.class_attribute(instance.class_, name, context)

    def key(self, instance: Instance, class_: Class, context: Context) -> Value:
        if config_of(class_).get("frozen") is True:
            return context.unknown(f"the hash of a `{class_.name}`")
        raise context.raise_(TypeError(f"unhashable type: '{class_.name}'"))

    def iterate(self, instance: Instance, context: Context) -> Any:
        attributes = instance.attributes
        return iter([(name, attributes[name]) for name in instance.class_.fields if name in attributes])

    def representation(self, instance: Instance, context: Context) -> Any:
        inner = self._shown(instance, ", ", context)
        return inner.forgotten() if isinstance(inner, Unknown) else f"{instance.class_.name}({inner})"

    def text(self, instance: Instance, context: Context) -> Any:
        return self._shown(instance, " ", context)

    def _shown(self, instance: Instance, between: str, context: Context) -> str | Unknown:
        if has_computed(instance.class_):
            return context.unknown(f"the text of a `{instance.class_.name}`")
        return fields_text(instance, between, context)


def _is_settings(class_: Class) -> bool:
    """Whether a model takes what it is not given from the environment."""
    return any(isinstance(base, Symbol) and base.path.endswith("BaseSettings") for base in class_.mro)


def _policy(class_: Class) -> Value:
    """What becomes of values that no field takes: "allow", "ignore" or "forbid"."""
    policy = config_of(class_).get("extra", "allow" if class_.is_unread or _is_settings(class_) else "ignore")
    return policy if isinstance(policy, str) else getattr(policy, "path", "").rpartition(".")[2]


def _takes_names(class_: Class) -> bool:
    """Whether fields with an alias may be given by their own names, too."""
    config = config_of(class_)
    options = ("populate_by_name", "validate_by_name", "allow_population_by_field_name")
    return any(config.get(option, False) is not False for option in options)


def _variable(class_: Class, name: str) -> str:
    return f"{class_.options.get('env_prefix', '')}{name}".upper()


KINDS["pydantic"] = PydanticKind()


def copied(value: Value) -> Value:
    """A copy of plain containers, as pydantic gives each model its own default."""
    if type(value) is list:
        return [copied(item) for item in value]
    if type(value) is dict:
        return {key: copied(item) for key, item in value.items()}
    return set(value) if type(value) is set else value


def dumped(value: Value, options: dict[str, Value], context: Context) -> Value:
    """`model.model_dump(…)`."""
    found = _with_own_dump(value)
    return context.unknown(f"the dump of a `{found.name}`") if found is not None else as_data(value, options)


def _with_own_dump(value: Value) -> Class | None:
    """The class among those of the models inside that has serializers or computed fields."""
    if isinstance(value, Instance) and value.class_.fields:
        if is_dumped_by_its_own(value.class_):
            return value.class_
        return next(filter(None, map(_with_own_dump, value.attributes.values())), None)
    items = value.values() if type(value) is dict else value if type(value) in (list, tuple) else ()
    return next(filter(None, map(_with_own_dump, items)), None)


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
    data = context.plain(dumped(value, keywords, context))
    if isinstance(data, Unknown):
        return data.forgotten()
    placed = placed_in(data)
    if placed is not None:
        return placed.unmodelled("the JSON", context)
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
    if isinstance(value, Unknown):
        return value.forgotten()
    if isinstance(value, Instance):
        return value
    if not isinstance(value, dict) or not all(isinstance(name, str) for name in value):
        raise context.raise_(ValueError(f"input of {class_.name} should be a dictionary"))
    return context.call(class_, [], value)


def validate_json(class_: Class, arguments: list[Value], context: Context) -> Value:
    """`Model.model_validate_json(text)`."""
    value = context.force(arguments[0]) if arguments else "{}"
    if isinstance(value, Unknown):
        return value.forgotten()
    try:
        data = json.loads(value)
    except (ValueError, TypeError, RecursionError) as error:
        raise context.raise_(ValueError(str(error))) from None
    return validate(class_, [data], context)
