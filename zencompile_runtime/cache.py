"""The cache: which earlier run of a step stands for a new one.

The key is the SHA-256 of the canonical JSON of the *components*: what can be known of a step before it runs. They are
kept in the entry and in the step's record, so that a miss can be explained by comparing two of them. The key finds the
candidates; each entry carries what the run that made it depended on besides (`dependencies`), and stands for a new run
while that is unchanged.
"""

from __future__ import annotations

import codecs
import itertools
import locale
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, cast

from zencompile_runtime import configured, environment, facts, importing, inputs, observing
from zencompile_runtime.dependencies import files
from zencompile_runtime.errors import ConfigurationFault, UserFault
from zencompile_runtime.manifest import Entries, Entry
from zencompile_runtime.own import time
from zencompile_runtime.spec import StepSpec
from zencompile_runtime.store import ArtifactStore, layout
from zencompile_runtime.values.literals import canonical

SCHEMA = 2
"""Of the components: another version's keys are never those of this one."""

MOST = 8
"""Entries that a key has at most."""

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
        "python": " ".join([PYTHON, *_options()]),
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
        found["context"] = configured.counted(spec, store)
    declared = policy.get("file_dependencies")
    if declared:
        found["files"] = {path: _file(path) for path in declared}
    sources = policy.get("source_dependencies")
    with _watched(spec, bool(sources or policy.get("cache_function"))):
        if sources:
            found["sources"] = {source: _source(source) for source in sources}
        if policy.get("cache_function"):
            found["function"] = _answer(policy["cache_function"])
    return found


@contextmanager
def _watched(spec: StepSpec, imports: bool) -> Iterator[None]:
    """Observe what importing code for the key reads: it isn't imported again when the step runs, and counts then."""
    if not imports:
        yield
        return
    observing.begin(importing.project(), (spec.store,))
    try:
        yield
    finally:
        observing.end()


def _options() -> list[str]:
    """How Python was told to run code otherwise than usual."""
    flags = sys.flags
    told = {"-O": flags.optimize, "-X dev": flags.dev_mode, "-X utf8": flags.utf8_mode, "-bb": flags.bytes_warning}
    found = [f"{name}={int(value)}" for name, value in told.items() if value]
    return found + [f"-W {one}" for one in sys.warnoptions] + _texts_and_digits()


def _texts_and_digits() -> list[str]:
    """What is not usual of how files of text are read, and of how long the text of an integer may be."""
    digits = getattr(sys.flags, "int_max_str_digits", -1)
    usual = getattr(sys.int_info, "default_max_str_digits", digits)
    encoding = codecs.lookup(locale.getpreferredencoding(False)).name
    found = [f"-X int_max_str_digits={digits}"] if digits not in (-1, usual) else []
    return found if encoding == "utf-8" else [*found, f"encoding={encoding}"]


def surroundings(spec: StepSpec, known: Mapping[str, Any]) -> dict[str, Any]:
    """Digests of what the process has for the variables that the step's code reads and nobody declared, before its own
    are set.
    """
    names = (name for name in known.get("variables", ()) if name not in spec.variables)
    return {name: files.variable(name, os.environ) for name in names}


def key_of(parts: Mapping[str, Any]) -> str:
    """The key: 64 hexadecimal digits. Parts have no order, and the values in them do, for a step sees it."""
    ordered = {kind: {name: _in_order(one) for name, one in parts[kind].items()} for kind in _VALUES if kind in parts}
    return sha256(canonical({**parts, **ordered}).encode("utf-8", "surrogatepass")).hexdigest()


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


class Answer(NamedTuple):
    """What the cache says: `word` as `manifest.Record`'s `cache` has it, the entry of a hit, `changed` as there."""

    word: str
    entry: Entry | None = None
    changed: str = ""


def lookup(store: ArtifactStore, key: str, spec: StepSpec, changed: Callable[[Entry], str | None]) -> Answer:
    """The newest entry of a key that has not expired, whose dependencies are unchanged, and all of whose files are
    still there (and renewed). `changed` tells what of an entry's dependencies is different.
    """
    document = store.cache_entries(key)
    if document is None:
        return Answer("absent")
    answers: list[Answer] = []
    for entry in document["entries"]:
        if _is_expired(entry, spec):
            answers.append(Answer("expired"))
            continue
        different = changed(entry)
        if different is not None:
            answers.append(Answer("changed", changed=different))
        elif all(store.has(manifest["value"]) for manifest in entry["outputs"].values()):
            return Answer("hit", entry)
        else:
            answers.append(Answer("incomplete"))
    return answers[0] if answers else Answer("absent")


def _is_expired(entry: Entry, spec: StepSpec) -> bool:
    now = time.time()
    expires = entry.get("expires")
    limit = spec.cache_policy.get("expires_after")
    return (expires is not None and expires <= now) or (limit is not None and entry["created"] + limit <= now)


def remember(store: ArtifactStore, key: str, spec: StepSpec, parts: Mapping[str, Any], entry: Entry) -> None:
    """Put the entry of a completed run before the others of its key, in place of one that depended on the same.

    Of two runs that do so at once, one entry may be lost: its step runs again.
    """
    limit = spec.cache_policy.get("expires_after")
    entry["created"] = created = time.time()
    entry["expires"] = None if limit is None else created + limit
    before = (store.cache_entries(key) or {}).get("entries", [])
    others = [one for one in before if one.get("observed") != entry["observed"] and not _is_expired(one, spec)]
    entries = [entry, *others][:MOST]
    ends = [one.get("expires") for one in entries]
    document: Entries = {
        "schema": 1,
        "key": key,
        "created": created,
        "expires": None if None in ends else max(cast("list[float]", ends)),
        "entrypoint": spec.entrypoint,
        "components": dict(parts),
        "entries": entries,
    }
    store.write_document(layout.cache_key(key), cast("Mapping[str, Any]", document))


def describe_code(store: ArtifactStore, known: Mapping[str, Any]) -> None:
    """Keep which definitions a code digest stands for, once for all steps and runs that have it."""
    digest, definitions = known.get("code"), known.get("definitions")
    if not digest or definitions is None or (store.url, digest) in _described:
        return
    key = layout.code_key(digest)
    if not store.backend.renew(key):
        store.write_document(key, {"schema": 1, "code": digest, "definitions": definitions})
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
    return sha256(text.encode()).hexdigest()
