"""Builtins on one number or text."""

from __future__ import annotations

import ast
import builtins as python

from zencompile.frontend.evaluator import arithmetic, text
from zencompile.frontend.evaluator.builtins.registry import native, register_pure
from zencompile.frontend.evaluator.pure import call_pure
from zencompile.frontend.values import MISSING, Context, Unknown, Value, dunder


@native("repr", 1, 1)
def _repr(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return text.to_repr(c.evaluator, a[0], c.node, c.evaluator._frame(c))


@native("ascii", 1, 1)
def _ascii(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return text.format_value(c.evaluator, a[0], ord("a"), "", c.node, c.evaluator._frame(c))


@native("format", 1, 2)
def _format(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    spec = c.force(a[1]) if len(a) > 1 else ""
    if isinstance(spec, Unknown):
        return spec
    return text.format_value(c.evaluator, a[0], -1, spec, c.node, c.evaluator._frame(c))


@native("abs", 1, 1)
def _abs(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    value = c.force(a[0])
    special = dunder(value, "__abs__")
    if special is not MISSING:
        return c.call(special, [value])
    return call_pure(c.evaluator, abs, a, k, c)


@native("pow", 2, 3)
def _pow(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    if len(a) == 2 and not k:
        return arithmetic.binary(c.evaluator, ast.Pow, a[0], a[1], c.node, c.evaluator._frame(c))
    return call_pure(c.evaluator, pow, a, k, c)


@native("round", 1, 2)
def _round(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    value = c.force(a[0])
    special = dunder(value, "__round__")
    if special is not MISSING:
        return c.call(special, [value, *a[1:]])
    digits = c.force(a[1]) if len(a) > 1 else None
    if isinstance(digits, int) and abs(digits) > 10_000:
        return c.unknown("a number rounded to very many digits")
    return call_pure(c.evaluator, round, a, k, c)


for _name in ("divmod", "bin", "oct", "hex", "ord", "chr"):
    register_pure(_name, getattr(python, _name))
