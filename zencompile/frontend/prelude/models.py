"""`dataclasses`, `enum`, `pydantic`, `attrs`: classes that are plain data."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable

from zencompile.frontend.prelude.helpers import Keywords, module
from zencompile.frontend.prelude.signatures import Declared, declared
from zencompile.frontend.values import (
    MISSING,
    Class,
    Context,
    Descriptor,
    Field,
    Function,
    Instance,
    NativeFunction,
    NativeObject,
    Symbol,
    Unknown,
    Value,
)
from zencompile.frontend.values.builtin_types import makes
from zencompile.frontend.values.classes import set_bases
from zencompile.frontend.values.copying import copy_value
from zencompile.frontend.values.enums import Auto, MemberSpec, NonMember, make_enum
from zencompile.frontend.values.operations import all_items
from zencompile.frontend.values.records import FieldSpec, is_marked, make_dataclass
from zencompile.frontend.values.validation import validated
from zencompile.frontend.values.validators import Computed, Validator


def _dataclass(a: list[Value], k: Keywords, c: Context) -> Value:
    """`@dataclass`, `@dataclass(...)`, `@define`."""
    if a and isinstance(a[0], Class):
        return make_dataclass(a[0], k, c)
    options = dict(k)
    return NativeFunction(
        "dataclass",
        lambda b, _, d: make_dataclass(b[0], options, d) if b and isinstance(b[0], Class) else (b[0] if b else None),
    )


def _validating_dataclass(a: list[Value], k: Keywords, c: Context) -> Value:
    """`pydantic.dataclasses.dataclass`, bare or with options."""
    made = _dataclass(a, {name: value for name, value in k.items() if name != "config"}, c)
    if isinstance(made, Class):
        made.options["coerce"] = validated
        return made
    return NativeFunction("dataclass", lambda b, _, d: _validating_dataclass(b, k, d))


def _field(a: list[Value], k: Keywords, c: Context) -> Value:
    default = k.get("default", a[0] if a else MISSING)
    factory = k.get("default_factory", k.get("factory", MISSING))
    if default is ...:
        default = MISSING
    if factory is None:
        factory = MISSING
    alias = k.get("alias") or k.get("validation_alias")
    made = FieldSpec(default, factory, k.get("init", True) is not False, alias if isinstance(alias, str) else "")
    made.shown = k.get("repr", True) is not False
    made.compared = k.get("compare", True) is not False
    made.keyword_only = k.get("kw_only") is True
    made.metadata = k.get("metadata")
    made.limits = {name: k[name] for name in _LIMITS if k.get(name) is not None}
    return made


_LIMITS = ("gt", "ge", "lt", "le", "multiple_of", "min_length", "max_length", "pattern", "regex", "strict")
"""Keywords of `pydantic.Field` by which it refuses or changes values."""


def _fields(a: list[Value], k: Keywords, c: Context) -> Value:
    class_ = a[0].class_ if isinstance(a[0], Instance) else a[0]
    if not isinstance(class_, Class):
        return c.unknown("the fields of a class that is not read")
    if class_.kind != "dataclass" and not class_.is_open:
        raise c.raise_(TypeError("must be called with a dataclass type or instance"))
    return tuple(_FieldInfo(field, class_) for field in class_.fields.values() if not _is_passed(field))


def _is_passed(field: Field) -> bool:
    return field.annotation is not None and is_marked(field.annotation, "InitVar")


class _FieldInfo(NativeObject):
    type_name = "Field"

    def __init__(self, field: Field, class_: Class) -> None:
        self.field = field
        self.class_ = class_

    def get_attribute(self, name: str, context: Context) -> Value:
        if name == "name":
            return self.field.name
        if name == "type":
            return context.evaluator.field_type(self.class_, self.field)
        if name == "default":
            return Symbol("dataclasses.MISSING") if self.field.default is MISSING else self.field.default
        if name == "default_factory":
            return Symbol("dataclasses.MISSING") if self.field.factory is MISSING else self.field.factory
        hidden = {"repr": "unshown", "compare": "uncompared"}.get(name)
        if hidden is not None:
            return self.field.name not in self.class_.options.get(hidden, ())
        if name == "kw_only":
            return self.field.name in self.class_.options.get("keyword-only", ())
        if name == "init":
            return self.field.init
        if name == "metadata":
            return self.class_.options.get("metadata", {}).get(self.field.name, {})
        return context.unknown(f"`{name}` of a field")


def as_dictionary(value: Value, tuples: bool = False) -> Value:
    if isinstance(value, Instance) and value.class_.kind in ("dataclass", "namedtuple"):
        if value.class_.kind == "dataclass":
            found = {n: as_dictionary(value.attributes.get(n), tuples) for n in value.class_.fields}
            return tuple(found.values()) if tuples else found
        return value
    if type(value) in (list, tuple):
        return type(value)(as_dictionary(item, tuples) for item in value)
    if type(value) is dict:
        return {key: as_dictionary(item, tuples) for key, item in value.items()}
    return copy_value(value, True, {})


def _asdict(a: list[Value], k: Keywords, c: Context) -> Value:
    value = c.force(a[0]) if a else None
    if isinstance(value, Unknown):
        return value.forgotten()
    if not isinstance(value, Instance):
        raise c.raise_(TypeError("asdict() should be called on dataclass instances"))
    if k.get("dict_factory", MISSING) not in (MISSING, dict):
        return c.unknown("a dictionary that a factory makes")
    return as_dictionary(value)


def _astuple(a: list[Value], k: Keywords, c: Context) -> Value:
    value = c.force(a[0]) if a else None
    if not isinstance(value, Instance) or k.get("tuple_factory", MISSING) not in (MISSING, tuple):
        return c.unknown("the fields of a value")
    if value.class_.kind != "dataclass":
        raise c.raise_(TypeError("astuple() should be called on dataclass instances"))
    return as_dictionary(value, True)


def _replace(a: list[Value], k: Keywords, c: Context) -> Value:
    value = c.force(a[0]) if a else None
    if not isinstance(value, Instance):
        return value.forgotten() if isinstance(value, Unknown) else c.unknown("the fields of a value")
    for name in k:
        if name in value.class_.fields and not value.class_.fields[name].init:
            raise c.raise_(ValueError(f"field {name} is declared with init=False, it cannot be specified"))
    given = {n: value.attributes[n] for n, f in value.class_.fields.items() if f.init and n in value.attributes}
    return c.call(value.class_, [], {**given, **k})


def _is_dataclass(a: list[Value], k: Keywords, c: Context) -> Value:
    value = c.force(a[0]) if a else None
    class_ = value.class_ if isinstance(value, Instance) else value
    return isinstance(class_, Class) and class_.kind == "dataclass"


# enum


@declared("unique", "enumeration")
def _unique(a: list[Value], k: Keywords, c: Context) -> Value:
    class_ = c.force(a[0])
    if not isinstance(class_, Class):
        return class_.forgotten() if isinstance(class_, Unknown) else c.unknown("an enum that is not the program's")
    aliases = [name for name, member in class_.members.items() if member.name != name]
    if aliases:
        shown = ", ".join(f"{one} -> {class_.members[one].name}" for one in aliases)
        raise c.raise_(ValueError(f"duplicate values found in <enum {class_.name!r}>: {shown}"))
    return class_


class _StrEnum(str, enum.Enum):
    """`enum.StrEnum`, which Python 3.10 lacks; the name is what tells it apart."""


_StrEnum.__name__ = "StrEnum"


class _EnumType:
    """Calls of `Enum("Name", …)` make a class; as a base it is Python's own."""


@makes(enum.Enum)
def functional_enum(type_: type, a: list[Value], k: Keywords, c: Context) -> Value:
    """`Enum("Color", "RED GREEN")` and its other forms."""
    name, names = c.plain(a[0]) if a else None, c.force(a[1] if len(a) > 1 else k.get("names"))
    if not isinstance(name, str) or len(a) > 2 or not {*k} <= {"names", "start", "module", "qualname"}:
        return name.forgotten() if isinstance(name, Unknown) else c.unknown("an enum that is made in another way")
    start = c.force(k.get("start", 1))
    if type(start) is not int:
        return c.unknown("an enum that begins with another value")
    if isinstance(names, str):
        names = names.replace(",", " ").split()
    pairs: list[tuple[str, Value]] = []
    if isinstance(names, dict):
        pairs = list(names.items())
    else:
        listed = all_items(names, c)
        if isinstance(listed, Unknown):
            return listed.forgotten()
        for index, item in enumerate(listed):
            pairs.append(_functional_member(type_, item, index, start))
    if not all(isinstance(one, str) for one, _ in pairs):
        return c.unknown("an enum whose members' names are not known")
    class_ = Class(str(name), str(name), c.module, None, (type_,))
    set_bases(class_)
    class_.namespace = dict(pairs)
    make_enum(class_, c)
    return class_


def _verify(a: list[Value], k: Keywords, c: Context) -> Value:
    return Declared("verify", "enumeration", lambda b, _, d: b[0])


def _functional_member(type_: type, item: Value, index: int, start: int) -> tuple[Value, Value]:
    """A member that is given by its name, or by name and value."""
    if isinstance(item, (tuple, list)) and len(item) == 2:
        return item[0], item[1]
    if issubclass(type_, enum.Flag):
        return item, start << index
    if type_.__name__ == "StrEnum" and isinstance(item, str):
        return item, item.lower()
    return item, start + index


# pydantic


def _pass_over(a: list[Value], k: Keywords, c: Context) -> Value:
    """A decorator that leaves what it decorates as it is; called forms give a decorator."""
    if len(a) == 1 and not k and isinstance(a[0], (Function, Descriptor)):
        return a[0]
    return NativeFunction("decorator", lambda b, _, d: b[0] if b else None)


def _marking(mark: Callable[[Value, tuple[str, ...], Keywords], Value]) -> NativeFunction:
    """A decorator of methods, bare or with names of fields and keywords."""

    def act(a: list[Value], k: Keywords, c: Context) -> Value:
        if len(a) == 1 and not k and isinstance(a[0], (Function, Descriptor)):
            return mark(a[0], (), k)
        names = tuple(name if isinstance(name, str) else "*" for name in map(c.force, a))
        return NativeFunction("decorator", lambda b, _, d: mark(b[0], names, k) if b else None)

    return NativeFunction("validator", act)


def _field_validator(method: Value, names: tuple[str, ...], k: Keywords) -> Value:
    return Validator(method, names, str(k.get("mode", "after")))


def _older_validator(method: Value, names: tuple[str, ...], k: Keywords) -> Value:
    """`@validator` of pydantic 1, which pydantic 2 still has."""
    made = Validator(method, names, "other" if "each_item" in k else "before" if k.get("pre") is True else "after")
    made.is_for_defaults = k.get("always", False) is not False
    return made


def _model_validator(method: Value, names: tuple[str, ...], k: Keywords) -> Value:
    return Validator(method, None, str(k.get("mode", "other")))


def _computed_field(method: Value, names: tuple[str, ...], k: Keywords) -> Value:
    function = method.function if isinstance(method, Descriptor) else method
    return Computed(method.kind if isinstance(method, Descriptor) else "property", function)


def _create_model(a: list[Value], k: Keywords, c: Context) -> Value:
    name = c.force(a[0]) if a else k.get("model_name", "Model")
    class_ = Class(str(name), str(name), c.module, None, (_BASE_MODEL,))
    class_.kind = "pydantic"
    class_.mro = (class_, _BASE_MODEL)
    for key, value in k.items():
        if isinstance(value, tuple) and len(value) == 2:
            class_.fields[key] = Field(key, None, MISSING if value[1] is ... else value[1])
    return class_


_BASE_MODEL = Symbol("pydantic.BaseModel")
_BASE_SETTINGS = Symbol("pydantic_settings.BaseSettings")
_FIELD = NativeFunction("Field", _field)
_DATACLASS = NativeFunction("dataclass", _dataclass)
_VALIDATING_DATACLASS = NativeFunction("dataclass", _validating_dataclass)
_DECORATOR = NativeFunction("validator", _pass_over)
_CONFIG = NativeFunction("ConfigDict", lambda a, k, c: dict(k))

_attrs = {
    "define": _DATACLASS, "frozen": _DATACLASS, "mutable": _DATACLASS, "s": _DATACLASS, "attrs": _DATACLASS,
    "dataclass": _DATACLASS, "field": _FIELD, "ib": _FIELD, "attrib": _FIELD,
    "Factory": NativeFunction("Factory", lambda a, k, c: FieldSpec(MISSING, a[0] if a else MISSING)),
    "asdict": NativeFunction("asdict", _asdict), "astuple": NativeFunction("astuple", _astuple),
    "evolve": NativeFunction("evolve", _replace),
}  # fmt: skip

MODULES: dict[str, Value] = {
    "dataclasses": module(
        "dataclasses",
        {
            "dataclass": _DATACLASS,
            "field": NativeFunction("field", _field),
            "MISSING": Symbol("dataclasses.MISSING"),
            "InitVar": Symbol("dataclasses.InitVar"),
            "FrozenInstanceError": dataclasses.FrozenInstanceError,
            "fields": Declared("fields", "class_or_instance", _fields),
            "asdict": Declared("asdict", "obj, *, dict_factory=...", _asdict),
            "astuple": Declared("astuple", "obj, *, tuple_factory=...", _astuple),
            "replace": Declared("replace", "obj, /, **changes", _replace),
            "is_dataclass": Declared("is_dataclass", "obj", _is_dataclass),
            "KW_ONLY": Symbol("dataclasses.KW_ONLY"),
        },
    ),
    "enum": module(
        "enum",
        {
            "Enum": enum.Enum,
            "IntEnum": enum.IntEnum,
            "StrEnum": getattr(enum, "StrEnum", _StrEnum),
            "Flag": enum.Flag,
            "IntFlag": enum.IntFlag,
            "EnumMeta": enum.EnumMeta,
            "EnumType": enum.EnumMeta,
            "auto": NativeFunction("auto", lambda a, k, c: Auto()),
            "unique": _unique,
            "verify": Declared("verify", "*checks", _verify),
            "member": NativeFunction("member", lambda a, k, c: MemberSpec(a[0])),
            "nonmember": NativeFunction("nonmember", lambda a, k, c: NonMember(a[0])),
            "property": NativeFunction("property", lambda a, k, c: Descriptor("property", a[0])),
        },
    ),
    "pydantic": module(
        "pydantic",
        {
            "BaseModel": _BASE_MODEL,
            "BaseSettings": _BASE_SETTINGS,
            "Field": _FIELD,
            "PrivateAttr": _FIELD,
            "ConfigDict": _CONFIG,
            "create_model": NativeFunction("create_model", _create_model),
            "computed_field": _marking(_computed_field),
            "field_validator": _marking(_field_validator),
            "validator": _marking(_older_validator),
            "model_validator": _marking(_model_validator),
            "root_validator": _marking(lambda method, names, k: Validator(method, None, "other")),
            **dict.fromkeys(("field_serializer", "model_serializer"),
                _marking(lambda method, names, k: Validator(method, None, "serializer"))),
            **dict.fromkeys(("validate_call", "validate_arguments"), _DECORATOR),
        },
    ),
    "pydantic.dataclasses": module("pydantic.dataclasses", {"dataclass": _VALIDATING_DATACLASS}),
    "pydantic_settings": module("pydantic_settings", {"BaseSettings": _BASE_SETTINGS, "SettingsConfigDict": _CONFIG}),
    "attr": module("attr", dict(_attrs)),
    "attrs": module("attrs", dict(_attrs)),
}  # fmt: skip
