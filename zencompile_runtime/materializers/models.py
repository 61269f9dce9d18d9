"""Pydantic models and dataclasses, as JSON."""

from __future__ import annotations

import json
from typing import Any

from zencompile_runtime.materializers.base import BaseMaterializer
from zencompile_runtime.names.enums import ArtifactType, VisualizationType

DATA = "data_v2.json"
LEGACY = "data.json"


class PydanticMaterializer(BaseMaterializer):
    """A model as pydantic's own JSON."""

    ASSOCIATED_ARTIFACT_TYPE = ArtifactType.DATA

    def save(self, data: Any) -> None:
        self.folder.write(DATA, data.model_dump_json().encode())

    def load(self, data_type: Any) -> Any:
        if self.folder.exists(DATA):
            return data_type.model_validate_json(self.folder.read(DATA))
        return data_type.model_validate_json(json.loads(self.folder.read(LEGACY)))

    def extract_metadata(self, data: Any) -> dict[str, Any]:
        return {"schema": type(data).model_json_schema()}

    def save_visualizations(self, data: Any) -> dict[str, Any]:
        return {DATA: VisualizationType.JSON}


class DataclassMaterializer(BaseMaterializer):
    """A dataclass as JSON: by our own codec if every field has a literal form, else by pydantic."""

    ASSOCIATED_ARTIFACT_TYPE = ArtifactType.DATA

    def save(self, data: Any) -> None:
        self.folder.write("data.json", _dump(data))

    def load(self, data_type: Any) -> Any:
        from zencompile_runtime.materializers.builtin import from_json
        from zencompile_runtime.values.coerce import coerce

        return coerce(from_json(self.folder.read("data.json")), data_type, "data.json")

    def save_visualizations(self, data: Any) -> dict[str, Any]:
        return {"data.json": VisualizationType.JSON}


def _dump(data: Any) -> bytes:
    from zencompile_runtime.materializers.builtin import to_json

    return to_json(_tree(data))


def _tree(data: Any) -> Any:
    if hasattr(type(data), "__dataclass_fields__"):
        return {name: _tree(getattr(data, name)) for name, one in data.__dataclass_fields__.items() if one.init}
    if isinstance(data, list):
        return [_tree(item) for item in data]
    if isinstance(data, dict):
        return {key: _tree(item) for key, item in data.items()}
    if type(data) is tuple:
        return tuple(_tree(item) for item in data)
    return data


def storable(data: Any) -> bool:
    """Whether a model or dataclass comes back equal from JSON; if not it is pickled."""
    if not hasattr(data, "__dataclass_fields__"):
        return _model_storable(data)
    from zencompile_runtime.materializers.builtin import from_json
    from zencompile_runtime.values.coerce import coerce
    from zencompile_runtime.values.exact import same

    if any(not one.init for one in data.__dataclass_fields__.values()):
        return False
    try:
        return same(coerce(from_json(_dump(data)), type(data), "data.json"), data)
    except Exception:  # any field that is not simple data: the answer is no
        return False


def _model_storable(data: Any) -> bool:
    """JSON of pydantic knows no inf and nan, and may leave fields out that a model excludes."""
    from zencompile_runtime.values.exact import same

    try:
        return same(type(data).model_validate_json(data.model_dump_json()), data)
    except Exception:  # a field that pydantic can't write, or not read again: the answer is no
        return False
