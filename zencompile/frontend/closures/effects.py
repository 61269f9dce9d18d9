"""What executing a module does beyond binding its names, as far as the names that it says tell.

A statement that changes a name of its own module belongs to that name. One that changes anything else (another module,
a library's settings, a registry) belongs to every step whose process executes the module. What names don't tell, such
as changes under another name, is no matter here: where a module isn't `inert`, all that it executes counts for the
cache.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import NamedTuple

from zencompile.frontend.closures import names
from zencompile.frontend.closures.edges import Edges
from zencompile.frontend.closures.modules import Module, Unit
from zencompile.frontend.closures.resolve import External, Name, Resolver
from zencompile.frontend.project import FRAMEWORKS

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Effects(NamedTuple):
    """`always` counts wherever the module is executed; a materializer only where one of its types is reached."""

    always: tuple[Unit, ...]
    materializers: tuple[tuple[Unit, frozenset[Name | str]], ...]


def effects_of(module: Module, resolver: Resolver, edges: Callable[[Unit], Edges]) -> Effects:
    """The effects of a module. Statements that change the module's own names through calls are attached to those."""
    return _Effects(module, resolver, edges).made()


class _Effects:
    def __init__(self, module: Module, resolver: Resolver, edges: Callable[[Unit], Edges]) -> None:
        self.module = module
        self.resolver = resolver
        self.edges = edges
        self.always: list[Unit] = []
        self.materializers: list[tuple[Unit, frozenset[Name | str]]] = []

    def made(self) -> Effects:
        for unit in self.module.units:
            if unit.effect:
                if not self.resolver.runs_pipeline(unit):
                    self.always.append(unit)
            elif self._may_change(unit):
                self._changes(unit)
        return Effects(tuple(self.always), tuple(self.materializers))

    def _may_change(self, unit: Unit) -> bool:
        """Whether executing it may run code of the project that changes what other statements bind."""
        node = unit.node
        if isinstance(node, ast.ClassDef):
            return bool(node.bases or node.keywords or node.decorator_list)
        if isinstance(node, _FUNCTIONS):
            return any(self.module.keep(d) for d in node.decorator_list)
        return True

    def _changes(self, unit: Unit) -> None:
        changed: dict[Name, None] = {}
        for use in unit.names.uses:
            if use.flags & names.LATER or not use.flags & (names.CALLED | names.CHANGED | names.BASE):
                continue
            for target in self.resolver.chain(self.module, use.root, use.attributes):
                if not isinstance(target, Name):
                    continue
                if use.flags & names.CHANGED:
                    changed[target] = None
                if use.flags & names.CALLED:
                    changed.update(dict.fromkeys(self._changed_by(target)))
                if use.flags & names.BASE and self._notices_subclasses(target):
                    changed[target] = None
                if use.flags & names.BASE:
                    changed.update(dict.fromkeys(self._changed_by(target)))
        if isinstance(unit.node, ast.ClassDef):
            self._materializer(unit, unit.node)
        self._attach(unit, changed)

    def _attach(self, unit: Unit, changed: dict[Name, None]) -> None:
        for target in changed:
            if target.module is not self.module:
                if unit not in self.always:
                    self.always.append(unit)
            elif unit not in self.module.group(target.name):
                self.module.attached.setdefault(target.name, []).append(unit)

    def _changed_by(self, called: Name) -> dict[Name, None]:
        """The names that calling a definition of the project may change."""
        changed: dict[Name, None] = {}
        seen: set[Unit] = set()
        todo = list(called.module.binders(called.name))
        while todo:
            unit = todo.pop()
            if unit in seen or self.resolver.is_pipeline(unit):
                continue
            seen.add(unit)
            edges = self.edges(unit)
            changed.update(dict.fromkeys(sorted(edges.changed, key=lambda t: (t.module.path, t.name))))
            for target in edges.targets:
                todo.extend(target.module.binders(target.name))
        return changed

    def _notices_subclasses(self, base: Name) -> bool:
        """Whether a class, or one above it, hears of its subclasses when they are defined."""
        todo = [base]
        seen = {base}
        while todo:
            current = todo.pop()
            for unit in current.module.binders(current.name):
                if not isinstance(unit.node, ast.ClassDef):
                    continue
                if self._hears(unit, unit.node):
                    return True
                above = [t for use in unit.names.uses if use.flags & names.BASE for t in self._targets(unit, use)]
                todo.extend(target for target in above if target not in seen)
                seen.update(above)
        return False

    def _hears(self, unit: Unit, node: ast.ClassDef) -> bool:
        hooks = any(isinstance(s, ast.FunctionDef) and s.name == "__init_subclass__" for s in node.body)
        return hooks or any(k.arg == "metaclass" and self._is_own(unit.module, k.value) for k in node.keywords)

    def _targets(self, unit: Unit, use: names.Use) -> list[Name]:
        return [t for t in self.resolver.chain(unit.module, use.root, use.attributes) if isinstance(t, Name)]

    def _is_own(self, module: Module, node: ast.expr) -> bool:
        found = names.chain(node)
        return bool(found) and any(isinstance(t, Name) for t in self.resolver.chain(module, *found))  # type: ignore[misc]

    # -- materializers register themselves for their types when their module is executed

    def _materializer(self, unit: Unit, node: ast.ClassDef) -> None:
        if not self._is_materializer(self.module, node):
            return
        types = _associated_types(node)
        if types is None:
            self.always.append(unit)
            return
        keys: set[Name | str] = set()
        for item in types:
            found = names.chain(item)
            targets = self.resolver.chain(self.module, *found) if found else []
            if not targets:  # a builtin: any step may return one
                self.always.append(unit)
                return
            keys.update(t.path if isinstance(t, External) else t for t in targets if not isinstance(t, Module))
        if keys:
            self.materializers.append((unit, frozenset(keys)))

    def _is_materializer(self, module: Module, node: ast.ClassDef, seen: frozenset[ast.ClassDef] = frozenset()) -> bool:
        """Whether a class of a module has the framework's materializer among its bases. `seen` are on the way here:
        a class may have an earlier one of its own name as base."""
        seen |= {node}
        for base in node.bases:
            found = names.chain(base)
            for target in self.resolver.chain(module, *found) if found else ():
                if isinstance(target, External):
                    if target.path.partition(".")[0] in FRAMEWORKS and target.path.endswith("Materializer"):
                        return True
                elif isinstance(target, Name):
                    found_here = [unit.node for unit in target.module.binders(target.name)]
                    classes = [c for c in found_here if isinstance(c, ast.ClassDef) and c not in seen]
                    seen |= set(classes)
                    if any(self._is_materializer(target.module, c, seen) for c in classes):
                        return True
        return False


def _associated_types(node: ast.ClassDef) -> list[ast.expr] | None:
    """The elements of `ASSOCIATED_TYPES`; none where it is inherited, None where it is computed."""
    for statement in node.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        if any(isinstance(t, ast.Name) and t.id == "ASSOCIATED_TYPES" for t in targets):
            value = getattr(statement, "value", None)
            return list(value.elts) if isinstance(value, (ast.Tuple, ast.List)) else None
    return []
