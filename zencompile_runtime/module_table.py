"""Which modules a process has, told without touching them.

Whoever looks at all of a process's modules counts references to each, and a forked process copies the page of whatever
it counts references to. Modules are added at the end of `sys.modules`: its length and its newest name tell almost all.
"""

from __future__ import annotations

import sys
from typing import NamedTuple


class ModuleTable(NamedTuple):
    """The modules of one moment."""

    number: int
    newest: str
    names: frozenset[str]

    def is_now(self) -> bool:
        """Whether these are the modules that are there now."""
        return len(sys.modules) == self.number and next(reversed(sys.modules)) == self.newest

    def came(self) -> list[str] | None:
        """The modules that were added since; None if some have gone."""
        found: list[str] = []
        for name in reversed(sys.modules):
            if name == self.newest:
                break
            found.append(name)
        return found if len(sys.modules) == self.number + len(found) else None


NOTHING = ModuleTable(0, "", frozenset())
_latest: list[ModuleTable] = []


def now() -> ModuleTable:
    """Those of now. In a process that was forked when they were asked for it costs nothing to ask again."""
    if not _latest or not _latest[0].is_now():
        _latest[:] = [ModuleTable(len(sys.modules), next(reversed(sys.modules)), frozenset(sys.modules))]
    return _latest[0]
