"""Where artifacts live, as far as a DAG file has to know."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from zencompile.diagnostics import Report
from zencompile.targets import Layout
from zencompile_airflow.options import Options

# Where nothing is configured: the folder for a service's state on a Unix host.
DEFAULT = "/var/lib/zencompile/artifacts"


class Store(NamedTuple):
    """`url` is what the runtime is told, `folder` what a container must see of it: None for a remote store."""

    url: str
    folder: str | None


def find(options: Options, layout: Layout, report: Report) -> Store:
    """The store: the option of this target, else the project's, else the default with a warning."""
    if options.store is not None:
        store = _read(options.store)
        if store is None:
            report.error(
                "ZC0515",
                f"the artifact store `{options.store}` is a relative folder",
                notes="a task on a worker has no folder that a relative path starts at",
                helps="give an absolute folder or a URL: `--set airflow.store=s3://bucket/artifacts`",
            )
        return store or Store(DEFAULT, DEFAULT)
    store = _read(layout.store) if layout.store is not None else None
    if store is None:
        report.warning(
            "ZC0515",
            f"no artifact store is set for Airflow: artifacts go to {DEFAULT} on the worker",
            notes="workers on several hosts share no such folder",
            helps="set one that all workers reach: `--set airflow.store=s3://bucket/artifacts`",
        )
    return store or Store(DEFAULT, DEFAULT)


def _read(text: str) -> Store | None:
    """The store that `text` names, or None if that is a relative folder."""
    parts = urlsplit(text)
    if parts.scheme == "file":
        return Store(text, unquote(parts.path))
    if "://" in text:
        return Store(text, None)
    return Store(text, text) if text.startswith("/") else None
