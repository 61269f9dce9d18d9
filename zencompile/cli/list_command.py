"""`zencompile list`: the pipelines of a file or a project, and whether they compile."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from pathlib import Path
from typing import Any

import click

from zencompile.cli.session import Session
from zencompile.diagnostics import Report

_SKIPPED = {
    ".git",
    ".venv",
    "venv",
    "node_modules",
    "__pycache__",
    "build",
    "dist",
    ".tox",
    ".zencompile",
    "site-packages",
}


@click.command("list")
@click.argument("path", type=click.Path(path_type=Path), default=".")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@click.option("--source-root", type=click.Path(path_type=Path), help="Where the project's imports start.")
def command(path: Path, as_json: bool, source_root: Path | None) -> None:
    """List the pipelines of a file or a folder: where each is, for which targets it compiles, and if not, why."""
    session = Session(path=str(path), source_root=source_root)
    with session.reporting():
        place = session.directory / path
        if not place.exists():
            session.usage("ZC0001", f"there is no file or folder `{path}`")
        rows = [row for file in _sources(place) for row in _rows(session, file)]
        if not rows and place.is_file():
            rows = _run_by(session, place)
        if as_json:
            click.echo(json.dumps({"pipelines": rows}, indent=2, ensure_ascii=False))
        else:
            _table(rows)


def _sources(place: Path) -> list[Path]:
    """Python files that could define a pipeline: those whose text holds the word."""
    if place.is_file():
        return [place]
    found = []
    for folder, folders, files in os.walk(place):
        folders[:] = sorted(f for f in folders if f not in _SKIPPED and not f.startswith("."))
        for name in sorted(files):
            file = Path(folder) / name
            if name.endswith(".py") and b"pipeline" in file.read_bytes():
                found.append(file)
    return found


def _rows(session: Session, file: Path) -> list[dict[str, Any]]:
    from zencompile import frontend

    root = session.directory / session.source_root if session.source_root else None
    rows = []
    for candidate in frontend.candidates(file, Report(), root):
        shown = Path(os.path.relpath(file, session.directory)).as_posix()
        row: dict[str, Any] = {
            "pipeline": candidate.name,
            "function": candidate.function,
            "file": shown,
            "line": candidate.line,
        }
        rows.append(row | _outcome(session, f"{file}:{candidate.function}"))
    return rows


def _run_by(session: Session, file: Path) -> list[dict[str, Any]]:
    """The pipelines that a script runs and doesn't define: its outputs, in the order of their runs."""
    from zencompile.diagnostics import CompilationFailed

    inner = Session(path=str(file), source_root=session.source_root, directory=session.directory)
    try:
        pipelines = inner.read(inner.configuration())
    except CompilationFailed:
        return []
    locate = inner.locate(pipelines)
    outcome = _outcome(session, str(file))
    return [
        {
            "pipeline": pipeline.name,
            "function": pipeline.function,
            "file": locate(pipeline.source),
            "line": pipeline.span.line if pipeline.span is not None else 1,
        }
        | outcome
        for pipeline in pipelines
    ]


def _outcome(session: Session, path: str) -> dict[str, Any]:
    """For which targets it compiles, and the first error for each of the others."""
    from zencompile import targets
    from zencompile.cli import job
    from zencompile.diagnostics import CompilationFailed

    inner = Session(path=path, source_root=session.source_root, directory=session.directory)
    good: list[str] = []
    bad: dict[str, list[dict[str, Any]]] = {}
    try:
        pipelines = inner.read(inner.configuration())
    except CompilationFailed:
        return {"compiles": False, "targets": [], "errors": _errors(inner)}
    del pipelines
    for name in sorted(targets.installed()):
        if name in ("docker", "ir"):
            continue
        trial = dataclasses.replace(inner, report=Report(), projects=session.projects)
        try:
            job.compile_for(trial, name, (), None, None)
            good.append(name)
        except CompilationFailed:
            bad[name] = _errors(trial)
    return {"compiles": bool(good), "targets": good, "errors": [e | {"target": t} for t, es in bad.items() for e in es]}


def _errors(session: Session) -> list[dict[str, Any]]:
    locate = session.locate(())
    return [
        {
            "code": d.code,
            "message": d.message,
            "place": f"{locate(d.span.file)}:{d.span.line}:{d.span.column}" if d.span else None,
        }
        for d in session.report.errors
    ]


def _table(rows: list[dict[str, Any]]) -> None:
    if not rows:
        click.echo("no pipeline found")
        return
    if sys.stdout.isatty():
        _rich_table(rows)
        return
    for row in rows:
        click.echo(f"{row['pipeline']}  {row['file']}:{row['line']}  {_verdict(row)}")


def _verdict(row: dict[str, Any]) -> str:
    if not row["errors"]:
        return ", ".join(row["targets"])
    first = row["errors"][0]
    more = f" (and {len(row['errors']) - 1} more)" if len(row["errors"]) > 1 else ""
    why = f"{first['code']} {first['message']}{more}"
    return (
        f"{', '.join(row['targets'])}; not {first['target']}: {why}" if row["targets"] else f"does not compile: {why}"
    )


def _rich_table(rows: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("pipeline", "where", "compiles for", box=None)
    for row in rows:
        style = "red" if not row["targets"] else "yellow" if row["errors"] else ""
        table.add_row(row["pipeline"], f"{row['file']}:{row['line']}", _verdict(row), style=style)
    Console().print(table)
