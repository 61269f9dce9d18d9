"""What one element of a stored list contains, for cache keys: an element stays the same when only others change."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from zencompile_runtime.manifest import File, Value
from zencompile_runtime.own import json
from zencompile_runtime.store.artifacts import ArtifactStore

_CONTAINER = "zencompile_runtime.materializers.builtin:BuiltInContainerMaterializer"
_PLAIN = ("builtins:list", "builtins:tuple")  # of a class of the user's, an element may be anything
_MOST = 1 << 22  # bytes of JSON that are read to tell its elements apart
_KEPT = 4  # lists that a process remembers

_known: dict[str, list[Any]] = {}


def digest(value: Value, index: int, store: ArtifactStore) -> Any:
    """What tells the element from another; None where only the whole value can. Nothing of the user's is imported."""
    if value.get("materializer") != _CONTAINER or value.get("type") not in _PLAIN:
        return None
    files = {file["path"]: file for file in value["files"]}
    whole = files.get("data.json")
    described = files.get("metadata.json")
    found = _found(whole or described, store)
    if found is None or not -len(found) <= index < len(found):
        return None
    one = found[index]
    if whole:
        text = json.dumps(one, separators=(",", ":"))  # the order of keys counts: a step sees it
        return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    below = f"{one['path']}/"
    inner = {path[len(below) :]: file["digest"] for path, file in files.items() if path.startswith(below)}
    return [sorted(inner.items()), one["type"], one["materializer"]]


def _found(file: File | None, store: ArtifactStore) -> list[Any] | None:
    """The elements as the file has them."""
    if file is None or file["size"] > _MOST:
        return None
    found = _known.get(file["digest"])
    if found is None:
        while len(_known) >= _KEPT:
            del _known[next(iter(_known))]
        document = json.loads(store.read(file))
        found = _known[file["digest"]] = document["items"] if isinstance(document, dict) else document
    return found
