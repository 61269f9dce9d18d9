"""What steps tell of artifacts that are there already: metadata and tags, beside the manifests, which never change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from zencompile_runtime import catalogue
from zencompile_runtime.manifest import Manifest
from zencompile_runtime.store import ArtifactStore, layout


def _key(manifest: Manifest) -> str:
    return layout.told_key(catalogue.origin(manifest))


def of(store: ArtifactStore | None, manifest: Manifest) -> dict[str, Any]:
    """What was told of an artifact; {"metadata": …, "tags": …, "removed": …}, each of which may be missing."""
    return dict((store.read_document(_key(manifest)) if store is not None else None) or {})


def tell(
    store: ArtifactStore,
    manifest: Manifest,
    metadata: Mapping[str, Any] | None = None,
    tags: Iterable[str] = (),
    removed: Iterable[str] = (),
) -> None:
    """Tell more of an artifact."""
    known = of(store, manifest)
    document = {
        "schema": 1,
        "metadata": {**known.get("metadata", {}), **(metadata or {})},
        "tags": [*(one for one in known.get("tags", ()) if one not in set(removed)), *tags],
        "removed": [*(one for one in known.get("removed", ()) if one not in set(tags)), *removed],
    }
    store.write_document(_key(manifest), document)
