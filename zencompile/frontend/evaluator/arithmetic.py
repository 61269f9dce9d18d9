"""The operators that make a new value: binary, unary and augmented ones."""

from __future__ import annotations

import ast
import operator
import types
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zencompile.frontend.evaluator import text
from zencompile.frontend.evaluator.iteration import bounded, iterate
from zencompile.frontend.evaluator.plain import LARGEST, PLAIN, SCALARS, force, unwrap
from zencompile.frontend.evaluator.scopes import Frame
from zencompile.frontend.values import (
    MISSING,
    Class,
    Context,
    EnumMember,
    Generic,
    Instance,
    NativeObject,
    Symbol,
    Unknown,
    Value,
    dunder,
    type_name,
)

if TYPE_CHECKING:
    from zencompile.frontend.evaluator.core import Evaluator


LARGEST_BITS = 100_000
"""Bits of an integer."""


BINARY: dict[type, tuple[str, str, Callable[[Any, Any], Any]]] = {
    ast.Add: ("+", "add", operator.add),
    ast.Sub: ("-", "sub", operator.sub),
    ast.Mult: ("*", "mul", operator.mul),
    ast.Div: ("/", "truediv", operator.truediv),
    ast.FloorDiv: ("//", "floordiv", operator.floordiv),
    ast.Mod: ("%", "mod", operator.mod),
    ast.Pow: ("**", "pow", operator.pow),
    ast.LShift: ("<<", "lshift", operator.lshift),
    ast.RShift: (">>", "rshift", operator.rshift),
    ast.BitOr: ("|", "or", operator.or_),
    ast.BitXor: ("^", "xor", operator.xor),
    ast.BitAnd: ("&", "and", operator.and_),
    ast.MatMult: ("@", "matmul", operator.matmul),
}
UNARY: dict[type, tuple[str, str, Callable[[Any], Any]]] = {
    ast.UAdd: ("+", "__pos__", operator.pos),
    ast.USub: ("-", "__neg__", operator.neg),
    ast.Invert: ("~", "__invert__", operator.invert),
}


def binary(ev: Evaluator, op: type, left: Value, right: Value, node: ast.AST, frame: Frame) -> Value:
    sign, method, function = BINARY[op]
    if (left.__class__ in SCALARS and right.__class__ in SCALARS) or (
        left.__class__ in PLAIN and right.__class__ in PLAIN
    ):
        return _plain_binary(ev, op, function, left, right, node, frame)
    left, right = force(ev, left, node, frame), force(ev, right, node, frame)
    if isinstance(left, Unknown):
        return left
    if isinstance(right, Unknown):
        return right
    context = Context(ev, node, frame.module)
    for value, other, prefix in ((left, right, "__"), (right, left, "__r")):
        if isinstance(value, NativeObject):
            result = value.binary(sign, other, prefix == "__r", context)
            if result is not MISSING:
                return result
        elif isinstance(value, (Instance, EnumMember)):
            special = dunder(value, f"{prefix}{method}__")
            if special is not MISSING:
                result = ev.call_value(special, [value, other], {}, context)
                if result is not NotImplemented:
                    return result
    if op is ast.BitOr and _is_type(left) and _is_type(right):
        return union(left, right)
    plain_left, plain_right = unwrap(left), unwrap(right)
    if type(plain_left) in PLAIN and type(plain_right) in PLAIN:
        return _plain_binary(ev, op, function, plain_left, plain_right, node, frame)
    flags = _flags(op, left, right)
    if flags is not None:
        return flags
    if any(isinstance(v, Symbol) or (isinstance(v, Instance) and v.class_.is_open) for v in (left, right)):
        return ev.unknown(node, frame, f"the result of `{sign}` on a value that is not read")
    text = f"unsupported operand type(s) for {sign}: '{type_name(left)}' and '{type_name(right)}'"
    raise ev.raised(TypeError(text), node, frame)


def _flags(op: type, left: Value, right: Value) -> Value | None:
    if isinstance(left, EnumMember) and isinstance(right, EnumMember) and left.class_ is right.class_:  # noqa: SIM102
        if isinstance(left.value, int) and isinstance(right.value, int) and op in (ast.BitOr, ast.BitAnd, ast.BitXor):
            value = BINARY[op][2](left.value, right.value)
            for member in left.class_.members.values():
                if member.value == value:
                    return member
            return EnumMember(left.class_, f"{left.name}|{right.name}", value, left.mixin)
    return None


def _is_type(value: Value) -> bool:
    return value is None or isinstance(value, (type, Class, Generic, Symbol, str))


def union(left: Value, right: Value) -> Generic:
    parts: list[Value] = []
    for side in (left, right):
        nested = isinstance(side, Generic) and side.origin == Symbol("typing.Union")
        parts.extend(side.arguments if nested else [side])
    return Generic(Symbol("typing.Union"), tuple(dict.fromkeys(parts)))


def _plain_binary(
    ev: Evaluator, op: type, function: Callable[[Any, Any], Any], left: Value, right: Value, node: ast.AST, frame: Frame
) -> Value:
    if op is ast.Mult:
        _guard_product(ev, left, right, node, frame)
    elif op is ast.Pow and type(left) in (int, bool) and type(right) in (int, bool):
        if abs(left) > 1 and right * left.bit_length() > LARGEST_BITS:
            _too_large(ev, node, frame)
    elif op is ast.LShift and type(right) is int and right > LARGEST_BITS and left:
        _too_large(ev, node, frame)
    elif op is ast.Add and left.__class__ is not int and left.__class__ in (str, list, tuple, bytes):
        try:
            if len(left) + len(right) > LARGEST:
                _too_large(ev, node, frame)
        except TypeError:
            pass
    elif op is ast.Mod and type(left) in (str, bytes):
        return text.percent(ev, left, right, node, frame)
    if left.__class__ is list or right.__class__ is list or right.__class__ is tuple:
        ev.tick(node, frame, 1)
    try:
        result = function(left, right)
    except Exception as error:
        raise ev.raised(error, node, frame) from None
    if type(result) is types.GenericAlias or type(result) is types.UnionType:
        return Generic(Symbol("typing.Union"), (left, right))
    return result


def _guard_product(ev: Evaluator, left: Value, right: Value, node: ast.AST, frame: Frame) -> None:
    if type(left) in (int, bool):
        if type(right) in (int, bool):
            if left.bit_length() + right.bit_length() > LARGEST_BITS:
                _too_large(ev, node, frame)
            return
        left, right = right, left
    if type(left) in (str, list, tuple, bytes, bytearray) and type(right) in (int, bool):
        if len(left) * max(right, 0) > LARGEST:
            _too_large(ev, node, frame)
        ev.tick(node, frame, len(left) * max(right, 0) // 1000)


def _too_large(ev: Evaluator, node: ast.AST, frame: Frame) -> None:
    raise ev.raised(MemoryError("a value too large to be made when compiling"), node, frame)


def in_place(ev: Evaluator, op: ast.operator, left: Value, right: Value, node: ast.AST, frame: Frame) -> Value:
    """`left op= right`."""
    kind = op.__class__
    left = force(ev, left, node, frame)
    target = type(left)
    if target in (list, set, dict) and kind in (ast.Add, ast.BitOr, ast.BitAnd, ast.Sub, ast.BitXor, ast.Mult):
        right = force(ev, right, node, frame)
        if isinstance(right, Unknown):
            ev.mark_uncertain(left, right)
            return left
        if target is list and kind is ast.Add:
            items = iterate(ev, right, node, frame)
            if isinstance(items, Unknown):
                ev.mark_uncertain(left, items)
                return left
            ev.touch(left)
            left.extend(bounded(ev, items, node, frame))
            return left
        if target in (set, dict) and type(right) in (set, frozenset, dict):
            ev.touch(left)
            result = binary(ev, kind, left, right, node, frame)
            if result is not left:
                left.clear()
                left.update(result)
            return left
    if isinstance(left, NativeObject):
        result = left.in_place(BINARY[kind][0], force(ev, right, node, frame), Context(ev, node, frame.module))
        if result is not MISSING:
            return result
    if isinstance(left, Instance):
        special = left.class_.lookup(f"__i{BINARY[kind][1]}__")
        if special is not MISSING:
            return ev.call_value(special, [left, right], {}, Context(ev, node, frame.module))
    return binary(ev, kind, left, right, node, frame)


def unary(ev: Evaluator, op: type, value: Value, node: ast.AST, frame: Frame) -> Value:
    sign, method, function = UNARY[op]
    value = unwrap(force(ev, value, node, frame))
    if isinstance(value, Unknown):
        return value
    if type(value) in PLAIN:
        try:
            return function(value)
        except Exception as error:
            raise ev.raised(error, node, frame) from None
    context = Context(ev, node, frame.module)
    if isinstance(value, NativeObject):
        return value.unary(sign, context)
    special = dunder(value, method)
    if special is not MISSING:
        return ev.call_value(special, [value], {}, context)
    if isinstance(value, Symbol):
        return ev.unknown(node, frame, f"`{value.path}`, which is not read")
    raise ev.raised(TypeError(f"bad operand type for unary {sign}: '{type_name(value)}'"), node, frame)
