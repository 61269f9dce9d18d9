"""What pydantic makes of the values that a model is given: types in lax mode, and the model's own validators.

Rules: https://docs.pydantic.dev/latest/concepts/conversion_table/ and `/concepts/validators/`. Where a rule isn't known
here the field is unknown; the object itself is made anew from what was written.
"""

from __future__ import annotations

from typing import Any

from zencompile.frontend.values.base import Context, Lazy, Object, Raised, Unknown, Value
from zencompile.frontend.values.classes import Class, Field, Instance, is_a
from zencompile.frontend.values.enums import EnumMember
from zencompile.frontend.values.functions import Function
from zencompile.frontend.values.hints import UnreadType, coerced, expectation, hint_of, limits_of
from zencompile.frontend.values.operations import call
from zencompile.frontend.values.placed import Placed, ProjectText
from zencompile.frontend.values.plain import PLAIN, plain
from zencompile.frontend.values.validators import Validator, config_of, validators_of
from zencompile_runtime.values.hints import Limited
from zencompile_runtime.values.mismatch import Mismatch

_COPIED = (list, dict, set, tuple, frozenset)


# fields


def validated(class_: Class, field: Field, value: Value, context: Context) -> Value:
    """The value that a field has when it was given another."""
    own = [validator for validator in validators_of(class_) if validator.is_for(field.name)]
    if any(validator.mode not in ("before", "after", "plain", "serializer") for validator in own):
        return _not_known(class_, field.name, context)
    for validator in reversed(own):
        if validator.mode == "before":
            value = run(validator, class_, value, context)
    plain = next((validator for validator in reversed(own) if validator.mode == "plain"), None)
    if plain is not None:
        value = run(plain, class_, value, context)
    elif field.annotation is None or class_.scope is None:
        value = _not_known(class_, field.name, context)
    else:
        value = coerce(value, _field_hint(class_, field, context), context)
        value = _configured(class_, field.name, value, context)
        if isinstance(value, Refused):
            raise context.raise_(ValueError(f"{class_.name}.{field.name}: {value.reason}"))
    for validator in own:
        if validator.mode == "after" and not isinstance(value, Unknown):
            value = run(validator, class_, value, context)
    return value


def _field_hint(class_: Class, field: Field, context: Context) -> Any:
    """A field's annotation, with the limits that its `Field(…)` adds."""
    hint = hint_of(context.evaluator.field_type(class_, field), context)
    limits = limits_of(class_.options.get("limits", {}).get(field.name, {}))
    return UnreadType("pydantic") if limits is None else Limited(hint, limits) if limits else hint


def _configured(class_: Class, name: str, value: Value, context: Context) -> Value:
    config = config_of(class_)
    if isinstance(value, EnumMember) and config.get("use_enum_values") is True:
        return value.value
    changes = any(config.get(f"str_{how}") for how in ("strip_whitespace", "to_lower", "to_upper"))
    if changes and (type(value) is str or isinstance(value, ProjectText)):
        return _not_known(class_, name, context)
    return value


def _not_known(class_: Class, name: str, context: Context) -> Unknown:
    return context.unknown(f"what pydantic makes of `{name}` of a `{class_.name}`")


def run(validator: Validator, class_: Class, value: Value, context: Context) -> Value:
    """Call a validator. What it raises is pydantic's `ValidationError`, which is a ValueError."""
    method = validator.bind(class_, class_, context)
    extra = _parameters(validator) - (1 if validator.kind == "staticmethod" else 2)
    told = [context.unknown("what pydantic tells a validator") for _ in range(extra)]
    try:
        return call(method, [value, *told], {}, context)
    except Raised as raised:
        if is_a(raised.value, AssertionError):
            raise context.raise_(ValueError(f"a value of {class_.name} is not valid")) from None
        raise


def _parameters(validator: Validator) -> int:
    function = validator.function
    if not isinstance(function, Function):
        return 2
    return len(function.node.args.posonlyargs) + len(function.node.args.args)


# types


def coerce(value: Value, hint: Any, context: Context) -> Value:
    """A value as a field of a type holds it; Unknown where pydantic would refuse it, or that isn't known."""
    if isinstance(value, Lazy) and not _is_held(value, hint):
        value = context.force(value)
    if isinstance(value, Object) and value.is_later and not _is_held(value, hint):
        return context.unknown("what pydantic makes of a value that only running knows")
    if not isinstance(value, (EnumMember, Instance, Placed, Lazy)) and type(value) not in PLAIN:
        return value
    if type(value) in _COPIED and not _is_held(value, hint):
        value = plain(value, context)
        if isinstance(value, Unknown):
            return value.forgotten()
    try:
        made, is_known = coerced(value, hint)
    except Mismatch as problem:
        return Refused(context.span, expectation(problem, value))
    return made if is_known else context.unknown("what pydantic makes of a value of another type")


def _is_held(value: Value, hint: Any) -> bool:
    """Whether a type takes a value as it is, though parts of it are known later."""
    try:
        made, is_known = coerced(value, hint)
    except Mismatch:
        return False
    return is_known and (made is value or type(value) in _COPIED)


class Refused(Unknown):
    """What a value is that pydantic raises a `ValidationError` for."""

    __slots__ = ()
