"""Attempts at a step, in Airflow's words: how many, how long between them, and how long each may take."""

from __future__ import annotations

from zencompile.diagnostics import Report
from zencompile.ir import Invocation, Retry
from zencompile.source import Span
from zencompile_airflow.schedule import duration
from zencompile_templates.python import Code

DOUBLING = Code("DOUBLING")
"""A backoff of 2. Since Airflow 3.2 the field is a factor, as its documentation says; it was a switch.

True is a factor of 1 there, and 2.0 is no switch: neither means the same in both.
"""

DOUBLING_VALUE = Code('2.0 if Version(airflow_version) >= Version("3.2") else True')

DOUBLING_COMMENT = "a factor since 3.2, a switch before"

_LONGEST = 24 * 60 * 60  # seconds: Airflow's MAX_RETRY_DELAY, the end of an exponential backoff


def of_invocation(invocation: Invocation, report: Report) -> dict[str, object]:
    """The arguments for retries and the timeout; Airflow counts the time of each attempt by itself."""
    found: dict[str, object] = {}
    if invocation.retry is not None:
        found = _retry(invocation, invocation.retry, report)
    if invocation.timeout is not None:
        found["execution_timeout"] = duration(invocation.timeout)
    return found


def _retry(invocation: Invocation, retry: Retry, report: Report) -> dict[str, object]:
    # Without a delay of its own a task would wait for Airflow's default of five minutes.
    found: dict[str, object] = {"retries": retry.max_retries, "retry_delay": duration(retry.delay)}
    if retry.max_retries == 1 or not retry.delay or retry.backoff == 1:
        return found
    if retry.backoff != 2:
        report.note(
            "ZC0510",
            f"`{invocation.id}` waits equally long before each retry",
            invocation.span,
            notes=f"Airflow doubles the delay or keeps it; it has no backoff of {retry.backoff:g}",
            helps="use `backoff=1` or `backoff=2`",
        )
        return found
    if retry.delay * 2 ** min(retry.max_retries - 1, 20) > _LONGEST:
        report.note(
            "ZC0510",
            f"`{invocation.id}` waits no longer than a day before a retry",
            invocation.span,
            notes="Airflow doubles the delay up to 24 hours",
            helps="use fewer retries, or a shorter delay",
        )
    found["retry_exponential_backoff"] = DOUBLING
    return found


def written(name: str, value: object, whose: str, span: Span | None, report: Report) -> object:
    """An argument that the user wrote, so that all versions of Airflow take it and mean the same by it."""
    if name != "retry_exponential_backoff" or not value:
        return value
    if isinstance(value, (int, float)) and value not in (1, 2) and not isinstance(value, bool):
        report.error(
            "ZC0551",
            f"Airflow before 3.2 has no backoff of {value:g} for {whose}",
            span,
            notes="there `retry_exponential_backoff` is true or false, and the file would not load",
            helps="use `True`, which doubles the delay, or `retry=StepRetryConfig(…)` of the step",
        )
    return False if value == 1 and not isinstance(value, bool) else DOUBLING
