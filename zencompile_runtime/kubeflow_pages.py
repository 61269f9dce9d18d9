"""Artifacts that are one file which KFP's pages show: HTML and Markdown. Their manifest travels in their metadata.

What lies at the `uri` of a `system.HTML` or `system.Markdown` is the page (`getHtmlViewerConfig` of
`frontend/src/components/viewers/MetricsVisualizations.tsx`), so that nothing else can lie there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from zencompile_runtime.manifest import Manifest
from zencompile_runtime.materializers.base import OURS
from zencompile_runtime.store import ArtifactStore, layout

PAGES = frozenset(("system.HTML", "system.Markdown"))
KEY = "zencompile"  # of the manifest in the metadata
ROOM = 4096  # characters of a manifest there

_MATERIALIZER = f"{OURS}materializers.files:StructuredStringMaterializer"


def is_page(manifest: Manifest, described: Mapping[str, Any]) -> bool:
    """Whether an artifact that KFP describes so is to be a page, and the value is one.

    One about which too much is told is a folder like any: all metadata are in one argument of the step that reads it.
    """
    title = described.get("type", {}).get("schemaTitle")
    value = manifest["value"]
    fits = title in PAGES and value["materializer"] == _MATERIALIZER and len(value["files"]) == 1
    return fits and len(told(manifest)) <= ROOM


def told(manifest: Manifest) -> str:
    """The manifest as a text of the artifact's metadata, without the bytes, and with nothing that a layer reads."""
    bare = json.dumps(_without_bytes(manifest), separators=(",", ":"))
    return bare.replace("$", "\\u0024").replace("{{", "\\u007b{").replace("/kfp-workspace", "\\u002fkfp-workspace")


def _without_bytes(document: Any) -> Any:
    """A document in which files are named by their digests alone."""
    if isinstance(document, list):
        return [_without_bytes(one) for one in document]
    if not isinstance(document, dict):
        return document
    dropped = ("text", "base64") if "digest" in document and "path" in document else ()
    return {key: _without_bytes(one) for key, one in document.items() if key not in dropped}


def read(path: Path, described: Mapping[str, Any], store: ArtifactStore) -> Manifest | None:
    """The manifest of a page at `path`, its bytes linked into the store; None if it is no page of ours."""
    known = described.get("metadata", {}).get(KEY)
    if not isinstance(known, str) or not path.is_file():
        return None
    manifest = cast("Manifest", json.loads(known))
    blob = store.backend.path(layout.blob_key(manifest["value"]["files"][0]["digest"]))
    blob.parent.mkdir(parents=True, exist_ok=True)
    if not blob.exists():
        blob.symlink_to(path.resolve())
    return manifest


def claim(path: Path) -> bool:
    """Take the place of a page, if it is free."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.open("x").close()
    except OSError:  # a file, or a folder of an artifact that was no page
        if not path.exists():
            raise
        return False
    return True


def write(path: Path, manifest: Manifest, store: ArtifactStore) -> None:
    """The page itself."""
    path.write_bytes(store.read(manifest["value"]["files"][0]))
