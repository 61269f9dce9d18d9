"""What an entry says of its run's dependencies: digests of all that was seen.

    {"code": {path: {unit: digest}}, "texts": {path: SHA-256},   of project code that its key doesn't cover
     "ran": {path: [unit]}, "listed": {path: [function that code may find by a name that it makes]}, both of the same
     "files": {path: SHA-256 or a word, None if there was nothing}, "stamps": {path: those of large files},
     "probes": {path: a word, None if there was nothing}, "times": {path: size, time, mode}, "modes": {path: mode},
     "listings": {path: digest}, "entries": {path: digest}, "place": path of the project,
     "trees": {path: digest of a module's files}, "absent": [path], "missing": [module],
     "variables": {name: digest, "set" or None}, "environment": digest of all, "distributions": {name: version},
     "project": digest of all files, "lookups": {question: digest of its answer}, "unobservable": [word]}

Paths in the project are relative to it, others absolute. What is empty is left out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from zencompile_runtime import importing
from zencompile_runtime.dependencies import code, files
from zencompile_runtime.dependencies.reach import Reach
from zencompile_runtime.observing import listings
from zencompile_runtime.observing.seen import Seen
from zencompile_runtime.observing.units import WHOLE
from zencompile_runtime.spec import StepSpec

Observed = dict[str, Any]

_UNOBSERVABLE = {
    "clock": "the clock",
    "random": "random numbers",
    "network": "the network",
    "system": "the system",
    "run": "the run's name, id or times",
}


def unobservable(observed: Mapping[str, Any]) -> str:
    """What was seen to occur and nothing can compare, in words; empty if there was nothing."""
    return ", ".join(_UNOBSERVABLE.get(one, one) for one in observed.get("unobservable", ()))


@dataclass
class Kept:
    """What is to be stored of a run's dependencies, or why nothing may be; notes for the user."""

    observed: Observed
    refused: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Around:
    """What a step's process was given: the environment before its own variables, the names of those, the moment."""

    environment: Mapping[str, str]
    declared: Collection[str]
    started: float


def record(seen: Seen, spec: StepSpec, known: Mapping[str, Any], around: Around) -> Kept:
    """The digests of what was seen of a run that has just ended."""
    if seen.refused:
        return Kept({}, seen.refused)
    changed = _changed(seen)
    if changed:
        return Kept({}, f"{_some(changed)} changed while it ran")
    found: Observed = {}
    notes: list[str] = []
    if spec.cache_policy.get("include_step_code", True):
        found |= _code(seen, Reach(spec, known))
    if known.get("unread"):
        seen.files |= {f"{importing.project()}/{path}" for path in seen.by_value}
    found |= _files(seen, "code" in found)
    found |= _variables(seen, around)
    if seen.modules or seen.distributions:
        found |= _modules(seen.modules, seen.distributions)
    if seen.opaque:
        found["project"], written = files.project(around.started)
        if written:
            return Kept({}, f"it started a program that can't be observed, and {_some(written)} changed while it ran")
        notes.append("its cache entry depends on all files of the project: it started a program that can't be observed")
    found["lookups"] = dict(sorted(seen.lookups.items()))
    if seen.place:
        found["place"] = importing.project()
    found["unobservable"] = sorted(seen.unobservable)
    return Kept({name: one for name, one in found.items() if one}, None, tuple(notes))


def _some(paths: list[str]) -> str:
    return ", ".join(paths[:3]) + (" …" if len(paths) > 3 else "")


def _changed(seen: Seen) -> list[str]:
    """What isn't any more what the step read: whoever changed it, nobody knows what the step would read now."""
    found = {path for path in seen.files & seen.stamps.keys() if files.stamp(path) != seen.stamps[path]}
    found |= {path for path in seen.times & seen.stamps.keys() if files.stamp(path) != seen.stamps[path]}
    asked = (path for path in seen.probes & seen.stamps.keys())
    found |= {path for path in asked if (files.stamp(path) is None) != (seen.stamps[path] is None)}
    found |= {path for path, before in seen.listed.items() if listings.digest(path) != before}
    found |= {path for path, before in seen.entries.items() if listings.details(path) != before}
    texts = (f"{importing.project()}/{path}" for path, text in seen.texts.items() if _other(path, text))
    return sorted(map(files.shown, found.union(texts)))


def _other(path: str, text: str) -> bool:
    return files.content(f"{importing.project()}/{path}") != text


def _code(seen: Seen, reach: Reach) -> Observed:
    if not seen.code or not reach.left(seen):
        return {}
    full = {path: f"{importing.project()}/{path}" for path in sorted(seen.code)}
    asked = {one.rpartition(":")[2].partition(".")[0] for one in seen.asked}
    units = {path: {unit for unit in ran if unit and not reach.holds(path, unit)} for path, ran in seen.code.items()}
    for path, one in full.items():
        source = code.source(one)
        if source is not None:
            units[path] |= asked & source.definitions.keys()
            units[path] |= {code.MAIN, *source.definitions} if WHOLE in units[path] else set()
    ran = {path: sorted(one - {code.TOP}) for path, one in seen.code.items()}
    modules = code.Modules(full, units, reach.steps, bool(seen.modules), ran)
    listed = code.listed(modules)
    found = code.digests(modules._replace(listed=listed))
    texts = {path: seen.texts.get(path) for path in full}
    return {"code": found, "ran": ran, "listed": listed, "texts": texts}


def _files(seen: Seen, by_text: bool) -> Observed:
    """`by_text` tells that the texts of the modules that were loaded count; else it does that they are there."""
    modules = {f"{importing.project()}/{path}" for path in seen.texts}
    found = {files.shown(path): files.content(path) for path in sorted(seen.files)}
    probes = sorted((seen.probes - modules if by_text else seen.probes | modules) - seen.files)
    return {
        "files": found,
        "stamps": files.kept_stamps(found),
        "probes": {files.shown(path): files.kind(path) for path in probes},
        "modes": {files.shown(path): files.mode(path) for path in sorted(seen.modes)},
        "times": {files.shown(path): files.times(path) for path in sorted(seen.times)},
        "entries": {files.shown(path): found for path, found in sorted(seen.entries.items())},
        "listings": {files.shown(path): listings.digest(path) for path in sorted(seen.listings)},
        "absent": sorted(seen.absent_modules),
        "missing": [name for name in sorted(seen.missing) if not files.importable(name)],
    }


def _variables(seen: Seen, around: Around) -> Observed:
    found: Observed = {}
    names = sorted(name for name in seen.variables if name not in around.declared)
    found["variables"] = {name: files.variable(name, around.environment) for name in names}
    if seen.all_variables:
        found["environment"] = files.variables(around.environment)
    return found


def _modules(names: Collection[str], asked: Collection[str]) -> Observed:
    from zencompile_runtime.dependencies import installed

    found = installed.of(names, asked)
    return {"distributions": found.versions, "trees": {path: files.tree(path) for path in found.places}}
