"""Schedules."""

from __future__ import annotations

import datetime
from typing import Any

from zencompile.frontend.framework.options import fields_of
from zencompile.frontend.framework.records import Record
from zencompile.frontend.lowering.cron import wrong as cron_problem
from zencompile.frontend.lowering.plain import NotKnown, Plain
from zencompile.frontend.values import Unknown, Value
from zencompile.ir import Schedule
from zencompile.source import Span

_TIMES = {"start_time": "start", "end_time": "end", "run_once_start_time": "run_once"}


_ISO = "write it as in ISO 8601, such as `2026-01-31T06:00:00+00:00`"


def lower_schedule(
    value: Value, span: Span | None, plain: Plain, places: dict[str, Span] | None = None
) -> Schedule | None:
    """A `Schedule`, or a mapping of a run configuration, as a node.

    None if it is not known, or makes no sense: that is a problem of the pipeline, for its DAG is known all the same.
    `places` are those of the mapping's keys.
    """
    refuse = plain.framework.problem
    if isinstance(value, Unknown):
        plain.drop("the schedule", value, span)
        return None
    fields, spans = fields_of(value, plain.context)
    spans = {**(places or {}), **spans}
    if not fields and not isinstance(value, Record):
        refuse(
            "ZC0318",
            "a schedule is a `Schedule`, or a mapping in a run configuration",
            span,
            helps='write `Schedule(cron_expression="0 3 * * *")`',
        )
        return None
    made: dict[str, Any] = {"span": span}
    for name, target in _TIMES.items():
        made[target] = _time(fields.get(name), name, spans.get(name) or span, plain)
    cron = plain.known(fields.get("cron_expression"), "the schedule's `cron_expression`", span)
    interval = plain.known(fields.get("interval_second"), "the schedule's `interval_second`", span)
    made["cron"] = str(cron) if cron else None
    problem = cron_problem(made["cron"]) if made["cron"] else None
    if problem is not None:
        refuse(
            "ZC0318",
            f"`{cron}` is no cron expression: {problem}",
            spans.get("cron_expression") or span,
            helps="write minute, hour, day of the month, month and day of the week, such as `0 3 * * *`",
        )
        return None
    if isinstance(interval, (int, float)) and interval <= 0:
        refuse("ZC0318", "the schedule's `interval_second` is not positive", spans.get("interval_second") or span)
        return None
    made["interval"] = int(interval) if isinstance(interval, (int, float)) else None
    made["catchup"] = plain.known(fields.get("catchup"), "the schedule's `catchup`", span) is True
    for name in ("name", "timezone"):
        text = plain.known(fields.get(name), f"the schedule's `{name}`", span)
        made[name] = None if text is None else str(text)
    if made["timezone"] is not None and not _is_zone(made["timezone"]):
        refuse(
            "ZC0318",
            f"there is no time zone `{made['timezone']}`",
            spans.get("timezone") or span,
            helps="use a name of the IANA database, such as `Europe/Berlin`",
        )
        return None
    start_unknown = fields.get("start_time") is not None and made["start"] is None
    if (
        not made["cron"]
        and made["run_once"] is None
        and (made["interval"] is None or not (made["start"] or start_unknown))
    ):
        refuse(
            "ZC0318",
            "a schedule needs `cron_expression`, or `start_time` and `interval_second`, or `run_once_start_time`",
            span,
        )
        return None
    return Schedule(**made)


def _is_zone(name: str) -> bool:
    """Whether a time zone has this name; taken for granted on a machine without the database."""
    from zoneinfo import ZoneInfo

    for one in (name, "Europe/London"):
        try:
            return ZoneInfo(one) is not None and one == name
        except (KeyError, ValueError, OSError):
            continue
    return True


def _time(value: Value, name: str, span: Span | None, plain: Plain) -> str | None:
    if value is None:
        return None
    try:
        value = plain.force(value, span)
    except NotKnown as problem:
        if not problem.unknown.reported:
            plain.framework.report.warning(
                "ZC0319",
                f"the schedule's `{name}` is not known when compiling",
                span,
                label="ignored",
                notes=problem.unknown.reason,
                helps="write a fixed date: a compiled file must not depend on when it was compiled",
            )
        return None
    if isinstance(value, str):
        try:
            value = datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
        except ValueError:
            plain.framework.problem("ZC0318", f"the schedule's `{name}` is no date and time", span, helps=_ISO)
            return None
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        value = datetime.datetime(value.year, value.month, value.day)
    if not isinstance(value, datetime.datetime):
        plain.framework.problem("ZC0318", f"the schedule's `{name}` is no date and time", span, helps=_ISO)
        return None
    if value.tzinfo is None:
        plain.framework.report.note("ZC0320", f"the schedule's `{name}` has no time zone", span, label="taken as UTC")
        value = value.replace(tzinfo=datetime.timezone.utc)
    return str(value.isoformat())
