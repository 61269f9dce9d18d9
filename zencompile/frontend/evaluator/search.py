"""Folders that the program adds to `sys.path` before it imports from there, and modules that a checkout lacks."""

from __future__ import annotations

import ast
from pathlib import PurePath

from zencompile.frontend.evaluator.machine import Machine
from zencompile.frontend.values import Module

_CATCHING = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})


def extend(ev: Machine) -> bool:
    """Add the folders that the program has put on `sys.path` to the project's search path; whether any is new."""
    search = ev.project.search
    before = len(search)
    for path in ev.system_path:
        if isinstance(path, (str, PurePath)):
            folder = ev.project.locate(str(path))
            if folder is not None and ev.project.disk.is_folder(folder) and folder not in search:
                search.append(folder)
    return len(search) > before


def may_be_missing(node: ast.AST, module: Module) -> bool:
    """Whether nothing around an import statement catches that there is no such module."""
    for outer in ast.walk(module.tree) if module.tree is not None else ():
        if isinstance(outer, ast.Try) and any(inner is node for s in outer.body for inner in ast.walk(s)):
            for handler in outer.handlers:
                types = ast.walk(handler.type) if handler.type is not None else ()
                if handler.type is None or any(isinstance(t, ast.Name) and t.id in _CATCHING for t in types):
                    return False
    return True
