"""The modules of the project that importing a module runs, found without evaluating them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from zencompile.diagnostics import Severity
from zencompile.frontend.evaluator import modules
from zencompile.frontend.project import STDLIB
from zencompile.frontend.values import MISSING, Module, Raised, Value

if TYPE_CHECKING:
    from zencompile.frontend.evaluator.core import Evaluator


def imported(ev: Evaluator, module: Module, node: ast.Import | ast.ImportFrom, name: str | None) -> Iterator[Module]:
    """The modules that an import statement runs, in order; `name` is the one that a `from` import takes."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            yield from _packages(ev, alias.name, node, module)
        return
    if not node.level:
        yield from _packages(ev, node.module or "", node, module)
    found = source(ev, module, node)
    if isinstance(found, Module):
        yield found
        inner = submodule(ev, found, name, itself=found is module) if name != "*" else None
        if inner is not None:
            yield inner


def source(ev: Evaluator, module: Module, node: ast.ImportFrom) -> Value:
    """What a `from` import takes its names from."""
    return _quietly(ev, lambda: modules.imported_module(ev, node, ev.state(module).frame))


def submodule(ev: Evaluator, package: Module, name: str | None, itself: bool = False) -> Module | None:
    """The module of a package by that name, if the package itself binds no such name (but by importing it `itself`)."""
    if name is None or (name in ev.state(package).order and not itself):
        return None
    found = _quietly(ev, lambda: modules.submodule(ev, package, name))
    return found if isinstance(found, Module) else None


def _packages(ev: Evaluator, dotted: str, node: ast.AST, module: Module) -> Iterator[Module]:
    """The module of a dotted name, and the packages around it: importing runs them all."""
    parts = dotted.split(".")
    if parts[0] in STDLIB or not dotted:
        return
    for end in range(1, len(parts) + 1):
        name = ".".join(parts[:end])
        found = _quietly(ev, lambda n=name: modules.import_name(ev, n, node, ev.state(module).frame))  # type: ignore[misc]
        if isinstance(found, Module):
            yield found


def _quietly(ev: Evaluator, find: Callable[[], Value]) -> Value:
    """What `find` gives. Only errors that it reports stay: a module that can't be read can't be imported either."""
    told = len(ev.report.diagnostics)
    try:
        return find()
    except Raised:
        return MISSING
    finally:
        kept = [d for d in ev.report.diagnostics[told:] if d.severity is Severity.ERROR]
        ev.report.diagnostics[told:] = kept
