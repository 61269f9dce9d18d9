"""The schedule, which a PipelineSpec has no place for, as the RecurringRun that KFP's API (v2beta1) takes."""

from __future__ import annotations

import datetime
from typing import Any

from zencompile.diagnostics import Report
from zencompile.ir import Pipeline, Schedule
from zencompile_kubeflow.values import run_parameter

Json = Any


def recurring_run(pipeline: Pipeline, schedule: Schedule, file: str, report: Report) -> dict[str, Json]:
    """The message for `pipeline`; `file` is the name of the file that holds it, for the note to the user."""
    report.note(
        "ZC0520",
        "a KFP pipeline holds no schedule of its own",
        schedule.span or pipeline.span,
        notes=f"`{file}` holds the recurring run to create with the uploaded pipeline",
    )
    if schedule.timezone and schedule.timezone.upper() not in ("UTC", "ETC/UTC", "Z"):
        report.warning(
            "ZC0522",
            f"Kubeflow reads cron expressions in the time zone of its server, not in {schedule.timezone}",
            schedule.span,
            helps="set CRON_SCHEDULE_TIMEZONE where Kubeflow's scheduled-workflow controller runs",
        )
    defaults = {p.name: run_parameter(p).default for p in pipeline.parameters if p.bound == "runtime"}
    parameters = {name: default for name, default in defaults.items() if default is not None}
    message: dict[str, Json] = {
        "display_name": schedule.name or pipeline.name,
        "mode": "ENABLE",
        "max_concurrency": 1,
        "no_catchup": not schedule.catchup,
        "trigger": _trigger(schedule),
    }
    if parameters:
        message["runtime_config"] = {"parameters": parameters}
    return message


def _trigger(schedule: Schedule) -> dict[str, Json]:
    if schedule.run_once is not None:
        moment = datetime.datetime.fromisoformat(schedule.run_once)
        cron = f"0 {moment.minute} {moment.hour} {moment.day} {moment.month} ?"
        after = (moment + datetime.timedelta(minutes=1)).isoformat()
        return {"cron_schedule": {"start_time": schedule.run_once, "end_time": after, "cron": cron}}
    times = {"start_time": schedule.start, "end_time": schedule.end}
    window = {name: time for name, time in times.items() if time is not None}
    if schedule.cron is not None:
        return {"cron_schedule": window | {"cron": _with_seconds(schedule.cron)}}
    return {"periodic_schedule": window | {"interval_second": schedule.interval}}


def _with_seconds(cron: str) -> str:
    """KFP's cron has a field for seconds in front of the usual five."""
    return f"0 {cron}" if len(cron.split()) == 5 else cron
