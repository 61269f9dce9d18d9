"""Modules of the project that this process has loaded: their texts, and what they import."""

from __future__ import annotations

import ast

from zencompile_runtime.observing.seen import Seen
from zencompile_runtime.observing.session import Session, looking, state
from zencompile_runtime.observing.units import definitions

VERSION = 1
"""Changes with what the loader keeps of a module."""

ANY = "*"
"""Stands among the imports of code that may import what it doesn't name."""

_DYNAMIC = frozenset({"import_module", "__import__", "modules", "find_spec", "exec", "eval", "load_module"})

texts: dict[str, str] = {}
"""Absolute paths of files → SHA-256 of the text that was loaded last."""
imports: dict[str, dict[str, list[str]]] = {}
"""The same paths → what each unit imports: full names of modules, and ANY."""
lasting = Seen()
"""What modules of this process saw when they were executed: it counts for all that run in it later."""


def note(path: str, digest: str, imported: dict[str, list[str]]) -> None:
    """A file's text is about to be executed."""
    before = texts.get(path)
    if before is not None and before != digest:
        reason = f"{path} was loaded twice with different texts"
        lasting.refused = lasting.refused or reason
        session = state.session
        if session is not None:
            session.seen.refused = session.seen.refused or reason
    texts[path] = digest
    imports[path] = imported
    if state.session is not None:
        record(state.session, path, "")


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
    found.add(unit)


def imports_of(tree: ast.Module) -> dict[str, list[str]]:
    """What each unit of a module imports, and under "" what importing the module does."""
    found: dict[str, set[str]] = {}
    inside: set[ast.AST] = set()
    for node, name in definitions(tree):
        found.setdefault(name, set()).update(_named(node))
        inside.add(node)
    top: set[str] = set()
    todo: list[ast.AST] = [tree]
    while todo:
        one = todo.pop()
        if one not in inside:
            _add(one, top)
            todo.extend(ast.iter_child_nodes(one))
    found[""] = top
    return {name: sorted(names) for name, names in found.items() if names}


def _named(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        _add(node, found)
    return found


def _add(node: ast.AST, found: set[str]) -> None:
    if isinstance(node, ast.Import):
        found.update(alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        if node.level == 0 and node.module:
            found.add(node.module)
    elif isinstance(node, (ast.Name, ast.Attribute)):
        name = node.id if isinstance(node, ast.Name) else node.attr
        if name in _DYNAMIC:
            found.add(ANY)
