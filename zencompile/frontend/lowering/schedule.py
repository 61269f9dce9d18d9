"""Schedules."""

from __future__ import annotations

import datetime
from typing import Any

from zencompile.frontend.framework.options import fields_of
from zencompile.frontend.framework.records import Record
from zencompile.frontend.lowering.cron import wrong as cron_problem
from zencompile.frontend.lowering.plain import NotKnown, Plain
from zencompile.frontend.values import Unknown, Value
from zencompile.frontend.values.hints import coerced
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
    if isinstance(value, Unknown):
        plain.drop("the schedule", value, span)
        return None
    fields, spans = fields_of(value, plain.context)
    if not fields and not isinstance(value, Record):
        plain.framework.problem(
            "ZC0318",
            "a schedule is a `Schedule`, or a mapping in a run configuration",
            span,
            helps='write `Schedule(cron_expression="0 3 * * *")`',
        )
        return None
    return _Reader(fields, {**(places or {}), **spans}, span, plain).read()


class _Reader:
    """Reads the fields of a schedule; `spans` are their places, `span` is that of the whole."""

    def __init__(self, fields: dict[str, Value], spans: dict[str, Span], span: Span | None, plain: Plain) -> None:
        self.fields = fields
        self.spans = spans
        self.span = span
        self.plain = plain

    def read(self) -> Schedule | None:
        made: dict[str, Any] = {"span": self.span}
        for name, target in _TIMES.items():
            made[target] = _time(self.fields.get(name), name, self._place(name), self.plain)
        cron, interval = self._known("cron_expression"), _seconds(self._known("interval_second"))
        if not self._cron_is_valid(cron) or not self._interval_is_valid(interval) or not self._ends_later(made):
            return None
        made["cron"] = str(cron) if cron else None
        made["cron_span"] = self.spans.get("cron_expression") if cron else None
        made["interval"] = int(interval) if isinstance(interval, (int, float)) else None
        made["catchup"] = self._known("catchup") is True
        for name in ("name", "timezone"):
            text = self._known(name)
            made[name] = None if text is None else str(text)
        if not self._zone_is_valid(made["timezone"]) or not self._is_complete(made):
            return None
        return Schedule(**made)

    def _known(self, name: str) -> Any:
        return self.plain.known(self.fields.get(name), f"the schedule's `{name}`", self.span)

    def _place(self, name: str) -> Span | None:
        return self.spans.get(name) or self.span

    def _refuse(self, message: str, span: Span | None, helps: str | tuple[str, ...] = ()) -> bool:
        self.plain.framework.problem("ZC0318", message, span, helps=helps)
        return False

    def _cron_is_valid(self, cron: Any) -> bool:
        problem = cron_problem(str(cron)) if cron else None
        return problem is None or self._refuse(
            f"`{cron}` is no cron expression: {problem}",
            self._place("cron_expression"),
            "write minute, hour, day of the month, month and day of the week, such as `0 3 * * *`",
        )

    def _interval_is_valid(self, interval: Any) -> bool:
        if isinstance(interval, (int, float)) and interval <= 0:
            return self._refuse("the schedule's `interval_second` is not positive", self._place("interval_second"))
        if isinstance(interval, float) and not interval.is_integer():
            return self._refuse(
                f"the schedule's `interval_second` is {interval:g} seconds, and schedulers count whole ones",
                self._place("interval_second"),
                "write a whole number of seconds, or a `timedelta` of some",
            )
        if interval is not None and not isinstance(interval, (int, float)):
            return self._refuse(
                "the schedule's `interval_second` is no length of time",
                self._place("interval_second"),
                "write a number of seconds, or a `timedelta`",
            )
        return True

    def _ends_later(self, times: dict[str, Any]) -> bool:
        """Whether any run may come: no end lies before the start. Text that is no time has been reported."""
        end, start = times["end"], times["start"] or times["run_once"]
        if not end or not start or datetime.datetime.fromisoformat(end) >= datetime.datetime.fromisoformat(start):
            return True
        return self._refuse(
            f"the schedule ends at {end}, before it starts at {start}",
            self._place("end_time"),
            "exchange them, or leave `end_time` out",
        )

    def _zone_is_valid(self, zone: str | None) -> bool:
        if zone is None or _is_zone(zone):
            return True
        help_ = "use a name of the IANA database, such as `Europe/Berlin`"
        return self._refuse(f"there is no time zone `{zone}`", self._place("timezone"), help_)

    def _is_complete(self, made: dict[str, Any]) -> bool:
        """Whether it says when to start: a start that was given but is not known has been reported."""
        every = made["interval"] is not None and self.fields.get("start_time") is not None
        if made["cron"] or made["run_once"] is not None or every:
            return True
        return self._refuse(
            "a schedule needs `cron_expression`, or `start_time` and `interval_second`, or `run_once_start_time`",
            self.span,
        )


def _seconds(interval: Any) -> Any:
    """A length of time in seconds, if it is one: pydantic reads text as ISO 8601 or as a clock says it."""
    if isinstance(interval, str):
        try:
            return coerced(interval, datetime.timedelta)[0].total_seconds()
        except ValueError:
            return interval
    return interval


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
