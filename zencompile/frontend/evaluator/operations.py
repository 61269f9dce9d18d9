"""What the operators of Python mean on all kinds of values."""

from __future__ import annotations

import ast
import datetime
import decimal
import fractions
import operator
import pathlib
import types
import uuid
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from zencompile.frontend.evaluator.scopes import Frame
from zencompile.frontend.values import (
    MISSING,
    BoundMethod,
    Class,
    Context,
    EnumMember,
    Function,
    Generic,
    Instance,
    Lazy,
    Module,
    NativeObject,
    Raised,
    Symbol,
    Unknown,
    Value,
)

if TYPE_CHECKING:
    from zencompile.frontend.evaluator.core import Evaluator

LARGEST = 5_000_000
"""Items or characters of one value; more is taken for a mistake."""

LARGEST_BITS = 100_000
"""Bits of an integer."""

SCALARS = frozenset({int, float, str, bool, type(None), bytes, complex})
CONTAINERS = frozenset({list, tuple, dict, set, frozenset})
PLAIN = SCALARS | CONTAINERS | {
    range, slice, type(...), type(NotImplemented), bytearray, decimal.Decimal, fractions.Fraction, uuid.UUID,
    datetime.datetime, datetime.date, datetime.time, datetime.timedelta, datetime.timezone,
    pathlib.PurePosixPath, pathlib.PureWindowsPath,
}  # fmt: skip

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
UNARY: dict[type, tuple[str, str, Callable[[Any], Any]]] = {
    ast.UAdd: ("+", "__pos__", operator.pos),
    ast.USub: ("-", "__neg__", operator.neg),
    ast.Invert: ("~", "__invert__", operator.invert),
}


class Generator(NativeObject):
    """An iterator of the program: a generator, `iter(x)`, `zip(…)`, `map(…)`. `source` is a Python iterator over
    values."""

    type_name = "generator"

    def __init__(self, source: Iterator[Value], type_name: str = "generator") -> None:
        self.source = source
        self.type_name = type_name  # type: ignore[misc]

    def iterate(self, context: Context) -> Iterator[Value] | Unknown:
        return self.source

    def get_attribute(self, name: str, context: Context) -> Value:
        from zencompile.frontend.values import NativeFunction

        if name in ("__next__", "send"):
            return NativeFunction(name, lambda a, k, c: self._next(c))
        if name == "close":
            return NativeFunction(name, lambda a, k, c: self._close())
        if name == "__iter__":
            return NativeFunction(name, lambda a, k, c: self)
        return super().get_attribute(name, context)

    def _next(self, context: Context) -> Value:
        for item in self.source:
            return item
        raise context.raise_(StopIteration())

    def _close(self) -> None:
        self.source = iter(())

    def text(self, context: Context) -> str | Unknown:
        return context.unknown(f"the text of a {self.type_name}")


class Coroutine(NativeObject):
    """The call of an `async def`: evaluated when it is awaited (or run)."""

    type_name = "coroutine"

    def __init__(self, act: Callable[[], Value]) -> None:
        self.act = act
        self.done = False
        self.result: Value = None

    def wait(self) -> Value:
        if not self.done:
            self.done = True
            self.result = self.act()
        return self.result

    def get_attribute(self, name: str, context: Context) -> Value:
        from zencompile.frontend.values import NativeFunction

        return NativeFunction(name, lambda a, k, c: self.wait() if name in ("result", "send") else None)


def force(ev: Evaluator, value: Value, node: ast.AST, frame: Frame) -> Value:
    if isinstance(value, Lazy):
        value = Context(ev, node, frame.module).force(value)
    return value


def identical(left: Value, right: Value) -> bool:
    if left is right:
        return True
    return type(left) is type(right) and type(left) in PLAIN and bool(left == right)


def awaited(ev: Evaluator, value: Value, context: Context) -> Value:
    value = context.force(value)
    return value.wait() if isinstance(value, Coroutine) else value


# names of types


def type_of(ev: Evaluator, value: Value) -> Value:
    if isinstance(value, Instance):
        return value.class_
    if isinstance(value, EnumMember):
        return value.class_
    if isinstance(value, pathlib.PurePath):
        return pathlib.PurePosixPath
    if type(value) in PLAIN or isinstance(value, BaseException):
        return type(value)
    if isinstance(value, (type, Class)):
        return type
    if isinstance(value, Function):
        return types.FunctionType
    return Unknown(None, "the type of this value")


def type_name(value: Value) -> str:
    if isinstance(value, (Instance, EnumMember)):
        return value.class_.name
    if isinstance(value, NativeObject):
        return value.type_name
    if isinstance(value, Function):
        return "function"
    if isinstance(value, BoundMethod):
        return "method"
    if isinstance(value, (Class, type)):
        return "type"
    if isinstance(value, Module):
        return "module"
    if isinstance(value, pathlib.PurePath):
        return "PosixPath"
    return type(value).__name__


def exception_text(ev: Evaluator, value: Value) -> tuple[str, str]:
    """The name of an exception and its message, for a diagnostic."""
    if isinstance(value, BaseException):
        if isinstance(value, KeyError) and value.args:
            return "KeyError", repr(value.args[0])
        if isinstance(value, OSError) and value.strerror:
            return type(value).__name__, str(value)[:300]
        return type(value).__name__, _short(value)
    if isinstance(value, Instance):
        arguments = value.attributes.get("args", ())
        shown = [a for a in arguments if type(a) in PLAIN] if isinstance(arguments, tuple) else []
        return value.class_.name, ", ".join(str(a) for a in shown)[:300]
    if isinstance(value, Symbol):
        return f"`{value.path}`", ""
    return "an exception", value.reason if isinstance(value, Unknown) else ""


def _short(value: BaseException) -> str:
    parts = [str(a) if type(a) in PLAIN else getattr(a, "reason", type_name(a)) for a in value.args]
    return ", ".join(parts)[:300]


# operators


def dunder(value: Value, name: str) -> Value:
    """A special method of an instance's class, unbound, or MISSING."""
    return value.class_.lookup(name) if isinstance(value, (Instance, EnumMember)) else MISSING


def unwrap(value: Value) -> Value:
    """The plain data that a value also is: of a str-enum's member, of an instance of `class D(dict)`."""
    if type(value) is EnumMember and value.mixin is not None:
        return value.value
    if type(value) is Instance and value.native is not MISSING and type(value.native) in PLAIN:
        return value.native
    return value


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
        from zencompile.frontend.evaluator import text

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
            ev.touch(left)
            if target is list:
                left.append(right)
                return left
            return right
        if target is list and kind is ast.Add:
            items = iterate(ev, right, node, frame)
            ev.touch(left)
            left.extend([items] if isinstance(items, Unknown) else bounded(ev, items, node, frame))
            return left
        if target in (set, dict) and type(right) in (set, frozenset, dict):
            ev.touch(left)
            result = binary(ev, kind, left, right, node, frame)
            if result is not left:
                left.clear()
                left.update(result)
            return left
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
        if not (_simple(left) and _simple(right)) and type(left) in (list, tuple):
            for one, other in zip(left, right, strict=True):
                same = True if one is other else compare_values(ev, "==", one, other, node, frame)
                same = truth(ev, same, node, frame)
                if same is not True:
                    return same if isinstance(same, Unknown) else sign == "!="
            return sign == "=="
    if not (_simple(left) and _simple(right)):
        left, right = plain(ev, left, context), plain(ev, right, context)
        if isinstance(left, Unknown):
            return left
        if isinstance(right, Unknown):
            return right
    try:
        return BY_SIGN[sign][2](left, right)
    except Exception as error:
        raise ev.raised(error, node, frame) from None


def _simple(container: Any) -> bool:
    """Whether Python's own comparison of the container's items is the program's."""
    items = (*container.keys(), *container.values()) if type(container) is dict else container
    return all(item.__class__ in SCALARS for item in items)


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


# truth


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


# iteration


def iterate(ev: Evaluator, value: Value, node: ast.AST, frame: Frame) -> Iterator[Value] | Unknown:
    """The items of a value. Consumers count what they take (`tick`), so that nothing runs for ever."""
    value = force(ev, value, node, frame)
    kind = type(value)
    if kind in (list, tuple, range, str, bytes):
        return iter(value)  # type: ignore[no-any-return]
    if kind in (dict, set, frozenset):
        return iter(list(value) if kind is dict else in_order(value))
    if isinstance(value, Unknown):
        return value
    context = Context(ev, node, frame.module)
    if isinstance(value, NativeObject):
        return value.iterate(context)
    if isinstance(value, Class):
        if value.kind == "enum":
            return iter(list(value.members.values()))
    elif isinstance(value, Instance):
        found = _iterate_instance(ev, value, context)
        if found is not None:
            return found
    elif isinstance(value, Symbol):
        return context.unknown(f"the items of `{value.path}`, which is not read")
    elif isinstance(value, EnumMember) and value.mixin is str:
        return iter(value.value)  # type: ignore[no-any-return]
    elif isinstance(value, bytearray):
        return iter(bytes(value))
    raise ev.raised(TypeError(f"'{type_name(value)}' object is not iterable"), node, frame)


def in_order(items: Any) -> list[Value]:
    """The items of a set in an order that doesn't depend on the hash seed."""
    try:
        return sorted(items)
    except Exception:
        return sorted(
            items,
            key=lambda item: (type(item).__name__, repr(item) if type(item) in PLAIN else getattr(item, "name", "")),
        )


def _iterate_instance(ev: Evaluator, value: Instance, context: Context) -> Iterator[Value] | Unknown | None:
    special = value.class_.lookup("__iter__")
    if special is not MISSING:
        iterator = context.force(ev.call_value(special, [value], {}, context))
        if isinstance(iterator, Instance):
            advance = iterator.class_.lookup("__next__")
            return _advance(ev, iterator, advance, context) if advance is not MISSING else None
        return ev.iterate(iterator, context)
    special = value.class_.lookup("__getitem__")
    if special is not MISSING:
        return _by_index(ev, value, special, context)
    if value.native is not MISSING:
        return ev.iterate(value.native, context)
    if value.class_.kind == "namedtuple":
        return iter(list(value.attributes.values()))
    if value.class_.kind == "pydantic":
        return iter([(name, value.attributes[name]) for name in value.class_.fields if name in value.attributes])
    return context.unknown(f"the items of a `{value.class_.name}`") if value.class_.is_open else None


def _advance(ev: Evaluator, iterator: Instance, advance: Value, context: Context) -> Iterator[Value]:
    while True:
        try:
            yield ev.call_value(advance, [iterator], {}, context)
        except Raised as raised:
            if isinstance(raised.value, StopIteration):
                return
            raise


def _by_index(ev: Evaluator, value: Instance, special: Value, context: Context) -> Iterator[Value]:
    index = 0
    while True:
        try:
            yield ev.call_value(special, [value, index], {}, context)
        except Raised as raised:
            if isinstance(raised.value, IndexError):
                return
            raise
        index += 1


def bounded(ev: Evaluator, items: Iterator[Value], node: ast.AST, frame: Frame) -> list[Value]:
    """All items, counted."""
    result = []
    for item in items:
        result.append(item)
        ev.steps += 1
        if ev.steps > ev.limit:
            ev.out_of_steps(node, frame)
    return result


def unpack(
    ev: Evaluator, value: Value, count: int, starred: int | None, node: ast.AST, frame: Frame
) -> list[Value] | Unknown:
    if type(value) in (list, tuple):
        return list(value)
    if isinstance(value, Symbol):
        return ev.unknown(node, frame, f"the items of `{value.path}`, which is not read")
    items = iterate(ev, value, node, frame)
    if isinstance(items, Unknown):
        return items
    if starred is not None:
        return bounded(ev, items, node, frame)
    result = []
    for item in items:
        result.append(item)
        if len(result) > count:
            break
    return result


# plain data


def plain(ev: Evaluator, value: Value, context: Context) -> Value:
    """Plain data with every Lazy inside forced, or the first Unknown. Shares what needs no change."""
    return _plain(value, context, 0)


def _plain(value: Value, context: Context, depth: int) -> Value:
    kind = value.__class__
    if kind in SCALARS:
        return value
    if depth > 100:
        return context.unknown("data that contain themselves")
    if kind is list or kind is tuple:
        changed = False
        items = []
        for item in value:
            new = item if item.__class__ in SCALARS else _plain(item, context, depth + 1)
            if isinstance(new, Unknown):
                return new
            changed = changed or new is not item
            items.append(new)
        return kind(items) if changed else value
    if kind is dict:
        result = {}
        changed = False
        for key, item in value.items():
            new_key, new = _plain(key, context, depth + 1), _plain(item, context, depth + 1)
            if isinstance(new_key, Unknown):
                return new_key
            if isinstance(new, Unknown):
                return new
            changed = changed or new is not item or new_key is not key
            result[new_key] = new
        return result if changed else value
    if kind is set or kind is frozenset:
        return next((item for item in value if isinstance(item, Unknown)), value)
    if isinstance(value, Lazy):
        return _plain(context.force(value), context, depth + 1)
    return value


def hashable(ev: Evaluator, value: Value, node: ast.AST, frame: Frame) -> Value:
    """A value as a key: forced, and of a type that can be one."""
    if value.__class__ in SCALARS:
        return value
    value = force(ev, value, node, frame)
    if isinstance(value, tuple):
        value = tuple(hashable(ev, item, node, frame) for item in value)
    elif type(value) in (list, dict, set, bytearray, slice):
        raise ev.raised(TypeError(f"unhashable type: '{type_name(value)}'"), node, frame)
    elif isinstance(value, Instance):
        return _instance_key(value)
    return value


def _instance_key(value: Instance) -> Value:
    if value.class_.kind == "namedtuple":
        return tuple(value.attributes.values())
    return value


def as_mapping(ev: Evaluator, value: Value, node: ast.AST, frame: Frame) -> dict[Value, Value] | Unknown:
    """What `**value` spreads."""
    value = force(ev, value, node, frame)
    if isinstance(value, dict):
        return value
    if isinstance(value, Unknown):
        return value
    if isinstance(value, Instance) and isinstance(value.native, dict):
        return value.native
    context = Context(ev, node, frame.module)
    if isinstance(value, Symbol):
        return context.unknown(f"what `{value.path}`, which is not read, holds")
    if isinstance(value, (NativeObject, Instance)):
        try:
            keys = context.call(context.get_attribute(value, "keys"))
            items = iterate(ev, keys, node, frame)
            if isinstance(items, Unknown):
                return items
            return {key: get_item(ev, value, key, node, frame) for key in bounded(ev, items, node, frame)}
        except Raised as raised:
            if not isinstance(raised.value, AttributeError):
                raise
    raise ev.raised(TypeError(f"'{type_name(value)}' object is not a mapping"), node, frame)


def plain_text(ev: Evaluator, value: Value, node: ast.AST, frame: Frame) -> Value:
    from zencompile.frontend.evaluator import text

    return text.to_text(ev, value, node, frame)


# attributes and items: in a module of their own, reached through here

from zencompile.frontend.evaluator.access import (  # noqa: E402
    attribute,
    delete_attribute,
    delete_item,
    get_item,
    is_instance,
    set_attribute,
    set_item,
)

__all__ = ["attribute", "delete_attribute", "delete_item", "get_item", "is_instance", "set_attribute", "set_item"]
