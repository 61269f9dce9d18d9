"""Canonical literals: Python values as JSON with a type tag for what JSON lacks, and back.

The same text as the compiler's `ir.literals` writes, which this package must not import; a test holds the two together.
`enum` and `model` objects are decoded by importing their class, `symbol` by importing what it names, `project` by
looking where the project lies. Three more tags stand in arguments alone: `typed` (`values.typed`), `given`, which holds
what a run was given, and `file`, which names what was too long for a command line by its digest.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from zencompile_runtime.errors import ConfigurationFault
from zencompile_runtime.importing import load_class, load_dotted, project

Json = Any


class NotLiteral(ValueError):
    """A value that has no literal form."""


def canonical(value: Json) -> str:
    """The one text of a JSON value: sorted keys, no spaces, all characters literal."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


# -- decoding ----------------------------------------------------------------------------------------------------------


def decode(value: Json) -> Any:
    """The Python value of a literal."""
    kind = type(value)
    if kind is list:
        return [decode(item) for item in value]
    if kind is not dict:
        return value
    tag = value.get("$")
    if tag is None:
        return {key: decode(item) for key, item in value.items()}
    decoder = _DECODERS.get(tag)
    if decoder is None:
        raise ConfigurationFault(f"unknown type tag {tag!r} in a literal")
    try:
        return decoder(value)
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigurationFault(f"broken literal {canonical(value)[:200]}: {error}") from error


def _datetime(name: str) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        import datetime

        return getattr(datetime, name).fromisoformat(value["iso"])

    return read


def _timedelta(value: Any) -> Any:
    import datetime

    return datetime.timedelta(value["days"], value["seconds"], value["microseconds"])


def _bytes(value: Any) -> bytes:
    import base64

    return base64.b64decode(value["base64"])


def _text(module: str, name: str) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        import importlib

        return getattr(importlib.import_module(module), name)(value["text"])

    return read


def _project(value: Any) -> str:
    """Text with the project's folder, links followed, in the place of `{project}`."""
    import os
    import re

    folder = os.path.realpath(project())

    def put(match: re.Match[str]) -> str:
        if match.group(1) is None:
            return match.group()[0]  # braces stand twice
        found = os.path.normpath(folder + match.group(1))
        return found + match.group(2) if found != "/" else found  # no two slashes in a row

    return re.sub(r"\{\{|\}\}|\{project((?:/\.\.)*)\}(/?)", put, value["text"])


def _path(value: Any) -> Any:
    import pathlib

    return pathlib.Path(decode(value["text"]))


def _enum(value: Any) -> Any:
    members = load_class(value["class"])
    try:
        return members[value["name"]]
    except KeyError:
        return members(decode(value["value"]))


_scalars: dict[str, Any] = {}


def _numpy(value: Any) -> Any:
    scalar = _scalars.get(value["dtype"])
    if scalar is None:
        import importlib

        numpy: Any = importlib.import_module("numpy")
        scalar = _scalars[value["dtype"]] = numpy.dtype(value["dtype"]).type
    return scalar(value["value"])


def _model(value: Any) -> Any:
    positional = [decode(item) for item in value.get("arguments", ())]
    return load_class(value["class"])(*positional, **{key: decode(item) for key, item in value["keywords"].items()})


def _expression(value: Any) -> Any:
    from zencompile_runtime.values.expressions import evaluate

    given = {name: decode(one) for name, one in value.get("given", {}).items()}
    return evaluate(value["text"], given, trusted=True)


def _file(value: Any) -> Any:
    """What was too long for a command line: `values/<digest>.json` beside the facts of code."""
    import hashlib
    from pathlib import Path

    from zencompile_runtime import facts

    path = Path(facts.folder()) / "values" / f"{value['sha256']}.json"
    try:
        held = path.read_bytes()
    except OSError as error:
        raise ConfigurationFault(
            f"{path}, which holds an argument, can't be read ({error.strerror})",
            help="build the image, or prepare this worker, from the same compilation",
        ) from None
    if hashlib.sha256(held).hexdigest() != value["sha256"]:
        raise ConfigurationFault(f"{path} is not what was compiled", help="compile the pipeline again")
    return decode(json.loads(held))


def _given(value: Any) -> Any:
    """What a run was given: plain data, in which no tag is one, but for a default that a form shows with its tags."""
    found = value["value"]
    if "default" in value and canonical(found) == canonical(value["default"]):
        return decode(found)
    return found


def _typed(value: Any) -> Any:
    from zencompile_runtime.values.typed import typed

    return typed(decode(value["value"]), value["as"])


_DECODERS: dict[str, Callable[[Any], Any]] = {
    "tuple": lambda v: tuple(decode(item) for item in v["items"]),
    "set": lambda v: {decode(item) for item in v["items"]},
    "frozenset": lambda v: frozenset(decode(item) for item in v["items"]),
    "bytes": _bytes,
    "datetime": _datetime("datetime"),
    "date": _datetime("date"),
    "time": _datetime("time"),
    "timedelta": _timedelta,
    "uuid": _text("uuid", "UUID"),
    "decimal": _text("decimal", "Decimal"),
    "path": _path,
    "project": _project,
    "dict": lambda v: {decode(key): decode(item) for key, item in v["items"]},
    "enum": _enum,
    "model": _model,
    "symbol": lambda v: load_dotted(v["path"]),
    "expression": _expression,
    "numpy": _numpy,
    "given": _given,
    "typed": _typed,
    "file": _file,
}


# -- encoding ----------------------------------------------------------------------------------------------------------


def encode(value: Any, nan: bool = False) -> Json:
    """`value` as a literal; NotLiteral if a part of it has none.

    With `nan` it is an artifact's: inf and nan are let through as JSON numbers, scalars of NumPy keep their types, and
    what would come back as something else (a time in a named zone, a pure path, the path of a file that is there and
    has to travel along) has no literal.
    """
    kind = type(value)
    if value is None or kind is bool or kind is str or kind is int:
        return value
    if kind is float:
        if not nan and value - value != 0:
            raise NotLiteral(f"{value} has no JSON form")
        return value
    if kind is list:
        return [encode(item, nan) for item in value]
    if kind is dict:
        if "$" not in value and all(type(key) is str for key in value):
            return {key: encode(item, nan) for key, item in value.items()}
        return {"$": "dict", "items": [[encode(key, nan), encode(item, nan)] for key, item in value.items()]}
    if kind is tuple:
        return {"$": "tuple", "items": [encode(item, nan) for item in value]}
    if kind is set or kind is frozenset:
        items = [encode(item, nan) for item in value]
        return {"$": kind.__name__, "items": sorted(items, key=_order)}
    return _encode_other(value, kind, nan)


def _order(item: Json) -> str:
    return json.dumps(item, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _encode_other(value: Any, kind: type, nan: bool) -> Json:
    module, name = kind.__module__, kind.__qualname__
    if module == "numpy" and getattr(value, "ndim", 1) == 0 and name != "ndarray":
        return _encode_numpy(value, nan)
    encoder = _ENCODERS.get((module, name))
    if encoder is not None:
        found = encoder(value)
        if nan and module == "datetime" and repr(decode(found)) != repr(value):
            raise NotLiteral(f"{value!r} is not what its ISO form says")
        return found
    ancestors = {(one.__module__, one.__qualname__) for one in kind.__mro__}
    if ("enum", "Enum") in ancestors:
        return {"$": "enum", "class": f"{module}:{name}", "name": value.name, "value": encode(value.value, nan)}
    if ("pathlib", "PurePath") in ancestors or ("pathlib._local", "PurePath") in ancestors:
        if nan and (name not in ("PosixPath", "WindowsPath") or value.exists()):
            raise NotLiteral(f"{value!r} is stored by itself")
        return {"$": "path", "text": value.as_posix()}
    raise NotLiteral(f"a {kind.__name__} has no JSON form")


def _encode_numpy(value: Any, nan: bool) -> Json:
    item = value.item()
    if type(item) not in (bool, int, float, str):
        raise NotLiteral(f"a {type(value).__name__} has no JSON form")
    if not nan:
        return encode(item)
    return {"$": "numpy", "dtype": "str" if type(item) is str else value.dtype.name, "value": item}


def _encode_bytes(value: bytes) -> Json:
    import base64

    return {"$": "bytes", "base64": base64.b64encode(value).decode()}


_ENCODERS: dict[tuple[str, str], Callable[[Any], Json]] = {
    ("builtins", "bytes"): _encode_bytes,
    ("datetime", "datetime"): lambda v: {"$": "datetime", "iso": v.isoformat()},
    ("datetime", "date"): lambda v: {"$": "date", "iso": v.isoformat()},
    ("datetime", "time"): lambda v: {"$": "time", "iso": v.isoformat()},
    ("datetime", "timedelta"): lambda v: {
        "$": "timedelta",
        "days": v.days,
        "seconds": v.seconds,
        "microseconds": v.microseconds,
    },
    ("uuid", "UUID"): lambda v: {"$": "uuid", "text": str(v)},
    ("decimal", "Decimal"): lambda v: {"$": "decimal", "text": str(v)},
}
