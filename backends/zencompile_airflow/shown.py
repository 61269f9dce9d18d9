"""Literals as a person types them into Airflow's trigger form."""

from __future__ import annotations

from typing import Any

from zencompile.ir.literals import shown_text

Json = Any

_TEXT_TAGS = {"date": "iso", "datetime": "iso", "decimal": "text", "path": "text", "time": "iso", "uuid": "text"}


def shown(value: Json) -> Json:
    """A literal without the tags of its types: text for a path, a list for a tuple. What has no such form stays."""
    if isinstance(value, list):
        return [shown(item) for item in value]
    if not isinstance(value, dict):
        return value
    tag = value.get("$")
    if tag is None:
        return {key: shown(item) for key, item in value.items()}
    if tag == "project":
        return shown_text(value["text"])
    if tag in _TEXT_TAGS:
        return shown(value[_TEXT_TAGS[tag]])
    if tag in ("tuple", "set", "frozenset"):
        return [shown(item) for item in value["items"]]
    if tag == "enum":
        return shown(value["value"])
    if tag == "model" and not value.get("arguments") and not value.get("anew"):
        return {key: shown(item) for key, item in value["keywords"].items()}
    if tag == "dict" and all(type(key) is int for key, _ in value["items"]):
        return {str(key): shown(item) for key, item in value["items"]}
    return value


def of_project(value: Json) -> bool:
    """Whether a part of a value says where the project lies."""
    if isinstance(value, list):
        return any(map(of_project, value))
    return isinstance(value, dict) and (value.get("$") == "project" or any(map(of_project, value.values())))


def has_tag(value: Json) -> bool:
    """Whether a part of a value is tagged with its type."""
    if isinstance(value, list):
        return any(map(has_tag, value))
    return isinstance(value, dict) and ("$" in value or any(map(has_tag, value.values())))
