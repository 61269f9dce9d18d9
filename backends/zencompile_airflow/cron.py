"""Cron expressions as Airflow reads them: those of five fields that every reader takes in one way, and its presets.

Airflow asks croniter, which takes more than cron has: seconds *behind* the five fields where other engines have them
in front, `R` for a random minute that each process draws anew, `5-5` for all of a field instead of one value. What it
would refuse, or mean otherwise than it is written, is a problem here. A test holds both against the real timetables.
"""

from __future__ import annotations

from collections.abc import Mapping

from zencompile.ir import cron
from zencompile.ir.cron import CronError, Expression

__all__ = ["ONCE", "PRESETS", "CronError", "Expression", "parse"]

PRESETS: Mapping[str, str] = {**cron.PRESETS, "@quarterly": "0 0 1 */3 *"}
"""Airflow's presets (`airflow.utils.dates.cron_presets`), and croniter's aliases."""

ONCE = "@once"
"""A schedule of Airflow that is no rhythm: one run."""

_CRONITER = cron.Dialect(
    engine="Airflow",
    refused={
        "h": "`H` is for a scheduler that spreads its jobs, and Airflow doesn't",
        "r": "`R` is a random value, which each process of Airflow draws anew",
    },
    lasts=True,
    equal_ends_are_all=True,
    sunday_ends=True,
)


def parse(text: str) -> Expression:
    """What an expression of five fields, or a preset, says. Raises CronError."""
    written = PRESETS.get(text.strip().lower(), text).split()
    if written == ["@continuous"]:
        raise CronError(
            "`@continuous` is no rhythm: Airflow starts a run whenever one ends, of which it allows one at a time",
            'write `"dag_args": {"schedule": "@continuous", "max_active_runs": 1}` in the settings for Airflow',
        )
    if len(written) == 1 and written[0].startswith("@"):
        raise CronError(f"Airflow knows no schedule `{text}`", f"use one of {', '.join((*PRESETS, ONCE))}")
    if len(written) in (6, 7):
        raise CronError(
            f"`{text}` has {len(written)} fields: Airflow takes the sixth one for seconds, other engines the first one",
            "write five fields, without seconds and years, or an interval: `interval_second` with `start_time`",
        )
    return _CRONITER.parse(written, text)
