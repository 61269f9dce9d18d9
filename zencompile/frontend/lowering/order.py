"""The order of invocations: topological layers, sorted by id inside a layer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def layers(upstream: Mapping[str, Iterable[str]]) -> tuple[list[str], list[str]]:
    """Ids in order, and (if there is one) the ids of a cycle, which are left out of the order."""
    waiting = {id_: set(above) for id_, above in upstream.items()}
    below: dict[str, list[str]] = {id_: [] for id_ in upstream}
    for id_, above in waiting.items():
        for other in above:
            below[other].append(id_)
    ordered: list[str] = []
    layer = sorted(id_ for id_, above in waiting.items() if not above)
    while layer:
        ordered.extend(layer)
        following = []
        for id_ in layer:
            del waiting[id_]
            for other in below[id_]:
                waiting[other].discard(id_)
                if not waiting[other]:
                    following.append(other)
        layer = sorted(set(following))
    return ordered, _cycle(waiting)


def _cycle(waiting: dict[str, set[str]]) -> list[str]:
    """One cycle among what can't be ordered, starting at its smallest id."""
    if not waiting:
        return []
    path: list[str] = []
    current = min(waiting)
    while current not in path:
        path.append(current)
        current = min(waiting[current])
    cycle = path[path.index(current) :]
    first = cycle.index(min(cycle))
    return cycle[first:] + cycle[:first]
