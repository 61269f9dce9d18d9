"""The schedule of a pipeline as a Schedule of the Vertex AI API v1, whose only rhythms are cron expressions."""

from __future__ import annotations

import datetime
import re
from typing import Any

from zencompile.diagnostics import Report
from zencompile.ir import Pipeline, Schedule
from zencompile.ir.cron import CronError
from zencompile_kubeflow.vertex import cron, job
from zencompile_kubeflow.vertex.options import Options

Json = Any

_ZONE = re.compile(r"[A-Za-z]+([/_+-][A-Za-z0-9]+)*")  # a name of the IANA database, such as America/New_York
_DAY = 24 * 60  # minutes
_MINUTE = datetime.timedelta(minutes=1)


class Unkept(ValueError):
    """Why a schedule can't be kept, and what to do instead."""

    def __init__(self, message: str, help: str) -> None:
        super().__init__(message)
        self.help = help


def document(pipeline: Pipeline, schedule: Schedule, options: Options, report: Report) -> dict[str, Json]:
    """The Schedule, but for the job in its `createPipelineJobRequest`. What Vertex AI can't keep is an error."""
    _check_parameters(pipeline, report)
    if schedule.catchup:
        report.warning(
            "ZC0612",
            "Vertex AI makes up for missed runs only where a schedule that was paused is resumed",
            schedule.span,
            helps="resume it with `catch_up`",
        )
    found: dict[str, Json] = {"displayName": (schedule.name or pipeline.name)[: job.LONGEST_NAME]}
    try:
        found |= _times(schedule)
    except Unkept as problem:
        span = (schedule.cron_span if schedule.cron else None) or schedule.span or pipeline.span
        report.error("ZC0612", str(problem), span, helps=problem.help)
    found["maxConcurrentRunCount"] = 1  # required; it limits how many runs start at a time, not how many go on
    if options.max_active_runs:
        found["maxConcurrentActiveRunCount"] = options.max_active_runs
    if options.allow_queueing:
        found["allowQueueing"] = True
    found["createPipelineJobRequest"] = {"parent": job.parent(options)}
    return found


def _check_parameters(pipeline: Pipeline, report: Report) -> None:
    for parameter in pipeline.parameters:
        if parameter.bound == "runtime" and parameter.default is None:
            report.error(
                "ZC0612",
                f"a run that a schedule starts is given no `{parameter.name}`",
                parameter.span or pipeline.span,
                helps=f"give it a default, or a value: `--param {parameter.name}=…`",
            )


def _times(schedule: Schedule) -> dict[str, Json]:
    """As in ZenML, a cron expression comes before a single run, and that before an interval."""
    if schedule.cron is None and schedule.run_once is not None:
        return _once(schedule.run_once)
    if schedule.cron is not None:
        found = {"cron": f"TZ={_zone(schedule.timezone)} {_cron(schedule.cron)}"}
    else:
        found = {"cron": f"TZ=UTC {_rhythm(schedule)}"}
    if schedule.start is not None:
        found["startTime"] = _utc(schedule.start)
    if schedule.end is not None:
        found["endTime"] = _utc(schedule.end)
    return found


def _zone(name: str | None) -> str:
    if name is None or name.upper() in ("UTC", "Z", "ETC/UTC"):
        return "UTC"
    if not _ZONE.fullmatch(name):
        raise Unkept(f"`{name}` is no time zone for Vertex AI", "name one of the IANA database, such as Europe/Berlin")
    return name


def _cron(expression: str) -> str:
    try:
        return cron.plain(expression)
    except CronError as problem:
        raise Unkept(str(problem), problem.help) from None


def _once(text: str) -> dict[str, Json]:
    """One run at a moment: a cron expression that means it once a year, for the minute around it."""
    moment = _moment(text)
    if moment.second or moment.microsecond:
        raise Unkept(f"a schedule on Vertex AI starts runs at whole minutes, not at {text}", "choose a whole minute")
    return {
        "cron": f"TZ=UTC {moment.minute} {moment.hour} {moment.day} {moment.month} *",
        "startTime": _utc(text, -_MINUTE),
        "endTime": _utc(text, _MINUTE),
        "maxRunCount": 1,
    }


def _rhythm(schedule: Schedule) -> str:
    """An interval as a cron expression, where one means the same moments."""
    seconds, start = schedule.interval or 0, schedule.start
    help = "give a cron expression"
    if start is None:
        raise Unkept(
            f"Vertex AI has cron expressions alone, and a run every {seconds:,} s from no known start is none",
            f"{help}, or a `start_time`",
        )
    first, minutes = _moment(start), seconds // 60
    if seconds % 60 or first.second or first.microsecond:
        raise Unkept(f"Vertex AI starts runs at whole minutes, not every {seconds:,} s from {start}", help)
    if minutes and 60 % minutes == 0:
        listed = cron.listed(range(first.minute % minutes, 60, minutes)) if minutes > 1 else "*"
        return f"{listed} * * * *"
    if minutes and _DAY % minutes == 0 and minutes % 60 == 0:
        hours = minutes // 60
        listed = cron.listed(range(first.hour % hours, 24, hours))
        return f"{first.minute} {listed} * * *"
    if minutes == 7 * _DAY:
        return f"{first.minute} {first.hour} * * {first.isoweekday() % 7}"
    raise Unkept(f"no cron expression means every {seconds:,} s, and Vertex AI has no other schedules", help)


def _moment(text: str) -> datetime.datetime:
    moment = datetime.datetime.fromisoformat(text)
    return moment.astimezone(datetime.timezone.utc)


def _utc(text: str, shift: datetime.timedelta = datetime.timedelta()) -> str:
    return (_moment(text) + shift).isoformat().replace("+00:00", "Z")
