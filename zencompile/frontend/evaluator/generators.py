"""Generator functions, evaluated step by step: a Python generator walks the statements that hold a `yield`."""

from __future__ import annotations

import ast
from collections.abc import Generator
from typing import Any

from zencompile.frontend.evaluator.assignment import assign, bind
from zencompile.frontend.evaluator.handling import leave
from zencompile.frontend.evaluator.machine import Machine
from zencompile.frontend.evaluator.scopes import BREAK, COMPREHENSIONS, DEFINITIONS, RETURN, Frame
from zencompile.frontend.evaluator.signs import condition
from zencompile.frontend.values import Context, Function, Raised, Unknown, Value, operations

Steps = Generator[Value, None, Any]


def run(ev: Machine, function: Function, inner: Frame, node: ast.AST, frame: Frame) -> Steps:
    """The items that a generator function yields. Raises what its body raises, when it is reached."""
    body: Any = function.node.body
    steps = _block(ev, body, inner) if isinstance(body, list) else _expression(ev, body, inner)
    raised: Raised | None = None
    while True:
        outer, ev.frame = ev.frame, inner
        ev.depth += 1
        try:
            if ev.depth > 250:
                raise ev.raised(RecursionError("maximum recursion depth exceeded"), node, frame)
            item = steps.throw(raised) if raised is not None else next(steps)
        except StopIteration:
            return inner.result  # what `yield from` gives
        finally:
            ev.depth -= 1
            ev.frame = outer
        raised = None
        try:
            yield item
        except Raised as thrown:
            raised = thrown


def _yields(ev: Machine, node: ast.AST) -> bool:
    """Whether a statement of the function itself holds a `yield`."""
    known = getattr(node, "_yields", None)
    if known is None:
        known = _search(node)
        node._yields = known  # type: ignore[attr-defined]
    return bool(known)


def _search(node: ast.AST) -> bool:
    stack = [node]
    while stack:
        current = stack.pop()
        if isinstance(current, (ast.Yield, ast.YieldFrom)):
            return True
        if current is not node or not isinstance(node, DEFINITIONS):
            if isinstance(current, (*DEFINITIONS, ast.Lambda, *COMPREHENSIONS)):
                continue
            stack.extend(ast.iter_child_nodes(current))
    return False


def _block(ev: Machine, body: list[ast.stmt], frame: Frame) -> Steps:
    for node in body:
        ev.tick(node, frame)
        if not _yields(ev, node):
            signal = ev.statement_table[node.__class__](ev, node, frame)
        else:
            walker = _WALKERS.get(node.__class__)
            signal = (yield from walker(ev, node, frame)) if walker else (yield from _plain(ev, node, frame))
        if signal is not None:
            return signal
    return None


def _plain(ev: Machine, node: ast.stmt, frame: Frame) -> Steps:
    """A statement whose expression holds the yield: the yields come first, and what is sent is None."""
    value = getattr(node, "value", None)
    if isinstance(value, (ast.Yield, ast.YieldFrom)):
        sent = yield from _expression(ev, value, frame)
        if isinstance(node, ast.Assign):
            for target in node.targets:
                assign(ev, target, sent, frame)
        elif isinstance(node, ast.AnnAssign):
            assign(ev, node.target, sent, frame)
        elif isinstance(node, ast.Return):
            frame.result = sent
            return RETURN
        return None
    for inner in ast.walk(node):
        if isinstance(inner, (ast.Yield, ast.YieldFrom)):
            yield from _expression(ev, inner, frame)
    return ev.statement_table[node.__class__](ev, node, frame)


def _expression(ev: Machine, node: ast.expr, frame: Frame) -> Steps:
    if isinstance(node, ast.Yield):
        yield None if node.value is None else ev.eval(node.value, frame)
    elif isinstance(node, ast.YieldFrom):
        items = operations.iterate(ev.eval(node.value, frame), Context(ev, node, frame.module))
        if isinstance(items, Unknown):
            yield items
        else:
            return (yield from items)
    return None


def _if(ev: Machine, node: ast.If, frame: Frame) -> Steps:
    truth = condition(ev, node.test, frame)
    if isinstance(truth, Unknown):
        yield truth
        return None
    return (yield from _block(ev, node.body if truth else node.orelse, frame))


def _while(ev: Machine, node: ast.While, frame: Frame) -> Steps:
    while True:
        ev.tick(node, frame)
        truth = condition(ev, node.test, frame)
        if isinstance(truth, Unknown):
            yield truth
            return None
        if not truth:
            break
        signal = yield from _block(ev, node.body, frame)
        if signal == BREAK:
            return None
        if signal == RETURN:
            return signal
    return (yield from _block(ev, node.orelse, frame))


def _for(ev: Machine, node: ast.For | ast.AsyncFor, frame: Frame) -> Steps:
    items = operations.iterate(ev.eval(node.iter, frame), Context(ev, node.iter, frame.module))
    if isinstance(items, Unknown):
        yield items
        return None
    for item in items:
        ev.tick(node, frame)
        assign(ev, node.target, item, frame)
        signal = yield from _block(ev, node.body, frame)
        if signal == BREAK:
            return None
        if signal == RETURN:
            return signal
    return (yield from _block(ev, node.orelse, frame))


def _with(ev: Machine, node: ast.With | ast.AsyncWith, frame: Frame) -> Steps:
    return (yield from _with_item(ev, node, 0, frame))


def _with_item(ev: Machine, node: ast.With | ast.AsyncWith, index: int, frame: Frame) -> Steps:
    if index == len(node.items):
        return (yield from _block(ev, node.body, frame))
    item = node.items[index]
    context = Context(ev, item.context_expr, frame.module)
    manager = context.force(ev.eval(item.context_expr, frame))
    target = operations.as_object(manager).enter(context)
    if item.optional_vars is not None:
        assign(ev, item.optional_vars, target, frame)
    try:
        signal = yield from _with_item(ev, node, index + 1, frame)
    except Raised as raised:
        if leave(manager, raised, context):
            return None
        raise
    leave(manager, None, context)
    return signal


def _try(ev: Machine, node: ast.Try, frame: Frame) -> Steps:
    try:
        signal = yield from _try_body(ev, node, frame)
    except Raised:
        left = yield from _block(ev, node.finalbody, frame)
        if left is not None:
            return left
        raise
    left = yield from _block(ev, node.finalbody, frame)
    return left if left is not None else signal


def _try_body(ev: Machine, node: ast.Try, frame: Frame) -> Steps:
    depth = ev.depth
    try:
        signal = yield from _block(ev, node.body, frame)
    except Raised as raised:
        ev.depth = depth
        for handler in node.handlers:
            if handler.type is None or operations.catches(
                ev.eval(handler.type, frame), raised, Context(ev, handler, frame.module)
            ):
                if handler.name:
                    bind(ev, handler.name, raised.value, handler, frame)
                ev.handling.append(raised)
                try:
                    return (yield from _block(ev, handler.body, frame))
                finally:
                    ev.handling.pop()
        raise
    if signal is None:
        return (yield from _block(ev, node.orelse, frame))
    return signal


_WALKERS: dict[type, Any] = {
    ast.If: _if,
    ast.While: _while,
    ast.For: _for,
    ast.AsyncFor: _for,
    ast.With: _with,
    ast.AsyncWith: _with,
    ast.Try: _try,
}
