"""Truth, comparisons, identity and membership: what a condition asks."""

from __future__ import annotations

import ast
import operator
import pathlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zencompile.frontend.evaluator.iteration import bounded, iterate
from zencompile.frontend.evaluator.plain import CONTAINERS, PLAIN, SCALARS, force, hashable, only_scalars, plain, unwrap
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


COMPARE: dict[type, tuple[str, str, Callable[[Any, Any], Any]]] = {
    ast.Eq: ("==", "__eq__", operator.eq),
    ast.NotEq: ("!=", "__ne__", operator.ne),
    ast.Lt: ("<", "__lt__", operator.lt),
    ast.LtE: ("<=", "__le__", operator.le),
    ast.Gt: (">", "__gt__", operator.gt),
    ast.GtE: (">=", "__ge__", operator.ge),
}
SWAPPED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
BY_SIGN = {sign: (sign, method, function) for sign, method, function in COMPARE.values()}


def condition(ev: Evaluator, node: ast.expr, frame: Frame) -> bool | Unknown:
    """Whether an expression holds."""
    value = ev.eval(node, frame)
    if value is True or value is False:
        return value
    return truth(ev, value, node, frame)


def truth(ev: Evaluator, value: Value, node: ast.AST, frame: Frame) -> bool | Unknown:
    value = force(ev, value, node, frame)
    if type(value) in PLAIN:
        return bool(value)
    if isinstance(value, Unknown):
        return value
    if isinstance(value, NativeObject):
        return value.truth(Context(ev, node, frame.module))
    if isinstance(value, Symbol):
        return ev.unknown(node, frame, f"whether `{value.path}`, which is not read, is true")
    if isinstance(value, EnumMember):
        return bool(value.value) if value.mixin is not None else True
    if isinstance(value, Instance):
        context = Context(ev, node, frame.module)
        special = value.class_.lookup("__bool__")
        if special is not MISSING:
            return truth(ev, ev.call_value(special, [value], {}, context), node, frame)
        special = value.class_.lookup("__len__")
        if special is not MISSING:
            return truth(ev, ev.call_value(special, [value], {}, context), node, frame)
        if value.native is not MISSING:
            return truth(ev, value.native, node, frame)
        if value.class_.kind == "namedtuple":
            return bool(value.attributes)
    return True


def compare(ev: Evaluator, op: type, left: Value, right: Value, node: ast.AST, frame: Frame) -> Value:
    if left.__class__ in SCALARS and right.__class__ in SCALARS and op in COMPARE:
        try:
            return COMPARE[op][2](left, right)
        except Exception as error:
            raise ev.raised(error, node, frame) from None
    if op is ast.Is or op is ast.IsNot:
        same = _is(ev, left, right, node, frame)
        return same if isinstance(same, Unknown) else (same if op is ast.Is else not same)
    if op is ast.In or op is ast.NotIn:
        found = contains(ev, right, left, node, frame)
        return found if isinstance(found, Unknown) else (found if op is ast.In else not found)
    return compare_values(ev, COMPARE[op][0], left, right, node, frame)


def _is(ev: Evaluator, left: Value, right: Value, node: ast.AST, frame: Frame) -> bool | Unknown:
    if left is right:
        return True
    left, right = force(ev, left, node, frame), force(ev, right, node, frame)
    if left is right:
        return True
    for value, other in ((left, right), (right, left)):
        if isinstance(value, Symbol):
            if other is None or (isinstance(other, Symbol) and other == value):
                return other is not None
            return Unknown(ev.span(node, frame.module), f"what `{value.path}` is")
        if isinstance(value, Unknown):
            return value
    if type(left) is type(right) and type(left) in (int, str, float, tuple, bytes, Generic):
        return bool(left == right)
    if isinstance(left, pathlib.PurePath):
        return False
    return False


def compare_values(ev: Evaluator, sign: str, left: Value, right: Value, node: ast.AST, frame: Frame) -> Any:
    """`left <sign> right`: what the program would get (a bool, an Unknown, or what a special method returns)."""
    left, right = force(ev, left, node, frame), force(ev, right, node, frame)
    if (type(left) is not EnumMember and type(right) is not EnumMember) or sign not in ("==", "!="):
        left, right = unwrap(left), unwrap(right)
    if type(left) in SCALARS and type(right) in SCALARS:
        try:
            return BY_SIGN[sign][2](left, right)
        except Exception as error:
            raise ev.raised(error, node, frame) from None
    if isinstance(left, Unknown):
        return left
    if isinstance(right, Unknown):
        return right
    if type(left) in CONTAINERS and type(right) in CONTAINERS:
        return _compare_containers(ev, sign, left, right, node, frame)
    if type(left) in PLAIN and type(right) in PLAIN:
        try:
            return BY_SIGN[sign][2](left, right)
        except Exception as error:
            raise ev.raised(error, node, frame) from None
    return _compare_objects(ev, sign, left, right, node, frame)


def _compare_containers(ev: Evaluator, sign: str, left: Any, right: Any, node: ast.AST, frame: Frame) -> Any:
    context = Context(ev, node, frame.module)
    ev.tick(node, frame, 1 + (len(left) + len(right)) // 20)
    if sign in ("==", "!="):
        if type(left) is not type(right) and not {type(left), type(right)} <= {set, frozenset}:
            return sign == "!="
        if len(left) != len(right):
            return sign == "!="
        if not (only_scalars(left) and only_scalars(right)) and type(left) in (list, tuple):
            for one, other in zip(left, right, strict=True):
                same = True if one is other else compare_values(ev, "==", one, other, node, frame)
                same = truth(ev, same, node, frame)
                if same is not True:
                    return same if isinstance(same, Unknown) else sign == "!="
            return sign == "=="
    if not (only_scalars(left) and only_scalars(right)):
        left, right = plain(ev, left, context), plain(ev, right, context)
        if isinstance(left, Unknown):
            return left
        if isinstance(right, Unknown):
            return right
    try:
        return BY_SIGN[sign][2](left, right)
    except Exception as error:
        raise ev.raised(error, node, frame) from None


def _compare_objects(ev: Evaluator, sign: str, left: Value, right: Value, node: ast.AST, frame: Frame) -> Any:
    context = Context(ev, node, frame.module)
    for value, other, side in ((left, right, sign), (right, left, SWAPPED[sign])):
        if isinstance(value, NativeObject):
            result = value.compare(side, other, context)
            if result is not MISSING:
                return result
        elif isinstance(value, (Instance, EnumMember)):
            special = dunder(value, BY_SIGN[side][1])
            if special is not MISSING:
                result = ev.call_value(special, [value, other], {}, context)
                if result is not NotImplemented:
                    return result
    if sign in ("==", "!="):
        same = _equal_objects(ev, left, right, node, frame)
        if sign == "!=" and isinstance(left, Instance) and left.class_.lookup("__eq__") is not MISSING:
            answer = truth(ev, ev.call_value(left.class_.lookup("__eq__"), [left, right], {}, context), node, frame)
            same = answer
        return same if isinstance(same, Unknown) else (same if sign == "==" else not same)
    if isinstance(left, Instance) and isinstance(right, Instance) and left.class_ is right.class_:  # noqa: SIM102
        if left.class_.kind == "namedtuple" or (left.class_.kind == "dataclass" and left.class_.options.get("order")):
            sides = [tuple(v.attributes[f] for f in v.class_.fields) for v in (left, right)]
            return compare_values(ev, sign, sides[0], sides[1], node, frame)
    if any(isinstance(v, Symbol) for v in (left, right)):
        return ev.unknown(node, frame, "a comparison with a value that is not read")
    text = f"'{sign}' not supported between instances of '{type_name(left)}' and '{type_name(right)}'"
    raise ev.raised(TypeError(text), node, frame)


def _equal_objects(ev: Evaluator, left: Value, right: Value, node: ast.AST, frame: Frame) -> bool | Unknown:
    if left is right:
        return True
    if isinstance(left, Symbol) and isinstance(right, Symbol) and left == right:
        return True
    if isinstance(left, Symbol) or isinstance(right, Symbol):
        other = right if isinstance(left, Symbol) else left
        if other is None:
            return False
        return ev.unknown(node, frame, "a comparison with a value that is not read")
    if isinstance(left, Instance) and isinstance(right, Instance) and left.class_ is right.class_:
        if left.class_.kind in ("dataclass", "pydantic", "namedtuple") and left.class_.options.get("eq", True):
            sides = [[v.attributes.get(f) for f in v.class_.fields] for v in (left, right)]
            return _as_bool(compare_values(ev, "==", sides[0], sides[1], node, frame))
        return False
    if isinstance(left, Instance) and left.class_.kind == "namedtuple" and isinstance(right, tuple):
        return _as_bool(compare_values(ev, "==", tuple(left.attributes.values()), right, node, frame))
    try:
        return bool(left == right)
    except Exception:
        return False


def _as_bool(value: Value) -> bool | Unknown:
    return value if isinstance(value, Unknown) else bool(value)


def contains(ev: Evaluator, container: Value, item: Value, node: ast.AST, frame: Frame) -> bool | Unknown:
    container = unwrap(force(ev, container, node, frame))
    if isinstance(container, Unknown):
        return container
    kind = type(container)
    if kind in (list, tuple) or kind in (set, frozenset, dict):
        ev.tick(node, frame, 1 + (len(container) // 100 if kind in (list, tuple) else 0))
        item = force(ev, item, node, frame)
        if isinstance(item, Unknown):
            return item
        if kind in (dict, set, frozenset):
            key = hashable(ev, item, node, frame)
            if key in container:
                return True
            return next((k for k in container if isinstance(k, Unknown)), False)
        unknown: Unknown | None = None
        for one in container:
            if one is item:
                return True
            if one.__class__ in SCALARS and item.__class__ in SCALARS:
                if one == item:
                    return True
                continue
            same = truth(ev, compare_values(ev, "==", one, item, node, frame), node, frame)
            if same is True:
                return True
            unknown = unknown or (same if isinstance(same, Unknown) else None)
        return unknown or False
    item = unwrap(force(ev, item, node, frame))
    if isinstance(item, Unknown):
        return item
    if kind in PLAIN:
        try:
            return item in container
        except Exception as error:
            raise ev.raised(error, node, frame) from None
    context = Context(ev, node, frame.module)
    if isinstance(container, NativeObject):
        return container.contains(item, context)
    special = dunder(container, "__contains__")
    if special is not MISSING:
        return truth(ev, ev.call_value(special, [container, item], {}, context), node, frame)
    if isinstance(container, Class) and container.kind == "enum":
        return any(member is item or member.value == item for member in container.members.values())
    items = iterate(ev, container, node, frame)
    return items if isinstance(items, Unknown) else contains(ev, bounded(ev, items, node, frame), item, node, frame)
