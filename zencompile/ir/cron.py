"""Cron expressions of five fields, as far as every reader of them agrees, and what a target's own reader adds.

Unix cron, croniter and the Go library of Kubernetes and Kubeflow differ at the edges: around the end of a field, 7 for
Sunday, `L` and `#`, days of both kinds. A target says by a `Dialect` what its engine takes; what it would refuse, or
engines would mean differently, is a `CronError`.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

_DAY_NAMES = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_ITEM = re.compile(r"(?:(?P<all>\*)|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<step>\d+))?")
_NTH = re.compile(r"(?P<day>\w+)#(?P<number>[1-5])|l(?P<last>[0-7])")

PRESETS: Mapping[str, str] = {
    "@annually": "0 0 1 1 *",
    "@daily": "0 0 * * *",
    "@hourly": "0 * * * *",
    "@midnight": "0 0 * * *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@yearly": "0 0 1 1 *",
}
"""Names that cron itself and every engine knows."""


class Field(NamedTuple):
    """A field of an expression: its name, its least and greatest value, and names for values in lower case."""

    name: str
    least: int
    most: int
    names: Mapping[str, int]


MINUTE = Field("minute", 0, 59, {})
HOUR = Field("hour", 0, 23, {})
DAY = Field("day of the month", 1, 31, {})
MONTH = Field("month", 1, 12, {name: number for number, name in enumerate(_MONTH_NAMES, 1)})
WEEKDAY = Field("day of the week", 0, 7, {name: number for number, name in enumerate(_DAY_NAMES)})
FIELDS = (MINUTE, HOUR, DAY, MONTH, WEEKDAY)


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


FIVE = "write five fields: minute, hour, day of the month, month, day of the week"


class CronError(ValueError):
    """Why an expression can't be the target's, and what to write instead, where that is known."""

    def __init__(self, message: str, help: str = FIVE) -> None:
        super().__init__(message)
        self.help = help


@dataclass(frozen=True)
class Dialect:
    """What the engine of a target takes of cron.

    `refused` are reasons against an item, by its first letter. `lasts` says whether it knows `L` and `#`;
    `equal_ends_are_all` that it reads `5-5` as all of a field, `sunday_ends` that `1/2` of the days of the week goes on
    to a Sunday behind Saturday.
    """

    engine: str
    refused: Mapping[str, str] = field(default_factory=dict)
    lasts: bool = False
    equal_ends_are_all: bool = False
    sunday_ends: bool = False

    def parse(self, words: list[str], text: str) -> Expression:
        """What the five fields of `text` say. Raises CronError."""
        if len(words) != 5:
            raise CronError(f"`{text}` has {len(words)} field{'' if len(words) == 1 else 's'} of five")
        minutes, hours, days, months, weekdays = (word.lower() for word in words)
        month_days, last_day = self._days_of_month(days)
        week, nth = self._days_of_week(weekdays)
        found = Expression(
            self.values(minutes, MINUTE),
            self.values(hours, HOUR),
            month_days,
            self.values(months, MONTH),
            week,
            last_day,
            nth,
        )
        self._check_together(found, text)
        return found

    def _check_together(self, found: Expression, text: str) -> None:
        """Refuse fields that are fine each for itself."""
        if found.nth and (found.days is not None or found.weekdays):
            raise CronError(
                f"{self.engine} leaves out a part of the days that `{text}` names",
                "write `#` and `L5` alone: for other days a second pipeline can be scheduled",
            )
        for name, values, every, other in (
            ("day of the month", found.days, 31, found.weekdays),
            ("day of the week", found.weekdays, 7, found.days),
        ):
            if values is not None and len(values) == every and other is not None:
                raise CronError(
                    f"`{text}` names every {name}, which some engines, such as Airflow, take for no restriction and "
                    "others for each day",
                    "write `*` for the field that names all days",
                )
        only_days = found.days is not None and found.weekdays is None and not found.last_day
        if only_days and not any(day <= _LONGEST[month - 1] for day in found.days or () for month in found.months):
            raise CronError(f"no day is ever meant by `{text}`: the months have fewer days", "choose a day that comes")

    def _days_of_month(self, text: str) -> tuple[frozenset[int] | None, bool]:
        """The days, None for all of them, and whether the last one of each month is meant."""
        if text in ("*", "?"):
            return None, False
        items = text.split(",")
        others = [item for item in items if item != "l"]
        if len(others) < len(items) and not self.lasts:
            raise CronError(f"{self.engine} knows no `L`", "name days that every month has, or use another target")
        found = self.values(",".join(others), DAY) if others else frozenset[int]()
        return found, len(others) < len(items)

    def _days_of_week(self, text: str) -> tuple[frozenset[int] | None, frozenset[tuple[int, int]]]:
        """The days, None for all of them, and those that are meant by their number in the month."""
        if text in ("*", "?"):
            return None, frozenset()
        days, nth = frozenset[int](), set[tuple[int, int]]()
        for item in text.split(","):
            match = _NTH.fullmatch(item)
            if match is not None and not self.lasts:
                raise CronError(f"{self.engine} knows no `{item.upper()}`", "name days of each week")
            if match is None:
                days |= self.values(item, WEEKDAY)
            elif match["last"] is not None:
                nth.add((int(match["last"]) % 7, -1))
            else:
                nth.add((self._value(match["day"], WEEKDAY) % 7, int(match["number"])))
        return frozenset(day % 7 for day in days), frozenset(nth)

    def values(self, text: str, of: Field) -> frozenset[int]:
        """The values of a field without anything special. Raises CronError."""
        if "," in text and "*" in text.split(","):
            raise _unclear(text, "is all of a field and more")
        return frozenset(value for item in text.split(",") for value in self._of_item(item, of))

    def _of_item(self, text: str, of: Field) -> range | list[int]:
        match = _ITEM.fullmatch(text)
        if match is None:
            kind = self.refused.get(text[:1]) if not text[:2].isalpha() else None
            raise CronError(kind or f"`{text}` is no {of.name} for {self.engine}")
        step = int(match["step"] or 1)
        if step == 0:
            raise CronError(f"`{text}` has a step of 0")
        if match["all"]:
            return range(of.least, of.most + 1 - (of is WEEKDAY), step)
        first = self._value(match["first"], of)
        if match["last"] is None:
            return self._to_the_end(text, first, step, of) if match["step"] else [first]
        last = self._value(match["last"], of)
        if first == last and self.equal_ends_are_all:
            raise CronError(
                f"{self.engine} takes `{match['first']}-{match['last']}` for every {of.name}",
                f"write `{match['first']}`",
            )
        if first > last:  # around the end of the field
            if match["step"] or first == 7:
                raise _unclear(text, "goes around the end of the field")
            return [*range(first, of.most + 1), *range(of.least, last + 1)]
        return range(first, last + 1, step)

    def _to_the_end(self, text: str, first: int, step: int, of: Field) -> range:
        """With a step, a value is the beginning of a range that ends with the field."""
        if of is not WEEKDAY:
            return range(first, of.most + 1, step)
        if first == 7:
            raise _unclear(text, "begins behind the last day")
        if not self.sunday_ends and (7 - first) % step == 0:
            raise _unclear(text, "goes on to a Sunday, or ends before it")
        return range(first, 8, step)

    def _value(self, text: str, of: Field) -> int:
        if text in of.names:
            return of.names[text]
        if text in self.refused:
            raise CronError(self.refused[text])
        if not (text.isascii() and text.isdecimal()) or not of.least <= int(text) <= of.most:
            raise CronError(f"`{text}` is no {of.name} ({of.least} to {of.most})")
        return int(text)


def _unclear(text: str, why: str) -> CronError:
    return CronError(f"`{text}` {why}, and engines differ in what that means", "name the values one by one")


def due(found: Expression, moment: datetime) -> bool:
    """Whether a run is due in the minute of `moment`, by the clock that the expression is read with."""
    fits = moment.minute in found.minutes and moment.hour in found.hours
    return fits and due_on(found, moment.date())


def due_on(found: Expression, day: date) -> bool:
    """Whether runs are due on a day. Days of both kinds given, either will do, as in Unix cron."""
    if day.month not in found.months:
        return False
    if found.days is None and found.weekdays is None:
        return True
    length = monthrange(day.year, day.month)[1]
    of_month = found.days is not None and (day.day in found.days or (found.last_day and day.day == length))
    weekday = day.isoweekday() % 7
    numbers = {(weekday, (day.day - 1) // 7 + 1)}
    if day.day + 7 > length:
        numbers.add((weekday, -1))
    return of_month or (found.weekdays is not None and weekday in found.weekdays) or bool(numbers & found.nth)


def first_from(found: Expression, moment: datetime) -> datetime | None:
    """The first minute from `moment` on in which a run is due; None if there is none in the eight years to a 29th."""
    start = moment.replace(second=0, microsecond=0)
    start += timedelta(minutes=1) if start < moment else timedelta()
    for number in range(366 * 8 + 2):
        day = start.date() + timedelta(days=number)
        if not due_on(found, day):
            continue
        for hour in sorted(found.hours):
            for minute in sorted(found.minutes):
                candidate = datetime.combine(day, time(hour, minute), start.tzinfo)
                if candidate >= start:
                    return candidate
    return None
