"""Time zones as far as a compiler may know them: those whose clock is a fixed number of hours from UTC."""

from __future__ import annotations

import datetime
import re

from zencompile.ir.cron import Expression, first_from

_UTC = frozenset(("utc", "etc/utc", "z", "zulu", "etc/zulu", "uct", "etc/uct", "universal", "etc/universal", "gmt",
                  "etc/gmt", "gmt0", "etc/gmt0", "gmt+0", "gmt-0", "greenwich", "etc/greenwich"))  # fmt: skip
_FIXED = re.compile(r"etc/gmt([+-])(\d{1,2})")


def hours(name: str) -> int | None:
    """Hours by which the clock of a zone is ahead of UTC; None for one that the database of the machine must tell.

    That database changes, and a compiled file must not depend on where it was compiled.
    """
    name = name.lower()
    if name in _UTC:
        return 0
    match = _FIXED.fullmatch(name)
    if match is None:
        return None
    return int(match[2]) * (-1 if match[1] == "+" else 1)  # the sign is that of POSIX: `Etc/GMT+5` is behind UTC


def comes(rhythm: Expression, start: datetime.datetime, end: datetime.datetime, zone: str) -> bool:
    """Whether a run may be due from `start` to `end` by the clock of a zone, where this machine knows it; else true.

    An hour that the clock skips in spring has no runs (robfig/cron v1.2.0, `spec.go`, Next).
    """
    import zoneinfo

    try:
        clock = zoneinfo.ZoneInfo(zone)
    except (OSError, ValueError, zoneinfo.ZoneInfoNotFoundError):
        return True
    shown, last = (moment.astimezone(clock).replace(tzinfo=None) for moment in (start, end))
    # In autumn the clock goes back: what it shows in the window is at least as long as the window, to either side.
    first, last = min(shown, last - (end - start)), max(last, shown + (end - start))
    found = first_from(rhythm, first.replace(second=0, microsecond=0))
    while found is not None and found <= last:
        if (
            found.replace(tzinfo=clock).astimezone(datetime.timezone.utc).astimezone(clock).replace(tzinfo=None)
            == found
        ):
            return True
        found = first_from(rhythm, found + datetime.timedelta(minutes=1))
    return False
