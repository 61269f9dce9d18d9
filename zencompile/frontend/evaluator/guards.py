"""What a program does where a call fails that the compiler takes to succeed: a run of a pipeline.

Three answers: the program ends; it surely goes on behind the `try` as if the call had succeeded; or something around
the call handles the failure in a way that is not followed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from zencompile.frontend.values import Module
from zencompile.source import Span

_NEVER = frozenset({"KeyboardInterrupt", "SystemExit", "GeneratorExit"})
"""What no failing run raises."""

_ALL = frozenset({"Exception", "BaseException"})

_TELLING = frozenset({"critical", "debug", "echo", "error", "exception", "info", "print_exc", "secho", "warning"})
"""Methods that do no more than tell people something."""

_TEXTS = frozenset({"str", "repr", "type", "len", "format_exc"})


class Guard(NamedTuple):
    """A `try`, or the expression of a `with`, around a place, and the module that it stands in."""

    node: ast.AST
    module: Module


def around(tree: ast.AST, place: ast.AST) -> list[ast.AST]:
    """The guards around a place of its own function, outermost first."""
    found: list[ast.AST] = []
    for node, inner in _path(tree, place):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            found.clear()
        elif isinstance(node, _TRIES) and inner in node.body:
            found.append(node)
        elif isinstance(node, (ast.With, ast.AsyncWith)) and inner in node.body:
            found += [item.context_expr for item in node.items]
    return found


def goes_on(guards: Sequence[Guard], place: Span) -> bool:
    """Whether the program surely does after a failure what it does after a success."""
    guard = handles(guards)
    if guard is None or not isinstance(guard.node, ast.Try) or guard.node.finalbody:
        return False
    file = guard.module.file
    return file is not None and file.path == place.file and _is_passed_over(guard.node, guard.module, place)


def handles(guards: Sequence[Guard]) -> Guard | None:
    """The innermost guard that may do something where a call fails; None: the program ends."""
    return next((guard for guard in reversed(guards) if _may_handle(guard.node)), None)


def handling(guard: Guard) -> list[ast.AST]:
    """What runs only where something went wrong."""
    node = guard.node
    return [one for handler in node.handlers for one in handler.body] if isinstance(node, _TRIES) else []


_TRIES: tuple[type[ast.Try], ...] = (ast.Try, getattr(ast, "TryStar", ast.Try))


def _path(tree: ast.AST, place: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    """The nodes around a place, outermost first, each with the one below it that leads there."""
    stack = [(tree, iter(ast.iter_child_nodes(tree)))]
    while stack:
        child = next(stack[-1][1], None)
        if child is None:
            stack.pop()
        elif child is place:
            nodes = [node for node, _ in stack]
            yield from zip(nodes, [*nodes[1:], child], strict=True)
            return
        else:
            stack.append((child, iter(ast.iter_child_nodes(child))))


def _may_handle(node: ast.AST) -> bool:
    if isinstance(node, _TRIES):
        may_catch = any(not _names(handler.type) or _names(handler.type) - _NEVER for handler in node.handlers)
        return may_catch or not _is_inert(node.finalbody)
    called = node.func if isinstance(node, ast.Call) else node
    return getattr(called, "attr", getattr(called, "id", "")) == "suppress"


def _names(caught: ast.expr | None) -> set[str]:
    """The names of the classes that a handler takes; none: all classes, or it isn't known which."""
    if isinstance(caught, ast.Tuple):
        inner = [_names(one) for one in caught.elts]
        return set().union(*inner) if all(inner) else set()
    return {caught.id} if isinstance(caught, ast.Name) else set()


def _is_passed_over(node: ast.Try, module: Module, place: Span) -> bool:
    """Whether the call is all that the `try` does, and its handler does no more than to tell."""
    inside = [index for index, one in enumerate(node.body) if one.lineno <= place.line <= (one.end_lineno or 0)]
    if len(inside) != 1 or not _is_call_at(node.body[inside[0]], place):
        return False
    taking = [handler for handler in node.handlers if not _is_never(handler)]
    if not taking or not (taking[0].type is None or _names(taking[0].type) & _ALL):
        return False
    rest = [*node.body[inside[0] + 1 :], *node.orelse]
    body = taking[0].body
    if isinstance(body[-1], ast.Continue) and _ends_round(node, module):
        body = body[:-1]
    return _is_inert(rest) and _is_inert(body)


def _is_never(handler: ast.ExceptHandler) -> bool:
    names = _names(handler.type)
    return bool(names) and names <= _NEVER


def _is_call_at(statement: ast.stmt, place: Span) -> bool:
    """Whether a statement is the call at a place, and nothing more."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(call, ast.Call) and (call.lineno, call.end_lineno) == (place.line, place.end_line)


def _ends_round(node: ast.Try, module: Module) -> bool:
    """Whether the statement is the last one of a loop's body."""
    loops = (one for one in ast.walk(module.tree or node) if isinstance(one, (ast.For, ast.AsyncFor, ast.While)))
    return any(loop.body[-1] is node for loop in loops)


def _is_inert(body: Iterable[ast.stmt]) -> bool:
    return all(isinstance(one, ast.Pass) or (isinstance(one, ast.Expr) and _tells(one.value)) for one in body)


def _tells(node: ast.expr) -> bool:
    """Whether an expression does no more than to tell people something."""
    if isinstance(node, ast.Constant):
        return True
    if not isinstance(node, ast.Call):
        return False
    func = node.func
    tells = isinstance(func, ast.Name) and func.id == "print"
    tells = tells or (isinstance(func, ast.Attribute) and func.attr in _TELLING)
    inner = (one for one in ast.walk(node) if isinstance(one, ast.Call) and one is not node)
    return tells and all(getattr(one.func, "attr", getattr(one.func, "id", "")) in _TEXTS for one in inner)
