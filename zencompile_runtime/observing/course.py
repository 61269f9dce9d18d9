"""Beginning to observe and ending it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

from zencompile_runtime import module_table
from zencompile_runtime.module_table import ModuleTable
from zencompile_runtime.observing import (
    auditing,
    children,
    leftover,
    loaded,
    log_formats,
    native,
    probing,
    tampering,
    units,
    variables,
    words,
)
from zencompile_runtime.observing.places import Places, is_installed, is_runtime, is_standard
from zencompile_runtime.observing.seen import Seen
from zencompile_runtime.observing.session import Session, state


def prepare() -> None:
    """What is the same for every run: the hooks are put in, and do nothing yet."""
    if _prepared:
        return
    _prepared.append(True)
    auditing.install()
    children.install()
    units.tell(loaded.started)


def begin(project: str, ignored: Iterable[str] = (), last: bool = False) -> None:
    """Observe from now on; `project` is the source root, `ignored` are folders that are no matter, such as the store.

    A run that was observed before and has no end is forgotten. After the `last` one this process observes no other.
    """
    prepare()
    ignored = tuple(ignored)
    session = Session(Places(project, ignored))
    session.last = last
    session.before = module_table.now()
    _inherit(session)
    leftover.inherit(session)
    tampering.before(session)
    if not native.LIBRARIES.isdisjoint(session.before.names):
        native.begin(session)
    children.announce(session, ignored)
    units.rearm()
    variables.watch()
    probing.watch()
    log_formats.watch(session)
    state.session = session


def end() -> Seen:
    """End it: what was seen. An empty `Seen` that is refused, if nothing is observed."""
    session = state.session
    if session is None:
        return Seen(refused="nothing was observed")
    tampering.after(session)
    state.session = None
    variables.release()
    probing.release()
    log_formats.release()
    children.withdraw()
    processes = children.adopt(session)
    _modules(session)
    native.end(session, processes)
    session.seen.probes -= session.seen.files
    leftover.remember(session, processes)
    return session.seen


_prepared: list[bool] = []


def _inherit(session: Session) -> None:
    """What this process loaded before counts: its top levels, and what they saw."""
    seen, places = session.seen, session.places
    seen.merge(state.lasting)
    loaded.doubt(session)
    for name in _unknown(session.before):
        path = getattr(sys.modules[name], "__file__", None)
        if not isinstance(path, str) or is_runtime(path) or places.relative(path) is None:
            _others.add(name)
        elif path in loaded.texts:
            loaded.inherit(session, path)
        elif places.counts(path):
            session.read(path)


_OF_INSTALLERS = ("_distutils_hack", "__editable__")
"""How modules are called that installers have every Python load when it starts."""
_others: set[str] = set()
"""Names of modules that are no part of a project."""
_all_others: list[ModuleTable] = []
"""Modules of a moment, none of which was."""


def _unknown(before: ModuleTable) -> frozenset[str]:
    """The modules that may be part of a project."""
    if _all_others and _all_others[0] is before:
        return frozenset()
    found = before.names - _others
    if not found:
        _all_others[:] = [before]
    return found


def _modules(session: Session) -> None:
    """The libraries that the run loaded, or had at hand and names."""
    came = session.before.came()
    for name in sys.modules.keys() - session.before.names if came is None else came:
        if "." not in name:
            _library(session, name)
    for name in [one for one in session.sought if one not in sys.modules]:
        children.sought(session, name)
    state.lasting.missing |= session.seen.missing
    _folders(session)
    named = set(session.words)
    for path, units_of in session.started.items():
        imported = loaded.imports.get(path, {})
        for unit in units_of:
            named.update(imported.get(unit, ()))
    session.seen.unobservable.update(words.found(named))
    if words.ZONE in named and "TZ" not in session.assigned:
        session.seen.variables.add("TZ")
    if words.LOCALE in named:
        session.seen.variables.update(name for name in words.LOCALES if name not in session.assigned)
    session.seen.all_variables |= words.ENVIRONMENT in named
    if words.BLIND in named:  # no event tells of the programs that these start
        session.unknown()
    session.seen.place |= words.PLACE in named
    if words.tells_lines(named):
        for path in session.seen.code:
            session.read(f"{session.places.project}/{path}")
    if words.ANY in named:
        named = set(sys.modules)
    for name in {one.partition(".")[0] for one in named}:
        if name in session.before.names:
            _library(session, name)


def _folders(session: Session) -> None:
    """Where no file is a module, a folder may be one, or another part of one: whether it is there counts."""
    for path in session.seen.absent_modules:
        parts = path.split("/")
        names = (".".join(parts[start:]) for start in range(len(parts)))
        if not any(getattr(sys.modules.get(name), "__file__", None) for name in names):
            session.probe(f"{session.places.project}/{path}")


def _library(session: Session, name: str) -> None:
    """Note a top-level module, if it is a library; where it is a folder on the path, its own file besides."""
    module = sys.modules.get(name)
    path = getattr(module, "__file__", None) or next(iter(getattr(module, "__path__", ())), None)
    if not isinstance(path, str) or is_standard(path) or is_runtime(path) or name.startswith(_OF_INSTALLERS):
        return
    if is_installed(path):
        session.seen.modules.add(name)
        return
    path = os.path.normpath(path)
    if session.places.relative(path) is None:
        if name == "__main__":
            return  # what runs the steps
        session.seen.modules.add(name)
        if getattr(module, "__file__", None):
            session.read(path)
