"""Which docstrings count: those that something can read. In tools for language models the docstring is the prompt."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from zencompile.frontend.closures import names
from zencompile.frontend.closures.distributions import is_foreign
from zencompile.frontend.closures.edges import Edges
from zencompile.frontend.closures.modules import Unit
from zencompile.frontend.closures.names import Doc
from zencompile.frontend.closures.reach import Graph
from zencompile.frontend.closures.resolve import External, Name
from zencompile_runtime.canonical import Hints


def readable(units: Sequence[Unit], graph: Graph) -> list[tuple[str, str, str]]:
    """The docstrings of a closure that count, as (key of the unit, path in it, text)."""
    edges = [(unit, graph.edges(unit)) for unit in units]
    if not any(e.docs for _, e in edges):
        return []
    everything = any(map(graph.reads, units))
    exposed = set() if everything else _exposed(edges, graph)
    attributes = {a for unit, _ in edges for a in unit.names.attributes}
    return [
        (unit.key, doc.path, doc.text)
        for unit, e in edges
        for doc in e.docs
        if everything or _counts(doc, unit, graph, unit in exposed, attributes)
    ]


def hinted(units: Sequence[Unit], graph: Graph) -> list[tuple[str, str]]:
    """The annotations that count of functions which no decorator may read, as (key of the unit, a form with them):
    those that something can read.
    """
    lacking = [unit for unit in units if unit.lacks_hints]
    if not lacking:
        return []
    edges = [(unit, graph.edges(unit)) for unit in units]
    everything = any(map(graph.reads, units))
    exposed = set() if everything else _exposed(edges, graph)
    forms = ((one.key, one.hinted(Hints.ALL if everything or one in exposed else Hints.INNER)) for one in lacking)
    return [(key, text) for key, text in forms if text]


class Read(NamedTuple):
    """What counts for a closure because something can read it: `docs` and `hints` are as `readable` and `hinted` have
    them. `unread` tells that some were left out that another distribution could read, of which no code names any.
    """

    docs: list[tuple[str, str, str]]
    hints: list[tuple[str, str]]
    unread: bool


def read(units: Sequence[Unit], graph: Graph, foreign: bool) -> Read:
    """What can be read of a closure; `foreign` tells whether its code names another distribution."""
    docs, hints = readable(units, graph), hinted(units, graph)
    if foreign or not (docs or hints) or any(map(graph.reads, units)):
        return Read(docs, hints, False)
    return Read([], [], True)


def _exposed(edges: Sequence[tuple[Unit, Edges]], graph: Graph) -> set[Unit]:
    """The units whose object another distribution may get hold of: it decorates them, is their base, is given them.
    A decorator of the project may hand on what it decorates, if it uses another distribution at all.

    What such a unit names in its annotations is exposed with it (schemas are made of them).
    """
    passed = {target for _, e in edges for target in e.passed}
    exposed = {unit for unit, e in edges if e.foreign or not passed.isdisjoint(_bound(unit))}
    exposed |= {unit for unit, e in edges if e.docs and any(_uses_foreign(t, graph) for t in _decorators(unit, graph))}
    while True:
        named = {t for unit, e in edges if unit in exposed for t in e.annotated}
        reached = {
            unit
            for unit, e in edges
            if unit not in exposed
            and (not named.isdisjoint(_bound(unit)) or any(_binds(u, t) for t in e.bases for u in exposed))
        }
        if not reached:
            return exposed
        exposed |= reached


def _decorators(unit: Unit, graph: Graph) -> Iterator[Name]:
    for decorator in getattr(unit.node, "decorator_list", ()):
        found = names.chain(decorator.func if isinstance(decorator, ast.Call) else decorator)
        if found is not None:
            targets = graph.resolver.chain(unit.module, *found)
            yield from (t for t in targets if isinstance(t, Name))


def _uses_foreign(decorator: Name, graph: Graph) -> bool:
    seen: set[Unit] = set()
    todo = list(decorator.module.group(decorator.name))
    while todo:
        unit = todo.pop()
        if unit not in seen:
            seen.add(unit)
            edges = graph.edges(unit)
            if any(is_foreign(path) for path in edges.externals):
                return True
            todo.extend(u for t in edges.targets for u in t.module.group(t.name))
    return False


def _bound(unit: Unit) -> list[Name]:
    return [Name(unit.module, name) for name in unit.binds]


def _binds(unit: Unit, target: Name) -> bool:
    return unit.module is target.module and target.name in unit.binds


def _counts(doc: Doc, unit: Unit, graph: Graph, exposed: bool, attributes: set[str]) -> bool:
    if not doc.path:
        return exposed
    if isinstance(unit.node, ast.ClassDef) and exposed:
        return True
    name = doc.path.rpartition(".")[2]
    decorators = [d for d in doc.node.decorator_list if unit.module.keep(d)]
    return (
        name in attributes
        or name in unit.names.passed
        or (isinstance(doc.node, ast.ClassDef) and bool(doc.node.bases))
        or any(_is_foreign(d, unit, graph) for d in decorators)
    )


def _is_foreign(decorator: ast.expr, unit: Unit, graph: Graph) -> bool:
    """Whether a decorator may come from another distribution; what can't be resolved may."""
    found = names.chain(decorator.func if isinstance(decorator, ast.Call) else decorator)
    if found is None:
        return True
    targets = graph.resolver.chain(unit.module, *found)
    if not targets:
        return found[0] in unit.names.inner
    return any(not isinstance(t, External) or is_foreign(t.path) for t in targets)
