"""Folders that the program adds to `sys.path` before it imports from there, and modules that a checkout lacks."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from zencompile.frontend.values import Module, Raised, Value

if TYPE_CHECKING:
    from zencompile.frontend.evaluator.core import Evaluator

_ADDING = {"append": 0, "insert": 1, "extend": 0}
"""Methods of `sys.path`, and the position of what they add."""

_CATCHING = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})


def extend(ev: Evaluator, importer: Module) -> bool:
    """Add the folders that the importer and the entry file put on `sys.path` to the project's search path; whether any
    is new.
    """
    entry = ev._modules.get(ev.project.entry)
    before = len(ev.project.search)
    for module in (importer, entry):
        if module is not None and module not in ev.extending:
            ev.extending.append(module)
            _extend(ev, module)
    return len(ev.project.search) > before


def _extend(ev: Evaluator, module: Module) -> None:
    search = ev.project.search
    for node in _additions(module.tree.body if module.tree is not None else []):
        for path in _texts(ev, node, module):
            folder = ev.project.locate(path, module.file.location if module.file else None)
            if folder is not None and folder.is_dir() and folder not in search:
                search.append(folder)


def _additions(body: list[ast.stmt]) -> Iterator[ast.expr]:
    for statement in body:
        if isinstance(statement, (ast.If, ast.Try, ast.With)):
            yield from _additions([child for child in ast.iter_child_nodes(statement) if isinstance(child, ast.stmt)])
        elif isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
            call = statement.value
            if isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) in ("sys.path", "path"):
                position = _ADDING.get(call.func.attr)
                if position is not None and len(call.args) > position:
                    yield call.args[position]


def _texts(ev: Evaluator, node: ast.expr, module: Module) -> list[str]:
    try:
        value: Value = ev.eval(node, ev.state(module).frame)
    except Raised:
        return []
    found = value if isinstance(value, list) else [value]
    return [str(ev.plain(v, ev.context(module, node))) for v in found]


def may_be_missing(node: ast.AST, module: Module) -> bool:
    """Whether nothing around an import statement catches that there is no such module."""
    for outer in ast.walk(module.tree) if module.tree is not None else ():
        if isinstance(outer, ast.Try) and any(inner is node for s in outer.body for inner in ast.walk(s)):
            for handler in outer.handlers:
                types = ast.walk(handler.type) if handler.type is not None else ()
                if handler.type is None or any(isinstance(t, ast.Name) and t.id in _CATCHING for t in types):
                    return False
    return True
