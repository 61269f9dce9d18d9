"""Containers that other modules fill: registries.

A module is evaluated name by name, as far as somebody asks. Nobody asks for a module that is imported for its effect
alone, such as `@registry.register` above its functions. So before a container of one module is read, the statements of
other modules that change it are evaluated, in the order in which importing the program runs them.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from zencompile.frontend.evaluator import import_order
from zencompile.frontend.evaluator.scopes import DEFINITIONS, Unit, bases_told, changed_inside, roots
from zencompile.frontend.values import Module

if TYPE_CHECKING:
    from zencompile.frontend.evaluator.core import Evaluator

_MOST_MODULES = 300


def fill(ev: Evaluator, module: Module, name: str) -> None:
    """Evaluate what other modules do to a name of this one: not while they are being imported."""
    entry = ev._modules.get(ev.project.entry)
    if entry is None or _imports(ev, entry):
        return
    ev.state(module).settled.add(name)
    if ev.fillers is None:
        ev.fillers = Fillers(ev)
        ev.fillers.visit(entry)
    for other, unit in ev.fillers.of(module, name):
        running = ev.state(other).running
        if unit.state == 0 and not (running and unit.index > running[-1]):
            ev.run_unit(other, unit)


def _imports(ev: Evaluator, entry: Module) -> bool:
    state = ev.state(entry)
    return bool(state.running) and isinstance(state.units[state.running[-1]].node, (ast.Import, ast.ImportFrom))


class Fillers:
    """The statements that may change what another module's name means. They are found in the modules that importing
    the program runs, in the order of running.
    """

    def __init__(self, ev: Evaluator) -> None:
        self.ev = ev
        self.found: dict[tuple[int, str], list[tuple[Module, Unit]]] = {}
        self.known: set[int] = set()
        self.changed: dict[int, set[str]] = {}

    def of(self, module: Module, name: str) -> list[tuple[Module, Unit]]:
        """Those that change what a name of a module means, wherever it was imported from."""
        source, original = self._origin(module, name) or (module, name)
        return self.found.get((id(source), original), [])

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
        for found in import_order.imported(self.ev, module, node, name):
            self.visit(found)

    def _add(self, module: Module, unit: Unit) -> None:
        bases = {name for base in getattr(unit.node, "bases", ()) for name in roots(base)}
        for name, itself in _changes(unit.node) + [(name, True) for name in sorted(bases)]:
            origin = self._origin(module, name)
            if origin is None or origin[0] is module:
                continue
            source, original = origin
            if name in bases and not bases_told(unit.node, source.file.text if source.file else ""):
                continue
            named = {original} if original else _attributes_of(unit.node, name)  # of a module: what is taken from it
            for one in sorted(named) if itself else self._changed_by_functions(source):
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
                source = import_order.source(self.ev, module, unit.node)
                if isinstance(source, Module):
                    inner = import_order.submodule(self.ev, source, unit.alias.name)
                    return (inner, "") if inner is not None else self._origin(source, unit.alias.name, depth + 1)
                return None
        return module, name

    def _star(self, unit: Unit, module: Module, name: str, depth: int) -> tuple[Module, str] | None:
        source = import_order.source(self.ev, module, unit.node)  # type: ignore[arg-type]
        return self._origin(source, name, depth + 1) if isinstance(source, Module) and source is not module else None

    def _changed_by_functions(self, module: Module) -> set[str]:
        known = self.changed.get(id(module))
        if known is None:
            text = module.file.text if module.file else ""
            order = self.ev.state(module).order
            known = self.changed[id(module)] = {n for n in changed_inside(text) if n in order}
        return known


def _attributes_of(node: ast.stmt, name: str) -> set[str]:
    found = (part for part in ast.walk(node) if isinstance(part, ast.Attribute))
    return {part.attr for part in found if isinstance(part.value, ast.Name) and part.value.id == name}


def _changes(node: ast.stmt) -> list[tuple[str, bool]]:
    """Names that a statement uses in order to change something: the value of the name `itself`, or, where the name is
    merely called, whatever its function changes.
    """
    if isinstance(node, DEFINITIONS):
        decorators = [d.func if isinstance(d, ast.Call) else d for d in node.decorator_list]
        return [(name, not isinstance(d, ast.Name)) for d in decorators for name in roots(d)]
    found: list[tuple[str, bool]] = []
    for part in ast.walk(node):
        if isinstance(part, ast.Call):
            found += [(name, not isinstance(part.func, ast.Name)) for name in roots(part.func)]
        elif isinstance(part, (ast.Subscript, ast.Attribute)) and isinstance(part.ctx, (ast.Store, ast.Del)):
            found += [(name, True) for name in roots(part.value)]
    return list(dict.fromkeys(found))
