"""Exceptions and context managers: `raise`, `try` and `with`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from zencompile.frontend.evaluator.assignment import assign, bind
from zencompile.frontend.evaluator.coroutines import awaited
from zencompile.frontend.evaluator.scopes import Frame, Signal
from zencompile.frontend.evaluator.typechecks import type_of
from zencompile.frontend.values import (
    MISSING,
    Class,
    Context,
    Instance,
    NativeObject,
    Raised,
    Symbol,
    Unknown,
    Value,
    type_name,
)

if TYPE_CHECKING:
    from zencompile.frontend.evaluator.core import Evaluator


def raise_(ev: Evaluator, node: ast.Raise, frame: Frame) -> Signal:
    if node.exc is None:
        if ev.handling:
            raise Raised(ev.handling[-1].value, ev.handling[-1].span)
        raise ev.raised(RuntimeError("No active exception to reraise"), node, frame)
    value = ev.eval(node.exc, frame)
    if node.cause is not None:
        ev.eval(node.cause, frame)
    if isinstance(value, type) or type(value) is Class:
        value = ev.call_value(value, [], {}, Context(ev, node, frame.module))
    if not isinstance(value, (BaseException, Instance, Unknown, Symbol, NativeObject)):
        raise ev.raised(TypeError("exceptions must derive from BaseException"), node, frame)
    raise Raised(value, ev.span(node, frame.module))


def try_(ev: Evaluator, node: ast.Try, frame: Frame) -> Signal:
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


def _try_body(ev: Evaluator, node: ast.Try, frame: Frame) -> Signal:
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
            if handler.type is None or matches(ev, raised, ev.eval(handler.type, frame)):
                return _handle(ev, handler, raised, frame)
        raise
    if signal is None and node.orelse:
        return ev.run(node.orelse, frame)
    return signal


def _handle(ev: Evaluator, handler: ast.ExceptHandler, raised: Raised, frame: Frame) -> Signal:
    if handler.name:
        bind(ev, handler.name, raised.value, handler, frame)
    ev.handling.append(raised)
    try:
        return ev.run(handler.body, frame)
    finally:
        ev.handling.pop()
        if handler.name:
            frame.values.pop(handler.name, None)


def matches(ev: Evaluator, raised: Raised, type_: Value) -> bool:
    if isinstance(type_, tuple):
        return any(matches(ev, raised, one) for one in type_)
    value = raised.value
    if isinstance(value, BaseException):
        return isinstance(type_, type) and isinstance(value, type_)
    if isinstance(value, Instance):
        return value.class_.is_subclass(type_) or any(
            isinstance(b, type) and isinstance(type_, type) and issubclass(b, type_) for b in value.class_.mro
        )
    if isinstance(value, NativeObject):
        return bool(value.is_instance_of(type_)) or type_ in (Exception, BaseException)
    if isinstance(value, Symbol):
        return type_ == value or type_ in (Exception, BaseException)
    return type_ in (Exception, BaseException)


def with_(ev: Evaluator, node: ast.With | ast.AsyncWith, frame: Frame) -> Signal:
    return _with(ev, node, 0, frame)


def _with(ev: Evaluator, node: ast.With | ast.AsyncWith, index: int, frame: Frame) -> Signal:
    if index == len(node.items):
        return ev.run(node.body, frame)
    item = node.items[index]
    manager = ev.eval(item.context_expr, frame)
    context = Context(ev, item.context_expr, frame.module)
    while not isinstance(manager, (NativeObject, Instance, Unknown, Symbol)):
        forced = context.force(manager)
        if forced is manager:
            text = f"'{type_name(manager)}' object does not support the context manager protocol"
            raise ev.raised(TypeError(text), item.context_expr, frame)
        manager = forced
    target = enter(ev, manager, context)
    if item.optional_vars is not None:
        assign(ev, item.optional_vars, target, frame)
    try:
        signal = _with(ev, node, index + 1, frame)
    except Raised as raised:
        if leave(ev, manager, raised, context):
            return None
        raise
    leave(ev, manager, None, context)
    return signal


def enter(ev: Evaluator, manager: Value, context: Context) -> Value:
    if isinstance(manager, NativeObject):
        return manager.enter(context)
    if isinstance(manager, Instance):
        for name in ("__enter__", "__aenter__"):
            if manager.class_.lookup(name) is not MISSING:
                return awaited(ev, context.call(context.get_attribute(manager, name)), context)
        if not manager.class_.is_open:
            text = f"'{manager.class_.name}' object does not support the context manager protocol"
            raise context.raise_(TypeError(text))
    return context.unknown("what a context manager that is not read gives")


def leave(ev: Evaluator, manager: Value, raised: Raised | None, context: Context) -> bool:
    if isinstance(manager, NativeObject):
        return manager.leave(raised, context)
    if isinstance(manager, Instance):
        for name in ("__exit__", "__aexit__"):
            if manager.class_.lookup(name) is not MISSING:
                value = raised.value if raised else None
                kind = type_of(ev, value) if raised else None
                answer = awaited(ev, context.call(context.get_attribute(manager, name), [kind, value, None]), context)
                return raised is not None and context.truth(answer) is True
    return False
