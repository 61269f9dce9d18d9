"""Values as KFP holds them: output parameters, and the metadata of artifacts.

Both are protobuf Values, in which a number is a double, and neither may fail a step: a value that has no equal there is
told by a text. Its exact form is the artifact's matter.
"""

from __future__ import annotations

import enum
import json
import math
import typing
from collections.abc import Iterable, Mapping
from typing import Any

from zencompile_runtime.artifacts import plain

LONGEST_TEXT = 1000
"""Characters of a text that a parameter holds; of a longer one it has the beginning. Conditions count on that."""
CUT = "\u2026 [{} characters]"  # what stands behind a beginning

_EXACT = 2**53  # every integer up to here is a double
_LONGEST_KEY = 255  # characters of a name in MLMD (`VARCHAR(255)` of its tables)
ROOM = 1024
"""Bytes of an artifact's metadata. A step that gathers hundreds of artifacts has all theirs in one argument, and the
manifest has what is left out here."""
ROOM_OF_METRICS = 4096
_FACT = 512  # bytes of one fact there; of a longer one it has the beginning
_UNBOUNDED = ("nan", "inf", "-inf")  # as `artifacts.plain` writes them
# KFP's own (`metadata/client.go`), and that of our pages
_RESERVED = frozenset(("display_name", "store_session_info", "_kfp_workspace", "zencompile"))
# No such text stays as it is: placeholders are filled in all that the step which reads it is told, whatever it is of
# (`component/launcher_v2.go`, `compileCmdAndArgs`), and Argo has its own.
_CHANGED = ("\r", "\0", "{{")

Json = Any


def parameter(value: Any, annotation: Any = None) -> Json:
    """An output parameter's value.

    A number that is no double is its text: as an input of a number's type KFP takes none (`driver/resolve.go`), and the
    local runner makes the same integer of it again. A text that is too long, or that a layer would change, is cut
    before that place, and `CUT` says so: it compares with any short text like the whole.
    """
    value = scalar(value)
    if isinstance(value, bool):
        return bool(value) if _may_be_bool(annotation) else int(value)
    if isinstance(value, int):
        return int(value) if abs(value) <= _EXACT else str(int(value))
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else str(float(value))
    return text(value) if isinstance(value, str) else value


def scalar(value: Any) -> Any:
    """The value itself; of a member of an enumeration, what stands for it."""
    return value.value if isinstance(value, enum.Enum) else value


def _may_be_bool(annotation: Any) -> bool:
    """Whether True stands for itself, and not for 1, where an output is annotated so."""
    if typing.get_origin(annotation) is typing.Literal:
        return any(isinstance(one, (bool, enum.Enum)) for one in typing.get_args(annotation))
    return annotation not in (int, float)


def text(value: str, longest: int = LONGEST_TEXT) -> str:
    """A text as far as protobuf and the local runner keep it, and not too long."""
    value = str.__str__(value)
    kept = min([longest, *(place for place in map(value.find, _CHANGED) if place >= 0)])
    shown = value[:kept]
    try:
        shown.encode()
    except UnicodeEncodeError as error:
        shown = shown[: error.start]
    return value if len(shown) == len(value) else shown + CUT.format(len(value))


# -- metadata ----------------------------------------------------------------------------------------------------------


def properties(facts: Mapping[str, Any], names: Iterable[str] = (), room: int = ROOM) -> dict[str, Json]:
    """Facts as the metadata of an artifact, those of `names` before the others while there is room.

    MLMD knows no null there, and would fail the task (`StructValueToMLMDValue` of `metadata/converter.go`).
    """
    found: dict[str, Json] = {}
    for key in dict.fromkeys([*names, *facts]):
        if key not in facts:
            continue
        name = f"{key}_" if key in _RESERVED else text(str(key))
        value = _property(facts[key])
        size = len(json.dumps([name, value]))
        if name and len(name) <= _LONGEST_KEY and size <= room:
            found[name] = value
            room -= size
    return found


def _property(value: Any) -> Json:
    found = _inner(plain(value))
    if found is None:
        return "None"
    written = json.dumps(found, ensure_ascii=False)
    if len(written.encode()) <= _FACT:
        return found
    return text(found if isinstance(found, str) else written, _FACT // 4)


def _inner(value: Json) -> Json:
    if isinstance(value, dict):
        return {text(key): _inner(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_inner(item) for item in value]
    return parameter(value)


def numbers(facts: Mapping[Any, Any]) -> dict[str, Any]:
    """The numbers among facts, which KFP's page of metrics shows."""
    return {str(key): value for key, value in facts.items() if _is_number(value)}


def _is_number(value: Any) -> bool:
    value = value.item() if getattr(value, "ndim", None) == 0 and hasattr(value, "item") else value
    if isinstance(value, str):
        return value in _UNBOUNDED
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def confusion(display: Any) -> dict[str, Json]:
    """A ConfusionMatrixDisplay of scikit-learn as `log_confusion_matrix` of KFP's SDK writes one."""
    rows = [[plain(cell) for cell in row] for row in getattr(display, "confusion_matrix", ())]
    labels = getattr(display, "display_labels", None)
    names = [text(str(plain(one))) for one in (range(len(rows)) if labels is None else labels)]
    matrix = {"annotationSpecs": [{"displayName": one} for one in names], "rows": [{"row": row} for row in rows]}
    return {"confusionMatrix": matrix} if rows and len(json.dumps(matrix)) <= ROOM_OF_METRICS else {}
