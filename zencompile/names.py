"""Names for code of steps that an ordinary program imports, too: materializers, types, loggers, `save_artifact`, ….

They are the runtime's own. What pipelines are written with (`step`, `pipeline`, settings) is `zencompile.authoring`.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
from types import ModuleType
from typing import Any

from zencompile_runtime.names.finder import lookup
from zencompile_runtime.names.table import MODULES


def in_steps(module: str, name: str) -> Any:
    """What the runtime calls so in a module; None if nothing."""
    return lookup(module, name) if name in MODULES.get(module.partition(".")[2], {}) else None


def module_spec(name: str, authoring: ModuleType) -> importlib.machinery.ModuleSpec | None:
    """The spec of a module of such names; None if there is none of that name.

    It has those, too, that `authoring` lists: what pipelines are written with.
    """
    below = name.partition(".")[2]
    if below in MODULES or any(one.startswith(f"{below}.") for one in MODULES):
        return importlib.machinery.ModuleSpec(name, _Loader(authoring), is_package=True)
    return None


class _Module(ModuleType):
    def __init__(self, name: str, authoring: ModuleType) -> None:
        super().__init__(name)
        self._authoring = authoring

    def __getattr__(self, name: str) -> Any:
        if name in self._authoring.__all__ and not name.startswith("_"):
            return getattr(self._authoring, name)
        found = None if name.startswith("__") else in_steps(self.__name__, name)
        if found is None:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        return found


class _Loader(importlib.abc.Loader):
    def __init__(self, authoring: ModuleType) -> None:
        self._authoring = authoring

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return _Module(spec.name, self._authoring)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing to run."""
