"""Write down the names of ZenML's modules, run by a Python that has it: `PYTHON scripts/framework_names.py`."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from pathlib import Path

DATA = Path(__file__).resolve().parent.parent / "zencompile" / "frontend" / "framework" / "names.txt"
_INTERNAL = (".zen_server", ".zen_stores", ".cli", ".integrations.", ".entrypoints", ".deployers.server")


def modules() -> Iterator[str]:
    """The modules that programs import; those of integrations need their libraries."""
    import zenml

    yield "zenml"
    for found in pkgutil.walk_packages(zenml.__path__, "zenml."):
        if not any(part in found.name for part in _INTERNAL):
            yield found.name


def names(module: str) -> Iterator[str]:
    """What a module defines or hands on of the framework's own."""
    try:
        found = vars(importlib.import_module(module))
    except Exception as error:  # it needs a library
        print(f"{module} is left out: {error}")
        return
    for name, value in found.items():
        origin = getattr(value, "__module__", None) or "zenml"
        if not name.startswith("_") and not inspect.ismodule(value) and origin.startswith("zenml"):
            yield name


def text() -> str:
    """The file: the release, the modules, the names."""
    from zenml import __version__

    listed = sorted(modules())
    own = sorted({name for module in listed for name in names(module)})
    return f"{__version__}\n{' '.join(listed)}\n{' '.join(own)}\n"


if __name__ == "__main__":
    DATA.write_text(text(), "utf-8")
