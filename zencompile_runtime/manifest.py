"""The documents that describe artifacts and step runs. All are JSON, replaced whole, never edited.

A **value** is a folder of files that a materializer wrote. Each file is a blob named by its SHA-256; a file of at most
INLINE bytes is kept in the manifest itself. The value's digest is that of its only file, or, of several, the SHA-256 of
the canonical JSON of {path: digest}; so equal content has an equal digest on every store and target.

`Manifest`: `runs/<namespace>/<pipeline>/<run>/<invocation>[/<map index>]/<output>.json`
`Record`:   `.step.json` in the same folder: how the step's run went
`Run`:      `runs/<namespace>/<pipeline>/<run>/.run.json`: when it started, and what a runner wants to add
`Entries`:  `cache/<key>.json`: what runs of a step with this key left, each with what it depended on besides
"""

from __future__ import annotations

from typing import Any, TypedDict

INLINE = 2048  # bytes up to which a file lies in its manifest


class File(TypedDict, total=False):
    """One file of a value or visualisation: its path in the folder; its bytes are here (text, base64) or in a blob."""

    path: str
    digest: str  # hexadecimal SHA-256
    size: int  # bytes
    text: str  # the bytes as UTF-8, if they are inline and valid UTF-8
    base64: str  # the bytes, if they are inline and not


class Visualization(TypedDict):
    """A picture or text that shows a value; `type` is csv, html, image, markdown or json."""

    type: str
    file: File


class Value(TypedDict, total=False):
    """What is stored: everything needed to load it, nothing about the run that made it."""

    digest: str
    content: str  # stands for the digest in cache keys, where a materializer has its own hash of a value's content
    size: int
    files: list[File]
    type: str  # "module:Class" of the value as it was saved
    materializer: str  # "module:Class"
    kind: str  # DataArtifact, ModelArtifact, …
    items: int | None  # elements of a sequence, for maps
    as_is: bool  # loaded as what it is, whatever a step asks for: it was annotated as a class without a materializer
    metadata: dict[str, Any]
    visualizations: list[Visualization]


class Manifest(TypedDict, total=False):
    """An artifact: a value, and where it came from. `source` is, if cached, the manifest that had it first."""

    schema: int  # 1
    artifact: str  # catalogue name
    version: str | int | None
    tags: list[str]
    output: str
    invocation: str
    map_index: int | None
    map_count: int  # of an element of a map: how many there are
    run: str
    pipeline: str  # "namespace/name"
    created: str  # ISO 8601, UTC
    key: str | None  # cache key of the step run, None if it ran uncached
    source: str | None
    saved: str  # of what a step saved by itself: when, in digits
    value: Value


class Record(TypedDict, total=False):
    """How a step's run went. `components` are the parts of the cache key, by which a miss is explained.

    `cache` is what the cache said: hit, absent (no entry has the key), changed (what the entries of the key depend on
    has), expired, incomplete (a blob is gone), disabled, or refused (`notes` say why the key can't be trusted); empty
    if it was not asked. `changed` is the first difference to the newest entry, in words; `observed` what this run
    depended on, or of one that was taken from the cache, what its entry says; `source` the record that it comes from.
    """

    schema: int
    status: str  # running, completed, cached, failed
    entrypoint: str
    invocation: str
    map_index: int | None
    run: str
    pipeline: str
    attempt: int
    started: str
    ended: str | None
    seconds: dict[str, float]  # load, run, store, total
    key: str | None
    cache: str
    changed: str
    source: str | None
    saved: str  # of what a step saved by itself: when, in digits
    observed: dict[str, Any]
    components: dict[str, Any]
    parameters: dict[str, Any]  # canonical literals
    inputs: dict[str, Any]  # name → keys of manifests
    outputs: dict[str, str]  # name → key of its manifest
    metadata: dict[str, Any]  # of log_metadata
    of_run: dict[str, Any]  # what it told of its run: tags, removed, metadata
    notes: list[str]
    failure: dict[str, Any] | None
    host: dict[str, Any]


class Entry(TypedDict, total=False):
    """What a run left in the cache. `expires` is seconds since the epoch, or None; `observed` is what the run depended
    on besides its key, see `dependencies.record`.
    """

    created: float
    expires: float | None
    source: str  # key of the record of the run that made it
    outputs: dict[str, Manifest]
    metadata: dict[str, Any]
    observed: dict[str, Any]


class Entries(TypedDict, total=False):
    """The entries of a key, the newest first. `created` and `expires` are the latest of any."""

    schema: int
    key: str
    created: float
    expires: float | None
    entrypoint: str
    components: dict[str, Any]
    entries: list[Entry]
