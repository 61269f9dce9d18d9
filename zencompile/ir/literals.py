"""Python values as canonical JSON, and back.

What JSON has stays as it is: null, booleans, integers of any size, finite floats, strings, lists, and dictionaries
whose keys are strings. Everything else is an object with the single-character key `$` that names its type:

    {"$": "tuple" | "set" | "frozenset", "items": [...]}        sets are sorted by their items' canonical text
    {"$": "bytes", "base64": "..."}
    {"$": "datetime" | "date" | "time", "iso": "..."}
    {"$": "timedelta", "days": n, "seconds": n, "microseconds": n}
    {"$": "uuid" | "decimal" | "path", "text": "..."}
    {"$": "project", "text": "{project}/data/in.csv"}           a text that says where the project lies when the step
                                                                runs: `{project}` is its folder, `{project/..}` the one
                                                                above, `{{` and `}}` are braces. The text of a path may
                                                                be one, too
    {"$": "enum", "class": "module:Class", "name": "MEMBER", "value": ...}
    {"$": "model", "class": "module:Class", "keywords": {...}}  a pydantic model or dataclass as the keywords written
                                                                (with "arguments": [...] where some were positional,
                                                                and "anew": true where the class's own code makes
                                                                something of it that may be another each time)
    {"$": "symbol", "path": "torch.float32"}                    what a module that is not read calls so: imported at
    run time (in settings also "run:notify", a function or class of the project)
    {"$": "expression", "text": "numpy.pi * 2"}                 what is computed where the step runs (with "given" where
                                                                names in it stand for values)
    {"$": "unknown", "text": "random.random()"}                 not known when compiling; the pipeline has a `Problem`
    {"$": "dict", "items": [[key, value], ...]}                 a dictionary with other keys, or with the key `$`

The runtime decodes the same text (`zencompile_runtime`), without importing this module; a test holds the two together.
"""

from __future__ import annotations

import base64
import datetime
import decimal
import json
import math
import pathlib
import re
import uuid
from collections.abc import Callable, Iterator
from typing import Any

Json = Any  # a recursive alias would cost pydantic more at start than it tells a reader


_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


_MOST_BITS = 14_283
"""Of integers: those of 4,300 digits, the most that Python reads and writes as text unless it is told otherwise."""


class LiteralError(ValueError):
    """A value that can't be written as a literal; the message says which part and why."""


def canonical(value: Json) -> str:
    """The one text of a JSON value: sorted keys, no spaces, all characters literal."""
    return _CANONICAL.encode(value)


def encode(value: object, other: Callable[[object], Json] | None = None) -> Json:
    """`value` as canonical JSON. `other` is asked for types that this module does not know (it raises, or answers)."""
    if value is None or value is True or value is False:
        return value
    if type(value) is str:
        return _encode_text(value)
    if type(value) is int:
        if value.bit_length() > _MOST_BITS:
            raise LiteralError("an integer of more digits than Python reads and writes")
        return value
    if type(value) is float:
        if not math.isfinite(value):
            raise LiteralError(f"{value}, which JSON lacks")
        return value
    if type(value) is list:
        return [encode(item, other) for item in value]
    if type(value) is dict:
        return _encode_dict(value, other)
    encoder = _ENCODERS.get(type(value))
    if encoder is not None:
        return encoder(value, other)
    if isinstance(value, pathlib.PurePath):
        return {"$": "path", "text": value.as_posix()}
    if other is not None:
        return other(value)
    raise LiteralError(f"a {type(value).__name__}, which has no JSON form")


def is_text(value: str) -> bool:
    """Whether a string can be written to a file: lone surrogates can't."""
    return value.isascii() or not any("\ud800" <= character <= "\udfff" for character in value)


def is_simple(value: object) -> bool:
    """Whether a value is its own canonical JSON, without being looked into."""
    if isinstance(value, str):
        return type(value) is str and is_text(value)
    if isinstance(value, int):
        return type(value) is bool or (type(value) is int and value.bit_length() <= _MOST_BITS)
    return value is None


def _encode_text(value: str) -> str:
    if not is_text(value):
        raise LiteralError("text with a lone surrogate, which no file can hold")
    return value


def _encode_dict(value: dict[Any, object], other: Callable[[object], Json] | None) -> Json:
    if all(type(key) is str for key in value) and "$" not in value:
        return {_encode_text(key): encode(item, other) for key, item in value.items()}
    return {"$": "dict", "items": [[encode(k, other), encode(v, other)] for k, v in value.items()]}


def _encode_set(value: Any, other: Callable[[object], Json] | None) -> Json:
    return {"$": type(value).__name__, "items": sorted((encode(v, other) for v in value), key=canonical)}


_ENCODERS: dict[type, Callable[[Any, Any], Json]] = {
    tuple: lambda v, other: {"$": "tuple", "items": [encode(item, other) for item in v]},
    set: _encode_set,
    frozenset: _encode_set,
    bytes: lambda v, _: {"$": "bytes", "base64": base64.b64encode(v).decode()},
    datetime.datetime: lambda v, _: {"$": "datetime", "iso": v.isoformat()},
    datetime.date: lambda v, _: {"$": "date", "iso": v.isoformat()},
    datetime.time: lambda v, _: {"$": "time", "iso": v.isoformat()},
    datetime.timedelta: lambda v, _: {
        "$": "timedelta",
        "days": v.days,
        "seconds": v.seconds,
        "microseconds": v.microseconds,
    },
    uuid.UUID: lambda v, _: {"$": "uuid", "text": str(v)},
    decimal.Decimal: lambda v, _: {"$": "decimal", "text": str(v)},
}


def decode(value: Json, other: Callable[[Json], object] | None = None) -> object:
    """The value that `encode` wrote. `other` decodes enums, models, symbols and what lies in the project;
    without it, they stay JSON."""
    if isinstance(value, list):
        return [decode(item, other) for item in value]
    if not isinstance(value, dict):
        return value
    kind = value.get("$")
    if kind is None:
        return {key: decode(item, other) for key, item in value.items()}
    decoder = _DECODERS.get(kind)
    if decoder is not None:
        return decoder(value, other)
    if kind in ("enum", "model", "symbol", "project"):
        return other(value) if other is not None else value
    raise LiteralError(f"unknown type tag {kind!r}")


def _decode_path(value: Any, other: Callable[[Json], object] | None) -> object:
    if isinstance(value["text"], str):
        return pathlib.Path(value["text"])
    return value if other is None else other(value)


def shown_text(template: str) -> str:
    """The text of a `project` literal as it is from the project's folder, where it is a path; else as it is written."""
    match = _FROM_PROJECT.fullmatch(template)
    if match is None:
        return template
    parts = [match.group(1).lstrip("/"), match.group(2)]
    return "/".join(filter(None, parts)) or "."


_FROM_PROJECT = re.compile(r"\{project((?:/\.\.)*)\}(?:/((?!\.\.?(?:/|$))[^{}/][^{}]*))?")


_DECODERS: dict[str, Callable[[Any, Any], object]] = {
    "tuple": lambda v, other: tuple(decode(item, other) for item in v["items"]),
    "set": lambda v, other: {decode(item, other) for item in v["items"]},
    "frozenset": lambda v, other: frozenset(decode(item, other) for item in v["items"]),
    "bytes": lambda v, _: base64.b64decode(v["base64"]),
    "datetime": lambda v, _: datetime.datetime.fromisoformat(v["iso"]),
    "date": lambda v, _: datetime.date.fromisoformat(v["iso"]),
    "time": lambda v, _: datetime.time.fromisoformat(v["iso"]),
    "timedelta": lambda v, _: datetime.timedelta(v["days"], v["seconds"], v["microseconds"]),
    "uuid": lambda v, _: uuid.UUID(v["text"]),
    "decimal": lambda v, _: decimal.Decimal(v["text"]),
    "path": _decode_path,
    "dict": lambda v, other: {decode(k, other): decode(item, other) for k, item in v["items"]},
}


def texts_of(value: Json) -> Iterator[str]:
    """The texts that a literal holds, wherever in it they stand; keys are none."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from texts_of(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from texts_of(item)
