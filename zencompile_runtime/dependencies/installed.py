"""Installed modules that a step's process loaded: the versions of what provides them and of all that these require.

What is next to the folder that describes its distribution counts with the version. Any other module (a folder on the
path, an editable install) counts with its files.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from zencompile_runtime import facts

_REQUIRES = re.compile(r"^Requires-Dist:[ \t]*([A-Za-z0-9][\w.-]*)(.*)$", re.MULTILINE)
_IN_SITE = ("site-packages", "dist-packages")


class Installed(NamedTuple):
    """The versions of distributions, and the modules that count with their files, by their paths."""

    versions: dict[str, str | None]
    places: tuple[str, ...]


def of(modules: Iterable[str], asked: Iterable[str] = ()) -> Installed:
    """What some top-level modules, which this process has loaded or could load, depend on; and the distributions whose
    versions the code `asked` for.
    """
    wanted: dict[str, None] = dict.fromkeys(map(facts.normalized, asked))
    places: dict[str, None] = {}
    for name in sorted(modules):
        place = _place(name)
        owners = _owners(name)
        described = [facts.installed()[one] for one in owners]
        beside = place is not None and any(os.path.dirname(one) == os.path.dirname(place) for one in described)  # noqa: PTH120
        wanted.update(dict.fromkeys(owners))
        if place is not None and not (beside and os.path.dirname(place).endswith(_IN_SITE)):  # noqa: PTH120
            places[place] = None
    return Installed({name: facts.version_of(name) for name in sorted(_required(wanted))}, tuple(places))


def _place(name: str) -> str | None:
    """The file of a module, or the folder of a package."""
    module = sys.modules.get(name)
    spec = getattr(module, "__spec__", None)
    if module is None:
        import importlib.util

        try:
            spec = importlib.util.find_spec(name)
        except (ImportError, ValueError):
            return None
    folders = list(getattr(spec, "submodule_search_locations", None) or ())
    origin = getattr(spec, "origin", None) or getattr(module, "__file__", None)
    found = folders[0] if folders else origin
    return os.path.abspath(found) if found and os.path.exists(found) else None  # noqa: PTH100, PTH110


def _owners(module: str) -> list[str]:
    """The distributions that provide a top-level module."""
    own = facts.normalized(module)
    if own in facts.installed():
        return [own]
    path = tuple(sys.path)
    return _told(path).get(module) or _listed(path).get(module, [])


@cache
def _told(_: tuple[str, ...]) -> dict[str, list[str]]:
    """Which distributions say that they provide a module."""
    return _by_module((name, (_text(f"{folder}/top_level.txt") or "").split()) for name, folder in _folders())


@cache
def _listed(_: tuple[str, ...]) -> dict[str, list[str]]:
    """Which of the other distributions have files of a module; reading their lists takes some milliseconds."""
    found = ((name, _tops(folder)) for name, folder in _folders() if _text(f"{folder}/top_level.txt") is None)
    return _by_module(found)


def _by_module(pairs: Iterable[tuple[str, Iterable[str]]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, tops in pairs:
        for top in tops:
            found.setdefault(top, []).append(name)
    return found


def _folders() -> list[tuple[str, str]]:
    return list(facts.installed().items())


def _tops(folder: str) -> set[str]:
    lines = (_text(f"{folder}/RECORD") or "").splitlines()
    firsts = {line.partition(",")[0].strip('"').partition("/")[0] for line in lines}
    return {one.partition(".")[0] for one in firsts if not one.endswith((".dist-info", ".data", ".pth"))}


def _required(names: Iterable[str]) -> Iterator[str]:
    """These distributions and what they need in turn, whether or not it is installed; extras are left out: what of
    them is used has been loaded.
    """
    todo = list(names)
    seen: set[str] = set()
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            yield name
            todo.extend(requirements(name))


def requirements(name: str) -> tuple[str, ...]:
    """The distributions that one says it needs, but for its extras."""
    folder = facts.installed().get(name)
    return _requirements(folder) if folder else ()


@cache
def _requirements(folder: str) -> tuple[str, ...]:
    text = _text(f"{folder}/METADATA") or _text(f"{folder}/PKG-INFO") or ""
    head = text.partition("\n\n")[0]
    found = (match for match in _REQUIRES.finditer(head) if "extra ==" not in match[2] and "extra==" not in match[2])
    return tuple(facts.normalized(match[1]) for match in found)


def _text(path: str) -> str | None:
    try:
        return Path(path).read_text("utf-8", "replace")
    except OSError:
        return None
