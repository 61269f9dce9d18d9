"""Generator functions, evaluated step by step: a Python generator walks the statements that hold a `yield`."""

from __future__ import annotations

import ast
import copy
from collections import ChainMap
from collections.abc import Generator
from typing import Any

from zencompile.frontend.evaluator import matching, reachable
from zencompile.frontend.evaluator.assignment import assign, bind
from zencompile.frontend.evaluator.handling import chained, leave
from zencompile.frontend.evaluator.machine import Machine
from zencompile.frontend.evaluator.scopes import BREAK, COMPREHENSIONS, DEFINITIONS, RETURN, Frame
from zencompile.frontend.evaluator.signs import ARITHMETIC, condition
from zencompile.frontend.evaluator.uncertain import forget
from zencompile.frontend.values import Context, Function, Raised, Unended, Unknown, Value, operations
from zencompile.frontend.values.classes import is_a

Steps = Generator[Value, Value, Any]


class Held(ast.expr):
    """An expression that has been evaluated: it stands in a copy of the expression around it."""

    _fields = ()
    value: Value


class Endless(Exception):
    """From here on it is not known which items a generator yields, nor how many."""

    def __init__(self, unknown: Unknown) -> None:
        super().__init__(unknown.reason)
        self.unknown = unknown


def run(ev: Machine, function: Function, inner: Frame, node: ast.AST, frame: Frame) -> Steps:
    """The items that a generator function yields. Raises what its body raises, when it is reached."""
    body: Any = function.node.body
    steps = _block(ev, body, inner) if isinstance(body, list) else _value(ev, body, inner)
    raised: Raised | None = None
    sent: Value = None
    handled: list[Raised] = []
    while True:
        outer, ev.frame = ev.frame, inner
        ev.depth += 1
        before = len(ev.handling)
        ev.handling.extend(handled)
        try:
            if ev.depth > 250:
                raise ev.raised(RecursionError("maximum recursion depth exceeded"), node, frame)
            item = steps.throw(raised) if raised is not None else steps.send(sent)
        except StopIteration:
            return inner.result  # what `yield from` gives
        except Endless as endless:
            item = Unended(endless.unknown.span, endless.unknown.reason, endless.unknown.reported)
            inner.result = item
            reachable.make_uncertain(ev, _changed_by(function, inner), item)
        except Raised as left:
            if is_a(left.value, StopIteration):
                raise Raised(RuntimeError("generator raised StopIteration"), left.span) from None
            raise
        finally:
            ev.depth -= 1
            ev.frame = outer
            handled = ev.handling[before:]
            del ev.handling[before:]
        raised = None
        try:
            sent = yield item
        except Raised as thrown:
            raised = thrown


def _changed_by(function: Function, inner: Frame) -> list[Value]:
    """What the statements of a generator may change, by the names that stand in them."""
    frames = [inner]
    while frames[-1].parent is not None:
        frames.append(frames[-1].parent)
    state = function.module.state
    names = ChainMap(*[frame.values for frame in frames], {} if state is None else state.values)
    found: list[Value] = []
    for node in ast.walk(function.node):
        parts: list[ast.expr] = []
        if isinstance(node, ast.Call):
            parts = [*node.args, *(keyword.value for keyword in node.keywords)]
            parts += [node.func.value] if isinstance(node.func, ast.Attribute) else []
        elif isinstance(node, (ast.Attribute, ast.Subscript)) and not isinstance(node.ctx, ast.Load):
            parts = [node.value]
        found += [names[part.id] for part in parts if isinstance(part, ast.Name) and part.id in names]
    return found


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
        if _yields(ev, node):
            walker = _WALKERS.get(node.__class__, _simple)
            signal = yield from walker(ev, node, frame)
        else:
            signal = _without_yield(ev, node, frame)
        if signal is not None:
            return signal
    return None


def _without_yield(ev: Machine, node: ast.stmt, frame: Frame) -> Any:
    """A statement that is evaluated at once. Where it is not known whether it ends the generator or the round of a
    loop, nothing is known of the items after it."""
    mark, depth = len(ev.departures), len(ev.uncertain)
    signal = ev.statement_table[node.__class__](ev, node, frame)
    if len(ev.departures) > mark:
        unknown = ev.uncertain[-1] if ev.uncertain else ev.unknown(node, frame, "which way is taken")
        forget(ev, mark)
        del ev.uncertain[depth:]
        raise Endless(unknown)
    return signal


# expressions


def _value(ev: Machine, node: ast.expr, frame: Frame) -> Steps:
    """The value of an expression. What it yields comes when Python would yield it: what stands before is evaluated
    before."""
    if not _yields(ev, node):
        return ev.eval(node, frame)
    special = _YIELDING.get(node.__class__)
    if special is not None:
        return (yield from special(ev, node, frame))
    held = yield from _held(ev, node, node._fields, frame)
    return ev.eval(held, frame)


def _held(ev: Machine, node: Any, fields: tuple[str, ...], frame: Frame) -> Steps:
    """A copy of a node whose parts have been evaluated, in the order of its fields."""
    made = copy.copy(node)
    for field in fields:
        part = getattr(node, field, None)
        if isinstance(part, list):
            parts = []
            for one in part:
                parts.append((yield from _hold(ev, one, frame)))
            setattr(made, field, parts)
        else:
            setattr(made, field, (yield from _hold(ev, part, frame)))
    return made


def _hold(ev: Machine, part: Any, frame: Frame) -> Steps:
    if isinstance(part, _TRANSPARENT):
        return (yield from _held(ev, part, part._fields, frame))
    if not isinstance(part, ast.expr) or isinstance(part, (ast.Constant, Held)):
        return part
    if isinstance(getattr(part, "ctx", None), (ast.Store, ast.Del)):
        fields = () if isinstance(part, ast.Name) else part._fields
        return (yield from _held(ev, part, fields, frame))
    return _holding((yield from _value(ev, part, frame)), part)


_TRANSPARENT = (ast.Starred, ast.keyword, ast.Slice, ast.FormattedValue)
"""Parts that mean nothing alone."""


def _holding(value: Value, node: ast.AST) -> Held:
    held = ast.copy_location(Held(), node)
    held.value = value
    return held


def _yield(ev: Machine, node: ast.Yield, frame: Frame) -> Steps:
    value = None if node.value is None else (yield from _value(ev, node.value, frame))
    return (yield value)


def _yield_from(ev: Machine, node: ast.YieldFrom, frame: Frame) -> Steps:
    source = yield from _value(ev, node.value, frame)
    context = Context(ev, node, frame.module)
    items = operations.iterate(source, context)
    if isinstance(items, Unknown):
        raise Endless(items)
    if getattr(source, "type_name", "") == "generator":
        return (yield from items)
    for item in items:
        sent = yield item
        if sent is not None:
            method = operations.get_attribute(source, "send", context)
            raise Endless(context.unknown(f"what {operations.described(method)} gives"))
    return None


def _boolean(ev: Machine, node: ast.BoolOp, frame: Frame) -> Steps:
    stop_at = node.op.__class__ is ast.Or
    for operand in node.values[:-1]:
        value = yield from _value(ev, operand, frame)
        truth = operations.truth(value, Context(ev, operand, frame.module))
        if isinstance(truth, Unknown):
            raise Endless(truth)
        if truth is stop_at:
            return value
    return (yield from _value(ev, node.values[-1], frame))


def _conditional(ev: Machine, node: ast.IfExp, frame: Frame) -> Steps:
    truth = yield from _truth(ev, node.test, frame)
    return (yield from _value(ev, node.body if truth else node.orelse, frame))


def _comparison(ev: Machine, node: ast.Compare, frame: Frame) -> Steps:
    left = _holding((yield from _value(ev, node.left, frame)), node.left)
    result: Value = True
    for operator, comparator in zip(node.ops, node.comparators, strict=True):
        right = _holding((yield from _value(ev, comparator, frame)), comparator)
        result = ev.eval(ast.copy_location(ast.Compare(left, [operator], [right]), node), frame)
        if comparator is not node.comparators[-1]:
            truth = operations.truth(result, Context(ev, node, frame.module))
            if isinstance(truth, Unknown):
                raise Endless(truth)
            if not truth:
                return result
        left = right
    return result


def _dictionary(ev: Machine, node: ast.Dict, frame: Frame) -> Steps:
    made = copy.copy(node)
    made.keys, made.values = [], []
    for key, value in zip(node.keys, node.values, strict=True):
        made.keys.append(None if key is None else (yield from _hold(ev, key, frame)))
        made.values.append((yield from _hold(ev, value, frame)))
    return ev.eval(made, frame)


_YIELDING: dict[type, Any] = {
    ast.Yield: _yield,
    ast.YieldFrom: _yield_from,
    ast.BoolOp: _boolean,
    ast.IfExp: _conditional,
    ast.Compare: _comparison,
    ast.Dict: _dictionary,
}


def _truth(ev: Machine, test: ast.expr, frame: Frame) -> Steps:
    held = _holding((yield from _value(ev, test, frame)), test) if _yields(ev, test) else test
    truth = condition(ev, held, frame)
    if isinstance(truth, Unknown):
        raise Endless(truth)
    return truth


# statements


def _simple(ev: Machine, node: ast.stmt, frame: Frame) -> Steps:
    """A statement of expressions alone."""
    fields = _IN_ORDER.get(node.__class__, node._fields)
    held = yield from _held(ev, node, fields, frame)
    return ev.statement_table[node.__class__](ev, held, frame)


_IN_ORDER: dict[type, tuple[str, ...]] = {
    ast.Assign: ("value", "targets"),
    ast.AnnAssign: ("value", "target"),
    ast.Assert: ("test",),
}


def _augment(ev: Machine, node: ast.AugAssign, frame: Frame) -> Steps:
    target = yield from _hold(ev, node.target, frame)
    loaded = copy.copy(target)
    loaded.ctx = ast.Load()
    old = ev.eval(loaded, frame)
    value = yield from _value(ev, node.value, frame)
    new = operations.in_place(ARITHMETIC[node.op.__class__], old, value, Context(ev, node, frame.module))
    assign(ev, target, new, frame)
    return None


def _if(ev: Machine, node: ast.If, frame: Frame) -> Steps:
    truth = yield from _truth(ev, node.test, frame)
    return (yield from _block(ev, node.body if truth else node.orelse, frame))


def _while(ev: Machine, node: ast.While, frame: Frame) -> Steps:
    while True:
        ev.tick(node, frame)
        truth = yield from _truth(ev, node.test, frame)
        if not truth:
            break
        signal = yield from _block(ev, node.body, frame)
        if signal == BREAK:
            return None
        if signal == RETURN:
            return signal
    return (yield from _block(ev, node.orelse, frame))


def _for(ev: Machine, node: ast.For | ast.AsyncFor, frame: Frame) -> Steps:
    iterable = yield from _value(ev, node.iter, frame)
    items = operations.iterate(iterable, Context(ev, node.iter, frame.module))
    if isinstance(items, Unknown):
        raise Endless(items)
    for item in items:
        ev.tick(node, frame)
        if isinstance(item, Unended):
            raise Endless(item)
        assign(ev, node.target, item, frame)
        signal = yield from _block(ev, node.body, frame)
        if signal == BREAK:
            return None
        if signal == RETURN:
            return signal
    return (yield from _block(ev, node.orelse, frame))


def _match(ev: Machine, node: ast.Match, frame: Frame) -> Steps:
    subject = yield from _value(ev, node.subject, frame)
    case, matched = matching.select(ev, node, subject, frame)
    if isinstance(matched, Unknown):
        raise Endless(matched)
    return None if matched is False else (yield from _block(ev, node.cases[case].body, frame))


def _with(ev: Machine, node: ast.With | ast.AsyncWith, frame: Frame) -> Steps:
    return (yield from _with_item(ev, node, 0, frame))


def _with_item(ev: Machine, node: ast.With | ast.AsyncWith, index: int, frame: Frame) -> Steps:
    if index == len(node.items):
        return (yield from _block(ev, node.body, frame))
    item = node.items[index]
    context = Context(ev, item.context_expr, frame.module)
    manager = context.force((yield from _value(ev, item.context_expr, frame)))
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
    except Raised as raised:
        left = yield from _while_handling(ev, raised, node.finalbody, frame)
        if left is not None:
            return left
        raise
    left = yield from _block(ev, node.finalbody, frame)
    return left if left is not None else signal


def _while_handling(ev: Machine, raised: Raised, body: list[ast.stmt], frame: Frame) -> Steps:
    ev.handling.append(raised)
    try:
        signal = yield from _block(ev, body, frame)
    except Raised as later:
        ev.handling.pop()
        chained(later, raised.value)
        raise
    ev.handling.pop()
    return signal


def _try_body(ev: Machine, node: ast.Try, frame: Frame) -> Steps:
    depth = ev.depth
    try:
        signal = yield from _block(ev, node.body, frame)
    except Raised as raised:
        ev.depth = depth
        if ev.handling:
            chained(raised, ev.handling[-1].value)
        for handler in node.handlers:
            if handler.type is None or operations.catches(
                ev.eval(handler.type, frame), raised, Context(ev, handler, frame.module)
            ):
                if handler.name:
                    bind(ev, handler.name, raised.value, handler, frame)
                return (yield from _while_handling(ev, raised, handler.body, frame))
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
    ast.Match: _match,
    ast.AugAssign: _augment,
}
