"""Pydantic models and dataclasses, as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from zencompile_runtime.materializers.base import BaseMaterializer
from zencompile_runtime.names.enums import ArtifactType, VisualizationType
from zencompile_runtime.own import json

DATA = "data_v2.json"
LEGACY = "data.json"
FIELDS = "fields_set.json"


class PydanticMaterializer(BaseMaterializer):
    """A model as pydantic's own JSON."""

    ASSOCIATED_ARTIFACT_TYPE = ArtifactType.DATA

    def save(self, data: Any) -> None:
        self.folder.write(DATA, data.model_dump_json().encode())
        fields = _fields_set(data)
        if fields is not None:
            self.folder.write(FIELDS, json.dumps(fields).encode())

    def load(self, data_type: Any) -> Any:
        if not self.folder.exists(DATA):
            return data_type.model_validate_json(json.loads(self.folder.read(LEGACY)))
        found = data_type.model_validate_json(self.folder.read(DATA))
        if self.folder.exists(FIELDS):
            _set_fields(found, json.loads(self.folder.read(FIELDS)))
        return found

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
        again = type(data).model_validate_json(data.model_dump_json())
        _set_fields(again, _fields_set(data))
        return same(again, data)
    except Exception:  # a field that pydantic can't write, or not read again: the answer is no
        return False


def _fields_set(data: Any) -> list[list[str]] | None:
    """Which fields were given to each model in `data`, if that is not all of them; JSON has no place for it."""
    found = [sorted(one.model_fields_set) for one in _models(data)]
    whole = [sorted({*type(one).model_fields, *(one.model_extra or ())}) for one in _models(data)]
    return found if found != whole else None


def _set_fields(data: Any, fields: list[list[str]] | None) -> None:
    if fields is not None:
        for one, names in zip(_models(data), fields, strict=True):
            object.__setattr__(one, "__pydantic_fields_set__", set(names))


def _models(data: Any) -> Iterator[Any]:
    """The models in a value, itself included, in an order that an equal value has, too."""
    if hasattr(data, "__pydantic_fields_set__"):
        yield data
        for held in (vars(data), data.model_extra or {}):
            yield from _models(list(held.values()))
    elif isinstance(data, dict):
        yield from _models(list(data.values()))
    elif isinstance(data, (list, tuple)):
        for one in data:
            yield from _models(one)
