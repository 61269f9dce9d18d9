"""Settings of orchestrators, where plain JSON is all that a target can carry over."""

from __future__ import annotations

from zencompile.ir.literals import Json, decode


class NoData(ValueError):
    """A setting that is no plain data; the message says what it is."""


def plain(value: Json) -> Json:
    """A setting as JSON without tags: lengths of time are seconds, dates and times are texts. Raises `NoData`."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    tag = value.get("$")
    if tag is None:
        return {key: plain(item) for key, item in value.items()}
    if tag == "dict":
        return {str(plain(key)): plain(item) for key, item in value["items"]}
    if tag == "timedelta":
        return value["days"] * 86400 + value["seconds"] + value["microseconds"] / 1e6
    if tag in ("datetime", "date", "time"):
        return value["iso"]
    if tag == "bytes":
        return str(decode(value))
    if tag in ("uuid", "decimal"):
        return value["text"]
    raise NoData(described(value))


def described(value: Json) -> str:
    """What stands in a setting that is no plain data."""
    if value["$"] == "model":
        return f"it is an object of `{value['class'].replace(':', '.')}`"
    if value["$"] == "symbol":
        return f"it is `{value['path'].replace(':', '.')}`"
    return str(value.get("text", "it is no plain data"))
