"""What the commands that look at results share: the store, the index, a run."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from zencompile.cli.session import Session

F = TypeVar("F", bound=Callable[..., Any])
DEFAULT = ".zencompile/store"


def choosing(function: F) -> F:
    """Options that say which store and which index."""
    for option in reversed(
        [
            click.option(
                "--store", metavar="URL", help=f"The artifact store.  [default: the configured one, or {DEFAULT}]"
            ),
            click.option(
                "--index", "index_url", metavar="URL", help="The database of the index.  [default: SQLite in the store]"
            ),
            click.option("--profile", help="A profile of [tool.zencompile] in pyproject.toml."),
        ]
    ):
        function = option(function)
    return function


def store_of(session: Session, url: str | None) -> Any:
    """The store that is meant; a wrong call if there is none."""
    from zencompile import configuration, extras
    from zencompile.results import model

    if url is None:
        loaded = configuration.load(session.directory, session.profile, session.report)
        url = loaded.store
    if url is None:
        url = next(
            (str(f / DEFAULT) for f in (session.directory, *session.directory.parents) if (f / DEFAULT).is_dir()), None
        )
    if url is None:
        session.usage(
            "ZC0008", "there is no artifact store here", helps=("name it with `--store FOLDER` or `--store s3://…`",)
        )
    if "://" not in url and not Path(url).is_dir():
        session.usage(
            "ZC0008", f"there is no artifact store at `{url}`", helps=("run a pipeline first, or name another store",)
        )
    if "://" in url:
        extras.require("stores", f"the store {url}", session.report)
    try:
        return model.open_store(url)
    except model.StoreError as error:
        session.usage("ZC0008", str(error))


def index_of(session: Session, store: Any, url: str | None, rebuild: bool = False) -> Any:
    """The index of the store, up to date."""
    from zencompile import extras

    extras.require("results", "the index of runs", session.report)
    from zencompile.results import index

    try:
        opened = index.Index(url or default_index(store), store)
        opened.rebuild() if rebuild else opened.refresh()
        return opened
    except (index.IndexFault, index.StoreError) as error:
        session.usage("ZC0008", f"the index of runs can't be used: {error}")


def default_index(store: Any) -> str:
    """SQLite in a store's own folder; for one that is remote, or can't be written to, in the user's cache folder."""
    import hashlib
    import os

    if "://" not in store.url and os.access(store.url, os.W_OK):
        return f"sqlite:///{Path(store.url).resolve() / 'index.sqlite'}"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "zencompile" / "indexes"
    cache.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{cache / hashlib.sha256(store.url.encode()).hexdigest()[:16]}.sqlite"


def run_of(session: Session, index: Any, name: str) -> Any:
    """The run called `name` (its id, the beginning of it, or `latest`)."""
    from zencompile.results import model

    try:
        return index.read(name)
    except LookupError as error:
        session.usage("ZC0008", str(error.args[0]))
    except model.StoreError as error:
        session.usage("ZC0008", str(error))


def show_corrupt(run: Any) -> None:
    """Say which documents of the run can't be read, and what to do."""
    for one in run.corrupt:
        click.echo(f"warning: {one}", err=True)
    if run.corrupt:
        helps = "a new run makes what they described again, or takes it from the cache; delete them to be rid of them"
        click.echo(f"help: {helps}", err=True)


def artifact_of(session: Session, run: Any, name: str) -> Any:
    """The artifact `STEP` or `STEP.OUTPUT` of a run."""
    found = {}
    for step in run.steps:
        base = step.label
        for artifact in step.artifacts:
            found[f"{base}.{artifact.output}"] = artifact
            if len(step.artifacts) == 1:
                found[base] = artifact
    if name not in found:
        several = [key for key in found if key.startswith(f"{name}.")]
        if several:
            message = f"step `{name}` of run {run.id} has several artifacts"
            session.usage("ZC0008", message, helps=(f"name one: {', '.join(several)}",))
        known = [key for key in found if "." in key]
        near = difflib.get_close_matches(name, found, 1)
        notes = (f"its artifacts: {', '.join(known) or 'none'}", *run.corrupt)
        helps = (f"did you mean `{near[0]}`?",) if near else ()
        session.usage("ZC0008", f"run {run.id} has no artifact `{name}`", notes=notes, helps=helps)
    return found[name]
