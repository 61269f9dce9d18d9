"""Folders that the program adds to `sys.path` before it imports from there, and modules that a checkout lacks."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import TYPE_CHECKING

from zencompile.frontend.evaluator.scopes import DEFINITIONS, Unit
from zencompile.frontend.values import Module, Raised, Value

if TYPE_CHECKING:
    from zencompile.frontend.evaluator.core import Evaluator

_ADDING = {"append": 0, "insert": 1, "extend": 0}
"""Methods of `sys.path`, and the position of what they add."""

_WORDS = re.compile(r"\bsys\b|\baddsitedir\b")

_CATCHING = frozenset({"ImportError", "ModuleNotFoundError", "Exception", "BaseException"})


def extend(ev: Evaluator, importer: Module) -> bool:
    """Add the folders that the importer and the entry file put on `sys.path` to the project's search path; whether any
    is new.
    """
    entry = ev._modules.get(ev.project.entry)
    before = len(ev.project.search)
    for module in (importer, entry):
        if module is None or module.tree is None or module.file is None or not _WORDS.search(module.file.text):
            continue
        if module not in ev.extending:
            ev.extending[module] = _changing(ev, module)
            for node in _additions(module.tree.body):
                _add(ev, _texts(ev, node, module), module)
        _run_additions(ev, module)
        _add(ev, [str(p) for p in ev.system_path if isinstance(p, (str, PurePath))], module)
    return len(ev.project.search) > before


def _add(ev: Evaluator, paths: list[str], module: Module) -> None:
    search = ev.project.search
    for path in paths:
        folder = ev.project.locate(path, module.file.location if module.file else None)
        if folder is not None and ev.project.disk.is_folder(folder) and folder not in search:
            search.append(folder)


def _changing(ev: Evaluator, module: Module) -> list[Unit]:
    """The statements that change `sys.path`, or call a function of the module that does."""
    tree = module.tree or ast.Module([], [])
    functions = {n.name for n in ast.walk(tree) if isinstance(n, DEFINITIONS) and _mentions_path(n)}
    found = []
    for unit in ev.state(module).units:
        if not isinstance(unit.node, (ast.Import, ast.ImportFrom, *DEFINITIONS)):
            names = {n.id for n in ast.walk(unit.node) if isinstance(n, ast.Name)}
            if names & functions or _mentions_path(unit.node):
                found.append(unit)
    return found


def _run_additions(ev: Evaluator, module: Module) -> None:
    """Evaluate what changes `sys.path`, as far as the program has got."""
    state = ev.state(module)
    limit = state.running[-1] if state.running else len(state.units)
    for unit in ev.extending[module]:
        if not unit.state and unit.index < limit:
            ev.run_unit(module, unit)


def _mentions_path(node: ast.AST) -> bool:
    return any(
        isinstance(n, ast.Attribute)
        and (n.attr == "addsitedir" or (n.attr == "path" and isinstance(n.value, ast.Name) and n.value.id == "sys"))
        for n in ast.walk(node)
    )


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
