"""The finder that gives user code its `zenml` and `zencompile` names in step processes.

It stands first on `sys.meta_path`, so it wins over a real ZenML that happens to be installed. A name that the table
does not have comes from the real package, if it is there; if not, importing it works and using it raises.

Python processes that a step's code starts (joblib's, or those of `multiprocessing` under `spawn`) find the packages in
`packages/` on their path, and these have the finder install itself there.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from zencompile_runtime.names.table import MODULES

ROOTS = ("zenml", "zencompile")
PACKAGES = str(Path(__file__).resolve().parent / "packages")
_RUNTIME = str(Path(__file__).resolve().parents[2])
_lock = threading.RLock()
_real: dict[str, ModuleType] = {}  # modules of the really installed package, out of everybody's sight


class Names(ModuleType):
    """A module that finds each name when it is first asked for."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name not in MODULES.get(_suffix(self.__name__), {}):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        found = lookup(self.__name__, name)
        setattr(self, name, found)
        return found


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Makes modules of names below `zenml` and `zencompile`."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """A spec for any module below ROOTS; where the compiler runs in this process too, not for its own modules."""
        root = fullname.partition(".")[0]
        if root not in ROOTS or _real_import.active:
            return None
        if root == "zencompile" and _compiler() is not None:
            own = importlib.machinery.PathFinder.find_spec(fullname, path)
            if own is not None or _suffix(fullname) not in MODULES:
                return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        """An empty module, whose names come when asked for."""
        module = Names(spec.name)
        names = MODULES.get(_suffix(spec.name), {})
        module.__all__ = sorted(names)  # type: ignore[attr-defined]
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Nothing to run."""


class _RealImport(threading.local):
    active = False


_real_import = _RealImport()


def _suffix(module: str) -> str:
    return module.partition(".")[2]


def installed() -> bool:
    """Whether the finder is in place."""
    return any(isinstance(one, Finder) for one in sys.meta_path)


def install() -> None:
    """Put the finder first; modules of a real ZenML that were imported before are set aside."""
    if installed():
        return
    for name in [one for one in sys.modules if one == "zenml" or one.startswith("zenml.")]:
        _real[name] = sys.modules.pop(name)
    sys.meta_path.insert(0, Finder())
    compiler = _compiler()
    if compiler is not None:
        for name in MODULES[""]:
            if name in compiler.__all__ and not name.startswith("__"):
                setattr(compiler, name, lookup("zencompile", name))


def stand_in(name: str) -> None:
    """Put the finder's module in the place of the package that is just imported."""
    del sys.modules[name]
    install()
    importlib.import_module(name)


def python_path(before: str | None) -> str:
    """PYTHONPATH for processes that a step's code starts."""
    ours = (PACKAGES, _RUNTIME)
    others = [one for one in (before or "").split(os.pathsep) if one and one not in ours]
    return os.pathsep.join([*ours, *others])


def uninstall() -> None:
    """Take the finder and its modules away again, as a test or a host process may want."""
    sys.meta_path[:] = [one for one in sys.meta_path if not isinstance(one, Finder)]
    for name in [one for one, module in sys.modules.items() if isinstance(module, Names)]:
        del sys.modules[name]
    sys.modules.update(_real)
    _real.clear()
    compiler = _compiler()
    if compiler is not None:
        for name in MODULES[""]:
            if name in compiler.__all__ and not name.startswith("__"):
                compiler.__dict__.pop(name, None)


def _compiler() -> ModuleType | None:
    """The compiler's package, where this process has imported it before."""
    found = sys.modules.get("zencompile")
    return None if found is None or isinstance(found, Names) else found


def lookup(module: str, name: str) -> Any:
    """What `from module import name` gives."""
    source = MODULES.get(_suffix(module), {}).get(name)
    if source is not None:
        where, _, attribute = source.partition(":")
        found = importlib.import_module(f"zencompile_runtime.names.{where}")
        return getattr(found, attribute) if attribute else found
    inert = _inert(module, name)
    if inert is not None:
        return inert
    full = f"{_suffix(module)}.{name}".lstrip(".")
    if full in MODULES or any(one.startswith(f"{full}.") for one in MODULES):
        return importlib.import_module(f"{module}.{name}")
    if module.partition(".")[0] == "zenml":
        real = _from_real(module, name)
        if real is not None:
            return real
    from zencompile_runtime.names.missing import Missing

    return Missing(f"{module}.{name}")


def _inert(module: str, name: str) -> Any:
    """Settings of stack components: they were read at compile time and mean nothing to a running step."""
    if ".integrations." in f"{module}." and name.endswith(("Settings", "Config", "Flavor")):
        from zencompile_runtime.names.config import Settings

        return type(name, (Settings,), {"__module__": module})
    if module.endswith(".integrations.constants"):
        return name.lower()
    return None


def _from_real(module: str, name: str) -> Any:
    """A name of the really installed package, imported with ours out of the way; None if it isn't there."""
    with _lock:
        ours = {one: sys.modules.pop(one) for one in list(sys.modules) if one == "zenml" or one.startswith("zenml.")}
        sys.modules.update(_real)
        _real_import.active = True
        path = list(sys.path)
        sys.path[:] = [one for one in path if one != PACKAGES]
        importlib.invalidate_caches()
        try:
            found = importlib.import_module(module)
            try:
                return getattr(found, name)
            except AttributeError:
                return importlib.import_module(f"{module}.{name}")
        except Exception:  # not installed, or not importable here: the same to who asks
            return None
        finally:
            _real_import.active = False
            sys.path[:] = path
            for one in [one for one in sys.modules if one == "zenml" or one.startswith("zenml.")]:
                _real[one] = sys.modules.pop(one)
            sys.modules.update(ours)
