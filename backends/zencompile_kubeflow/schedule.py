"""The schedule, which a PipelineSpec has no place for, as the RecurringRun that KFP's API (v2beta1) takes.

When the server starts runs is told by `backend/src/crd/controller/scheduledworkflow/util` of kubeflow/pipelines:
`cron_schedule.go` (the first run is *after* `start_time`, the last may be at `end_time`), `periodic_schedule.go` (the
first run is one interval after `start_time`). Of times it keeps whole seconds (`apiserver/server/api_converter.go`,
`toModelTrigger`).
"""

from __future__ import annotations

import datetime
import shlex
import unicodedata
from collections.abc import Iterator
from typing import Any

from zencompile.diagnostics import Report
from zencompile.ir import Pipeline, Schedule
from zencompile.ir.cron import CronError, due, first_from
from zencompile.source import Span
from zencompile_kubeflow import zones
from zencompile_kubeflow.cron import Rhythm, translate

Json = Any

_SECOND = datetime.timedelta(seconds=1)
_ON_THE_SERVER = "run the scheduled-workflow controller with `CRON_SCHEDULE_TIMEZONE={0}`, and say so here: "\
    "`--set kubeflow.timezone={0}`"  # fmt: skip


def recurring_run(
    pipeline: Pipeline, schedule: Schedule | None, server_zone: str, report: Report
) -> dict[str, Json] | None:
    """The message for `pipeline`, whose cron expression the server reads by the clock of `server_zone`.

    Parameters have their defaults, which are those of the pipeline's own file: given here, the server would replace
    `[[Index]]` and the like in them. What can't be kept is an error, `ZC0586`, and there is no message.
    """
    if schedule is None:
        return None
    for parameter in pipeline.parameters:
        if parameter.bound == "runtime" and parameter.default is None:
            report.error(
                "ZC0586",
                f"a recurring run has no value for the parameter `{parameter.name}`",
                schedule.span or pipeline.span,
                helps="give it a default",
            )
    before = len(report.errors)
    trigger = _Trigger(schedule, server_zone, report).made()
    if len(report.errors) != before:
        return None
    return {
        "display_name": schedule.name or pipeline.name,
        "mode": "ENABLE",
        "max_concurrency": 1,
        "no_catchup": not schedule.catchup,
        "trigger": trigger,
    }


def announce(pipeline: Pipeline, run: dict[str, Json], file: str, report: Report) -> None:
    """Tell that `file` holds the recurring run, and what of it may surprise."""
    schedule = pipeline.schedule
    assert schedule is not None
    notes = [f"`{file}` holds the recurring run, and how to create it"]
    periodic = run["trigger"].get("periodic_schedule")
    if periodic and schedule.run_once is None:
        notes.append(f"as ZenML's on Kubeflow, its first run is {periodic['interval_second']} s after its start")
    if schedule.cron is not None and len(schedule.cron.split()) == 6:
        notes.append("the first of its six fields is that of the seconds, as in Kubeflow's own expressions")
    report.note("ZC0520", "a KFP pipeline holds no schedule of its own", schedule.span or pipeline.span, notes=notes)


def head(run: dict[str, Json], pipeline: str, package: str) -> Iterator[str]:
    """Comment lines for the file of a recurring run: what it is, and the command that creates it.

    `--enabled` is needed: without it KFP's command line makes one that never runs.
    """
    (trigger,) = run["trigger"].values()
    name = "cron" if "cron" in trigger else "interval_second"
    words = [run["display_name"], pipeline, package]
    if all(map(_fits, words)):
        job, experiment, file = map(shlex.quote, words)
        times = "".join(f" --{key.replace('_', '-')} {trigger[key]}" for key in _TIMES if key in trigger)
        yield f"The recurring run of {package}. Create it with KFP's command line,"
        yield f"  kfp recurring-run create --enabled --experiment-name {experiment} --job-name {job} \\"
        yield f"    {_OPTIONS[name]} {shlex.quote(str(trigger[name]))}{times} \\"
        yield f"    --{'no-' * run['no_catchup']}catchup --max-concurrency 1 --pipeline-package-path {file}"
        yield f"or upload {package} and post this message to /apis/v2beta1/recurringruns as JSON, with the"
    else:
        yield "A recurring run. Its name holds characters that no command should, so create it with KFP's API:"
        yield "upload the pipeline and post this message to /apis/v2beta1/recurringruns as JSON, with the"
    yield '"experiment_id", and the "pipeline_version_reference" of what was uploaded.'
    if name == "cron" and "start_time" in trigger:
        yield "Its first run comes after the start, never at it: so a start at which one is due is a second before it."


_TIMES = ("start_time", "end_time")
_OPTIONS = {"cron": "--cron-expression", "interval_second": "--interval-second"}


def _fits(text: str) -> bool:
    """Whether a text can stand in a command that is copied from one line: without ends of lines and control characters.

    POSIX has no quotes for those that keep them on one line.
    """
    return not any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in text)


class _Trigger:
    """Makes the trigger of a recurring run; a problem is reported where it stands."""

    def __init__(self, schedule: Schedule, server_zone: str, report: Report) -> None:
        self.schedule, self.server_zone, self.report = schedule, server_zone, report
        self.hours = zones.hours(server_zone)

    def made(self) -> dict[str, Json]:
        """As in ZenML, cron comes before a single run, and that before an interval."""
        schedule = self.schedule
        if schedule.cron is not None:
            return self._cron(schedule.cron)
        if schedule.run_once is not None:
            return self._once(_up(datetime.datetime.fromisoformat(schedule.run_once)))
        return self._periodic()

    def _problem(self, message: str, span: Span | None, helps: str = "") -> dict[str, Json]:
        self.report.error("ZC0586", message, span or self.schedule.span, helps=helps)
        return {}

    # -- cron ----------------------------------------------------------------------------------------------------------

    def _cron(self, text: str) -> dict[str, Json]:
        span = self.schedule.cron_span
        try:
            rhythm = translate(text, self._ahead())
        except CronError as problem:
            return self._problem(str(problem), span, problem.help)
        start, end = _moment(self.schedule.start), _moment(self.schedule.end)
        if self.hours is not None and start and end and not self._comes(rhythm, start, end):
            return self._problem(f"no run is due between {start.isoformat()} and {end.isoformat()}", span)
        if self.hours is None and start and end and not zones.comes(rhythm.fields, start, end, self.server_zone):
            self.report.warning(
                "ZC0586",
                f"no run is due between {start.isoformat()} and {end.isoformat()} by the clock of {self.server_zone}",
                span or self.schedule.span,
                notes="as far as this machine knows that zone; the file doesn't depend on it",
            )
        window = {}
        if start is not None:
            window["start_time"] = self._just_before(start, rhythm).isoformat()
        if end is not None:
            window["end_time"] = end.replace(microsecond=0).isoformat()
        return {"cron_schedule": window | {"cron": rhythm.text}}

    def _ahead(self) -> int:
        """Hours that the server's clock is ahead of the schedule's. Raises CronError if that is no number."""
        wanted = self.schedule.timezone or "UTC"
        written_for = zones.hours(wanted)
        if wanted.lower() == self.server_zone.lower() or (self.schedule.timezone is None and self.hours is None):
            return 0
        if written_for is None or self.hours is None:
            raise CronError(
                f"Kubeflow reads cron expressions in the time zone of its server, {self.server_zone}, not in {wanted}",
                _ON_THE_SERVER.format(wanted),
            )
        return self.hours - written_for

    def _clock(self, moment: datetime.datetime) -> datetime.datetime:
        """What the server's clock shows."""
        return moment.astimezone(datetime.timezone(datetime.timedelta(hours=self.hours or 0)))

    def _comes(self, rhythm: Rhythm, start: datetime.datetime, end: datetime.datetime) -> bool:
        """Whether a run is due from `start` to `end`; with seconds of its own, in the minutes that begin there."""
        from_ = start if rhythm.seconds == {0} else start.replace(second=0, microsecond=0)
        first = first_from(rhythm.fields, self._clock(from_))
        return first is not None and first <= end

    def _just_before(self, start: datetime.datetime, rhythm: Rhythm) -> datetime.datetime:
        """The second before a start at which a run is due: the server would leave that run out."""
        whole = start.replace(microsecond=0)
        clock = self._clock(whole)
        may_be_due = self.hours is None or due(rhythm.fields, clock)
        return whole - _SECOND if whole == start and clock.second in rhythm.seconds and may_be_due else whole

    # -- other triggers ------------------------------------------------------------------------------------------------

    def _once(self, moment: datetime.datetime) -> dict[str, Json]:
        """One run: the window of the rhythm is the second that ends at it.

        By a clock that this compiler doesn't know it is an interval of a second, whose one run in the window is it.
        """
        window = {"start_time": (moment - _SECOND).isoformat(), "end_time": moment.isoformat()}
        if self.hours is None:
            return {"periodic_schedule": {**window, "interval_second": 1}}
        clock = self._clock(moment)
        cron = f"{clock.second} {clock.minute} {clock.hour} {clock.day} {clock.month} ?"
        return {"cron_schedule": {**window, "cron": cron}}

    def _periodic(self) -> dict[str, Json]:
        start, end = _moment(self.schedule.start), _moment(self.schedule.end)
        interval = self.schedule.interval
        assert interval is not None
        window = {}
        if start is not None:
            start = _up(start)
            window["start_time"] = start.isoformat()
        if end is not None:
            window["end_time"] = end.replace(microsecond=0).isoformat()
        if start and end and start + datetime.timedelta(seconds=interval) > end:
            return self._problem(
                f"no run is due: the first one is {interval} s after {start.isoformat()}, which is after the end",
                None,
                "choose a later end",
            )
        return {"periodic_schedule": {**window, "interval_second": interval}}


def _moment(text: str | None) -> datetime.datetime | None:
    return None if text is None else datetime.datetime.fromisoformat(text)


def _up(moment: datetime.datetime) -> datetime.datetime:
    """The first whole second that is not before a moment."""
    whole = moment.replace(microsecond=0)
    return whole if whole == moment else whole + _SECOND
