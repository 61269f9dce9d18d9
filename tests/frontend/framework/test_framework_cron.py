"""What is certainly wrong in a cron expression."""

from __future__ import annotations

import pytest

from zencompile.frontend.lowering.cron import wrong


@pytest.mark.parametrize(
    "expression",
    [
        "0 3 * * *",
        "*/15 0-6,22 1,15 JAN-mar MON-FRI",
        "0 0 L * 5#2",
        "0 12 15W * ?",
        "5/10 * * * 7",
        "@daily",
        "0 0 3 * * *",  # with seconds
        "0 22 * * 5-1",
    ],
)
def test_what_some_engine_reads_passes(expression: str) -> None:
    """Extensions of the engines are let through."""
    assert wrong(expression) is None


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("0 25 * * *", "`25` is no hour (0 to 23)"),
        ("60 * * * *", "`60` is no minute (0 to 59)"),
        ("0 0 0 * *", "`0` is no day of the month (1 to 31)"),
        ("0 0 * * MOON", "`MOON` is no day of the week (0 to 7)"),
        ("daily", "it has 1 field of five"),
        ("0 3 * *", "it has 4 fields of five"),
        ("*/0 * * * *", "`*/0` has a step of 0"),
        ("0 3 * * * * * *", "it has 8 fields instead of five"),
        ("0 1..3 * * *", "`1..3` is no hour"),
    ],
)
def test_what_no_engine_reads_is_told(expression: str, problem: str) -> None:
    """The message names the field."""
    assert wrong(expression) == problem
