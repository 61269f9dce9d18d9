"""The builtin types, and what calling them makes."""

from __future__ import annotations

import ast
import decimal
import enum
import fractions
import pathlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zencompile.frontend.evaluator import methods, text
from zencompile.frontend.evaluator.builtins.objects import type_call
from zencompile.frontend.evaluator.iteration import all_items
from zencompile.frontend.evaluator.plain import PLAIN, hashable, unwrap
from zencompile.frontend.evaluator.pure import call_pure
from zencompile.frontend.evaluator.scopes import Frame
from zencompile.frontend.values import MISSING, Class, Context, Instance, Symbol, Unknown, Value, dunder, type_name

if TYPE_CHECKING:
    from zencompile.frontend.evaluator.core import Evaluator


def construct(
    ev: Evaluator, type_: type, arguments: list[Value], keywords: dict[str, Value], node: ast.AST, frame: Frame
) -> Value:
    """Call a builtin type."""
    context = Context(ev, node, frame.module)
    unknown = keywords.get("**")
    if isinstance(unknown, Unknown):
        return unknown
    maker = _MAKERS.get(type_)
    if maker is not None:
        return maker(type_, arguments, keywords, context)
    if issubclass(type_, BaseException):
        return _exception(type_, arguments, context)
    if issubclass(type_, pathlib.PurePath):
        from zencompile.frontend.stdlib import paths

        return paths.make(arguments, context)
    if issubclass(type_, enum.Enum):
        from zencompile.frontend.stdlib import models

        return models.functional_enum(type_, arguments, keywords, context)
    if type_ in PLAIN:
        return call_pure(ev, type_, arguments, keywords, context, type_.__name__)
    return context.unknown(f"a `{type_.__name__}`")


def _exception(type_: type, arguments: list[Value], c: Context) -> Value:
    try:
        return type_(*[c.force(a) for a in arguments])
    except Exception:
        return Exception(*arguments)


def _make_list(type_: Any, a: list[Value], k: dict[str, Value], c: Context) -> Value:
    if not a:
        return type_()
    items = all_items(a[0], c)
    return items if isinstance(items, Unknown) else type_(items)


def _make_set(type_: Any, a: list[Value], k: dict[str, Value], c: Context) -> Value:
    items = all_items(a[0], c) if a else []
    if isinstance(items, Unknown):
        return items
    frame = c.evaluator._frame(c)
    return type_([hashable(c.evaluator, item, c.node, frame) for item in items])


def _make_dict(type_: Any, a: list[Value], k: dict[str, Value], c: Context) -> Value:
    result: dict[Value, Value] = {}
    methods.call(c.evaluator, result, "update", a, k, c.node, c.evaluator._frame(c))
    return next((key for key in result if isinstance(key, Unknown)), result)


def _make_str(type_: Any, a: list[Value], k: dict[str, Value], c: Context) -> Value:
    if len(a) > 1 or k:
        return call_pure(c.evaluator, str, a, k, c)
    return text.to_text(c.evaluator, a[0], c.node, c.evaluator._frame(c)) if a else ""


def _make_number(type_: Any, a: list[Value], k: dict[str, Value], c: Context) -> Value:
    if not a:
        return type_()
    value = c.force(a[0])
    for name in ("__int__", "__index__") if type_ is int else ("__float__", "__index__"):
        special = dunder(value, name)
        if special is not MISSING:
            return c.call(special, [value])
    if isinstance(value, (Instance, Symbol)) and (isinstance(value, Symbol) or value.class_.is_open):
        return c.unknown("a number from a value that is not read")
    if not isinstance(unwrap(value), (str, int, float, bytes, decimal.Decimal, fractions.Fraction, Unknown, complex)):
        kind = (
            "int() argument must be a string, a bytes-like object or a real number"
            if type_ is int
            else "float() argument must be a string or a real number"
        )
        raise c.raise_(TypeError(f"{kind}, not '{type_name(value)}'"))
    return call_pure(c.evaluator, type_, a, k, c)


def _make_bool(type_: Any, a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return c.truth(a[0]) if a else False


def _make_range(type_: Any, a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return call_pure(c.evaluator, range, a, k, c)


def _make_bytes(type_: Any, a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return call_pure(c.evaluator, type_, a, k, c, type_.__name__)


def _make_object(type_: Any, a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return Instance(Class("object", "object", None, None, ()))


def _make_type_of(type_: Any, a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return type_call(a, k, c)


_MAKERS: dict[type, Callable[[Any, list[Value], dict[str, Value], Context], Value]] = {
    list: _make_list,
    tuple: _make_list,
    set: _make_set,
    frozenset: _make_set,
    dict: _make_dict,
    str: _make_str,
    int: _make_number,
    float: _make_number,
    bool: _make_bool,
    range: _make_range,
    bytes: _make_bytes,
    bytearray: _make_bytes,
    object: _make_object,
    type: _make_type_of,
}
