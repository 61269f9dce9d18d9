"""What goes into a slice, in which order and under which names; decided on the syntax tree, before any text is cut."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from zencompile.diagnostics import Report
from zencompile.frontend.closures import Closures
from zencompile.frontend.closures import names as uses
from zencompile.frontend.closures.modules import Module, Unit
from zencompile.frontend.closures.names import Import, Use
from zencompile.frontend.closures.reach import Reached
from zencompile.frontend.closures.resolve import Name, Resolver
from zencompile.frontend.syntax import header_span, span_of
from zencompile.frontend.text.framework import Stripped, strip
from zencompile.frontend.text.imports import Needed, Site, site_of
from zencompile.frontend.text.naming import Naming

Place = tuple[int, int]
"""Line, and column in characters from 0."""


class Edit(NamedTuple):
    """At a name: it and `depth` attributes after it become `target`'s name in the slice."""

    depth: int
    target: Name | Needed


@dataclass
class Cut:
    """A statement to take, and how its text changes."""

    unit: Unit
    edits: dict[Place, Edit] = field(default_factory=dict)
    texts: dict[str, Name | Needed] = field(default_factory=dict)  # in string annotations
    stripped: Stripped = field(default_factory=Stripped)


@dataclass
class Plan:
    """A slice, but for its text."""

    resolver: Resolver
    cuts: list[Cut]
    needed: dict[Needed, int]  # imports, and how many statements with an effect stand before them
    futures: tuple[str, ...]
    naming: Naming
    function: str = ""
    paths: frozenset[str] = frozenset()


def make_plan(closures: Closures, module: Module, reached: Reached, qualname: str, report: Report) -> Plan | None:
    """The plan of a step's slice; None if its code can't be one module, which the report then says."""
    return _Planner(closures, reached, report).plan(module, qualname)


class _Planner:
    def __init__(self, closures: Closures, reached: Reached, report: Report) -> None:
        self.resolver = closures.resolver
        self.reached = reached
        self.report = report
        self.naming = Naming()
        self.needed: dict[Needed, int] = {}
        self.ranks: dict[tuple[Module, str], int] = {}
        self.effects = 0
        self.paths: set[str] = set()
        self.possible = True
        self.rebound: set[Name] = set()  # by functions (`global X`)
        self.copied: dict[Name, tuple[Unit, ast.expr]] = {}  # imported by name: what is bound later isn't seen

    def plan(self, module: Module, qualname: str) -> Plan | None:
        units = list(self._ordered(module))
        if not any(qualname.partition(".")[0] in unit.binds and unit.module is module for unit in units):
            self.report.error("ZC0605", f"the module `{module.name}` has no step `{qualname}`")
            return None
        cuts = [self._cut(unit) for unit in units]
        for target, (unit, node) in self.copied.items():
            if target in self.rebound:
                self._refuse(unit, node, "it is imported, and functions of its module bind it anew")
        if not self.possible:
            return None
        root = Name(module, qualname.partition(".")[0])
        self.naming.settle(root)
        futures = {name for unit in units for name in _futures(unit.module)}
        function = ".".join((self.naming.of(root), *qualname.split(".")[1:]))
        paths = frozenset(self.paths)
        return Plan(self.resolver, cuts, self.needed, tuple(sorted(futures)), self.naming, function, paths)

    # -- the order in which Python would execute the statements

    def _ordered(self, module: Module) -> Iterator[Unit]:
        wanted = set(self.reached.units)
        started: set[Module] = set()
        yield from self._execute(module, wanted, started)
        for other in sorted({u.module for u in wanted}, key=lambda m: m.path):
            yield from self._execute(other, wanted, started)

    def _execute(self, module: Module, wanted: set[Unit], started: set[Module]) -> Iterator[Unit]:
        if module in started:
            return
        started.add(module)
        units = {id(unit.node): unit for unit in module.units}
        for node in module.tree.body:
            for statement in _executed_statements(node):
                if isinstance(statement, (ast.Import, ast.ImportFrom)):
                    for name, _ in uses.bindings(statement):
                        self.ranks.setdefault((module, name), self.effects)
                    for target in uses.executed(statement):
                        for imported in self.resolver.loaded(module, target):
                            yield from self._execute(imported, wanted, started)
            for inner in (node, *getattr(node, "orelse", ())):
                unit = units.get(id(inner))
                if unit in wanted and unit is not None:
                    self.effects += unit.effect
                    yield unit

    # -- one statement

    def _cut(self, unit: Unit) -> Cut:
        cut = Cut(unit, stripped=strip(unit, self.resolver))
        self.naming.define(unit)
        self._refuse_conditional_imports(unit)
        for use in unit.names.uses:
            if id(use.node) not in cut.stripped.nodes:
                self._use(cut, use)
        return cut

    def _use(self, cut: Cut, use: Use) -> None:
        unit = cut.unit
        found = list(self._follow(unit.module, use))
        names = dict.fromkeys((t, depth) for t, depth in found if isinstance(t, Name))
        if len(names) > 1 or (names and any(isinstance(t, Module) for t, _ in found)):
            self._refuse(unit, use.node, "it is imported under a condition")
        elif any(isinstance(t, Module) for t, _ in found):
            self._refuse(unit, use.node, "a module is used as an object")
        elif names:
            ((target, depth),) = names
            if use.flags & uses.STORED and use.flags & uses.LATER:
                self.rebound.add(target)
            if target.module is not unit.module and not depth:
                self.copied.setdefault(target, (unit, use.node))
            self._edit(cut, use, depth, target)
        elif found:
            site, depth = found[-1]
            if isinstance(site, Site):
                rank = self.ranks.get((site.module, site.name), 0)
                self.needed[site.needed] = min(rank, self.needed.get(site.needed, rank))
                self.paths.update(site.needed.paths())
                if site.needed.name != "*":
                    self._edit(cut, use, depth, site.needed)
                elif isinstance(use.root, str):
                    self.naming.reserve(use.root)
        elif isinstance(use.root, str):
            self.naming.reserve(use.root)

    def _edit(self, cut: Cut, use: Use, depth: int, target: Name | Needed) -> None:
        spelled = use.root if isinstance(use.root, str) and not depth else None
        self.naming.use(target, spelled, cut.unit)
        if use.flags & uses.TEXT:
            if use.flags & uses.ANNOTATION and isinstance(use.root, str):
                cut.texts[".".join((use.root, *use.attributes[:depth]))] = target
            elif depth or spelled is None:
                self._refuse(cut.unit, use.node, "a name is looked up at run time")
            else:
                self.naming.keep(target)
            return
        root: ast.expr = use.node
        links = 0
        while isinstance(root, ast.Attribute):
            root, links = root.value, links + 1
        stores = not isinstance(getattr(use.node, "ctx", ast.Load()), ast.Load)
        if depth and depth == links and stores:
            self._refuse(cut.unit, use.node, "a name of another module is bound")
            return
        cut.edits[place_of(cut.unit, root)] = Edit(depth, target)

    def _follow(self, module: Module, use: Use) -> Iterator[tuple[Name | Module | Site, int]]:
        """What a use means, with the number of attributes that lead there."""
        if isinstance(use.root, Import):
            dotted = self.resolver.absolute(module, use.root)
            source = self.resolver.find(dotted, module)
            if source is None:
                self.paths.add(".".join(filter(None, (dotted, use.root.name))))
                return  # the import stays inside the function
            if use.root.name is not None:
                yield from self._named(source, use.root.name, use.attributes, 0)
            else:
                yield from self._member(source, use.attributes, 0)
        else:
            yield from self._named(module, use.root, use.attributes, 0)

    def _named(
        self, module: Module, name: str, rest: tuple[str, ...], depth: int
    ) -> Iterator[tuple[Name | Module | Site, int]]:
        external = False
        for target in self.resolver.attribute(module, name):
            if isinstance(target, Name):
                yield target, depth
            elif isinstance(target, Module):
                yield from self._member(target, rest, depth)
            elif not external:
                external = True
                site = site_of(self.resolver, module, name)
                if site is not None:
                    yield site, depth

    def _member(self, module: Module, rest: tuple[str, ...], depth: int) -> Iterator[tuple[Name | Module | Site, int]]:
        if not rest:
            yield module, depth
            return
        found = list(self._named(module, rest[0], rest[1:], depth + 1))
        yield from found or [(module, depth)]

    # -- what can't be

    def _refuse_conditional_imports(self, unit: Unit) -> None:
        for statement in _executed_statements(unit.node):
            if isinstance(statement, (ast.Import, ast.ImportFrom)):
                for _, target in uses.bindings(statement):
                    if self.resolver.find(self.resolver.absolute(unit.module, target), unit.module) is not None:
                        self._refuse(unit, statement, "a module of the project is imported under a condition")

    def _refuse(self, unit: Unit, node: ast.AST, reason: str) -> None:
        self.possible = False
        file = unit.module.file
        if file is None:
            return
        lines = unit.module.lines
        span = span_of(node, file.path, lines) if hasattr(node, "lineno") else header_span(unit.node, file.path, lines)
        self.report.error(
            "ZC0605",
            "the source of a step can't be made one module",
            span,
            label=reason,
            helps="import the definitions themselves, or run the step from an image that holds the project",
        )


def place_of(unit: Unit, node: ast.expr) -> Place:
    """Where a node starts, in characters."""
    file = unit.module.file
    line = unit.module.lines[node.lineno - 1] if file and node.lineno <= len(unit.module.lines) else ""
    if line.isascii():
        return node.lineno, node.col_offset
    return node.lineno, len(line.encode("utf-8", "surrogatepass")[: node.col_offset].decode("utf-8", "ignore"))


def _executed_statements(node: ast.stmt) -> Iterator[ast.stmt]:
    """A statement and those inside it that executing the module executes."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return
    yield node
    for name in ("body", "orelse", "finalbody"):
        for inner in getattr(node, name, ()):
            yield from _executed_statements(inner)
    for holder in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
        for inner in holder.body:
            yield from _executed_statements(inner)


def _futures(module: Module) -> Iterator[str]:
    for node in module.tree.body:
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            yield from (alias.name for alias in node.names)
