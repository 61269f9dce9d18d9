"""Cron expressions as Airflow reads them: those of five fields that every reader takes in one way, and its presets.

Airflow asks croniter, which takes more than cron has: seconds *behind* the five fields where other engines have them
in front, `R` for a random minute that each process draws anew, `5-5` for all of a field instead of one value. What it
would refuse, or mean otherwise than it is written, is a problem here. A test holds both against the real timetables.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

PRESETS: Mapping[str, str] = {
    "@annually": "0 0 1 1 *",
    "@daily": "0 0 * * *",
    "@hourly": "0 * * * *",
    "@midnight": "0 0 * * *",
    "@monthly": "0 0 1 * *",
    "@quarterly": "0 0 1 */3 *",
    "@weekly": "0 0 * * 0",
    "@yearly": "0 0 1 1 *",
}
"""Airflow's presets (`airflow.utils.dates.cron_presets`), and croniter's aliases."""

ONCE = "@once"
"""A schedule of Airflow that is no rhythm: one run."""

_DAY_NAMES = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = {name: number for number, name in enumerate(_DAY_NAMES)}
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, 1)}
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_ITEM = re.compile(r"(?:(?P<all>\*)|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<step>\d+))?")
_NTH = re.compile(r"(?P<day>\w+)#(?P<number>[1-5])|l(?P<last>[0-7])")
_NO_CRON = {
    "h": "`H` is for a scheduler that spreads its jobs, and Airflow doesn't",
    "r": "`R` is a random value, which each process of Airflow draws anew",
}


class _Field(NamedTuple):
    """A field of an expression: its name, its least and greatest value, and names for values."""

    name: str
    least: int
    most: int
    names: Mapping[str, int]


_FIELDS = (
    _Field("minute", 0, 59, {}),
    _Field("hour", 0, 23, {}),
    _Field("day of the month", 1, 31, {}),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of the week", 0, 7, _DAYS),
)


class Expression(NamedTuple):
    """What a cron expression says: the values of each field, None for all of them.

    `last_day` says whether the last day of a month is one of its days, `nth` which days of the week it means by their
    number in the month (-1 is the last).
    """

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int] | None
    months: frozenset[int]
    weekdays: frozenset[int] | None
    last_day: bool = False
    nth: frozenset[tuple[int, int]] = frozenset()


_FIVE = "write five fields: minute, hour, day of the month, month, day of the week"


class CronError(ValueError):
    """Why an expression can't be Airflow's, and what to write instead, where that is known."""

    def __init__(
        self, message: str, help: str = "write five fields: minute, hour, day, month, day of the week"
    ) -> None:
        super().__init__(message)
        self.help = help


def parse(text: str) -> Expression:
    """What an expression of five fields, or a preset, says. Raises CronError."""
    written = PRESETS.get(text.strip().lower(), text).split()
    if written == ["@continuous"]:
        raise CronError(
            "`@continuous` is no rhythm: Airflow starts a run whenever one ends, of which it allows one at a time",
            'write `"dag_args": {"schedule": "@continuous", "max_active_runs": 1}` in the settings for Airflow',
        )
    if len(written) == 1 and written[0].startswith("@"):
        raise CronError(f"Airflow knows no schedule `{text}`", f"use one of {', '.join((*PRESETS, ONCE))}")
    if len(written) in (6, 7):
        raise CronError(
            f"`{text}` has {len(written)} fields: Airflow takes the sixth one for seconds, other engines the first one",
            "write five fields, without seconds and years, or an interval: `interval_second` with `start_time`",
        )
    if len(written) != 5:
        raise CronError(f"`{text}` has {len(written)} field{'' if len(written) == 1 else 's'} of five")
    minutes, hours, days, months, weekdays = (word.lower() for word in written)
    month_days, last_day = _days_of_month(days)
    week, nth = _days_of_week(weekdays)
    found = Expression(
        _values(minutes, _FIELDS[0]),
        _values(hours, _FIELDS[1]),
        month_days,
        _values(months, _FIELDS[3]),
        week,
        last_day,
        nth,
    )
    _check_together(found, text)
    return found


def _check_together(found: Expression, text: str) -> None:
    """Refuse fields that are fine each for itself."""
    if found.nth and (found.days is not None or found.weekdays):
        raise CronError(
            f"Airflow leaves out a part of the days that `{text}` names",
            "write `#` and `L5` alone: for other days a second pipeline can be scheduled",
        )
    for name, values, every, other in (
        ("day of the month", found.days, 31, found.weekdays),
        ("day of the week", found.weekdays, 7, found.days),
    ):
        if values is not None and len(values) == every and other is not None:
            raise CronError(
                f"`{text}` names every {name}, which Airflow takes for no restriction and other engines for each day",
                "write `*` for the field that names all days",
            )
    only_days = found.days is not None and found.weekdays is None and not found.last_day
    if only_days and not any(day <= _LONGEST[month - 1] for day in found.days or () for month in found.months):
        raise CronError(f"no day is ever meant by `{text}`: the months have fewer days", "choose a day that comes")


def _days_of_month(text: str) -> tuple[frozenset[int] | None, bool]:
    """The days, None for all of them, and whether the last one of each month is meant."""
    if text in ("*", "?"):
        return None, False
    items = text.split(",")
    others = [item for item in items if item != "l"]
    found = _values(",".join(others), _FIELDS[2]) if others else frozenset[int]()
    return found, len(others) < len(items)


def _days_of_week(text: str) -> tuple[frozenset[int] | None, frozenset[tuple[int, int]]]:
    """The days, None for all of them, and those that are meant by their number in the month."""
    if text in ("*", "?"):
        return None, frozenset()
    days, nth = frozenset[int](), set[tuple[int, int]]()
    for item in text.split(","):
        match = _NTH.fullmatch(item)
        if match is None:
            days |= _values(item, _FIELDS[4])
        elif match["last"] is not None:
            nth.add((int(match["last"]) % 7, -1))
        else:
            nth.add((_value(match["day"], _FIELDS[4]) % 7, int(match["number"])))
    return frozenset(day % 7 for day in days), frozenset(nth)


def _values(text: str, field: _Field) -> frozenset[int]:
    """The values of a field without anything special."""
    if "," in text and "*" in text.split(","):
        raise _unclear(text, "is all of a field and more")
    return frozenset(value for item in text.split(",") for value in _of_item(item, field))


def _of_item(text: str, field: _Field) -> range | list[int]:
    match = _ITEM.fullmatch(text)
    if match is None:
        kind = _NO_CRON.get(text[:1]) if not text[:2].isalpha() else None
        raise CronError(kind or f"`{text}` is no {field.name} for Airflow")
    step = int(match["step"] or 1)
    if step == 0:
        raise CronError(f"`{text}` has a step of 0")
    if match["all"]:
        return range(field.least, field.most + 1 - (field.most == 7), step)
    first = _value(match["first"], field)
    if match["last"] is None:
        if first == 7 and match["step"]:
            raise _unclear(text, "begins behind the last day")
        # With a step it is the beginning of a range that ends with the field.
        return range(first, field.most + 1, step) if match["step"] else [first]
    last = _value(match["last"], field)
    if first == last:
        raise CronError(
            f"Airflow takes `{match['first']}-{match['last']}` for every {field.name}", f"write `{match['first']}`"
        )
    if first > last:  # around the end of the field
        if match["step"] or first == 7:
            raise _unclear(text, "goes around the end of the field")
        return [*range(first, field.most + 1), *range(field.least, last + 1)]
    return range(first, last + 1, step)


def _unclear(text: str, why: str) -> CronError:
    return CronError(f"`{text}` {why}, and engines differ in what that means", "name the values one by one")


def _value(text: str, field: _Field) -> int:
    if text in field.names:
        return field.names[text]
    if text in _NO_CRON:
        raise CronError(_NO_CRON[text])
    if not (text.isascii() and text.isdecimal()) or not field.least <= int(text) <= field.most:
        raise CronError(f"`{text}` is no {field.name} ({field.least} to {field.most})")
    return int(text)
