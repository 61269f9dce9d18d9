"""Settings of orchestrators whose keys differ from level to level, made those of one orchestrator.

ZenML makes one key of `orchestrator`, `orchestrator.FLAVOUR` and `orchestrator:NAME` on each level, refuses two of them
there, and merges the levels then (`utils/settings_utils.py: normalize_stack_component_setting_keys`, called for the
pipeline and for each step by `config/compiler.py`). Which flavour counts is known to a target alone. So each flavour
has everything here that it would read: what stands under its own key, and under that of whatever orchestrator.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from zencompile.frontend import surface
from zencompile.frontend.framework.options import Options, Path, inherit
from zencompile.ir import Clash, Problem
from zencompile.source import Span

ANY = "orchestrator"
_PREFIX = f"{ANY}."


class Merged(NamedTuple):
    """The settings of orchestrators by flavour, where their parts were set, and keys that exclude each other."""

    settings: dict[str, Any]
    spans: dict[Path, Span]
    clashes: tuple[Clash, ...]


def merged(levels: Sequence[Options]) -> Merged:
    """The settings of orchestrators, from the level of the pipeline to that of the step, which wins."""
    keys = {key: surface.component_key(key) for level in levels for key in _orchestrators(level)}
    if not keys:
        return Merged({}, {}, ())
    settings: dict[str, Any] = {}
    spans: dict[Path, Span] = {}
    for flavour in sorted(set(keys.values())):
        for level in levels:
            for key in (key for key in _orchestrators(level) if keys[key] in (ANY, flavour)):
                below = {path[2:]: span for path, span in level.spans.items() if path[:2] == ("settings", key)}
                spans.update({(flavour, *path): span for path, span in below.items()})
                settings[flavour] = inherit(settings.get(flavour, {}), level.values["settings"][key])
    found = (clash for level in levels for clash in _clashes(level, keys))
    return Merged(settings, spans, tuple(found))


def _orchestrators(level: Options) -> Iterator[str]:
    """Keys of orchestrators, that of whatever orchestrator first."""
    settings: Mapping[str, Any] = level.get("settings") or {}
    yield from sorted((key for key in settings if key.startswith(ANY)), key=lambda key: key.startswith(_PREFIX))


def _clashes(level: Options, keys: Mapping[str, str]) -> Iterator[Clash]:
    """Keys of one level that mean the same orchestrator for a target of some flavour."""
    given = list(_orchestrators(level))
    for number, second in enumerate(given):
        for first in given[:number]:
            if keys[first] in (ANY, keys[second]):
                yield Clash(flavour=keys[second].removeprefix(_PREFIX), problem=_problem(level, first, second))


def _problem(level: Options, first: str, second: str) -> Problem:
    other = level.span("settings", first)
    return Problem(
        code="ZC0309",
        message=f"`{first}` and `{second}` are settings of the same orchestrator",
        span=level.span("settings", second),
        labels=((other, "given here, too"),) if other is not None else (),
        notes=("ZenML refuses two keys of one component on one level",),
        helps=("put all of it under one of the keys",),
    )
