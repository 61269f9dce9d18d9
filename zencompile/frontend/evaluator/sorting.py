"""Sorting and choosing extremes, with the program's own keys and comparisons."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from zencompile.frontend.evaluator import comparison
from zencompile.frontend.values import Context, Unknown, Value

if TYPE_CHECKING:
    from zencompile.frontend.evaluator.core import Evaluator


class _Undecided(Exception):
    def __init__(self, unknown: Unknown) -> None:
        self.unknown = unknown


def _less(ev: Evaluator, left: Value, right: Value, context: Context) -> bool:
    frame = ev._frame(context)
    answer = comparison.truth(
        ev, comparison.compare_values(ev, "<", left, right, context.node, frame), context.node, frame
    )
    if isinstance(answer, Unknown):
        raise _Undecided(answer)
    return answer


def keys_of(ev: Evaluator, items: list[Value], key: Value, context: Context) -> list[Value]:
    if key is None:
        return [context.force(item) for item in items]
    return [context.force(context.call(key, [item])) for item in items]


def sort(ev: Evaluator, items: list[Value], keywords: dict[str, Value], context: Context) -> list[Value] | Unknown:
    """`sorted(items, key=…, reverse=…)`."""
    reverse = context.truth(keywords.get("reverse", False))
    if isinstance(reverse, Unknown):
        return reverse
    keys = keys_of(ev, items, keywords.get("key"), context)
    unknown = next((key for key in keys if isinstance(key, Unknown)), None)
    if unknown is not None:
        return unknown
    order = list(range(len(items)))
    ev.tick(context.node, ev._frame(context), len(items) // 10)
    if len({type(key) for key in keys}) <= 1 and (not keys or type(keys[0]) in (int, float, str, bool, bytes)):
        order.sort(key=lambda i: keys[i], reverse=reverse)
    else:

        def compare(i: int, j: int) -> int:
            if _less(ev, keys[i], keys[j], context):
                return -1
            return 1 if _less(ev, keys[j], keys[i], context) else 0

        try:
            order.sort(key=functools.cmp_to_key(compare), reverse=reverse)
        except _Undecided as undecided:
            return undecided.unknown
    return [items[i] for i in order]


def extreme(ev: Evaluator, items: list[Value], key: Value, largest: bool, context: Context) -> Any:
    """The first largest or smallest of items that are not empty."""
    keys = keys_of(ev, items, key, context)
    unknown = next((k for k in keys if isinstance(k, Unknown)), None)
    if unknown is not None:
        return unknown
    best = 0
    try:
        for index in range(1, len(items)):
            left, right = (keys[best], keys[index]) if largest else (keys[index], keys[best])
            if _less(ev, left, right, context):
                best = index
    except _Undecided as undecided:
        return undecided.unknown
    return items[best]
