"""Annotations and values as they are written in a program, and what each pair comes to as text.

Run by the engine's Python (`python coercion_table.py`) it prints what the real framework makes of every pair; the
stored answers are refreshed with `python tests/coercion/refresh.py`.
"""

from __future__ import annotations

import enum
import json
import math
import sys
from pathlib import Path
from typing import Any

IMPORTS = """\
import collections, collections.abc, datetime, decimal, enum, fractions, ipaddress, pathlib, re, uuid
from typing import *
from datetime import date, datetime as moment, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from pathlib import Path, PurePath
from uuid import UUID
from pydantic import Field, PositiveInt, NonNegativeFloat, NonNegativeInt, PositiveFloat, NegativeInt
from coercion_classes import *
"""

FOLDER = Path(__file__).parent


def annotations() -> list[str]:
    """The annotations, as written."""
    return (FOLDER / "coercion_annotations.txt").read_text().splitlines()


def values() -> list[str]:
    """The values, as written."""
    return (FOLDER / "coercion_values.txt").read_text().splitlines()


def namespace() -> dict[str, Any]:
    """The names of a program with the imports of the table."""
    found: dict[str, Any] = {}
    exec(IMPORTS, found)
    return found


def described(value: Any) -> str:
    """A value with the types of all that is in it: two have the same text if no program can tell them apart."""
    kind = type(value)
    if isinstance(value, type) or callable(value):
        return f"<{value.__name__}>"
    if isinstance(value, enum.Enum):
        return f"{kind.__name__}.{value.name}"
    if hasattr(kind, "__dataclass_fields__") or hasattr(kind, "model_fields"):
        return f"{kind.__name__}({_fields(vars(value))})"
    if isinstance(value, tuple) and hasattr(kind, "_fields"):
        return f"{kind.__name__}({_fields(value._asdict())})"
    if isinstance(value, dict):
        return f"{kind.__name__}{{{', '.join(f'{described(k)}: {described(v)}' for k, v in value.items())}}}"
    if kind.__name__ in ("list", "tuple", "set", "frozenset", "deque", "dict_keys"):
        items = [described(item) for item in value]
        return f"{kind.__name__}[{', '.join(sorted(items) if 'set' in kind.__name__ else items)}]"
    return _single(value, kind.__name__)


def _fields(attributes: dict[str, Any]) -> str:
    return ", ".join(f"{name}={described(value)}" for name, value in attributes.items())


def _single(value: Any, name: str) -> str:
    if hasattr(value, "utcoffset") and value.utcoffset() is not None:  # pydantic has a class of its own for time zones
        return f"{name} {value.replace(tzinfo=None).isoformat()} {value.utcoffset()}"
    if isinstance(value, float):
        return f"float {'nan' if math.isnan(value) else value!r}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"int {value:#x}"
    return f"{name} {value!r}"


def _panic() -> type[BaseException]:
    """What pydantic's core raises for a complex number that is too large."""
    from pydantic_core import SchemaValidator

    try:
        SchemaValidator({"type": "complex"}).validate_python(10**400)
    except BaseException as error:
        return type(error)
    return OverflowError


def _answers() -> dict[str, dict[str, str]]:
    """What the framework's own function makes of each pair that it accepts."""
    import warnings

    from pydantic import ConfigDict
    from zenml.utils.pydantic_utils import validate_function_args

    warnings.simplefilter("ignore")
    names = namespace()
    found: dict[str, dict[str, str]] = {}
    for annotation in annotations():
        names["called"] = None
        exec(f"def called(value: {annotation}): ...", names)
        accepted: dict[str, str] = {}
        for value in values():
            config = ConfigDict(arbitrary_types_allowed=True)
            try:
                made = validate_function_args(names["called"], config, value=eval(value, names))
            except (Exception, _panic()):
                continue
            accepted[value] = described(made["value"])
        found[annotation] = accepted
    return found


if __name__ == "__main__":
    json.dump(_answers(), sys.stdout)
