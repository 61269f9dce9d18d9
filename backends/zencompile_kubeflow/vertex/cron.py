"""Cron expressions as far as every reader of them agrees: Vertex AI says of its own no more than "cron".

`Schedule.cron` of the Vertex AI API v1 refers to https://en.wikipedia.org/wiki/Cron: five fields, names of months and
days, 0 to 6 for days of the week. What else is read in one way everywhere is written so (`7` as `0`), and what isn't
(`L`, `W`, `#`, fields for seconds and years) is refused, as it is for Kubeflow.
"""

from __future__ import annotations

from collections.abc import Iterable

from zencompile.ir.cron import FIVE, CronError
from zencompile_kubeflow.cron import translate


def plain(expression: str) -> str:
    """An expression of five fields that every cron reads alike. Raises CronError."""
    try:
        rhythm = translate(expression)
    except CronError as problem:
        raise CronError(str(problem).replace("Kubeflow", "Vertex AI"), problem.help) from None
    if rhythm.seconds_first:
        raise CronError(f"`{expression}` has six fields, and Vertex AI starts runs at whole minutes", FIVE)
    return rhythm.text.partition(" ")[2]


def listed(values: Iterable[int]) -> str:
    """Values of a field, one by one."""
    return ",".join(str(value) for value in sorted(set(values)))
