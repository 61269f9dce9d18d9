"""Modules of the project that this process has loaded: their texts, and what they import."""

from __future__ import annotations

import ast
import hashlib
import os
import sys
from _thread import get_ident
from collections.abc import Iterator
from importlib.machinery import EXTENSION_SUFFIXES, ModuleSpec
from types import CodeType, FunctionType
from typing import Any

from zencompile_runtime.observing import leftover, words
from zencompile_runtime.observing.session import Session, looking, quiet, state
from zencompile_runtime.observing.units import BY_MONITORING, WHOLE, has_mark, rearm

texts: dict[str, str] = {}
"""Absolute paths of files → SHA-256 of the text that was loaded last."""
imports: dict[str, dict[str, list[str]]] = {}
"""The same paths → what each unit says: see `words`."""
twice: set[str] = set()
"""Absolute paths of files that were loaded again with another text."""
_units: dict[str, set[str]] = {}
"""The same paths → units that started while a module was executed: what they did lasts as long as the process."""


def note(path: str, digest: str, imported: dict[str, list[str]], source: bytes) -> None:
    """A file's text is about to be executed."""
    if not BY_MONITORING:
        sources[path] = source
    before = texts.get(path)
    if before is not None and before != digest:
        twice.add(path)
        if state.session is not None:
            doubt(state.session)
    texts[path] = digest
    imports[path] = imported
    if state.session is not None:
        record(state.session, path, "")
        name = state.session.places.relative(path)
        if name is not None:
            state.session.seen.fresh.add(name)


def doubt(session: Session) -> None:
    """Refuse the run if a file of its project was loaded twice: functions of either text may be at work."""
    found = next((path for path in sorted(twice) if session.places.relative(path) is not None), None)
    if found is not None:
        session.refuse(f"{found} was loaded twice with different texts")


def executed(session: Session, path: str) -> None:
    """A file of the project is about to be executed, by something else than our loader: all of its code may run."""
    with quiet():
        try:
            with open(path, "rb") as file:  # noqa: PTH123 (once a module of every step)
                source = file.read()
            imported = words.imports_of(ast.parse(source, path))
        except (OSError, SyntaxError, ValueError, RecursionError):
            session.read(path)
            return
    if session.is_own(path):
        return
    if session.places.relative(path) is None or os.path.realpath(path) != path:
        session.read(path)
        return
    note(path, hashlib.sha256(source).hexdigest(), {WHOLE: sorted(set().union(*imported.values())), **imported}, source)
    record(session, path, WHOLE)


def started(path: str, unit: str) -> None:
    """A unit of a module started."""
    session = looking()
    if session is not None:
        record(session, path, unit)


def record(session: Session, path: str, unit: str) -> None:
    """A unit of a module belongs to what a run depends on."""
    found = session.started.get(path)
    if found is None:
        name = session.places.relative(path)
        if name is None:
            return
        found = session.started[path] = session.seen.code.setdefault(name, {""})
        if path in texts:
            session.seen.texts[name] = texts[path]
    called = bool(unit) and not (state.importing and get_ident() in state.importing)
    name = session.places.relative(path) or path
    if called:
        assert session.seen.called is not None
        session.seen.called.setdefault(name, set()).add(unit)
    else:
        _units.setdefault(path, set()).add(unit)
    found.add(unit)
    session.send("code", name, unit, called, texts.get(path))
    if session.sink is not None:
        session.send("words", imports.get(path, {}).get(unit, []))


def looked_at(session: Session, function: Any) -> None:
    """The code of a function is read: it may run where nobody sees it, and must be what its text says."""
    code = _code_of(function)
    if code is None or code.co_filename not in texts:
        return
    unit = function.__qualname__.partition(".<locals>")[0]
    record(session, code.co_filename, unit)
    if has_mark(code):
        clean = _cleaned(code)
        if clean is not None:
            function.__code__ = clean


def stored(found: Any) -> None:
    """A function or class is stored by all that it is: with its docstring and its annotations."""
    session = state.session
    if session is None:
        return
    code = _code_of(found)
    module = sys.modules.get(found.__module__) if isinstance(found, type) else None
    path = code.co_filename if code is not None else getattr(module, "__file__", None)
    name = session.places.relative(path) if isinstance(path, str) else None
    if name is not None:
        session.add("by_value", name)


def _code_of(function: Any) -> CodeType | None:
    """The code of a function, past our own hook."""
    return function.__code__ if isinstance(function, FunctionType) else None


def _cleaned(code: CodeType) -> CodeType | None:
    """The code without marks, compiled of the same text."""
    path = code.co_filename
    known = _clean.get(path)
    if known is None or known[0] != texts[path]:
        source = sources.get(path)
        if source is None:
            return None
        known = _clean[path] = (texts[path], list(_codes(compile(source, path, "exec", dont_inherit=True))))
    found = [one for one in known[1] if (one.co_name, one.co_firstlineno) == (code.co_name, code.co_firstlineno)]
    return found[0] if len(found) == 1 else None


def _codes(code: CodeType) -> Iterator[CodeType]:
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield one
            yield from _codes(one)


_clean: dict[str, tuple[str, list[CodeType]]] = {}
names: set[str] = set()
"""Names of modules of the project."""
sources: dict[str, bytes] = {}
"""The same paths → what was compiled, where the code that runs has marks."""


def inherit(session: Session, path: str) -> None:
    """A module is there from before the run."""
    record(session, path, "")
    session.started[path].update(_units.get(path, ()))


def absent(path: str) -> None:
    """A module was looked for at a place, a path without a suffix, and there was none."""
    session = looking()
    if session is not None and os.path.dirname(path) == session.places.project:  # noqa: PTH120 (speed)
        session.seek(os.path.basename(path))  # noqa: PTH119 (speed)
    name = session.places.relative(path) if session is not None else None
    if session is not None and name is not None:
        session.add("absent_modules", name)


def found(path: str) -> None:
    """A module was looked for and is there, whether it is loaded or not. A package or an extension of its name that
    came to its side would be found before it.
    """
    session = looking()
    if session is not None:
        base, _ = os.path.splitext(path)  # noqa: PTH122 (speed)
        with quiet():
            for one in (path, f"{base}/__init__.py", *(f"{base}{ending}" for ending in EXTENSION_SUFFIXES)):
                session.probe(one)


def library(path: str) -> None:
    """A module of the project that is no text (an extension, bytecode alone) is about to be loaded."""
    session = looking()
    if session is not None:
        with quiet():
            session.read(path)


class WatchedSpec(ModuleSpec):
    """The spec of a module of the project: the import system notes in it when it executes the module."""

    @property
    def _initializing(self) -> bool:
        return bool(self.__dict__.get("_initializing"))

    @_initializing.setter
    def _initializing(self, value: bool) -> None:
        if value == self._initializing:
            return
        self.__dict__["_initializing"] = value
        if not value:
            leftover.loaded(self.name)
        thread, importing = get_ident(), state.importing
        importing[thread] = importing.get(thread, 0) + (1 if value else -1)
        if importing[thread] <= 0:
            del importing[thread]
            rearm()  # what importing called may yet be called by the step


WatchedSpec.__name__ = WatchedSpec.__qualname__ = ModuleSpec.__name__
WatchedSpec.__module__ = ModuleSpec.__module__
