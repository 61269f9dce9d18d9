"""The canonical form of a syntax tree, which digests are taken of.

Positions, comments and formatting are no part of it, and it is the same on every supported Python: node names and
fields that are not empty, values by their own kind. `ast.dump` is neither stable between versions nor unambiguous.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

# `ctx` follows from where a node stands; `kind` says that a string was written u"…"; `type_comment` is a comment;
# `simple` is whether parentheses stood around a name.
_NEVER = frozenset({"ctx", "kind", "type_comment", "simple", "type_ignores"})
_SINGLETONS = frozenset({ast.Constant, ast.MatchSingleton})  # their None is a value
_FIELDS: dict[type[ast.AST], tuple[str, ...]] = {}


def canonical(node: ast.AST, decorators: Callable[[ast.expr], bool]) -> bytes:
    """The form of `node` without docstrings, and without the decorators that `decorators` doesn't keep.

    Works without recursion: an expression of ten thousand terms is a deep tree.
    """
    parts: list[str] = []
    put = parts.append
    stack: list[Any] = [node]
    pop, push = stack.pop, stack.append
    while stack:
        item = pop()
        cls: type = item.__class__
        if cls is _Text:
            put(item)
        elif cls is list:
            put("[")
            push(_END)
            stack.extend(reversed(item))
        elif isinstance(item, ast.AST):
            put("(" + cls.__name__)
            push(_CLOSE)
            # Values are written at once, nodes wait for their turn; the class fixes the order of fields all the same.
            for name in _FIELDS.get(cls) or _fields(cls):
                value = getattr(item, name, None)
                if isinstance(value, ast.AST):
                    push(value)
                    push(_Text(" " + name + "="))
                elif value.__class__ is list:
                    if value and (value := _list(item, name, value, decorators)):
                        push(value)
                        push(_Text(" " + name + "="))
                elif value is not None or cls in _SINGLETONS:
                    put(" " + name + "=" + _scalar(value))
        else:
            put(_scalar(item))
    return "".join(parts).encode("utf-8", "surrogatepass")


class _Text(str):
    """Text of the form itself, as opposed to a value to be written."""

    __slots__ = ()


_CLOSE, _END = _Text(")"), _Text("]")


def _fields(cls: type[ast.AST]) -> tuple[str, ...]:
    known = _FIELDS[cls] = tuple(sorted(name for name in cls._fields if name not in _NEVER))
    return known


def _scalar(value: object) -> str:
    """A value that can't be mistaken for one of another kind: text carries its length."""
    if value.__class__ is str:
        return f"s{len(value)}:{value}"
    if value is None:
        return "n"
    if value is True:
        return "t"
    if value is False:
        return "f"
    if value.__class__ is int:
        return f"i{value:x};"
    if value.__class__ is bytes:
        return f"b{value.hex()};"
    if value is ...:
        return "e"
    return f"{value.__class__.__name__[0]}{value!r};"  # float, complex: their repr is exact and stable


def _list(node: ast.AST, name: str, value: list[Any], decorators: Callable[[ast.expr], bool]) -> list[Any]:
    if name == "body" and isinstance(node, (*DEFINITIONS, ast.Module)) and docstring(node) is not None:
        return value[1:] or [ast.Pass()]
    if name == "decorator_list":
        return [d for d in value if decorators(d)]
    if name == "values" and node.__class__ is ast.JoinedStr:
        return _pieces(value)
    return value


def _pieces(values: Sequence[ast.expr]) -> list[ast.expr]:
    """The parts of an f-string with neighbouring text joined; Pythons differ in where they cut it."""
    joined: list[ast.expr] = []
    for value in values:
        inner = _pieces(value.values) if isinstance(value, ast.JoinedStr) else [value]
        for piece in inner:
            last = joined[-1] if joined else None
            if not (isinstance(piece, ast.Constant) and isinstance(piece.value, str)):
                joined.append(piece)
            elif isinstance(last, ast.Constant) and isinstance(last.value, str):
                joined[-1] = ast.Constant(last.value + piece.value)
            elif piece.value:
                joined.append(piece)
    return joined


def docstring(node: ast.AST) -> str | None:
    """The docstring as written, or None."""
    body = getattr(node, "body", None)
    if body and body[0].__class__ is ast.Expr:
        value = body[0].value
        if value.__class__ is ast.Constant and value.value.__class__ is str:
            return value.value
    return None
