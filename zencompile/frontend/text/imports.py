"""The imports that a slice needs, each by what it binds."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import NamedTuple

from zencompile.frontend.closures.modules import Module
from zencompile.frontend.closures.resolve import Resolver
from zencompile.frontend.libraries import STDLIB

# What the framework wraps of Python's own library stays usable without the framework.
_REPLACED = {("zenml.logger", "get_logger"): ("logging", "getLogger")}


class Needed(NamedTuple):
    """Imports that bind one name. A part is (module, name): name "" for `import module`, "*" for a star import."""

    name: str
    parts: tuple[tuple[str, str], ...]
    dotted: bool = False  # `import a.b` binds `a`: it can't be called otherwise

    def paths(self) -> list[str]:
        """The dotted paths that are imported."""
        return [f"{module}.{name}".strip(".") for module, name in self.parts]

    def statements(self, name: str) -> list[tuple[str, str, str]]:
        """As (module, name, alias), where the import has to bind `name`."""
        return [(module, item, "" if self.dotted or name == (item or module) else name) for module, item in self.parts]


class Site(NamedTuple):
    """An import of something outside of the project, and the module and name that it binds."""

    needed: Needed
    module: Module
    name: str


def site_of(resolver: Resolver, module: Module, name: str) -> Site | None:
    """The import that gives a name of a module its meaning from outside of the project, through re-exports."""
    seen: set[tuple[int, str]] = set()
    todo = [(module, name)]
    while todo:
        module, name = todo.pop()
        if (id(module), name) in seen:
            continue
        seen.add((id(module), name))
        found = _direct(resolver, module, name)
        if found is not None:
            return Site(found, module, name)
        for alias in reversed(module.aliases.get(name, ())):
            source = resolver.find(resolver.absolute(module, alias), module)
            if source is not None and alias.name is not None:
                todo.append((source, alias.name))
        for star in module.stars:
            dotted = resolver.absolute(module, star)
            source = resolver.find(dotted, module)
            if source is not None:
                todo.append((source, name))
            else:
                return Site(Needed("*", ((dotted, "*"),)), module, "*")
    return None


def _direct(resolver: Resolver, module: Module, name: str) -> Needed | None:
    aliases = [a for a in module.aliases.get(name, ()) if _is_outside(resolver, module, resolver.absolute(module, a))]
    if not aliases:
        return None
    alias = aliases[-1]
    dotted = resolver.absolute(module, alias)
    if alias.name is not None:
        return Needed(name, (_REPLACED.get((dotted, alias.name), (dotted, alias.name)),))
    written = _unaliased(module.tree.body, name)
    if written and alias.module == name:
        return Needed(name, tuple((path, "") for path in written), dotted=any("." in path for path in written))
    return Needed(name, ((dotted, ""),))


def _is_outside(resolver: Resolver, module: Module, dotted: str) -> bool:
    found = resolver.find(dotted, module)
    return bool(dotted) and (found is None or found.file is None)


def _unaliased(body: Iterable[ast.stmt], name: str) -> list[str]:
    """The paths of `import a`, `import a.b`, … that bind `a`."""
    paths = (
        alias.name
        for node in body
        if isinstance(node, ast.Import)
        for alias in node.names
        if not alias.asname and alias.name.partition(".")[0] == name
    )
    return sorted(set(paths))


def render(futures: Iterable[str], needed: Iterable[tuple[Needed, str]]) -> list[list[str]]:
    """Import statements in blocks: `__future__`, the standard library, others. With each import the name to bind."""
    plain: set[tuple[str, str]] = set()
    chosen: dict[str, set[str]] = {}
    for item, bound in needed:
        for module, name, alias in item.statements(bound):
            as_alias = f" as {alias}" if alias else ""
            if name:
                chosen.setdefault(module, set()).add(f"{name}{as_alias}")
            else:
                plain.add((module, f"import {module}{as_alias}"))
    blocks: list[list[str]] = [[f"from __future__ import {', '.join(sorted(futures))}"] if futures else [], [], []]
    for module, line in sorted(plain):
        blocks[_block(module)].append(line)
    for module, items in sorted(chosen.items()):
        stars, listed = [i for i in items if i == "*"], sorted(i for i in items if i != "*")
        lines = [_from(module, "*")] * bool(stars) + ([_from(module, ", ".join(listed))] if listed else [])
        blocks[_block(module)].extend(lines)
    return [block for block in blocks if block]


def _from(module: str, names: str) -> str:
    line = f"from {module} import {names}"
    if len(line) <= 120:
        return line
    return f"from {module} import (\n" + "".join(f"    {name},\n" for name in names.split(", ")) + ")"


def _block(module: str) -> int:
    return 1 if module.partition(".")[0] in STDLIB else 2
