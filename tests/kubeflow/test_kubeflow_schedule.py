"""When the runs of a schedule start: by the rules of the server, at the moments that were written."""

from __future__ import annotations

import datetime
import json
import random
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
import yaml
from kubeflow_samples import SPAN, Compiled, call, kind, parameter, pipeline, step
from robfig import Refused, Server

from zencompile.ir import Schedule
from zencompile.ir.cron import due_on
from zencompile.source import Span
from zencompile_kubeflow.cron import CronError, translate

CRON_SPAN = Span("run.py", 9, 5, 9, 20)
MAY = "2031-05-04T03:02:30+00:00"


def compiled(options: dict[str, Any] | None = None, parameters: tuple[Any, ...] = (), **schedule: Any) -> Compiled:
    """A pipeline with a schedule."""
    spans = {"span": SPAN, "cron_span": CRON_SPAN}
    made = pipeline([step("s")], [call("s")], schedule=Schedule(**schedule, **spans), parameters=parameters)
    return Compiled(made, **options or {})


def run_of(made: Compiled) -> dict[str, Any]:
    """The recurring run."""
    assert made.codes == ["ZC0520"]
    found: dict[str, Any] = yaml.safe_load(made.files["digits.schedule.yaml"])
    return found


def trigger(**schedule: Any) -> dict[str, Any]:
    """The trigger of a schedule that can be kept."""
    (found,) = run_of(compiled(**schedule))["trigger"].values()
    return found  # type: ignore[no-any-return]


def moment(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text)


def runs(found: dict[str, Any], count: int = 5, ahead: int = 0) -> list[str]:
    """When a server whose clock is `ahead` hours of UTC starts the first runs of a trigger that has a start, in UTC."""
    clock = datetime.timezone(datetime.timedelta(hours=ahead))
    end = moment(found["end_time"]).replace(microsecond=0) if "end_time" in found else None
    last, times = moment(found["start_time"]).replace(microsecond=0).astimezone(clock), []
    while len(times) < count:
        if "cron" in found:
            upcoming = Server.parse(found["cron"]).after(last)
        else:
            upcoming = last + datetime.timedelta(seconds=found["interval_second"])
        if upcoming is None or (end is not None and end < upcoming):
            break
        times.append(upcoming.astimezone(datetime.timezone.utc).isoformat())
        last = upcoming
    return times


def test_a_recurring_run_stands_beside_the_pipeline() -> None:
    """Its parameters have their defaults: in a message the server would replace `[[Index]]` and the like."""
    run = run_of(compiled(cron="0 3 * * *", parameters=(parameter("p", kind("str"), "[[Index]]"),)))
    assert run["trigger"] == {"cron_schedule": {"cron": "0 0 3 * * *"}}
    assert run["no_catchup"] is True
    assert "runtime_config" not in run


def test_a_parameter_without_a_value_is_an_error() -> None:
    made = compiled(cron="0 3 * * *", parameters=(parameter("p", kind("int")),))
    assert made.codes == ["ZC0586"]
    assert not made.files


# -- windows -----------------------------------------------------------------------------------------------------------


def test_one_run_comes_once_and_in_time() -> None:
    found = trigger(run_once=MAY)
    assert found["cron"] == "30 2 3 4 5 ?"
    assert runs(found) == [MAY]


@pytest.mark.parametrize("zone", ["Etc/GMT-3", "Europe/Berlin"])
def test_one_run_comes_in_time_whatever_the_clock_of_the_server(zone: str) -> None:
    (found,) = run_of(compiled({"timezone": zone}, run_once=MAY))["trigger"].values()
    assert runs(found, ahead=3 if "GMT" in zone else 2) == [MAY]


def test_a_fraction_of_a_second_is_never_early() -> None:
    assert runs(trigger(run_once="2031-05-04T03:02:30.250000+00:00")) == ["2031-05-04T03:02:31+00:00"]


@pytest.mark.parametrize(
    ("start", "first"),
    [
        ("2026-01-01T06:00:00+00:00", "2026-01-01T06:00:00+00:00"),
        ("2026-01-01T06:00:00.500000+00:00", "2026-01-02T06:00:00+00:00"),
        ("2026-01-01T05:59:59+00:00", "2026-01-01T06:00:00+00:00"),
        ("2026-01-01T06:00:01+00:00", "2026-01-02T06:00:00+00:00"),
        ("2026-01-01T08:00:00+02:00", "2026-01-01T06:00:00+00:00"),
    ],
)
def test_a_run_that_is_due_at_the_start_is_kept(start: str, first: str) -> None:
    assert runs(trigger(cron="0 6 * * *", start=start), 1) == [first]


def test_a_start_between_two_runs_stays_as_it_is_written() -> None:
    assert trigger(cron="0 6 * * *", start="2026-01-01T00:00:00+00:00")["start_time"] == "2026-01-01T00:00:00+00:00"


def test_a_run_that_is_due_at_the_end_is_the_last() -> None:
    found = trigger(cron="0 6 * * *", start="2026-01-01T06:00:00+00:00", end="2026-01-02T06:00:00+00:00")
    assert runs(found) == ["2026-01-01T06:00:00+00:00", "2026-01-02T06:00:00+00:00"]


def test_an_interval_begins_after_its_start_as_with_zenml_and_the_note_says_so() -> None:
    made = compiled(interval=3600, start="2026-01-01T06:00:00+00:00", end="2026-01-01T08:00:00+00:00")
    (note,) = made.report
    assert any("3600 s after its start" in text for text in note.notes)
    (found,) = run_of(made)["trigger"].values()
    assert runs(found) == ["2026-01-01T07:00:00+00:00", "2026-01-01T08:00:00+00:00"]


@pytest.mark.parametrize(
    "schedule",
    [
        {"interval": 3600, "start": "2026-01-01T06:00:00+00:00", "end": "2026-01-01T06:59:59+00:00"},
        {"cron": "0 6 * * *", "start": "2026-01-01T06:00:01+00:00", "end": "2026-01-02T05:59:59+00:00"},
        {"cron": "0 6 29 2 *", "start": "2026-01-01T00:00:00+00:00", "end": "2027-12-31T00:00:00+00:00"},
    ],
    ids=str,
)
def test_a_window_in_which_nothing_is_due_is_an_error(schedule: dict[str, Any]) -> None:
    made = compiled(**schedule)
    assert made.codes == ["ZC0586"]
    assert not made.files


@pytest.mark.parametrize(
    ("cron", "start", "end", "codes"),
    [
        ("30 2 * * *", "2027-03-28T01:30:00+00:00", "2027-03-28T02:30:00+00:00", ["ZC0586", "ZC0520"]),
        ("30 2 * * *", "2027-03-28T00:30:00+00:00", "2027-03-28T01:30:00+00:00", ["ZC0586", "ZC0520"]),  # is skipped
        ("30 2 * * *", "2027-03-28T00:30:00+00:00", "2027-03-29T01:30:00+00:00", ["ZC0520"]),
        ("30 2 * * *", "2027-10-31T00:45:00+00:00", "2027-10-31T01:35:00+00:00", ["ZC0520"]),  # comes twice
        ("30 3 * * *", "2027-03-28T00:30:00+00:00", "2027-03-28T01:30:00+00:00", ["ZC0520"]),
    ],
)
def test_a_window_without_a_run_by_a_clock_with_summer_time_is_told(
    cron: str, start: str, end: str, codes: list[str]
) -> None:
    assert compiled({"timezone": "Europe/Berlin"}, cron=cron, start=start, end=end).codes == codes


@pytest.mark.parametrize("end", ["\n", "\r", "\x85", "\u2028", "\x1b"])
def test_what_no_command_can_hold_is_in_none(end: str) -> None:
    made = compiled(cron="0 6 * * *", name=f"a{end}touch $(id) `id` \"'")
    text = made.files["digits.schedule.yaml"]
    comments = [line for line in text.splitlines() if line.startswith("#")]
    assert not any("kfp recurring-run" in line or "touch" in line for line in comments)
    assert run_of(made)["display_name"] == f"a{end}touch $(id) `id` \"'"


def test_cron_comes_before_a_single_run_and_that_before_an_interval() -> None:
    assert trigger(cron="@daily", run_once=MAY)["cron"] == "0 0 0 * * *"
    assert runs(trigger(run_once=MAY, interval=60)) == [MAY]


# -- time zones --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "server", "cron", "written"),
    [
        ("UTC", "UTC", "30 6 * * 1-5", "0 30 6 * * 1-5"),
        (None, "Europe/Berlin", "30 6 * * *", "0 30 6 * * *"),
        ("Europe/Berlin", "Europe/Berlin", "30 6 * * *", "0 30 6 * * *"),
        ("Etc/GMT-5", "UTC", "30 6 * * fri", "0 30 1 * * fri"),
        ("Etc/GMT-5", "UTC", "30 3 * * mon,thu", "0 30 22 * * 0,3"),
        ("Etc/GMT+5", "UTC", "30 22 * * *", "0 30 3 * * *"),
        ("Etc/GMT+5", "UTC", "0 */8 * * *", "0 0 5,13,21 * * *"),
        ("Etc/GMT+5", "Etc/GMT+5", "0 6 1 * *", "0 0 6 1 * *"),
    ],
)
def test_a_fixed_difference_is_reckoned_in(zone: str, server: str, cron: str, written: str) -> None:
    (found,) = run_of(compiled({"timezone": server}, cron=cron, timezone=zone))["trigger"].values()
    assert found["cron"] == written


@pytest.mark.parametrize(
    ("zone", "cron"),
    [
        ("Europe/Berlin", "0 3 * * *"),
        ("Etc/GMT-5", "30 3 1 * *"),
        ("Etc/GMT-5", "30 3 * 1 *"),
        ("Etc/GMT-5", "0 3,9 * * fri"),
    ],
)
def test_other_moments_than_one_expression_can_say_are_an_error_at_it(zone: str, cron: str) -> None:
    (problem,) = compiled(cron=cron, timezone=zone).report
    assert (problem.code, problem.span) == ("ZC0586", CRON_SPAN)


# -- expressions -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "server"),
    [
        ("30 6 * * 7", "0 30 6 * * 0"),
        ("30 6 * * SUN", "0 30 6 * * SUN"),
        ("0 0 * * 5-7", "0 0 0 * * 0,5,6"),
        ("0 0 * * fri-mon", "0 0 0 * * 0,1,5,6"),
        ("0 22-2 * * *", "0 0 0-2,22,23 * * *"),
        ("0 0 1,15 * ?", "0 0 0 1,15 * *"),
        ("*/5 9-17/2 * jan,Jul mon-fri", "0 */5 9-17/2 * jan,Jul mon-fri"),
        ("0 0 13 * 5", "0 0 0 13 * 5"),
        ("@weekly", "0 0 0 * * 0"),
        ("15 30 6 * * 7", "15 30 6 * * 0"),
    ],
)
def test_what_the_server_reads_otherwise_is_written_for_it(written: str, server: str) -> None:
    assert translate(written).text == server


@pytest.mark.parametrize(
    "expression",
    [
        *("0 0 L * *", "0 0 * * L5", "0 0 * * mon#2", "0 0 15W * *", "H 3 * * *", "0 R * * *", "@reboot", "@every 5m"),
        *("0 0 */2 * 5", "0 0 1 * */2", "0 0 13 * 0-6", "0 0 * * 1/2", "0 0 30 2 *", "* * * * * * 2026", "0 3 * *"),
        *("61 * * * *", "60 0 3 * * *", "*/0 * * * *", "5,,6 * * * *", "0 0 * * 7-2"),
    ],
)
def test_what_can_not_be_kept_is_an_error_at_the_expression(expression: str) -> None:
    (problem,) = compiled(cron=expression).report
    assert (problem.code, problem.span) == ("ZC0586", CRON_SPAN)


def test_the_second_of_six_fields_is_told() -> None:
    (note,) = compiled(cron="15 30 6 * * *").report
    assert any("seconds" in text for text in note.notes)


# -- generated ---------------------------------------------------------------------------------------------------------

_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FIELDS: tuple[tuple[int, int, tuple[str, ...]], ...] = (
    (0, 59, ()),
    (0, 23, ()),
    (1, 31, ()),
    (1, 12, _MONTHS),
    (0, 7, _DAYS),
)
_SPECIAL = ("?", "L", "15W", "5L", "L5", "fri#2", "H", "R", "*-5", "5-", "/5", "*/0", "60", "08", "7-7")


def _field(chosen: random.Random, least: int, most: int, names: tuple[str, ...]) -> str:
    def value() -> str:
        if names and chosen.random() < 0.3:
            return chosen.choice([str.upper, str.lower, str.title])(chosen.choice(names))
        return str(chosen.randint(least, most))

    def item() -> str:
        forms = (value(), f"{value()}-{value()}", f"*/{chosen.randint(1, most)}", f"{value()}/{chosen.randint(1, 9)}",
                 f"{value()}-{value()}/{chosen.randint(1, 5)}", chosen.choice(_SPECIAL))  # fmt: skip
        return chosen.choices(forms, (8, 6, 3, 1, 2, 0.4))[0]

    if chosen.random() < 0.4:
        return "*"
    return ",".join(item() for _ in range(chosen.choice([1, 1, 1, 2, 3])))


def _expressions(count: int) -> Iterator[str]:
    chosen = random.Random(5)
    for _ in range(count):
        yield " ".join(_field(chosen, *field) for field in _FIELDS)


def _unix(word: str, least: int, most: int, names: tuple[str, ...]) -> set[int]:
    """The values of a field as the manual of cron has them, value by value."""
    numbers = {name: number for number, name in enumerate(names, least)}
    found = set()
    for part in word.lower().split(","):
        ends, _, step = part.partition("/")
        low, _, high = ends.partition("-")
        first = least if low in "*?" else int(numbers.get(low, low))
        last = most if low in "*?" or (step and not high) else int(numbers.get(high or low, high or low))
        values = list(range(first, last + 1)) if first <= last else [*range(first, most + 1), *range(least, last + 1)]
        found.update(values[:: int(step or 1)])
    return found


def test_thousands_of_expressions_mean_the_same_moments_or_are_refused() -> None:
    """Against a reading of its own: fields value by value, days day by day over five years."""
    start = datetime.date(2027, 1, 1)
    kept = 0
    for text in _expressions(4000):
        try:
            rhythm = translate(text)
        except CronError:
            continue
        kept += 1
        server = Server.parse(rhythm.text)
        minutes, hours, days, months, week = (_unix(w, *f) for w, f in zip(text.split(), _FIELDS, strict=True))
        assert server.fields[0].values == {0}
        assert (server.fields[1].values, server.fields[2].values) == (minutes, hours), text
        words = text.split()
        for number in range(0, 365 * 5, 29 if kept % 50 else 1):
            day = start + datetime.timedelta(days=number)
            fits = day.day in days, day.isoweekday() % 7 in {one % 7 for one in week}
            both = words[2] in "*?" or words[4] in "*?"
            wanted = day.month in months and (all(fits) if both else any(fits))
            assert server.due_on(day) is wanted is due_on(rhythm.fields, day), (text, rhythm.text, day)
    assert kept > 1500


def test_the_server_takes_whatever_is_written_for_it() -> None:
    for text in _expressions(500):
        try:
            written = translate(text).text
        except CronError:
            continue
        try:
            Server.parse(written)
        except Refused as problem:
            pytest.fail(f"{text}: {written}: {problem}")


# -- the command that creates it ---------------------------------------------------------------------------------------


class _Server(BaseHTTPRequestHandler):
    """Answers the command line as the API server does, and keeps the recurring runs that it is sent.

    A server itself needs a cluster.
    """

    received: ClassVar[list[dict[str, Any]]] = []

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        sent = json.loads(self.rfile.read(length) or b"{}")
        if self.path.endswith("/recurringruns"):
            self.received.append(sent)
        body = json.dumps({**sent, "experiment_id": "e", "recurring_run_id": "r", "created_at": MAY}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = _answer

    def log_message(self, *arguments: Any) -> None:
        """Nothing."""


@pytest.mark.kfp
@pytest.mark.parametrize(
    "schedule",
    [
        {"cron": "30 6 * * 7", "start": "2031-01-05T06:30:00+00:00", "end": MAY, "name": "it's $(id) `id` \\ \u3000"},
        {"interval": 3600, "start": "2031-01-01T00:00:00+00:00", "catchup": True},
        {"run_once": MAY},
    ],
    ids=["cron", "interval", "once"],
)
def test_the_command_in_the_file_creates_what_the_file_holds(
    schedule: dict[str, Any], kfp_python: Path, tmp_path: Path
) -> None:
    made = compiled(**schedule)
    for name, text in made.files.items():
        (tmp_path / name).write_text(text)
    lines = made.files["digits.schedule.yaml"].splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("#   kfp "))
    command = "\n".join(line.removeprefix("#") for line in lines[start : start + 3]).strip()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    kfp = f"{kfp_python.parent / 'kfp'} --endpoint http://127.0.0.1:{server.server_port}"
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path)}
    done = subprocess.run(
        ["sh", "-c", command.replace("kfp", kfp, 1)], capture_output=True, text=True, cwd=tmp_path, env=environment
    )
    server.shutdown()
    assert done.returncode == 0, done.stderr[-2000:]
    sent = _Server.received.pop()
    wanted = yaml.safe_load(made.files["digits.schedule.yaml"])
    for periodic in (one for one in wanted["trigger"].values() if "interval_second" in one):
        periodic["interval_second"] = str(periodic["interval_second"])  # as JSON has integers of 64 bits
    assert {key: sent.get(key) for key in wanted} == wanted | {"max_concurrency": sent["max_concurrency"]}
    assert int(sent["max_concurrency"]) == wanted["max_concurrency"]
    assert sent["pipeline_spec"]
