"""Whether a step's run kept to the code that static reach had found for it, which its key covers.

Where it did, and executing the modules did nothing but bind names, code is no part of what was observed. Where it
didn't (code found by names made at run time, registered by other modules, put in the place of other code), the modules
that were loaded count by what of them ran.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

from zencompile_runtime import facts, importing
from zencompile_runtime.dependencies import code
from zencompile_runtime.deployed import Statement
from zencompile_runtime.observing.seen import Seen
from zencompile_runtime.spec import StepSpec


class Reach:
    """What is known of a step's code before it runs."""

    def __init__(self, spec: StepSpec, known: Mapping[str, Any]) -> None:
        self.known = known
        self.document = facts.of_pipeline(spec.pipeline)
        self._definitions = known.get("definitions") or {}
        roots = [*self.document.get("roots", ()), *self.document.get("package_roots", ())]
        self._roots = sorted((one for one in roots if one != "."), key=len, reverse=True)
        self._modules: dict[str, str] = {}

    @property
    def steps(self) -> dict[str, list[str]]:
        """The steps and pipelines of each module."""
        return {path: one.get("separate", []) for path, one in self.document.get("modules", {}).items()}

    def holds(self, path: str, unit: str) -> bool:
        """Whether the key covers a unit of a module."""
        return f"{self._module(path)}:{unit.partition('.')[0]}" in self._definitions

    def _module(self, path: str) -> str:
        """The dotted name of the module in a file of the project."""
        if path not in self._modules:
            inside = next((path[len(one) + 1 :] for one in self._roots if path.startswith(f"{one}/")), path)
            dotted = inside.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
            self._modules[path] = dotted
        return self._modules[path]

    def left(self, seen: Seen) -> bool:
        """Whether the run went beyond it, or may have."""
        if self.known.get("unread") and seen.modules:
            return True
        if (
            self.known.get("widened")
            or self.known.get("acting")
            or not seen.code.keys() <= set(facts.sources(dict(self.known)))
        ):
            return True
        if not seen.fresh <= set(self.known.get("files", ())):
            return True
        if not seen.asked <= self._definitions.keys():
            return True
        called = seen.code if seen.called is None else seen.called
        if any(unit and not self.holds(path, unit) for path, units in called.items() for unit in units):
            return True
        others = {unit.partition(".")[0] for path, unit in _units(seen.code) if unit and not self.holds(path, unit)}
        return bool(others) and not others <= self._explained(seen)

    def _explained(self, seen: Seen) -> set[str]:
        """The names in statements that the step doesn't reach: what these call while they are executed is no part of
        it either.
        """
        found: set[str] = set()
        for path in seen.code:
            source = code.source(f"{importing.project()}/{path}")
            for one in source.statements if source is not None else ():
                if not any(self.holds(path, name) for name in _bound(one)):
                    head, body = one.names
                    found |= (head | body) - {one.name or ""}
        return found


def _units(found: Mapping[str, set[str]]) -> Iterator[tuple[str, str]]:
    return ((path, unit) for path, units in found.items() for unit in units)


def _bound(statement: Statement) -> set[str]:
    """The names that a statement binds."""
    if isinstance(statement.node, ast.ClassDef):
        return {statement.node.name}
    if statement.name:
        return {statement.name}
    stored = (node for node in ast.walk(statement.node) if isinstance(node, ast.Name))
    return {node.id for node in stored if isinstance(node.ctx, ast.Store)}
