"""Groups of steps as DAGs of their own: pipelines that are called in another one, and what the user has put together.

The task of a nested DAG starts when everything has succeeded that any task in it needs, and what needs one of its tasks
starts when all of them have succeeded (the server: `argocompiler/dag.go`, `depends` and `addImplicitDependencies`). So
a group is nested only where that adds no wait, which a failure would turn into a step that doesn't run: each of its
members needs everything that the group needs, and who needs a member needs them all. Nor is one nested that is given a
list of artifacts, of which a DAG finds one (`metadata/client.go`, GetInputArtifactsByExecutionID).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from zencompile.ir import Group, Invocation, OutputRef, Pipeline
from zencompile.ir.order import layers, references, upstream
from zencompile_kubeflow.scopes import Scope
from zencompile_templates.names import Namespace, dashed_name


def nest(pipeline: Pipeline, homes: dict[str, Scope], names: Namespace) -> None:
    """Put the groups of a pipeline between its scopes and their members; `homes` has the scope of each invocation."""
    paths = {one.id: _path(one.group) for one in pipeline.invocations}
    if any(paths.values()):
        _Nesting(pipeline, homes, names, paths).build()


def _path(group: Group | None) -> tuple[Group, ...]:
    """The groups around an invocation, outermost first."""
    found: list[Group] = []
    while group is not None:
        found.append(group)
        group = group.parent
    return tuple(reversed(found))


@dataclass(frozen=True)
class _Unit:
    """What stands in a DAG as one task: an invocation, or a DAG with all that is in it."""

    ids: tuple[str, ...]
    scope: Scope | None = None


@dataclass(frozen=True)
class _Waits:
    """What the units of one DAG wait for, as sets of bits: one after the other by number, and all together."""

    direct: Sequence[int]
    all: Sequence[int]

    def allow(self, group: Iterable[int]) -> bool:
        """Whether units can be one task without a wait that isn't there without it."""
        members = sum(1 << one for one in group)
        needed = 0
        for one in _bits(members):
            needed |= self.direct[one] & ~members
        if any(needed & ~self.all[one] for one in _bits(members)):
            return False
        return all(
            not members & ~self.all[one]
            for one, direct in enumerate(self.direct)
            if direct & members and not members >> one & 1
        )


class _Nesting:
    def __init__(
        self, pipeline: Pipeline, homes: dict[str, Scope], names: Namespace, paths: dict[str, tuple[Group, ...]]
    ) -> None:
        self.homes, self.names, self.paths = homes, names, paths
        self.pipeline = dashed_name(pipeline.name, 128)
        self.needs = upstream(pipeline.invocations, pipeline.controls)
        self.sizes = Counter(group.id for path in paths.values() for group in path)
        self.units = _units(pipeline.invocations, homes)
        self.lists = _lists(pipeline.invocations, homes)

    def build(self) -> None:
        """Nest the groups of every DAG, from the root inwards."""
        for scope in [scope for scope in self.units if scope.parent is None]:
            self._inside(scope, 0)

    def _inside(self, scope: Scope, depth: int) -> None:
        """Nest what lies in a scope; around it are as many groups as `depth` says."""
        units = self.units[scope]
        if scope.arms:
            for arm in units:
                if arm.scope is not None:
                    self._inside(arm.scope, depth)
        elif any(len(self.paths[id_]) > depth for unit in units for id_ in unit.ids):
            self._split(scope, list(range(len(units))), units, _Waiting(units, self.needs).waits(), depth)

    def _split(self, home: Scope, numbers: list[int], units: list[_Unit], waits: _Waits, depth: int) -> None:
        groups: dict[str, list[int]] = {}
        for number in numbers:
            group = self._group(units[number], depth)
            groups.setdefault(group.id if group else "", []).append(number)
        for id_, members in groups.items():
            scopes = [scope for scope in (units[one].scope for one in members) if scope is not None]
            if not id_ or (len(members) == 1 and any(map(self._is_all, scopes))):
                for scope in scopes:
                    self._inside(scope, depth)
                continue
            ids = {one for member in members for one in units[member].ids}
            whole = len(ids) == self.sizes[id_] and all(self.lists[one] <= ids for one in ids)
            inner = self._nested(id_, home, members, units) if whole and waits.allow(members) else home
            self._split(inner, members, units, waits, depth + 1)

    def _is_all(self, scope: Scope) -> bool:
        """Whether a group of nothing but a loop or a branch is taken for one inside of it."""
        return not scope.arms or len(self.units[scope]) == 1

    def _group(self, unit: _Unit, depth: int) -> Group | None:
        """The group at this depth that holds everything of a unit."""
        found = [self.paths[id_][depth] if len(self.paths[id_]) > depth else None for id_ in unit.ids]
        return found[0] if all(one == found[0] for one in found) else None

    def _nested(self, id_: str, home: Scope, members: list[int], units: list[_Unit]) -> Scope:
        wanted = dashed_name(id_)  # a component that is called like the pipeline hides it from the SDK
        name = self.names.of(f"{wanted}-steps" if wanted == self.pipeline else wanted)
        inner = Scope(task=name, parent=home, plain=True)
        for one in members:
            unit = units[one]
            if unit.scope is None:
                self.homes[unit.ids[0]] = inner
            else:
                unit.scope.parent = inner
        return inner


def _units(invocations: Iterable[Invocation], homes: dict[str, Scope]) -> dict[Scope, list[_Unit]]:
    """The units of every scope, in the order of the invocations."""
    found: dict[Scope, dict[object, list[str]]] = {}
    for invocation in invocations:
        inner: Scope | None = None
        for scope in homes[invocation.id].outwards():
            key: object = inner or invocation.id
            found.setdefault(scope, {}).setdefault(key, []).append(invocation.id)
            inner = scope
    return {
        scope: [_Unit(tuple(ids), key if isinstance(key, Scope) else None) for key, ids in units.items()]
        for scope, units in found.items()
    }


def _lists(invocations: Iterable[Invocation], homes: dict[str, Scope]) -> dict[str, set[str]]:
    """For each invocation those of whose outputs it gets lists, for they lie in a loop in which it doesn't."""
    loops = {id_: [scope for scope in home.outwards() if scope.loop] for id_, home in homes.items()}
    return {
        invocation.id: {
            reference.invocation
            for value in invocation.inputs.values()
            for reference in references(value)
            if isinstance(reference, OutputRef)
            and not all(loop in loops[invocation.id] for loop in loops.get(reference.invocation, ()))
        }
        for invocation in invocations
    }


class _Waiting:
    """Finds what the units of a DAG wait for."""

    def __init__(self, units: list[_Unit], needs: dict[str, tuple[str, ...]]) -> None:
        self.units, self.needs = units, needs
        self.where = {id_: number for number, unit in enumerate(units) for id_ in unit.ids}

    def waits(self) -> _Waits:
        """The waits of all units. What waits for itself has none: it is in no group then."""
        direct = [sum(1 << one for one in self._upstream(number)) for number in range(len(self.units))]
        everything = [0] * len(direct)
        graph = {str(number): tuple(str(one) for one in _bits(bits)) for number, bits in enumerate(direct)}
        for layer in layers(graph):
            for name in layer:
                number = int(name)
                everything[number] = direct[number]
                for one in _bits(direct[number]):
                    everything[number] |= everything[one]
        return _Waits(direct, everything)

    def _upstream(self, number: int) -> set[int]:
        found = {self.where.get(above) for id_ in self.units[number].ids for above in self.needs[id_]}
        return {one for one in found if one is not None and one != number}


def _bits(number: int) -> Iterator[int]:
    while number:
        lowest = number & -number
        yield lowest.bit_length() - 1
        number ^= lowest
