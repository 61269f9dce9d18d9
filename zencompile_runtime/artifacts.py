"""Saving a value as an artifact's files, and loading it: the seam between materializers and the store."""

from __future__ import annotations

import dataclasses
import datetime
import enum
import os
import shutil
import typing
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from zencompile_runtime import context
from zencompile_runtime.errors import CorruptArtifact
from zencompile_runtime.importing import class_or_object, name_of
from zencompile_runtime.manifest import File, Value, Visualization
from zencompile_runtime.materializers import storing
from zencompile_runtime.materializers.base import OURS, BaseMaterializer
from zencompile_runtime.materializers.folder import Loading, Saving
from zencompile_runtime.materializers.select import LAST_RESORT, by_name, make
from zencompile_runtime.receiving import NotLoadable, item_as, received
from zencompile_runtime.store.artifacts import ArtifactStore, files_of
from zencompile_runtime.values.literals import canonical

_PICKLE = f"{OURS}materializers.{LAST_RESORT}"
_PICKLING = (
    f"{OURS}materializers.builtin:BuiltInContainerMaterializer",
    f"{OURS}materializers.pandas:PandasMaterializer",
)


def save(
    store: ArtifactStore,
    value: Any,
    explicit: tuple[type[BaseMaterializer], ...] = (),
    *,
    metadata: bool = True,
    visualization: bool = True,
    beside: str | None = None,
    notes: list[str] | None = None,
) -> Value:
    """Store a value; OutputFault if its materializer can't. What fails beside the value itself becomes a note.

    `beside` is the folder of the store with files that the step has kept with the output: they are the value's, too.
    """
    notes = notes if notes is not None else []
    folder = Saving(store)
    try:
        materializer = storing.store(value, folder, explicit, notes)
        kind = type(materializer)
        if beside is not None:
            _take(store, beside, folder)
        names = set(folder.names())
        facts: dict[str, Any] = {}
        shown: dict[str, Any] = {}
        if metadata:
            facts = _attempt(notes, materializer, "extract_metadata", value) or {}
        if visualization:
            shown = _attempt(notes, materializer, "save_visualizations", value) or {}
        count = _attempt(notes, materializer, "get_item_count", value)
        content = _attempt(notes, materializer, "compute_content_hash", value)
        stored = {file["path"]: file for file in folder.finish()}
        uri = folder.made
    finally:
        folder.close()
    files = [file for path, file in stored.items() if path in names]
    size = sum(file["size"] for file in files)
    found: Value = {
        "digest": digest_of(files),
        "size": size,
        "files": files,
        "type": name_of(type(value)),
        "materializer": name_of(kind),
        "kind": str(getattr(kind.ASSOCIATED_ARTIFACT_TYPE, "value", kind.ASSOCIATED_ARTIFACT_TYPE)),
        "items": count if isinstance(count, int) else None,
        "metadata": {"storage_size": size, **{key: plain(item) for key, item in facts.items()}} if metadata else {},
        "visualizations": _visualizations(stored, shown, uri, notes),
    }
    if content is not None:
        found["content"] = str(content)
    if type(value).__name__ == "memmap":
        notes.append("a memmap of NumPy comes back as an array")
    if found["materializer"] == _PICKLE:
        notes.append(f"a {type(value).__name__} was stored by pickle, which other versions of Python may not read")
    elif found["materializer"] in _PICKLING and any(path.endswith(".pkl") for path in names):
        notes.append(
            f"parts of a {type(value).__name__} were stored by pickle, which other versions of Python may not read"
        )
    return found


def _take(store: ArtifactStore, prefix: str, folder: Saving) -> None:
    """Copy the files below a prefix of the store; what the materializer wrote stands."""
    for entry in store.entries(prefix):
        name = entry.key.removeprefix(prefix).lstrip("/")
        if not folder.exists(name):
            shutil.copyfile(store.backend.path(entry.key), folder.target(name))


def load(store: ArtifactStore, value: Value, kind: Any = None, item: int | None = None) -> Any:
    """The stored value, or one element of it, as ZenML would load it for a step that asks for `kind`.

    Without `kind` it is what was stored. NotLoadable if no value of its class is loaded as `kind`.
    """
    ours = value["materializer"].startswith(OURS)
    folder = Loading(store, value["files"] if ours else files_of(value))
    running = context.current()
    try:
        data_type = _data_type(value["type"], kind)
        materializer = make(by_name(value["materializer"]), folder)
        if item is not None:
            return item_as(materializer.load_item(data_type, item), kind)
        if ours:
            found = materializer.load(data_type)
            return received(found, kind, value.get("as_is", False))
        asked = data_type if kind in (None, typing.Union) else kind
        materializer.validate_load_type_compatibility(asked)
        return materializer.load(asked)
    except NotLoadable:
        raise
    except Exception as error:
        _blame_the_store(store, value, error)
        raise
    finally:
        if running is not None and not ours:
            running.folders.append(folder)  # a value of the user's may read from it later
        else:
            folder.close()


def _blame_the_store(store: ArtifactStore, value: Value, error: Exception) -> None:
    """Raise CorruptArtifact if what could not be loaded is not what was stored."""
    try:
        wrong = store.drop_corrupt(value)
    except Exception:  # the store answers no more: the first error says so
        return
    if wrong:
        names = ", ".join(map(repr, wrong))
        raise CorruptArtifact(
            f"the store {store.url} holds other bytes for {names} than were stored, or none (a {value['type']})",
            help="run it again: what was wrong is removed from the store, and the step that made it runs anew",
        ) from error


def digest_of(files: list[File]) -> str:
    """The digest of a value: that of its only file, or of the table of paths and digests of several."""
    if len(files) == 1:
        return files[0]["digest"]
    table = canonical({file["path"]: file["digest"] for file in files})
    return sha256(table.encode()).hexdigest()


def identity(value: Value) -> list[str]:
    """What tells one value from another in a cache key: its content and its type."""
    return [value.get("content") or value["digest"], value["type"]]


def plain(value: Any) -> Any:
    """A metadata value as JSON: numbers of NumPy as numbers, sets and tuples as lists, anything strange as its text."""
    if isinstance(value, enum.Enum):
        return plain(value.value)
    if value is None or isinstance(value, (bool, int, str)):
        return value if type(value) in (bool, int, str, type(None)) else _base(value)
    if isinstance(value, float):
        return float(value) if value - value == 0 else str(float(value))
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        items = [plain(item) for item in value]
        return sorted(items, key=repr) if isinstance(value, (set, frozenset)) else items
    if hasattr(value, "item") and type(value).__module__ == "numpy" and getattr(value, "ndim", 1) == 0:
        item = value.item()
        return plain(item) if type(item) is not type(value) else str(value)  # no number of Python's is a long double
    return _data(value)


def _data(value: Any) -> Any:
    """What pydantic makes of an object in JSON, as ZenML has it; else its text."""
    if isinstance(value, (datetime.date, datetime.time)):  # a datetime is a date
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return plain(dataclasses.asdict(value))
    if hasattr(type(value), "model_fields") and hasattr(value, "model_dump"):
        return plain(value.model_dump())
    return str(value)


def _base(value: Any) -> Any:
    return next(kind(value) for kind in (bool, int, str) if isinstance(value, kind))


def _attempt(notes: list[str], materializer: BaseMaterializer, method: str, value: Any) -> Any:
    try:
        return getattr(materializer, method)(value)
    except Exception as error:
        notes.append(f"{type(materializer).__name__}.{method} failed: {type(error).__name__}: {error}")
        return None


def _visualizations(
    stored: dict[str, File], shown: Mapping[str, Any], uri: str | None, notes: list[str]
) -> list[Visualization]:
    found: list[Visualization] = []
    for path, kind in shown.items():
        name = os.path.relpath(path, uri) if uri and os.path.isabs(path) else path  # noqa: PTH117 (text in, text out)
        if name in stored:
            found.append({"type": str(getattr(kind, "value", kind)), "file": stored[name]})
        else:
            notes.append(f"the visualisation {path} was announced and not written")
    return found


def _data_type(name: str, kind: Any) -> Any:
    found = class_or_object(name)
    return kind if found is object and isinstance(kind, type) else found
