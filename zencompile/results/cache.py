"""Why a step ran: what differs between its cache key and the nearest one that was there before."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from zencompile.results import entries, model
from zencompile.results.model import Run, StepRun
from zencompile_runtime.dependencies import record
from zencompile_runtime.dependencies.compare import unit_changed
from zencompile_runtime.store import layout

_MISSING = object()
MOST = 500  # runs that are looked through for an earlier one


@dataclass(frozen=True)
class Change:
    """One thing that differs; `before` and `after` are None where there was nothing.

    `kind` is code, parameter, input, configuration, package, python, variable, secrets, file, source, function, output
    or entrypoint; of what an earlier run with the same key depended on besides, observed.
    """

    kind: str
    name: str
    before: Any
    after: Any
    text: str


@dataclass(frozen=True)
class Why:
    """The answer. `status` is the step's; `reason` one sentence; `against` the step's run that was compared with, as
    "namespace/pipeline/run/step", or the one that the outputs were taken from. `unobservable` is what was seen to occur
    in the step, or in the one that it was taken from, and no cache can compare: the clock, the network.
    """

    run: str
    step: str
    status: str
    reason: str
    against: str | None = None
    changes: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()
    unobservable: str = ""


@dataclass(frozen=True)
class _Earlier:
    """A step's run before the one that is asked about, or a cache entry whose run is no longer in the store."""

    place: str
    id: str
    started: str
    status: str
    key: str | None
    components: dict[str, Any]
    notes: tuple[str, ...] = ()
    observed: dict[str, Any] = field(default_factory=dict)


def why(store: Any, run: Run, step: StepRun) -> Why:
    """Why `step` of `run` was or wasn't taken from the cache. Raises `StoreError`."""

    def answer(reason: str, against: str | None = None, changes: tuple[Change, ...] = ()) -> Why:
        used = record.unobservable(_observed(store, step))
        return Why(run.id, name_of(step), step.status, reason, against, changes, step.notes, used)

    if step.status in ("cached", "reused"):
        source = next((a.source for a in step.artifacts if a.source), None) or step.source
        said = "taken from the cache" if step.status == "cached" else "taken over from a run before"
        return answer(said, entries.place(source) if source else None)
    if step.status in ("blocked", "skipped", "not run"):
        return answer("it did not run")
    if step.cache == "disabled":
        return answer("caching is disabled for it: enable_cache=False, or the run was started with --no-cache")
    if step.cache == "refused" or (not step.key and any(n.startswith("not cached: ") for n in step.notes)):
        found = [n.removeprefix("not cached: ") for n in step.notes if n.startswith("not cached: ")]
        return answer("; ".join(found) or "its cache key could not be made")
    if step.key is None:
        return answer("it failed before the cache was asked" if step.status == "failed" else "the cache was not asked")
    if step.cache == "expired":
        return answer("the entry with its key had expired", _before(store, run, step))
    if step.cache == "changed":
        return _changed(store, run, step, answer)
    if step.cache == "incomplete":
        return answer("the entry with its key names files that are no longer in the store", _before(store, run, step))
    return _missed(store, run, step, answer)


def _changed(store: Any, run: Run, step: StepRun, answer: Callable[..., Why]) -> Why:
    """What an entry with the step's key depended on differs: what that entry and this run say of it are compared."""
    same = [one for one in _earlier(store, run, step) if one.key == step.key and one.observed]
    first = Change("observed", "", None, None, step.changed)
    found = list(differences(same[0].observed, step.observed)) if same and step.observed else []
    others = [one for one in found if one.text != first.text]
    place = same[0].place if same else None
    return answer("what an earlier run with the same key depended on has changed", place, (first, *others))


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    """How the dependencies of two runs with one key differ, in so far as both had them."""
    for path in sorted({*before.get("code", {})} & {*after.get("code", {})}):
        old, new = before["code"][path], after["code"][path]
        for unit in sorted({*old} & {*new}):
            if old[unit] != new[unit]:
                yield Change("observed", path, old[unit], new[unit], unit_changed(path, unit))
    for kind, text in (("files", "read {}, which changed"), ("listings", "listed {}, which has other files now")):
        for _, name, a, b in _pairs(before, after, (kind,)):
            if _MISSING not in (a, b):
                yield Change("observed", name, a, b, text.format(name))
    for _, name, a, b in _pairs(before, after, ("variables",)):
        if _MISSING not in (a, b):
            yield Change("observed", name, a, b, f"the variable {name} changed")
    for _, name, a, b in _pairs(before, after, ("distributions",)):
        if _MISSING not in (a, b):
            yield _change("observed", name, a, b, f"package {name}", plain=True)


def _observed(store: Any, step: StepRun) -> Mapping[str, Any]:
    """What the step depended on, or the run that it was taken from."""
    if step.observed or step.source is None:
        return step.observed
    found = (store.read_document(step.source) or {}).get("observed", {})
    return found if isinstance(found, dict) else {}


def _missed(store: Any, run: Run, step: StepRun, answer: Callable[..., Why]) -> Why:
    known = _earlier(store, run, step)
    same = [one for one in known if one.key == step.key]
    good = [one for one in same if one.status in ("completed", "cached")]
    if good and any(note.startswith("not kept") for note in good[0].notes):
        return answer(
            "an earlier run had the same key, and files changed while it ran: so it left no entry", good[0].place
        )
    if good:
        return answer(
            "an earlier run had the same key, and its entry was not there: pruned, or not written yet", good[0].place
        )
    others = [one for one in known if one.status in ("completed", "cached")]
    if not others and same:
        return answer("the earlier run with the same key failed, and left nothing to take", same[0].place)
    if not others:
        return answer("no earlier run of it is in this store")
    compared = [(one, tuple(_changes(store, one.components, step))) for one in others]
    own = f"/{name_of(step)}"  # of a map, the same element tells most
    ranked = [
        (len(c), one.id != step.id, not one.place.endswith(own), number) for number, (one, c) in enumerate(compared)
    ]
    nearest, changes = compared[min(ranked)[-1]]  # of equals, the newest comes first
    return answer("what it depends on has changed", nearest.place, changes)


def _earlier(store: Any, run: Run, step: StepRun) -> list[_Earlier]:
    """Runs of the same step, whatever it is called there, that began before; the newest first."""
    found: dict[str, _Earlier] = {}
    own = layout.run_prefix(run.pipeline, run.id)
    newest = sorted(model.run_keys(store), key=lambda pair: pair[1], reverse=True)[:MOST]
    for prefix, modified in newest:
        other = run if prefix == own else model.read_run(store, prefix, modified)
        for one in other.steps:
            if one is not step and one.components and one.entrypoint == step.entrypoint:
                place = f"{other.pipeline}/{other.id}/{name_of(one)}"
                started = one.started or ""
                found[place] = _Earlier(
                    place, one.id, started, one.status, one.key, one.components, one.notes, one.observed
                )
    for entry in entries.read(store):
        place = entries.place(entry.get("source"))
        if entry.get("entrypoint") == step.entrypoint and place not in found:
            created = datetime.datetime.fromtimestamp(entry["created"], datetime.timezone.utc).isoformat()
            id_ = place.rpartition("/")[2].partition("[")[0]
            found[place] = _Earlier(
                place, id_, created, "completed", entry["key"], entry["components"], (), entry.get("observed", {})
            )
    before = [one for one in found.values() if one.started < (step.started or "")]
    return sorted(before, key=lambda one: one.started, reverse=True)


def _before(store: Any, run: Run, step: StepRun) -> str | None:
    """The newest earlier run with the same key that completed."""
    good = (o for o in _earlier(store, run, step) if o.key == step.key and o.status == "completed")
    found = next(good, None)
    return found.place if found else None


# -- changes -----------------------------------------------------------------------------------------------------------


def _changes(store: Any, before: dict[str, Any], new: StepRun) -> Iterator[Change]:
    """What differs between two runs of a step, most telling first."""
    after = new.components
    if before.get("code") != after.get("code"):
        yield from _code(store, before.get("code"), after.get("code"))
    for _, name, a, b in _pairs(before, after, ("parameters", "externals")):
        yield _change("parameter", name, a, b, f"parameter `{name}`")
    for _, name, a, b in _pairs(before, after, ("inputs",)):
        yield _input(new, name, a, b)
    for _, name, a, b in _pairs(before, after, ("context",)):
        yield _change("configuration", name, a, b, f"its configuration `{name}`, which its code may look at")
    for _, name, a, b in _pairs(before, after, ("distributions",)):
        yield _change("package", name, a, b, f"package {name}", plain=True)
    if before.get("python") != after.get("python"):
        yield _change("python", "python", before.get("python"), after.get("python"), "Python", plain=True)
    for kind, name, a, b in _pairs(before, after, ("variables", "files", "sources", "outputs")):
        text, kind = _WORDS[kind]
        if kind in ("file", "source"):
            yield from _files(kind, name, a, b)
        else:
            yield _change(kind, name, a, b, f"{text} `{name}`")
    for _, name, a, b in _pairs(before, after, ("environment",)):
        a, b = (None if one is _MISSING else one for one in (a, b))
        now = "is set now" if a is None else "is no longer set" if b is None else "has another value"
        yield Change("variable", name, a, b, f"environment variable `{name}`, which its code reads, {now}")
    for key, text in (("secrets", "its secrets"), ("function", "what its cache function returns")):
        if before.get(key) != after.get(key):
            yield _change(key, key, before.get(key), after.get(key), text)


_WORDS = {
    "variables": ("environment variable", "variable"),
    "files": ("file", "file"),
    "sources": ("source", "source"),
    "outputs": ("materializer of output", "output"),
}


def _pairs(before: Mapping[str, Any], after: Mapping[str, Any], kinds: tuple[str, ...]) -> Iterator[Any]:
    """(kind, name, before, after) of every entry of these components that differs."""
    for kind in kinds:
        old, new = before.get(kind) or {}, after.get(kind) or {}
        for name in sorted({*old, *new}):
            a, b = old.get(name, _MISSING), new.get(name, _MISSING)
            if a != b or list(_orders(a)) != list(_orders(b)):
                yield kind, name, a, b


def _orders(value: Any) -> Iterator[list[str]]:
    """The keys of all dictionaries in a value, as they stand there."""
    if isinstance(value, dict):
        yield list(value)
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _orders(inner)


def _change(kind: str, name: str, before: Any, after: Any, subject: str, plain: bool = False) -> Change:
    before, after = (None if one is _MISSING else one for one in (before, after))
    if before is None and after is None:
        text = f"{subject} differs"
    elif before is None:
        text = f"{subject} is new: {_shown(after, plain)}"
    elif after is None:
        text = f"{subject} is gone; it was {_shown(before, plain)}"
    else:
        text = f"{subject}: {_shown(before, plain)} → {_shown(after, plain)}"
    return Change(kind, name, before, after, text)


def _shown(value: Any, plain: bool) -> str:
    import json

    text = value if plain and isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}…"


def _code(store: Any, before: Any, after: Any) -> Iterator[Change]:
    """Which functions, classes and constants differ, by what the store keeps of both code digests."""
    old, new = (_definitions(store, one) for one in (before, after))
    if old is None or new is None:
        yield Change("code", "", before, after, "its code, or code that it reaches (the store doesn't know which)")
        return
    found = False
    for name in sorted({*old, *new}):
        a, b = old.get(name), new.get(name)
        if a == b:
            continue
        found = True
        what = "changed" if a and b else "is reached now" if b else "is no longer reached"
        yield Change("code", name, a, b, f"code of `{_definition(name)}` {what}")
    if not found:
        yield Change("code", "", before, after, "what belongs to its code: its name, its hooks or its materializers")


def _definition(name: str) -> str:
    module, _, rest = name.partition(":")
    return f"the top level of {module}" if rest == "<top level>" else f"{module}.{rest}"


def _definitions(store: Any, digest: Any) -> dict[str, str] | None:
    document = store.read_document(layout.code_key(digest)) if isinstance(digest, str) else None
    found = (document or {}).get("definitions")
    return found if isinstance(found, dict) else None


def _input(new: StepRun, name: str, before: Any, after: Any) -> Change:
    """An input names the outputs that it is made of."""
    origin = ", ".join(dict.fromkeys(_output(key) for key in model.strings(new.inputs.get(name)) if _is_manifest(key)))
    of = f" (output {origin})" if origin else ""
    subject = f"input `{name}`{of}"
    if before is _MISSING or after is _MISSING:
        return _change("input", name, before, after, subject)
    old, now = _artifact(before), _artifact(after)
    if old and now:
        if old[0] == now[0]:
            return Change("input", name, before, after, f"{subject} has another type: {old[1]} → {now[1]}")
        return Change("input", name, before, after, f"{subject} has other content: {old[0][:12]} → {now[0][:12]}")
    if isinstance(before, dict) and isinstance(after, dict) and "value" in before and "value" in after:
        return _change("input", name, before["value"], after["value"], subject)
    return Change("input", name, before, after, f"{subject} has other content")


def _artifact(identity: Any) -> list[str] | None:
    found = identity.get("artifact") if isinstance(identity, dict) else None
    return found if isinstance(found, list) and len(found) == 2 else None


def _files(kind: str, name: str, before: Any, after: Any) -> Iterator[Change]:
    """A file dependency, or the files of a folder that differ."""
    if isinstance(before, dict) and isinstance(after, dict):
        for path in sorted({*before, *after}):
            if before.get(path) != after.get(path):
                yield from _files(kind, f"{name.rstrip('/')}/{path}", before.get(path), after.get(path))
        return
    before, after = (None if one is _MISSING else one for one in (before, after))
    what = "is new" if before is None else "is gone" if after is None else "has other content"
    yield Change(kind, name, before, after, f"{kind} `{name}` {what}")


# -- names -------------------------------------------------------------------------------------------------------------


def name_of(step: StepRun) -> str:
    """The step's id, with its index if it is an element of a map."""
    return step.id if step.map_index is None else f"{step.id}[{step.map_index}]"


def _is_manifest(key: str) -> bool:
    return key.startswith("runs/") and key.endswith(".json") and len(key.split("/")) > 5


def _output(key: str) -> str:
    parts = key.split("/")
    return f"`{layout.name(parts[-1].removesuffix('.json'))}` of step `{layout.name(parts[4])}`"
