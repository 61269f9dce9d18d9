"""Special methods of plain data that are named outright, as in `x.__len__()`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from zencompile.frontend.evaluator import arithmetic, comparison
from zencompile.frontend.evaluator.items import delete_item, get_item, set_item
from zencompile.frontend.evaluator.typechecks import type_of
from zencompile.frontend.values import MISSING, Context, NativeFunction, Value

if TYPE_CHECKING:
    from zencompile.frontend.evaluator.core import Evaluator


BY_BUILTIN = {
    "__len__": "len", "__str__": "str", "__repr__": "repr", "__iter__": "iter", "__hash__": "hash", "__bool__": "bool",
    "__abs__": "abs", "__int__": "int", "__float__": "float", "__reversed__": "reversed", "__format__": "format",
}  # fmt: skip
BY_OPERATOR = {
    f"__{method}__": sign for sign, method in (
        (ast.Add, "add"), (ast.Sub, "sub"), (ast.Mult, "mul"), (ast.Div, "truediv"), (ast.FloorDiv, "floordiv"),
        (ast.Mod, "mod"), (ast.Pow, "pow"), (ast.BitOr, "or"), (ast.BitAnd, "and"), (ast.BitXor, "xor"))
}  # fmt: skip


def plain_dunder(ev: Evaluator, value: Value, name: str, context: Context) -> Value:
    """The special method of plain data, or MISSING."""
    if name == "__class__":
        return type_of(ev, value)
    if name == "__doc__":
        return type(value).__doc__
    if name in BY_BUILTIN:
        function = ev.builtins[BY_BUILTIN[name]]
        return NativeFunction(name, lambda a, k, c: c.call(function, [value, *a]))
    if name in BY_OPERATOR:
        return NativeFunction(
            name, lambda a, k, c: arithmetic.binary(ev, BY_OPERATOR[name], value, a[0], c.node, ev._frame(c))
        )
    if name in ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"):
        sign = {"__eq__": "==", "__ne__": "!=", "__lt__": "<", "__le__": "<=", "__gt__": ">", "__ge__": ">="}[name]
        return NativeFunction(
            name, lambda a, k, c: comparison.compare_values(ev, sign, value, a[0], c.node, ev._frame(c))
        )
    if name == "__contains__":
        return NativeFunction(name, lambda a, k, c: comparison.contains(ev, value, a[0], c.node, ev._frame(c)))
    if name == "__getitem__":
        return NativeFunction(name, lambda a, k, c: get_item(ev, value, a[0], c.node, ev._frame(c)))
    if name == "__setitem__":
        return NativeFunction(name, lambda a, k, c: set_item(ev, value, a[0], a[1], c.node, ev._frame(c)))
    if name == "__delitem__":
        return NativeFunction(name, lambda a, k, c: delete_item(ev, value, a[0], c.node, ev._frame(c)))
    if name == "__dict__":
        return MISSING
    if name == "__init__":
        return NativeFunction(name, lambda a, k, c: None)
    return MISSING
