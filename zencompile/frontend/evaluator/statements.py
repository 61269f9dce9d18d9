"""Statements. Each handler returns None, or how the block is left: BREAK, CONTINUE, RETURN."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zencompile.frontend.evaluator import arithmetic, classes, comparison, expressions, matching, modules, text
from zencompile.frontend.evaluator.attributes import delete_attribute, get_attribute, set_attribute
from zencompile.frontend.evaluator.calls import awaited
from zencompile.frontend.evaluator.items import delete_item, get_item, set_item
from zencompile.frontend.evaluator.iteration import iterate, unpack
from zencompile.frontend.evaluator.scopes import Frame
from zencompile.frontend.evaluator.typechecks import type_of
from zencompile.frontend.evaluator.uncertain import branch
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


BREAK = "break"
CONTINUE = "continue"
RETURN = "return"
Signal = Any


def run(ev: Evaluator, body: list[ast.stmt], frame: Frame) -> Signal:
    """Run statements in order until one leaves the block."""
    table = TABLE
    for node in body:
        ev.steps += 1
        if ev.steps > ev.limit:
            ev.out_of_steps(node, frame)
        signal = table[node.__class__](ev, node, frame)
        if signal is not None:
            return signal
    return None


# binding


def bind(ev: Evaluator, name: str, value: Value, node: ast.AST, frame: Frame) -> None:
    info = frame.info
    if info is not None:
        if name in info.globals:
            ev.state(frame.module).values[name] = value
            return
        if name in info.nonlocals:
            scope = frame.parent
            while scope is not None:
                if not scope.is_class and (name in scope.values or (scope.info and name in scope.info.locals)):
                    scope.values[name] = value
                    return
                scope = scope.parent
    frame.values[name] = value


def assign(ev: Evaluator, target: ast.expr, value: Value, frame: Frame) -> None:
    kind = target.__class__
    if kind is ast.Name:
        if frame.info is None or not (frame.info.globals or frame.info.nonlocals):
            frame.values[target.id] = value  # type: ignore[attr-defined]
        else:
            bind(ev, target.id, value, target, frame)  # type: ignore[attr-defined]
    elif kind is ast.Tuple or kind is ast.List:
        _unpack(ev, target.elts, value, target, frame)  # type: ignore[attr-defined]
    elif kind is ast.Attribute:
        owner = ev.eval(target.value, frame)  # type: ignore[attr-defined]
        set_attribute(ev, owner, target.attr, value, target, frame)  # type: ignore[attr-defined]
    elif kind is ast.Subscript:
        owner = ev.eval(target.value, frame)  # type: ignore[attr-defined]
        key = ev.eval(target.slice, frame)  # type: ignore[attr-defined]
        set_item(ev, owner, key, value, target, frame)
    elif kind is ast.Starred:
        assign(ev, target.value, value, frame)  # type: ignore[attr-defined]


def _unpack(ev: Evaluator, targets: list[ast.expr], value: Value, node: ast.expr, frame: Frame) -> None:
    starred = next((i for i, t in enumerate(targets) if t.__class__ is ast.Starred), None)
    items = unpack(ev, value, len(targets), starred, node, frame)
    if isinstance(items, Unknown):
        for target in targets:
            assign(ev, target, items, frame)
        return
    count = len(targets)
    if starred is None:
        if len(items) != count:
            few = f"not enough values to unpack (expected {count}, got {len(items)})"
            text = few if len(items) < count else f"too many values to unpack (expected {count})"
            raise ev.raised(ValueError(text), node, frame)
        for target, item in zip(targets, items, strict=True):
            assign(ev, target, item, frame)
        return
    if len(items) < count - 1:
        text = f"not enough values to unpack (expected at least {count - 1}, got {len(items)})"
        raise ev.raised(ValueError(text), node, frame)
    after = count - starred - 1
    end = len(items) - after
    for target, item in zip(targets[:starred], items[:starred], strict=True):
        assign(ev, target, item, frame)
    assign(ev, targets[starred], list(items[starred:end]), frame)
    for target, item in zip(targets[starred + 1 :], items[end:], strict=True):
        assign(ev, target, item, frame)


def s_expr(ev: Evaluator, node: ast.Expr, frame: Frame) -> Signal:
    ev.eval(node.value, frame)
    return None


def s_assign(ev: Evaluator, node: ast.Assign, frame: Frame) -> Signal:
    value = expressions.TABLE[node.value.__class__](ev, node.value, frame)
    for target in node.targets:
        assign(ev, target, value, frame)
    return None


def s_ann_assign(ev: Evaluator, node: ast.AnnAssign, frame: Frame) -> Signal:
    if node.value is not None:
        assign(ev, node.target, ev.eval(node.value, frame), frame)
    return None


def s_aug_assign(ev: Evaluator, node: ast.AugAssign, frame: Frame) -> Signal:
    target = node.target
    if isinstance(target, ast.Name):
        old = expressions.name(ev, ast.copy_location(ast.Name(target.id, ast.Load()), target), frame)
        new = arithmetic.in_place(ev, node.op, old, ev.eval(node.value, frame), node, frame)
        assign(ev, target, new, frame)
    elif isinstance(target, ast.Attribute):
        owner = ev.eval(target.value, frame)
        old = get_attribute(ev, owner, target.attr, target, frame)
        new = arithmetic.in_place(ev, node.op, old, ev.eval(node.value, frame), node, frame)
        set_attribute(ev, owner, target.attr, new, target, frame)
    elif isinstance(target, ast.Subscript):
        owner = ev.eval(target.value, frame)
        key = ev.eval(target.slice, frame)
        old = get_item(ev, owner, key, target, frame)
        new = arithmetic.in_place(ev, node.op, old, ev.eval(node.value, frame), node, frame)
        set_item(ev, owner, key, new, target, frame)
    return None


def s_delete(ev: Evaluator, node: ast.Delete, frame: Frame) -> Signal:
    for target in node.targets:
        _delete(ev, target, frame)
    return None


def _delete(ev: Evaluator, target: ast.expr, frame: Frame) -> None:
    if isinstance(target, ast.Name):
        expressions.name(ev, target, frame)
        values = frame.values
        if frame.info is not None and target.id in frame.info.globals:
            values = ev.state(frame.module).values
        if target.id in values:
            del values[target.id]
    elif isinstance(target, ast.Attribute):
        delete_attribute(ev, ev.eval(target.value, frame), target.attr, target, frame)
    elif isinstance(target, ast.Subscript):
        owner = ev.eval(target.value, frame)
        delete_item(ev, owner, ev.eval(target.slice, frame), target, frame)
    elif isinstance(target, (ast.Tuple, ast.List)):
        for element in target.elts:
            _delete(ev, element, frame)


# control


def s_return(ev: Evaluator, node: ast.Return, frame: Frame) -> Signal:
    frame.result = None if node.value is None else expressions.TABLE[node.value.__class__](ev, node.value, frame)
    return RETURN


def s_pass(ev: Evaluator, node: ast.stmt, frame: Frame) -> Signal:
    return None


def s_break(ev: Evaluator, node: ast.stmt, frame: Frame) -> Signal:
    return BREAK


def s_continue(ev: Evaluator, node: ast.stmt, frame: Frame) -> Signal:
    return CONTINUE


def s_if(ev: Evaluator, node: ast.If, frame: Frame) -> Signal:
    truth = comparison.condition(ev, node.test, frame)
    if truth is True:
        return run(ev, node.body, frame)
    if truth is False:
        return run(ev, node.orelse, frame) if node.orelse else None
    return undecided(ev, frame, truth, [lambda: run(ev, node.body, frame), lambda: run(ev, node.orelse, frame)])


def undecided(ev: Evaluator, frame: Frame, unknown: Unknown, alternatives: list[Callable[[], Signal]]) -> Signal:
    """A branch on an unknown value. If some side leaves the block, what follows is uncertain until the function
    ends."""
    signal, left = branch(ev, frame, unknown, alternatives)
    if left:
        ev.uncertain.append(unknown)
    return signal


def s_while(ev: Evaluator, node: ast.While, frame: Frame) -> Signal:
    depth = len(ev.uncertain)
    while True:
        ev.steps += 1
        if ev.steps > ev.limit:
            ev.out_of_steps(node, frame)
        truth = comparison.condition(ev, node.test, frame)
        if truth is False:
            break
        if truth is not True:
            return _perhaps(ev, node.body, frame, truth, depth)
        signal = run(ev, node.body, frame)
        if signal is BREAK:
            del ev.uncertain[depth:]
            return None
        if signal is RETURN:
            return signal
        if len(ev.uncertain) > depth:  # a break or continue that can't be decided: further rounds tell nothing new
            del ev.uncertain[depth:]
            return None
    return run(ev, node.orelse, frame) if node.orelse else None


def _perhaps(ev: Evaluator, body: list[ast.stmt], frame: Frame, unknown: Unknown, depth: int) -> Signal:
    """A loop of an unknown number of rounds: one is tried."""

    def once() -> Signal:
        signal = run(ev, body, frame)
        return signal if signal is RETURN else None

    signal, left = branch(ev, frame, unknown, [once, lambda: None])
    del ev.uncertain[depth:]
    if left:
        ev.uncertain.append(unknown)
    return signal


def s_for(ev: Evaluator, node: ast.For | ast.AsyncFor, frame: Frame) -> Signal:
    depth = len(ev.uncertain)
    iterable = ev.eval(node.iter, frame)
    items = iterate(ev, iterable, node.iter, frame)
    if isinstance(items, Unknown):
        assign(ev, node.target, items, frame)
        return _perhaps(ev, node.body, frame, items, depth)
    for item in items:
        ev.steps += 1
        if ev.steps > ev.limit:
            ev.out_of_steps(node, frame)
        assign(ev, node.target, item, frame)
        signal = run(ev, node.body, frame)
        if signal is BREAK:
            del ev.uncertain[depth:]
            return None
        if signal is RETURN:
            return signal
    del ev.uncertain[depth:]
    return run(ev, node.orelse, frame) if node.orelse else None


# exceptions


def s_raise(ev: Evaluator, node: ast.Raise, frame: Frame) -> Signal:
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


def s_assert(ev: Evaluator, node: ast.Assert, frame: Frame) -> Signal:
    truth = comparison.condition(ev, node.test, frame)
    if truth is False:
        arguments = [] if node.msg is None else [ev.eval(node.msg, frame)]
        message = [text.to_text(ev, a, node, frame) for a in arguments]
        raise ev.raised(AssertionError(*message), node, frame)
    return None


def s_try(ev: Evaluator, node: ast.Try, frame: Frame) -> Signal:
    depth = len(ev.uncertain)
    try:
        signal = _try_body(ev, node, frame)
    except Raised:
        del ev.uncertain[depth:]
        if node.finalbody:
            left = run(ev, node.finalbody, frame)
            if left is not None:
                return left
        raise
    if node.finalbody:
        result = frame.result
        left = run(ev, node.finalbody, frame)
        if left is not None:
            return left
        frame.result = result
    return signal


def _try_body(ev: Evaluator, node: ast.Try, frame: Frame) -> Signal:
    depth = len(ev.uncertain)
    call_depth = ev.depth
    outer = ev.frame
    try:
        signal = run(ev, node.body, frame)
    except Raised as raised:
        ev.depth = call_depth
        ev.frame = outer
        del ev.uncertain[depth:]
        for handler in node.handlers:
            if handler.type is None or _matches(ev, raised, ev.eval(handler.type, frame)):
                return _handle(ev, handler, raised, frame)
        raise
    if signal is None and node.orelse:
        return run(ev, node.orelse, frame)
    return signal


def _handle(ev: Evaluator, handler: ast.ExceptHandler, raised: Raised, frame: Frame) -> Signal:
    if handler.name:
        bind(ev, handler.name, raised.value, handler, frame)
    ev.handling.append(raised)
    try:
        return run(ev, handler.body, frame)
    finally:
        ev.handling.pop()
        if handler.name:
            frame.values.pop(handler.name, None)


def _matches(ev: Evaluator, raised: Raised, type_: Value) -> bool:
    if isinstance(type_, tuple):
        return any(_matches(ev, raised, one) for one in type_)
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


def s_with(ev: Evaluator, node: ast.With | ast.AsyncWith, frame: Frame) -> Signal:
    return _with(ev, node, 0, frame)


def _with(ev: Evaluator, node: ast.With | ast.AsyncWith, index: int, frame: Frame) -> Signal:
    if index == len(node.items):
        return run(ev, node.body, frame)
    item = node.items[index]
    manager = ev.eval(item.context_expr, frame)
    context = Context(ev, item.context_expr, frame.module)
    while not isinstance(manager, (NativeObject, Instance, Unknown, Symbol)):
        forced = context.force(manager)
        if forced is manager:
            text = f"'{type_name(manager)}' object does not support the context manager protocol"
            raise ev.raised(TypeError(text), item.context_expr, frame)
        manager = forced
    target = _enter(ev, manager, context)
    if item.optional_vars is not None:
        assign(ev, item.optional_vars, target, frame)
    try:
        signal = _with(ev, node, index + 1, frame)
    except Raised as raised:
        if _leave(ev, manager, raised, context):
            return None
        raise
    _leave(ev, manager, None, context)
    return signal


def _enter(ev: Evaluator, manager: Value, context: Context) -> Value:
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


def _leave(ev: Evaluator, manager: Value, raised: Raised | None, context: Context) -> bool:
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


# definitions and the rest


def s_function(ev: Evaluator, node: ast.FunctionDef | ast.AsyncFunctionDef, frame: Frame) -> Signal:
    bind(ev, node.name, classes.define_function(ev, node, frame), node, frame)
    return None


def s_class(ev: Evaluator, node: ast.ClassDef, frame: Frame) -> Signal:
    bind(ev, node.name, classes.define_class(ev, node, frame), node, frame)
    return None


def s_import(ev: Evaluator, node: ast.Import, frame: Frame) -> Signal:
    modules.import_statement(ev, node, frame)
    return None


def s_import_from(ev: Evaluator, node: ast.ImportFrom, frame: Frame) -> Signal:
    modules.import_from_statement(ev, node, frame)
    return None


def s_match(ev: Evaluator, node: ast.Match, frame: Frame) -> Signal:
    return matching.run_match(ev, node, frame)


def s_type_alias(ev: Evaluator, node: Any, frame: Frame) -> Signal:
    try:
        bind(ev, node.name.id, ev.eval(node.value, frame), node, frame)
    except Raised:
        bind(ev, node.name.id, ev.unknown(node, frame, "a type alias that can't be evaluated"), node, frame)
    return None


def s_other(ev: Evaluator, node: ast.stmt, frame: Frame) -> Signal:
    ev.report.error("ZC0106", "this statement is not supported when compiling", ev.span(node, frame.module))
    return None


class _Table(dict[type, Callable[["Evaluator", Any, Frame], Signal]]):
    def __missing__(self, key: type) -> Callable[[Evaluator, Any, Frame], Signal]:
        return s_other


TABLE = _Table(
    {
        ast.Expr: s_expr,
        ast.Assign: s_assign,
        ast.AnnAssign: s_ann_assign,
        ast.AugAssign: s_aug_assign,
        ast.Delete: s_delete,
        ast.Return: s_return,
        ast.Pass: s_pass,
        ast.Global: s_pass,
        ast.Nonlocal: s_pass,
        ast.Break: s_break,
        ast.Continue: s_continue,
        ast.If: s_if,
        ast.While: s_while,
        ast.For: s_for,
        ast.AsyncFor: s_for,
        ast.Raise: s_raise,
        ast.Assert: s_assert,
        ast.Try: s_try,
        ast.With: s_with,
        ast.AsyncWith: s_with,
        ast.FunctionDef: s_function,
        ast.AsyncFunctionDef: s_function,
        ast.ClassDef: s_class,
        ast.Import: s_import,
        ast.ImportFrom: s_import_from,
        ast.Match: s_match,
    }
)
if hasattr(ast, "TryStar"):
    TABLE[ast.TryStar] = s_try
if hasattr(ast, "TypeAlias"):
    TABLE[ast.TypeAlias] = s_type_alias
