"""Which keys `settings` has, and which fields there are below them and below other settings, at any depth."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from zencompile.diagnostics import Report
from zencompile.frontend import surface
from zencompile.frontend.framework.problems import Aside
from zencompile.source import Span
from zencompile_runtime.values.coerce import fit
from zencompile_runtime.values.mismatch import Mismatch

Place = Callable[..., "Span | None"]
"""The place of what stands under a path of keys."""


def check_fields(
    tables: Sequence[surface.Table], fields: Mapping[Any, Any], place: Place, report: Aside | Report
) -> None:
    """Report what stands in a mapping and is a field of none of these tables, and so on below its fields."""
    if not tables:
        return
    for key, value in fields.items():
        name = str(key)
        found = [field for table in tables if (field := table.field(renamed(table, name)))]
        if not found and not any(name in table.besides for table in tables):
            unknown_field(tables, name, place(name), report)
        if found and len(tables) == 1:
            check_value(tables[0], found[0], value, place(name), report)
        below = [surface.TABLES[kind] for kind in dict.fromkeys(field.below for field in found) if kind]
        if below and isinstance(value, Mapping):
            check_fields(below, value, _within(place, name), report)


def check_value(
    table: surface.Table, field: surface.Field, value: Any, span: Span | None, report: Aside | Report
) -> None:
    """Report a value that the field's class refuses, where that is plain data."""
    if field.takes is Any or not _is_plain(value):
        return
    try:
        fit(value, field.takes)
    except Mismatch as problem:
        wrong = problem.value if problem.has_value else value
        what = f"`{field.name}{problem.path}` of `{table.name}` {problem}, not {wrong!r}"
        report.error("ZC0306", what, span)


def _is_plain(value: Any) -> bool:
    if type(value) in (list, tuple):
        return all(map(_is_plain, value))
    if type(value) is dict:
        return all(map(_is_plain, value.values()))
    return value is None or type(value) in (bool, int, float, str)


def _within(place: Place, name: str) -> Place:
    return lambda *keys: place(name, *keys)


def renamed(table: surface.Table, name: str) -> str:
    """A field's name, where this is another spelling of it."""
    return dict(table.renamed).get(name, name)


def unknown_field(tables: Sequence[surface.Table], name: str, span: Span | None, report: Aside | Report) -> None:
    """Report a field that none of these tables has."""
    known = [field.name for table in tables for field in table.fields]
    near = get_close_matches(name, known, 1) or [one for one in known if one.startswith(name)][:1]
    what = f"`{tables[0].name}` has no field `{name}`"
    if len(tables) > 1:
        what = f"no orchestrator that is compiled to has the setting `{name}`"
    report.warning("ZC0304", what, span, label="has no effect", helps=[f"did you mean `{match}`?" for match in near])


def check_settings(settings: Mapping[Any, Any], place: Place, report: Aside | Report) -> None:
    """Report keys of `settings` that can't be meant, and fields below the others that there are not."""
    for key, fields in settings.items():
        name = str(key)
        if check_settings_key(name, place(name), report) and isinstance(fields, Mapping):
            check_fields(surface.tables_of_settings(name), fields, _within(place, name), report)


def check_settings_key(key: str, span: Span | None, report: Aside | Report) -> bool:
    """Whether a key of `settings=` can be meant; reports it otherwise."""
    if is_settings_key(key):
        _notice_near_flavour(surface.component_key(key), span, report)
        _notice_name(key, span, report)
        return True
    known = [*surface.SETTINGS_KEYS, *sorted(surface.COMPONENTS)]
    head, separator, rest = key.rstrip(".:").replace(":", ".").partition(".")
    report.error(
        "ZC0307",
        f"`{key}` is no settings key",
        span,
        notes="keys are `docker`, `resources`, or a stack component such as `orchestrator` or `orchestrator.airflow`",
        helps=[f"did you mean `{match}{separator}{rest}`?" for match in get_close_matches(head, known, 1)],
    )
    return False


def _notice_near_flavour(key: str, span: Span | None, report: Aside | Report) -> None:
    """Say that a flavour is nearly one that is compiled to; others are of stacks that are not."""
    flavours = [kind for kind in surface.TABLES if "." in kind]
    near = get_close_matches(key, flavours, 1, 0.9) if key not in flavours else []
    if near:
        what = f"no target reads the settings of `{key}`"
        report.warning("ZC0304", what, span, label="has no effect", helps=f"did you mean `{near[0]}`?")


def _notice_name(key: str, span: Span | None, report: Aside | Report) -> None:
    """Say of which orchestrator settings are taken for that are for one of a name."""
    if key.startswith("orchestrator:") and surface.component_key(key) == "orchestrator":
        report.note(
            "ZC0307",
            f"`{key}` is taken for the orchestrator that is compiled to",
            span,
            label="its name says no flavour",
            notes="ZenML reads these settings where the stack's orchestrator has that name, and nowhere else",
            helps="write `orchestrator`, or `orchestrator.` and a flavour",
        )


def is_settings_key(key: str) -> bool:
    """`docker`, `resources`, `deployment`, a stack component, or a component with a flavour or a name."""
    separator = ":" if ":" in key else "."
    head, found, selector = key.partition(separator)
    return key in surface.SETTINGS_KEYS or (head in surface.COMPONENTS and bool(selector) == bool(found))
