"""Whether the framework has a name at all: misspelt ones are told from those that have no model here."""

from __future__ import annotations

import functools
import pkgutil
from difflib import get_close_matches

from zencompile.frontend import surface
from zencompile.frontend.framework.signatures import spans_of_life

_NEAR = 0.88  # as difflib measures: one letter of five, two of fourteen


@functools.cache
def known_names() -> tuple[frozenset[str], frozenset[str]]:
    """The parts of the modules' names, and the names in them, of the newest release that was looked at; the names that
    older releases had besides.
    """
    data = pkgutil.get_data(__package__, "names.txt") or b"\n\n"
    older = pkgutil.get_data(__package__, "old_names.txt") or b""
    _, modules, names = data.decode("utf-8").splitlines()
    parts = {part for module in modules.split() for part in module.split(".")}
    return frozenset(parts), frozenset(names.split()) | frozenset(older.decode("utf-8").split())


def is_known(name: str) -> bool:
    """Whether any module of the framework has this name, in a release that is known here."""
    if name.startswith("_") or name in surface.NAMES or name in surface.SUBMODULES:
        return True
    parts, names = known_names()
    return name in names or name in parts or name in spans_of_life()


def near(name: str) -> str:
    """What a name that doesn't exist is meant to be; empty if nothing is like it.

    Not longer or shorter by more than a letter: older releases had `ModelArtifactConfig` beside `ArtifactConfig`.
    """
    known = [one for one in (*surface.NAMES, *surface.SUBMODULES) if abs(len(one) - len(name)) <= 1]
    return next(iter(get_close_matches(name, known, 1, _NEAR)), "")
