"""`zencompile validate`: what the engines say of files that were compiled for them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from zencompile import ownership
from zencompile.cli import drifted, options
from zencompile.cli.session import Session, load_target

_SKIPPED = frozenset({"__pycache__", "node_modules", "site-packages", "venv"})


@click.command("validate")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--python", metavar="PYTHON", help="The Python that has the engine.  [default: what is found]")
@click.option("--all", "every", is_flag=True, help="Load files that zencompile did not generate, too.")
@options.diagnostics
def command(paths: tuple[str, ...], python: str | None, every: bool, form: str) -> None:
    """Let the engines load what was compiled for them: files, or all in folders.

    Airflow loads DAG files in a process of its own, with an empty home, and writes and reads them as its database does:
    the Airflow of `--python`, of the variable ZENCOMPILE_AIRFLOW_PYTHON, or beside us. Ruff's rules for Airflow are
    asked where there is ruff. KFP pipelines are held against our own rules, and against KFP's SDK where there is one.
    Files whose source is here are held against its code. Loading runs a DAG file, so files that zencompile did not
    generate are left alone.

    Exit codes: 0 all is valid, 1 something is not or could not be asked, 2 the call is wrong.
    """
    session = Session(path=paths[0], form=form)
    with session.reporting():
        files = _by_target(session, paths, every)
        if not files:
            helps = ("compile first", "`--all` takes files without our head as well")
            session.usage("ZC0001", f"no generated file is in {', '.join(f'`{path}`' for path in paths)}", helps=helps)
        sources = drifted.Sources(session.directory)
        for name, texts in sorted(files.items()):
            _load(session, name, texts, python, sources)


def _by_target(session: Session, paths: tuple[str, ...], every: bool) -> dict[str, dict[str, str]]:
    """The files of each target: their texts, by the path that people read."""
    found: dict[str, dict[str, str]] = {}
    for place in _files(session, paths):
        try:
            owner = ownership.owner_at(place)
            target = owner.target if owner else _by_suffix(place) if every else None
            if target is not None:
                found.setdefault(target, {})[session.shown(place)] = place.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            session.report.error("ZC0002", f"`{session.shown(place)}` can't be read: {error}")
    return found


def _files(session: Session, paths: tuple[str, ...]) -> Iterator[Path]:
    for path in paths:
        place = session.directory / path
        if not place.exists():
            session.usage("ZC0001", f"there is no file or folder `{path}`")
        if place.is_file():
            yield place
            continue
        for folder, folders, names in os.walk(place):
            folders[:] = sorted(name for name in folders if name not in _SKIPPED and not name.startswith("."))
            yield from (Path(folder, name) for name in sorted(names) if Path(folder, name).is_file())


def _by_suffix(place: Path) -> str | None:
    """The target whose engine loads files like this one."""
    from zencompile import targets

    for name in sorted(targets.installed()):
        target: Any = targets.load(name)
        if isinstance(target, targets.Loads) and place.suffix in target.suffixes:
            return name
    return None


def _load(session: Session, name: str, texts: dict[str, str], python: str | None, sources: drifted.Sources) -> None:
    from zencompile import targets

    target = load_target(session, name)
    if not isinstance(target, targets.Loads):
        for path in texts:
            click.echo(f"{path} is for {name}, which has no engine to ask")
        return
    before = len(session.report.errors)
    for diagnostic in target.load(texts, python):
        session.report.add(diagnostic)
    for path in texts:
        place = session.directory / path
        owner = ownership.owner_at(place)
        for diagnostic in sources.compare(place, path, owner, target) if owner else ():
            session.report.add(diagnostic)
    if len(session.report.errors) == before:
        for path in texts:
            click.echo(f"{path} is valid for {name}")
