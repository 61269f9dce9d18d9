"""Expressions: one handler for each kind of node."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from typing import Any

from zencompile.frontend.evaluator import calls, classes, generators, modules
from zencompile.frontend.evaluator.annotations import is_literal_type, subscript_type
from zencompile.frontend.evaluator.assignment import bind
from zencompile.frontend.evaluator.comprehensions import (
    dict_comprehension,
    generator,
    list_comprehension,
    set_comprehension,
)
from zencompile.frontend.evaluator.imports import type_checking_import
from zencompile.frontend.evaluator.machine import Machine
from zencompile.frontend.evaluator.scopes import Frame
from zencompile.frontend.evaluator.signs import ARITHMETIC, COMPARISON, UNARY, condition
from zencompile.frontend.evaluator.uncertain import branch
from zencompile.frontend.prelude import builtins
from zencompile.frontend.values import MISSING, Context, Object, Unknown, Value, operations
from zencompile.frontend.values.classes import awaited
from zencompile.frontend.values.placed import concatenated
from zencompile.frontend.values.plain import SCALARS, identical
from zencompile.frontend.values.text import format_value


def constant(ev: Machine, node: ast.Constant, frame: Frame) -> Value:
    value: Value = node.value
    if value.__class__ is str and value.isidentifier():
        return sys.intern(value)  # so that `is` finds one object where Python's does
    return value


def name(ev: Machine, node: ast.Name, frame: Frame) -> Value:
    value = frame.values.get(node.id, MISSING)
    return value if value is not MISSING else lookup(ev, node.id, node, frame)


def lookup(ev: Machine, identifier: str, node: ast.AST, frame: Frame) -> Value:
    """A name that is not among the frame's own: of an enclosing function, the module, or builtin."""
    scope: Frame | None = frame
    while scope is not None:
        if scope is frame or not scope.is_class:
            value = scope.values.get(identifier, MISSING)
            if value is not MISSING:
                return value
            info = scope.info
            if info is not None:
                if identifier in info.globals:
                    break
                if identifier in info.locals:
                    text_ = f"cannot access local variable '{identifier}' where it is not associated with a value"
                    raise ev.raised(_named_error(UnboundLocalError, text_, identifier), node, frame)
        scope = scope.parent
    if identifier == "__class__":
        return _class_around(node, frame, ev)
    state = ev.state(frame.module)
    value = state.values.get(identifier, MISSING)
    if value is not MISSING:
        return value
    value = builtins.BUILTINS.get(identifier, MISSING)
    if value is not MISSING:
        return value
    value = modules.unlisted(ev, frame.module, identifier)
    if value is not MISSING:
        return value
    value = type_checking_import(ev, identifier, frame)
    if value is not MISSING:
        return value
    raise ev.raised(_named_error(NameError, f"name '{identifier}' is not defined", identifier), node, frame)


def _named_error(kind: type[NameError], text_: str, identifier: str) -> NameError:
    error = kind(text_)
    error.name = identifier
    return error


def _class_around(node: ast.AST, frame: Frame, ev: Machine) -> Value:
    """`__class__` in a method: the class in whose body it is defined."""
    scope: Frame | None = frame
    while scope is not None:
        if scope.function is not None and scope.function.owner is not None:
            return scope.function.owner
        scope = scope.parent
    raise ev.raised(NameError("name '__class__' is not defined"), node, frame)


def attribute(ev: Machine, node: ast.Attribute, frame: Frame) -> Value:
    owner = TABLE[node.value.__class__](ev, node.value, frame)
    return operations.get_attribute(owner, node.attr, Context(ev, node, frame.module))


def subscript(ev: Machine, node: ast.Subscript, frame: Frame) -> Value:
    owner = TABLE[node.value.__class__](ev, node.value, frame)
    if is_literal_type(owner):
        return subscript_type(ev, owner, node.slice, frame)
    key = TABLE[node.slice.__class__](ev, node.slice, frame)
    return operations.get_item(owner, key, Context(ev, node, frame.module))


def slice_(ev: Machine, node: ast.Slice, frame: Frame) -> Value:
    context = Context(ev, node, frame.module)
    parts = [None if p is None else context.force(ev.eval(p, frame)) for p in (node.lower, node.upper, node.step)]
    for part in parts:
        if isinstance(part, Unknown) and not part.is_later:
            return part
    return slice(*(_bound(part, context) for part in parts))


def _bound(value: Value, context: Context) -> Value:
    return value if isinstance(value, Object) and value.is_later else operations.as_index(value, context)


def elements(ev: Machine, nodes: list[ast.expr], frame: Frame) -> list[Value] | Unknown:
    result: list[Value] = []
    for node in nodes:
        if node.__class__ is ast.Starred:
            items = operations.all_items(ev.eval(node.value, frame), Context(ev, node, frame.module))
            if isinstance(items, Unknown):
                return items.forgotten()
            result.extend(items)
        else:
            result.append(TABLE[node.__class__](ev, node, frame))
    return result


def list_(ev: Machine, node: ast.List, frame: Frame) -> Value:
    return elements(ev, node.elts, frame)


def tuple_(ev: Machine, node: ast.Tuple, frame: Frame) -> Value:
    items = elements(ev, node.elts, frame)
    return items.forgotten() if isinstance(items, Unknown) else tuple(items)


def set_(ev: Machine, node: ast.Set, frame: Frame) -> Value:
    items = elements(ev, node.elts, frame)
    if isinstance(items, Unknown):
        return items.forgotten()
    result: set[Value] = set()
    context = Context(ev, node, frame.module)
    for item in items:
        key = operations.key(item, context)
        if isinstance(key, Unknown):
            return key.forgotten()
        result.add(key)
    return result


def dict_(ev: Machine, node: ast.Dict, frame: Frame) -> Value:
    result: dict[Value, Value] = {}
    for key_node, value_node in zip(node.keys, node.values, strict=True):
        if key_node is None:
            mapping = operations.mapping(ev.eval(value_node, frame), Context(ev, value_node, frame.module))
            if isinstance(mapping, Unknown):
                return mapping.forgotten()
            result.update(mapping)
            continue
        key = TABLE[key_node.__class__](ev, key_node, frame)
        if key.__class__ is not str:
            key = operations.key(key, Context(ev, key_node, frame.module))
        result[key] = TABLE[value_node.__class__](ev, value_node, frame)
    return result


# operators


def binary(ev: Machine, node: ast.BinOp, frame: Frame) -> Value:
    if node.left.__class__ is ast.BinOp:  # a long chain would nest as deep as it is long
        return _chain(ev, node, frame)
    left = TABLE[node.left.__class__](ev, node.left, frame)
    right = TABLE[node.right.__class__](ev, node.right, frame)
    return apply(ev, node, left, right, frame)


def apply(ev: Machine, node: ast.BinOp, left: Any, right: Any, frame: Frame) -> Value:
    """`left <operator> right`; the sum of two numbers, and the product of small ones, at once."""
    sign = ARITHMETIC[node.op.__class__]
    if left.__class__ in _NUMBERS and right.__class__ in _NUMBERS and _is_quick(sign, left, right):
        try:
            return operations.ARITHMETIC[sign][1](left, right)
        except OverflowError as error:  # an integer that no float can hold
            raise ev.raised(error, node, frame) from None
    return operations.binary(sign, left, right, Context(ev, node, frame.module))


def _is_quick(sign: str, left: Any, right: Any) -> bool:
    """Whether an operation on two numbers makes no large one, and nothing refuses it."""
    if sign == "+" or sign == "-":
        return True
    if sign == "*":
        return bool(-_FACTOR < left < _FACTOR and -_FACTOR < right < _FACTOR)
    return bool(right) and sign in _DIVISIONS


_NUMBERS = frozenset({int, float})
_DIVISIONS = frozenset({"/", "//", "%"})
_FACTOR = 1 << 30


def _chain(ev: Machine, node: ast.BinOp, frame: Frame) -> Value:
    chain: list[ast.BinOp] = []
    left: ast.expr = node
    while isinstance(left, ast.BinOp):
        chain.append(left)
        left = left.left
    value = ev.eval(left, frame)
    for one in reversed(chain):
        right = TABLE[one.right.__class__](ev, one.right, frame)
        value = apply(ev, one, value, right, frame)
    return value


def unary(ev: Machine, node: ast.UnaryOp, frame: Frame) -> Value:
    if node.op.__class__ is ast.Not:
        value = ev.eval(node.operand, frame)
        context = Context(ev, node, frame.module)
        if isinstance(value, Object) and value.is_later:
            return value.negated(context)
        truth = value if value is True or value is False else operations.truth(value, context)
        return truth.negated(context) if isinstance(truth, Unknown) else not truth
    return operations.unary(UNARY[node.op.__class__], ev.eval(node.operand, frame), Context(ev, node, frame.module))


def boolean(ev: Machine, node: ast.BoolOp, frame: Frame) -> Value:
    stop_at = node.op.__class__ is ast.Or
    value: Value = None
    for index, operand in enumerate(node.values):
        value = ev.eval(operand, frame)
        if index == len(node.values) - 1:
            return value
        truth = operations.truth(value, Context(ev, operand, frame.module))
        if isinstance(truth, Unknown):
            return _undecided_boolean(ev, node, index, value, truth, frame)
        if truth is stop_at:
            return value
    return value


def _undecided_boolean(
    ev: Machine, node: ast.BoolOp, index: int, first: Value, unknown: Unknown, frame: Frame
) -> Value:
    """The operands after an unknown one: `unknown and False` is false enough for a condition."""
    stop_at = node.op.__class__ is ast.Or
    rest = node.values[index + 1 :]
    values: list[Value] = []

    def act() -> None:
        for operand in rest:
            value = ev.eval(operand, frame)
            values.append(value)
            truth = operations.truth(value, Context(ev, operand, frame.module))
            if truth is stop_at:
                break

    branch(ev, frame, unknown, [act, lambda: None])
    if unknown.is_of_run:
        return _joined(ev, node, [first, *values], unknown, frame)
    last = values[-1] if values else None
    if last is stop_at:
        return last
    return unknown


def _joined(ev: Machine, node: ast.BoolOp, values: list[Value], unknown: Unknown, frame: Frame) -> Value:
    """`first and second and …`, of which the first is known only when the pipeline runs."""
    operator = "or" if node.op.__class__ is ast.Or else "and"
    context = Context(ev, node, frame.module)
    joined_ = values[-1]
    for value in reversed(values[:-1]):
        joined_ = unknown.joined(operator, value, joined_, context)
    return joined_


def compare(ev: Machine, node: ast.Compare, frame: Frame) -> Value:
    left = TABLE[node.left.__class__](ev, node.left, frame)
    result: Value = True
    for index, (op, right_node) in enumerate(zip(node.ops, node.comparators, strict=True)):
        right = TABLE[right_node.__class__](ev, right_node, frame)
        result = compared(ev, op, left, right, node, frame)
        if index + 1 < len(node.ops):
            truth = operations.truth(result, Context(ev, node, frame.module))
            if truth is not True:
                return _chained(ev, node, index, result, right, truth, frame) if isinstance(truth, Unknown) else result
        left = right
    return result


def _chained(
    ev: Machine, node: ast.Compare, index: int, first: Value, middle: Value, unknown: Unknown, frame: Frame
) -> Value:
    """`first and middle < …`, where the truth of the first comparison is unknown."""
    context = Context(ev, node, frame.module)
    if not unknown.is_of_run:
        return unknown.partial(context)
    held_ = generators.Held()
    held_.value = middle
    rest = ast.Compare(held_, node.ops[index + 1 :], node.comparators[index + 1 :])
    values: list[Value] = []
    branch(ev, frame, unknown, [lambda: values.append(compare(ev, ast.copy_location(rest, node), frame)), lambda: None])
    return unknown.joined("and", first, values[0], context) if values else unknown


def compared(ev: Machine, op: ast.cmpop, left: Value, right: Value, node: ast.AST, frame: Frame) -> Value:
    """`left <operator> right`; of two scalars at once."""
    sign = COMPARISON.get(op.__class__)
    if sign is not None and left.__class__ in SCALARS and right.__class__ in SCALARS:
        try:
            return operations.COMPARISON[sign][1](left, right)
        except TypeError as error:
            raise ev.raised(error, node, frame) from None
    context = Context(ev, node, frame.module)
    if sign is not None:
        return operations.compare(sign, left, right, context)
    kind = op.__class__
    if kind is ast.Is or kind is ast.IsNot:
        answer, wanted = operations.is_same(left, right, context), kind is ast.Is
    else:
        answer, wanted = operations.contains(right, left, context), kind is ast.In
    if wanted:
        return answer
    return not answer if answer.__class__ is bool else operations.as_object(answer).negated(context)


def conditional(ev: Machine, node: ast.IfExp, frame: Frame) -> Value:
    truth = condition(ev, node.test, frame)
    if truth is True:
        return ev.eval(node.body, frame)
    if truth is False:
        return ev.eval(node.orelse, frame)
    values: list[Value] = []

    def side(expression: ast.expr) -> Callable[[], None]:
        return lambda: values.append(ev.eval(expression, frame))

    branch(ev, frame, truth, [side(node.body), side(node.orelse)])
    if len(values) == 1 or (len(values) == 2 and identical(values[0], values[1])):
        return values[0]
    return truth.chosen(values, Context(ev, node, frame.module))


def named(ev: Machine, node: ast.NamedExpr, frame: Frame) -> Value:
    value = ev.eval(node.value, frame)
    scope = frame
    while scope.info is None and scope.parent is not None and not scope.is_class:
        scope = scope.parent  # the walrus in a comprehension binds outside of it
    bind(ev, node.target.id, value, node, scope)
    return value


def lambda_(ev: Machine, node: ast.Lambda, frame: Frame) -> Value:
    return classes.make_function(ev, node, "<lambda>", frame)


# calls


def call(ev: Machine, node: ast.Call, frame: Frame) -> Value:
    return calls.call_node(ev, node, frame)


def await_(ev: Machine, node: ast.Await, frame: Frame) -> Value:
    return awaited(ev.eval(node.value, frame), Context(ev, node, frame.module))


def yield_(ev: Machine, node: ast.expr, frame: Frame) -> Value:
    return ev.unknown(node, frame, "what a generator is sent")


# text


def joined(ev: Machine, node: ast.JoinedStr, frame: Frame) -> Value:
    parts: list[Value] = []
    later: Object | None = None
    for part in node.values:
        piece = part.value if part.__class__ is ast.Constant else formatted(ev, part, frame)  # type: ignore
        parts.append(piece)
        if isinstance(piece, Unknown) or (isinstance(piece, Object) and piece.is_later):
            later = piece if later is None or not isinstance(later, Unknown) else later
    return concatenated(parts) if later is None else later.joining(parts, Context(ev, node, frame.module))


def formatted(ev: Machine, node: ast.FormattedValue, frame: Frame) -> Value:
    value = ev.eval(node.value, frame)
    spec: Value = "" if node.format_spec is None else ev.eval(node.format_spec, frame)
    if isinstance(spec, Unknown):
        return spec.forgotten()
    if isinstance(value, Object):
        context = Context(ev, node, frame.module)
        value = context.force(value)
        later = value.in_text(node.conversion, spec, context) if isinstance(value, Object) else MISSING
        if later is not MISSING:
            return later
    if not isinstance(spec, str):
        return ev.unknown(node, frame, "a format that is a path of the project")
    return format_value(value, node.conversion, spec, Context(ev, node, frame.module))


def starred(ev: Machine, node: ast.Starred, frame: Frame) -> Value:
    items = operations.all_items(ev.eval(node.value, frame), Context(ev, node, frame.module))  # `x[*a]`
    return items.forgotten() if isinstance(items, Unknown) else tuple(items)


def held(ev: Machine, node: generators.Held, frame: Frame) -> Value:
    return node.value


def other(ev: Machine, node: ast.expr, frame: Frame) -> Value:
    return ev.unknown(node, frame, "an expression of a kind that is not evaluated")


class _Table(dict[type, Callable[["Machine", Any, Frame], Value]]):
    def __missing__(self, key: type) -> Callable[[Machine, Any, Frame], Value]:
        return other


TABLE = _Table(
    {
        ast.Constant: constant,
        ast.Name: name,
        ast.Attribute: attribute,
        ast.Subscript: subscript,
        ast.Slice: slice_,
        ast.List: list_,
        ast.Tuple: tuple_,
        ast.Set: set_,
        ast.Dict: dict_,
        ast.BinOp: binary,
        ast.UnaryOp: unary,
        ast.BoolOp: boolean,
        ast.Compare: compare,
        ast.IfExp: conditional,
        ast.NamedExpr: named,
        ast.Lambda: lambda_,
        ast.Call: call,
        ast.Await: await_,
        ast.Yield: yield_,
        ast.YieldFrom: yield_,
        ast.ListComp: list_comprehension,
        ast.SetComp: set_comprehension,
        ast.DictComp: dict_comprehension,
        ast.GeneratorExp: generator,
        ast.JoinedStr: joined,
        ast.FormattedValue: formatted,
        ast.Starred: starred,
        generators.Held: held,
    }
)
