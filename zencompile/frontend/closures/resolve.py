"""What a name means: a definition of the project, a module of it, or something of another distribution."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from zencompile.diagnostics import Report
from zencompile.disk import Disk
from zencompile.frontend import syntax
from zencompile.frontend.closures import names
from zencompile.frontend.closures.modules import Module, Unit
from zencompile.frontend.closures.names import Import
from zencompile.frontend.project import FRAMEWORKS, Found

_FRAMEWORK_DECORATORS = frozenset({"step", "pipeline"})


class Modules(Protocol):
    """What is asked of a project: `zencompile.frontend.project.Project` has it."""

    root: Path
    disk: Disk

    def find(self, name: str, importer: Path | None = None) -> Found | None: ...

    def parsed(self, location: Path) -> syntax.Parsed: ...

    def module_name(self, location: Path) -> str: ...


class Name(NamedTuple):
    """A name that statements of a module bind."""

    module: Module
    name: str


class External(NamedTuple):
    """Something outside of the project, by its dotted path. A path that ends in `.*` came through a star import."""

    path: str


Target = Name | Module | External


class Resolver:
    """Follows names through imports, re-exports and star imports. Every answer is remembered."""

    def __init__(self, project: Modules) -> None:
        self.project = project
        self._modules: dict[Path, Module] = {}
        self._found: dict[tuple[str, Path | None], Module | None] = {}
        self._attributes: dict[tuple[int, str], tuple[Target, ...]] = {}
        self._active: set[tuple[int, str]] = set()
        self._cut = False
        self._executed: dict[int, tuple[Module, ...]] = {}
        self._direct: dict[int, tuple[Module, ...]] = {}
        self._framework: dict[tuple[int, str, tuple[str, ...]], str] = {}

    # -- modules

    def load(self, location: Path) -> Module:
        """The module of a file."""
        module = self._modules.get(location)
        if module is None:
            parsed = self.project.parsed(location)
            name = self.project.module_name(location)
            package = location.name == "__init__.py"
            module = Module(name, location, parsed.file, parsed.tree, package, self._keep)
            self._modules[location] = module
        return module

    def load_quietly(self, location: Path) -> Module | None:
        """The module of a file that nothing imports, or None if it is no Python: that is nobody's mistake then."""
        known = self._modules.get(location)
        if known is None and not self._parses(location):
            return None
        return self.load(location)

    def _parses(self, location: Path) -> bool:
        report = Report()
        syntax.read(location, location.name, report, self.project.disk)
        return not report.errors

    def find(self, dotted: str, importer: Module | None = None) -> Module | None:
        """The project's module of a dotted name."""
        if dotted.partition(".")[0] in FRAMEWORKS or not dotted:
            return None
        key = (dotted, importer.location.parent if importer else None)
        if key in self._found:
            return self._found[key]
        found = self.project.find(dotted, importer.location if importer else None)
        module = None
        if found is not None:
            module = self._namespace(found) if found.namespace else self.load(found.location)
        self._found[key] = module
        return module

    def _namespace(self, found: Found) -> Module:
        module = self._modules.get(found.location)
        if module is None:
            module = Module(found.name, found.location / "__init__.py", None, ast.Module([], []), True, self._keep)
            self._modules[found.location] = module
        return module

    def absolute(self, module: Module, target: Import) -> str:
        """The absolute dotted name of the module that an import names."""
        if not target.level:
            return target.module
        package = module.parent
        for _ in range(target.level - 1):
            package = package.rpartition(".")[0]
        return f"{package}.{target.module}".strip(".")

    def _keep(self, module: Module, decorator: ast.expr) -> bool:
        return not self.framework(module, decorator)

    def framework(self, module: Module, node: ast.expr) -> str:
        """Which of the framework's own decorators a node is, "step" or "pipeline", or an empty text."""
        if isinstance(node, ast.Call):
            node = node.func
        found = names.chain(node)
        if found is None:
            return ""
        key = (id(module), *found)
        known = self._framework.get(key)
        if known is None:
            known = ""
            for target in self.chain(module, found[0], found[1]):
                if isinstance(target, External):
                    top, _, last = target.path.partition(".")
                    last = last.rpartition(".")[2]
                    if top in FRAMEWORKS and last in _FRAMEWORK_DECORATORS:
                        known = last
            self._framework[key] = known
        return known

    def is_pipeline(self, unit: Unit) -> bool:
        """Whether a definition is a pipeline: compile-time code, which no step runs."""
        node = unit.node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return False
        return any(self.framework(unit.module, d) == "pipeline" for d in node.decorator_list)

    def runs_pipeline(self, unit: Unit) -> bool:
        """Whether a statement is `training()` at the top level: compile-time code, which does nothing in a step's
        process.
        """
        node = unit.node.value if isinstance(unit.node, ast.Expr) else None
        while isinstance(node, (ast.Call, ast.Attribute)):
            node = node.func if isinstance(node, ast.Call) else node.value
        targets = self.attribute(unit.module, node.id) if isinstance(node, ast.Name) else ()
        found = (one for target in targets if isinstance(target, Name) for one in target.module.binders(target.name))
        return any(map(self.is_pipeline, found))

    # -- names

    def chain(self, module: Module, root: str | Import, attributes: Sequence[str]) -> list[Target]:
        """What `root.attributes…` means where `module` is the global scope. Nothing for builtins and unknown names."""
        if isinstance(root, Import):
            targets: Iterable[Target] = self.imported(module, root)
        else:
            targets = self.attribute(module, root)
        return [found for target in targets for found in self._follow(target, attributes)]

    def _follow(self, target: Target, attributes: Sequence[str]) -> Iterator[Target]:
        if isinstance(target, External):
            yield External(".".join((target.path, *attributes)))
            return
        if isinstance(target, Name) or not attributes:
            yield target
            return
        inner = self.attribute(target, attributes[0])
        if inner:
            for found in inner:
                yield from self._follow(found, attributes[1:])
        elif target.file is None:  # a folder that is called like another distribution's package
            yield External(".".join((target.name, *attributes)))
        elif not (attributes[0].startswith("__") and attributes[0].endswith("__")):
            yield target  # made at run time: the whole module could be meant

    def imported(self, module: Module, target: Import) -> tuple[Target, ...]:
        """What an import statement binds."""
        dotted = self.absolute(module, target)
        found = self.find(dotted, module)
        if target.name is None:
            return (found,) if found else (External(dotted),)
        if found is None:
            if dotted:
                return (External(f"{dotted}.{target.name}"),)
            beside = self.find(target.name, module)  # `from . import x` at the top of the source root
            return (beside,) if beside else ()
        targets = self.attribute(found, target.name)
        return (External(f"{dotted}.{target.name}"),) if not targets and found.file is None else targets

    def attribute(self, module: Module, name: str) -> tuple[Target, ...]:
        """What `name` is in a module, its own names, re-exports and submodules alike."""
        key = (id(module), name)
        known = self._attributes.get(key)
        if known is not None:
            return known
        if key in self._active:  # a cycle of re-exports ends here; answers inside of it are not whole
            self._cut = True
            return ()
        self._active.add(key)
        found = tuple(dict.fromkeys(self._attribute(module, name)))
        self._active.discard(key)
        if not self._active:
            self._cut = False
        if not self._cut:
            self._attributes[key] = found
        return found

    def _attribute(self, module: Module, name: str) -> Iterator[Target]:
        bound = False
        if name in module.bound:
            bound = True
            yield Name(module, name)
        for alias in module.aliases.get(name, ()):
            targets = self.imported(module, alias)
            bound = bound or bool(targets)
            yield from targets
        for star in module.stars:
            source = self.find(self.absolute(module, star), module)
            if source is None:
                if not bound:
                    yield External(f"{self.absolute(module, star)}.*")
            elif source is not module and source.star_binds(name):
                targets = self.attribute(source, name)
                bound = bound or bool(targets)
                yield from targets
        if not bound and module.package:
            inner = self.find(f"{module.name}.{name}" if module.name else name, module)
            if inner is not None:
                yield inner
                return
        if not bound and "__getattr__" in module.bound and not name.startswith("__"):
            yield Name(module, "__getattr__")

    # -- execution

    def executed(self, module: Module) -> tuple[Module, ...]:
        """The modules of the project that importing `module` executes: itself, its packages, all that they import."""
        known = self._executed.get(id(module))
        if known is None:
            seen: dict[int, Module] = {}
            todo = [module]
            while todo:
                item = todo.pop()
                if id(item) not in seen:
                    seen[id(item)] = item
                    todo.extend(self._imports(item))
            known = self._executed[id(module)] = tuple(sorted(seen.values(), key=lambda m: m.path))
        return known

    def _imports(self, module: Module) -> tuple[Module, ...]:
        known = self._direct.get(id(module))
        if known is None:
            found = [m for target in module.imports for m in self.loaded(module, target)]
            if "." in module.name:
                found.extend(self._packages(module.name, module))
            known = self._direct[id(module)] = tuple(dict.fromkeys(found))
        return known

    def loaded(self, module: Module, target: Import) -> list[Module]:
        """The modules that an import names, with the packages around them."""
        dotted = self.absolute(module, target)
        found = self._packages(f"{dotted}.x", module) if dotted else []
        if target.name is not None:
            found.extend(t for t in self.imported(module, target) if isinstance(t, Module))
        return found

    def _packages(self, dotted: str, importer: Module) -> list[Module]:
        """The modules of `a` and `a.b` for `a.b.c`."""
        parts = dotted.split(".")[:-1]
        found = (self.find(".".join(parts[: i + 1]), importer) for i in range(len(parts)))
        return [module for module in found if module is not None]
