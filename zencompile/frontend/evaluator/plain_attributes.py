"""Attributes of plain data and of Python's own types: `path.name`, `str.lower`, `dict.fromkeys`, `datetime.now`."""

from __future__ import annotations

import ast
import datetime
import functools
import pathlib
from typing import TYPE_CHECKING, Any

from zencompile.frontend.evaluator import text
from zencompile.frontend.evaluator.dunders import BY_BUILTIN, BY_OPERATOR, plain_dunder
from zencompile.frontend.evaluator.instances import base_init, make_native
from zencompile.frontend.evaluator.iteration import bounded
from zencompile.frontend.evaluator.methods import RECEIVERS, SPECIAL, call
from zencompile.frontend.evaluator.plain import PLAIN, hashable
from zencompile.frontend.evaluator.pure import call_pure
from zencompile.frontend.evaluator.scopes import Frame
from zencompile.frontend.values import MISSING, Class, Context, Instance, NativeFunction, Unknown, Value

if TYPE_CHECKING:
    from zencompile.frontend.evaluator.core import Evaluator


def plain_attribute(ev: Evaluator, value: Value, name: str, node: ast.AST, frame: Frame) -> Value:
    """`value.name` for plain data and builtin types; MISSING if there is no such thing."""
    context = Context(ev, node, frame.module)
    if isinstance(value, type):
        return _type_attribute(ev, value, name, context)
    kind = type(value)
    if isinstance(value, pathlib.PurePath):
        from zencompile.frontend.stdlib import paths

        return paths.path_attribute(value, name, context)
    if isinstance(value, BaseException):
        return _exception_attribute(value, name)
    if kind not in PLAIN:
        return context.unknown(f"`{name}` of this value")
    if name.startswith("_"):
        return plain_dunder(ev, value, name, context)
    if kind in RECEIVERS:
        known = name in SPECIAL.get(kind, {}) or hasattr(kind, name)
        if not known:
            return MISSING
        found = getattr(kind, name, None)
        if not callable(found):
            return getattr(value, name)
        return NativeFunction(name, lambda a, k, c: call(ev, value, name, a, k, c.node, ev._frame(c)))
    if not hasattr(value, name):
        return MISSING
    if kind in (datetime.datetime, datetime.date, datetime.time, datetime.timedelta, datetime.timezone):
        return _date_attribute(ev, value, name)
    found = getattr(value, name)
    if callable(found):
        if kind is bytearray:
            return NativeFunction(name, lambda a, k, c: _bytearray(ev, value, name, a, k, c))
        return NativeFunction(name, lambda a, k, c: call_pure(ev, found, a, k, c, name, value))
    return found


def _bytearray(ev: Evaluator, value: bytearray, name: str, a: list[Value], k: dict[str, Value], c: Context) -> Value:
    ev.touch(value)
    return call_pure(ev, getattr(value, name), a, k, c, name, value)


def _date_attribute(ev: Evaluator, value: Any, name: str) -> Value:
    found = getattr(value, name)
    if not callable(found):
        return found
    if name in ("timestamp", "astimezone", "timetuple") and getattr(value, "tzinfo", None) is None:
        return NativeFunction(name, lambda a, k, c: c.unknown("a time that depends on the machine's time zone"))
    return NativeFunction(name, lambda a, k, c: call_pure(ev, found, a, k, c, name, value))


def _exception_attribute(value: BaseException, name: str) -> Value:
    if name in (
        "args",
        "code",
        "errno",
        "strerror",
        "filename",
        "name",
        "value",
        "msg",
        "obj",
        "doc",
        "pos",
        "lineno",
        "colno",
    ):
        return getattr(value, name, MISSING)
    if name in ("__cause__", "__context__", "__traceback__", "__notes__"):
        return None
    if name == "__class__":
        return type(value)
    if name == "__dict__":
        return {}
    if name in ("with_traceback", "add_note"):
        return NativeFunction(name, lambda a, k, c: value)
    if name == "__str__":
        return NativeFunction(name, lambda a, k, c: text.to_text(c.evaluator, value, c.node, c.evaluator._frame(c)))
    return MISSING


_NOT_STABLE = frozenset({"now", "today", "utcnow"})


def _type_attribute(ev: Evaluator, value: type, name: str, context: Context) -> Value:
    if name in ("__name__", "__qualname__"):
        return "Path" if issubclass(value, pathlib.PurePath) else value.__name__
    if name == "__module__":
        return value.__module__
    if name == "__doc__":
        return value.__doc__
    if name in ("__mro__", "__bases__"):
        return value.__mro__ if name == "__mro__" else value.__bases__
    if name == "__new__":
        return NativeFunction(name, lambda a, k, c: _new(ev, value, a, k, c))
    if name == "__init__":
        return NativeFunction(name, _base_init)
    if name in ("__setattr__", "__getattribute__"):
        return NativeFunction(name, lambda a, k, c: _raw(ev, a, c))
    if issubclass(value, pathlib.PurePath):
        from zencompile.frontend.stdlib import paths

        return paths.class_attribute(value, name, context)
    if issubclass(value, datetime.date) and name in _NOT_STABLE:
        return NativeFunction(name, lambda a, k, c: c.unknown("the present time"))
    if name in ("fromtimestamp", "utcfromtimestamp") and issubclass(value, datetime.date):
        return NativeFunction(name, lambda a, k, c: _from_timestamp(ev, value, name, a, k, c))
    if value is dict and name == "fromkeys":
        return NativeFunction(name, lambda a, k, c: _fromkeys(ev, a, c))
    if value not in PLAIN and not issubclass(value, BaseException):
        return context.unknown(f"`{value.__name__}.{name}`") if hasattr(value, name) else MISSING
    if name.startswith("_") and name not in BY_BUILTIN and name not in BY_OPERATOR:
        return context.unknown(f"`{value.__name__}.{name}`") if hasattr(value, name) else MISSING
    found = value.__dict__.get(name)
    if found is None:
        found = next((b.__dict__[name] for b in value.__mro__ if name in b.__dict__), None)
    if found is None:
        return MISSING
    if isinstance(found, (classmethod, staticmethod)) or type(found).__name__ == "classmethod_descriptor":
        return NativeFunction(name, functools.partial(_class_call, ev, getattr(value, name), name))
    if callable(found):
        return NativeFunction(name, lambda a, k, c: _unbound(ev, name, a, k, c))
    plain = getattr(value, name)
    return plain if type(plain) in PLAIN else context.unknown(f"`{value.__name__}.{name}`")


def _class_call(ev: Evaluator, function: Any, name: str, a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return call_pure(ev, function, a, k, c, name)


def _unbound(ev: Evaluator, name: str, a: list[Value], k: dict[str, Value], c: Context) -> Value:
    if not a:
        raise c.raise_(TypeError(f"unbound method {name}() needs an argument"))
    return c.call(c.get_attribute(c.force(a[0]), name), a[1:], k)


def _new(ev: Evaluator, value: type, a: list[Value], k: dict[str, Value], c: Context) -> Value:
    if a and isinstance(a[0], Class):
        made = Instance(a[0])
        make_native(ev, made, a[1:], k, c)
        return made
    return c.call(value, a[1:], k)


def _base_init(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    if a and isinstance(a[0], Instance):
        if a[0].class_.kind == "exception":
            a[0].attributes["args"] = tuple(a[1:])
        elif a[0].native is not MISSING:
            base_init(c.evaluator, a[0], a[1:], k, c)
    return None


def _raw(ev: Evaluator, a: list[Value], c: Context) -> Value:
    if len(a) >= 2 and isinstance(a[0], Instance):
        if len(a) == 3:
            ev.touch(a[0])
            a[0].attributes[a[1]] = a[2]
            return None
        return a[0].attributes.get(a[1], None)
    return None


def _from_timestamp(ev: Evaluator, value: Any, name: str, a: list[Value], k: dict[str, Value], c: Context) -> Value:
    if name == "utcfromtimestamp" or len(a) > 1 or "tz" in k:
        return call_pure(ev, getattr(value, name), a, k, c, name)
    return c.unknown("a time that depends on the machine's time zone")


def _fromkeys(ev: Evaluator, a: list[Value], c: Context) -> Value:
    items = c.iterate(a[0]) if a else iter(())
    if isinstance(items, Unknown):
        return items
    frame = ev._frame(c)
    value = a[1] if len(a) > 1 else None
    return {hashable(ev, item, c.node, frame): value for item in bounded(ev, items, c.node, frame)}
