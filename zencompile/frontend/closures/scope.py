"""One scope of Python code, while names in it are gathered."""

from __future__ import annotations

import ast

from zencompile.frontend.closures.names import Import


class Scope:
    """What a function, class or comprehension binds, and the names that it looks up."""

    __slots__ = ("bound", "globals", "imports", "is_class", "loads", "nonlocals", "parent", "path")

    def __init__(self, parent: Scope | None, path: str = "", is_class: bool = False) -> None:
        self.parent = parent
        self.path = path
        self.is_class = is_class
        self.bound: set[str] = set()
        self.imports: dict[str, Import] = {}
        self.globals: set[str] = set()
        self.nonlocals: set[str] = set()
        self.loads: list[tuple[str, tuple[str, ...], int, ast.expr]] = []

    def find(self, name: str) -> Import | bool:
        """What `name` means here: what a local import bound, True for a local, False for a global.

        A name that a class body binds may still be the module's, if it is read first: both are taken.
        """
        scope: Scope = self
        while scope.parent is not None:
            if not scope.is_class or scope is self:
                if name in scope.globals:
                    return False
                if name in scope.imports:
                    return scope.imports[name]
                if name in scope.bound and name not in scope.nonlocals and not scope.is_class:
                    return True
            scope = scope.parent
        return False
