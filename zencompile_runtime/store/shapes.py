"""What documents of the store look like, so that one that was damaged is told from one that can be used."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from typing import Any

Check = Callable[[Any], bool]


def _is(*kinds: type) -> Check:
    return lambda value: isinstance(value, kinds) and not (type(value) is bool and bool not in kinds)


def _or_none(check: Check) -> Check:
    return lambda value: value is None or check(value)


def _list_of(check: Check) -> Check:
    return lambda value: isinstance(value, list) and all(map(check, value))


def _dict_of(check: Check) -> Check:
    return lambda value: isinstance(value, dict) and all(map(check, value.values()))


def _fields(needed: str, **checks: Check) -> Check:
    names = needed.split()
    return lambda value: isinstance(value, dict) and not _misfit(value, names, checks)


def _time(value: Any) -> bool:
    try:
        datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
    except (AttributeError, ValueError):
        return False
    return True


_text, _whole, _number, _table = _is(str), _is(int), _is(int, float), _is(dict)
_file = _fields("path digest size", path=_text, digest=_text, size=_whole, text=_text, base64=_text)
_value = _fields(
    "files type materializer",
    digest=_text,
    content=_text,
    size=_whole,
    files=_list_of(_file),
    type=_text,
    materializer=_text,
    kind=_text,
    items=_or_none(_whole),
    metadata=_table,
    visualizations=_list_of(_fields("type file", type=_text, file=_file)),
)
_MANIFEST: dict[str, Check] = {
    "artifact": _text,
    "version": _or_none(_is(str, int)),
    "tags": _list_of(_text),
    "output": _text,
    "invocation": _text,
    "map_index": _or_none(_whole),
    "map_count": _whole,
    "run": _text,
    "pipeline": _text,
    "created": _time,
    "key": _or_none(_text),
    "source": _or_none(_text),
    "value": _value,
}
_RECORD: dict[str, Check] = {
    "status": _text,
    "entrypoint": _text,
    "invocation": _text,
    "map_index": _or_none(_whole),
    "run": _text,
    "pipeline": _text,
    "attempt": _whole,
    "started": _or_none(_time),
    "ended": _or_none(_time),
    "seconds": _or_none(_dict_of(_number)),
    "key": _or_none(_text),
    "cache": _text,
    "changed": _text,
    "source": _or_none(_text),
    "observed": _table,
    "components": _table,
    "parameters": _table,
    "inputs": _table,
    "outputs": _dict_of(_text),
    "metadata": _table,
    "notes": _list_of(_text),
    "failure": _or_none(_table),
    "host": _table,
}
_step = _fields(
    "",
    status=_text,
    attempts=_whole,
    started=_or_none(_time),
    seconds=_or_none(_number),
    upstream=_list_of(_text),
    after=_list_of(_text),
    failure=_or_none(_table),
)
_RUN: dict[str, Check] = {
    "run": _text,
    "name": _text,
    "pipeline": _text,
    "status": _text,
    "started": _or_none(_time),
    "ended": _or_none(_time),
    "seconds": _or_none(_number),
    "parameters": _table,
    "base": _or_none(_text),
    "host": _table,
    "tags": _list_of(_text),
    "steps": _dict_of(_step),
}
_OWED: dict[str, Check] = {"attempt": _or_none(_whole), "hooks": _list_of(_text)}
_manifest = _fields("output invocation run pipeline value", **_MANIFEST)
_entry = _fields(
    "created outputs",
    created=_number,
    expires=_or_none(_number),
    source=_text,
    outputs=_dict_of(_manifest),
    metadata=_table,
    observed=_table,
)
_ENTRIES: dict[str, Check] = {
    "key": _text,
    "created": _number,
    "expires": _or_none(_number),
    "entrypoint": _text,
    "components": _table,
    "entries": _list_of(_entry),
}
_TOLD: dict[str, Check] = {"metadata": _table, "tags": _list_of(_text), "removed": _list_of(_text)}
_CHAIN: dict[str, Check] = {"tries": _whole, "reached": _dict_of(_whole), "done": _list_of(_text)}


def wrong(key: str, document: Mapping[str, Any]) -> str:
    """What a document of this schema under `key` lacks or has of another kind; empty if it is as it should be."""
    folder, _, name = key.rpartition("/")
    if folder == "cache":
        return _misfit(document, ("key", "created", "components", "entries"), _ENTRIES)
    if not folder.startswith("runs/"):
        return ""
    if name == ".run.json":
        return _misfit(document, (), _RUN)
    if name == ".hooks.json":
        return _misfit(document, ("hooks",), _OWED)
    if name == ".step.json":
        return _misfit(document, ("status",), _RECORD)
    if name == ".chain.json":
        return _misfit(document, ("tries", "reached", "done"), _CHAIN)
    if name.startswith(".told-"):
        return _misfit(document, (), _TOLD)
    return _misfit(document, ("value",), _MANIFEST)


def _misfit(document: Mapping[str, Any], needed: Any, checks: Mapping[str, Check]) -> str:
    for name in needed:
        if name not in document:
            return f"no `{name}`"
    for name, value in document.items():
        check = checks.get(name)
        if check is not None and not check(value):
            return f"`{name}` is not what it should be"
    return ""
