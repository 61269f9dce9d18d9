"""Calls of methods of plain data: methods that store values get them as they are, those that compute get plain data."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from zencompile.frontend.evaluator import text
from zencompile.frontend.evaluator.container_methods import CONTAINER_METHODS, Method
from zencompile.frontend.evaluator.dunders import plain_dunder
from zencompile.frontend.evaluator.items import as_mapping
from zencompile.frontend.evaluator.iteration import all_items
from zencompile.frontend.evaluator.plain import LARGEST, unwrap
from zencompile.frontend.evaluator.pure import call_pure
from zencompile.frontend.evaluator.scopes import Frame
from zencompile.frontend.values import MISSING, Context, Unknown, Value, type_name

if TYPE_CHECKING:
    from zencompile.frontend.evaluator.core import Evaluator


RECEIVERS = frozenset({str, list, dict, set, frozenset, tuple, int, float, bytes, bool, complex})
"""Types whose methods are called without making a bound method first."""


def call(
    ev: Evaluator,
    receiver: Value,
    name: str,
    arguments: list[Value],
    keywords: dict[str, Value],
    node: ast.AST,
    frame: Frame,
) -> Value:
    """`receiver.name(…)` on plain data."""
    if ev.uncertain_objects and id(receiver) in ev.uncertain_objects:
        return ev.uncertain_objects[id(receiver)][1]
    kind = type(receiver)
    context = Context(ev, node, frame.module)
    special = SPECIAL.get(kind)
    method = special.get(name) if special is not None else None
    if method is not None:
        _check_count(kind, name, arguments, context)
        return method(ev, receiver, arguments, keywords, context)
    if name.startswith("_"):
        found = plain_dunder(ev, receiver, name, context)
        if found is not MISSING:
            return context.call(found, arguments, keywords)
    if name.startswith("_") or not hasattr(kind, name):
        text_ = f"'{kind.__name__}' object has no attribute '{name}'"
        raise context.raise_(AttributeError(text_))
    return call_pure(ev, getattr(receiver, name), arguments, keywords, context, name, receiver)


_COUNTS: dict[tuple[type, str], tuple[int, int]] = {
    (list, "append"): (1, 1), (list, "extend"): (1, 1), (list, "insert"): (2, 2), (list, "pop"): (0, 1),
    (list, "remove"): (1, 1), (list, "index"): (1, 3), (list, "count"): (1, 1), (list, "clear"): (0, 0),
    (list, "copy"): (0, 0), (list, "reverse"): (0, 0), (tuple, "index"): (1, 3), (tuple, "count"): (1, 1),
    (dict, "get"): (1, 2), (dict, "setdefault"): (1, 2), (dict, "pop"): (1, 2), (dict, "popitem"): (0, 0),
    (dict, "keys"): (0, 0), (dict, "values"): (0, 0), (dict, "items"): (0, 0), (dict, "clear"): (0, 0),
    (dict, "copy"): (0, 0), (dict, "update"): (0, 1), (set, "add"): (1, 1), (set, "discard"): (1, 1),
    (set, "remove"): (1, 1), (str, "join"): (1, 1), (str, "format_map"): (1, 1),
}  # fmt: skip


def _check_count(kind: type, name: str, arguments: list[Value], context: Context) -> None:
    low, high = _COUNTS.get((kind, name), (0, 1000))
    if not low <= len(arguments) <= high:
        expected = f"{low}" if low == high else f"from {low} to {high}"
        text_ = f"{kind.__name__}.{name}() takes {expected} argument(s) ({len(arguments)} given)"
        raise context.raise_(TypeError(text_))


def _str_join(ev: Evaluator, r: str, a: list[Value], k: dict[str, Value], c: Context) -> Value:
    items = all_items(a[0], c)
    if isinstance(items, Unknown):
        return items
    parts, size = [], 0
    for index, item in enumerate(items):
        part = item if type(item) is str else unwrap(c.force(item))
        if isinstance(part, Unknown):
            return part
        if not isinstance(part, str):
            text_ = f"sequence item {index}: expected str instance, {type_name(part)} found"
            raise c.raise_(TypeError(text_))
        parts.append(part)
        size += len(part) + len(r)
    if size > LARGEST:
        raise c.raise_(MemoryError("a text too large to be made when compiling"))
    return r.join(parts)


def _str_format(ev: Evaluator, r: str, a: list[Value], k: dict[str, Value], c: Context) -> Value:
    unknown = k.get("**")
    if isinstance(unknown, Unknown):
        return unknown
    return text.format_call(ev, r, a, dict(k), c.node, ev._frame(c))


def _str_format_map(ev: Evaluator, r: str, a: list[Value], k: dict[str, Value], c: Context) -> Value:
    mapping = as_mapping(ev, a[0], c.node, ev._frame(c))
    return mapping if isinstance(mapping, Unknown) else text.format_call(ev, r, [], mapping, c.node, ev._frame(c))


SPECIAL: dict[type, dict[str, Method]] = {
    **CONTAINER_METHODS,
    str: {"join": _str_join, "format": _str_format, "format_map": _str_format_map},
}
