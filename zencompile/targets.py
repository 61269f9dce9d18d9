"""What a target is, and how one is found.

A target turns a pipeline into files. Ours register in the entry-point group `zencompile.targets` exactly as a third
party's do.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata
from typing import Any, Protocol, runtime_checkable

from pydantic import BaseModel

from zencompile.diagnostics import Diagnostic, Report
from zencompile.ir import Pipeline
from zencompile.ir.capabilities import Capability

__all__ = [
    "GROUP",
    "Capability",
    "Files",
    "Layout",
    "Target",
    "TargetClash",
    "UnknownTarget",
    "installed",
    "load",
]

GROUP = "zencompile.targets"


@dataclass(frozen=True)
class Layout:
    """Where files go relative to each other; forward slashes, relative paths, so that outputs hold no machine's path.

    `project` leads from the output folder to the source root, `build` from the output folder to the build folder.
    `source` is the entry file, relative to the source root. Images are built in the nearest folder that holds both the
    source root and the build folder; `context_project` and `context_build` lead from there to each, `build_context`
    from
    the build folder to it. `store` is the configured artifact store, `registry` what stands before a repository's name.
    """

    project: str = "."
    build: str = "build"
    source: str = "run.py"
    context_project: str = "."
    context_build: str = "build"
    build_context: str = ".."
    store: str | None = None
    registry: str | None = None


@dataclass
class Files:
    """Files in memory. Keys are paths relative to the output folder (`deployed`) or the build folder (`build`)."""

    deployed: dict[str, str] = field(default_factory=dict)
    build: dict[str, str] = field(default_factory=dict)

    def merge(self, other: Files) -> None:
        """Take the files of `other`; the same path with other content is a bug of ours."""
        for mine, theirs in ((self.deployed, other.deployed), (self.build, other.build)):
            for path, text in theirs.items():
                if mine.setdefault(path, text) != text:
                    raise ValueError(f"two different files at {path}")


@runtime_checkable
class Target(Protocol):
    """A format that pipelines are compiled to."""

    name: str
    options: type[BaseModel]
    capabilities: frozenset[Capability]

    def emit(self, pipeline: Pipeline, options: Any, layout: Layout, report: Report) -> Files:
        """The files of `pipeline`. What can't be expressed is added to `report`, all of it, with the user's lines."""
        ...

    def validate(self, files: Files) -> Iterable[Diagnostic]:
        """Problems that the engine's own loader finds, where the engine is installed; nothing where it isn't."""
        ...


class UnknownTarget(LookupError):
    """No installed distribution provides a target of this name."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        self.name, self.known = name, sorted(known)
        super().__init__(name)


class TargetClash(RuntimeError):
    """Two installed distributions provide a target of the same name."""


def installed() -> dict[str, metadata.EntryPoint]:
    """The entry points of all installed targets, by name. A name that two distributions claim is an error."""
    return dict(_installed(tuple(sys.path)))


@cache
def _installed(_: tuple[str, ...]) -> dict[str, metadata.EntryPoint]:
    found: dict[str, metadata.EntryPoint] = {}
    for entry in metadata.entry_points(group=GROUP):
        other = found.setdefault(entry.name, entry)
        if other.value != entry.value:
            owners = " and ".join(sorted(_owner(e) for e in (other, entry)))
            raise TargetClash(f"the target {entry.name!r} is provided by {owners}")
    return found


def _owner(entry: metadata.EntryPoint) -> str:
    return f"{entry.dist.name} ({entry.value})" if entry.dist else entry.value


def load(name: str) -> Target:
    """The target called `name`. Raises `UnknownTarget`, or the ImportError of a broken plug-in as it is."""
    entries = installed()
    if name not in entries:
        raise UnknownTarget(name, entries)
    loaded = entries[name].load()
    target: Target = loaded() if isinstance(loaded, type) else loaded
    return target
