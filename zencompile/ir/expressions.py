"""Expressions as Python source: what travels to the runtime, and what a reader is shown.

The text holds nothing that differs between versions of Python. What no literal of Python says stands in `given`, under
a name: outputs, parameters, moments, and values such as dates and models.
"""

from __future__ import annotations

import ast
import base64
import builtins
import keyword
import unicodedata
from collections.abc import Container, Iterator, Sequence
from typing import Any

from zencompile.ir.values import (
    Expression,
    ListValue,
    Literal,
    Mapping,
    Merge,
    Moment,
    OutputRef,
    ParameterRef,
    Value,
    leaves,
)

Json = Any

_BINARY: dict[str, type[ast.operator]] = {
    "+": ast.Add,
    "-": ast.Sub,
    "*": ast.Mult,
    "/": ast.Div,
    "//": ast.FloorDiv,
    "%": ast.Mod,
    "**": ast.Pow,
    "@": ast.MatMult,
    "&": ast.BitAnd,
    "|": ast.BitOr,
    "^": ast.BitXor,
    "<<": ast.LShift,
    ">>": ast.RShift,
}
_COMPARISONS: dict[str, type[ast.cmpop]] = {
    "==": ast.Eq,
    "!=": ast.NotEq,
    "<": ast.Lt,
    "<=": ast.LtE,
    ">": ast.Gt,
    ">=": ast.GtE,
    "in": ast.In,
    "not in": ast.NotIn,
    "is": ast.Is,
    "is not": ast.IsNot,
}
_UNARY: dict[str, type[ast.unaryop]] = {
    "negative": ast.USub,
    "positive": ast.UAdd,
    "invert": ast.Invert,
    "not": ast.Not,
}
_CONVERSIONS = {"r": "repr", "s": "str", "a": "ascii"}
_JSON = (bool, int, float, str)


class Source:
    """Writes expressions that share their names; `given` are the values behind them."""

    def __init__(self) -> None:
        self.given: dict[str, Value] = {}
        self._modules: set[str] = set()  # that the expressions name

    def text(self, value: Value) -> str:
        """A value as Python source."""
        self._modules |= set(_modules(value))
        return ast.unparse(ast.fix_missing_locations(ast.Expression(self._node(value))))

    def _node(self, value: Value) -> ast.expr:
        if isinstance(value, Expression):
            return self._expression(value)
        if isinstance(value, Literal):
            return self._literal(value.value)
        if isinstance(value, ListValue):
            items = [self._node(one) for one in value.items]
            return ast.Tuple(items, ast.Load()) if value.is_tuple else ast.List(items, ast.Load())
        if isinstance(value, Mapping):
            return ast.Dict([ast.Constant(key) for key in value.items], [self._node(v) for v in value.items.values()])
        return self._named(value, _name_of(value))

    def _named(self, value: Value, base: str) -> ast.Name:
        """A value that stands in `given`: the same one under one name."""
        plain = value.model_copy(update={"span": None})
        base = "".join(one if f"_{one}".isidentifier() else "_" for one in unicodedata.normalize("NFKC", base))
        if not base.isidentifier() or keyword.iskeyword(base) or hasattr(builtins, base) or base in self._modules:
            base = f"_{base}"
        name, number = base, 2
        while name in self.given and self.given[name] != plain:
            name, number = f"{base}_{number}", number + 1
        self.given[name] = plain
        return ast.Name(name, ast.Load())

    def _literal(self, value: Json) -> ast.expr:
        if type(value) in (int, float) and (value < 0 or (value == 0 and str(value).startswith("-"))):
            return ast.UnaryOp(ast.USub(), ast.Constant(-value))
        if value is None or type(value) in _JSON:
            return ast.Constant(value)
        if isinstance(value, list):
            return ast.List([self._literal(one) for one in value], ast.Load())
        tag = value.get("$")
        if tag is None:
            keys: list[ast.expr | None] = [ast.Constant(key) for key in value]
            return ast.Dict(keys, [self._literal(one) for one in value.values()])
        if tag == "tuple":
            return ast.Tuple([self._literal(one) for one in value["items"]], ast.Load())
        if tag == "bytes":
            return ast.Constant(base64.b64decode(value["base64"]))
        if tag == "set" and value["items"]:
            return ast.Set([self._literal(one) for one in value["items"]])
        if tag == "symbol":
            return _dotted(value["path"])
        return self._named(Literal(value=value), "value")

    def _expression(self, value: Expression) -> ast.expr:
        sign, operands = value.operator, value.operands
        if sign == "value":
            return self._node(operands[0])
        if sign == "format":
            return self._formatted(value)
        if sign == "join":
            return self._joined(operands)
        if sign == "attribute":
            return ast.Attribute(self._node(operands[0]), value.name, ast.Load())
        if sign in ("method", "call"):
            return self._called(value)
        return self._operator(sign, [self._node(one) for one in operands])

    def _operator(self, sign: str, nodes: list[ast.expr]) -> ast.expr:
        if sign in _BINARY:
            return ast.BinOp(nodes[0], _BINARY[sign](), nodes[1])
        if sign in _COMPARISONS:
            return ast.Compare(nodes[0], [_COMPARISONS[sign]()], [nodes[1]])
        if sign in _UNARY:
            return ast.UnaryOp(_UNARY[sign](), nodes[0])
        if sign in ("and", "or"):
            return ast.BoolOp(ast.And() if sign == "and" else ast.Or(), nodes)
        if sign == "if":
            return ast.IfExp(*nodes)
        if sign == "item":
            return ast.Subscript(nodes[0], nodes[1], ast.Load())
        if sign == "slice":
            return ast.Slice(*(None if _is_none(one) else one for one in nodes))
        if sign == "set":
            return ast.Set(nodes)
        assert sign == "truth", sign
        return _call("bool", nodes[:1])

    def _called(self, value: Expression) -> ast.expr:
        first, *rest = value.operands
        function = self._node(first)
        if value.operator == "method":
            function = ast.Attribute(function, value.name, ast.Load())
        nodes = [self._node(one) for one in rest]
        plain = len(nodes) - len(value.keywords)
        keywords = [ast.keyword(name, one) for name, one in zip(value.keywords, nodes[plain:], strict=True)]
        return ast.Call(function, nodes[:plain], keywords)

    def _formatted(self, value: Expression) -> ast.expr:
        node = self._node(value.operands[0])
        if value.name:
            node = _call(_CONVERSIONS[value.name], [node])
        spec = value.operands[1:]
        plain = not spec or (isinstance(spec[0], Literal) and spec[0].value == "")
        if plain and value.name:
            return node
        return _call("format", [node] if plain else [node, self._node(spec[0])])

    def _joined(self, operands: Sequence[Value]) -> ast.expr:
        """Texts one after the other."""
        if not operands:
            return ast.Constant("")
        node = self._node(operands[0])
        for one in operands[1:]:
            node = ast.BinOp(node, ast.Add(), self._node(one))
        return node


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _call(name: str, arguments: list[ast.expr]) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), arguments, [])


def _dotted(path: str) -> ast.expr:
    first, *rest = path.removeprefix("builtins.").split(".")
    node: ast.expr = ast.Name(first, ast.Load())
    for name in rest:
        node = ast.Attribute(node, name, ast.Load())
    return node


def _name_of(value: Value) -> str:
    if isinstance(value, OutputRef):
        item = "" if value.item is None else f"_{value.item}"
        return (value.invocation if value.output == "output" else f"{value.invocation}_{value.output}") + item
    if isinstance(value, Moment):
        return f"moment_{value.index}"
    if isinstance(value, Merge):
        return _name_of(next((one for one in value.sides if isinstance(one, (OutputRef, Merge))), value.then))
    return value.name if isinstance(value, ParameterRef) else "value"


def _modules(value: Value) -> Iterator[str]:
    """The first parts of the dotted names in a value."""
    for leaf in leaves(value):
        symbol = leaf.value if isinstance(leaf, Literal) and isinstance(leaf.value, dict) else {}
        if symbol.get("$") == "symbol":
            yield symbol["path"].partition(".")[0]


def source(value: Value) -> str:
    """A value as a reader sees it."""
    return Source().text(value)


def names_in(text: str, given: Container[str] = ()) -> Iterator[tuple[str, bool]]:
    """What an expression's text names of modules (`numpy.linalg.norm`), and whether it calls that.

    `given` are the names that stand for values.
    """
    pending: list[tuple[ast.AST, bool]] = [(ast.parse(text, mode="eval"), False)]
    while pending:
        node, is_called = pending.pop()
        name = _written(node)
        if name:
            if "." in name and name.partition(".")[0] not in given:
                yield name, is_called
            continue
        for child in ast.iter_child_nodes(node):
            pending.append((child, isinstance(node, ast.Call) and child is node.func))


def methods_in(text: str) -> set[str]:
    """The names of the methods that an expression calls, of modules' functions too."""
    tree = ast.parse(text, mode="eval")
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {function.attr for function in calls if isinstance(function, ast.Attribute)}


def texts_in(text: str) -> set[str]:
    """The texts that are written out in an expression."""
    nodes = ast.walk(ast.parse(text, mode="eval"))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def _written(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        inner = _written(node.value)
        return f"{inner}.{node.attr}" if inner else ""
    return node.id if isinstance(node, ast.Name) else ""
