"""What annotations of containers make of a value: pydantic's lax rules for them."""

from __future__ import annotations

import collections
import collections.abc
import typing
from collections.abc import Callable, Iterable
from typing import Any

from zencompile_runtime.values.coerce import Coercer, as_is, coercer_of
from zencompile_runtime.values.mismatch import EXACT, LAX, STRICT, Match, Mismatch

_NO_ITEMS = (str, bytes, bytearray, collections.abc.Mapping)
"""What has items that are none of a list's."""


def _items(value: Any, kind: Any, match: Match) -> Iterable[Any]:
    match.floor(EXACT if isinstance(value, kind) else LAX)
    if isinstance(value, _NO_ITEMS):
        raise Mismatch(f"should be {_named(kind)}", value=value)
    try:
        items: Iterable[Any] = iter(value)
        return items
    except TypeError:
        raise Mismatch(f"should be {_named(kind)}", value=value) from None


def _named(kind: Any) -> str:
    return f"a {kind.__name__}"


def _each(values: Iterable[Any], item: Coercer, match: Match) -> list[Any]:
    if item is as_is:
        return list(values)
    found = []
    for index, value in enumerate(values):
        try:
            found.append(item(value, match))
        except Mismatch as error:
            raise error.within(f"[{index}]") from None
    return found


def _list(kind: Any, arguments: tuple[Any, ...]) -> Coercer:
    item = coercer_of(arguments[0]) if arguments else as_is

    def coercer(value: Any, match: Match) -> Any:
        if item is as_is and type(value) is kind:
            return kind(value)
        try:
            return kind(_each(_items(value, kind, match), item, match))
        except TypeError as error:  # unhashable
            raise Mismatch(f"should be {_named(kind)} ({error})", value=value) from None

    return coercer


def _mutable_sequence(kind: Any, arguments: tuple[Any, ...]) -> Coercer:
    return _list(list, arguments)


def _abstract_set(kind: Any, arguments: tuple[Any, ...]) -> Coercer:
    return _list(frozenset if kind is collections.abc.Set else set, arguments)


def _deque(kind: Any, arguments: tuple[Any, ...]) -> Coercer:
    item = coercer_of(arguments[0]) if arguments else as_is

    def coercer(value: Any, match: Match) -> Any:
        found = _each(_items(value, kind, match), item, match)
        return collections.deque(found, value.maxlen if isinstance(value, collections.deque) else None)

    return coercer


def _sequence(kind: Any, arguments: tuple[Any, ...]) -> Coercer:
    item = coercer_of(arguments[0]) if arguments else as_is

    def coercer(value: Any, match: Match) -> Any:
        match.floor(STRICT)
        if not isinstance(value, kind):
            raise Mismatch("should be a sequence", value=value)
        if not arguments or arguments[0] is Any:
            return value
        if isinstance(value, (str, bytes)):
            raise Mismatch("should be a sequence, not text", value=value)
        if isinstance(value, bytearray):
            raise Mismatch("should be a sequence, not bytes", value=value)
        found = _each(value, item, match)
        if isinstance(value, range):
            return found
        try:
            return type(value)(found)
        except TypeError:
            raise Mismatch("should be a sequence that can be made of a list", value=value) from None

    return coercer


def _iterable(kind: Any, arguments: tuple[Any, ...]) -> Coercer:
    """One that gives each item as it is asked for."""
    item = coercer_of(arguments[0]) if arguments else as_is

    def coercer(value: Any, match: Match) -> Any:
        match.floor(LAX)
        try:
            items = iter(value)
        except TypeError:
            raise Mismatch("should be iterable", value=value) from None
        return (item(one, Match()) for one in items)

    return coercer


def _tuple(kind: Any, arguments: tuple[Any, ...]) -> Coercer:
    if not arguments or (len(arguments) == 2 and arguments[1] is Ellipsis):
        item = coercer_of(arguments[0]) if arguments else as_is
        return lambda value, match: tuple(_each(_items(value, tuple, match), item, match))
    coercers = [coercer_of(argument) for argument in arguments if argument != ()]

    def coercer(value: Any, match: Match) -> Any:
        values = list(_items(value, tuple, match))
        if len(values) != len(coercers):
            raise Mismatch(f"should be a tuple of {len(coercers)}", value=value)
        found = []
        for index, (one, item) in enumerate(zip(values, coercers, strict=True)):
            try:
                found.append(item(one, match))
            except Mismatch as error:
                raise error.within(f"[{index}]") from None
        return tuple(found)

    return coercer


def _dict(kind: Any, arguments: tuple[Any, ...]) -> Coercer:
    key, item = (coercer_of(arguments[0]), coercer_of(arguments[1])) if len(arguments) == 2 else (as_is, as_is)

    def coercer(value: Any, match: Match) -> Any:
        if not isinstance(value, collections.abc.Mapping):
            raise Mismatch("should be a dictionary", value=value)
        match.floor(EXACT if isinstance(value, dict) else LAX)
        found = {}
        for one, inner in value.items():
            try:
                found[one if key is as_is else key(one, match)] = inner if item is as_is else item(inner, match)
            except Mismatch as error:
                raise error.within(f"[{one!r}]") from None
        return found

    return coercer


def _special_dict(kind: Any, arguments: tuple[Any, ...]) -> Coercer:
    """A dictionary of a class of `collections`."""
    if kind is collections.Counter:
        arguments = (arguments[0] if arguments else Any, int)
    coercer = _dict(dict, arguments)
    factory = arguments[1] if kind is collections.defaultdict and len(arguments) == 2 else None
    make = typing.get_origin(factory) or factory

    def special(value: Any, match: Match) -> Any:
        found = coercer(value, match)
        match.floor(EXACT if isinstance(value, kind) else LAX)
        return kind(make if isinstance(make, type) else None, found) if make is not None else kind(found)

    return special


def _address(kind: Any, arguments: tuple[Any, ...]) -> Coercer:
    def coercer(value: Any, match: Match) -> Any:
        if isinstance(value, kind):
            return value
        match.floor(LAX)
        try:
            return kind(value)
        except (ValueError, TypeError):
            raise Mismatch(f"should be an {kind.__name__}", value=value) from None

    return coercer


class _Containers(dict[Any, Callable[[Any, tuple[Any, ...]], Coercer]]):
    """By class; those of a module that few programs use are found by its name."""

    def get(self, kind: Any, default: Any = None) -> Any:
        return _address if kind.__module__ == "ipaddress" else super().get(kind, default)


CONTAINERS = _Containers(
    {
        list: _list,
        set: _list,
        frozenset: _list,
        collections.deque: _deque,
        tuple: _tuple,
        dict: _dict,
        collections.OrderedDict: _special_dict,
        collections.defaultdict: _special_dict,
        collections.Counter: _special_dict,
        collections.abc.Mapping: _dict,
        collections.abc.MutableMapping: _dict,
        collections.abc.Set: _abstract_set,
        collections.abc.MutableSet: _abstract_set,
        collections.abc.Sequence: _sequence,
        collections.abc.MutableSequence: _mutable_sequence,
        collections.abc.Iterable: _iterable,
        collections.abc.Generator: _iterable,
    }
)


def _fields(kind: Any, names: Iterable[str]) -> dict[str, Coercer]:
    hints = typing.get_type_hints(kind, include_extras=True)
    return {name: coercer_of(hints.get(name, Any)) for name in names}


def _filled(kind: Any, coercers: dict[str, Coercer], value: Any, match: Match) -> dict[str, Any]:
    found = {}
    for name, inner in value.items():
        if name not in coercers:
            raise Mismatch(f"has no field {name!r} in {kind.__name__}", value=value)
        try:
            found[name] = coercers[name](inner, match)
        except Mismatch as error:
            raise error.within(f".{name}") from None
    return found


def dataclass(kind: Any) -> Coercer:
    """An instance, or a dictionary of its fields."""

    def coercer(value: Any, match: Match) -> Any:
        if isinstance(value, kind):
            return value
        match.floor(STRICT)
        if not isinstance(value, dict):
            raise Mismatch(f"should be a dictionary or an instance of {kind.__name__}", value=value)
        names = [name for name, one in kind.__dataclass_fields__.items() if one.init]
        if not all(isinstance(name, str) for name in value):
            raise Mismatch("should have names as keys", value=value)
        known = {name: item for name, item in value.items() if name in names}
        match.given(len(known))
        try:
            return kind(**_filled(kind, _fields(kind, names), known, match))
        except TypeError as error:
            raise Mismatch(f"does not fit {kind.__name__} ({error})", value=value) from None

    return coercer


def named_tuple(kind: Any) -> Coercer:
    """A sequence or dictionary of its fields."""

    def coercer(value: Any, match: Match) -> Any:
        match.floor(EXACT if isinstance(value, kind) else LAX)
        if not isinstance(value, dict):
            values = list(value) if isinstance(value, (list, tuple)) else None
            if values is None:
                raise Mismatch(f"should be a {kind.__name__}", value=value)
            if len(values) > len(kind._fields):
                raise Mismatch(f"should be a {kind.__name__} of {len(kind._fields)}", value=value)
            value = dict(zip(kind._fields, values, strict=False))
        try:
            return kind(**_filled(kind, _fields(kind, kind._fields), value, match))
        except TypeError as error:
            raise Mismatch(f"does not fit {kind.__name__} ({error})", value=value) from None

    return coercer


def typed_dict(kind: Any) -> Coercer:
    """A dictionary with the keys that the class names."""

    def coercer(value: Any, match: Match) -> Any:
        if not isinstance(value, collections.abc.Mapping):
            raise Mismatch("should be a dictionary", value=value)
        coercers = _fields(kind, kind.__annotations__)
        missing = sorted(kind.__required_keys__ - set(value))
        if missing:
            raise Mismatch(f"lacks {', '.join(missing)}", value=value)
        known = {name: item for name, item in value.items() if name in coercers}
        match.given(len(known))
        return _filled(kind, coercers, known, match)

    return coercer
