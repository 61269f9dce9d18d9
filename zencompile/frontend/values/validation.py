"""What pydantic makes of the values that a model is given: types in lax mode, and the model's own validators.

Rules: https://docs.pydantic.dev/latest/concepts/conversion_table/ and `/concepts/validators/`. Where a rule isn't known
here the field is unknown; the object itself is made anew from what was written.
"""

from __future__ import annotations

import operator
import pathlib
from collections.abc import Iterable
from typing import Any

from zencompile.frontend.values.base import MISSING, BoundMethod, Context, Lazy, Object, Raised, Unknown, Value
from zencompile.frontend.values.classes import Class, Field, Instance, is_a
from zencompile.frontend.values.enums import EnumMember
from zencompile.frontend.values.functions import Descriptor, Function
from zencompile.frontend.values.operations import call
from zencompile.frontend.values.placed import Placed, ProjectPath, ProjectText
from zencompile.frontend.values.plain import PLAIN, SCALARS, identical
from zencompile.frontend.values.records import FieldSpec
from zencompile.frontend.values.symbols import UNION, Generic, Symbol

_TRUE = frozenset({"1", "on", "t", "true", "y", "yes"})
_FALSE = frozenset({"0", "off", "f", "false", "n", "no"})
_COPIED = (list, dict, set, tuple, frozenset)
_PATHS = (pathlib.PurePosixPath, pathlib.PureWindowsPath)
_LARGEST = 1 << 63
"""Floats from here on are no integers to pydantic."""

_LIMITED: dict[str, tuple[type, dict[str, Value]]] = {
    "PositiveInt": (int, {"gt": 0}), "NonNegativeInt": (int, {"ge": 0}),
    "NegativeInt": (int, {"lt": 0}), "NonPositiveInt": (int, {"le": 0}),
    "PositiveFloat": (float, {"gt": 0}), "NonNegativeFloat": (float, {"ge": 0}),
    "NegativeFloat": (float, {"lt": 0}), "NonPositiveFloat": (float, {"le": 0}),
}  # fmt: skip
"""Types of pydantic that are a plain type with limits."""


class Validator(Descriptor):
    """What `@field_validator(…)` and `@model_validator(…)` make of a method of a model.

    `fields` are the names it is for; None for the whole model. `mode` is "before", "after", "plain", "serializer", or
    another word for one that is not run here.
    """

    __slots__ = ("fields", "is_for_defaults", "mode")

    def __init__(self, method: Value, fields: tuple[str, ...] | None, mode: str) -> None:
        inner = method if isinstance(method, Descriptor) else None
        of_object = fields is None and mode == "after"
        super().__init__(
            inner.kind if inner is not None else "method" if of_object else "classmethod",
            inner.function if inner is not None else method,
        )
        self.fields = fields
        self.mode = mode
        self.is_for_defaults = False

    def bind(self, receiver: Value, class_: Value, context: Context) -> Value:
        if self.kind == "method":
            return self.function if receiver is class_ else BoundMethod(self.function, receiver)
        return super().bind(receiver, class_, context)

    def is_for(self, name: str) -> bool:
        return self.fields is not None and (name in self.fields or "*" in self.fields)


class Computed(Descriptor):
    """`@computed_field`: a property that is dumped as a field is."""

    __slots__ = ()


def validators_of(class_: Class) -> list[Validator]:
    """The validators and serializers of a model, those of its bases first; one of the same name takes another's
    place."""
    named: dict[str, Value] = {}
    for base in reversed(class_.mro):
        if type(base) is Class:
            named.update(base.namespace)
    return [value for value in named.values() if isinstance(value, Validator)]


def is_dumped_by_its_own(class_: Class) -> bool:
    """Whether a dump of a model holds something other than its fields as they are."""
    return any(v.mode == "serializer" for v in validators_of(class_)) or has_computed(class_)


def has_computed(class_: Class) -> bool:
    """Whether a model has properties that are dumped and shown as fields are."""
    bases = [base for base in class_.mro if type(base) is Class]
    return any(isinstance(value, Computed) for base in bases for value in base.namespace.values())


def config_of(class_: Class) -> dict[str, Value]:
    """`model_config`, `class Config` and the keywords of the class statement."""
    found: dict[str, Value] = {}
    for base in reversed(class_.mro):
        if type(base) is not Class:
            continue
        config = base.namespace.get("model_config")
        found.update(config if isinstance(config, dict) else {})
        older = base.namespace.get("Config")
        found.update(older.namespace if isinstance(older, Class) else {})
        found.update(base.options)
    return found


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
        value = coerce(value, context.evaluator.field_type(class_, field), context)
        value = within(value, class_.options.get("limits", {}).get(field.name, {}), context)
        value = _configured(class_, field.name, value, context)
        if isinstance(value, Refused):
            raise context.raise_(ValueError(f"{class_.name}.{field.name}: {value.reason}"))
    for validator in own:
        if validator.mode == "after" and not isinstance(value, Unknown):
            value = run(validator, class_, value, context)
    return value


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


def coerce(value: Value, type_: Value, context: Context) -> Value:
    """A value as a field of a type holds it; Unknown where pydantic would refuse it, or that isn't known."""
    if isinstance(value, Lazy):
        if value.always is not None and _takes(type_, value.always):
            return value
        value = context.force(value)
    if isinstance(value, Object) and value.is_later and not _takes(type_, None):
        return context.unknown("what pydantic makes of a value that only running knows")
    if not isinstance(value, (EnumMember, Instance, Placed)) and type(value) not in PLAIN:
        return value
    if type_ is None:
        type_ = type(None)
    if isinstance(type_, Class):
        return _coerce_class(value, type_, context)
    if isinstance(type_, Generic):
        return _coerce_generic(value, type_, context)
    if isinstance(type_, type):
        return _coerce_plain(value, type_, context)
    return _coerce_named(value, getattr(type_, "path", ""), context)


def _takes(type_: Value, kind: type | None) -> bool:
    """Whether a field of a type holds all values of a class as they are; those of any class, if that is None."""
    if getattr(type_, "path", "").rpartition(".")[2] == "Any":
        return True
    if isinstance(type_, Generic) and _is_union(type_):
        return any(_takes(one, kind) for one in type_.arguments)
    return type_ is kind is not None


def _is_union(type_: Generic) -> bool:
    return type_.origin == UNION or getattr(type_.origin, "path", "").rpartition(".")[2] in ("Union", "Optional")


class Refused(Unknown):
    """What a value is that pydantic raises a `ValidationError` for."""

    __slots__ = ()


_STRICTLY = frozenset({int, float, bool, str, list, dict, set, tuple, frozenset, type(None)})
"""Types among which a value that isn't converted is refused."""


def _unfit(value: Value, type_: type, context: Context) -> Unknown:
    """What a value is that no rule here converts."""
    if type(value) in _STRICTLY and type_ in _STRICTLY:
        return Refused(context.span, f"{value!r} is no {type_.__name__}")
    return _wrong(context)


def _wrong(context: Context) -> Unknown:
    return context.unknown("what pydantic makes of a value of another type")


def _coerce_named(value: Value, path: str, context: Context) -> Value:
    """A value as a field of a type that is known by its name only holds it."""
    module, _, name = path.rpartition(".")
    if module in ("typing", "typing_extensions"):
        if name == "Any":
            return value
        alias = _ALIASES.get(name)
        return _wrong(context) if alias is None else _coerce_plain(value, alias, context)
    limited = _LIMITED.get(name) if module.startswith("pydantic") else None
    if limited is None:
        return _wrong(context)
    return within(coerce(value, limited[0], context), limited[1], context)


_ALIASES: dict[str, type] = {"List": list, "Dict": dict, "Set": set, "FrozenSet": frozenset, "Tuple": tuple}


def within(value: Value, limits: dict[str, Value], context: Context) -> Value:
    """A value that has to keep limits. Raises ValueError where it doesn't; Unknown where that isn't known."""
    for name, limit in limits.items():
        if isinstance(value, Unknown):
            return value.forgotten()
        keeps = _keeps(value, name, limit)
        if keeps is MISSING:
            return context.unknown("whether pydantic takes a value")
        if not keeps:
            raise context.raise_(ValueError(f"input should keep {name}={limit}"))
    return value


def _keeps(value: Any, name: str, limit: Any) -> Any:
    numbers = (int, float)
    if name in _COMPARISONS and type(value) in numbers and type(limit) in numbers:
        return _COMPARISONS[name](value, limit)
    if name in ("min_length", "max_length") and type(value) in (str, bytes, *_COPIED) and type(limit) is int:
        return len(value) >= limit if name == "min_length" else len(value) <= limit
    return MISSING


_COMPARISONS = {"gt": operator.gt, "ge": operator.ge, "lt": operator.lt, "le": operator.le}


def _coerce_class(value: Value, type_: Class, context: Context) -> Value:
    if isinstance(value, (EnumMember, Instance)) and type_ in value.class_.mro:
        return value
    if type_.kind == "pydantic" and type(value) is dict and all(isinstance(name, str) for name in value):
        return context.call(type_, [], value)
    if type_.kind == "pydantic" and type(value) in _STRICTLY:
        return Refused(context.span, f"{value!r} is no `{type_.name}`")
    if type_.kind == "enum" and not isinstance(value, EnumMember):
        found = (member for member in type_.members.values() if identical(member.value, value))
        return next(found, None) or _wrong(context)
    return _wrong(context)


def _coerce_plain(value: Value, type_: type, context: Context) -> Value:
    kind = type(value)
    if type_ is object:
        return value
    if kind is type_:
        return type_(value) if kind in (list, dict, set) else value
    if isinstance(value, Placed):
        return _coerce_placed(value, type_, context)
    if isinstance(value, (EnumMember, Instance)):
        return _wrong(context)
    if kind in _PATHS and issubclass(type_, pathlib.PurePath):
        return value
    made = _converted(value, type_)
    return _unfit(value, type_, context) if made is MISSING else made


def _coerce_placed(value: Placed, type_: type, context: Context) -> Value:
    """A path of the project, or a text that holds one."""
    if issubclass(type_, pathlib.PurePath):
        return value if isinstance(value, ProjectPath) else ProjectPath(pathlib.PurePosixPath(value.inner))
    if type_ is str and isinstance(value, ProjectText):
        return value
    return Refused(context.span, f"{value!r} is no {type_.__name__}") if type_ in _STRICTLY else _wrong(context)


def _converted(value: Any, type_: type) -> Value:
    """By pydantic's table of conversions; MISSING for what it refuses or isn't known."""
    kind = type(value)
    if type_ is bool:
        if kind is str:
            text = value.lower()
            return True if text in _TRUE else False if text in _FALSE else MISSING
        return bool(value) if kind in (int, float) and value in (0, 1) else MISSING
    if type_ in (int, float) and kind in (int, float, bool, str):
        try:
            made = type_(value)
        except (ValueError, OverflowError):
            return MISSING
        return MISSING if kind is float and (made != value or abs(value) >= _LARGEST) and type_ is int else made
    if type_ in (list, tuple, set, frozenset) and kind in (list, tuple, set, frozenset):
        return type_(value)
    if issubclass(type_, pathlib.PurePath) and kind is str:
        return type_(value)
    if value is None and type_ is type(None):
        return None
    return MISSING


_CONTAINERS = frozenset(
    {*("list", "List", "Sequence", "set", "Set", "frozenset", "FrozenSet", "dict", "Dict"), "tuple", "Tuple"}
)


def _coerce_generic(value: Value, type_: Generic, context: Context) -> Value:
    origin, arguments = type_.origin, type_.arguments
    last = origin.path.rpartition(".")[2] if isinstance(origin, Symbol) else getattr(origin, "__name__", "")
    if last == "Annotated":
        return _coerce_annotated(value, arguments, context)
    if last == "Literal":
        if any(identical(value, one) for one in arguments):
            return value
        plain = type(value) in SCALARS and all(type(one) in SCALARS for one in arguments)
        return Refused(context.span, f"{value!r} is none of the literals") if plain else _wrong(context)
    if last == "Optional":
        return None if value is None else coerce(value, arguments[0], context)
    if origin == UNION or last == "Union":
        return _coerce_union(value, arguments, context)
    if last in _CONTAINERS and (value is None or type(value) in (int, float, bool, str)):
        return Refused(context.span, f"{value!r} is no {last.lower()}")
    if last in ("list", "List", "Sequence", "set", "Set", "frozenset", "FrozenSet"):
        return _coerce_items(value, last.lower(), arguments, context)
    if last in ("dict", "Dict", "Mapping") and type(value) is dict and len(arguments) == 2:
        made = {coerce(k, arguments[0], context): coerce(v, arguments[1], context) for k, v in value.items()}
        return _first_unknown([*made, *made.values()]) or made
    if last in ("tuple", "Tuple") and type(value) in (list, tuple):
        types = arguments[:1] * len(value) if arguments[1:] == (...,) else arguments
        if len(types) == len(value):
            items = tuple(coerce(item, each, context) for item, each in zip(value, types, strict=True))
            return _first_unknown(items) or items
    return _wrong(context)


def _coerce_annotated(value: Value, arguments: tuple[Value, ...], context: Context) -> Value:
    """`Annotated[type, …]`: what stands beside the type may limit or change the value."""
    made = coerce(value, arguments[0], context)
    for beside in arguments[1:]:
        if isinstance(beside, FieldSpec):
            made = within(made, beside.limits, context)
        elif type(beside) not in PLAIN and not isinstance(beside, (EnumMember, Instance)):
            return _wrong(context)
    return made


def _coerce_items(value: Value, name: str, arguments: tuple[Value, ...], context: Context) -> Value:
    taken = (list, tuple) if name == "sequence" else (list, tuple, set, frozenset)
    if type(value) not in taken or len(arguments) != 1:
        return _wrong(context)
    items = [coerce(item, arguments[0], context) for item in value]
    unknown = _first_unknown(items)
    if unknown is not None:
        return unknown
    if name in ("list", "sequence"):
        return tuple(items) if name == "sequence" and type(value) is tuple else items
    return frozenset(items) if name == "frozenset" else set(items)


def _first_unknown(items: Iterable[Value]) -> Unknown | None:
    """One that isn't known, before all one that is refused."""
    unknown = [item for item in items if isinstance(item, Unknown)]
    return next((item for item in unknown if isinstance(item, Refused)), unknown[0] if unknown else None)


def _coerce_union(value: Value, types: tuple[Value, ...], context: Context) -> Value:
    """As the type that it already has, else as the only one that takes it: pydantic's "smart mode"."""
    if value is None and (None in types or type(None) in types):
        return None
    known: list[Value] = []
    for type_ in types:
        made = coerce(value, type_, context)
        if identical(made, value) and type(value) not in _COPIED:
            return value
        if not isinstance(made, Refused):
            known.append(made)
    if not known:
        return Refused(context.span, f"{value!r} is of none of a union's types")
    return known[0] if len(known) == 1 else context.unknown("which type of a union pydantic takes")
