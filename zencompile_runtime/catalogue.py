"""The catalogue: artifacts and models by name, over all runs of a store.

artifacts/<name>/<time>-<run and step>.json    a manifest; versions are numbered by their order
artifacts/<name>/=<version>.json               a manifest with a version of the user's
models/<name>/<version>/<artifact>.json        a manifest that belongs to a version of a model
models/<name>/<version>/.metadata.json         metadata of a version of a model
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, cast

from zencompile_runtime.context import Running, substituted
from zencompile_runtime.errors import ConfigurationFault, UserFault
from zencompile_runtime.manifest import Manifest
from zencompile_runtime.store import ArtifactStore
from zencompile_runtime.store.layout import manifest_key, part

_RESERVED = "="


def register(store: ArtifactStore, running: Running, manifests: Mapping[str, Manifest]) -> None:
    """Enter a step's named outputs, and all its outputs under its model."""
    spec = running.spec
    for name, manifest in manifests.items():
        if running.outputs[name].artifact is not None:
            enter(store, manifest)
    if spec.model is not None and spec.model.get("name"):
        prefix = model_prefix(running)
        for manifest in manifests.values():
            store.write_document(f"{prefix}/{part(manifest['artifact'])}.json", cast("dict[str, Any]", manifest))


def enter(store: ArtifactStore, manifest: Manifest, began: datetime.datetime | None = None) -> None:
    """Enter one artifact under its name; a version of the user's must be new, or of the same step of the same run,
    and where that `began` is given, of an earlier attempt.
    """
    folder = f"artifacts/{part(manifest['artifact'])}"
    version = manifest.get("version")
    if version is None:
        origin = "/".join(str(manifest.get(key)) for key in ("pipeline", "run", "invocation", "map_index", "output"))
        mark = sha256(origin.encode()).hexdigest()[:12]
        moment = "".join(character for character in manifest["created"] if character.isdigit())[:20]
        key = f"{folder}/{moment}-{mark}.json"
    else:
        key = f"{folder}/{_RESERVED}{part(str(version))}.json"
        there = store.read_document(key)
        if there is not None and not _may_replace(there, manifest, began):
            raise UserFault(
                f"artifact {manifest['artifact']!r} has a version {version!r} already",
                help="give every run a version of its own, or none",
            )
    store.write_document(key, cast("dict[str, Any]", manifest))


def _may_replace(there: Mapping[str, Any], manifest: Manifest, began: datetime.datetime | None) -> bool:
    if any(there.get(one) != manifest.get(one) for one in ("pipeline", "run", "invocation", "map_index")):
        return False
    return began is None or datetime.datetime.fromisoformat(str(there["created"])) < began


def versions(store: ArtifactStore, name: str) -> list[Manifest]:
    """All versions of an artifact, oldest first, each with its version filled in.

    Those that were pruned have left a document without a value, so that the others keep their numbers.
    """
    prefix = f"artifacts/{part(name)}"
    found = []
    for entry in store.entries(prefix):
        document = cast("Manifest | None", store.read_document(entry.key))
        if document is not None:
            found.append(document)
    found.sort(key=lambda one: one["created"])
    number = 0
    for manifest in found:
        if manifest.get("version") is None:
            number += 1
            manifest["version"] = number
    return [one for one in found if "value" in one] or _of_runs(store, name)


def number(store: ArtifactStore, manifest: Manifest) -> Any:
    """The version of an artifact that has none of its own: its place among those of its name; None if it is none."""
    key = origin(manifest)
    return next((one["version"] for one in versions(store, manifest["artifact"]) if origin(one) == key), None)


def origin(manifest: Manifest) -> str:
    """What tells an artifact from all others: the key of its first manifest, and where a step saved several of one
    name, when.
    """
    one = manifest
    key = one.get("source") or manifest_key(
        one["pipeline"], one["run"], one["invocation"], one["output"], one.get("map_index")
    )
    return f"{key.removesuffix('.json')}@{one['saved']}.json" if one.get("saved") else key


def is_own(running: Running, manifest: Manifest) -> bool:
    """Whether the running step itself has made an artifact in this run."""
    spec, one = running.spec, manifest
    own = (f"{spec.namespace}/{spec.pipeline_name}", spec.run, spec.id, spec.map_index)
    return own == (one["pipeline"], one["run"], one["invocation"], one.get("map_index"))


def find(store: ArtifactStore, name: str, version: Any = None) -> Manifest:
    """A version of an artifact, the newest if none is named; `name` may be an artifact's id."""
    found = versions(store, name) or by_id(store, name)
    if version is not None and version != "latest":
        found = [one for one in found if str(one.get("version")) == str(version)]
    if not found:
        what = f"artifact {name!r}" + (f" in version {version!r}" if version is not None else "")
        raise ConfigurationFault(f"there is no {what} in {store.url}", help="run the pipeline that makes it first")
    return found[-1]


def by_id(store: ArtifactStore, id: str) -> list[Manifest]:
    """The artifact that has an identifier, in a list; none if there is no such one."""
    try:
        wanted = str(uuid.UUID(id))
    except ValueError:
        return []
    from zencompile_runtime.names.step_context import identifier

    for folder in ("artifacts", "runs"):
        for entry in store.entries(folder):
            document = cast("Manifest | None", store.read_document(entry.key)) if _may_be_manifest(entry.key) else None
            if document is not None and "value" in document and str(identifier(origin(document))) == wanted:
                return [_numbered(store, document)]
    return []


def _may_be_manifest(key: str) -> bool:
    name = key.rpartition("/")[2]
    return name.endswith(".json") and not name.startswith(".") and "/.files/" not in key


def _numbered(store: ArtifactStore, manifest: Manifest) -> Manifest:
    """A manifest with its version filled in."""
    if manifest.get("version") is None:
        manifest["version"] = number(store, manifest)
    return manifest


def _of_runs(store: ArtifactStore, name: str) -> list[Manifest]:
    """Versions of an artifact that has no name of its own (`pipeline::invocation::output`): one a run."""
    pieces = name.split("::")
    if len(pieces) != 3:
        return []
    wanted = f"/{part(pieces[1])}/{part(pieces[2])}.json"
    found = []
    for entry in store.entries("runs"):
        if entry.key.endswith(wanted) and entry.key.split("/")[2] == part(pieces[0]):
            document = cast("Manifest | None", store.read_document(entry.key))
            if document is not None:
                found.append(document)
    found.sort(key=lambda one: one["created"])
    for number, manifest in enumerate(found, 1):
        manifest["version"] = number
    return found


# -- models ------------------------------------------------------------------------------------------------------------


def model_prefix(running: Running) -> str:
    """The folder of the model version that a step works on; without a version, of its run."""
    name, version = model_names(running)
    return f"models/{part(name)}/{part(version)}"


def model_names(running: Running) -> tuple[str, str]:
    """The name and the version of the model that a step works on, placeholders filled in."""
    model = running.spec.model or {}
    name = substituted(str(model.get("name", "")), running)
    return name, substituted(str(model.get("version") or running.spec.run), running)


def model_version(store: ArtifactStore, name: str, version: Any = None) -> str:
    """The folder of a model's version: the one named, or the one that was written to last."""
    newest: dict[str, float] = {}
    prefix = f"models/{part(name)}"
    for entry in store.entries(prefix):
        one = entry.key[len(prefix) + 1 :].partition("/")[0]
        newest[one] = max(newest.get(one, 0.0), entry.modified)
    if version not in (None, "latest") and part(str(version)) in newest:
        return f"{prefix}/{part(str(version))}"
    if not newest or version not in (None, "latest"):
        what = f"model {name!r}" + (f" in version {version!r}" if version is not None else "")
        raise ConfigurationFault(f"there is no {what} in {store.url}", help="run the pipeline that makes it first")
    return f"{prefix}/{max(newest, key=lambda one: (newest[one], one))}"


def model_artifact(store: ArtifactStore, prefix: str, name: str) -> Manifest | None:
    """An artifact of a model's version, by its catalogue name or its output's: the newest one."""
    found = store.read_document(f"{prefix}/{part(name)}.json")
    if found is None:
        for entry in store.entries(prefix):
            document = store.read_document(entry.key) or {}
            if document.get("output") == name:
                found = document
    return cast("Manifest | None", found)


def model_metadata(store: ArtifactStore, prefix: str) -> dict[str, Any]:
    """Metadata of a model's version."""
    return (store.read_document(f"{prefix}/.metadata.json") or {}).get("metadata", {})  # type: ignore[no-any-return]


def add_model_metadata(store: ArtifactStore, prefix: str, metadata: Mapping[str, Any]) -> None:
    """Add facts to a model's version."""
    document = {"schema": 1, "metadata": {**model_metadata(store, prefix), **metadata}}
    store.write_document(f"{prefix}/.metadata.json", document)
