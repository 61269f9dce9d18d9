"""`zencompile artifact`: what a step made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from zencompile.cli import results_session as results
from zencompile.cli.session import Session
from zencompile.results import report


@click.group("artifact")
def command() -> None:
    """Show or export an artifact of a run: STEP, or STEP.OUTPUT where a step has several."""


@command.command("show")
@results.choosing
@click.argument("words", nargs=-1, metavar="[RUN] STEP[.OUTPUT]")
@click.option("--json", "as_json", is_flag=True, help="The whole manifest.")
def show(words: tuple[str, ...], as_json: bool, **choice: Any) -> None:
    """Show where an artifact of RUN (the latest, if none is named) lies, what it is, and a small text value itself."""
    run, name = _run_and(words, "STEP[.OUTPUT]")
    session = Session(path="", profile=choice["profile"])
    with session.reporting():
        store, artifact = _find(session, run, name, choice)
        if as_json:
            click.echo(json.dumps(artifact.manifest, indent=2, ensure_ascii=False))
            return
        click.echo(f"{artifact.name}  {artifact.type}  {report.size(artifact.size)}")
        click.echo(f"  digest        {artifact.digest}")
        click.echo(f"  materializer  {artifact.materializer}")
        click.echo(f"  manifest      {store.url}/{artifact.key}")
        for key, value in artifact.metadata.items():
            click.echo(f"  {key}: {json.dumps(value, ensure_ascii=False)}")
        for file in artifact.files:
            click.echo(f"  {file['path']}  {report.size(file['size'])}")
            if "text" in file and len(artifact.files) == 1:
                click.echo(file["text"])


@command.command("export")
@results.choosing
@click.argument("words", nargs=-1, metavar="[RUN] STEP[.OUTPUT] FOLDER")
def export(words: tuple[str, ...], **choice: Any) -> None:
    """Copy the files of an artifact of RUN (the latest, if none is named) into FOLDER, each checked against its
    digest.
    """
    run, name, place = _run_and(words, "STEP[.OUTPUT]", "FOLDER")
    folder = Path(place)
    from zencompile_runtime.errors import Fault

    session = Session(path="", profile=choice["profile"])
    with session.reporting():
        store, artifact = _find(session, run, name, choice)
        try:
            store.verify(artifact.manifest["value"])
            store.export(artifact.manifest["value"], folder)
        except (Fault, OSError) as fault:
            session.report.error("ZC0008", f"the artifact can't be exported: {fault}")
            session.report.check()
        for file in artifact.files:
            click.echo(str(folder / file["path"]))


def _run_and(words: tuple[str, ...], *names: str) -> tuple[str, ...]:
    """The run and what else is named."""
    if len(words) not in (len(names), len(names) + 1):
        raise click.UsageError(f"name {' and '.join(names)}, and before them a run if it is not the latest")
    return words if len(words) > len(names) else ("latest", *words)


def _find(session: Session, run: str, name: str, choice: dict[str, Any]) -> tuple[Any, Any]:
    store = results.store_of(session, choice["store"])
    found = results.run_of(session, results.index_of(session, store, choice["index_url"]), run)
    return store, results.artifact_of(session, found, name)
