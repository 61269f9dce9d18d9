"""Who waits for whom: the edges of a plan, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from zencompile_runtime.errors import ConfigurationFault
from zencompile_runtime.runner.plan import If, Map, Pipeline, Step, choices, references

DATA, CHOICE, ORDER, THEN, OTHERWISE = "data", "choice", "order", "then", "otherwise"


@dataclass
class Node:
    """A step or a control of a plan.

    `edges` are what it waits for: id → kind, where a condition's branch waits for the condition, and a CHOICE is an
    output that is there or another one instead. `map` is the map that it runs in. `height` is the length of the longest
    chain that waits for it. Of a `given` node, which only part of a plan is run without, the outputs are there;
    `gathered` says that they are those of a whole map.
    """

    id: str
    position: int
    what: Step | Map | If
    edges: dict[str, str] = field(default_factory=dict)
    map: str | None = None
    height: int = 0
    given: bool = False
    gathered: bool = False

    @property
    def upstream(self) -> list[str]:
        """What the node waits for, the map that it runs in among it."""
        return [*self.edges, self.map] if self.map is not None else list(self.edges)


class Graph:
    """The nodes of a plan by id, in the plan's order, controls last. Raises ConfigurationFault for a cycle."""

    def __init__(self, plan: Pipeline) -> None:
        self.plan = plan
        everything = (*plan.steps, *plan.controls)
        self.nodes = {what.id: Node(what.id, position, what) for position, what in enumerate(everything)}
        self._add_edges()
        self._add_scopes()
        self._finish()

    def _finish(self) -> None:
        self.order = self._sort()
        for id in reversed(self.order):
            node = self.nodes[id]
            for upstream in node.upstream:
                above = self.nodes[upstream]
                above.height = max(above.height, node.height + 1)

    def keep(self, selected: set[str]) -> None:
        """Forget all but these nodes, the maps that they run in, and the steps whose outputs these need, now `given`.

        A condition that isn't selected no longer guards its branches.
        """
        kept = {id for id in selected if id in self.nodes}
        kept |= {map for id in kept if (map := self.nodes[id].map) is not None}
        given = {id for one in kept for id, kind in self.nodes[one].edges.items() if kind in (DATA, CHOICE)} - kept
        inside = {map for id in given if (map := self.nodes[id].map) in kept and map is not None}
        given |= {id for map in inside for id, kind in self.nodes[map].edges.items() if kind == DATA} - kept
        self.nodes = {id: node for id, node in self.nodes.items() if id in kept or id in given}
        for id, node in self.nodes.items():
            node.height = 0
            node.given = id in given
            node.edges = {} if node.given else {up: kind for up, kind in node.edges.items() if up in self.nodes}
            if node.map is not None and node.map not in kept:
                node.map, node.gathered = None, True
        self._finish()

    def _add_edges(self) -> None:
        for node in self.nodes.values():
            what = node.what
            if isinstance(what, Step):
                node.edges.update((id, ORDER) for id in what.after)
                values: Iterable[object] = what.inputs.values()
            elif isinstance(what, Map):
                values = what.over.values()
            else:
                values = (what.test,)
            chosen = {reference[0] for value in values for reference in choices(value)}
            for value in values:
                node.edges.update((id, CHOICE if id in chosen else DATA) for id, *_ in references(value))

    def _add_scopes(self) -> None:
        for node in self.nodes.values():
            if isinstance(node.what, Map):
                self._fill_map(node, node.what.body)
            elif isinstance(node.what, If):
                for id in node.what.then:
                    self.nodes[id].edges[node.id] = THEN
                for id in node.what.otherwise:
                    self.nodes[id].edges[node.id] = OTHERWISE

    def _fill_map(self, map: Node, body: Iterable[str]) -> None:
        for id in body:
            inner = self.nodes[id]
            if isinstance(inner.what, Map) or inner.map not in (None, map.id):
                raise ConfigurationFault(f"{id!r} runs in a map inside the map {map.id!r}; the local runner maps once")
            if CHOICE in inner.edges.values():
                raise ConfigurationFault(f"{id!r} takes what branches leave, and runs in the map {map.id!r}")
            inner.map = map.id
            if isinstance(inner.what, If):
                self._fill_map(map, (*inner.what.then, *inner.what.otherwise))

    def _sort(self) -> list[str]:
        waiting = {id: len(node.upstream) for id, node in self.nodes.items()}
        dependents = self.dependents()
        ready = [id for id, count in waiting.items() if not count]
        for id in ready:
            for other in dependents[id]:
                waiting[other] -= 1
                if not waiting[other]:
                    ready.append(other)
        if len(ready) < len(self.nodes):
            stuck = [id for id, count in waiting.items() if count]
            raise ConfigurationFault(f"these steps wait for each other: {', '.join(map(repr, stuck))}")
        return ready

    def dependents(self) -> dict[str, list[str]]:
        """Who waits for each node; what runs in a map waits for the map."""
        found: dict[str, list[str]] = {id: [] for id in self.nodes}
        for node in self.nodes.values():
            for upstream in node.upstream:
                found[upstream].append(node.id)
        return found

    def downstream(self, ids: Iterable[str]) -> set[str]:
        """These nodes, and all that wait for them in the end."""
        dependents = self.dependents()
        found: set[str] = set()
        pending = list(ids)
        while pending:
            id = pending.pop()
            if id not in found:
                found.add(id)
                pending += dependents[id]
        return found
