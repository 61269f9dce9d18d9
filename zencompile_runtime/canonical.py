"""The canonical form of a syntax tree, which digests are taken of.

Positions, comments and formatting are no part of it, and it is the same on every supported Python: node names and
fields that are not empty, values by their own kind. `ast.dump` is neither stable between versions nor unambiguous.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from typing import Any

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef

# `ctx` follows from where a node stands; `kind` says that a string was written u"…"; `type_comment` is a comment;
# `simple` is whether parentheses stood around a name.
_NEVER = frozenset({"ctx", "kind", "type_comment", "simple", "type_ignores"})
_SINGLETONS = frozenset({ast.Constant, ast.MatchSingleton})  # their None is a value
_FUNCTIONS = frozenset({ast.FunctionDef, ast.AsyncFunctionDef})
_SIMPLE = frozenset({ast.Expr, ast.Assign, ast.Return, ast.AugAssign, ast.Import, ast.ImportFrom, ast.Raise, ast.Pass})
_HINTS = frozenset({"annotation", "returns"})
_DOCUMENTED = (*DEFINITIONS, ast.Module)
_FIELDS: dict[type[ast.AST], tuple[str, tuple[tuple[str, str], ...]]] = {}
_STILL = frozenset({ast.Name, ast.Constant})
_ACTING = (ast.Call, ast.NamedExpr, ast.Await, ast.Yield, ast.YieldFrom)

PLAIN = frozenset({"property", "staticmethod", "classmethod", "cached_property", "contextmanager", "abstractmethod"})
PLAIN |= {"lru_cache", "cache", "override", "overload", "final", "asynccontextmanager", "total_ordering", "setter"}
"""Decorators that call what they decorate, or mark it, and look neither at its code nor at its documentation."""


class Hints(Enum):
    """Which annotations of functions a form has. Those that call something are always a part of it."""

    ALL = "of all functions"
    INNER = "of the functions inside, not those of the node itself"
    DECORATED = "of the functions that a decorator may read"


def canonical(node: ast.AST, decorators: Callable[[ast.expr], bool]) -> bytes:
    """The form of `node` without docstrings, and without the decorators that `decorators` doesn't keep."""
    return encoded(form(node, decorators))


def encoded(text: str) -> bytes:
    """What of a form a digest is taken of."""
    return text.encode("utf-8", "surrogatepass")


def form(
    node: ast.AST,
    decorators: Callable[[ast.expr], bool] | None = None,
    body: bool = True,
    annotations: Hints = Hints.ALL,
    of_function: bool = False,
) -> str:
    """The form of `node` without docstrings, without the decorators that `decorators` doesn't keep, and, unless `body`,
    without the statements in it. A module may hold the statements `of_function`.

    Annotations of a function's variables are no part of it: Python never evaluates them (reference, 7.2.2).
    Works without recursion: an expression of ten thousand terms is a deep tree.
    """
    any_node, name_node = ast.AST, ast.Name
    bare = annotations is Hints.DECORATED
    skipped: set[int] = set(_annotated(node)) if annotations is Hints.INNER else set()
    local: set[int] = set(_of_variables(node)) if of_function else set()
    parts: list[str] = []
    put = parts.append
    stack: list[Any] = [node]  # text is of the form itself
    pop, push = stack.pop, stack.append
    while stack:
        item = pop()
        cls: type = item.__class__
        if cls is str:
            put(item)
            continue
        if cls is name_node:
            put(f"(Name id=s{len(item.id)}:{item.id})")
            continue
        if cls in _FUNCTIONS:
            local.update(_of_variables(item))
            if bare and all(map(is_plain, item.decorator_list)):
                skipped.update(_annotated(item))
        elif cls is ast.AnnAssign and id(item) in local:
            item = _without_hint(item)
            cls = item.__class__
        opening, fields = _FIELDS.get(cls) or _fields(cls)
        put(opening)
        if not fields:
            put(")")
            continue
        push(")")
        # Values are written at once, nodes wait for their turn; the class fixes the order of fields all the same.
        for name, label in fields:
            value = getattr(item, name, None)
            if skipped and name in _HINTS and id(item) in skipped and not _acts(value):
                continue
            if isinstance(value, any_node):
                push(value)
                push(label)
            elif value.__class__ is list:
                if not body and item is node and name == "body":
                    continue
                if value and (value := _list(item, name, value, decorators)):
                    push("]")
                    stack.extend([v if isinstance(v, any_node) else _scalar(v) for v in reversed(value)])
                    push(label + "[")
            elif value is not None or cls in _SINGLETONS:
                put(label + _scalar(value))
    return "".join(parts)


def is_plain(decorator: ast.expr) -> bool:
    """Whether a decorator neither reads the code of what it decorates nor its docstring and annotations."""
    node = decorator.func if isinstance(decorator, ast.Call) else decorator
    return (node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")) in PLAIN


def _annotated(node: ast.AST) -> Iterator[int]:
    """What of a function holds its annotations: itself, and its parameters."""
    if node.__class__ in _FUNCTIONS:
        given: ast.arguments = node.args  # type: ignore[attr-defined]
        several = [one for one in (given.vararg, given.kwarg) if one is not None]
        yield from map(id, [node, *given.posonlyargs, *given.args, *given.kwonlyargs, *several])


def _acts(annotation: ast.expr | None) -> bool:
    """Whether evaluating an annotation may do something."""
    if annotation is None or annotation.__class__ in _STILL:
        return False
    return any(isinstance(one, _ACTING) for one in ast.walk(annotation))


def _of_variables(function: ast.AST) -> Iterator[int]:
    """The statements that annotate a function's own variables."""
    todo: list[Any] = list(function.body)  # type: ignore[attr-defined]
    while todo:
        item = todo.pop()
        if item.__class__ is ast.AnnAssign:
            yield id(item)
        elif item.__class__ not in _SIMPLE and not isinstance(item, DEFINITIONS):
            for name in ("body", "orelse", "finalbody", "handlers", "cases"):
                todo.extend(getattr(item, name, ()))


def _without_hint(node: ast.AnnAssign) -> ast.stmt:
    """The statement that does the same; a variable without a value becomes the function's own all the same."""
    if node.value is None:
        bare: Any = None
        return ast.AnnAssign(node.target, bare, None, 1)
    return ast.Assign([node.target], node.value)


def _fields(cls: type[ast.AST]) -> tuple[str, tuple[tuple[str, str], ...]]:
    """How a node of this class begins, and its fields with the text that introduces each."""
    names = sorted(name for name in cls._fields if name not in _NEVER)
    known = _FIELDS[cls] = (f"({cls.__name__}", tuple((name, f" {name}=") for name in names))
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


def _list(node: ast.AST, name: str, value: list[Any], decorators: Callable[[ast.expr], bool] | None) -> list[Any]:
    if name == "body" and isinstance(node, _DOCUMENTED) and docstring(node) is not None:
        return value[1:] or [ast.Pass()]
    if name == "decorator_list" and decorators is not None:
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
