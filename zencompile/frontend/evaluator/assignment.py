"""Names and targets: binding, assigning, unpacking, changing in place and deleting."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from zencompile.frontend.evaluator import arithmetic
from zencompile.frontend.evaluator.attributes import delete_attribute, get_attribute, set_attribute
from zencompile.frontend.evaluator.items import delete_item, get_item, set_item
from zencompile.frontend.evaluator.iteration import unpack
from zencompile.frontend.evaluator.scopes import Frame
from zencompile.frontend.values import Unknown, Value

if TYPE_CHECKING:
    from zencompile.frontend.evaluator.core import Evaluator


def bind(ev: Evaluator, name: str, value: Value, node: ast.AST, frame: Frame) -> None:
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


def augment(ev: Evaluator, node: ast.AugAssign, frame: Frame) -> None:
    """`target op= value`."""
    target = node.target
    if isinstance(target, ast.Name):
        old = ev.eval(ast.copy_location(ast.Name(target.id, ast.Load()), target), frame)
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


def delete(ev: Evaluator, target: ast.expr, frame: Frame) -> None:
    if isinstance(target, ast.Name):
        ev.eval(target, frame)
        values = frame.values
        if frame.info is not None and target.id in frame.info.globals:
            ev.touch(frame.module)
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
            delete(ev, element, frame)
