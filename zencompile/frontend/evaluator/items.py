"""Items: `owner[key]` read, set and deleted, and mappings that a `**` spreads."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from zencompile.frontend.evaluator.iteration import bounded, iterate
from zencompile.frontend.evaluator.plain import PLAIN, force, hashable, unwrap
from zencompile.frontend.evaluator.scopes import Frame
from zencompile.frontend.values import (
    MISSING,
    Class,
    Context,
    Descriptor,
    Generic,
    Instance,
    Lazy,
    NativeObject,
    Raised,
    Symbol,
    Unknown,
    Value,
    type_name,
)

if TYPE_CHECKING:
    from zencompile.frontend.evaluator.core import Evaluator


def get_item(ev: Evaluator, owner: Value, key: Value, node: ast.AST, frame: Frame) -> Value:
    """`owner[key]`."""
    if ev.uncertain_objects:
        owner = force(ev, owner, node, frame)
    kind = owner.__class__
    if kind is dict:
        return _dict_item(ev, owner, key, node, frame)
    if kind in (list, tuple, str, bytes, range):
        return _sequence_item(ev, owner, key, node, frame)
    if isinstance(owner, Lazy):
        return get_item(ev, force(ev, owner, node, frame), key, node, frame)
    if isinstance(owner, Unknown):
        return owner
    context = Context(ev, node, frame.module)
    if isinstance(owner, NativeObject):
        return owner.get_item(key, context)
    if isinstance(owner, (type, Symbol, Generic)) or (isinstance(owner, Class) and owner.kind != "enum"):
        hook = owner.lookup("__class_getitem__") if isinstance(owner, Class) else MISSING
        if hook is not MISSING:
            function = hook.function if isinstance(hook, Descriptor) else hook
            return ev.call_value(function, [owner, key], {}, context)
        if owner is object or (
            isinstance(owner, type) and issubclass(owner, (int, float, BaseException)) and owner is not type
        ):
            raise ev.raised(TypeError(f"type '{owner.__name__}' is not subscriptable"), node, frame)
        return Generic(owner, key if isinstance(key, tuple) else (key,))
    if isinstance(owner, Class):
        member = owner.members.get(force(ev, key, node, frame)) if isinstance(key, (str, Lazy)) else None
        if member is None:
            raise ev.raised(KeyError(key), node, frame)
        return member
    if isinstance(owner, Instance):
        return _instance_item(ev, owner, key, node, frame, context)
    plain = unwrap(owner)
    if plain is not owner:
        return get_item(ev, plain, key, node, frame)
    if type(owner) is bytearray:
        return _sequence_item(ev, owner, key, node, frame)
    raise ev.raised(TypeError(f"'{type_name(owner)}' object is not subscriptable"), node, frame)


def _dict_item(ev: Evaluator, owner: dict[Value, Value], key: Value, node: ast.AST, frame: Frame) -> Value:
    key = hashable(ev, key, node, frame)
    if isinstance(key, Unknown):
        return key
    try:
        return owner[key]
    except KeyError:
        for one in owner:
            if isinstance(one, Unknown):
                return one
        raise ev.raised(KeyError(key if type(key) in PLAIN else type_name(key)), node, frame) from None
    except Exception as error:
        raise ev.raised(error, node, frame) from None


def _sequence_item(ev: Evaluator, owner: Any, key: Value, node: ast.AST, frame: Frame) -> Value:
    key = unwrap(force(ev, key, node, frame))
    if isinstance(key, Unknown):
        return key
    try:
        return owner[key]
    except Exception as error:
        if type(owner) is list and owner and isinstance(owner[-1], Unknown):
            return owner[-1]
        if not isinstance(error, (IndexError, ValueError)):
            text = f"{type_name(owner)} indices must be integers or slices, not {type_name(key)}"
            error = TypeError(text)
        raise ev.raised(error, node, frame) from None


def _instance_item(ev: Evaluator, owner: Instance, key: Value, node: ast.AST, frame: Frame, context: Context) -> Value:
    special = owner.class_.lookup("__getitem__")
    if special is not MISSING:
        return ev.call_value(special, [owner, key], {}, context)
    if owner.native is not MISSING:
        if isinstance(owner.native, dict):
            missing = owner.class_.lookup("__missing__")
            if missing is not MISSING and hashable(ev, key, node, frame) not in owner.native:
                return ev.call_value(missing, [owner, key], {}, context)
        return get_item(ev, owner.native, key, node, frame)
    if owner.class_.kind == "namedtuple":
        return get_item(ev, tuple(owner.attributes.values()), key, node, frame)
    if owner.class_.is_open:
        return context.unknown(f"an item of a `{owner.class_.name}`, whose base is not read")
    raise ev.raised(TypeError(f"'{owner.class_.name}' object is not subscriptable"), node, frame)


def set_item(ev: Evaluator, owner: Value, key: Value, value: Value, node: ast.AST, frame: Frame) -> None:
    owner = force(ev, owner, node, frame)
    key = force(ev, key, node, frame)
    if isinstance(owner, (Unknown, Symbol)):
        return
    kind = type(owner)
    context = Context(ev, node, frame.module)
    if kind is dict:
        key = hashable(ev, key, node, frame)
        if isinstance(key, Unknown):
            ev.mark_uncertain(owner, key)
            return
        ev.touch(owner)
        owner[key] = value
    elif kind in (list, bytearray):
        _set_sequence_item(ev, owner, key, value, node, frame)
    elif isinstance(owner, NativeObject):
        owner.set_item(key, value, context)
    elif isinstance(owner, Instance):
        special = owner.class_.lookup("__setitem__")
        if special is not MISSING:
            ev.call_value(special, [owner, key, value], {}, context)
        elif owner.native is not MISSING:
            set_item(ev, owner.native, key, value, node, frame)
        elif not owner.class_.is_open:
            text = f"'{owner.class_.name}' object does not support item assignment"
            raise ev.raised(TypeError(text), node, frame)
    else:
        text = f"'{type_name(owner)}' object does not support item assignment"
        raise ev.raised(TypeError(text), node, frame)


def _set_sequence_item(ev: Evaluator, owner: Any, key: Value, value: Value, node: ast.AST, frame: Frame) -> None:
    if isinstance(key, Unknown):
        ev.touch(owner)
        owner[:] = [key] * len(owner)
        return
    if isinstance(key, slice):
        items = iterate(ev, value, node, frame)
        if isinstance(items, Unknown):
            ev.mark_uncertain(owner, items)
            return
        value = bounded(ev, items, node, frame)
    ev.touch(owner)
    try:
        owner[key] = value
    except Exception as error:
        raise ev.raised(error, node, frame) from None


def delete_item(ev: Evaluator, owner: Value, key: Value, node: ast.AST, frame: Frame) -> None:
    owner, key = force(ev, owner, node, frame), force(ev, key, node, frame)
    if isinstance(owner, Instance):
        special = owner.class_.lookup("__delitem__")
        if special is not MISSING:
            ev.call_value(special, [owner, key], {}, Context(ev, node, frame.module))
            return
        owner = unwrap(owner)
    if isinstance(owner, NativeObject):
        owner.delete_item(key, Context(ev, node, frame.module))
        return
    if type(owner) in (list, dict, bytearray):
        if isinstance(key, Unknown):
            ev.mark_uncertain(owner, key)
            return
        ev.touch(owner)
        try:
            del owner[key]
        except Exception as error:
            raise ev.raised(error, node, frame) from None
    elif type(owner) in PLAIN and type(owner) not in (list, dict, bytearray):
        text = f"'{type_name(owner)}' object doesn't support item deletion"
        raise ev.raised(TypeError(text), node, frame)


def as_mapping(ev: Evaluator, value: Value, node: ast.AST, frame: Frame) -> dict[Value, Value] | Unknown:
    """What `**value` spreads."""
    value = force(ev, value, node, frame)
    if isinstance(value, dict):
        return value
    if isinstance(value, Unknown):
        return value
    if isinstance(value, Instance) and isinstance(value.native, dict):
        return value.native
    context = Context(ev, node, frame.module)
    if isinstance(value, Symbol):
        return context.unknown(f"what `{value.path}`, which is not read, holds")
    if isinstance(value, (NativeObject, Instance)):
        try:
            keys = context.call(context.get_attribute(value, "keys"))
            items = iterate(ev, keys, node, frame)
            if isinstance(items, Unknown):
                return items
            return {key: get_item(ev, value, key, node, frame) for key in bounded(ev, items, node, frame)}
        except Raised as raised:
            if not isinstance(raised.value, AttributeError):
                raise
    raise ev.raised(TypeError(f"'{type_name(value)}' object is not a mapping"), node, frame)
