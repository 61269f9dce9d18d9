"""JSON of the IR as Python expressions of an Airflow file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from zencompile.ir import decode
from zencompile_airflow.schedule import duration, moment
from zencompile_templates.python import Call, Code


def expression(value: Any) -> object:
    """A literal (with its type tags) as what `py` and `layout` write: times become calls."""
    if isinstance(value, list):
        return [expression(item) for item in value]
    if not isinstance(value, dict):
        return value
    tag = value.get("$")
    if tag is None:
        return {key: expression(item) for key, item in value.items()}
    if tag == "datetime":
        return moment(datetime.fromisoformat(value["iso"]))
    if tag == "timedelta":
        return duration(value["days"] * 86400 + value["seconds"] + value["microseconds"] / 1e6)
    if tag == "path":
        return value["text"]
    if tag == "enum":
        return expression(value["value"])
    if tag == "model":
        return {key: expression(item) for key, item in value["keywords"].items()}
    if tag in ("tuple", "set", "frozenset", "dict"):
        return decode(value)
    return value


def symbols(value: object) -> Iterator[str]:
    """The names that an expression uses."""
    if isinstance(value, Call):
        yield value.function
        for argument in (*value.positional, *value.keywords.values()):
            yield from symbols(argument)
    elif isinstance(value, Code):
        yield str(value)
    elif isinstance(value, (list, tuple, set)):
        for item in value:
            yield from symbols(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from symbols(item)
