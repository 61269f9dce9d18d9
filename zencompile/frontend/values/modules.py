"""Modules: of the project, and modelled in Python."""

from __future__ import annotations

import ast
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

from zencompile.frontend.values.base import MISSING, Context, Modelled, NativeObject, Unknown, Value
from zencompile.frontend.values.symbols import Symbol, has_it, patch
from zencompile.source import SourceFile


class Module(Modelled):
    """A module of the project. `name` is its dotted name from the source root (`__main__` never appears here);
    `imported_as` is what the program calls it (`__name__`), None as long as nothing has imported it.

    `evaluator.get(module, "name")` asks for a name of its top level, which runs first.
    """

    type_name = "module"
    __slots__ = ("broken", "file", "folder", "imported_as", "name", "package", "state", "tree")

    def __init__(self, name: str, file: SourceFile | None, package: bool) -> None:
        self.name = name
        self.file = file  # None: a namespace package
        self.package = package
        self.imported_as: str | None = None
        self.folder: Path | None = None  # of a namespace package
        self.broken = False  # it can't be parsed (a diagnostic says so)
        self.tree: ast.Module | None = None
        self.state: Any = None  # belongs to the evaluator

    def described(self) -> str:
        return f"the module `{self.name}`"

    def get_attribute(self, name: str, context: Context) -> Value:
        found = context.evaluator.module_attribute(self, name)
        if found is not MISSING:
            return found
        if self.file is None:
            return Symbol(f"{self.name}.{name}")
        raise context.raise_(AttributeError(self._without(name)))

    def _without(self, name: str) -> str:
        called = self.imported_as or self.name
        if self.state is not None and self.state.running:
            circle = "(most likely due to a circular import)"
            return f"partially initialized module '{called}' has no attribute '{name}' {circle}"
        return f"module '{called}' has no attribute '{name}'"

    def set_attribute(self, name: str, value: Value, context: Context) -> None:
        context.touch(self)
        context.evaluator.state(self).values[name] = value

    def delete_attribute(self, name: str, context: Context) -> None:
        context.touch(self)
        if context.evaluator.state(self).values.pop(name, MISSING) is MISSING:
            raise context.raise_(AttributeError(self._without(name)))

    def text(self, context: Context) -> str | Unknown:
        return context.unknown("the text of an object, which may hold its address")

    def type_of(self, context: Context) -> Value:
        return types.ModuleType

    def is_instance_of(self, class_: Value) -> bool | None:
        return class_ is object or class_ is types.ModuleType

    def __repr__(self) -> str:
        return f"Module({self.name})"


class NativeModule(NativeObject):
    """A module modelled in Python: a dictionary of values. A name that is missing there is a Symbol (or what
    `missing` says)."""

    type_name = "module"
    __slots__ = ("missing", "name", "namespace")

    def __init__(self, name: str, namespace: dict[str, Value], missing: Callable[[str], Value] | None = None) -> None:
        self.name = name
        self.namespace = namespace
        self.missing = missing

    def get_attribute(self, name: str, context: Context) -> Value:
        patched = context.evaluator.patched
        if patched and name in patched.get(self.name, ()):
            return patched[self.name][name]
        return self.own_attribute(name, context)

    def own_attribute(self, name: str, context: Context) -> Value:
        """An attribute that the program has not set itself."""
        try:
            found = self.namespace[name]
        except KeyError:
            if self.missing:
                return self.missing(name)
            has_it(self.name, name, context)
            return Symbol(f"{self.name}.{name}")
        has_it(self.name, name, context, modelled=True)
        return found

    def set_attribute(self, name: str, value: Value, context: Context) -> None:
        patch(self.name, name, value, context)

    def __repr__(self) -> str:
        return f"NativeModule({self.name})"


class Provider(Protocol):
    """Where the framework's modules come from, and what it wants to hear."""

    def module(self, dotted: str) -> Value | None:
        """The module of that name (a NativeModule or other NativeObject), or None if it is not the framework's.

        Asked for every import, before the project is searched. `import a.b.c` asks for `a`, then attributes are taken;
        `from a.b import c` asks for `a.b`, then takes the attribute `c`, then asks for `a.b.c`.
        """
        ...

    def decorated(self, decorator: Value, target: Any, context: Context) -> Value:
        """A decorator that is not read (Symbol, Unknown) stands above a definition (a Function or Class): the value to
        bind. Return `target` to pass the decorator over (it is then recorded in `target.wrappers`)."""
        ...
