"""Annotations of Airflow's arguments, taken apart."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple


class Kind(NamedTuple):
    """An alternative of an annotation: `list[str]` is `list` with one argument."""

    name: str
    arguments: tuple[tuple[Kind, ...], ...] = ()
    values: tuple[object, ...] = ()
    text: str = ""


@lru_cache(maxsize=512)
def alternatives(annotation: str) -> tuple[Kind, ...]:
    """The alternatives of an annotation: those of `str | None` are two."""
    return tuple(_alternatives(ast.parse(annotation, mode="eval").body))


def _alternatives(node: ast.expr) -> Iterator[Kind]:
    if isinstance(node, ast.BinOp):
        yield from _alternatives(node.left)
        yield from _alternatives(node.right)
    elif isinstance(node, ast.Subscript):
        name, inner = _last(node.value), node.slice
        parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
        if name == "Literal":
            yield Kind(
                name, values=tuple(p.value for p in parts if isinstance(p, ast.Constant)), text=ast.unparse(node)
            )
        elif name in ("Callable", "type"):
            yield Kind(name, text=ast.unparse(node))
        else:
            yield Kind(name, tuple(tuple(_alternatives(part)) for part in parts), text=ast.unparse(node))
    else:
        yield Kind(_last(node), text=ast.unparse(node))


def _last(node: ast.expr) -> str:
    return ast.unparse(node).rpartition(".")[2]
