"""Retries, so that the server makes all of them: what it leaves to Argo is counted there, not in the specification.

Rules of kubeflow/pipelines `backend/src/v2/compiler/argocompiler/container.go` (`getTaskRetryParametersWithValues`,
`addContainerExecutorTemplate`, `getTaskRetryStrategyFromInput`) and argo-workflows `workflow/controller/operator.go`
(`processNodeRetries`): lengths of time are whole seconds, the factor is a whole number, and `backoffMaxDuration` counts
from the start of the first attempt. Left out it is 0, and no retry is ever made; a running attempt is ended by it, too.
"""

from __future__ import annotations

from zencompile.diagnostics import Report
from zencompile.ir import Invocation, Retry
from zencompile_kubeflow.model import RetryPolicy
from zencompile_kubeflow.pods.table import Version

LONGEST = 10 * 365 * 24 * 60 * 60
"""Seconds from the first attempt to the end of the last one: ten years, which no run comes near.

How long an attempt takes nobody knows: with a timeout as well it may wait for a node and for its image. Any sum would
lose retries, so the bound is one that ends nothing; neither the server nor Argo caps it.
"""

_NOT_READ = (
    "would never be made: the server is too old",
    "servers before 2.4.1 leave out the retries of a step",
    "use a newer server",
)
_MOST = 2**31 - 1  # maxRetryCount is an int32


_SINCE: Version = (2, 4, 1)


def policy(invocation: Invocation, server: Version | None, report: Report) -> RetryPolicy | None:
    """The retry policy of a task; None for none, which is also what KFP does by itself. Problems are `ZC0585`.

    `server` is the release that one compiles for, None for the newest.
    """
    retry = invocation.retry
    if retry is None or not retry.max_retries:
        return None
    factor = retry.backoff or 1
    wrong = _wrong(retry, factor) if server is None or server >= _SINCE else _NOT_READ
    if wrong is not None:
        message, note, help_ = wrong
        report.error(
            "ZC0585",
            f"the retries of `{invocation.id}` {message}",
            invocation.span,
            notes=note,
            helps=help_,
        )
        return None
    return RetryPolicy(retry.max_retries, int(retry.delay), int(factor), LONGEST)


def _wrong(retry: Retry, factor: float) -> tuple[str, str, str] | None:
    """What the server can't keep, why, and what to do."""
    if not float(retry.delay).is_integer():
        return (
            f"wait {retry.delay:g} seconds, and Kubeflow counts whole ones",
            "the server cuts the fraction off",
            "use a delay of whole seconds",
        )
    if not float(factor).is_integer():
        return (
            f"have a backoff of {factor:g}, and Kubeflow multiplies by whole numbers",
            "Argo fails the step when it is to be retried by another factor",
            "use a whole number, such as 2",
        )
    if retry.max_retries > _MOST:
        return (f"are {retry.max_retries}", f"Kubeflow counts to {_MOST}", "use fewer")
    if retry.delay and waits(retry.max_retries, retry.delay, factor) > LONGEST // 2:
        return (
            "wait for years",
            f"each wait is {factor:g} times as long as the one before it",
            "use fewer retries, or a shorter delay",
        )
    return None


def waits(count: int, delay: float, factor: float) -> float:
    """Seconds that all waits take together; it stops counting when they are far beyond any bound."""
    if factor == 1:
        return count * delay
    total, wait = 0.0, delay
    for _ in range(count):
        total += wait
        wait *= factor
        if total > LONGEST:
            break
    return total
