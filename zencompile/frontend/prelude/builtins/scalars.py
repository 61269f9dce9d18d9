"""Builtins on one number or text."""

from __future__ import annotations

import builtins as python

from zencompile.frontend.prelude.builtins.registry import native, register_pure
from zencompile.frontend.values import MISSING, Context, Unknown, Value, dunder, operations, text, type_name
from zencompile.frontend.values.plain import unwrap
from zencompile.frontend.values.pure import call_pure


@native("repr", "object, /")
def _repr(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return text.representation(a[0], c)


@native("ascii", "object, /")
def _ascii(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return text.format_value(a[0], ord("a"), "", c)


@native("format", "value, spec='', /")
def _format(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    spec = unwrap(c.force(a[1]))
    if isinstance(spec, Unknown):
        return spec.forgotten()
    if not isinstance(spec, str):
        raise c.raise_(TypeError(f"format() argument 2 must be str, not {type_name(spec)}"))
    return text.format_value(a[0], -1, spec, c)


@native("abs", "number, /")
def _abs(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    value = c.force(a[0])
    special = dunder(value, "__abs__")
    if special is not MISSING:
        return c.call(special, [value])
    return call_pure(abs, a, k, c)


@native("pow", "base, exp, mod=None")
def _pow(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    if a[2] is None:
        return operations.binary("**", a[0], a[1], c)
    return call_pure(pow, a, {}, c)


@native("round", "number, ndigits=None")
def _round(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    value = c.force(a[0])
    special = dunder(value, "__round__")
    if special is not MISSING:
        return c.call(special, [value] if a[1] is None else [value, a[1]])
    digits = c.force(a[1])
    if isinstance(digits, int) and abs(digits) > 10_000:
        return c.unknown("a number rounded to very many digits")
    return call_pure(round, a, k, c)


for _name in ("divmod", "bin", "oct", "hex", "ord", "chr"):
    register_pure(_name, getattr(python, _name))
