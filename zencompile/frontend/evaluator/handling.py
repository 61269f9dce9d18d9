"""Exceptions and context managers: `raise`, `try` and `with`."""

from __future__ import annotations

import ast

from zencompile.diagnostics import Label
from zencompile.frontend.evaluator import search
from zencompile.frontend.evaluator.assignment import assign, bind
from zencompile.frontend.evaluator.machine import Machine
from zencompile.frontend.evaluator.scopes import Frame, Signal
from zencompile.frontend.evaluator.uncertain import branch
from zencompile.frontend.values import MISSING, Context, Raised, Unknown, Value, operations


def raise_(ev: Machine, node: ast.Raise, frame: Frame) -> Signal:
    if node.exc is None:
        if ev.handling:
            raise Raised(ev.handling[-1].value, ev.handling[-1].span)
        raise ev.raised(RuntimeError("No active exception to reraise"), node, frame)
    value = ev.eval(node.exc, frame)
    cause: Value = MISSING if node.cause is None else ev.eval(node.cause, frame)
    context = Context(ev, node, frame.module)
    exception = operations.as_object(context.force(value)).as_exception(context)
    if exception is MISSING:
        raise ev.raised(TypeError("exceptions must derive from BaseException"), node, frame)
    if cause is not MISSING:
        operations.set_attribute(exception, "__cause__", cause, context)
    raise Raised(exception, context.span)


def try_(ev: Machine, node: ast.Try, frame: Frame) -> Signal:
    depth = len(ev.uncertain)
    try:
        signal = _try_body(ev, node, frame)
    except Raised:
        del ev.uncertain[depth:]
        if node.finalbody:
            left = ev.run(node.finalbody, frame)
            if left is not None:
                return left
        raise
    if node.finalbody:
        result = frame.result
        left = ev.run(node.finalbody, frame)
        if left is not None:
            return left
        frame.result = result
    return signal


def try_star(ev: Machine, node: ast.Try, frame: Frame) -> Signal:
    """`except*`: how groups of exceptions are split among its handlers is not evaluated."""

    def body() -> Signal:
        try:
            signal = ev.run(node.body, frame)
        except Raised as raised:
            place = ev.span(node.handlers[0], frame.module)
            message = "an exception that `except*` may take is not followed when compiling"
            ev.report.error("ZC0106", message, place, labels=[Label(raised.span, "raised here")] if raised.span else [])
            raise Raised(Unknown(raised.span, message, reported=True), raised.span) from None
        return ev.run(node.orelse, frame) if signal is None and node.orelse else signal

    signal = body()
    left = ev.run(node.finalbody, frame) if node.finalbody else None
    return left if left is not None else signal


def _try_body(ev: Machine, node: ast.Try, frame: Frame) -> Signal:
    library = search.undecided_library(ev, node)
    if library is None:
        return _body_and_handlers(ev, node, frame)
    unknown = ev.unknown(node.body[0], frame, f"whether `{library}` is installed where the program runs")

    def without() -> Signal:
        ev.absent.add(library)
        try:
            return _body_and_handlers(ev, node, frame)
        finally:
            ev.absent.discard(library)

    signal, left = branch(ev, frame, unknown, [lambda: _body_and_handlers(ev, node, frame), without])
    if left:
        ev.uncertain.append(unknown)
    return signal


def _body_and_handlers(ev: Machine, node: ast.Try, frame: Frame) -> Signal:
    depth = len(ev.uncertain)
    call_depth = ev.depth
    outer = ev.frame
    try:
        signal = ev.run(node.body, frame)
    except Raised as raised:
        ev.depth = call_depth
        ev.frame = outer
        del ev.uncertain[depth:]
        for handler in node.handlers:
            if handler.type is None or operations.catches(
                ev.eval(handler.type, frame), raised, Context(ev, handler, frame.module)
            ):
                return _handle(ev, handler, raised, frame)
        raise
    if signal is None and node.orelse:
        return ev.run(node.orelse, frame)
    return signal


def _handle(ev: Machine, handler: ast.ExceptHandler, raised: Raised, frame: Frame) -> Signal:
    if handler.name:
        bind(ev, handler.name, raised.value, handler, frame)
    ev.handling.append(raised)
    try:
        return ev.run(handler.body, frame)
    finally:
        ev.handling.pop()
        if handler.name:
            frame.values.pop(handler.name, None)


def with_(ev: Machine, node: ast.With | ast.AsyncWith, frame: Frame) -> Signal:
    return _with(ev, node, 0, frame)


def _with(ev: Machine, node: ast.With | ast.AsyncWith, index: int, frame: Frame) -> Signal:
    if index == len(node.items):
        return ev.run(node.body, frame)
    item = node.items[index]
    context = Context(ev, item.context_expr, frame.module)
    manager = context.force(ev.eval(item.context_expr, frame))
    target = operations.as_object(manager).enter(context)
    if item.optional_vars is not None:
        assign(ev, item.optional_vars, target, frame)
    try:
        signal = _with(ev, node, index + 1, frame)
    except Raised as raised:
        if leave(manager, raised, context):
            return None
        raise
    leave(manager, None, context)
    return signal


def leave(manager: Value, raised: Raised | None, context: Context) -> bool:
    """The end of a `with`; true if the exception goes no further."""
    return operations.as_object(manager).leave(raised, context)
