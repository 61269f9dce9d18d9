"""Names of a slice: one namespace for what stood in many modules."""

from __future__ import annotations

import ast
import builtins
import keyword
from typing import TYPE_CHECKING, TypeAlias

from zencompile.frontend.closures.modules import Module, Unit
from zencompile.frontend.closures.resolve import Name

if TYPE_CHECKING:
    from zencompile.frontend.text.imports import Needed

    Target: TypeAlias = Name | Needed


class Naming:
    """Gives every definition and import one name that means nothing else wherever it is used.

    First everything is told (`define`, `use`, `reserve`), then `settle` chooses, then `of` answers.
    """

    def __init__(self) -> None:
        self._targets: dict[Target, str] = {}  # with the name that each would like
        self._fixed: dict[Target, None] = {}
        self._forbidden: dict[Target, set[str]] = {}
        self._reserved: set[str] = set()
        self._chosen: dict[Target, str] = {}

    def define(self, unit: Unit) -> None:
        """A statement is part of the slice: what it binds needs names."""
        simple = isinstance(
            unit.node,
            (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr),
        )
        for name in (*unit.binds, *unit.changes):
            target = Name(unit.module, name)
            self._targets.setdefault(target, name)
            if not simple:  # it may be bound where no tree has a node for the name
                self.keep(target)

    def keep(self, target: Target) -> None:
        """The target has to be called as it would like to."""
        self._fixed[target] = None

    def use(self, target: Target, spelled: str | None, unit: Unit) -> None:
        """`unit` names the target; `spelled` is how, or None for a dotted path or a name that a local import bound."""
        wanted = self._targets.setdefault(target, target.name)
        if spelled != wanted:
            self._forbidden.setdefault(target, set()).update(unit.names.inner)

    def reserve(self, name: str) -> None:
        """Some code uses a builtin of that name, or one that nothing binds: it must stay free."""
        self._reserved.add(name)

    def settle(self, root: Name) -> None:
        """Choose all names: first those that can't change, then the step's, its module's, and the others in order."""
        near = [t for t in self._targets if isinstance(t, Name) and t.module is root.module]
        order = dict.fromkeys([*self._fixed, root, *near, *self._targets])
        taken: set[str] = set()
        for target in order:
            wanted = self._targets.get(target, target.name)
            forbidden = self._forbidden.get(target, set()) | self._reserved | taken
            if target in self._fixed or wanted not in forbidden:
                name = wanted
            else:
                name = self._free(target, wanted, forbidden | set(self._targets.values()))
            self._chosen[target] = name
            taken.add(name)

    def of(self, target: Target) -> str:
        """The target's name in the slice."""
        return self._chosen.get(target, target.name)

    def targets_of(self, module: Module) -> list[Name]:
        """The definitions of a module that have a name here."""
        return [target for target in self._chosen if isinstance(target, Name) and target.module is module]

    @staticmethod
    def _free(target: Target, wanted: str, taken: set[str]) -> str:
        last = target.module.name.rpartition(".")[2] if isinstance(target, Name) else ""
        candidates = [f"{last}_{wanted}"] if last.isidentifier() else []
        candidates += [f"{wanted}_{i}" for i in range(2, len(taken) + 3)]
        usable = (c for c in candidates if c not in taken and not keyword.iskeyword(c) and not hasattr(builtins, c))
        return next(usable)
