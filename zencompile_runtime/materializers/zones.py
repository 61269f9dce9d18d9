"""Time zones as data: Arrow keeps their names, and not whose objects they were (zoneinfo, pytz, datetime)."""

from __future__ import annotations

import datetime
import importlib
from typing import Any


def described(zone: Any) -> list[Any] | None:
    """What `made` makes the zone of; None if nothing does."""
    library = type(zone).__module__.partition(".")[0]
    if library == "zoneinfo" and zone.key:
        return ["zoneinfo", zone.key]
    if library == "pytz":
        return ["pytz", zone.zone] if zone.zone else ["minutes", zone._minutes]
    if type(zone) is datetime.timezone:
        return ["seconds", zone.utcoffset(None).total_seconds()]
    return None


def made(zone: list[Any] | None) -> Any:
    """The time zone that was described; the one without a name if none was."""
    if zone is None:
        raise ValueError("a time zone that nobody can make again")
    kind, what = zone
    if kind == "zoneinfo":
        return importlib.import_module("zoneinfo").ZoneInfo(what)
    if kind == "seconds":
        return datetime.timezone(datetime.timedelta(seconds=what)) if what else datetime.timezone.utc
    pytz = importlib.import_module("pytz")
    return pytz.timezone(what) if kind == "pytz" else pytz.FixedOffset(what)
