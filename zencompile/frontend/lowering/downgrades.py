"""What was written and has no effect here, as the surface says: it is listed in the IR."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from zencompile.frontend import surface
from zencompile.frontend.framework.options import Options
from zencompile.source import Span


class Downgrade(NamedTuple):
    """Something without effect, why, where, and whether a user may count on it."""

    what: str
    reason: str
    span: Span | None
    noted: bool


def downgrades(options: Options) -> Iterator[Downgrade]:
    """Settings, and fields below them, that options give and that have no effect."""
    for setting in surface.SETTINGS:
        value = options.get(setting.name)
        if value is None or (value is False and setting.noted):  # switched off, which it is anyway
            continue
        if setting.dropped and not setting.until:
            yield Downgrade(setting.name, setting.dropped, options.span(setting.name), setting.noted)
        elif setting.below in surface.TABLES and isinstance(value, Mapping):
            yield from _fields(surface.TABLES[setting.below], value, options, (setting.name,))
    for key, fields in (options.get("settings") or {}).items():
        for table in surface.tables_of_settings(key) if isinstance(fields, Mapping) else ():
            yield from _fields(table, fields, options, ("settings", key))


def _fields(
    table: surface.Table, fields: Mapping[Any, Any], options: Options, path: tuple[str, ...]
) -> Iterator[Downgrade]:
    for name, value in fields.items():
        field = table.field(str(name))
        if field is not None and field.dropped and value is not None and value != field.default:
            yield Downgrade(f"{table.name}.{name}", field.dropped, options.span(*path, str(name)), field.noted)
