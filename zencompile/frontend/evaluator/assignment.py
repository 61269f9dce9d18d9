"""Names and targets: binding, assigning, unpacking, changing in place and deleting."""

from __future__ import annotations

import ast

from zencompile.frontend.evaluator.machine import Machine
from zencompile.frontend.evaluator.scopes import Frame
from zencompile.frontend.evaluator.signs import ARITHMETIC
from zencompile.frontend.values import Context, Unknown, Value, operations


def bind(ev: Machine, name: str, value: Value, node: ast.AST, frame: Frame) -> None:
    info = frame.info
    if info is not None:
        if name in info.globals:
            ev.touch(frame.module)
            ev.state(frame.module).values[name] = value
            return
        if name in info.nonlocals:
            scope = frame.parent
            while scope is not None:
                if not scope.is_class and (name in scope.values or (scope.info and name in scope.info.locals)):
                    ev.touch(scope)
                    scope.values[name] = value
                    return
                scope = scope.parent
    frame.values[name] = value


def assign(ev: Machine, target: ast.expr, value: Value, frame: Frame) -> None:
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
        operations.set_attribute(owner, target.attr, value, Context(ev, target, frame.module))  # type: ignore[attr-defined]
    elif kind is ast.Subscript:
        owner = ev.eval(target.value, frame)  # type: ignore[attr-defined]
        key = ev.eval(target.slice, frame)  # type: ignore[attr-defined]
        operations.set_item(owner, key, value, Context(ev, target, frame.module))
    elif kind is ast.Starred:
        assign(ev, target.value, value, frame)  # type: ignore[attr-defined]


def _unpack(ev: Machine, targets: list[ast.expr], value: Value, node: ast.expr, frame: Frame) -> None:
    starred = next((i for i, t in enumerate(targets) if t.__class__ is ast.Starred), None)
    items = _items(value, len(targets), starred, Context(ev, node, frame.module))
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


def _items(value: Value, count: int, starred: int | None, context: Context) -> list[Value] | Unknown:
    """What an assignment takes apart: of what is too long one item too many."""
    if type(value) in (list, tuple):
        return list(value)
    if starred is not None:
        return operations.all_items(value, context)
    items = operations.iterate(value, context)
    if isinstance(items, Unknown):
        return items.forgotten()
    result = []
    for item in items:
        result.append(item)
        if len(result) > count:
            break
    return result


def augment(ev: Machine, node: ast.AugAssign, frame: Frame) -> None:
    """`target op= value`."""
    target = node.target
    context = Context(ev, node, frame.module)
    place = Context(ev, target, frame.module)
    sign = ARITHMETIC[node.op.__class__]
    if isinstance(target, ast.Name):
        old = ev.eval(ast.copy_location(ast.Name(target.id, ast.Load()), target), frame)
        assign(ev, target, operations.in_place(sign, old, ev.eval(node.value, frame), context), frame)
    elif isinstance(target, ast.Attribute):
        owner = ev.eval(target.value, frame)
        old = operations.get_attribute(owner, target.attr, place)
        new = operations.in_place(sign, old, ev.eval(node.value, frame), context)
        operations.set_attribute(owner, target.attr, new, place)
    elif isinstance(target, ast.Subscript):
        owner = ev.eval(target.value, frame)
        key = ev.eval(target.slice, frame)
        old = operations.get_item(owner, key, place)
        new = operations.in_place(sign, old, ev.eval(node.value, frame), context)
        operations.set_item(owner, key, new, place)


def delete(ev: Machine, target: ast.expr, frame: Frame) -> None:
    if isinstance(target, ast.Name):
        ev.eval(target, frame)
        values = frame.values
        if frame.info is not None and target.id in frame.info.globals:
            ev.touch(frame.module)
            values = ev.state(frame.module).values
        if target.id in values:
            del values[target.id]
    elif isinstance(target, ast.Attribute):
        owner = ev.eval(target.value, frame)
        operations.delete_attribute(owner, target.attr, Context(ev, target, frame.module))
    elif isinstance(target, ast.Subscript):
        owner = ev.eval(target.value, frame)
        operations.delete_item(owner, ev.eval(target.slice, frame), Context(ev, target, frame.module))
    elif isinstance(target, (ast.Tuple, ast.List)):
        for element in target.elts:
            delete(ev, element, frame)
