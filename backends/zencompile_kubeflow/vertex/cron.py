"""Cron expressions in the plainest form that means the same: Vertex AI says of its own no more than "cron".

`Schedule.cron` of the Vertex AI API v1 refers to https://en.wikipedia.org/wiki/Cron, where names, 7 for Sunday, steps
of a single value and everything with letters are extensions of some crons. They are written out here, or refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

_MACROS = {
    "@annually": "0 0 1 1 *",
    "@yearly": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_ITEM = re.compile(r"(?:\*|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<step>[0-9]+))?")


class _Field(NamedTuple):
    """A field: its name, its least and greatest value, and names for values."""

    name: str
    least: int
    most: int
    names: Mapping[str, int]


def _names(first: int, words: str) -> dict[str, int]:
    return {word: number for number, word in enumerate(words.split(), first)}


_FIELDS = (
    _Field("minute", 0, 59, {}),
    _Field("hour", 0, 23, {}),
    _Field("day of the month", 1, 31, {}),
    _Field("month", 1, 12, _names(1, "jan feb mar apr may jun jul aug sep oct nov dec")),
    _Field("day of the week", 0, 6, _names(0, "sun mon tue wed thu fri sat") | {"7": 0}),
)


class CronError(ValueError):
    """Why an expression can't be written plainly."""


def plain(expression: str) -> str:
    """An expression of five fields with numbers alone. Raises CronError."""
    written = _MACROS.get(expression.strip().lower(), expression).split()
    if len(written) != 5:
        raise CronError(f"`{expression}` is no expression of five fields")
    return " ".join(_plain_field(text, field) for text, field in zip(written, _FIELDS, strict=True))


def listed(values: Iterable[int]) -> str:
    """Values of a field, one by one."""
    return ",".join(str(value) for value in sorted(set(values)))


def _plain_field(text: str, field: _Field) -> str:
    if text == "?":
        return "*"
    items = [_item(item, field) for item in text.split(",")]
    if all(plainly for plainly, _ in items):
        return text
    return listed(value for _, values in items for value in values)


def _item(text: str, field: _Field) -> tuple[bool, list[int]]:
    """Whether an item stands for itself in every cron, and its values."""
    match = _ITEM.fullmatch(text)
    if match is None:
        raise CronError(f"`{text}` is no {field.name} of a plain cron expression")
    step = int(match["step"] or 1)
    if step == 0:
        raise CronError(f"`{text}` has a step of 0")
    if match["first"] is None:
        return True, list(range(field.least, field.most + 1, step))
    first = _value(match["first"], field)
    if match["last"] is None:
        alone = match["step"] is None
        return alone and match["first"] == str(first), [first] if alone else list(range(first, field.most + 1, step))
    last = _value(match["last"], field)
    plainly = (match["first"], match["last"]) == (str(first), str(last)) and first <= last
    if first <= last:
        return plainly, list(range(first, last + 1, step))
    around = [*range(first, field.most + 1), *range(field.least, last + 1)]
    return False, around[::step]


def _value(text: str, field: _Field) -> int:
    if text.lower() in field.names:
        return field.names[text.lower()]
    if not (text.isascii() and text.isdigit()) or not field.least <= int(text) <= field.most:
        raise CronError(f"`{text}` is no {field.name} ({field.least} to {field.most})")
    return int(text)
