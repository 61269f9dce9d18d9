"""What executing a module does beyond binding its names.

A statement that changes a name of its own module belongs to that name. One that changes anything else (another module,
a library's settings, a registry) belongs to every step whose process executes the module.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import NamedTuple

from zencompile.frontend.closures import changes, names
from zencompile.frontend.closures.edges import Edges
from zencompile.frontend.closures.modules import Module, Unit
from zencompile.frontend.closures.resolve import External, Name, Resolver
from zencompile.frontend.project import FRAMEWORKS

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_SIMPLE = frozenset({ast.Name, ast.Constant})
_PLAIN = (ast.Name, ast.Constant, ast.Attribute, ast.Tuple, ast.List, ast.Dict, ast.Set, ast.expr_context)


_VERBS = "seed|set|register|enable|disable|use|configure|init|initialize|install|patch|filterwarnings|simplefilter"
_CHANGING = re.compile(
    rf"(^|_)({_VERBS}|basicConfig|dictConfig|fileConfig|putenv|unsetenv|chdir|umask)(_|$)|^set[a-z]+$"
)
"""What functions of libraries are called that change what these do later."""


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
                if not self._runs_pipeline(unit):
                    self.always.append(unit)
            elif self._may_change(unit):
                self._changes(unit)
        return Effects(tuple(self.always), tuple(self.materializers))

    def _runs_pipeline(self, unit: Unit) -> bool:
        """`training()` at the top level: compile-time code, which does nothing in a step's process."""
        node = unit.node.value if isinstance(unit.node, ast.Expr) else None
        while isinstance(node, (ast.Call, ast.Attribute)):
            node = node.func if isinstance(node, ast.Call) else node.value
        if not isinstance(node, ast.Name):
            return False
        targets = self.resolver.attribute(self.module, node.id)
        return any(
            self.resolver.is_pipeline(u) for t in targets if isinstance(t, Name) for u in t.module.binders(t.name)
        )

    def _may_change(self, unit: Unit) -> bool:
        node = unit.node
        if isinstance(node, ast.ClassDef):
            return bool(node.bases or node.keywords or node.decorator_list) or not all(map(_is_still, node.body))
        if isinstance(node, _FUNCTIONS):
            return any(self.module.keep(d) for d in node.decorator_list) or not _has_still_head(node)
        return True

    def _changes(self, unit: Unit) -> None:
        changed: dict[Name, None] = {}
        for use in unit.names.uses:
            if use.flags & names.LATER or not use.flags & (names.CALLED | names.CHANGED | names.BASE):
                continue
            for target in self.resolver.chain(self.module, use.root, use.attributes):
                if isinstance(target, External):
                    self._outside(unit, use, target)
                if not isinstance(target, Name):
                    continue
                if use.flags & names.CHANGED:
                    changed[target] = None
                    changed.update(dict.fromkeys(changes.others(target, self.resolver)))
                if use.flags & names.CALLED:
                    changed.update(dict.fromkeys(self._changed_by(target)))
                    changed.update(dict.fromkeys(changes.called(use, target, self.resolver)))
                if use.flags & names.BASE and self._notices_subclasses(target):
                    changed[target] = None
                if use.flags & names.BASE:
                    changed.update(dict.fromkeys(self._changed_by(target)))
        changed.update(dict.fromkeys(changes.changed_by_calls(unit, self.resolver)))
        if isinstance(unit.node, ast.ClassDef):
            self._materializer(unit, unit.node)
        self._attach(unit, changed)

    def _outside(self, unit: Unit, use: names.Use, target: External) -> None:
        """A library's state is changed, as far as the name of what is called says so."""
        called = use.flags & names.CALLED and _CHANGING.search(target.path.rpartition(".")[2])
        top = target.path.partition(".")[0]
        if (called or use.flags & names.CHANGED) and top not in FRAMEWORKS and unit not in self.always:
            self.always.append(unit)

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
                changed.update(dict.fromkeys(changes.by_other_name(target, self.resolver)))
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


def _is_still(statement: ast.stmt) -> bool:
    """Whether executing a statement of a class does nothing but bind names of the class."""
    if isinstance(statement, _FUNCTIONS):
        return not statement.decorator_list and _has_still_head(statement)
    if isinstance(statement, ast.Assign):
        return all(isinstance(one, ast.Name) for one in statement.targets) and _is_constant(statement.value)
    if isinstance(statement, ast.AnnAssign):
        value = statement.value is None or _is_constant(statement.value)
        return value and isinstance(statement.target, ast.Name) and _is_plain(statement.annotation)
    return isinstance(statement, ast.Pass) or (isinstance(statement, ast.Expr) and _is_plain(statement.value))


def _is_constant(value: ast.expr) -> bool:
    return not any(isinstance(one, (ast.Name, ast.Call)) for one in ast.walk(value))


def _has_still_head(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether evaluating the defaults and annotations of a function does nothing."""
    given = function.args
    head = [*given.defaults, *given.kw_defaults, function.returns]
    head += [one.annotation for one in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    head += [one.annotation for one in (given.vararg, given.kwarg) if one is not None]
    return all(map(_is_plain, head))


def _is_plain(value: ast.expr | None) -> bool:
    """Whether an expression is made of names and constants alone."""
    if value is None or value.__class__ in _SIMPLE:
        return True
    return all(isinstance(one, _PLAIN) for one in ast.walk(value))


def _associated_types(node: ast.ClassDef) -> list[ast.expr] | None:
    """The elements of `ASSOCIATED_TYPES`; none where it is inherited, None where it is computed."""
    for statement in node.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
        if any(isinstance(t, ast.Name) and t.id == "ASSOCIATED_TYPES" for t in targets):
            value = getattr(statement, "value", None)
            return list(value.elts) if isinstance(value, (ast.Tuple, ast.List)) else None
    return []
