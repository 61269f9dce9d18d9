"""What was observed of a step's run, raw: names and paths; `dependencies` makes digests of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Seen:
    """What one run of a step depended on.

    Paths of project code are relative to the project, with "/"; all others are absolute.
    """

    code: dict[str, set[str]] = field(default_factory=dict)
    """Modules of the project that were loaded, by path, with the units that started in each: qualified names of
    functions and methods that are no part of another function; "" is the module's top level."""

    called: dict[str, set[str]] | None = None
    """Of `code`, the units that started while no module of the project was being executed: by the step, its hooks, the
    loading of its inputs. None where that isn't told apart; then all units count as called. What ran only while a
    module was executed counts only where something else tells that the step depends on it."""

    asked: set[str] = field(default_factory=set)
    """Objects of the project that something looked up by name, as "module:name": see the event `pickle.find_class`."""

    texts: dict[str, str] = field(default_factory=dict)
    """The same paths, with the SHA-256 of the bytes that were compiled."""

    absent_modules: set[str] = field(default_factory=set)
    """Places in the project where the import system looked for a module and found none."""

    files: set[str] = field(default_factory=set)
    """Files that were opened for reading, whether or not they were there."""

    listings: set[str] = field(default_factory=set)
    """Folders that were listed."""

    probes: set[str] = field(default_factory=set)
    """Paths that were asked for (stat, exists, access) and not opened."""

    stamps: dict[str, tuple[int, int, int, int] | None] = field(default_factory=dict)
    """Device, inode, size, time of change (nanoseconds) of a path when it was first opened, listed or asked for; None:
    it was not there."""

    variables: set[str] = field(default_factory=set)
    """Names of environment variables that were read."""

    all_variables: bool = False
    """Whether the environment was read as a whole."""

    modules: set[str] = field(default_factory=set)
    """Top-level names of installed modules that the step's process loaded for it."""

    children: list[Any] = field(default_factory=list)
    """What it started: the `Seen` of a Python child (merged into this one); any other makes this `opaque`."""

    opaque: bool = False
    """Whether a child ran that can't be observed: the run may depend on every file of the project that travels."""

    unobservable: set[str] = field(default_factory=set)
    """What was seen to occur and can't be compared: "clock", "random", "network"."""

    refused: str | None = None
    """Why nothing may be stored of the run: a debugger, a tracer, recording that failed."""
