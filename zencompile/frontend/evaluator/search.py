"""Folders that the program adds to `sys.path` before it imports from there, and modules that a checkout lacks."""

from __future__ import annotations

import ast
from pathlib import Path, PurePath

from zencompile.frontend.evaluator.machine import Machine
from zencompile.frontend.values import Module, Value

_CATCHING = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})


def extend(ev: Machine) -> bool:
    """Let the project's modules be looked up where the program has put folders on `sys.path`; whether any is new."""
    path = list(ev.system_path)
    known = ev.searched_path
    if len(path) == len(known) and all(one is other for one, other in zip(path, known, strict=True)):
        return False
    ev.searched_path = path
    own = ev.project.virtual(ev.project.entry.parent)
    at = next((i for i, one in enumerate(path) if isinstance(one, (str, PurePath)) and str(one) == own), 0)
    first, later = _folders(ev, path[:at]), _folders(ev, path[at + 1 :])
    return bool(ev.project.extend(first, later))


def _folders(ev: Machine, paths: list[Value]) -> list[Path]:
    texts = [str(path) for path in paths if isinstance(path, (str, PurePath))]
    located = [ev.project.locate(text) for text in texts]
    return [folder for folder in located if folder is not None and ev.project.disk.is_folder(folder)]


def may_be_missing(node: ast.AST, module: Module) -> bool:
    """Whether nothing around an import statement catches that there is no such module."""
    for outer in ast.walk(module.tree) if module.tree is not None else ():
        if isinstance(outer, ast.Try) and any(inner is node for s in outer.body for inner in ast.walk(s)):
            for handler in outer.handlers:
                types = ast.walk(handler.type) if handler.type is not None else ()
                if handler.type is None or any(isinstance(t, ast.Name) and t.id in _CATCHING for t in types):
                    return False
    return True
