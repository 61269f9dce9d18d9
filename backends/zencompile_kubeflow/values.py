"""Values and types as KFP has them, and what to do about those that it would alter.

KFP keeps numbers as doubles, drops the order of keys, knows no null for a parameter of a task, and takes parts of texts
for its own (see `texts`). What would not arrive as it was sent travels as a STRING that holds JSON, which the runtime
reads.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from zencompile.ir import Literal, Parameter, Type
from zencompile_kubeflow.defaults import shown
from zencompile_kubeflow.texts import is_plain, json_text

Json = Any

INTEGER, DOUBLE, STRING, BOOLEAN, LIST, STRUCT = (
    "NUMBER_INTEGER",
    "NUMBER_DOUBLE",
    "STRING",
    "BOOLEAN",
    "LIST",
    "STRUCT",
)
FORMS = {INTEGER: "int", DOUBLE: "float", STRING: "str", BOOLEAN: "bool", LIST: "list", STRUCT: "dict"}
"""Python's types of what KFP's types hold, as references say them."""

_EXACT = 2**53 - 1  # up to here no two integers are the same double
_SCALARS = {"bool": BOOLEAN, "int": INTEGER, "float": DOUBLE, "str": STRING}
_CONTAINERS = {"list": LIST, "tuple": LIST, "set": LIST, "frozenset": LIST, "dict": STRUCT}
_TEXT_LIKE = frozenset(
    ("datetime.datetime", "datetime.date", "datetime.time", "pathlib.Path", "pathlib.PurePath", "uuid.UUID")
)


@dataclass(frozen=True)
class RunParameter:
    """A runtime parameter of the pipeline as an input of the run.

    `leaf` is how the runtime reads it: "from" as KFP gives it, "text" as JSON or as text, "string" as text or None.
    """

    type: str
    leaf: str
    default: Json
    description: str = ""


# -- types -------------------------------------------------------------------------------------------------------------


def without_none(kind: Type) -> tuple[Type, bool]:
    """The type that is left of an optional one, and whether None was in it."""
    if kind.name != "union":
        return kind, kind.name == "none"
    members = tuple(a for a in kind.arguments if a.name != "none")
    nullable = len(members) < len(kind.arguments)
    if len(members) == 1:
        return members[0], nullable
    return Type(name="union", arguments=members), nullable


def parameter_type(kind: Type) -> str | None:
    """The KFP type of an annotation; None where KFP has no single one for it."""
    kind, _ = without_none(kind)
    if kind.name in _SCALARS:
        return _SCALARS[kind.name]
    if kind.name in _CONTAINERS:
        return _CONTAINERS[kind.name]
    if kind.what in ("model", "dataclass"):
        return STRUCT
    if kind.name == "literal" or kind.what == "enum":
        kinds = {_SCALARS.get(type(value).__name__) for value in kind.values}
        return kinds.pop() if len(kinds) == 1 else None
    return STRING if kind.name in _TEXT_LIKE else None


def _elements_known(kind: Type) -> bool:
    """Whether a coercion by this annotation restores what doubles and unordered keys take away."""
    kind, _ = without_none(kind)
    if kind.name in _CONTAINERS:
        arguments = [a for a in kind.arguments if a.text != "..." and a.name != "..."]
        return bool(arguments) and kind.name != "dict" and all(_elements_known(a) for a in arguments)
    return kind.name in ("bool", "int", "float", "str") or kind.what in ("model", "dataclass", "enum")


# -- literals ----------------------------------------------------------------------------------------------------------


def native(value: Json, kind: Type) -> tuple[str, Json] | None:
    """The KFP type and value of a literal that KFP gives on as it is; None for one that it would alter."""
    floating = without_none(kind)[0].name == "float"
    if value is None or isinstance(value, dict):
        return None
    if isinstance(value, bool):
        return BOOLEAN, value
    if isinstance(value, int):
        if abs(value) > _EXACT:
            return None
        return (DOUBLE, float(value)) if floating else (INTEGER, value)
    if isinstance(value, float):
        kept = floating or not value.is_integer()
        return (DOUBLE, value) if kept and (value or math.copysign(1, value) > 0) else None
    if isinstance(value, str):
        return (STRING, value) if is_plain(value) else None
    return (LIST, value) if all(_plain_item(item) for item in value) else None


def _plain_item(item: Json) -> bool:
    if isinstance(item, list):
        return all(_plain_item(inner) for inner in item)
    return isinstance(item, bool) or (isinstance(item, str) and is_plain(item))


# -- runtime parameters ------------------------------------------------------------------------------------------------


def run_parameter(parameter: Parameter) -> RunParameter:
    """How a runtime parameter of the pipeline stands among the inputs of a run."""
    base, nullable = without_none(parameter.type)
    default = parameter.default
    if nullable if default is None else default.value is None:  # `x: int = None` and `x=None` count, too
        leaf = "string" if base.name == "str" else "text"
        what = "text" if leaf == "string" else "JSON, or plain text"
        return RunParameter(STRING, leaf, None if default is None else "null", f"{what}; null means None")
    if default is None:
        known = parameter_type(parameter.type)
        exact = known in (BOOLEAN, INTEGER, DOUBLE, STRING) or (known is not None and _elements_known(parameter.type))
        return RunParameter(known, "from", None) if known and exact else _typed_text(None)
    return _with_default(parameter.type, default)


def _with_default(kind: Type, default: Literal) -> RunParameter:
    value = shown(default.value)
    if value is None:  # of a member of an enum
        return RunParameter(STRING, "text", "null", "JSON, or plain text")
    wanted = parameter_type(kind)
    if isinstance(value, (list, dict)):
        fits = wanted == (LIST if isinstance(value, list) else STRUCT)
        return RunParameter(wanted, "from", value) if fits and wanted and _safe(kind, value) else _typed_text(value)
    found = native(value, kind)
    if found is None or found[0] != (wanted or found[0]) or (wanted is None and found[0] == DOUBLE):
        return _typed_text(value)  # of a number that is given for a float nobody could tell 2 from 2.0
    return RunParameter(found[0], "from", found[1])


def _safe(kind: Type, value: Json) -> bool:
    return _elements_known(kind) and _survives(value)


def _survives(value: Json) -> bool:
    if isinstance(value, list):
        return all(map(_survives, value))
    if isinstance(value, dict):
        return all(is_plain(key) and _survives(item) for key, item in value.items())
    if isinstance(value, str):
        return is_plain(value)
    if isinstance(value, float):
        return bool(value) or math.copysign(1, value) > 0
    return value is not None and abs(value) <= _EXACT


def _typed_text(default: Json) -> RunParameter:
    text = None if default is None else json_text(default)
    return RunParameter(STRING, "text", text, "JSON, or plain text")
