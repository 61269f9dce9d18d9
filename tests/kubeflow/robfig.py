"""A small model of the cron library of Kubeflow's server, robfig/cron v1.2.0: its parser, and its `Next`.

Written after the rules of `parser.go` (`Parse`, `getField`, `getRange`) and `spec.go` (`Next`, `dayMatches`), for
clocks without summer time. That library is Go's; a test of this project can't run it.
"""

from __future__ import annotations

import datetime
from typing import NamedTuple

_DAYS = {name: number for number, name in enumerate(("sun", "mon", "tue", "wed", "thu", "fri", "sat"))}
_MONTHS = dict(
    zip(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), range(1, 13), strict=True)
)
_BOUNDS = ((0, 59, {}), (0, 59, {}), (0, 23, {}), (1, 31, {}), (1, 12, _MONTHS), (0, 6, _DAYS))


class Refused(ValueError):
    """What the server says of an expression that it doesn't take."""


class _Bits(NamedTuple):
    values: frozenset[int]
    star: bool


class Server(NamedTuple):
    """A parsed expression."""

    fields: tuple[_Bits, ...]

    @classmethod
    def parse(cls, text: str) -> Server:
        """Raises `Refused`."""
        words = text.split()
        if len(words) not in (5, 6):
            raise Refused(f"expected 5 to 6 fields, found {len(words)}")
        bounds = zip([*words, "*"][:6], _BOUNDS, strict=True)
        return cls(tuple(_field(word, *bound) for word, bound in bounds))

    def due_on(self, day: datetime.date) -> bool:
        """Whether a day fits: both fields of days if one of them has a star, else either."""
        of_month, of_week = self.fields[3], self.fields[5]
        fits = day.day in of_month.values, day.isoweekday() % 7 in of_week.values
        return day.month in self.fields[4].values and (all(fits) if of_month.star or of_week.star else any(fits))

    def after(self, moment: datetime.datetime) -> datetime.datetime | None:
        """The first moment that is later; None if there is none in five years."""
        moment += datetime.timedelta(seconds=1)
        moment = moment.replace(microsecond=0)
        seconds, minutes, hours = (sorted(self.fields[number].values) for number in range(3))
        for number in range(366 * 5):
            day = moment.date() + datetime.timedelta(days=number)
            if not self.due_on(day):
                continue
            for hour in hours:
                for minute in minutes:
                    for second in seconds:
                        found = datetime.datetime.combine(day, datetime.time(hour, minute, second), moment.tzinfo)
                        if found >= moment:
                            return found
        return None


def _field(text: str, least: int, most: int, names: dict[str, int]) -> _Bits:
    items = [_range(item, least, most, names) for item in text.split(",") if item]
    return _Bits(frozenset(value for values, _ in items for value in values), any(star for _, star in items))


def _range(text: str, least: int, most: int, names: dict[str, int]) -> tuple[range, bool]:
    ends, *steps = text.split("/")
    low, *high = ends.split("-")
    star = low in ("*", "?")
    start, end = (least, most) if star else (_number(low, names), _number((high or [low])[0], names))
    step = 1
    if steps:
        step = _number(steps[0], {})
        end = end if high else most
    if len(steps) > 1 or len(high) > 1 or start < least or end > most or start > end or step == 0:
        raise Refused(f"not a range: {text}")
    return range(start, end + 1, step), star


def _number(text: str, names: dict[str, int]) -> int:
    if text.lower() in names:
        return names[text.lower()]
    if not text.isascii() or not text.isdecimal():
        raise Refused(f"failed to parse int from {text}")
    return int(text)
