"""Sorting and choosing extremes, with the program's own keys and comparisons."""

from __future__ import annotations

import functools
from typing import Any

from zencompile.frontend.values.base import Context, Unknown, Value
from zencompile.frontend.values.operations import compare, truth


class _Undecided(Exception):
    def __init__(self, unknown: Unknown) -> None:
        self.unknown = unknown


def _less(left: Value, right: Value, context: Context) -> bool:
    answer = truth(compare("<", left, right, context), context)
    if isinstance(answer, Unknown):
        raise _Undecided(answer.partial(context))
    return answer


def keys_of(items: list[Value], key: Value, context: Context) -> list[Value]:
    if key is None:
        return [context.force(item) for item in items]
    return [context.force(context.call(key, [item])) for item in items]


def sort(items: list[Value], keywords: dict[str, Value], context: Context) -> list[Value] | Unknown:
    """`sorted(items, key=…, reverse=…)`."""
    reverse = truth(keywords.get("reverse", False), context)
    if isinstance(reverse, Unknown):
        return reverse.forgotten()
    keys = keys_of(items, keywords.get("key"), context)
    unknown = next((key.forgotten() for key in keys if isinstance(key, Unknown)), None)
    if unknown is not None and len(items) > 1:
        return unknown
    order = list(range(len(items)))
    context.tick(len(items) // 10)
    if len({type(key) for key in keys}) <= 1 and (not keys or type(keys[0]) in (int, float, str, bool, bytes)):
        order.sort(key=lambda i: keys[i], reverse=reverse)
    else:

        def compared(i: int, j: int) -> int:
            if _less(keys[i], keys[j], context):
                return -1
            return 1 if _less(keys[j], keys[i], context) else 0

        try:
            order.sort(key=functools.cmp_to_key(compared), reverse=reverse)
        except _Undecided as undecided:
            return undecided.unknown
    return [items[i] for i in order]


def extreme(items: list[Value], key: Value, largest: bool, context: Context) -> Any:
    """The first largest or smallest of items that are not empty."""
    keys = keys_of(items, key, context)
    unknown = next((k.forgotten() for k in keys if isinstance(k, Unknown)), None)
    if unknown is not None:
        return unknown
    best = 0
    try:
        for index in range(1, len(items)):
            left, right = (keys[best], keys[index]) if largest else (keys[index], keys[best])
            if _less(left, right, context):
                best = index
    except _Undecided as undecided:
        return undecided.unknown
    return items[best]
