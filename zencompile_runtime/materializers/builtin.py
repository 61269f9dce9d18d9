"""Python's own types, as JSON and plain files."""

from __future__ import annotations

import uuid
from pathlib import PurePath
from typing import Any

from zencompile_runtime.materializers.base import BaseMaterializer
from zencompile_runtime.names.enums import ArtifactType, VisualizationType
from zencompile_runtime.own import json
from zencompile_runtime.values.literals import NotLiteral, Shared, decode, encode_artifact

DATA = "data.json"
META = "metadata.json"
PICKLE = "artifact.pkl"
_SCALARS = (bool, int, float, str)
_CONTAINERS = (dict, list, tuple, set, frozenset)


def to_json(value: Any) -> bytes:
    """JSON text that `from_json` reads back to an equal value of equal types; NotLiteral if there is none."""
    try:
        return json.dumps(encode_artifact(value), ensure_ascii=False).encode("utf-8", "surrogatepass")
    except RecursionError:
        raise Shared("it is nested too deeply") from None
    except NotLiteral:
        raise
    except ValueError as error:  # an integer of more digits than Python reads
        raise NotLiteral(str(error)) from None


def from_json(data: bytes) -> Any:
    """The value that `to_json` wrote; any other JSON as it is."""
    found = json.loads(data.decode("utf-8", "surrogatepass"))
    return decode(found) if b'"$"' in data else found


class _Json(BaseMaterializer):
    def save_visualizations(self, data: Any) -> dict[str, Any]:
        return {DATA: VisualizationType.JSON} if self.folder.exists(DATA) else {}


class BuiltInMaterializer(_Json):
    """bool, int, float, str and None."""

    ASSOCIATED_ARTIFACT_TYPE = ArtifactType.DATA
    ASSOCIATED_TYPES = (bool, float, int, str, type(None))

    def save(self, data: Any) -> None:
        kind = type(data)
        if data is not None and kind not in _SCALARS and not hasattr(kind, "__members__"):  # its value, as JSON has it
            data = next(base for base in _SCALARS if isinstance(data, base))(data)
        self.folder.write(DATA, to_json(data))

    def load(self, data_type: type[Any]) -> Any:
        found = from_json(self.folder.read(DATA))
        kind = type(found)
        if kind is not data_type and kind in _SCALARS and isinstance(data_type, type) and issubclass(data_type, kind):
            return data_type(found)
        return found

    def comes_back(self, data: Any) -> bool:
        return type(data) in _SCALARS or super().comes_back(data)

    def extract_metadata(self, data: Any) -> dict[str, Any]:
        return {} if data is None or isinstance(data, str) else {"string_representation": str(data)}


class BytesMaterializer(BaseMaterializer):
    """Bytes, as they are."""

    ASSOCIATED_ARTIFACT_TYPE = ArtifactType.DATA
    ASSOCIATED_TYPES = (bytes,)

    def save(self, data: Any) -> None:
        self.folder.write("data.txt", data)

    def load(self, data_type: type[Any]) -> Any:
        data = self.folder.read("data.txt")
        return data if data_type is bytes or not issubclass(data_type, (bytes, bytearray)) else data_type(data)

    def comes_back(self, data: Any) -> bool:
        return type(data) is bytes or super().comes_back(data)

    def save_visualizations(self, data: Any) -> dict[str, Any]:
        return {"data.txt": VisualizationType.MARKDOWN}


class BuiltInContainerMaterializer(_Json):
    """Lists, dictionaries, tuples and sets: one JSON file, or, with other things in them, a folder for each element."""

    ASSOCIATED_ARTIFACT_TYPE = ArtifactType.BASE
    ASSOCIATED_TYPES = (dict, list, set, tuple, frozenset)

    def save(self, data: Any) -> None:
        try:
            self.folder.write(DATA, to_json(_plain(data)))
            return
        except Shared:
            self._pickle(data)
            return
        except NotLiteral:
            pass
        elements = [list(data.keys()), list(data.values())] if isinstance(data, dict) else list(data)
        if _in_two_places(elements, data):
            self._pickle(data)
        else:
            self.folder.write(META, json.dumps(self._described(elements)).encode())

    def _described(self, elements: list[Any]) -> list[dict[str, str]]:
        """Store each element, one that stands in several places once."""
        from zencompile_runtime.importing import name_of
        from zencompile_runtime.materializers.storing import store

        described: list[dict[str, str]] = []
        stored: dict[int, int] = {}
        for index, element in enumerate(elements):
            first = stored.setdefault(id(element), index)
            if first == index:
                kind = type(store(element, self.folder.below(str(index)), _as_text(element)))
                described.append({"path": str(index), "type": name_of(type(element)), "materializer": name_of(kind)})
            else:
                described.append(described[first])
        return described

    def _pickle(self, data: Any) -> None:
        """Store the whole by pickle, which keeps what stands in two places."""
        from zencompile_runtime.materializers.pickled import CloudpickleMaterializer

        self._pickled = CloudpickleMaterializer(self.folder)
        self._pickled.save(data)

    def comes_back(self, data: Any) -> bool:
        """JSON is written where it says all; elements have been loaded again, so that the container's shape is left."""
        if self.folder.exists(PICKLE):
            return self._pickled.comes_back(data)
        if self.folder.exists(DATA):
            return type(data) in _CONTAINERS or restorable(data)
        found = self.load(type(data))
        return type(found) is type(data) and len(found) == len(data)

    def load(self, data_type: type[Any]) -> Any:
        if self.folder.exists(PICKLE):
            from zencompile_runtime.materializers.pickled import CloudpickleMaterializer

            return CloudpickleMaterializer(self.folder).load(data_type)
        if self.folder.exists(DATA):
            return _shaped(from_json(self.folder.read(DATA)), data_type)
        elements = self._elements()
        if isinstance(data_type, type) and issubclass(data_type, dict):
            return _shaped(dict(zip(elements[0], elements[1], strict=True)), data_type)
        return _shaped(elements, data_type)

    def _elements(self) -> list[Any]:
        loaded: dict[str, Any] = {}
        described = json.loads(self.folder.read(META))
        for one in described:
            if one["path"] not in loaded:
                loaded[one["path"]] = self._element(one)
        return [loaded[one["path"]] for one in described]

    def load_item(self, data_type: type[Any], index: int) -> Any:
        if not self.folder.exists(META):
            return self.load(data_type)[index]
        return self._element(json.loads(self.folder.read(META))[index])

    def extract_metadata(self, data: Any) -> dict[str, Any]:
        return {"length": len(data)}

    def get_item_count(self, data: Any) -> int | None:
        return len(data) if isinstance(data, (list, tuple)) else None

    def _element(self, described: dict[str, str]) -> Any:
        from zencompile_runtime.importing import class_or_object
        from zencompile_runtime.materializers.select import by_name, make

        kind = by_name(described["materializer"])
        return make(kind, self.folder.below(described["path"])).load(class_or_object(described["type"]))


def restorable(value: Any) -> bool:
    """Whether a value of a *subclass* of Python's types is made again from what it is as its base: `Celsius(1.5)`.

    One that holds more (attributes, a factory), or is not made that way, is not.
    """
    from zencompile_runtime.values.exact import same

    kind = type(value)
    base = next(one for one in (*_SCALARS, *_CONTAINERS, bytes, bytearray) if isinstance(value, one))
    try:
        return same(_shaped(base(value), kind) if issubclass(kind, _CONTAINERS) else kind(base(value)), value)
    except Exception:  # whatever its constructor says about a value that it was not made for
        return False


def _as_text(element: Any) -> tuple[type[BaseMaterializer], ...]:
    """The path of a file that isn't there is no more than its text: pickle has that."""
    if not isinstance(element, PurePath) or not hasattr(element, "exists") or element.exists():
        return ()
    from zencompile_runtime.materializers.pickled import CloudpickleMaterializer

    return (CloudpickleMaterializer,)


def _in_two_places(elements: list[Any], data: Any) -> bool:
    """Whether elements that are stored one by one would lose what they have in common, or hold the whole."""
    from zencompile_runtime.values.reach import tangled
    from zencompile_runtime.values.views import share_memory

    return tangled(elements, data) or share_memory(data)


def _plain(data: Any) -> Any:
    """A container of a subclass as its base; what it holds stays."""
    kind = type(data)
    if kind in (list, dict, tuple, set, frozenset):
        return data
    return next(base for base in (dict, list, tuple, set, frozenset) if isinstance(data, base))(data)


def _shaped(value: Any, data_type: Any) -> Any:
    """`value` as the type that was saved: what the file holds of it may be a list."""
    if type(value) is data_type or not isinstance(data_type, type):
        return value
    if issubclass(data_type, tuple) and hasattr(data_type, "_fields"):
        return data_type(*value)
    if issubclass(data_type, (dict, list, set, tuple, frozenset)):
        return data_type(value)
    return value


class UUIDMaterializer(BaseMaterializer):
    """A UUID as text."""

    ASSOCIATED_ARTIFACT_TYPE = ArtifactType.DATA
    ASSOCIATED_TYPES = (uuid.UUID,)

    def save(self, data: Any) -> None:
        self.folder.write("uuid.txt", str(data).encode())

    def load(self, data_type: type[Any]) -> Any:
        return uuid.UUID(self.folder.read("uuid.txt").decode())

    def extract_metadata(self, data: Any) -> dict[str, Any]:
        return {"string_representation": str(data)}
