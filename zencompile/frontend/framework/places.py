"""Where the parts of a setting are written, at any depth."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from zencompile.frontend.framework.opaque import Call
from zencompile.frontend.framework.records import Record
from zencompile.frontend.values import Context, Value
from zencompile.source import Span

Place = Callable[..., Span]
"""The place of what stands under a path of keys; of an element of a list, its index is the key."""


def places(value: Value, place: Place, context: Context) -> Iterator[tuple[tuple[str, ...], Span]]:
    """The path of each part of a setting with its place: in what is written there, or where its object is made."""
    value = context.force(value)
    own = value.spans if isinstance(value, Record) else {}
    for key, part in _parts(value, context):
        inner = _fixed(own[key]) if key in own else _within(place, key)
        yield (key,), inner()
        yield from (((key, *path), span) for path, span in places(part, inner, context))


def _parts(value: Value, context: Context) -> Iterator[tuple[str, Value]]:
    if isinstance(value, Record):
        yield from value.fields.items()
    elif isinstance(value, Call):
        yield from value.keywords.items()
    elif isinstance(value, dict):
        yield from ((str(context.force(key)), part) for key, part in value.items())
    elif isinstance(value, (list, tuple)):
        yield from ((str(index), part) for index, part in enumerate(value))


def _within(place: Place, key: str) -> Place:
    return lambda *keys: place(key, *keys)


def _fixed(span: Span) -> Place:
    return lambda *_: span
