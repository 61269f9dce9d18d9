"""Where artifacts live: a folder, or any URL that fsspec knows.

    blobs/<2 hex>/<62 hex>                                          bytes, by their SHA-256
    runs/<namespace>/<pipeline>/<run>/<invocation>[/<map index>]/   `<output>.json` manifests, `.step.json` record
    runs/<namespace>/<pipeline>/<run>/.run.json                     the run's own document
    cache/<key>.json                                                cache entries
    code/<digest>.json                                              the definitions behind a code digest
    artifacts/<name>/…                                              catalogue: versions by name
    models/<name>/<version>/…                                       what belongs to a version of a model
    zencompile-store.json                                           what marks a store; see `claim`
    tmp/                                                            unfinished writes (folders only)

Every part of a key that comes from a user is percent-encoded, a leading dot too. A document is replaced whole, a blob
is never changed. So what can be read, is complete.
"""

from __future__ import annotations

from zencompile_runtime.store.artifacts import ArtifactStore

__all__ = ["ArtifactStore", "open"]

_opened: dict[str, ArtifactStore] = {}


def open(url: str) -> ArtifactStore:
    """The store at a folder's path, a `file://` URL or any other fsspec URL; one object for each URL in a process."""
    found = _opened.get(url)
    if found is None:
        found = _opened[url] = ArtifactStore(url)
    return found
