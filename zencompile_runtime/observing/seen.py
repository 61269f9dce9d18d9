"""What was observed of a step's run, raw: names and paths; `dependencies` makes digests of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

TWICE = "changed"
"""In the place of an answer's digest, where there were two of them."""


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

    fresh: set[str] = field(default_factory=set)
    """Of `code`, the modules that the run itself loaded."""

    asked: set[str] = field(default_factory=set)
    """Objects of the project that something looked up by name, as "module:name": see the event `pickle.find_class`."""

    texts: dict[str, str] = field(default_factory=dict)
    """The same paths, with the SHA-256 of the bytes that were compiled."""

    absent_modules: set[str] = field(default_factory=set)
    """Places in the project where the import system looked for a module and found none, without a suffix: `numpy`
    stands for `numpy.py`, `numpy/__init__.py` and the like."""

    files: set[str] = field(default_factory=set)
    """Files that were opened for reading, whether or not they were there."""

    listings: set[str] = field(default_factory=set)
    """Folders that were listed."""

    listed: dict[str, str | None] = field(default_factory=dict)
    """The same folders, with `listings.digest` of what each held when it was first listed; None for no folder. Unlike
    its stamp it stays when the run leaves bytecode there."""

    probes: set[str] = field(default_factory=set)
    """Paths that were asked for (stat, exists, access) and not opened."""

    modes: set[str] = field(default_factory=set)
    """Paths of which the code asked what it may do with them (`os.access`)."""

    missing: set[str] = field(default_factory=set)
    """Top-level names of modules that were to be imported and that no folder on the path had."""

    times: set[str] = field(default_factory=set)
    """Paths whose size, times and mode the code was told, of those asked for: not by `exists` and the like."""

    stamps: dict[str, tuple[int, int, int, int] | None] = field(default_factory=dict)
    """Device, inode, size, time of change (nanoseconds) of a path when it was first opened, listed or asked for; None:
    it was not there."""

    variables: set[str] = field(default_factory=set)
    """Names of environment variables that were read."""

    all_variables: bool = False
    """Whether the environment was read as a whole."""

    place: bool = False
    """Whether code that ran may tell where the project lies."""

    entries: dict[str, str | None] = field(default_factory=dict)
    """Folders of whose entries the code was told size, times and mode, with what tells these from others."""

    by_value: set[str] = field(default_factory=set)
    """Modules of the project, by path, of whose functions or classes some were stored by all that they are."""

    modules: set[str] = field(default_factory=set)
    """Top-level names of installed modules that the step's process loaded for it."""

    distributions: set[str] = field(default_factory=set)
    """Names of distributions whose metadata was asked for, as by `importlib.metadata.version`."""

    lookups: dict[str, str | None] = field(default_factory=dict)
    """What it was told of the store and of its own run: questions, with digests of their answers. See `asking`."""

    children: list[Any] = field(default_factory=list)
    """What it started, for people to read. A Python child's `Seen` is merged into this one; any other makes this
    `opaque`."""

    opaque: bool = False
    """Whether a child ran that can't be observed: the run may depend on every file of the project that travels."""

    unobservable: set[str] = field(default_factory=set)
    """What was seen to occur and can't be compared: "clock", "random", "network"."""

    refused: str | None = None
    """Why nothing may be stored of the run: a debugger, a tracer, recording that failed."""

    def merge(self, other: Seen) -> None:
        """Add what another process, or an earlier step in this one, saw."""
        for path, units in other.code.items():
            self.code.setdefault(path, set()).update(units)
        for path, text in other.texts.items():
            if self.texts.setdefault(path, text) != text:
                self.refused = self.refused or f"{path} was loaded with different texts"
        if self.called is not None:
            for path, units in (other.code if other.called is None else other.called).items():
                self.called.setdefault(path, set()).update(units)
        for name in _SETS:
            getattr(self, name).update(getattr(other, name))
        for question, answer in other.lookups.items():
            self.look_up(question, answer)
        for name in _TABLES:
            mine = getattr(self, name)
            for key, value in getattr(other, name).items():
                mine.setdefault(key, value)
        self.children += [one for one in other.children if one not in self.children]
        self.all_variables |= other.all_variables
        self.place |= other.place
        self.opaque |= other.opaque
        self.refused = self.refused or other.refused

    def look_up(self, question: str, answer: str | None) -> None:
        """Add what was told. Who is told two different things can't be told both again: that is never the same."""
        if self.lookups.setdefault(question, answer) != answer:
            self.lookups[question] = TWICE

    def to_json(self) -> dict[str, Any]:
        """As JSON can hold it."""
        found: dict[str, Any] = {name: sorted(getattr(self, name)) for name in _SETS}
        found["code"] = {path: sorted(units) for path, units in self.code.items()}
        found["called"] = self.called and {path: sorted(units) for path, units in self.called.items()}
        for name in ("texts", "children", "all_variables", "place", "opaque", "refused", *_TABLES):
            found[name] = getattr(self, name)
        return found

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Seen:
        """Of what `to_json` gave."""
        found = cls(**data)
        for name in _SETS:
            setattr(found, name, set(data[name]))
        found.code = {path: set(units) for path, units in data["code"].items()}
        if data["called"] is not None:
            found.called = {path: set(units) for path, units in data["called"].items()}
        found.stamps = {
            path: None if one is None else (one[0], one[1], one[2], one[3]) for path, one in data["stamps"].items()
        }
        return found


_SETS = (
    "absent_modules",
    "asked",
    "by_value",
    "distributions",
    "files",
    "fresh",
    "listings",
    "missing",
    "modes",
    "modules",
    "probes",
    "times",
    "unobservable",
    "variables",
)
_TABLES = ("entries", "listed", "lookups", "stamps")
