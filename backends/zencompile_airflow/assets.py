"""Assets: what a step leaves for other DAGs (`outlets`), and what starts a pipeline (`assets`).

Airflow 2 calls them datasets. Both settings are ours: ZenML has no words for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from zencompile.diagnostics import Report
from zencompile.ir import Invocation, Pipeline
from zencompile.source import Span
from zencompile_templates.python import Call

NAMES = {"Asset": "Dataset", "AssetAll": "DatasetAll", "AssetAny": "DatasetAny"}
"""What Airflow 2 calls the classes, in the order of a list of imports."""
_LONGEST = 1500  # characters of a URI in Airflow's database
_COMBINED = {"all": "AssetAll", "any": "AssetAny"}


class _Wrong(Exception):
    """Why a setting means no assets."""


def starting(pipeline: Pipeline, written: Mapping[str, Any], report: Report) -> object | None:
    """The DAG's `schedule` if assets start it: a list where all of them must have been updated. What is wrong is
    reported.
    """
    if "outlets" in written:
        _report(pipeline, "`outlets` are a step's: which one is it that updates them?", pipeline.span, report)
    assets = written.get("assets")
    if assets is None:
        return None
    other = "its `Schedule`" if pipeline.schedule is not None else "`schedule` of `dag_args`"
    if pipeline.schedule is not None or {"schedule", "schedule_interval", "timetable"} & set(written["dag_args"]):
        _report(pipeline, f"it is started by assets and by {other}", pipeline.span, report)
    try:
        return [_asset(uri) for uri in assets] if _is_list(assets) else _condition(assets)
    except _Wrong as error:
        _report(pipeline, str(error), pipeline.span, report)
        return None


def outlets(pipeline: Pipeline, invocation: Invocation, written: Mapping[str, Any], report: Report) -> list[Call]:
    """The assets that a step updates; what is wrong is reported."""
    found = written.get("outlets")
    own = [settings.get("assets") for settings in invocation.settings.values() if isinstance(settings, Mapping)]
    every = [settings.get("assets") for settings in pipeline.settings.values() if isinstance(settings, Mapping)]
    if any(one is not None and one not in every for one in own):
        _report(pipeline, "`assets` start a pipeline, not a step", invocation.span, report)
    try:
        if found is None:
            return []
        if not _is_list(found):
            raise _Wrong("`outlets` are a list of URIs")
        return [_asset(uri) for uri in found]
    except _Wrong as error:
        _report(pipeline, str(error), invocation.span, report)
        return []


def _is_list(value: object) -> bool:
    return isinstance(value, (list, tuple)) and bool(value) and all(isinstance(one, str) for one in value)


def _condition(value: Any) -> Call:
    """An asset, or assets of which all or any must have been updated."""
    if isinstance(value, str):
        return _asset(value)
    if isinstance(value, Mapping) and len(value) == 1:
        ((how, several),) = value.items()
        if how in _COMBINED and isinstance(several, (list, tuple)) and several:
            return Call(_COMBINED[how], [_condition(one) for one in several])
    if isinstance(value, (list, tuple)) and value:
        return Call("AssetAll", [_condition(one) for one in value])
    raise _Wrong('`assets` are a list of URIs, or `{"any": [...]}` and `{"all": [...]}` of them')


def _asset(uri: str) -> Call:
    problem = next(_problems(uri), "")
    if problem:
        raise _Wrong(f"`{uri}` is no asset: {problem}")
    return Call("Asset", (uri,))


def _problems(uri: str) -> Iterator[str]:
    """What either Airflow refuses in a URI, or would take for another one."""
    if not uri.strip():
        yield "its URI is empty"
    if not uri.isascii():
        yield "a URI consists of ASCII characters"
    if not uri.isprintable():
        yield "it has characters that can't be seen"
    if len(uri) > _LONGEST:
        yield f"its URI has more than {_LONGEST} characters"
    try:
        parts = urlsplit(uri)
    except ValueError as error:
        yield str(error)
        return
    if parts.scheme == "airflow":
        yield "the scheme `airflow` is reserved"
    if "@" in parts.netloc:
        yield "Airflow drops what stands before the `@`"
    if parts.scheme and parts.fragment:
        yield "Airflow drops what stands behind the `#`"


def _report(pipeline: Pipeline, message: str, span: Span | None, report: Report) -> None:
    report.error(
        "ZC0567",
        "assets that Airflow can't follow",
        span or pipeline.span,
        label=message,
        helps='write `"assets": ["s3://bucket/table"]` for a pipeline, `"outlets": ["s3://bucket/table"]` for a step',
    )
