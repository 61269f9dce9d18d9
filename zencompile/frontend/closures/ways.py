"""Names of a module that are bound in more than one way: the last one that is executed counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from zencompile.frontend.closures.modules import Module, Unit
from zencompile.frontend.closures.names import Import
from zencompile.frontend.closures.resolve import Resolver

Position = tuple[int, int]
_OWN = "here"


def several(module: Module, resolver: Resolver) -> dict[str, str]:
    """Each name that statements bind in several ways (imports, stars, assignments), with these in their order."""
    stars = [(position, target) for position, name, target in module.bindings if name == "*"]
    if not stars and not any(len(found) > 1 or name in module.bound for name, found in module.aliases.items()):
        return {}
    return dict(_told(_ways(module, stars, resolver)))


def said(units: Iterable[Unit], modules: Iterable[Module]) -> set[str]:
    """The names that code may mean, in the modules that it imports and by what these import in turn."""
    found: set[str] = set()
    for unit in units:
        found.update(*unit.module.statement(unit.node).names)
    renamed = [
        (name, target.name)
        for module in modules
        for name, targets in module.aliases.items()
        for target in targets
        if target.name and target.name != name
    ]
    while True:
        more = {there for here, there in renamed if here in found} - found
        if not more:
            return found
        found |= more


def _ways(
    module: Module, stars: list[tuple[Position, Import]], resolver: Resolver
) -> dict[str, list[tuple[Position, str]]]:
    found: dict[str, list[tuple[Position, str]]] = {}
    for name, units in module.bound.items():
        found[name] = [((unit.node.lineno, unit.node.col_offset), _OWN) for unit in units]
    for position, name, target in module.bindings:
        if name != "*":
            found.setdefault(name, []).append((position, f"{resolver.absolute(module, target)}:{target.name}"))
    for position, target in stars:
        dotted = resolver.absolute(module, target)
        source = resolver.find(dotted, module)
        names = list(found) if source is None else _public(source, resolver, set())
        exported = "" if source is None or source.exports is not None else _exports(source)
        for name in names:
            found.setdefault(name, []).append((position, f"{dotted}:*{exported}"))
    return found


def _exports(source: Module) -> str:
    """What a computed `__all__` is made by."""
    return "".join(f" {unit.digest}" for unit in source.group("__all__"))


def _public(source: Module, resolver: Resolver, seen: set[Module]) -> set[str]:
    """The names that a star takes from a module."""
    seen.add(source)
    names = {*source.bound, *source.aliases}
    for star in source.stars:
        inner = resolver.find(resolver.absolute(source, star), source)
        if inner is not None and inner not in seen:
            names |= _public(inner, resolver, seen)
    return {name for name in names if source.star_binds(name)}


def _told(ways: dict[str, list[tuple[Position, str]]]) -> Iterator[tuple[str, str]]:
    for name, found in sorted(ways.items()):
        order = [way for _, way in sorted(found, key=lambda one: one[0])]
        if len(set(order)) > 1:
            yield name, " ".join(order)
