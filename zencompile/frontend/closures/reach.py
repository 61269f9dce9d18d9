"""The closure of a step: everything of the project that its process may execute on its behalf."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from zencompile.frontend.closures import names, ways, widen
from zencompile.frontend.closures.edges import Edges, edges_of
from zencompile.frontend.closures.effects import Effects, effects_of
from zencompile.frontend.closures.inert import Inert
from zencompile.frontend.closures.modules import Module, Unit
from zencompile.frontend.closures.resolve import External, Name, Resolver, Target
from zencompile.frontend.closures.widen import Widening
from zencompile.frontend.libraries import FRAMEWORKS, STDLIB
from zencompile_runtime.naming import is_calm


class Reached(NamedTuple):
    """What a step reaches: statements in the order of their keys, modules that are executed, what lies outside."""

    units: tuple[Unit, ...]
    executed: frozenset[Module]
    externals: frozenset[str]
    widened: tuple[Widening, ...]


class _Base(NamedTuple):
    """What executing a module brings along."""

    modules: frozenset[Module]
    effects: tuple[Unit, ...]
    materializers: tuple[tuple[Unit, frozenset[Name | str]], ...]


class Graph:
    """Statements and where they lead; each is looked at once, whatever the number of steps."""

    def __init__(self, resolver: Resolver) -> None:
        self.resolver = resolver
        self.inert = Inert(resolver)
        self._edges: dict[Unit, Edges] = {}
        self._effects: dict[Module, Effects] = {}
        self._bases: dict[Module, _Base] = {}
        self._orders: dict[Module, tuple[str, ...]] = {}
        self._ways: dict[Module, dict[str, str]] = {}
        self._pipelines: dict[Unit, bool] = {}
        self._reading: dict[Unit, bool] = {}
        self._everything: Reached | None = None

    def edges(self, unit: Unit) -> Edges:
        known = self._edges.get(unit)
        if known is None:
            known = self._edges[unit] = edges_of(unit, self.resolver)
        return known

    def reads(self, unit: Unit) -> bool:
        """Whether code may read docstrings and annotations of functions and classes, whichever these are."""
        known = self._reading.get(unit)
        if known is None:
            edges = self.edges(unit)
            known = edges.reads_docs or unit.says.reads or not all(map(_is_calm, edges.externals))
            self._reading[unit] = known
        return known

    def is_pipeline(self, unit: Unit) -> bool:
        known = self._pipelines.get(unit)
        if known is None:
            known = self._pipelines[unit] = self.resolver.is_pipeline(unit)
        return known

    def base(self, module: Module) -> _Base:
        known = self._bases.get(module)
        if known is None:
            modules = self.resolver.executed(module)
            effects = [self._effects_of(m) for m in modules]
            known = self._bases[module] = _Base(
                frozenset(modules),
                tuple(unit for e in effects for unit in e.always),
                tuple(m for e in effects for m in e.materializers),
            )
        return known

    def order(self, module: Module) -> tuple[str, ...]:
        """What executing a module does beyond binding its names, in order, where modules that it imports do so, too."""
        known = self._orders.get(module)
        if known is None:
            found = tuple(self._order(module))
            imports = any(one.startswith("import ") for one in found)
            known = self._orders[module] = found if imports and len(found) > 1 else ()
        return known

    def ways(self, reached: Reached) -> Iterator[str]:
        """In which order the names that code means are bound, where that is done in several ways."""
        found = {module: self._several(module) for module in reached.executed}
        if not any(found.values()):
            return
        names_said = ways.said(reached.units, reached.executed)
        for module, several in found.items():
            for name, order in several.items():
                if reached.widened or name in names_said:
                    yield f"{module.path} {name} {order}"

    def _several(self, module: Module) -> dict[str, str]:
        known = self._ways.get(module)
        if known is None:
            known = self._ways[module] = ways.several(module, self.resolver)
        return known

    def _order(self, module: Module) -> Iterator[str]:
        effects = {id(unit.node): unit for unit in self._effects_of(module).always}
        for node in module.tree.body:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                for target in names.executed(node):
                    loaded = self.resolver.loaded(module, target)
                    if any(self.base(one).effects for one in loaded if one is not module):
                        yield f"import {self.resolver.absolute(module, target)}:{target.name}"
            elif id(node) in effects:
                yield effects[id(node)].digest

    def _effects_of(self, module: Module) -> Effects:
        known = self._effects.get(module)
        if known is None:
            known = self._effects[module] = effects_of(module, self.resolver, self.edges)
        return known

    def everything(self) -> Reached:
        """All code of the project, for steps that may reach any of it."""
        if self._everything is None:
            modules = widen.every(self.resolver.project.root, self.resolver)
            units = [unit for module in modules for unit in module.units if not self.is_pipeline(unit)]
            externals = frozenset(path for unit in units for path in self.edges(unit).externals)
            self._everything = Reached(tuple(sorted(units, key=_order)), frozenset(modules), externals, ())
        return self._everything

    def reach(
        self, module: Module, roots: Iterable[Target], materializers: bool = True, by_name: bool = False
    ) -> Reached:
        """Everything that `roots` lead to, in a process that executes `module`; only what is named where `by_name`."""
        return _Walk(self, module, materializers, by_name).run(roots)


def _is_calm(path: str) -> bool:
    top = path.partition(".")[0]
    return top not in STDLIB or top in FRAMEWORKS or is_calm(path)


class _Walk:
    """One search through the graph."""

    def __init__(self, graph: Graph, module: Module, materializers: bool, by_name: bool) -> None:
        self.graph = graph
        self.by_name = by_name
        self.with_materializers = materializers
        self.units: set[Unit] = set()
        self.todo: list[Unit] = []
        self.names: set[Name] = set()
        self.executed: set[Module] = set()
        self.materializers: dict[Unit, frozenset[Name | str]] = {}
        self.externals: set[str] = set()
        self.whole: set[Module] = set()
        self.widened: list[Widening] = []
        self.subclasses = False
        self.all = False
        self.execute(module)

    def run(self, roots: Iterable[Target]) -> Reached:
        for root in roots:
            self.target(root)
        self._drain()
        while self._more():
            self._drain()
        widened = tuple(sorted(self.widened, key=lambda w: (w.text, w.code)))
        if self.all:
            return self.graph.everything()._replace(widened=widened)
        units = tuple(sorted(self.units, key=_order))
        return Reached(units, frozenset(self.executed), frozenset(self.externals), widened)

    def execute(self, module: Module) -> None:
        if module in self.executed:
            return
        base = self.graph.base(module)
        self.executed |= base.modules
        self.todo.extend(base.effects)
        if self.with_materializers:
            self.materializers.update(base.materializers)

    def target(self, target: Target) -> None:
        if isinstance(target, Name):
            if target not in self.names:
                self.names.add(target)
                self.execute(target.module)
                self.todo.extend(target.module.group(target.name))
        elif isinstance(target, Module):
            self.module(target)
        else:
            self.externals.add(target.path)

    def module(self, module: Module) -> None:
        """All of a module, what it imports included."""
        if module in self.whole:
            return
        self.whole.add(module)
        self.execute(module)
        self.todo.extend(module.units)
        for name in module.aliases:
            for target in self.graph.resolver.attribute(module, name):
                if isinstance(target, Name):
                    self.target(target)
        for star in module.stars:
            source = self.graph.resolver.find(self.graph.resolver.absolute(module, star), module)
            if source is not None:
                self.module(source)

    def _drain(self) -> None:
        todo, units, graph = self.todo, self.units, self.graph
        while todo:
            unit = todo.pop()
            if unit in units or graph.is_pipeline(unit):
                continue
            units.add(unit)
            self._follow(unit, graph.edges(unit))

    def _follow(self, unit: Unit, edges: Edges) -> None:
        if unit.module not in self.executed:
            self.execute(unit.module)
        for target in edges.targets:
            if target not in self.names:
                self.target(target)
        self.externals.update(edges.externals)
        for module in edges.modules:
            self.execute(module)
        if edges.reads_text:
            what = "the source text is read"
            self.widened.append(widen.why("ZC0604", what, "every character of the reached files", unit, unit.node))
        for module, use in edges.whole:
            covers = f"the module `{module.name}`"
            self.widened.append(widen.why("ZC0602", "a module is used as an object", covers, unit, use.node))
            if self.by_name:
                self.execute(module)
                continue
            for below in widen.below(module, self.graph.resolver):
                self.module(below)
        for item in edges.dynamic:
            if item.kind == "subclasses":
                self.subclasses = True
                continue
            wider = widen.dynamic(item, unit, self.graph.resolver)
            self.externals.update(wider.outside)
            if wider.told is not None:
                self.widened.append(wider.told)
            self.all = self.all or (wider.modules is None and not self.by_name)
            for module in () if self.by_name else wider.modules or ():
                self.module(module)

    def _more(self) -> bool:
        """What belongs to the closure because of what else does. True if there is something new."""
        for unit, types in list(self.materializers.items()):
            if any(t in self.externals if isinstance(t, str) else t in self.names for t in types):
                del self.materializers[unit]
                self.todo.append(unit)
        if self.subclasses:
            for module in self.executed:
                self.todo.extend(u for u in module.units if isinstance(u.node, ast.ClassDef) and u.node.bases)
        self.todo = [unit for unit in self.todo if unit not in self.units]
        return bool(self.todo)


def _order(unit: Unit) -> tuple[str, str, int]:
    return unit.key, unit.module.path, unit.index


def roots_of(resolver: Resolver, module: Module, qualname: str) -> Sequence[Target]:
    """The definition that a qualified name of a module means: for one inside another, the outermost."""
    return resolver.attribute(module, qualname.partition(".")[0])


__all__ = ["External", "Graph", "Reached", "roots_of"]
