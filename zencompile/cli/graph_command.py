"""`zencompile graph`: the DAG, for people and for programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from zencompile.cli import options
from zencompile.cli.session import Session


@click.command("graph")
@options.reading
@click.option(
    "--format",
    "shape",
    type=click.Choice(["text", "mermaid", "svg", "html", "json"]),
    default="text",
    show_default=True,
    help="How the DAG is shown; `json` is a stable schema.",
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="A file instead of standard output."
)
def command(shape: str, output: Path | None, **reading: Any) -> None:
    """Show the DAG of the pipelines of FILE."""
    session = Session(**reading)
    with session.reporting():
        pipelines = session.read(session.configuration())
        _warn(session, pipelines)
        text = _draw(shape, pipelines, session.locate(pipelines))
        session.show()
        if output is None:
            click.echo(text, nl=False)
        else:
            _write(session, output, text)


def _warn(session: Session, pipelines: tuple[Any, ...]) -> None:
    """The DAG can be shown although it can't be compiled: what is wrong is then a warning."""
    import dataclasses

    from zencompile.diagnostics import Severity
    from zencompile.ir.verify import known_problems

    for pipeline in pipelines:
        for problem in known_problems(pipeline):
            session.report.add(dataclasses.replace(problem, severity=Severity.WARNING))


def _draw(shape: str, pipelines: tuple[Any, ...], locate: Any) -> str:
    from zencompile.ir.graph import graph

    if shape == "json":
        return json.dumps(graph(pipelines, locate), indent=2, ensure_ascii=False, default=str) + "\n"
    from zencompile.ir import drawing

    return str(getattr(drawing, shape)(graph(pipelines, locate)["pipelines"]))


def _write(session: Session, path: Path, text: str) -> None:
    from zencompile import output

    place = session.directory / path
    try:
        output.write([(place.parent, {place.name: text})])
    except output.OutputError as error:
        session.report.error("ZC0006", f"`{error.path}` can't be written: {error.reason}")
