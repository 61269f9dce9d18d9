"""Cron expressions in the dialect of the server: robfig/cron v1.2.0, which has six fields, seconds first.

Rules of its `parser.go` and `spec.go`: days of the week are 0 to 6 or names, ranges only go up, there is no `L`, `W`,
`#` and `H`, and `n/s` goes on to the greatest value. With days of both kinds either will do, as in Unix cron, unless
one of the fields begins with `*`: engines differ there, so it is refused. What is read in one way everywhere and can't
be written like that is written otherwise: `7` as `0`, `fri-mon` as `0,1,5,6`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from zencompile.ir import cron
from zencompile.ir.cron import CronError, Expression

_ROBFIG = cron.Dialect(
    engine="Kubeflow",
    refused={
        "h": "`H` is for a scheduler that spreads its jobs, and Kubeflow doesn't",
        "r": "`R` is a random value, which Kubeflow doesn't know",
    },
)
_SECOND = cron.Field("second", 0, 59, {})
_PRESETS = {**cron.PRESETS, "@quarterly": "0 0 1 */3 *"}
_ITEM = re.compile(r"\*(/\d+)?|(?P<first>\w+)(?:-(?P<last>\w+))?(/\d+)?")


class Rhythm(NamedTuple):
    """An expression as the server takes it, and what it says: its seconds, and the five fields of every cron.

    `seconds_first` says that it was written with six fields, as Kubeflow's own are.
    """

    text: str
    seconds: frozenset[int]
    fields: Expression
    seconds_first: bool = False


def translate(text: str, hours: int = 0) -> Rhythm:
    """An expression of five fields, of Kubeflow's six, or a preset, for the server. Raises CronError.

    The server's clock is `hours` ahead of the one that the expression is written for.
    """
    words = _PRESETS.get(text.strip().lower(), text).split()
    if len(words) == 1 and words[0].startswith("@"):
        raise CronError(f"Kubeflow knows no schedule `{text}`", f"use one of {', '.join(_PRESETS)}")
    if len(words) > 6:
        raise CronError(f"`{text}` has {len(words)} fields, and Kubeflow knows no years", cron.FIVE)
    first, five = (words[0], words[1:]) if len(words) == 6 else ("0", words)
    seconds = _ROBFIG.values(first.lower().replace("?", "*"), _SECOND)
    found = _ROBFIG.parse(five, text)
    _check_days(five, found, text)
    moved = _moved(found, hours, text)
    return Rhythm(" ".join((first, *_words(five, found, moved))), seconds, moved, len(words) == 6)


def _check_days(words: list[str], found: Expression, text: str) -> None:
    """Refuse `*/2` among days of both kinds: some engines then want both to fit, some either."""
    starred = any(item.startswith("*") for word in (words[2], words[4]) for item in word.split(","))
    if found.days is not None and found.weekdays is not None and starred:
        raise CronError(
            f"`{text}` restricts the days of the month and of the week, one of them by `*/`, and engines differ in "
            "what that means",
            "name the days one by one, or restrict one of them alone",
        )


def _moved(found: Expression, hours: int, text: str) -> Expression:
    """The same moments by a clock that is `hours` ahead. Raises CronError where one expression can't say them."""
    if not hours:
        return found
    shifts = {(hour + hours) // 24 for hour in found.hours}
    every_day = found.days is None and len(found.months) == 12
    if shifts != {0} and not (every_day and (len(shifts) == 1 or found.weekdays is None)):
        raise CronError(
            f"the hours of `{text}` lie on other days by the clock of the server, {hours:+d} h from the schedule's",
            "write the times in the time zone of the server, as two schedules where they lie on two days",
        )
    weekdays = found.weekdays
    if weekdays is not None:
        weekdays = frozenset((day + next(iter(shifts))) % 7 for day in weekdays)
    return found._replace(hours=frozenset((hour + hours) % 24 for hour in found.hours), weekdays=weekdays)


def _words(words: list[str], found: Expression, moved: Expression) -> list[str]:
    """The five fields as the server reads them: as they were written, where it reads them so."""
    made = []
    for word, was, values, of in zip(words, _fields(found), _fields(moved), cron.FIELDS, strict=True):
        if values is None:
            made.append("*")
        elif was == values and all(_same(item, of) for item in word.lower().split(",")):
            made.append(word)
        else:
            made.append(_listed(values))
    return made


def _fields(found: Expression) -> tuple[frozenset[int] | None, ...]:
    return found.minutes, found.hours, found.days, found.months, found.weekdays


def _same(item: str, of: cron.Field) -> bool:
    """Whether the server reads an item as everybody does."""
    match = _ITEM.fullmatch(item)
    if match is None:
        return False
    if match["first"] is None:
        return True
    first = of.names.get(match["first"], match["first"])
    last = of.names.get(match["last"] or "", match["last"] or first)
    return int(first) <= int(last) <= (6 if of is cron.WEEKDAY else of.most)


def _listed(values: frozenset[int]) -> str:
    """Values as a list, of ranges where three or more follow each other."""
    runs: list[list[int]] = []
    for value in sorted(values):
        if runs and runs[-1][-1] == value - 1:
            runs[-1].append(value)
        else:
            runs.append([value])
    return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 2 else ",".join(map(str, run)) for run in runs)
