"""Which variables of the environment code reads by name."""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator

READERS = frozenset({"os.getenv", "os.environ", *(f"os.environ.{name}" for name in ("get", "pop", "setdefault"))})


def read(tree: ast.AST, readers: Container[int]) -> Iterator[str]:
    """The names that stand as text in look-ups: `getenv("K")`, `environ["K"]`, `environ.get("K")`, `"K" in environ`.

    `readers` are the ids of the nodes that mean one of READERS.
    """
    for node in ast.walk(tree):
        key: ast.expr | None = None
        if isinstance(node, ast.Call) and id(node.func) in readers:
            named = [one.value for one in node.keywords if one.arg == "key"]
            key = next(iter([*node.args, *named]), None)
        elif isinstance(node, ast.Subscript) and id(node.value) in readers:
            key = node.slice
        elif isinstance(node, ast.Compare) and any(id(one) in readers for one in node.comparators):
            key = node.left
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            yield key.value
