"""`zencompile runs`: the runs in a store."""

from __future__ import annotations

import dataclasses
import datetime
import json
import sys
from typing import Any

import click

from zencompile.cli import results_session as results
from zencompile.cli.session import Session
from zencompile.results import report

_WHOLE = frozenset({"run", "status", "step", "key"})
_SHORT = 100  # characters of a value that is shown beside its name


@click.group("runs", invoke_without_command=True)
@click.option("--clean", "cleans", is_flag=True, help="Remove what runs left whose runner was killed: as `runs clean`.")
@click.option("--store", metavar="URL", help="The artifact store, where no command follows.")
@click.pass_context
def command(context: click.Context, cleans: bool, store: str | None) -> None:
    """List the runs in an artifact store, or show one."""
    if cleans:
        context.invoke(clean, store=store, index_url=None, profile=None)
    elif context.invoked_subcommand is None:
        context.invoke(
            list_,
            store=store,
            index_url=None,
            profile=None,
            pipeline=None,
            status=None,
            most=20,
            as_json=False,
            rebuild=False,
        )


@command.command("list")
@results.choosing
@click.option("--pipeline", metavar="NAME", help="Runs of one pipeline.")
@click.option("--status", metavar="STATUS", help="Runs that are completed, failed, running …")
@click.option("--most", "-n", type=int, default=20, show_default=True, help="How many, newest first.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@click.option("--rebuild", is_flag=True, help="Make the index anew from the store.")
def list_(pipeline: str | None, status: str | None, most: int, as_json: bool, rebuild: bool, **choice: Any) -> None:
    """List runs, newest first."""
    session = Session(path="", profile=choice["profile"])
    with session.reporting():
        store = results.store_of(session, choice["store"])
        rows = results.index_of(session, store, choice["index_url"], rebuild).runs(pipeline, status, most)
        if as_json:
            click.echo(json.dumps({"runs": [dataclasses.asdict(row) for row in rows]}, indent=2, ensure_ascii=False))
            return
        head = ("run", "pipeline", "status", "started", "took", "steps", "cached")
        cells = [
            (r.run, r.pipeline, r.status, _when(r.started), report.seconds(r.seconds), r.steps, r.cached) for r in rows
        ]
        show_table(head, cells)


@command.command("clean")
@results.choosing
def clean(**choice: Any) -> None:
    """Remove what runs left whose runner was killed: unfinished writes, temporary folders, containers, jobs."""
    from zencompile.results import cleaning

    session = Session(path="", profile=choice["profile"])
    with session.reporting():
        done = cleaning.clean(results.store_of(session, choice["store"]))
        for run in done.runs:
            click.echo(f"interrupted: {run}")
        click.echo(
            f"removed {done.writes} unfinished writes, {done.folders} temporary folders, {done.containers} containers"
        )
        if done.jobs:
            click.echo(f"cancelled {done.jobs} jobs of Slurm")
        if done.waiting:
            click.echo("containers may be left: no Docker daemon answers (start it, or set DOCKER_HOST)")


@command.command("show")
@results.choosing
@click.argument("run", default="latest")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def show(run: str, as_json: bool, **choice: Any) -> None:
    """Show the steps, parameters, artifacts and metadata of RUN (an id, the beginning of one, or `latest`)."""
    session = Session(path="", profile=choice["profile"])
    with session.reporting():
        store = results.store_of(session, choice["store"])
        found = results.run_of(session, results.index_of(session, store, choice["index_url"]), run)
        if as_json:
            click.echo(json.dumps(dataclasses.asdict(found), indent=2, ensure_ascii=False, default=str))
            return
        took = report.seconds(found.seconds)
        click.echo("  ".join(filter(None, (found.pipeline, found.id, found.status, _when(found.started), took))))
        for name, value in found.parameters.items():
            click.echo(f"  {name} = {json.dumps(value, ensure_ascii=False)}")
        place = store.url.rstrip("/")
        click.echo(f"  artifacts in {place}/{found.prefix}/")
        click.echo()
        show_table(("step", "status", "took", "attempts", "outputs"), [_cells(step) for step in found.steps])
        for step in found.steps:
            for line in _details(step, place):
                click.echo(line)
        results.show_corrupt(found)


@command.command("log")
@results.choosing
@click.argument("words", nargs=-1, metavar="[RUN] STEP")
def log(words: tuple[str, ...], **choice: Any) -> None:
    """Write what STEP of RUN (the latest, if none is named) printed; an element of a map is STEP[INDEX]."""
    from zencompile.results import excerpts

    if len(words) not in (1, 2):
        raise click.UsageError("name STEP, and before it a run if it is not the latest")
    session = Session(path="", profile=choice["profile"])
    with session.reporting():
        store = results.store_of(session, choice["store"])
        index = results.index_of(session, store, choice["index_url"])
        found = results.run_of(session, index, words[0] if len(words) > 1 else "latest")
        key = next((step.log for step in found.steps if step.label == words[-1] and step.log), None)
        if key is None:
            known = ", ".join(step.label for step in found.steps if step.log) or "none"
            session.usage(
                "ZC0008", f"step `{words[-1]}` of run {found.id} printed nothing", notes=(f"those that did: {known}",)
            )
        try:
            excerpts.copy(store, key, sys.stdout.buffer)
        except excerpts.StoreError as error:
            session.usage("ZC0008", f"the log can't be read: {error}")


def _cells(step: Any) -> tuple[Any, ...]:
    outputs = ", ".join(f"{a.output} ({report.size(a.size)})" for a in step.artifacts)
    took = report.seconds(step.seconds) if step.ran else ""
    return step.label, step.status, took, step.attempt if step.ran else "", outputs


def _details(step: Any, store: str) -> list[str]:
    """What there is to say of a step beside its row; values that are small stand there themselves."""
    lines = [f"  {key} = {json.dumps(value, ensure_ascii=False)}" for key, value in step.parameters.items()]
    for artifact in step.artifacts:
        value = report.small(artifact)
        if value is not None and len(value) <= _SHORT:
            lines.append(f"  {artifact.output} → {value}")
    lines += [f"  {key}: {json.dumps(value, ensure_ascii=False)}" for key, value in step.metadata.items()]
    lines += [f"  note: {note}" for note in step.notes]
    if step.failure:
        failure = step.failure
        kind = failure.get("type") if failure.get("traceback") else "error"
        where = f" ({failure['location']})" if failure.get("location") else ""
        lines.append(f"  {kind}: {failure.get('message', '')}{where}")
        lines += [f"  help: {failure['help']}"] if failure.get("help") else []
        lines += [f"  log: {store}/{step.log}"] if step.log else []
    return [f"\n{step.label}", *lines] if lines else []


def _when(started: str | None) -> str:
    """A time in the zone of whoever reads."""
    if not started:
        return ""
    return datetime.datetime.fromisoformat(started.replace("Z", "+00:00")).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def show_table(head: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    """Columns for a terminal; the same words separated by two spaces for a pipe."""
    if not rows:
        click.echo("nothing to show")
        return
    if sys.stdout is not None and sys.stdout.isatty():
        _show_columns(head, rows)
        return
    widths = [max(len(str(row[i])) for row in [head, *rows]) for i in range(len(head))]
    for row in [head, *rows]:
        click.echo("  ".join(f"{cell!s:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())


def _show_columns(head: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None)
    for title, values in zip(head, zip(*rows, strict=True), strict=True):
        widest = max(len(str(value)) for value in (title, *values))
        kept = title in _WHOLE  # what one copies, and what one looks for, stays whole in a narrow terminal
        table.add_column(title, no_wrap=True, overflow="ellipsis", min_width=widest if kept else min(widest, 6))
    for row in rows:
        table.add_row(*(str(cell) for cell in row), style="red" if "failed" in row else "")
    Console().print(table)
