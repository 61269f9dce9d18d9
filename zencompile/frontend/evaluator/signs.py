"""The operators of syntax trees by their signs, and conditions."""

from __future__ import annotations

import ast

from zencompile.frontend.evaluator.machine import Machine
from zencompile.frontend.evaluator.scopes import Frame
from zencompile.frontend.values import Context, Unknown, operations

ARITHMETIC: dict[type, str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
    ast.Pow: "**",
    ast.LShift: "<<",
    ast.RShift: ">>",
    ast.BitOr: "|",
    ast.BitXor: "^",
    ast.BitAnd: "&",
    ast.MatMult: "@",
}
UNARY: dict[type, str] = {ast.UAdd: "+", ast.USub: "-", ast.Invert: "~"}
COMPARISON: dict[type, str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}


def condition(ev: Machine, node: ast.expr, frame: Frame) -> bool | Unknown:
    """Whether an expression holds."""
    value = ev.eval(node, frame)
    if value is True or value is False:
        return value
    return operations.truth(value, Context(ev, node, frame.module))
