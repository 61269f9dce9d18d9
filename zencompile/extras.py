"""What only some commands need: distributions that are extras, so that the rest installs beside any engine.

Compiling to Airflow must not ask for more than an Airflow has: its constraints pin SQLAlchemy 1.4 and protobuf 4 for
some releases, and 2 and 6 for others. What needs such a distribution asks here first, then imports it.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import metadata

from zencompile.diagnostics import Diagnostic, Report

EXTRAS: Mapping[str, Mapping[str, str]] = {
    "dask": {"distributed": "2024.1"},
    "docker": {"docker": "7.0"},
    "kubeflow": {"googleapis-common-protos": "1.63", "kfp-pipeline-spec": "2.13"},
    "ray": {"ray": "2.10"},
    "results": {"markdown-it-py": "3.0", "sqlalchemy": "2.0"},
    "stores": {"fsspec": "2024.2"},
}
"""The distributions of each extra, with their oldest versions; `pyproject.toml` says the same."""


def require(extra: str, what: str, report: Report) -> None:
    """Raise `CompilationFailed`, with a ZC0570 in `report`, unless all distributions of an extra are here.

    `what` is what they are needed for, as the subject of a sentence.
    """
    found = missing(extra, what)
    if found is not None:
        report.add(found)
        report.check()


def missing(extra: str, what: str) -> Diagnostic | None:
    """The ZC0570 that says what an extra lacks; None if it is here."""
    lacking = [text for name, oldest in EXTRAS[extra].items() if (text := _lacking(name, oldest))]
    if not lacking:
        return None
    return Diagnostic(
        "ZC0570",
        f"{what} needs {' and '.join(lacking)}",
        notes=("the compiler alone asks for little, so that it can be installed beside any Airflow",),
        helps=(f"install the extra: `pip install 'zencompile[{extra}]'`",),
    )


def _lacking(name: str, oldest: str) -> str:
    """What is wrong with a distribution; nothing, mostly."""
    try:
        found = metadata.version(name)
    except metadata.PackageNotFoundError:
        return f"`{name}`, which isn't installed"
    from packaging.version import Version

    return "" if Version(found) >= Version(oldest) else f"`{name}` {oldest} or newer (here is {found})"
