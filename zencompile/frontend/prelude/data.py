"""`json`, `yaml`, `tomllib`, `omegaconf`: data from text and to text."""

from __future__ import annotations

import importlib
import json
from pathlib import PurePath
from types import ModuleType
from typing import Any

from zencompile.frontend.prelude import containers, files
from zencompile.frontend.prelude.helpers import Keywords, Quiet, module
from zencompile.frontend.prelude.signatures import Declared
from zencompile.frontend.values import (
    Context,
    EnumMember,
    Generator,
    Instance,
    NativeFunction,
    NativeObject,
    Placed,
    ProjectPath,
    ProjectText,
    Symbol,
    Unknown,
    Value,
    operations,
    type_name,
)
from zencompile.frontend.values.models import as_data
from zencompile.frontend.values.placed import placed_in
from zencompile.frontend.values.plain import PLAIN, unwrap


def _imported(name: str) -> ModuleType | None:
    """A module of newer Pythons, if this is one."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


tomllib = _imported("tomllib")  # since Python 3.11


def _content(source: Value, c: Context) -> Value:
    """The text behind a string or an open file."""
    source = unwrap(c.force(source))
    if isinstance(source, files.TextFile):
        return source.rest()
    if isinstance(source, (str, bytes, bytearray, Unknown)):
        return source
    if isinstance(source, (NativeObject, Instance)):
        return c.call(c.get_attribute(source, "read"))
    if type(source) in PLAIN:
        raise c.raise_(TypeError(f"the object must be str, bytes or a file, not {type_name(source)}"))
    return c.unknown("the content of a file that is not read")


# json


def load_json(a: list[Value], k: Keywords, c: Context) -> Value:
    """`json.loads` of a text or an open file, without options."""
    return _parsed(_content(a[0] if a else k.get("s", k.get("fp")), c), {}, c)


def _json_loads(a: list[Value], k: Keywords, c: Context) -> Value:
    source = unwrap(c.force(a[0]))
    if not isinstance(source, (str, bytes, bytearray, Unknown)):
        if isinstance(source, (NativeObject, Instance, Symbol)):
            return c.unknown("data from an object")
        raise c.raise_(TypeError(f"the JSON object must be str, bytes or bytearray, not {type_name(source)}"))
    return _parsed(source, k, c)


def _json_load(a: list[Value], k: Keywords, c: Context) -> Value:
    source = c.force(a[0])
    if not isinstance(source, files.TextFile):
        if type(source) in PLAIN:
            raise c.raise_(AttributeError(f"'{type_name(source)}' object has no attribute 'read'"))
        source = _content(source, c)
    return _parsed(source.rest() if isinstance(source, files.TextFile) else source, k, c)


_HOOKS = ("object_hook", "object_pairs_hook", "parse_float", "parse_int", "parse_constant")


def _parsed(source: Value, k: Keywords, c: Context) -> Value:
    """What a JSON text means, with the program's own hooks."""
    if isinstance(source, Unknown):
        return source.forgotten()
    if k.get("cls") is not None:
        return c.unknown("data that a decoder of the program reads")
    hooks = {name: _hook(k[name], c) for name in _HOOKS if k.get(name) is not None}
    try:
        return json.loads(source, **hooks)
    except RecursionError as error:
        raise c.raise_(error) from None
    except (ValueError, TypeError) as error:
        raise c.raise_(error) from None


def _hook(function: Value, c: Context) -> Any:
    return lambda argument: c.call(function, [argument])


def _json_dumps(a: list[Value], k: Keywords, c: Context) -> Value:
    data = c.plain(a[0])
    placed = placed_in(data)
    if isinstance(placed, ProjectText):
        return placed.unmodelled("the JSON", c)
    if isinstance(data, Unknown):
        return data.forgotten()
    options = {name: c.plain(value) for name, value in k.items() if name not in ("cls", "default")}
    unknown = next((value.forgotten() for value in options.values() if isinstance(value, Unknown)), None)
    if unknown is not None or k["cls"] is not None:
        return unknown or c.unknown("a text that an encoder of the program writes")
    default = k["default"]
    found: list[Unknown] = []

    def other(value: Value) -> Any:
        if isinstance(value, EnumMember) and value.mixin is not None:
            return value.value
        if isinstance(value, (containers.Mapping, Settings)):
            return _keys(value.data)
        if isinstance(value, ProjectText):
            found.append(value.unmodelled("the JSON", c))
            return None
        if isinstance(value, Symbol) or (isinstance(value, Instance) and value.class_.is_open):
            found.append(c.unknown("the JSON of a value that is not read"))
            return None
        if default is not None:
            made = _keys(c.plain(c.call(default, [value])))
            if isinstance(made, Unknown):
                found.append(made)
                return None
            return made
        raise TypeError(f"Object of type {type_name(value)} is not JSON serializable")

    try:
        text = json.dumps(_keys(data), default=other, **options)
    except RecursionError:
        raise c.raise_(ValueError("Circular reference detected")) from None
    except Exception as error:
        raise c.raise_(error) from None
    return found[0] if found else text


def _json_dump(a: list[Value], k: Keywords, c: Context) -> Value:
    text = _json_dumps(a[:1], k, c)
    c.call(c.get_attribute(c.force(a[1]), "write"), [text])
    return None


def _keys(value: Value) -> Value:
    """Keys as JSON can write them; an instance of `class D(dict)` as the dictionary that it is."""
    value = unwrap(value) if isinstance(value, Instance) else value
    if type(value) is dict:
        return {k.value if isinstance(k, EnumMember) else k: _keys(v) for k, v in value.items()}
    if type(value) in (list, tuple):
        return [_keys(item) for item in value]
    if isinstance(value, Instance) and value.class_.kind == "namedtuple":
        return [_keys(item) for item in value.attributes.values()]
    return value


# yaml


def _yaml() -> Any:
    import yaml

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        """Plain data only; tags that are not known give what they stand on."""

    def other(loader: Any, suffix: str, node: Any) -> Any:
        if isinstance(node, yaml.MappingNode):
            return loader.construct_mapping(node, deep=True)
        if isinstance(node, yaml.SequenceNode):
            return loader.construct_sequence(node, deep=True)
        return loader.construct_scalar(node)

    Loader.add_multi_constructor("!", other)
    Loader.add_multi_constructor("tag:", other)
    return yaml, Loader


def load_yaml(a: list[Value], k: Keywords, c: Context) -> Value:
    source = _content(a[0] if a else k.get("stream"), c)
    if isinstance(source, Unknown):
        return source.forgotten()
    yaml, loader = _yaml()
    try:
        return yaml.load(source, Loader=loader)
    except Exception as error:
        raise c.raise_(ValueError(f"not valid YAML: {error}".replace("\n", " "))) from None


def _yaml_load_all(a: list[Value], k: Keywords, c: Context) -> Value:
    source = _content(a[0] if a else k.get("stream"), c)
    if isinstance(source, Unknown):
        return source.forgotten()
    yaml, loader = _yaml()
    try:
        return Generator(iter(list(yaml.load_all(source, Loader=loader))))
    except Exception as error:
        raise c.raise_(ValueError(f"not valid YAML: {error}".replace("\n", " "))) from None


def _yaml_dump(a: list[Value], k: Keywords, c: Context) -> Value:
    data = c.plain(as_data(a[0] if a else None))
    stream = a[1] if len(a) > 1 else k.get("stream")
    placed = placed_in(data)
    unknown = data if isinstance(data, Unknown) else placed and placed.unmodelled("the YAML", c)
    if unknown is not None:
        return unknown if stream is None else None
    import yaml

    options = {
        n: c.force(v)
        for n, v in k.items()
        if n in ("sort_keys", "indent", "default_flow_style", "allow_unicode", "width")
    }
    try:
        text = yaml.safe_dump(data, **options)
    except Exception:
        return c.unknown("the YAML of a value that is not plain data") if stream is None else None
    if stream is None:
        return text
    return c.call(c.get_attribute(stream, "write"), [text])


class _RuamelYaml(NativeObject):
    """`ruamel.yaml.YAML()`."""

    type_name = "YAML"

    def get_attribute(self, name: str, context: Context) -> Value:
        if name == "load":
            return NativeFunction(name, lambda a, k, c: load_yaml([_opened(a[0], c)], {}, c))
        return Quiet("YAML").get_attribute(name, context)

    def set_attribute(self, name: str, value: Value, context: Context) -> None:
        """Options of writing."""


def _opened(source: Value, c: Context) -> Value:
    source = c.force(source)
    if isinstance(source, (PurePath, ProjectPath)):
        return files.open_file([source], {}, c)
    return source


# toml


def _parser() -> Any:
    if tomllib is not None:
        return tomllib
    import tomli

    return tomli


def _toml_load(a: list[Value], k: Keywords, c: Context) -> Value:
    source = _content(a[0] if a else k.get("s"), c)
    if isinstance(source, Unknown):
        return source.forgotten()
    try:
        return _parser().loads(source.decode() if isinstance(source, (bytes, bytearray)) else source)
    except Exception as error:
        if tomllib is not None and isinstance(error, tomllib.TOMLDecodeError):
            raise c.raise_(error) from None
        raise c.raise_(ValueError(f"not valid TOML: {error}")) from None


def _tomllib(parse: Any, signature: str, name: str) -> Declared:
    """`tomllib.load` and `loads`, which take a binary file and a text."""

    def act(a: list[Value], k: Keywords, c: Context) -> Value:
        source = unwrap(c.force(a[0]))
        is_right = isinstance(source, str) if name == "loads" else isinstance(source, (files.TextFile, Unknown))
        if not is_right or k["parse_float"] is not None:
            return source.forgotten() if isinstance(source, Unknown) else c.unknown("data that are read in another way")
        return parse([source], {}, c)

    return Declared(name, signature, act)


def _toml_file(a: list[Value], k: Keywords, c: Context) -> Value:
    """`toml.load`, which takes a path, too."""
    source = c.force(a[0] if a else k.get("f"))
    opened = files.open_file([source], {}, c) if isinstance(source, (str, ProjectText)) else _opened(source, c)
    return _toml_load([opened], {}, c)


# omegaconf: configuration files as dictionaries with attributes


class Settings(NativeObject):
    """A mapping whose items are attributes too."""

    type_name = "DictConfig"

    def __init__(self, data: dict[Value, Value]) -> None:
        self.data = data

    def get_attribute(self, name: str, context: Context) -> Value:
        if name in self.data:
            return wrapped(self.data[name])
        if hasattr(dict, name):
            method = operations.get_attribute(self.data, name, context)
            return NativeFunction(name, lambda a, k, c: wrapped(c.call(method, a, k)))
        raise context.raise_(AttributeError(f"Missing key {name}"))

    def set_attribute(self, name: str, value: Value, context: Context) -> None:
        context.touch(self.data)
        self.data[name] = value

    def get_item(self, key: Value, context: Context) -> Value:
        return wrapped(operations.get_item(self.data, key, context))

    def set_item(self, key: Value, value: Value, context: Context) -> None:
        operations.set_item(self.data, key, value, context)

    def iterate(self, context: Context) -> Any:
        return iter(list(self.data))

    def length(self, context: Context) -> int | Unknown:
        return len(self.data)

    def truth(self, context: Context) -> bool | Unknown:
        return bool(self.data)

    def is_instance_of(self, class_: Value) -> bool | None:
        return True if class_ is dict else None


def wrapped(value: Value) -> Value:
    """A mapping with attributes; in a list, too."""
    if type(value) is list and any(type(item) in (dict, list) for item in value):
        return [wrapped(item) for item in value]
    return Settings(value) if type(value) is dict else value


def _unwrapped(value: Value) -> Value:
    return value.data if isinstance(value, Settings) else value


def _omega_load(a: list[Value], k: Keywords, c: Context) -> Value:
    source = c.force(a[0])
    if isinstance(source, (str, PurePath, Placed)):
        source = files.open_file([source], {}, c)
    loaded = load_yaml([source], {}, c)
    return wrapped(loaded)


def _omega_create(a: list[Value], k: Keywords, c: Context) -> Value:
    source = c.force(a[0]) if a else {}
    if isinstance(source, str):
        return wrapped(load_yaml([source], {}, c))
    if isinstance(source, Instance):
        return wrapped(as_data(source))
    return wrapped(source)


def merged(left: Value, right: Value) -> Value:
    if type(left) is dict and type(right) is dict:
        return {**left, **{key: merged(left[key], v) if key in left else v for key, v in right.items()}}
    return right


def _omega_merge(a: list[Value], k: Keywords, c: Context) -> Value:
    result: Value = {}
    for one in a:
        value = _unwrapped(c.force(one))
        if isinstance(value, Unknown):
            return value.forgotten()
        result = merged(result, value)
    return wrapped(result)


_omega = {
    "load": NativeFunction("load", _omega_load),
    "create": NativeFunction("create", _omega_create),
    "structured": NativeFunction("structured", _omega_create),
    "merge": NativeFunction("merge", _omega_merge),
    "to_container": NativeFunction("to_container", lambda a, k, c: _unwrapped(c.force(a[0]))),
    "from_cli": NativeFunction("from_cli", lambda a, k, c: Settings({})),
    "save": NativeFunction("save", lambda a, k, c: None),
}

_LOADERS = (
    "Loader",
    "SafeLoader",
    "FullLoader",
    "CSafeLoader",
    "CLoader",
    "UnsafeLoader",
    "BaseLoader",
    "Dumper",
    "SafeDumper",
)
_LOAD = NativeFunction("load", load_yaml)

_TOML = {
    "load": NativeFunction("load", _toml_file),
    "loads": NativeFunction("loads", _toml_load),
    "dump": NativeFunction("dump", lambda a, k, c: None),
    "TOMLDecodeError": ValueError,
    "TomlDecodeError": ValueError,
}

_LOADING = "cls=None, object_hook=None, parse_float=None, parse_int=None, parse_constant=None, object_pairs_hook=None"
_DUMPING = (
    "skipkeys=False, ensure_ascii=True, check_circular=True, allow_nan=True, cls=None, indent=None, separators=None, "
    "default=None, sort_keys=False"
)

_TOMLLIB: dict[str, Value] = {
    "load": _tomllib(_toml_load, "fp, /, *, parse_float=None", "load"),
    "loads": _tomllib(_toml_load, "s, /, *, parse_float=None", "loads"),
}
if tomllib is not None:
    _TOMLLIB["TOMLDecodeError"] = tomllib.TOMLDecodeError

MODULES: dict[str, Value] = {
    "json": module(
        "json",
        {
            "load": Declared("load", f"fp, *, {_LOADING}, **keywords", _json_load),
            "loads": Declared("loads", f"s, *, {_LOADING}, **keywords", _json_loads),
            "dumps": Declared("dumps", f"obj, *, {_DUMPING}", _json_dumps),
            "dump": Declared("dump", f"obj, fp, *, {_DUMPING}", _json_dump),
            "JSONDecodeError": json.JSONDecodeError,
            "JSONEncoder": Symbol("json.JSONEncoder"),
        },
    ),
    "yaml": module(
        "yaml",
        {
            "safe_load": _LOAD,
            "load": _LOAD,
            "full_load": _LOAD,
            "unsafe_load": _LOAD,
            "safe_load_all": NativeFunction("safe_load_all", _yaml_load_all),
            "load_all": NativeFunction("load_all", _yaml_load_all),
            "dump": NativeFunction("dump", _yaml_dump),
            "safe_dump": NativeFunction("safe_dump", _yaml_dump),
            "YAMLError": ValueError,
            **{n: Symbol(f"yaml.{n}") for n in _LOADERS},
        },
    ),
    "ruamel.yaml": module(
        "ruamel.yaml", {"YAML": NativeFunction("YAML", lambda a, k, c: _RuamelYaml()), "safe_load": _LOAD}
    ),
    **{n: module(n, {**_TOML}) for n in ("tomli", "toml")},
    "tomllib": module("tomllib", _TOMLLIB),
    "omegaconf": module(
        "omegaconf", {"OmegaConf": module("OmegaConf", _omega), "DictConfig": Symbol("omegaconf.DictConfig")}
    ),
}
