"""`zencompile cache`: why a step ran, what the cache holds, and making room."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from zencompile.cli import results_session as results
from zencompile.cli.session import Session

_TIMES = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 7 * 86400.0}
_SIZES = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_SIZES |= {"KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}


class Duration(click.ParamType):  # type: ignore[type-arg]
    """A number with s, m, h, d or w; seconds without one."""

    name = "TIME"

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> float:
        if isinstance(value, float):
            return value
        found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhdw]?)", str(value).strip())
        if found is None:
            self.fail(f"{value!r} is no time: write 30d, 12h, 90m or 30s", parameter, context)
        return float(found.group(1)) * _TIMES[found.group(2) or "s"]


class Size(click.ParamType):  # type: ignore[type-arg]
    """A number with B, KB, MB, GB, TB, KiB, …; bytes without one."""

    name = "SIZE"

    def convert(self, value: Any, parameter: click.Parameter | None, context: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?I?B?)", str(value).strip().upper())
        unit = (found.group(2) or "B") if found else ""
        unit = unit if unit.endswith("B") else f"{unit}B"
        if found is None or unit not in _SIZES:
            self.fail(f"{value!r} is no size: write 10GB, 500MB or 2GiB", parameter, context)
        return int(float(found.group(1)) * _SIZES[unit])


@click.group("cache")
def command() -> None:
    """Ask why a step ran, list what the cache holds, make room."""


@command.command("why")
@results.choosing
@click.argument("name", metavar="STEP")
@click.option("--run", default="latest", show_default=True, help="The run: an id, the beginning of one, or `latest`.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def why(name: str, run: str, as_json: bool, **choice: Any) -> None:
    """Say why STEP (or STEP[INDEX] of a map) ran, by what differs from the nearest earlier run of it."""
    from zencompile.results import cache

    session = Session(path="", profile=choice["profile"])
    with session.reporting(), _store_errors(session):
        store = results.store_of(session, choice["store"])
        found = results.run_of(session, results.index_of(session, store, choice["index_url"]), run)
        steps = {cache.name_of(step): step for step in found.steps}
        if name not in steps:
            session.usage("ZC0008", f"run {found.id} has no step `{name}`", notes=(f"its steps: {', '.join(steps)}",))
        answer = cache.why(store, found, steps[name])
        if as_json:
            click.echo(json.dumps(dataclasses.asdict(answer), indent=2, ensure_ascii=False))
            return
        against = f" (compared with {answer.against})" if answer.changes else ""
        origin = f": {answer.against}" if answer.against and not answer.changes else ""
        click.echo(f"{name} of run {answer.run}: {answer.status}")
        click.echo(f"  {answer.reason}{origin}{against}")
        for change in answer.changes:
            click.echo(f"  - {change.text}")
        if answer.unobservable:
            click.echo(f"  it used {answer.unobservable}, which no cache can compare")


@command.command("ls")
@results.choosing
@click.option("--pipeline", metavar="NAME", help="Only entries that this pipeline's runs made.")
@click.option("--step", metavar="STEP", help="Only entries of this step.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def list_(pipeline: str | None, step: str | None, as_json: bool, **choice: Any) -> None:
    """List the entries of the cache, those used last first."""
    from zencompile.cli.runs_command import show_table
    from zencompile.results import entries, report

    session = Session(path="", profile=choice["profile"])
    with session.reporting(), _store_errors(session):
        store = results.store_of(session, choice["store"])
        found = entries.listed(store, pipeline, step)
        if as_json:
            rows = [dataclasses.asdict(entry) for entry in found]
            click.echo(json.dumps({"entries": rows}, indent=2, ensure_ascii=False))
            return
        now = store.backend.clock()
        head = ("step", "pipeline", "run", "age", "used", "size", "hits", "key")
        show_table(
            head,
            [
                (
                    one.step,
                    one.pipeline,
                    one.run,
                    _age(now - one.created),
                    _age(now - one.used),
                    report.size(one.size),
                    one.hits,
                    one.key[:12] + (" (expired)" if one.expires is not None and one.expires <= now else ""),
                )
                for one in found
            ],
        )


@command.command("prune")
@results.choosing
@click.option("--older-than", type=Duration(), help="Let runs and cache entries go that were not used for so long.")
@click.option("--max-size", type=Size(), help="Let go what was used longest ago until the rest is no larger.")
@click.option(
    "--keep-runs",
    type=click.IntRange(0),
    metavar="N",
    help="Keep the newest N runs of each pipeline, whatever the rest says [1]; given alone, let all others go.",
)
@click.option(
    "--grace",
    type=Duration(),
    default=3600.0,
    show_default="1h",
    help="Blobs younger than this stay: a step may be about to point at them. Under 1h only where every step is fast.",
)
@click.option("--wait", is_flag=True, help="Wait for the grace period, and then remove what was let go just now too.")
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def prune(
    older_than: float | None,
    max_size: int | None,
    keep_runs: int | None,
    grace: float,
    wait: bool,
    dry_run: bool,
    as_json: bool,
    **choice: Any,
) -> None:
    """Remove runs, cache entries and blobs that are no longer needed; safe beside running pipelines.

    Without a rule only what nobody can use any more goes: expired entries, blobs that nothing names, unfinished writes.
    """
    import time

    from zencompile.results import prune as pruning
    from zencompile.results import report

    session = Session(path="", profile=choice["profile"])
    alone = keep_runs is not None and older_than is None and max_size is None
    rules = pruning.Rules(older_than, max_size, 1 if keep_runs is None else keep_runs, alone, grace)
    with session.reporting(), _store_errors(session):
        store = results.store_of(session, choice["store"])
        outcome = pruning.prune(store, rules, dry_run, time.sleep if wait else None)
        if as_json:
            click.echo(json.dumps(dataclasses.asdict(outcome), indent=2, ensure_ascii=False))
            return
        verb = "would remove" if dry_run else "removed"
        click.echo(
            f"{verb} {len(outcome.runs)} runs, {outcome.entries} cache entries, {outcome.blobs} blobs and"
            f" {outcome.unfinished} unfinished writes: {report.size(outcome.freed)}"
        )
        click.echo(f"kept {outcome.kept} runs; what is needed takes {report.size(outcome.size)}")
        if outcome.waiting:
            click.echo(
                f"{report.size(outcome.waiting)} that nothing names is younger than the grace period:"
                " it goes with a later prune, or with --wait"
            )


def _age(seconds: float) -> str:
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds >= length:
            return f"{seconds / length:.0f} {unit}"
    return f"{max(seconds, 0):.0f} s"


@contextmanager
def _store_errors(session: Session) -> Iterator[None]:
    from zencompile.results.model import StoreError
    from zencompile_runtime.errors import Fault

    try:
        yield
    except (StoreError, Fault) as error:
        session.usage("ZC0008", str(error))
