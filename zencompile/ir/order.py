"""What an invocation waits for, and the order that follows from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Graph

from zencompile.ir.model import Condition, Control, Invocation, Map
from zencompile.ir.values import Literal, OutputRef, ParameterRef, Value, leaves


def references(value: Value) -> Iterator[OutputRef | ParameterRef]:
    """The outputs and parameters that `value` holds, from left to right."""
    return (leaf for leaf in leaves(value) if isinstance(leaf, (OutputRef, ParameterRef)))


def _control_waits(control: Control) -> Iterator[str]:
    values = control.over.values() if isinstance(control, Map) else (control.test,)
    for value in values:
        yield from (r.invocation for r in references(value) if isinstance(r, OutputRef))


def upstream(invocations: Iterable[Invocation], controls: Iterable[Control] = ()) -> dict[str, tuple[str, ...]]:
    """For each invocation, the ids of those that must end before it starts: sorted, each once.

    These are the producers of its inputs, what stands in its `after`, and what the maps and conditions around it need.
    """
    waits: dict[str, set[str]] = {}
    for invocation in invocations:
        found = waits.setdefault(invocation.id, set())
        found.update(invocation.after)
        for value in invocation.inputs.values():
            if value.__class__ is OutputRef:
                found.add(value.invocation)
            elif value.__class__ is not Literal:
                found.update(r.invocation for r in references(value) if isinstance(r, OutputRef))
    listed = list(controls)
    members = {control.id: _members(control) for control in listed}
    for control in listed:
        needed = set(_control_waits(control))
        for member in _invocations_of(control.id, members):
            if member in waits:
                waits[member] |= needed
    return {name: tuple(sorted(found)) if len(found) > 1 else tuple(found) for name, found in waits.items()}


def _members(control: Control) -> tuple[str, ...]:
    return control.then + control.otherwise if isinstance(control, Condition) else control.body


def _invocations_of(control: str, members: Graph[str, tuple[str, ...]]) -> Iterator[str]:
    """Every id below a control; one that contains itself ends the walk (the verifier reports it)."""
    seen, left = {control}, [control]
    while left:
        for member in members[left.pop()]:
            if member in members and member not in seen:
                seen.add(member)
                left.append(member)
            elif member not in members:
                yield member


def layers(graph: Graph[str, tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """Ids in topological layers, each sorted: an id stands one layer below the lowest of those that it waits for.

    Ids that no node has are left out of account. What stands in a cycle, or behind one, is in no layer.
    """
    missing = {name: sum(1 for above in waits if above in graph) for name, waits in graph.items()}
    below: dict[str, list[str]] = {name: [] for name in graph}
    for name, waits in graph.items():
        for above in waits:
            if above in graph:
                below[above].append(name)
    ready = sorted(name for name, count in missing.items() if count == 0)
    answer: list[tuple[str, ...]] = []
    while ready:
        answer.append(tuple(ready))
        following = []
        for name in ready:
            for later in below[name]:
                missing[later] -= 1
                if missing[later] == 0:
                    following.append(later)
        ready = sorted(following)
    return tuple(answer)


def cycle(graph: Graph[str, tuple[str, ...]]) -> tuple[str, ...]:
    """One cycle as the ids along it, each waiting for the next and the last for the first; empty if there is none."""
    placed = {name for layer in layers(graph) for name in layer}
    left = sorted(name for name in graph if name not in placed)
    if not left:
        return ()
    path: dict[str, int] = {}
    name = left[0]
    while name not in path:
        path[name] = len(path)
        name = next(above for above in graph[name] if above in graph and above not in placed)
    along = list(path)[path[name] :]
    start = along.index(min(along))
    return tuple(along[start:] + along[:start])
