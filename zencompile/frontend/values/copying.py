"""Copies of data, and pictures of them to see later whether they have changed."""

from __future__ import annotations

from typing import Any

from zencompile.frontend.values.base import MISSING, Context, NativeObject, Value
from zencompile.frontend.values.classes import Instance


def copy_value(value: Value, deep: bool, memo: dict[int, Value], c: Context | None = None) -> Value:
    """`copy.copy` and `copy.deepcopy`; with a context, by the program's own `__copy__` and `__deepcopy__`."""
    if id(value) in memo:
        return memo[id(value)]
    kind = type(value)
    if kind is list:
        made: Any = memo.setdefault(id(value), [])
        made.extend(copy_value(v, deep, memo, c) if deep else v for v in value)
        return made
    if kind is dict:
        made = memo.setdefault(id(value), {})
        made.update({copy_value(k, deep, memo, c): copy_value(v, deep, memo, c) for k, v in value.items()}
                    if deep else value)  # fmt: skip
        return made
    if kind is tuple and deep:
        items = tuple(copy_value(v, deep, memo, c) for v in value)
        return value if all(a is b for a, b in zip(items, value, strict=True)) else items
    if kind is set:
        return {copy_value(v, deep, memo, c) for v in value} if deep else set(value)
    if kind is bytearray:
        return bytearray(value)
    if isinstance(value, Instance):
        return _copied_instance(value, deep, memo, c)
    own = getattr(value, "copied", None)
    if own is not None and isinstance(value, NativeObject):
        return memo.setdefault(id(value), own(deep))
    return value


def _copied_instance(value: Instance, deep: bool, memo: dict[int, Value], c: Context | None) -> Value:
    special = value.class_.lookup("__deepcopy__" if deep else "__copy__")
    if special is not MISSING and c is not None:
        return memo.setdefault(id(value), c.call(special, [value, {}] if deep else [value]))
    if c is not None and any(value.class_.lookup(name) is not MISSING for name in _PICKLING):
        return c.unknown(f"the copy of a `{value.class_.name}`, which says itself how it is copied")
    made = memo.setdefault(id(value), Instance(value.class_))
    for name in ("attributes", "keywords"):
        source = getattr(value, name)
        getattr(made, name).update({k: copy_value(v, deep, memo, c) if deep else v for k, v in source.items()})
    made.native = copy_value(value.native, deep, memo, c)
    made.recipe = value.recipe
    return made


_PICKLING = ("__reduce__", "__reduce_ex__", "__getstate__", "__setstate__", "__getnewargs__", "__getnewargs_ex__")


def picture(value: Value, seen: dict[int, int] | None = None) -> Any:
    """What is the same as before, by `==`, as long as nothing inside of a value has changed."""
    seen = {} if seen is None else seen
    kind = type(value)
    inside: Any = None
    if kind is dict:
        inside = [*value, *value.values()]
    elif kind in (list, tuple):
        inside = value
    elif isinstance(value, Instance):
        inside = [value.class_, *value.attributes, *value.attributes.values(), value.native]
    elif isinstance(value, NativeObject) and value.is_changeable and hasattr(value, "__dict__"):
        inside = [*value.__dict__, *value.__dict__.values()]
    if inside is None:
        return kind, bytes(value) if kind is bytearray else frozenset(value) if kind is set else value
    if id(value) in seen:
        return kind, seen[id(value)]
    seen[id(value)] = len(seen)
    return kind, [picture(item, seen) for item in inside]
