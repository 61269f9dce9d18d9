"""Recurring runs: what the API server and the controller of scheduled workflows take, and whether it ever fires."""

from __future__ import annotations

import datetime
import itertools
import re
from collections.abc import Iterator
from typing import Any

from zencompile_kubeflow.rules.specification import Place
from zencompile_kubeflow.rules.table import Finding, Rule, Violation

Json = Any

_MONTHS = ("", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
# Seconds, minutes, hours, days of the month, months, days of the week: first, last, names.
_FIELDS: tuple[tuple[int, int, tuple[str, ...]], ...] = (
    (0, 59, ()),
    (0, 59, ()),
    (0, 23, ()),
    (1, 31, ()),
    (1, 12, _MONTHS),
    (0, 6, _DAYS),
)
_DESCRIPTORS = ("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly")
_PART = re.compile(r"([*?]|\w+)(?:-(\w+))?(?:/(\d+))?")
_MOST = 10  # runs at once
_YEARS = 5  # robfig/cron v1.2.0, `spec.go`: Next looks no further
_ANY_YEARS = "2024-01-01T00:00:00Z"  # where a run has no start: five years in which every day of a year comes
_EPOCH = "1970-01-01T00:00:00Z"
_ZONES = datetime.timedelta(hours=14)  # the server reads expressions in the zone that it was given


def _rule(name: str, source: str, help: str = "") -> Rule:
    return Rule(name, "ZC0593", source, "2.0", lambda _: iter(()), help=help)


CONCURRENCY = _rule("concurrency", "apiserver/server/api_converter.go: toModelJob")
INTERVAL = _rule("interval", "apiserver/server/api_converter.go: toModelTrigger")
CRON = _rule("cron", "crd/controller/scheduledworkflow/util/cron_schedule.go; robfig/cron v1.2.0: Parser.Parse")
NEVER = _rule("never-fires", "crd/controller/scheduledworkflow/util/cron_schedule.go: getNextScheduledTime")
NAME = _rule(
    "run-name",
    "apiserver/template/template.go: toSWFCRDResourceGeneratedName; Kubernetes: IsDNS1123Subdomain",
    "let a letter from a to z or a digit come before the first `-` of the name",
)
RULES = (CONCURRENCY, INTERVAL, CRON, NEVER, NAME)


def violations(run: Json) -> Iterator[Violation]:
    """What is wrong with a recurring run."""
    for rule, (place, message) in _findings(run):
        yield Violation(rule, place, message)


def _findings(run: Json) -> Iterator[tuple[Rule, Finding]]:
    here = Place("recurring run")
    if not 1 <= int(run.get("max_concurrency", 1)) <= _MOST:
        yield CONCURRENCY, (here, f"lets {run['max_concurrency']} runs go at once: it is 1 to {_MOST}")
    name = str(run.get("display_name", ""))
    if re.sub(r"[^a-z0-9-]+", "", name.lower()).startswith("-"):
        yield NAME, (here, f"is called `{name}`, of which the server makes a name that begins with `-`")
    trigger = run["trigger"]
    periodic = trigger.get("periodic_schedule", {})
    if periodic and int(periodic.get("interval_second") or 0) < 1:
        yield INTERVAL, (here, f"has an interval of {periodic.get('interval_second')} seconds")
    schedule = trigger.get("cron_schedule", {})
    if not schedule:
        return
    if problem := cron_problem(schedule["cron"]):
        yield CRON, (here, f"has the cron expression `{schedule['cron']}`: {problem}")
    elif not schedule["cron"].startswith("@") and not _may_fire(schedule):
        when = f"after {schedule['start_time']}" if "start_time" in schedule else "in any year"
        yield NEVER, (here, f"never fires: `{schedule['cron']}` has no moment {when} that the server finds")


def cron_problem(expression: str) -> str:
    """Why robfig/cron v1.2.0 doesn't read an expression, or nothing. Seconds come first, weekdays end with 6."""
    if expression.startswith("@"):
        known = expression in _DESCRIPTORS or re.fullmatch(r"@every (\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+", expression)
        return "" if known else f"there is no `{expression}`"
    parts = expression.split()
    if len(parts) not in (5, 6):
        return f"it has {len(parts)} fields, and there are 5 or 6"
    for text, field in zip(parts, _FIELDS, strict=False):
        for part in text.split(","):
            if part and (problem := _part_problem(part, field)):
                return problem
    return ""


def _part_problem(part: str, field: tuple[int, int, tuple[str, ...]]) -> str:
    low, high, names = field
    match = _PART.fullmatch(part)
    if match is None:
        return f"`{part}` is no range"
    first, last, step = match.groups()
    if step is not None and int(step) == 0:
        return f"the step of `{part}` is zero"
    if first in "*?":
        return f"`{part}` is no range" if last else ""
    begin = _number(first, names)
    end = _number(last, names) if last else begin
    if begin is None or end is None:
        return f"`{part}` is no range of numbers or names"
    return "" if low <= begin <= end <= high else f"`{part}` is not within {low} to {high}"


def _number(text: str, names: tuple[str, ...]) -> int | None:
    if text.lower() in names[0 if names == _DAYS else 1 :]:
        return names.index(text.lower())
    return int(text) if text.isascii() and text.isdigit() else None


def _may_fire(schedule: Json) -> bool:
    """Whether a moment comes after the start and up to the end, in some time zone, and no later than `Next` looks."""
    start = max(_moment(schedule.get("start_time", _ANY_YEARS)), _moment(_EPOCH))
    end = datetime.datetime(min(start.year + _YEARS + 1, datetime.MAXYEAR), 1, 1, tzinfo=datetime.timezone.utc)
    if "start_time" in schedule and "end_time" in schedule:
        end = min(end, _moment(schedule["end_time"]))
    words = [*schedule["cron"].split(), "*"][:6]
    seconds, minutes, hours, *_ = fields = [_values(word, of) for word, of in zip(words, _FIELDS, strict=True)]
    first, last = start - _ZONES, end + _ZONES
    for number in range((last.date() - first.date()).days + 1):
        day = first.date() + datetime.timedelta(days=number)
        if not _due_on(day, words, fields):
            continue
        if first.date() < day < last.date():
            return True
        for parts in itertools.product(sorted(hours), sorted(minutes), sorted(seconds)):
            if first < datetime.datetime.combine(day, datetime.time(*parts), datetime.timezone.utc) <= last:
                return True
    return False


def _due_on(day: datetime.date, words: list[str], fields: list[frozenset[int]]) -> bool:
    """`spec.go`, dayMatches: days of both kinds if one has a star, else either."""
    fits = (day.day in fields[3], day.isoweekday() % 7 in fields[5])
    starred = any(item[:1] in ("*", "?") for word in (words[3], words[5]) for item in word.split(","))
    return day.month in fields[4] and (all(fits) if starred else any(fits))


def _values(text: str, field: tuple[int, int, tuple[str, ...]]) -> frozenset[int]:
    """The values of a field that there is no problem with (`parser.go`, getField and getRange)."""
    low, high, names = field
    found: set[int] = set()
    for match in filter(None, map(_PART.fullmatch, text.split(","))):
        first, last, step = match.groups()
        begin = low if first in "*?" else _number(first, names)
        end = _number(last, names) if last else high if step or first in "*?" else begin
        assert begin is not None
        assert end is not None
        found.update(range(begin, end + 1, int(step or 1)))
    return frozenset(found)


def _moment(text: Json) -> datetime.datetime:
    found = datetime.datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    return found if found.tzinfo else found.replace(tzinfo=datetime.timezone.utc)
