"""Libraries of settings: mappings with attributes (`box`, `easydict`, …), the environment (`decouple`, …)."""

from __future__ import annotations

from typing import Any

from zencompile.frontend.prelude import data, files
from zencompile.frontend.prelude.helpers import Keywords, bind, constant, module
from zencompile.frontend.prelude.system import environment_reference
from zencompile.frontend.values import (
    MISSING,
    Class,
    Context,
    EnvironmentReference,
    Function,
    NativeFunction,
    NativeObject,
    Unknown,
    Value,
)


class AttributeMapping(NativeObject):
    """A class of mappings with attributes, such as `box.ConfigBox`."""

    type_name = "class"

    def __init__(self, path: str) -> None:
        self.path = path

    def call(self, arguments: list[Value], keywords: Keywords, context: Context) -> Value:
        made: dict[Value, Value] = {}
        given = context.force(arguments[0]) if arguments else {}
        if isinstance(given, Unknown):
            return given.forgotten()
        if isinstance(given, data.Settings):
            given = given.data
        if isinstance(given, (list, tuple)):
            pairs = [context.force(pair) for pair in given]
            if not all(isinstance(pair, (list, tuple)) and len(pair) == 2 for pair in pairs):
                return context.unknown(f"`{self.path}` of something that is no mapping")
            given = dict(pairs)
        if not isinstance(given, dict):
            return context.unknown(f"`{self.path}` of something that is no mapping")
        made.update(given)
        options = ("default_box", "frozen_box", "box_dots", "default_box_attr", "conversion_box", "camel_killer_box")
        made.update({k: v for k, v in keywords.items() if k not in options})
        return data.wrapped(made)

    def get_attribute(self, name: str, context: Context) -> Value:
        if name in ("from_yaml", "fromYAML"):
            return NativeFunction(name, lambda a, k, c: self._from(data.load_yaml, a, k, c))
        if name in ("from_json", "fromJSON"):
            return NativeFunction(name, lambda a, k, c: self._from(data.load_json, a, k, c))
        if name in ("fromDict", "from_dict"):
            return NativeFunction(name, lambda a, k, c: self.call(a, k, c))
        return super().get_attribute(name, context)

    def _from(self, load: Any, a: list[Value], k: Keywords, c: Context) -> Value:
        source = a[0] if a else k.get("yaml_string", k.get("json_string"))
        if "filename" in k:
            source = files.open_file([k["filename"]], {}, c)
        return self.call([load([source], {}, c)], {}, c)


def _mapping_of(path: str) -> NativeFunction:
    """`munchify(data)` and the like."""
    return NativeFunction(path.rpartition(".")[2], lambda a, k, c: AttributeMapping(path).call(a[:1], {}, c))


def _cast(value: Value, how: Value, context: Context) -> Value:
    """A variable as `decouple` and `environs` convert it."""
    if how is MISSING or how is None or value is None:
        return value
    if isinstance(value, Unknown):
        return value.forgotten()
    value = context.force(value)
    if how is bool and isinstance(value, str):
        return value.strip().lower() in ("1", "true", "yes", "y", "on", "t")
    return value.forgotten() if isinstance(value, Unknown) else context.call(how, [value])


def _decouple(a: list[Value], k: Keywords, c: Context) -> Value:
    given = bind("option default cast", a, k, c, "config")
    reference = environment_reference(given.get("option"), given.get("default", MISSING), c)
    return _cast(reference, given.get("cast", MISSING), c)


def _split(a: list[Value], k: Keywords, c: Context) -> Value:
    text = c.plain(a[0]) if a else ""
    return [part.strip() for part in text.split(",") if part.strip()] if isinstance(text, str) else text


_CASTS: dict[str, Value] = {"str": MISSING, "int": int, "float": float, "bool": bool, "path": MISSING, "url": MISSING}


class Env(NativeObject):
    """`environs.Env()`, `environ.Env()`."""

    type_name = "Env"

    def get_attribute(self, name: str, context: Context) -> Value:
        if name in _CASTS or name in ("list", "__call__"):
            return NativeFunction(name, lambda a, k, c: self._get(name, a, k, c))
        if name in ("read_env", "prefixed", "seal"):
            return constant(name)
        return super().get_attribute(name, context)

    def call(self, arguments: list[Value], keywords: Keywords, context: Context) -> Value:
        return self._get("str", arguments, keywords, context)

    def _get(self, kind: str, a: list[Value], k: Keywords, c: Context) -> Value:
        default = k.get("default", a[1] if len(a) > 1 else MISSING)
        reference = environment_reference(a[0] if a else k.get("name"), default, c)
        how = NativeFunction("list", _split) if kind == "list" else _CASTS.get(kind, MISSING)
        if how is not MISSING and isinstance(reference, EnvironmentReference) and default is not MISSING:
            forced = c.force(reference)
            return forced if forced is default or not isinstance(forced, str) else _cast(forced, how, c)
        return _cast(reference, how, c)


class Passing(NativeObject):
    """A decorator that checks arguments: `ensure_annotations`, `typechecked`, `beartype`."""

    type_name = "decorator"

    def __init__(self, name: str) -> None:
        self.name = name

    def call(self, arguments: list[Value], keywords: Keywords, context: Context) -> Value:
        return arguments[0] if len(arguments) == 1 and isinstance(arguments[0], (Function, Class)) else self

    def decorated(self, target: Value, context: Context) -> Value:
        return target


def _classes(path: str, *names: str) -> dict[str, Value]:
    return {name: AttributeMapping(f"{path}.{name}") for name in names}


_BOX_ERRORS = {"BoxValueError": ValueError, "BoxError": Exception, "BoxKeyError": KeyError, "BoxTypeError": TypeError}
_BOX = {
    **_classes("box", "Box", "ConfigBox", "DefaultBox"),
    **_BOX_ERRORS,
    "BoxList": NativeFunction("BoxList", lambda a, k, c: c.call(list, a)),
}
_MODES = _classes("munch", "Munch", "DefaultMunch", "AutoMunch")

MODULES: dict[str, Value] = {
    "box": module("box", {**_BOX, "exceptions": module("box.exceptions", {**_BOX_ERRORS})}),
    "box.exceptions": module("box.exceptions", {**_BOX_ERRORS}),
    "box.config_box": module("box.config_box", {**_BOX}),
    "easydict": module("easydict", _classes("easydict", "EasyDict")),
    "addict": module("addict", _classes("addict", "Dict")),
    "dotmap": module("dotmap", _classes("dotmap", "DotMap")),
    "ml_collections": module("ml_collections", _classes("ml_collections", "ConfigDict")),
    "munch": module("munch", {**_MODES, "munchify": _mapping_of("munch.munchify")}),
    "decouple": module(
        "decouple",
        {
            "config": NativeFunction("config", _decouple),
            "Csv": NativeFunction("Csv", lambda a, k, c: NativeFunction("Csv", _split)),
            "UndefinedValueError": Exception,
        },
    ),
    "environs": module("environs", {"Env": NativeFunction("Env", lambda a, k, c: Env()), "EnvError": ValueError}),
    "ensure": module("ensure", {"ensure_annotations": Passing("ensure_annotations"), "ensure": constant("ensure")}),
    "typeguard": module("typeguard", {"typechecked": Passing("typechecked")}),
    "beartype": module("beartype", {"beartype": Passing("beartype")}),
}
