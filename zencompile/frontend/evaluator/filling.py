"""Containers that other modules fill: registries.

A module is evaluated name by name, as far as somebody asks. Nobody asks for a module that is imported for its effect
alone, such as `@registry.register` above its functions. So before a container of one module is read, the statements of
other modules that change it are evaluated, in the order in which importing the program runs them.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from zencompile.frontend.evaluator import reached
from zencompile.frontend.evaluator.scopes import DEFINITIONS, Unit, changed_inside, roots
from zencompile.frontend.values import Module

if TYPE_CHECKING:
    from zencompile.frontend.evaluator.core import Evaluator

Fillers = dict[tuple[int, str], list[tuple[Module, Unit]]]
"""By module (its id) and name: the statements of other modules that may change what the name means."""

_MOST_MODULES = 300


def fill(ev: Evaluator, module: Module, name: str) -> None:
    """Evaluate what other modules do to a name of this one."""
    if ev.fillers is None:
        ev.fillers = {}
        entry = ev._modules.get(ev.project.entry)
        if entry is not None:
            _Finder(ev, ev.fillers).visit(entry)
    for other, unit in ev.fillers.get((id(module), name), ()):
        if unit.state == 0:
            ev.run_unit(other, unit)


class _Finder:
    """Walks the modules that importing the program runs, each once, in the order of their statements."""

    def __init__(self, ev: Evaluator, found: Fillers) -> None:
        self.ev = ev
        self.found = found
        self.known: set[int] = set()
        self.changed: dict[int, set[str]] = {}

    def visit(self, module: Module) -> None:
        if id(module) in self.known or len(self.known) >= _MOST_MODULES or module.tree is None or module.file is None:
            return
        self.known.add(id(module))
        for unit in self.ev.state(module).units:
            node = unit.node
            if unit.alias is not None and isinstance(node, ast.ImportFrom):
                self._follow(module, node, unit.alias.name)
            elif isinstance(node, (ast.Try, ast.If, ast.Import)):
                for inner in ast.walk(node):
                    if isinstance(inner, ast.Import):
                        self._follow(module, inner, None)
                    elif isinstance(inner, ast.ImportFrom):
                        for alias in inner.names:
                            self._follow(module, inner, alias.name)
            if not isinstance(node, (ast.Import, ast.ImportFrom)):
                self._add(module, unit)

    def _follow(self, module: Module, node: ast.Import | ast.ImportFrom, name: str | None) -> None:
        for found in reached.imported(self.ev, module, node, name):
            self.visit(found)

    def _add(self, module: Module, unit: Unit) -> None:
        for name, called in _changes(unit.node):
            origin = self._origin(module, name)
            if origin is None or origin[0] is module:
                continue
            source, original = origin
            names = {original} | (self._changed_by_functions(source) if called else set())
            for one in names:
                self.found.setdefault((id(source), one), []).append((module, unit))

    def _origin(self, module: Module, name: str, depth: int = 0) -> tuple[Module, str] | None:
        """Where a name was defined, through imports."""
        if depth > 8:
            return None
        state = self.ev.state(module)
        if name not in state.order:
            return next((o for o in (self._star(u, module, name, depth) for u in state.stars) if o is not None), None)
        for unit in state.needs[name]:
            if unit.alias is not None and isinstance(unit.node, ast.ImportFrom):
                source = reached.source(self.ev, module, unit.node)
                if isinstance(source, Module):
                    inner = reached.submodule(self.ev, source, unit.alias.name)
                    return (inner, "") if inner is not None else self._origin(source, unit.alias.name, depth + 1)
                return None
        return module, name

    def _star(self, unit: Unit, module: Module, name: str, depth: int) -> tuple[Module, str] | None:
        source = reached.source(self.ev, module, unit.node)  # type: ignore[arg-type]
        return self._origin(source, name, depth + 1) if isinstance(source, Module) and source is not module else None

    def _changed_by_functions(self, module: Module) -> set[str]:
        known = self.changed.get(id(module))
        if known is None:
            text = module.file.text if module.file else ""
            order = self.ev.state(module).order
            known = self.changed[id(module)] = {n for n in changed_inside(text) if n in order}
        return known


def _changes(node: ast.stmt) -> list[tuple[str, bool]]:
    """Names whose value a statement may change, each with whether it is called: its function may change others."""
    found: list[tuple[str, bool]] = []
    if isinstance(node, DEFINITIONS):
        for decorator in node.decorator_list:
            inner = decorator.func if isinstance(decorator, ast.Call) else decorator
            found += [(name, True) for name in roots(inner)]
        return found
    for part in ast.walk(node):
        if isinstance(part, ast.Call):
            found += [(name, True) for name in roots(part.func)]
        elif isinstance(part, (ast.Subscript, ast.Attribute)) and isinstance(part.ctx, (ast.Store, ast.Del)):
            found += [(name, False) for name in roots(part.value)]
    return list(dict.fromkeys(found))
