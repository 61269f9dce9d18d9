"""When runs start, in Airflow's words."""

from __future__ import annotations

from datetime import datetime, timezone

from zencompile.diagnostics import Report
from zencompile.ir import Schedule
from zencompile.source import Span
from zencompile_airflow import cron
from zencompile_airflow.options import START_DATE, Options
from zencompile_templates.python import Call, Code, py


def timing(schedule: Schedule | None, options: Options, report: Report) -> dict[str, object]:
    """The DAG's keywords `schedule`, `start_date`, `catchup`, and `end_date` if there is an end."""
    if schedule is None:
        return {"schedule": None, "start_date": moment(options.start_date), "catchup": bool(options.catchup)}
    zone = schedule.timezone if schedule.cron else None
    # As in ZenML, cron comes before a single run.
    start = _parsed(schedule.start if schedule.cron else schedule.run_once or schedule.start) or options.start_date
    _check(schedule, start, options, report)
    offset = start.utcoffset()
    if schedule.cron and not zone and offset:
        report.note(
            "ZC0510",
            "Airflow reads the cron expression in UTC",
            schedule.span,
            notes=f"the start time has the offset {_offset(start)}, which says nothing about summer time",
            helps="write the hours in UTC",
        )
    keywords: dict[str, object] = {"schedule": _rhythm(schedule), "start_date": _start(start, zone)}
    if schedule.end:
        end = _parsed(schedule.end)
        assert end is not None
        keywords["end_date"] = moment(end)
    keywords["catchup"] = schedule.catchup if options.catchup is None else options.catchup
    return keywords


def _check(schedule: Schedule, start: datetime, options: Options, report: Report) -> None:
    """Report a rhythm that Airflow lacks, and an end that comes before any run."""
    end = _parsed(schedule.end)
    if end is not None and end < start:
        report.error(
            "ZC0560",
            f"no run is ever due: the schedule ends at {end.isoformat()}, and starts at {start.isoformat()} here",
            schedule.span,
            helps="give the schedule a `start_time`, or choose a start with `--set airflow.start_date=…`",
        )
    if schedule.cron:
        check_cron(schedule.cron, schedule.cron_span or schedule.span, report)


def check_cron(text: str, span: Span | None, report: Report) -> None:
    """Report an expression that Airflow refuses, or reads as something else than is written."""
    if text == cron.ONCE:
        return
    try:
        cron.parse(text)
    except cron.CronError as problem:
        report.error("ZC0560", str(problem), span, helps=problem.help)


def _rhythm(schedule: Schedule) -> object:
    if schedule.cron:
        return schedule.cron
    if schedule.interval is not None and not schedule.run_once:
        return duration(schedule.interval)
    return "@once"


def _parsed(text: str | None) -> datetime | None:
    if text is None:
        return None
    found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return found if found.tzinfo is not None else found.replace(tzinfo=timezone.utc)


def _offset(moment: datetime) -> str:
    return moment.isoformat()[-6:]


def _start(time: datetime, zone: str | None) -> object:
    """The start, whose zone is the one that Airflow reads a cron expression in.

    The zone is only named, and looked up by Airflow: what this machine knows of zones must not get into the file.
    """
    if zone is None:
        return moment(time)
    if time is START_DATE:  # nobody's choice: midnight there rather than in UTC
        return Call("pendulum.datetime", _numbers(time), {"tz": zone})
    utc = Call("pendulum.datetime", _numbers(time.astimezone(timezone.utc)), {"tz": "UTC"})
    return Code(f"{py(utc)}.in_timezone({py(zone)})")


def moment(time: datetime) -> Call:
    """A point in time, in UTC."""
    return Call("datetime", _numbers(time.astimezone(timezone.utc)), {"tzinfo": Code("timezone.utc")})


def _numbers(time: datetime) -> list[int]:
    """The arguments of a point in time, as few as say it."""
    numbers = [time.year, time.month, time.day, time.hour, time.minute, time.second, time.microsecond]
    while len(numbers) > 3 and numbers[-1] == 0:
        numbers.pop()
    return numbers


def duration(seconds: float) -> Call:
    """A length of time, in the largest unit that gives a whole number."""
    microseconds = round(seconds * 1_000_000)
    if microseconds % 1_000_000:
        if microseconds % 1000:
            return Call("timedelta", (), {"microseconds": microseconds})
        return Call("timedelta", (), {"milliseconds": microseconds // 1000})
    whole = int(seconds)
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if whole and whole % size == 0:
            return Call("timedelta", (), {unit: whole // size})
    return Call("timedelta", (), {"seconds": whole})
