"""Canonical literals: Python values as JSON with a type tag for what JSON lacks, and back.

The same text as the compiler's `ir.literals` writes, which this package must not import; a test holds the two together.
`enum` and `model` objects are decoded by importing their class, `symbol` by importing what it names, `project` by
looking where the project lies. Three more tags stand in arguments alone: `typed` (`values.typed`), `given`, which holds
what a run was given, and `file`, which names what was too long for a command line by its digest.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zencompile_runtime.errors import ConfigurationFault
from zencompile_runtime.importing import load_class, load_dotted, project
from zencompile_runtime.own import json

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
    from hashlib import sha256
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
    if sha256(held).hexdigest() != value["sha256"]:
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


class Shared(NotLiteral):
    """A value that is no tree, or too deep a one: pickle is what may keep it, as a whole.

    A list, dictionary or set is met twice in it, or holds itself; JSON would make two of it.
    """


_STR = frozenset({str})
_MUTABLE = frozenset({list, dict, set})


def encode(value: Any) -> Json:
    """`value` as a literal; NotLiteral if a part of it has none."""
    return _Encoder().encode(value)


def encode_artifact(value: Any) -> Json:
    """`value` as an artifact's literal: `decode` makes just what it was, or this raises NotLiteral.

    inf and nan are let through as JSON numbers, scalars of NumPy keep their types, and what would come back as
    something else (a time in a named zone, a pure path, the path of a file that is there and has to travel along) has
    no literal. Nor has one list, dictionary or set that stands in two places.
    """
    return _ArtifactEncoder().encode(value)


class _Encoder:
    """Writes one value. What JSON has as it is, `atoms`, is let through without a call."""

    atoms = frozenset({str, int, bool, type(None)})
    met: set[int] | None = None  # the lists, dictionaries and sets that have come by, where none may come again

    def encode(self, value: Any) -> Json:
        """The literal of a value."""
        kind = type(value)
        if kind in self.atoms:
            return value
        if kind is float:
            return self.number(value)
        if kind in _MUTABLE and (met := self.met) is not None:
            before = len(met)
            met.add(id(value))
            if len(met) == before:
                raise Shared(f"a {kind.__name__} stands in two places")
        encode, atoms = self.encode, self.atoms
        if kind is list:
            return [item if type(item) in atoms else encode(item) for item in value]
        if kind is dict:
            if "$" not in value and _STR.issuperset(map(type, value)):
                return {key: item if type(item) in atoms else encode(item) for key, item in value.items()}
            return {"$": "dict", "items": [[encode(key), encode(item)] for key, item in value.items()]}
        if kind is tuple:
            return {"$": "tuple", "items": [encode(item) for item in value]}
        if kind is set or kind is frozenset:
            return {"$": kind.__name__, "items": sorted(map(encode, value), key=_order)}
        return self.other(value, kind)

    def number(self, value: float) -> Json:
        """A float."""
        if value - value != 0:
            raise NotLiteral(f"{value} has no JSON form")
        return value

    def other(self, value: Any, kind: type) -> Json:
        """What is none of JSON's types, nor a container."""
        if _is_scalar_of_numpy(value, kind):
            item = value.item()
            if type(item) not in (bool, int, float, str):
                raise NotLiteral(f"a {kind.__name__} has no JSON form")
            return self.encode(item)
        return self.tagged(value, kind)

    def tagged(self, value: Any, kind: type) -> Json:
        """What has a tag of its own."""
        module, name = kind.__module__, kind.__qualname__
        encoder = _ENCODERS.get((module, name))
        if encoder is not None:
            return encoder(value)
        ancestors = {(one.__module__, one.__qualname__) for one in kind.__mro__}
        if ("enum", "Enum") in ancestors:
            return {"$": "enum", "class": f"{module}:{name}", "name": value.name, "value": self.encode(value.value)}
        if ("pathlib", "PurePath") in ancestors or ("pathlib._local", "PurePath") in ancestors:
            return self.path(value, name)
        raise NotLiteral(f"a {kind.__name__} has no JSON form")

    def path(self, value: Any, name: str) -> Json:
        """A path."""
        return {"$": "path", "text": value.as_posix()}


class _ArtifactEncoder(_Encoder):
    """Writes a value that is to come back as it is."""

    atoms = _Encoder.atoms | {float}

    def __init__(self) -> None:
        self.met = set()
        self._exact: dict[type, str | None] = {}  # the dtype that makes scalars of a class of NumPy's of their items

    def other(self, value: Any, kind: type) -> Json:
        if not _is_scalar_of_numpy(value, kind):
            from zencompile_runtime.values.exact import same

            if kind.__module__ == "__main__":
                raise NotLiteral(f"{kind.__name__} is another class in another program")
            found = self.tagged(value, kind)
            if not same(_decoded(found), value):
                raise NotLiteral(f"{value!r} is not what its JSON form says")
            return found
        if kind not in self._exact:
            self._exact[kind] = _exact_dtype(value, kind)
        dtype = self._exact[kind]
        if dtype is None:
            raise NotLiteral(f"a {kind.__name__} has no JSON form")
        return {"$": "numpy", "dtype": dtype, "value": value.item()}

    def path(self, value: Any, name: str) -> Json:
        if name not in ("PosixPath", "WindowsPath") or value.exists():
            raise NotLiteral(f"{value!r} is stored by itself")
        return super().path(value, name)


def _decoded(value: Json) -> Any:
    """What a literal is read as; NotLiteral if nothing can read it."""
    try:
        return decode(value)
    except Exception as error:  # a class that is found by no name, a constructor of the user's
        raise NotLiteral(f"it can't be read again ({error})") from None


def _is_scalar_of_numpy(value: Any, kind: type) -> bool:
    return kind.__module__ == "numpy" and getattr(value, "ndim", 1) == 0 and kind.__qualname__ != "ndarray"


def _exact_dtype(value: Any, kind: type) -> str | None:
    """The name of the type by which a number of Python's becomes the scalar of this class again; None if none does."""
    import importlib

    numpy: Any = importlib.import_module("numpy")
    if kind is numpy.str_:
        return "str"
    if value.dtype.kind not in "biuf" or type(value.item()) not in (bool, int, float):
        return None
    names = (value.dtype.name, value.dtype.char)  # a long long has the name of a long
    return next((name for name in names if numpy.dtype(name).type is kind), None)


def _order(item: Json) -> str:
    return json.dumps(item, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


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
