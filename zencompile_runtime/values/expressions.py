"""What a program computes of values that only its run has: a piece of Python, evaluated node by node.

Only what computes is there: operators, subscripts, attributes, calls of functions by their dotted names, methods that
change nothing, and literals. A name is one of the values given, one of Python's own functions, or the beginning of a
dotted name that is imported.
"""

from __future__ import annotations

import ast
import builtins
import datetime
import decimal
import functools
import operator
import pathlib
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from zencompile_runtime.errors import ConfigurationFault
from zencompile_runtime.importing import load_dotted

_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.MatMult: operator.matmul,
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.BitXor: operator.xor,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
}
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda left, right: left in right,
    ast.NotIn: lambda left, right: left not in right,
    ast.Is: operator.is_,
    ast.IsNot: operator.is_not,
}
_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Invert: operator.invert,
    ast.Not: operator.not_,
}

_CHANGING_NAMES = """
add append clear difference_update discard extend insert intersection_update pop popitem remove reverse setdefault sort
symmetric_difference_update update
"""
_CHANGING = frozenset(_CHANGING_NAMES.split())
_PLAIN = (
    *(str, bytes, bool, int, float, complex, list, tuple, dict, set, frozenset, range, type(None)),
    *(datetime.datetime, datetime.date, datetime.time, datetime.timedelta, datetime.timezone),
    *(uuid.UUID, decimal.Decimal, pathlib.PurePosixPath, pathlib.PosixPath),
)
"""Types whose methods are known: those named above change the object, the others change nothing."""


def evaluate(text: str, values: Mapping[str, Any], trusted: bool = False) -> Any:
    """The value of an expression. What Python raises is raised; ConfigurationFault for what is no expression of ours.

    Methods are called of plain data alone, but where the text is `trusted` to be made of nothing that was loaded.
    """
    return _Evaluation(values, trusted).of(_parsed(text).body)


@functools.lru_cache(maxsize=256)
def _parsed(text: str) -> ast.Expression:
    try:
        return ast.parse(text, mode="eval")
    except SyntaxError as error:
        raise ConfigurationFault(f"{text!r} is no expression: {error.msg}") from None


def _present(part: Any) -> Any:
    """A key or the name of a keyword; `**` has none."""
    if part is None:
        raise ConfigurationFault("an expression of a step spreads a dictionary, which is not evaluated")
    return part


class _Evaluation:
    """One walk over an expression."""

    def __init__(self, values: Mapping[str, Any], trusted: bool) -> None:
        self.values = values
        self.trusted = trusted

    def of(self, node: ast.AST) -> Any:
        """The value of a node."""
        act = getattr(self, f"_{type(node).__name__.lower()}", None)
        if act is None:
            raise ConfigurationFault(f"an expression of a step holds a {type(node).__name__}, which is not evaluated")
        return act(node)

    def _constant(self, node: ast.Constant) -> Any:
        return node.value

    def _name(self, node: ast.Name) -> Any:
        if node.id in self.values:
            return self.values[node.id]
        found = getattr(builtins, node.id, None)
        return load_dotted(node.id) if found is None else found

    def _attribute(self, node: ast.Attribute) -> Any:
        path = self._path(node)
        return load_dotted(path) if path else getattr(self.of(node.value), node.attr)

    def _path(self, node: ast.expr) -> str:
        """The dotted name that a node is; empty if it is something else."""
        if isinstance(node, ast.Attribute):
            start = self._path(node.value)
            return f"{start}.{node.attr}" if start else ""
        is_module = isinstance(node, ast.Name) and node.id not in self.values and not hasattr(builtins, node.id)
        return node.id if is_module and isinstance(node, ast.Name) else ""

    def _binop(self, node: ast.BinOp) -> Any:
        left = self.of(node.left)
        return _BINARY[type(node.op)](left, self.of(node.right))

    def _unaryop(self, node: ast.UnaryOp) -> Any:
        return _UNARY[type(node.op)](self.of(node.operand))

    def _compare(self, node: ast.Compare) -> Any:
        left = self.of(node.left)
        result: Any = True
        for sign, right_node in zip(node.ops, node.comparators, strict=True):
            right = self.of(right_node)
            result = _COMPARISONS[type(sign)](left, right)
            if not result:
                break
            left = right
        return result

    def _boolop(self, node: ast.BoolOp) -> Any:
        stops = isinstance(node.op, ast.Or)
        value: Any = None
        for one in node.values:
            value = self.of(one)
            if bool(value) is stops:
                break
        return value

    def _ifexp(self, node: ast.IfExp) -> Any:
        return self.of(node.body if self.of(node.test) else node.orelse)

    def _subscript(self, node: ast.Subscript) -> Any:
        owner = self.of(node.value)
        return owner[self.of(node.slice)]

    def _slice(self, node: ast.Slice) -> slice:
        return slice(*(None if one is None else self.of(one) for one in (node.lower, node.upper, node.step)))

    def _list(self, node: ast.List) -> list[Any]:
        return [self.of(one) for one in node.elts]

    def _tuple(self, node: ast.Tuple) -> tuple[Any, ...]:
        return tuple(self.of(one) for one in node.elts)

    def _set(self, node: ast.Set) -> set[Any]:
        return {self.of(one) for one in node.elts}

    def _dict(self, node: ast.Dict) -> dict[Any, Any]:
        pairs = zip(node.keys, node.values, strict=True)
        return {self.of(_present(key)): self.of(value) for key, value in pairs}

    def _call(self, node: ast.Call) -> Any:
        function = self._function(node.func)
        arguments = [self.of(one) for one in node.args]
        return function(*arguments, **{_present(one.arg): self.of(one.value) for one in node.keywords})

    def _function(self, node: ast.expr) -> Any:
        if not isinstance(node, ast.Attribute) or self._path(node):
            return self.of(node)
        owner = self.of(node.value)
        known = type(owner) in _PLAIN and node.attr not in _CHANGING and not node.attr.startswith("_")
        if not known and not self.trusted:
            raise ConfigurationFault(
                f"`.{node.attr}()` of a {type(owner).__name__} is called by no expression", help="call it in a step"
            )
        return getattr(owner, node.attr)
