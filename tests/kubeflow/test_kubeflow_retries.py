"""Retries: all of them are made, or it is told why not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kubeflow_samples import SPAN, Compiled, call, pipeline, step

from zencompile.ir import Retry

YEAR = 365 * 24 * 60 * 60


def policy(options: dict[str, Any] | None = None, **retry: Any) -> tuple[dict[str, Any] | None, Compiled]:
    """The retry policy of a task, and the pipeline."""
    made = Compiled(pipeline([step("s")], [call("s", retry=Retry(**retry))]), **options or {})
    return (made.task("s").get("retryPolicy") if made.files else None), made


def attempts(found: dict[str, Any], length: float) -> int:
    """How often Argo tries a step that always fails, each time after `length` seconds.

    As `processNodeRetries` of argo-workflows reckons: the end of all is counted from the start of the first attempt.
    """
    count, wait = int(found["maxRetryCount"]), int(found["backoffDuration"].rstrip("s"))
    factor, end = int(found["backoffFactor"]), int(found.get("backoffMaxDuration", "0s").rstrip("s"))
    made, now = 1, length
    while made <= count:
        start = now + wait * factor ** (made - 1)
        if now > end or start > end:
            break
        now = start + length
        made += 1
    return made


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 20), st.integers(0, 10**6), st.integers(0, 5), st.sampled_from((0, 60, YEAR // 12)))
def test_every_retry_is_made_or_all_are_refused(count: int, delay: int, backoff: int, length: int) -> None:
    found, made = policy(max_retries=count, delay=delay, backoff=backoff)
    if found is None:
        assert made.codes == ["ZC0585"]
        assert sum(delay * max(backoff, 1) ** number for number in range(count)) > 4 * YEAR
    else:
        assert attempts(found, length) == count + 1


def test_no_retries_are_no_policy() -> None:
    found, made = policy(max_retries=0)
    assert found is None
    assert made.codes == []


@pytest.mark.parametrize(
    ("retry", "options"),
    [
        ({"max_retries": 2, "delay": 0.5}, {}),
        ({"max_retries": 2, "delay": 1, "backoff": 1.5}, {}),
        ({"max_retries": 2**31}, {}),
        ({"max_retries": 40, "delay": 1, "backoff": 2}, {}),
        ({"max_retries": 1}, {"server": "2.4"}),
    ],
)
def test_what_argo_can_not_reckon_is_an_error_at_the_call(retry: dict[str, Any], options: dict[str, Any]) -> None:
    _, made = policy(options, **retry)
    (problem,) = made.report
    assert (problem.code, problem.span) == ("ZC0585", SPAN)
