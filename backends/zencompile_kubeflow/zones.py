"""Time zones as far as a compiler may know them: those whose clock is a fixed number of hours from UTC."""

from __future__ import annotations

import re

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
