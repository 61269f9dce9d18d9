"""Attempts at a step, in Airflow's words: how many, how long between them, and how long each may take."""

from __future__ import annotations

from zencompile.diagnostics import Report
from zencompile.ir import Invocation, Retry
from zencompile_airflow.kinds import Refused, fit
from zencompile_airflow.schedule import duration
from zencompile_templates.python import Code

BACKOFF = "retry_exponential_backoff"

DOUBLING = Code("DOUBLING")
"""A backoff of 2. Since Airflow 3.2 the field is a factor, as its documentation says; it was a switch.

True is a factor of 1 there, and 2.0 is no switch: neither means the same in both.
"""

DOUBLING_VALUE = Code('2.0 if Version(airflow.__version__) >= Version("3.2") else True')

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
    if not retry.max_retries:
        return {"retries": 0}
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
    found[BACKOFF] = DOUBLING
    return found


def written(value: object) -> object:
    """`retry_exponential_backoff` as the user wrote it, so that all versions of Airflow mean the same by it.

    Raises `Refused`.
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if value not in (0, 1, 2):
            raise Refused(
                "ZC0551",
                f"asks for a backoff of {value:g}, which Airflow before 3.2 doesn't have",
                notes="there `retry_exponential_backoff` is true or false, and the file would not load",
                helps=("use `True`, which doubles the delay, or `retry=StepRetryConfig(…)` of the step",),
            )
        value = value == 2
    return DOUBLING if fit(value, "bool") is True else False
