"""Recurring runs: what the API server and the controller of scheduled workflows take, and whether it ever fires."""

from __future__ import annotations

import datetime
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
_ZONES = datetime.timedelta(hours=14)  # the server reads expressions in the zone that it was given


def _rule(name: str, source: str) -> Rule:
    return Rule(name, "ZC0593", source, "2.0", lambda _: iter(()))


CONCURRENCY = _rule("concurrency", "apiserver/server/api_converter.go: toModelJob")
INTERVAL = _rule("interval", "apiserver/server/api_converter.go: toModelTrigger")
CRON = _rule("cron", "crd/controller/scheduledworkflow/util/cron_schedule.go; robfig/cron v1.2.0: Parser.Parse")
NEVER = _rule("never-fires", "crd/controller/scheduledworkflow/util/cron_schedule.go: getNextScheduledTime")
RULES = (CONCURRENCY, INTERVAL, CRON, NEVER)


def violations(run: Json) -> Iterator[Violation]:
    """What is wrong with a recurring run."""
    for rule, (place, message) in _findings(run):
        yield Violation(rule, place, message)


def _findings(run: Json) -> Iterator[tuple[Rule, Finding]]:
    here = Place("recurring run")
    if not 1 <= int(run.get("max_concurrency", 1)) <= _MOST:
        yield CONCURRENCY, (here, f"lets {run['max_concurrency']} runs go at once: it is 1 to {_MOST}")
    trigger = run["trigger"]
    periodic = trigger.get("periodic_schedule", {})
    if periodic and int(periodic.get("interval_second") or 0) < 1:
        yield INTERVAL, (here, f"has an interval of {periodic.get('interval_second')} seconds")
    schedule = trigger.get("cron_schedule", {})
    if not schedule:
        return
    if problem := cron_problem(schedule["cron"]):
        yield CRON, (here, f"has the cron expression `{schedule['cron']}`: {problem}")
    elif not _may_fire(schedule):
        yield NEVER, (here, f"never fires: `{schedule['cron']}` has no moment after {schedule['start_time']}")


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
    """Whether there is a moment after the start and up to the end, in some time zone, if the expression names one."""
    fields = schedule["cron"].split()
    if "start_time" not in schedule or "end_time" not in schedule or not all(f.isdigit() for f in fields[:5]):
        return True
    start, end = (_moment(schedule[key]) for key in ("start_time", "end_time"))
    second, minute, hour, day, month = map(int, fields[:5])
    for year in range(start.year, end.year + 1):
        try:
            moment = datetime.datetime(year, month, day, hour, minute, second, tzinfo=datetime.timezone.utc)
        except ValueError:
            continue
        if start - _ZONES < moment <= end + _ZONES:
            return True
    return False


def _moment(text: Json) -> datetime.datetime:
    found = datetime.datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    return found if found.tzinfo else found.replace(tzinfo=datetime.timezone.utc)
