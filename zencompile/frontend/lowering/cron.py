"""Cron expressions: what is certainly wrong in one. Engines know extensions, so anything else is let through."""

from __future__ import annotations

import re

from zencompile.ir.cron import FIELDS, Field

_ITEM = re.compile(r"(?:\*|\?|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<step>\d+))?")
_EXTENDED = re.compile(r"\d*[LW]|L-\d+|LW|\w+#\d|[RH]|H\(.*\)", re.IGNORECASE)


def wrong(expression: str) -> str | None:
    """What is wrong with a cron expression, None if nothing certainly is.

    Checked are expressions of five fields (minute, hour, day, month, day of the week); `@daily` and the like pass, and
    so do expressions with seconds or years.
    """
    fields = expression.split()
    if len(fields) == 1 and expression.strip().startswith("@"):
        return None
    if len(fields) < 5:
        return f"it has {len(fields)} field{'' if len(fields) == 1 else 's'} of five"
    if len(fields) > 5:
        return None if len(fields) <= 7 else f"it has {len(fields)} fields instead of five"
    return next(filter(None, map(_wrong_field, fields, FIELDS)), None)


def _wrong_field(text: str, field: Field) -> str | None:
    name, least, most, names = field
    for item in text.split(","):
        if _EXTENDED.fullmatch(item):
            continue
        match = _ITEM.fullmatch(item)
        if match is None:
            return f"`{item}` is no {name}"
        for end in (match["first"], match["last"]):
            if end is None or end.lower() in names:
                continue
            if not end.isdigit() or not least <= int(end) <= most:
                return f"`{end}` is no {name} ({least} to {most})"
        if match["step"] is not None and int(match["step"]) == 0:
            return f"`{item}` has a step of 0"
    return None
