"""`zenml.materializers`: the base class and the built-in ones; those of libraries are imported when asked for."""

from __future__ import annotations

from typing import Any

from zencompile_runtime.materializers.base import BaseMaterializer as BaseMaterializer
from zencompile_runtime.materializers.base import materializer_registry as materializer_registry

_WHERE = {
    "BuiltInMaterializer": "builtin",
    "BuiltInContainerMaterializer": "builtin",
    "BytesMaterializer": "builtin",
    "UUIDMaterializer": "builtin",
    "CloudpickleMaterializer": "pickled",
    "DataclassMaterializer": "models",
    "PydanticMaterializer": "models",
    "PathMaterializer": "files",
    "StructuredStringMaterializer": "files",
    "NumpyMaterializer": "numpy",
    "PandasMaterializer": "pandas",
}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(name)
    import importlib

    return getattr(importlib.import_module(f"zencompile_runtime.materializers.{_WHERE[name]}"), name)
