"""Private names: inside of a class, Python reads `__name` as `_Class__name`."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

_PRIVATE = re.compile(r"\b__\w*[^\W_]_?\b")


def mangle(tree: ast.AST, text: str) -> None:
    """Put the names that Python means into a tree that `text` was parsed to."""
    if "class" in text and _PRIVATE.search(text):
        _walk(tree, "")


def is_private(name: str) -> bool:
    return name.startswith("__") and not name.endswith("__") and "." not in name


def _walk(node: ast.AST, class_: str) -> None:
    """`class_` is the name that the innermost class gives to private names; empty where none does."""
    if class_:
        rename = _RENAMING.get(node.__class__)
        if rename is not None:
            rename(node, lambda name: f"_{class_}{name}" if is_private(name) else name)
    if not isinstance(node, ast.ClassDef):
        for child in ast.iter_child_nodes(node):
            _walk(child, class_)
        return
    for outer in (*node.decorator_list, *node.bases, *node.keywords):
        _walk(outer, class_)
    for statement in node.body:
        _walk(statement, node.name.lstrip("_"))


_Renamed = Callable[[str], str]


def _rename_field(field: str) -> Callable[[ast.AST, _Renamed], None]:
    def rename(node: ast.AST, renamed: _Renamed) -> None:
        name = getattr(node, field)
        if name is not None:
            setattr(node, field, renamed(name))

    return rename


def _rename_all(field: str) -> Callable[[ast.AST, _Renamed], None]:
    def rename(node: ast.AST, renamed: _Renamed) -> None:
        setattr(node, field, [renamed(name) for name in getattr(node, field)])

    return rename


def _bind_otherwise(node: ast.AST, renamed: _Renamed) -> None:
    """A definition keeps the name that it tells, and is bound to another."""
    name = node.name  # type: ignore[attr-defined]
    if renamed(name) != name:
        node.bound = renamed(name)  # type: ignore[attr-defined]


_RENAMING: dict[type, Callable[[ast.AST, _Renamed], None]] = {
    ast.Name: _rename_field("id"),
    ast.Attribute: _rename_field("attr"),
    ast.arg: _rename_field("arg"),
    ast.keyword: _rename_field("arg"),
    ast.alias: _rename_field("asname"),
    ast.ExceptHandler: _rename_field("name"),
    ast.MatchAs: _rename_field("name"),
    ast.MatchStar: _rename_field("name"),
    ast.MatchMapping: _rename_field("rest"),
    ast.MatchClass: _rename_all("kwd_attrs"),
    ast.Global: _rename_all("names"),
    ast.Nonlocal: _rename_all("names"),
    ast.FunctionDef: _bind_otherwise,
    ast.AsyncFunctionDef: _bind_otherwise,
    ast.ClassDef: _bind_otherwise,
}
