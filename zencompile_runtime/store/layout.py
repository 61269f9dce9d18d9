"""Keys in a store: how names become paths."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import quote, unquote

FILES = "files"
"""The folder of files that steps write into the store by themselves."""

_MANY = 4096  # names that are remembered: each is asked for several times a step


@lru_cache(_MANY)
def part(name: str) -> str:
    """A user's name as one part of a key: percent-encoded; a leading dot too, which marks documents of ours."""
    encoded = quote(name, safe="")
    return "%2E" + encoded[1:] if encoded.startswith(".") else encoded or "%"


def name(part: str) -> str:
    """The user's name that `part` encoded."""
    return "" if part == "%" else unquote(part)


@lru_cache(_MANY)
def run_prefix(pipeline: str, run: str) -> str:
    """The folder of a run; `pipeline` is "namespace/name"."""
    namespace, base = split(pipeline)
    return f"runs/{part(namespace)}/{part(base)}/{part(run)}"


def split(pipeline: str) -> tuple[str, str]:
    """Namespace and name of "namespace/name". A namespace has no slash, a name may; a name alone is of `default`."""
    namespace, slash, name = pipeline.partition("/")
    return (namespace or "default", name) if slash else ("default", pipeline)


def step_prefix(pipeline: str, run: str, invocation: str, map_index: int | None = None) -> str:
    """The folder of an invocation in a run, or of one of its map's elements."""
    prefix = f"{run_prefix(pipeline, run)}/{part(invocation)}"
    return prefix if map_index is None else f"{prefix}/{map_index}"


def manifest_key(pipeline: str, run: str, invocation: str, output: str, map_index: int | None = None) -> str:
    """The key of an output's manifest."""
    return f"{step_prefix(pipeline, run, invocation, map_index)}/{part(output)}.json"


def files_prefix(step: str, output: str) -> str:
    """The folder of files that a step keeps with an output; `step` is its own folder."""
    return f"{step}/.files/{part(output)}"


def told_key(origin: str) -> str:
    """The key of what was told of an artifact after it was made, metadata and tags; `origin` is its manifest's key."""
    folder, _, name = origin.rpartition("/")
    return f"{folder}/.told-{name}"


def record_key(pipeline: str, run: str, invocation: str, map_index: int | None = None) -> str:
    """The key of a step run's record."""
    return f"{step_prefix(pipeline, run, invocation, map_index)}/.step.json"


def owed_key(pipeline: str, run: str, invocation: str, map_index: int | None = None) -> str:
    """The key of what a step's run still owes: see `owed`."""
    return f"{step_prefix(pipeline, run, invocation, map_index)}/.hooks.json"


def run_key(pipeline: str, run: str) -> str:
    """The key of a run's own document."""
    return f"{run_prefix(pipeline, run)}/.run.json"


def cache_key(key: str) -> str:
    """The key of a cache entry."""
    return f"cache/{key}.json"


def code_key(digest: str) -> str:
    """The key of what is known of a step's code, by its code digest."""
    return f"code/{digest}.json"


def blob_key(digest: str) -> str:
    """The key of a blob; `digest` is its SHA-256 in hexadecimal."""
    return f"blobs/{digest[:2]}/{digest[2:]}"
