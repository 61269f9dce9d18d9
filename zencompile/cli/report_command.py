"""`zencompile report`: a run as one page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from zencompile.cli import results_session as results
from zencompile.cli.session import Session


@click.command("report")
@results.choosing
@click.argument("run", default="latest")
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="The file to write.  [default: PIPELINE-RUN.html]"
)
def command(run: str, output: Path | None, **choice: Any) -> None:
    """Write one self-contained HTML page on RUN: its DAG, timeline, parameters, metadata and visualisations."""
    from zencompile.output import OutputError, write
    from zencompile.results import report
    from zencompile_runtime.errors import Fault

    session = Session(path="", profile=choice["profile"])
    with session.reporting():
        store = results.store_of(session, choice["store"])
        found = results.run_of(session, results.index_of(session, store, choice["index_url"]), run)
        name = f"{found.pipeline.rpartition('/')[2]}-{found.id}.html".replace("/", "_")
        place = session.directory / (output or name)
        try:
            write([(place.parent, {place.name: report.render(found, store, place)})])
        except (OutputError, Fault) as error:
            session.report.error("ZC0006", f"the report can't be written: {error}")
            session.report.check()
        click.echo(str(output or name))
