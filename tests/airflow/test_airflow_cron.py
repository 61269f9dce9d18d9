"""Cron expressions: what is accepted is accepted by the real Airflows, which run at the times that are written."""

from __future__ import annotations

import calendar
import datetime
import random
from collections.abc import Iterator
from typing import Any

import pytest
from airflow_batch import RUNS, ask

from zencompile.ir import Schedule
from zencompile_airflow.cron import PRESETS, CronError, Expression, parse

DAYS = "sun mon tue wed thu fri sat".split()  # noqa: SIM905 (a list of words reads better)
MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()  # noqa: SIM905
FIELDS = ((0, 59, []), (0, 23, []), (1, 31, []), (1, 12, MONTHS), (0, 7, DAYS))
SPECIAL = "? L W 15W LW L-3 5L L5 L0 L7 l3 lfri H R H(1-5) fri#2 5#2 1#6 *-5 5- /5".split()  # noqa: SIM905


def refusal(expression: str) -> str | None:
    try:
        parse(expression)
    except CronError as problem:
        return str(problem)
    return None


@pytest.mark.parametrize(
    "expression",
    [
        *PRESETS,
        "0 3 * * *",
        "*/5 * * * *",
        "0 9-17/2 * * mon-fri",
        "0 0 1,15 JAN,Jul ?",
        "0 0 ? * 7",
        "0 22-2 * * FRI-MON",
        "0 0 L * *",
        "0 0 15,L * *",
        "0 0 * * L5",
        "0 0 * * FRI#2",
        "0 0 13 * 5",
        "0 0 30 2 1",
        "5/10 * * * *",
    ],
)
def test_what_every_cron_has_is_accepted(expression: str) -> None:
    assert refusal(expression) is None


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("0 */5 * * * *", "6 fields"),
        ("* * * * * * 2026", "7 fields"),
        ("0 3 * *", "4 fields of five"),
        ("@reboot", "knows no schedule"),
        ("@every 5m", "2 fields of five"),
        ("H 3 * * *", "spreads its jobs"),
        ("H(1-5) 3 * * *", "spreads its jobs"),
        ("0 R * * *", "draws anew"),
        ("5-5 * * * *", "for every minute"),
        ("*/0 * * * *", "a step of 0"),
        ("*,5 * * * *", "all of a field and more"),
        ("0 0 15W * *", "no day of the month"),
        ("0 0 * * 5L", "no day of the week"),
        ("0 0 * * 7-2", "around the end"),
        ("0 0 * * 7/2", "behind the last day"),
        ("0 22-2/2 * * *", "around the end"),
        ("0 0 13 * 0-6", "names every day of the week"),
        ("0 0 1-31 * 5", "names every day of the month"),
        ("0 0 10 * mon#2", "leaves out"),
        ("0 0 30 2 *", "no day is ever meant"),
        ("0 0 31 2,4 *", "no day is ever meant"),
        ("60 * * * *", "0 to 59"),
        ("0 0 * 13 *", "1 to 12"),
        ("", "0 fields of five"),
    ],
)
def test_what_airflow_lacks_or_reads_otherwise_is_refused(expression: str, reason: str) -> None:
    assert reason in str(refusal(expression))


def test_a_refusal_stands_at_the_expression(hand: Any) -> None:
    schedule = Schedule(cron="0 */5 * * * *", cron_span=hand.span(41), span=hand.span(40))
    emitted = hand.emit(hand.pipeline(hand.invocation("a"), schedule=schedule))
    (problem,) = emitted.report.errors
    assert (problem.code, problem.span.line) == ("ZC0560", 41)


def test_a_schedule_among_the_settings_is_held_against_the_same_rules(hand: Any) -> None:
    settings = {"orchestrator.airflow": {"dag_args": {"schedule": "0 */5 * * * *"}}}
    (problem,) = hand.emit(hand.pipeline(hand.invocation("a"), settings=settings)).report.errors
    assert (problem.code, problem.span) == ("ZC0560", hand.span(40))


def test_once_is_a_schedule(hand: Any) -> None:
    emitted = hand.emit(hand.pipeline(hand.invocation("a"), schedule=Schedule(cron="@once")))
    assert 'schedule="@once"' in emitted.text


def test_an_end_before_the_chosen_start_is_an_error(hand: Any) -> None:
    schedule = Schedule(cron="@daily", end="2025-06-01T00:00:00+00:00", span=hand.span(40))
    (problem,) = hand.emit(hand.pipeline(hand.invocation("a"), schedule=schedule)).report.errors
    assert problem.code == "ZC0560"
    early = hand.emit(hand.pipeline(hand.invocation("a"), schedule=schedule), start_date="2025-01-01T00:00:00Z")
    assert "end_date=datetime(2025, 6, 1, tzinfo=timezone.utc)" in early.text


def test_cron_comes_before_a_single_run(hand: Any) -> None:
    """As in ZenML, which warns of it: the time of the single run is no start of the rhythm."""
    schedule = Schedule(cron="@daily", run_once="2030-01-01T00:00:00+00:00", start="2026-05-01T00:00:00+00:00")
    text = hand.emit(hand.pipeline(hand.invocation("a"), schedule=schedule)).text
    assert "start_date=datetime(2026, 5, 1, tzinfo=timezone.utc)" in text and "2030" not in text


# -- against Airflow ---------------------------------------------------------------------------------------------------


def expressions(count: int, seed: int = 1) -> Iterator[str]:
    """Expressions of which some are wrong, and some Airflow reads as nobody else."""
    chosen = random.Random(seed)
    yield from PRESETS
    for _ in range(count):
        fields = chosen.choice([5] * 30 + [4, 6, 7])
        yield " ".join(_field(chosen, *FIELDS[number % 5]) for number in range(fields))


def _field(chosen: random.Random, least: int, most: int, names: list[str]) -> str:
    if chosen.random() < 0.35:
        return "*"
    return ",".join(_item(chosen, least, most, names) for _ in range(chosen.choice([1, 1, 1, 2, 3])))


def _item(chosen: random.Random, least: int, most: int, names: list[str]) -> str:
    def value() -> str:
        if names and chosen.random() < 0.3:
            return chosen.choice([str.upper, str.lower, str.title])(chosen.choice(names))
        number = chosen.randint(least, most if chosen.random() < 0.98 else most + 2)
        return str(number) if chosen.random() < 0.9 else f"{number:02d}"

    forms = (
        (8, lambda: value()),
        (6, lambda: f"{value()}-{value()}"),
        (3, lambda: f"*/{chosen.randint(1, most + 3)}"),
        (3, lambda: f"{value()}-{value()}/{chosen.randint(1, most)}"),
        (1, lambda: f"{value()}/{chosen.randint(1, most)}"),
        (1, lambda: "*"),
        (1, lambda: chosen.choice(SPECIAL)),
    )
    (form,) = chosen.choices([form for _, form in forms], [weight for weight, _ in forms])
    return form()


def times(meant: Expression) -> list[str]:
    """When an expression is due from 2026 on, day by day and minute by minute, without croniter."""
    found: list[str] = []
    day = datetime.date(2026, 1, 1)
    while len(found) < RUNS + 1 and day.year < 2040:
        if day.month in meant.months and _is_due(meant, day):
            found += [
                f"{day.isoformat()}T{hour:02d}:{minute:02d}:00+00:00"
                for hour in sorted(meant.hours)
                for minute in sorted(meant.minutes)
            ]
        day += datetime.timedelta(days=1)
    return found[1 : RUNS + 1]  # a run comes after its interval


def _is_due(meant: Expression, day: datetime.date) -> bool:
    weekday, length = day.isoweekday() % 7, calendar.monthrange(day.year, day.month)[1]
    by_month = meant.days is not None and (day.day in meant.days or (meant.last_day and day.day == length))
    numbers = {(weekday, (day.day - 1) // 7 + 1), *([(weekday, -1)] if day.day + 7 > length else [])}
    by_week = (meant.weekdays is not None and weekday in meant.weekdays) or bool(numbers & meant.nth)
    if meant.days is None:
        return meant.weekdays is None or by_week
    return by_month or by_week


@pytest.mark.airflow
def test_airflow_runs_when_an_accepted_expression_says(airflow: Any) -> None:
    asked = list(expressions(300))
    accepted = [one for one in asked if refusal(one) is None]
    assert len(accepted) > 100
    answers = ask(airflow.python, airflow.home, "cron", accepted)
    wrong = {
        one: (answer, due)
        for one, answer in zip(accepted, answers, strict=True)
        if (due := times(parse(one))) != answer
    }
    assert not wrong
