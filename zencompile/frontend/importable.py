"""Whether a program can be imported at all.

The evaluator reads what a pipeline needs and nothing else, so it would never see that another line of the same modules
ends every run before the pipeline begins. Two such mistakes are certain without evaluating anything: a name imported
from a module of the project that has no such name, and a name at a module's top level that nothing binds. Statements
that may not run (in `if`, `try`, loops) and modules that may bind names in ways not seen here count as right.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from typing import TYPE_CHECKING

from zencompile.frontend import stdlib
from zencompile.frontend.evaluator import import_order
from zencompile.frontend.evaluator.scopes import COMPREHENSIONS, effects
from zencompile.frontend.values import Module

if TYPE_CHECKING:
    from zencompile.frontend.evaluator import Evaluator

_MOST_MODULES = 200
"""Modules looked at. What lies deeper is left unchecked: parsing it would take longer than compiling."""

_DYNAMIC = ("globals(", "vars(", "locals(", "exec(", "setattr(", "sys.modules", "__builtins__", "builtins.")
_GIVEN = frozenset(dir(builtins)) | {
    "__annotations__", "__builtins__", "__file__", "__path__", "WindowsError",
    *("BaseExceptionGroup", "ExceptionGroup", "PythonFinalizationError"),  # of newer Pythons than ours may be
    *("dbutils", "display", "get_ipython", "sc", "spark"),  # given by notebooks
}  # fmt: skip


def check(ev: Evaluator, entry: Module) -> bool:
    """Whether the entry module and those that it imports can be imported. The first mistake is reported."""
    queue, known = [entry], {id(entry)}
    for module in queue:
        if module.tree is None or module.broken:
            continue
        if not _names_are_bound(ev, module):
            return False
        for found in _imported(ev, module):
            if found is None:
                return False
            if id(found) not in known and len(queue) < _MOST_MODULES:
                known.add(id(found))
                queue.append(found)
    return True


def _imported(ev: Evaluator, module: Module) -> Iterator[Module | None]:
    """The modules of the project that a module always imports, None where that must fail."""
    for unit in ev.state(module).units:
        node, alias = unit.node, unit.alias
        if not isinstance(node, (ast.Import, ast.ImportFrom)):
            continue
        found = list(import_order.imported(ev, module, node, alias.name if alias is not None else None))
        yield from found
        if isinstance(node, ast.Import) or alias is None or alias.name == "*" or unit.state == 2:
            continue
        source = import_order.source(ev, module, node)
        if not isinstance(source, Module) or source is module or found[-1:] != [source]:
            continue
        if not _has(ev, source, alias.name, set()):
            text = f"cannot import name '{alias.name}' from '{source.name}'"
            ev.report_raised(ev.raised(ImportError(text), alias, ev.state(module).frame))
            yield None


# names


def _has(ev: Evaluator, module: Module, name: str, asked: set[int]) -> bool:
    """Whether a module may have a name."""
    if id(module) in asked:
        return False
    asked.add(id(module))
    if module.broken or module.file is None or module.tree is None:
        return True
    state = ev.state(module)
    if name in state.order or name in state.values or "__getattr__" in state.order or _is_dynamic(module):
        return True
    if name in _globals(module):
        return True
    for unit in state.stars:
        source = import_order.source(ev, module, unit.node)  # type: ignore[arg-type]
        if not isinstance(source, Module):
            listed = stdlib.exported(unit.node.module)  # type: ignore[attr-defined]
            if listed is None or name in listed:
                return True
        elif _has(ev, source, name, asked) or import_order.submodule(ev, source, name) is not None:
            return True
    return False


def _is_dynamic(module: Module) -> bool:
    text = module.file.text if module.file else ""
    return any(mark in text for mark in _DYNAMIC)


def _globals(module: Module) -> set[str]:
    text = module.file.text if module.file else ""
    if "global " not in text or module.tree is None:
        return set()
    return {name for node in ast.walk(module.tree) if isinstance(node, ast.Global) for name in node.names}


def _names_are_bound(ev: Evaluator, module: Module) -> bool:
    state = ev.state(module)
    if _is_dynamic(module):
        return True
    for unit in state.units:
        if unit.alias is not None or (unit.state == 2 and _was_read(unit.node)):
            continue
        for name in _used(unit.node, state.postponed):
            if name.id in _GIVEN or _has(ev, module, name.id, set()):
                continue
            ev.report_raised(ev.raised(NameError(f"name '{name.id}' is not defined"), name, state.frame))
            return False
    return True


def _was_read(node: ast.stmt) -> bool:
    """Whether evaluating a statement read all its names: annotations of functions and methods are left alone."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return bool(node.decorator_list)
    return not isinstance(node, ast.ClassDef)


def _used(node: ast.stmt, postponed: bool) -> Iterator[ast.Name]:
    """The names of the module that a statement reads for certain when it runs. `postponed`: annotations are text."""
    if getattr(node, "type_params", None):
        return
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        arguments = node.args
        yield from _loads([*node.decorator_list, *arguments.defaults, *(d for d in arguments.kw_defaults if d)])
        if not postponed:
            given = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg)
            yield from _loads([a.annotation for a in given if a is not None and a.annotation is not None])
            yield from _loads([node.returns] if node.returns is not None else [])
    elif isinstance(node, ast.ClassDef):
        yield from _loads([*node.decorator_list, *node.bases, *(k.value for k in node.keywords)])
        own = {name for statement in node.body for name in effects(statement)[0]}
        for statement in node.body:
            yield from (name for name in _used(statement, postponed) if name.id not in own)
    elif isinstance(node, ast.AnnAssign):
        yield from _loads([node.value] if node.value is not None else [])
        if not postponed:
            yield from _loads([node.annotation])
    elif isinstance(node, (ast.Assign, ast.Expr)):
        yield from _loads([node.value])
    elif isinstance(node, (ast.For, ast.AsyncFor)):
        yield from _loads([node.iter])


def _loads(expressions: list[ast.expr]) -> Iterator[ast.Name]:
    stack: list[ast.AST] = list(reversed(expressions))
    while stack:
        node = stack.pop()
        kind = node.__class__
        if isinstance(node, ast.Name):
            if isinstance(node.ctx, ast.Load):
                yield node
        elif kind is ast.IfExp:
            stack.append(node.test)  # type: ignore[attr-defined]
        elif kind is ast.BoolOp:
            stack.append(node.values[0])  # type: ignore[attr-defined]
        elif kind is not ast.Lambda and kind not in COMPREHENSIONS:
            stack.extend(reversed(list(ast.iter_child_nodes(node))))
