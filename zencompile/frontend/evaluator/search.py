"""Folders that the program adds to `sys.path` before it imports from there, and modules that a checkout lacks."""

from __future__ import annotations

import ast
from pathlib import Path, PurePath

from zencompile.frontend import libraries
from zencompile.frontend.evaluator.machine import Machine
from zencompile.frontend.values import Module, Placed, Value

_CATCHING = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})


def extend(ev: Machine) -> bool:
    """Let the project's modules be looked up where the program has put folders on `sys.path`; whether any is new."""
    path = list(ev.system_path)
    known = ev.searched_path
    if len(path) == len(known) and all(one is other for one, other in zip(path, known, strict=True)):
        return False
    ev.searched_path = path
    own = ev.project.virtual(ev.project.entry.parent)
    at = next((i for i, one in enumerate(path) if isinstance(one, Placed) and one.inner == own), 0)
    first, later = _folders(ev, path[:at]), _folders(ev, path[at + 1 :])
    return bool(ev.project.extend(first, later))


def _folders(ev: Machine, paths: list[Value]) -> list[Path]:
    named = [path for path in paths if isinstance(path, (str, PurePath, Placed))]
    located = [ev.project.locate(path.inner if isinstance(path, Placed) else str(path)) for path in named]
    return [folder for folder in located if folder is not None and ev.project.disk.is_folder(folder)]


def undecided_library(ev: Machine, node: ast.Try) -> str | None:
    """A library that the body of a `try` imports, if it isn't known whether it is installed where the program runs, and
    a handler takes its absence."""
    if not any(_catches_imports(handler) for handler in node.handlers):
        return None
    for statement in node.body:
        for name in _imported(statement):
            if name not in ev.absent and name not in ev.required and _is_undecided(ev, name):
                return name
    return None


def _imported(statement: ast.stmt) -> list[str]:
    """The first parts of the names that an absolute import asks for."""
    if isinstance(statement, ast.Import):
        return [alias.name.partition(".")[0] for alias in statement.names]
    if isinstance(statement, ast.ImportFrom) and not statement.level:
        return [(statement.module or "").partition(".")[0]]
    return []


def _is_undecided(ev: Machine, name: str) -> bool:
    if libraries.is_stdlib(name) or libraries.is_known(name) or ev.provider.module(name) is not None:
        return False
    return ev.project.find(name, ev.project.entry) is None and not ev.project.declares(name)


def _catches_imports(handler: ast.ExceptHandler) -> bool:
    types = ast.walk(handler.type) if handler.type is not None else ()
    return handler.type is None or any(isinstance(t, ast.Name) and t.id in _CATCHING for t in types)


def may_be_missing(node: ast.AST, module: Module) -> bool:
    """Whether nothing around an import statement catches that there is no such module."""
    for outer in ast.walk(module.tree) if module.tree is not None else ():
        if not isinstance(outer, ast.Try) or not any(map(_catches_imports, outer.handlers)):
            continue
        if any(inner is node for statement in outer.body for inner in ast.walk(statement)):
            return False
    return True
