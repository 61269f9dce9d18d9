"""What annotations of containers make of a value: pydantic's lax rules for them."""

from __future__ import annotations

import collections
import collections.abc
import typing
from collections.abc import Callable, Iterable
from typing import Any

from zencompile_runtime.values.coerce import Coercer, as_is, coercer_of
from zencompile_runtime.values.mismatch import Mismatch

_LISTS = (list, tuple, set, frozenset, collections.deque)


def _items(value: Any, what: str) -> Iterable[Any]:
    if isinstance(value, _LISTS) or type(value).__name__ in (
        "dict_keys",
        "dict_values",
        "dict_items",
        "generator",
        "range",
    ):
        return value  # type: ignore[no-any-return]
    raise Mismatch(f"should be {what}")


def _each(values: Iterable[Any], item: Coercer) -> list[Any]:
    if item is as_is:
        return list(values)
    found = []
    for index, value in enumerate(values):
        try:
            found.append(item(value))
        except Mismatch as error:
            raise error.within(f"[{index}]") from None
    return found


def _list(kind: Any, arguments: tuple[Any, ...]) -> Coercer:
    item = coercer_of(arguments[0]) if arguments else as_is
    build = {list: list, set: set, frozenset: frozenset, collections.deque: collections.deque}[kind]

    def coercer(value: Any) -> Any:
        if item is as_is and type(value) is kind:
            return value
        try:
            return build(_each(_items(value, f"a {kind.__name__}"), item))
        except TypeError as error:  # unhashable
            raise Mismatch(f"should be a {kind.__name__} ({error})") from None

    return coercer


def _sequence(kind: Any, arguments: tuple[Any, ...]) -> Coercer:
    item = coercer_of(arguments[0]) if arguments else as_is

    def coercer(value: Any) -> Any:
        if not isinstance(value, kind) or isinstance(value, (str, bytes, bytearray)):
            raise Mismatch("should be a sequence")
        if item is as_is:
            return value
        found = _each(value, item)
        return found if type(value) not in (tuple, set, frozenset, collections.deque) else type(value)(found)

    return coercer


def _iterable(kind: Any, arguments: tuple[Any, ...]) -> Coercer:
    """Pydantic gives an iterator that validates on the way; here it is a list, which may be gone through again."""
    item = coercer_of(arguments[0]) if arguments else as_is

    def coercer(value: Any) -> Any:
        if not isinstance(value, collections.abc.Iterable):
            raise Mismatch("should be something to iterate over")
        return value if item is as_is else _each(value, item)

    return coercer


def _tuple(kind: Any, arguments: tuple[Any, ...]) -> Coercer:
    if not arguments or (len(arguments) == 2 and arguments[1] is Ellipsis):
        item = coercer_of(arguments[0]) if arguments else as_is
        return lambda value: tuple(_each(_items(value, "a tuple"), item))
    coercers = [coercer_of(argument) for argument in arguments if argument != ()]

    def coercer(value: Any) -> Any:
        values = list(_items(value, "a tuple"))
        if len(values) != len(coercers):
            raise Mismatch(f"should be a tuple of {len(coercers)}")
        return tuple(_each([one], item)[0] for one, item in zip(values, coercers, strict=True))

    return coercer


def _dict(kind: Any, arguments: tuple[Any, ...]) -> Coercer:
    key, item = (coercer_of(arguments[0]), coercer_of(arguments[1])) if len(arguments) == 2 else (as_is, as_is)

    def coercer(value: Any) -> Any:
        if not isinstance(value, collections.abc.Mapping):
            raise Mismatch("should be a dictionary")
        if key is as_is and item is as_is:
            return value if isinstance(value, dict) else dict(value)
        found = {}
        for one, inner in value.items():
            try:
                found[key(one)] = item(inner)
            except Mismatch as error:
                raise error.within(f"[{one!r}]") from None
        return found

    return coercer


def _built(kind: Any, arguments: tuple[Any, ...]) -> Coercer:
    """A dictionary of a class that is made of one; a Counter's values are integers."""
    if kind is collections.Counter:
        arguments = (arguments[0] if arguments else Any, int)
    coercer = _dict(dict, arguments)

    def build(value: Any) -> Any:
        found = coercer(value)
        return found if type(found) is kind else kind(found)

    return build


CONTAINERS: dict[Any, Callable[[Any, tuple[Any, ...]], Coercer]] = {
    list: _list,
    set: _list,
    frozenset: _list,
    collections.deque: _list,
    tuple: _tuple,
    dict: _dict,
    collections.OrderedDict: _built,
    collections.Counter: _built,
    collections.abc.Mapping: _dict,
    collections.abc.MutableMapping: _dict,
    collections.abc.Sequence: _sequence,
    collections.abc.Collection: _sequence,
    collections.abc.Iterable: _iterable,
}


def _fields(kind: Any, names: Iterable[str]) -> dict[str, Coercer]:
    hints = typing.get_type_hints(kind, include_extras=True)
    return {name: coercer_of(hints.get(name, Any)) for name in names}


def _filled(kind: Any, coercers: dict[str, Coercer], value: Any) -> dict[str, Any]:
    found = {}
    for name, inner in value.items():
        if name not in coercers:
            raise Mismatch(f"has no field {name!r} in {kind.__name__}")
        try:
            found[name] = coercers[name](inner)
        except Mismatch as error:
            raise error.within(f".{name}") from None
    return found


def dataclass(kind: Any) -> Coercer:
    """An instance, or a dictionary of its fields."""

    def coercer(value: Any) -> Any:
        if isinstance(value, kind):
            return value
        if not isinstance(value, dict):
            raise Mismatch(f"should be a dictionary or an instance of {kind.__name__}")
        names = [name for name, one in kind.__dataclass_fields__.items() if one.init]
        try:
            return kind(**_filled(kind, _fields(kind, names), value))
        except TypeError as error:
            raise Mismatch(f"does not fit {kind.__name__} ({error})") from None

    return coercer


def named_tuple(kind: Any) -> Coercer:
    """A sequence or dictionary of its fields."""

    def coercer(value: Any) -> Any:
        if not isinstance(value, dict):
            value = dict(zip(kind._fields, _items(value, f"a {kind.__name__}"), strict=False))
        try:
            return kind(**_filled(kind, _fields(kind, kind._fields), value))
        except TypeError as error:
            raise Mismatch(f"does not fit {kind.__name__} ({error})") from None

    return coercer


def typed_dict(kind: Any) -> Coercer:
    """A dictionary with the keys that the class names."""

    def coercer(value: Any) -> Any:
        if not isinstance(value, collections.abc.Mapping):
            raise Mismatch("should be a dictionary")
        coercers = _fields(kind, kind.__annotations__)
        missing = sorted(kind.__required_keys__ - set(value))
        if missing:
            raise Mismatch(f"lacks {', '.join(missing)}")
        return _filled(kind, coercers, {name: item for name, item in value.items() if name in coercers})

    return coercer
