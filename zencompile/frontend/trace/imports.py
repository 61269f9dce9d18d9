"""What the program's imports find: the framework's modules, the project's, and stand-ins for what is not installed."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import sys
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

from zencompile.frontend.evaluator.imports import native
from zencompile.frontend.framework.modules import ROOTS
from zencompile.frontend.project import STDLIB, Project
from zencompile.frontend.trace.bridge import Bridge
from zencompile.frontend.trace.places import OWN
from zencompile.frontend.trace.proxies import ProxyModule
from zencompile.frontend.values import MISSING, Symbol


class FrameworkFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives `zenml.*`, and those names of `zencompile.*` that are not the compiler's own modules."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        top = name.partition(".")[0]
        if top not in ROOTS or (top == "zencompile" and _is_own(name)):
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return ProxyModule(spec.name, self._bridge.framework_module(spec.name), self._bridge)

    def exec_module(self, module: ModuleType) -> None:
        """Its names are made when they are asked for."""


class ProjectFinder(importlib.abc.MetaPathFinder):
    """Loads modules of the project as Python does, with builtins of their own.

    The compiler imports, too, and what it asks for is never the project's. `theirs` are the modules that it has loaded
    under names that are the project's from now on.
    """

    def __init__(self, bridge: Bridge, project: Project, builtins: dict[str, Any]) -> None:
        self._bridge = bridge
        self._project = project
        self._builtins = builtins
        self.theirs: dict[str, ModuleType] = {}
        self.folders: list[str] = []

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        if path is None and self._is_known(name) and self._for_compiler():
            return self._of_compiler(name)
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is None or not spec.origin or not self._bridge.places.is_ours(Path(spec.origin)):
            return None
        spec.loader = ProjectLoader(name, spec.origin, self._builtins)
        self._project.imported(name, Path(spec.origin))
        return spec

    def _is_known(self, name: str) -> bool:
        """Whether the project has a module of that name."""
        return self._project.finder.find(name, [Path(folder) for folder in self.folders]) is not None

    def _for_compiler(self) -> bool:
        """Whether the compiler imports something, for itself."""
        frame: FrameType | None = sys._getframe(2)
        while frame is not None:
            if frame.f_code is import_for_program.__code__:
                return False
            if OWN in Path(frame.f_code.co_filename).parents:
                return True
            if self._bridge.places.module_of(frame.f_code.co_filename) is not None:
                return False
            frame = frame.f_back
        return False

    def _of_compiler(self, name: str) -> importlib.machinery.ModuleSpec | None:
        if name in self.theirs:
            return importlib.machinery.ModuleSpec(name, Loaded(self.theirs[name]))
        path = [folder for folder in sys.path if folder not in self.folders]
        return importlib.machinery.PathFinder.find_spec(name, path)


class Loaded(importlib.abc.Loader):
    """Gives a module that is loaded already."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module
        self._spec = module.__spec__

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        """It has run."""
        module.__spec__ = self._spec


class ProjectLoader(importlib.machinery.SourceFileLoader):
    """Gives a module its builtins before it runs."""

    def __init__(self, name: str, path: str, builtins: dict[str, Any]) -> None:
        super().__init__(name, path)
        self._builtins = builtins

    def exec_module(self, module: ModuleType) -> None:
        module.__dict__["__builtins__"] = self._builtins
        super().exec_module(module)


class StubFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Stands in, last of all, for modules that nobody has: those named by --stub, or all that the project itself
    imports."""

    def __init__(self, bridge: Bridge, project: Project, stubs: tuple[str, ...]) -> None:
        self._bridge = bridge
        self._project = project
        self._stubs = frozenset(stubs)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        top = name.partition(".")[0]
        if top in STDLIB or top in ROOTS:
            return None
        named = any(name == stub or name.startswith(f"{stub}.") for stub in self._stubs)
        if not named and not ("all" in self._stubs and self._project.find(top) is None and self._by_project()):
            return None
        parent = sys.modules.get(name.rpartition(".")[0])
        if getattr(parent, "__file__", None) and not isinstance(parent, ProxyModule) and not named:
            return None  # a missing part of what is installed: the program may be asking whether it is there
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def _by_project(self) -> bool:
        """Whether the project imports it. What a library doesn't find, it does without."""
        frame: FrameType | None = sys._getframe(2)
        while frame is not None and ("importlib" in frame.f_code.co_filename):
            frame = frame.f_back
        return frame is not None and self._bridge.places.module_of(frame.f_code.co_filename) is not None

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        value = native(self._bridge.evaluator, spec.name)  # the compiler may have a model of it
        return ProxyModule(spec.name, Symbol(spec.name) if value is MISSING else value, self._bridge)

    def exec_module(self, module: ModuleType) -> None:
        """Its names are made when they are asked for."""


def _is_own(name: str) -> bool:
    location = OWN.joinpath(*name.split(".")[1:])
    return location.is_dir() or location.with_suffix(".py").is_file()


def import_for_program(name: str) -> ModuleType:
    """Import a module as the program would."""
    return importlib.import_module(name)


def install(bridge: Bridge, project: Project, builtins: dict[str, Any], at_start: frozenset[str], script: bool) -> None:
    """Make the program's imports find what they should. The compiler's own modules stay importable.

    A script finds the modules beside it first, as with `python FILE`; `at_start` are those that Python itself has
    loaded before any program begins.
    """
    for name in [n for n in sys.modules if n == "zenml" or n.startswith("zenml.")]:
        del sys.modules[name]
    finder = ProjectFinder(bridge, project, builtins)
    first, behind = _search(project, script)
    finder.folders = [*first, *behind]
    finder.theirs = _set_aside(project, first, at_start)
    sys.meta_path[:0] = [FrameworkFinder(bridge), finder]
    ours = ProxyModule("zencompile", bridge.framework_module("zencompile"), bridge)
    ours.__path__ = [str(OWN)]
    ours.__file__ = str(OWN / "__init__.py")
    sys.modules["zencompile"] = ours


def stand_in(bridge: Bridge, project: Project, stubs: tuple[str, ...]) -> None:
    """Let something stand in for modules that nobody has."""
    if stubs:
        sys.meta_path.append(StubFinder(bridge, project, stubs))


def _search(project: Project, script: bool) -> tuple[list[str], list[str]]:
    """Put the folders of the project on `sys.path`: before everything else, and behind it."""
    roots = project.roots
    first = list(dict.fromkeys(map(str, [project.entry.parent, *roots.first] if script else roots.first)))
    above = [f for f in project.entry.parents if project.boundary in (f, *f.parents)]
    behind = [str(f) for f in dict.fromkeys([*roots.later, *above]) if str(f) not in (*first, *sys.path)]
    sys.path[:0] = first
    sys.path.extend(behind)
    return first, behind


def _set_aside(project: Project, first: list[str], at_start: frozenset[str]) -> dict[str, ModuleType]:
    """Forget the modules that the compiler has loaded where the project has one that the program finds before them."""
    aside: dict[str, ModuleType] = {}
    folders = [Path(folder) for folder in first]
    for name in [n for n in sys.modules if "." not in n and n not in at_start and n not in ROOTS]:
        found = project.finder.find(name, folders)
        if name in sys.builtin_module_names or found is None or found.namespace:
            continue
        for loaded in [n for n in sys.modules if n == name or n.startswith(f"{name}.")]:
            aside[loaded] = sys.modules.pop(loaded)
    return aside
