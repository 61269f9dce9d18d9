"""Functions of Python itself, called on plain data."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zencompile.frontend.evaluator.iteration import Generator, bounded
from zencompile.frontend.evaluator.plain import LARGEST, SCALARS, plain, unwrap
from zencompile.frontend.values import Context, EnumMember, Unknown, Value

if TYPE_CHECKING:
    from zencompile.frontend.evaluator.core import Evaluator


def call_pure(
    ev: Evaluator,
    function: Callable[..., Any],
    arguments: list[Value],
    keywords: dict[str, Value],
    context: Context,
    name: str = "",
    receiver: Value = None,
) -> Value:
    """Call a function of Python itself on plain data; Unknown if some of it is unknown."""
    given = []
    for argument in arguments:
        value = argument if argument.__class__ in SCALARS else plain_argument(ev, argument, context)
        if isinstance(value, Unknown):
            return value
        given.append(value)
    options = {}
    for key, argument in keywords.items():
        value = plain_argument(ev, argument, context)
        if isinstance(value, Unknown):
            return value
        options[key] = value
    _guard(ev, receiver, name, given, context)
    try:
        return function(*given, **options)
    except Exception as error:
        raise context.raise_(error) from None


def plain_argument(ev: Evaluator, value: Value, context: Context) -> Value:
    """A value that Python's own functions understand: plain data, and of other things what they stand for."""
    value = unwrap(context.force(value))
    if isinstance(value, Generator):
        items = value.iterate(context)
        frame = ev._frame(context)
        value = items if isinstance(items, Unknown) else bounded(ev, items, context.node, frame)
    value = plain(ev, value, context)
    if type(value) in (list, tuple) and any(isinstance(item, EnumMember) for item in value):
        value = type(value)(unwrap(item) for item in value)
    return value


_WIDE = frozenset({"ljust", "rjust", "center", "zfill", "expandtabs"})


def _guard(ev: Evaluator, receiver: Value, name: str, given: list[Value], context: Context) -> None:
    if isinstance(receiver, (str, bytes)):
        if name in _WIDE and given and isinstance(given[0], int) and given[0] > LARGEST:
            raise context.raise_(MemoryError("a text too large to be made when compiling"))
        if name == "expandtabs" and given and isinstance(given[0], int) and len(receiver) * given[0] > LARGEST:
            raise context.raise_(MemoryError("a text too large to be made when compiling"))
        replaced = name == "replace" and len(given) >= 2 and isinstance(given[1], (str, bytes))
        if replaced and (len(receiver) + 1) * (len(given[1]) + 1) > LARGEST:
            raise context.raise_(MemoryError("a text too large to be made when compiling"))
        ev.tick(context.node, ev._frame(context), len(receiver) // 10_000)
    if name == "to_bytes" and given and isinstance(given[0], int) and given[0] > LARGEST:
        raise context.raise_(MemoryError("a value too large to be made when compiling"))
    if name == "translate":
        return
