"""Exceptions and context managers: `raise`, `try` and `with`."""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Iterator

from zencompile.diagnostics import Label
from zencompile.frontend.evaluator import search
from zencompile.frontend.evaluator.assignment import assign, bind
from zencompile.frontend.evaluator.guards import Guard
from zencompile.frontend.evaluator.machine import Machine
from zencompile.frontend.evaluator.scopes import Frame, Signal
from zencompile.frontend.evaluator.uncertain import branch
from zencompile.frontend.values import MISSING, Context, Raised, Unknown, Value, operations
from zencompile.frontend.values.classes import chain_of


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
        _set_cause(exception, cause, context)
    if ev.handling:
        chain(exception, ev.handling[-1].value)
    raise Raised(exception, context.span)


def _set_cause(exception: Value, given: Value, context: Context) -> None:
    given = context.force(given)
    cause = given if given is None else operations.as_object(given).as_exception(context)
    if cause is MISSING:
        raise context.raise_(TypeError("exception causes must derive from BaseException"))
    chain_of(exception).update(__cause__=cause, __suppress_context__=True)


def chain(exception: Value, handled: Value) -> None:
    """An exception is raised while another is handled: its `__context__`."""
    if exception is not handled:
        chain_of(exception)["__context__"] = handled


def chained(raised: Raised, handled: Value) -> None:
    """An exception comes out of where another is handled, raised there by Python itself or by a statement."""
    if "__context__" not in chain_of(raised.value):
        chain(raised.value, handled)


@contextlib.contextmanager
def guarded(ev: Machine, node: ast.AST, frame: Frame) -> Iterator[None]:
    """While this lasts, the statement asks for what goes wrong."""
    before, depth = ev.watch, len(ev.guards)
    ev.watch = ev.span(node, frame.module)
    ev.guards.append(Guard(node, frame.module))
    try:
        yield
    finally:
        ev.watch = before
        del ev.guards[depth:]


def try_(ev: Machine, node: ast.Try, frame: Frame) -> Signal:
    if node.finalbody:
        with guarded(ev, node, frame):
            return _try(ev, node, frame)
    return _try(ev, node, frame)


def _try(ev: Machine, node: ast.Try, frame: Frame) -> Signal:
    depth = len(ev.uncertain)
    try:
        signal = _try_body(ev, node, frame)
    except Raised as raised:
        del ev.uncertain[depth:]
        if node.finalbody:
            left = _while_handling(ev, raised, node.finalbody, frame)
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

    with guarded(ev, node, frame):
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
        with guarded(ev, node, frame):
            signal = ev.run(node.body, frame)
    except Raised as raised:
        ev.depth = call_depth
        ev.frame = outer
        del ev.uncertain[depth:]
        if ev.handling:
            chained(raised, ev.handling[-1].value)
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
    try:
        return _while_handling(ev, raised, handler.body, frame)
    finally:
        if handler.name:
            frame.values.pop(handler.name, None)


def _while_handling(ev: Machine, raised: Raised, body: list[ast.stmt], frame: Frame) -> Signal:
    ev.handling.append(raised)
    try:
        return ev.run(body, frame)
    except Raised as later:
        chained(later, raised.value)
        raise
    finally:
        ev.handling.pop()


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
        with guarded(ev, item.context_expr, frame):
            signal = _with(ev, node, index + 1, frame)
    except Raised as raised:
        if leave(manager, raised, context):
            return None
        raise
    leave(manager, None, context)
    return signal


def leave(manager: Value, raised: Raised | None, context: Context) -> bool:
    """The end of a `with`; true if the exception goes no further."""
    if raised is None:
        return operations.as_object(manager).leave(raised, context)
    handling = context.evaluator.handling
    handling.append(raised)
    try:
        return operations.as_object(manager).leave(raised, context)
    except Raised as later:
        chained(later, raised.value)
        raise
    finally:
        handling.pop()
