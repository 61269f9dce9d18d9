"""Types that an argument says: "datetime.date", ["list", "float"], {"literal": [1]}, "module:Class"."""

from __future__ import annotations

import importlib
import typing
from typing import Any

from zencompile_runtime.errors import ConfigurationFault
from zencompile_runtime.importing import load_class
from zencompile_runtime.values.coerce import fit
from zencompile_runtime.values.literals import decode

_BUILTIN: dict[str, Any] = {
    "...": ...,
    "any": Any,
    "bool": bool,
    "bytes": bytes,
    "dict": dict,
    "float": float,
    "int": int,
    "list": list,
    "none": type(None),
    "set": set,
    "str": str,
    "tuple": tuple,
}


def typed(value: Any, form: Any) -> Any:
    """`value` as the type wants it; ValueError if it can't be."""
    return fit(value, hint_of(form))


def hint_of(form: Any) -> Any:
    """The annotation that a form says."""
    if isinstance(form, str):
        return _named(form)
    if isinstance(form, dict):
        return typing.Literal[tuple(map(decode, form["literal"]))]
    name, *arguments = form
    found = tuple(hint_of(argument) for argument in arguments)
    return typing.Union[found] if name == "union" else _named(name)[found]  # noqa: UP007


def _named(name: str) -> Any:
    if name in _BUILTIN:
        return _BUILTIN[name]
    if ":" in name:
        return load_class(name)
    module, _, last = name.rpartition(".")
    if module not in ("datetime", "decimal", "pathlib", "uuid"):
        raise ConfigurationFault(f"an argument is of the unknown type {name!r}")
    return getattr(importlib.import_module(module), last)
