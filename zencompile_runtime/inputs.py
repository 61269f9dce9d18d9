"""The inputs of a step: what its references stand for, and the values behind them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from zencompile_runtime import artifacts, elements
from zencompile_runtime.errors import ConfigurationFault, CorruptArtifact, InfrastructureFault
from zencompile_runtime.manifest import Manifest
from zencompile_runtime.materializers.select import by_name
from zencompile_runtime.receiving import NotLoadable, asked_for, of_items
from zencompile_runtime.spec import StepSpec
from zencompile_runtime.store import ArtifactStore, layout
from zencompile_runtime.values.literals import decode

Known = Mapping[tuple[str, str, "int | None"], Manifest]


@dataclass
class Artifact:
    """An artifact, or with `item` one element of it."""

    manifest: Manifest
    item: int | None = None


@dataclass
class Constant:
    """A value; `literal` is its canonical JSON."""

    literal: Any


@dataclass
class Sequence:
    """A list of resolved references, or a tuple."""

    items: list[Any]
    is_tuple: bool = False


@dataclass
class Table:
    """A dictionary of resolved references."""

    items: dict[str, Any]


@dataclass
class Foreign:
    """A file or folder that no manifest describes."""

    uri: str


class Resolver:
    """Finds manifests. Nothing is loaded yet: a cache hit needs only what they say."""

    def __init__(self, spec: StepSpec, store: ArtifactStore, known: Known) -> None:
        self.spec = spec
        self.store = store
        self.known = known
        self._element: dict[str, int] | None = None

    def all(self) -> dict[str, Any]:
        """Every input by name."""
        return {name: self.resolve(reference, name) for name, reference in self.spec.inputs.items()}

    def resolve(self, reference: Any, name: str) -> Any:
        """What one reference stands for."""
        if isinstance(reference, list):
            if reference and isinstance(reference[0], str):
                return self._pair(reference, name, None)
            return Sequence([self.resolve(one, name) for one in reference])
        if isinstance(reference, dict) and reference:
            kind = next((key for key in reference if key in _KINDS), "")
            if kind:
                resolved: Any = getattr(self, f"_{kind}")(reference[kind], name)
                return resolved
        raise ConfigurationFault(f"--input={name}: {reference!r} is not a reference")

    def _pair(self, reference: list[Any], name: str, map_index: int | None) -> Artifact:
        invocation, output, *rest = [*reference, None][:3] if len(reference) == 2 else reference
        manifest = self.known.get((invocation, output, map_index))
        if manifest is None:
            spec = self.spec
            manifest = self.store.manifest(spec.pipeline, spec.run, invocation, output, map_index)
        if manifest is None:
            where = f"`{invocation}`" if map_index is None else f"`{invocation}` [{map_index}]"
            self._refuse_corrupt(
                layout.manifest_key(spec.pipeline, spec.run, invocation, output, map_index), where, name
            )
            raise InfrastructureFault(
                f"input `{name}`: there is no output `{output}` of step {where} in run {self.spec.run!r}",
                help=f"run that step first, with the same --run and --store ({self.store.url})",
            )
        return Artifact(manifest, rest[0] if rest else None)

    def _refuse_corrupt(self, key: str, where: str, name: str) -> None:
        """Raise CorruptArtifact if there is a manifest that can't be read."""
        broken = self.store.broken(key)
        if broken:
            raise CorruptArtifact(
                f"input `{name}`: the manifest {broken}",
                help=f"run step {where} of run {self.spec.run!r} again: that writes it anew, from the cache if it can",
            )

    def _gather(self, pair: list[str], name: str) -> Sequence:
        spec = self.spec
        indices = sorted(
            index for invocation, output, index in self.known if [invocation, output] == pair and index is not None
        )
        if not indices:
            indices = self.store.map_indices(spec.pipeline, spec.run, pair[0])
        found = [self._pair(pair, name, index) for index in indices]
        if found:
            # of elements that an earlier attempt left behind, more than the map has now
            count = max(found, key=lambda one: one.manifest["created"]).manifest.get("map_count", len(found))
            if indices[:count] != list(range(count)):
                raise InfrastructureFault(
                    f"input `{name}`: step `{pair[0]}` has {count} elements, and not all have an output",
                    help="run the missing elements first",
                )
            found = found[:count]
        return Sequence(found)

    @property
    def map_count(self) -> int | None:
        """How many elements the map has that the step belongs to, if one of its own inputs is mapped."""
        if self.spec.map_count is not None:
            return self.spec.map_count
        lengths = mapped_lengths(self)
        return count_of(lengths, self.spec.product) if lengths else None

    def _each(self, pair: list[str], name: str) -> Artifact:
        if self.spec.map_index is None:
            raise ConfigurationFault(f"input `{name}` is of a map: --map-index is missing")
        return self._pair(pair, name, self.spec.map_index)

    def _over(self, reference: Any, name: str) -> Any:
        index = self._elements().get(name)
        resolved = self.resolve(reference, name)
        return resolved if index is None else element(resolved, index, name)

    def _uri(self, uri: str, name: str) -> Any:
        if uri.endswith(".json"):
            key = uri.removeprefix(self.store.url).lstrip("/")
            document = self.store.read_document(key) if "://" not in key else None
            if document is None and key == uri:
                from zencompile_runtime.store import open as open_store

                folder, _, base = uri.rpartition("/")
                document = open_store(folder).read_document(base) if folder else None
            if document is not None and "value" in document:
                return Artifact(document)  # type: ignore[arg-type]
        return Foreign(uri)

    def _value(self, literal: Any, name: str) -> Constant:
        return Constant(literal)

    def _list(self, references: list[Any], name: str) -> Sequence:
        return Sequence([self.resolve(one, name) for one in references])

    def _mapping(self, references: dict[str, Any], name: str) -> Table:
        return Table({key: self.resolve(one, name) for key, one in references.items()})

    def _elements(self) -> dict[str, int]:
        """For each mapped input, which element this step's map index takes."""
        if self._element is None:
            index = self.spec.map_index
            if index is None:
                raise ConfigurationFault("an input is mapped: --map-index is missing")
            lengths = mapped_lengths(self)
            if index >= count_of(lengths, self.spec.product):
                raise ConfigurationFault(f"--map-index={index} is beyond the mapped inputs' length")
            self._element = combination(lengths, index) if self.spec.product else dict.fromkeys(lengths, index)
        return self._element


_KINDS = ("gather", "each", "over", "uri", "value", "list", "mapping")


def mapped_lengths(resolver: Resolver) -> dict[str, int]:
    """How many elements each mapped input has. One that is no list goes whole to each step."""
    lengths = {}
    mapped = []
    for name, reference in resolver.spec.inputs.items():
        if isinstance(reference, dict) and "over" in reference:
            mapped.append(name)
            length = length_of(resolver.resolve(reference["over"], name))
            if length is not None:
                lengths[name] = length
    if mapped and not lengths:
        raise ConfigurationFault(f"none of the mapped inputs is a list: {', '.join(f'`{name}`' for name in mapped)}")
    empty = [name for name, length in lengths.items() if length == 0]
    if empty:
        raise ConfigurationFault(f"input `{empty[0]}` has no elements to map over")
    return lengths


def count_of(lengths: dict[str, int], product: bool) -> int:
    """How often a step with these mapped inputs runs."""
    if product:
        return math.prod(lengths.values())
    if len(set(lengths.values())) > 1:
        shown = ", ".join(f"{name} has {length}" for name, length in lengths.items())
        raise ConfigurationFault(f"mapped inputs differ in length: {shown}")
    return next(iter(lengths.values()), 0)


def combination(lengths: dict[str, int], index: int) -> dict[str, int]:
    """The indices of the elements in one combination of all; the last list's change fastest."""
    found = {}
    for name in reversed(list(lengths)):
        index, found[name] = divmod(index, lengths[name])
    return found


def length_of(resolved: Any) -> int | None:
    """The number of elements of a resolved reference; None of what is no list."""
    if isinstance(resolved, Sequence):
        return len(resolved.items)
    if isinstance(resolved, Artifact) and resolved.item is None:
        count = resolved.manifest["value"].get("items")
        if count is not None:
            return count
    if isinstance(resolved, Constant) and isinstance(decode(resolved.literal), (list, tuple)):
        return len(decode(resolved.literal))
    return None


def element(resolved: Any, index: int, name: str) -> Any:
    """One element of a resolved reference."""
    if isinstance(resolved, Sequence):
        if not -len(resolved.items) <= index < len(resolved.items):
            raise ConfigurationFault(f"input `{name}` has {len(resolved.items)} elements, and no number {index}")
        return resolved.items[index]
    if isinstance(resolved, Artifact):
        return Artifact(resolved.manifest, index)
    if isinstance(resolved, Constant):
        items = resolved.literal.get("items") if isinstance(resolved.literal, dict) else resolved.literal
        if isinstance(items, list):
            return Constant(items[index])
    raise ConfigurationFault(f"input `{name}` has no elements to map over")


def external(literal: Any, store: ArtifactStore) -> Any:
    """The value behind `--external=NAME=`: {"$": "external", "materializer": …, "value": …} is one that the named
    materializer stores, and loads again for the step; anything else is a plain literal.
    """
    if not isinstance(literal, dict) or literal.get("$") != "external":
        return decode(literal)
    value = decode(literal["value"])
    stored = artifacts.save(store, value, (by_name(literal["materializer"]),), metadata=False, visualization=False)
    return artifacts.load(store, stored, type(value))


# -- values ------------------------------------------------------------------------------------------------------------


def load(resolved: Any, store: ArtifactStore, hint: Any = None) -> Any:
    """The value behind a resolved reference, artifacts loaded as what the step's annotation asks for."""
    if isinstance(resolved, Artifact):
        return artifacts.load(store, resolved.manifest["value"], asked_for(hint), resolved.item)
    if isinstance(resolved, Constant):
        return decode(resolved.literal)
    if isinstance(resolved, Sequence):
        kind, of_each = of_items(hint)
        found = [_one_of_several(one, store, of_each) for one in resolved.items]
        return (kind or list)(found) if not resolved.is_tuple else tuple(found)
    if isinstance(resolved, Table):
        return {key: load(one, store) for key, one in resolved.items.items()}
    return resolved.uri


def _one_of_several(resolved: Any, store: ArtifactStore, hint: Any) -> Any:
    """One of several values that are handed on together.

    A list of loaded values is handed on as one artifact, whose elements aren't loaded as anything: so what can't be
    loaded as the annotation asks is left to its validation.
    """
    try:
        return load(resolved, store, hint)
    except NotLoadable:
        return load(resolved, store)


def identity(resolved: Any, store: ArtifactStore) -> Any:
    """What of a resolved reference goes into a cache key: contents, not where they come from."""
    if isinstance(resolved, Artifact):
        value = resolved.manifest["value"]
        if resolved.item is None:
            return {"artifact": artifacts.identity(value)}
        own = elements.digest(value, resolved.item, store)
        return {"artifact": artifacts.identity(value), "item": resolved.item} if own is None else {"element": own}
    if isinstance(resolved, Constant):
        return {"value": resolved.literal}
    if isinstance(resolved, Sequence):
        items = [identity(one, store) for one in resolved.items]
        return {"tuple": items} if resolved.is_tuple else items
    if isinstance(resolved, Table):
        return {"mapping": {key: identity(one, store) for key, one in resolved.items.items()}}
    return {"uri": resolved.uri}


def ids(resolved: Any) -> Any:
    """Which artifacts these are, whatever they contain: for policies that ask for that."""
    if isinstance(resolved, Artifact):
        manifest = resolved.manifest
        own = layout.manifest_key(
            manifest["pipeline"], manifest["run"], manifest["invocation"], manifest["output"], manifest.get("map_index")
        )
        return [manifest.get("source") or own, resolved.item]
    if isinstance(resolved, (Sequence, Table)):
        items = resolved.items
        return [ids(one) for one in items] if isinstance(items, list) else {key: ids(one) for key, one in items.items()}
    return {"value": resolved.literal} if isinstance(resolved, Constant) else {"uri": resolved.uri}


def manifests(resolved: Any) -> Any:
    """The manifest, or list of manifests, behind a resolved reference; None where there is none."""
    if isinstance(resolved, Artifact):
        return resolved.manifest
    if isinstance(resolved, (Sequence, Table)):
        items = resolved.items if isinstance(resolved.items, list) else list(resolved.items.values())
        found = [one for item in items if (one := manifests(item)) is not None]
        return [one for item in found for one in (item if isinstance(item, list) else [item])]
    return None


def has_foreign(resolved: Any) -> bool:
    """Whether something in it has no content digest, so that a cache can't know it."""
    if isinstance(resolved, (Sequence, Table)):
        items = resolved.items if isinstance(resolved.items, list) else list(resolved.items.values())
        return any(has_foreign(one) for one in items)
    return isinstance(resolved, Foreign)
