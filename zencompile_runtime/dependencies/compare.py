"""Whether what an entry's run depended on is unchanged; the first difference in words."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from importlib.machinery import EXTENSION_SUFFIXES
from typing import Any

from zencompile_runtime import facts, importing
from zencompile_runtime.dependencies import code, files
from zencompile_runtime.dependencies.reach import Reach
from zencompile_runtime.dependencies.record import Observed
from zencompile_runtime.observing import listings
from zencompile_runtime.spec import StepSpec


def difference(observed: Observed, spec: StepSpec, known: Mapping[str, Any], around: Mapping[str, str]) -> str | None:
    """What is different now, as it comes first; None if all is as it was. `around` is the environment before the
    step's own variables.
    """
    for compare in _COMPARED:
        found = compare(observed, around)
        if found is not None:
            return found
    return _code(observed, Reach(spec, known)) if observed.get("code") else None


def _variables(observed: Observed, around: Mapping[str, str]) -> str | None:
    for name, before in observed.get("variables", {}).items():
        if files.variable(name, around) != before:
            return f"the variable {name} changed"
    if "environment" in observed and files.variables(around) != observed["environment"]:
        return "the environment changed, all of which it read"
    return None


def _files(observed: Observed, _: Mapping[str, str]) -> str | None:
    stamps = observed.get("stamps", {})
    for path, before in observed.get("files", {}).items():
        full = files.placed(path)
        if path in stamps and files.known_by(full) == tuple(stamps[path]):
            continue
        if files.content(full) != before:
            return _told(path, before, full)
    return None


def _told(path: str, before: str | None, full: str) -> str:
    if before is None:
        return f"looked for {path}, which is there now"
    return f"read {path}, which {'changed' if os.path.exists(full) else 'is gone'}"  # noqa: PTH110 (speed)


def _probes(observed: Observed, _: Mapping[str, str]) -> str | None:
    for path, before in observed.get("probes", {}).items():
        full = files.placed(path)
        if files.kind(full) != before:
            return _told(path, before, full)
    for path, before in observed.get("times", {}).items():
        if files.times(files.placed(path)) != before:
            return f"asked for size, time or mode of {path}, which changed"
    for path, before in observed.get("modes", {}).items():
        if files.mode(files.placed(path)) != before:
            return f"asked what it may do with {path}, whose mode changed"
    return None


def _listings(observed: Observed, _: Mapping[str, str]) -> str | None:
    for path, before in observed.get("listings", {}).items():
        if listings.digest(files.placed(path)) != before:
            return f"listed {'the project' if path == '.' else path}, which has other files now"
    for path, before in observed.get("entries", {}).items():
        if listings.details(files.placed(path)) != before:
            return f"asked for size, time or mode of what {path} holds, which changed"
    return None


def _absent(observed: Observed, _: Mapping[str, str]) -> str | None:
    for path in observed.get("absent", ()):
        full = files.placed(path)
        if any(os.path.exists(f"{full}{ending}") for ending in _MODULES):  # noqa: PTH110 (speed)
            return f"imports find {path} now"
    for name in observed.get("missing", ()):
        if files.importable(name):
            return f"imports find {name} now"
    return None


_MODULES = (".py", "/__init__.py", *EXTENSION_SUFFIXES)


def _distributions(observed: Observed, _: Mapping[str, str]) -> str | None:
    for name, before in observed.get("distributions", {}).items():
        now = facts.version_of(name)
        if now != before:
            return f"{name} {before or 'absent'} → {now or 'absent'}{_required(name, observed)}"
    for path, before in observed.get("trees", {}).items():
        if files.tree(path) != before:
            return f"the module in {path} changed"
    return None


def _required(name: str, observed: Observed) -> str:
    """Who needs a distribution, if one of the others does."""
    from zencompile_runtime.dependencies import installed

    others = [one for one in observed["distributions"] if name in installed.requirements(one)]
    return f", which {others[0]} requires" if others else ""


def _place(observed: Observed, _: Mapping[str, str]) -> str | None:
    if observed.get("place", importing.project()) != importing.project():
        return f"the project lay in {observed['place']}, and the code may tell"
    return None


def _project(observed: Observed, _: Mapping[str, str]) -> str | None:
    if "project" in observed and files.project()[0] != observed["project"]:
        return "a file of the project changed, and it started a program that can't be observed"
    return None


_COMPARED: tuple[Callable[[Observed, Mapping[str, str]], str | None], ...] = (
    _variables,
    _files,
    _probes,
    _listings,
    _absent,
    _distributions,
    _project,
    _place,
)


def _code(observed: Observed, reach: Reach) -> str | None:
    """The first unit that differs. Files with the same bytes need not be parsed."""
    full = {path: files.placed(path) for path in observed["code"]}
    texts = observed.get("texts", {})
    changed = [path for path, one in full.items() if facts.file_digest(one) != texts.get(path)]
    if not changed:
        return None
    units = {path: [name for name in found if name] for path, found in observed["code"].items()}
    foreign = "distributions" in observed or "trees" in observed
    now = code.digests(code.Modules(full, units, reach.steps, foreign, observed.get("ran"), observed.get("listed", {})))
    for path, before in observed["code"].items():
        for unit, digest in before.items():
            if now[path].get(unit) != digest:
                gone = not os.path.exists(full[path])  # noqa: PTH110 (speed)
                return f"module {path} is gone" if gone else unit_changed(path, unit)
    return None


def unit_changed(path: str, unit: str) -> str:
    """That a unit of a module has changed, in words."""
    module = path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return f"helper {module}.{unit} changed ({path})" if unit else f"the top level of {module} changed ({path})"
