"""The cache: which earlier run of a step stands for a new one.

The key is the SHA-256 of the canonical JSON of the *components*: everything that can change what the step returns. They
are kept in the entry and in the step's record, so that a miss can be explained by comparing two of them.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import re
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

from zencompile_runtime import environment, facts, importing, inputs
from zencompile_runtime.errors import ConfigurationFault, UserFault
from zencompile_runtime.manifest import Entry, Manifest
from zencompile_runtime.spec import StepSpec
from zencompile_runtime.store import ArtifactStore, layout
from zencompile_runtime.values.literals import canonical

SCHEMA = 1
PYTHON = f"{sys.version_info[0]}.{sys.version_info[1]}"


def components(
    spec: StepSpec,
    known: Mapping[str, Any],
    resolved: Mapping[str, Any],
    store: ArtifactStore,
    around: Mapping[str, Any] = MappingProxyType({}),
) -> dict[str, Any]:
    """The parts of the key.

    `known` are the facts of the step's code, `resolved` its inputs in `store`, `around` what `surroundings` found.
    """
    policy = spec.cache_policy
    ignored = set(policy.get("ignored_inputs", ()))
    found: dict[str, Any] = {
        "schema": SCHEMA,
        "entrypoint": spec.entrypoint,
        "inputs": _inputs(policy, ignored, resolved, store),
        "outputs": {
            one["name"]: list(spec.materializers.get(one["name"], one.get("materializers") or ()))
            for one in known.get("outputs", ())
        },
        "python": PYTHON,
        "variables": {
            name: reference if environment.is_secret(reference) else environment.resolve(reference, name)
            for name, reference in spec.variables.items()
        },
        "secrets": sorted(spec.secrets),
        "distributions": {name: facts.version_of(name) for name in known.get("distributions", ())},
    }
    if policy.get("include_step_code", True):
        found["code"] = known.get("code")
    if policy.get("include_step_parameters", True):
        found["parameters"] = {name: value for name, value in spec.params.items() if name not in ignored}
    if spec.externals:
        found["externals"] = {name: value for name, value in spec.externals.items() if name not in ignored}
    if around:
        found["environment"] = dict(around)
    if known.get("context"):
        seen = {"extra": spec.extra, "model": spec.model, "tags": spec.tags, "substitutions": spec.substitutions}
        found["context"] = {name: value for name, value in seen.items() if value}
    files = policy.get("file_dependencies")
    if files:
        found["files"] = {path: _file(path) for path in files}
    sources = policy.get("source_dependencies")
    if sources:
        found["sources"] = {source: _source(source) for source in sources}
    if policy.get("cache_function"):
        found["function"] = _answer(policy["cache_function"])
    return found


def surroundings(spec: StepSpec, known: Mapping[str, Any]) -> dict[str, Any]:
    """What the process has for the variables that the step's code reads and nobody declared, before its own are set.

    A digest of each, for records are no place for values that may be secret; of those that are called so, only whether
    they are there: another token gives no other result.
    """
    found: dict[str, Any] = {}
    for name in known.get("variables", ()):
        text = os.environ.get(name)
        if name in spec.variables:
            continue
        if text is None or _SECRET.search(name):
            found[name] = None if text is None else "set"
        else:
            found[name] = hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]
    return found


# As the compiler's check for secrets among variables has it, but for PWD, which is the working directory.
_SECRET = re.compile(
    r"(^|_)(TOKEN|SECRET|PASSWORD|PASSWD|APIKEY|API_KEY|ACCESS_KEY|PRIVATE_KEY|CREDENTIALS?)$|_PWD$", re.IGNORECASE
)


def key_of(parts: Mapping[str, Any]) -> str:
    """The key: 64 hexadecimal digits. Parts have no order, and the values in them do, for a step sees it."""
    ordered = {kind: {name: _in_order(one) for name, one in parts[kind].items()} for kind in _VALUES if kind in parts}
    return hashlib.sha256(canonical({**parts, **ordered}).encode("utf-8", "surrogatepass")).hexdigest()


_VALUES = ("parameters", "externals", "inputs", "context")


def _in_order(value: Any) -> Any:
    """JSON that tells dictionaries apart by the order of their keys, after keys are sorted too."""
    if isinstance(value, list):
        return [_in_order(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    items = [[key, _in_order(item)] for key, item in value.items()]
    if "$" in value or all(one[0] <= other[0] for one, other in itertools.pairwise(items)):
        return dict(items)
    return {"$": "in order", "items": items}


def lookup(store: ArtifactStore, key: str, spec: StepSpec) -> tuple[Entry | None, str]:
    """The entry of a key, if it has not expired and everything that it names is still there (and renewed).

    The second value says how it went: hit, absent, expired or incomplete.
    """
    entry = store.cache_entry(key)
    if entry is None or entry.get("schema") != SCHEMA:
        return None, "absent"
    now = time.time()
    expires = entry.get("expires")
    if expires is not None and expires <= now:
        return None, "expired"
    limit = spec.cache_policy.get("expires_after")
    if limit is not None and entry["created"] + limit <= now:
        return None, "expired"
    if not all(store.has(manifest["value"]) for manifest in entry["outputs"].values()):
        return None, "incomplete"
    return entry, "hit"


def remember(
    store: ArtifactStore,
    key: str,
    spec: StepSpec,
    parts: Mapping[str, Any],
    outputs: Mapping[str, Manifest],
    metadata: Mapping[str, Any],
) -> None:
    """Write the entry of a completed run, in place of an older one."""
    created = time.time()
    limit = spec.cache_policy.get("expires_after")
    entry: Entry = {
        "schema": SCHEMA,
        "key": key,
        "created": created,
        "expires": None if limit is None else created + limit,
        "entrypoint": spec.entrypoint,
        "components": dict(parts),
        "source": layout.record_key(spec.pipeline, spec.run, spec.id, spec.map_index),
        "outputs": dict(outputs),
        "metadata": dict(metadata),
    }
    store.write_document(layout.cache_key(key), cast("Mapping[str, Any]", entry))


def describe_code(store: ArtifactStore, known: Mapping[str, Any]) -> None:
    """Keep which definitions a code digest stands for, once for all steps and runs that have it."""
    digest, definitions = known.get("code"), known.get("definitions")
    if not digest or definitions is None or (store.url, digest) in _described:
        return
    key = layout.code_key(digest)
    if not store.backend.renew(key):
        store.write_document(key, {"schema": SCHEMA, "code": digest, "definitions": definitions})
    _described.add((store.url, digest))


_described: set[tuple[str, str]] = set()


def changed_dependencies(spec: StepSpec, parts: Mapping[str, Any]) -> list[str]:
    """The file dependencies that are not what they were when the key was made."""
    return [path for path, before in parts.get("files", {}).items() if _file(path, missing=True) != before]


def _inputs(
    policy: Mapping[str, Any], ignored: set[str], resolved: Mapping[str, Any], store: ArtifactStore
) -> dict[str, Any]:
    seen = {name: one for name, one in resolved.items() if name not in ignored}
    if policy.get("include_artifact_values", True):
        return {name: inputs.identity(one, store) for name, one in seen.items()}
    if policy.get("include_artifact_ids", True):
        return {name: inputs.ids(one) for name, one in seen.items()}
    return {}


def _file(path: str, missing: bool = False) -> Any:
    full = Path(importing.project(), path)
    if full.is_dir():
        return {
            one.relative_to(full).as_posix(): facts.file_digest(str(one))
            for one in sorted(full.rglob("*"))
            if one.is_file()
        }
    digest = facts.file_digest(str(full))
    if digest is None and not missing:
        raise ConfigurationFault(
            f"the cache policy depends on {path}, which is not in {os.fspath(importing.project())}",
            help="name a file or folder relative to the source root; into images go those that git tracks",
        )
    return digest


def _answer(source: str) -> str:
    """What the policy's own function says."""
    function = importing.load(source)
    try:
        return str(function())
    except Exception as error:
        raise UserFault(
            f"its cache function {source} failed: {type(error).__name__}: {error}",
            help="it is called without arguments, before the step, and answers with a text",
            location=importing.location_of(function),
        ) from error


def _source(source: str) -> Any:
    if source.endswith(".py"):
        return _file(source)
    import inspect

    found = importing.load(source)
    text = inspect.getsource(getattr(found, "entrypoint", found))
    return hashlib.sha256(text.encode()).hexdigest()
