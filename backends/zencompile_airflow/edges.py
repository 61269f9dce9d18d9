"""The order of tasks in few lines: `a >> [b, c] >> d`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from zencompile.ir import Pipeline
from zencompile.ir.order import upstream as waiting
from zencompile_airflow.model import Order, names
from zencompile_templates.python import Code, py

Group = tuple[str, ...]
Chain = tuple[Group, ...]

_WIDTH = 112  # what a line of the DAG's body holds after its indentation


def chains(edges: Iterable[tuple[str, str]]) -> list[Chain]:
    """Lines that together say exactly these edges (upstream, downstream), in a fixed order.

    Each edge belongs to the larger of two stars: its upstream's fan-out or its downstream's fan-in. Stars that meet in
    the same tasks are joined. Linear in the number of edges.
    """
    listed = list(dict.fromkeys(edges))
    downstream: dict[str, list[str]] = {}
    upstream: dict[str, list[str]] = {}
    for up, down in listed:
        downstream.setdefault(up, []).append(down)
        upstream.setdefault(down, []).append(up)
    fans_out: dict[str, list[str]] = {}
    fans_in: dict[str, list[str]] = {}
    order: dict[tuple[str, str], None] = {}  # ("out", task) or ("in", task), as first met
    for up, down in listed:
        if len(upstream[down]) > len(downstream[up]):
            fans_in.setdefault(down, []).append(up)
            order.setdefault(("in", down))
        else:
            fans_out.setdefault(up, []).append(down)
            order.setdefault(("out", up))
    stars: list[tuple[Group, Group]] = [
        ((task,), tuple(fans_out[task])) if side == "out" else (tuple(fans_in[task]), (task,)) for side, task in order
    ]
    return [line for chain in _joined(stars) for line in _broken(chain)]


def _joined(stars: list[tuple[Group, Group]]) -> list[Chain]:
    """Chains of stars, each star used once: one follows another that ends in the same tasks."""
    starting: dict[Group, list[int]] = {}
    for number, (left, _) in enumerate(stars):
        starting.setdefault(left, []).append(number)
    ends = {right for _, right in stars}
    used = [False] * len(stars)
    found = []
    # Those that follow nothing come first; what is left then (a star taken by another chain) starts its own.
    heads = [n for n, (left, _) in enumerate(stars) if left not in ends]
    for number in (*heads, *range(len(stars))):
        if used[number]:
            continue
        chain = [stars[number][0]]
        following: int | None = number
        while following is not None:
            used[following] = True
            chain.append(stars[following][1])
            following = next((n for n in starting.get(chain[-1], ()) if not used[n]), None)
        found.append((number, tuple(chain)))
    return [chain for _, chain in sorted(found)]


def _broken(chain: Chain) -> Iterable[Chain]:
    """The chain as parts that fit in a line each, as far as groups allow: a part starts where the one before ended.

    It isn't cut at a group that is long itself, which would then be written twice.
    """
    part: list[Group] = [chain[0]]
    width = _length(chain[0])
    for group in chain[1:]:
        if len(part) > 1 and width + 4 + _length(group) > _WIDTH and _length(part[-1]) < _WIDTH // 2:
            yield tuple(part)
            part, width = [part[-1]], _length(part[-1])
        part.append(group)
        width += 4 + _length(group)
    yield tuple(part)


def _length(group: Group) -> int:
    return sum(map(len, group)) + (2 * len(group) if len(group) > 1 else 0)


def orders(pipeline: Pipeline, variables: Mapping[str, str], made: Collection[tuple[str, str]]) -> Iterable[Order]:
    """The edges that stand for themselves: not those inside of a chain, nor those `made` by arguments."""
    waits = waiting(pipeline.invocations, pipeline.controls)
    ordered = [i.id for i in pipeline.invocations]
    position = {name: number for number, name in enumerate(ordered)}
    pairs = [(up, down) for down in ordered for up in waits[down] if up in position]
    pairs = [pair for pair in pairs if variables[pair[0]] != variables[pair[1]] and pair not in made]
    pairs.sort(key=lambda pair: (position[pair[0]], position[pair[1]]))
    for chain in chains((variables[up], variables[down]) for up, down in pairs):
        widest = max(range(len(chain)), key=lambda n: len(chain[n]))
        before = "".join(f"{py(_members(group))} >> " for group in chain[:widest])
        after = "".join(f" >> {py(_members(group))}" for group in chain[widest + 1 :])
        yield Order(_members(chain[widest]), before, after)


def _members(group: tuple[str, ...]) -> object:
    return Code(group[0]) if len(group) == 1 else names(*group)
