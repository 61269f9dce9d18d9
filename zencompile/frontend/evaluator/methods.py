"""Methods of plain data. Those that store values keep them as they are; those that compute get plain data."""

from __future__ import annotations

import ast
import datetime
import functools
import pathlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zencompile.frontend.evaluator import arithmetic, comparison, sorting, text
from zencompile.frontend.evaluator.items import as_mapping, delete_item, get_item, set_item
from zencompile.frontend.evaluator.iteration import Generator, bounded
from zencompile.frontend.evaluator.plain import LARGEST, PLAIN, SCALARS, hashable, plain, unwrap
from zencompile.frontend.evaluator.scopes import Frame
from zencompile.frontend.evaluator.typechecks import type_of
from zencompile.frontend.values import (
    MISSING,
    Context,
    EnumMember,
    Instance,
    NativeFunction,
    NativeObject,
    Unknown,
    Value,
    type_name,
)

if TYPE_CHECKING:
    from zencompile.frontend.evaluator.core import Evaluator

RECEIVERS = frozenset({str, list, dict, set, frozenset, tuple, int, float, bytes, bool, complex})
"""Types whose methods are called without making a bound method first."""

Method = Callable[["Evaluator", Any, list[Value], dict[str, Value], Context], Value]


def call(
    ev: Evaluator,
    receiver: Value,
    name: str,
    arguments: list[Value],
    keywords: dict[str, Value],
    node: ast.AST,
    frame: Frame,
) -> Value:
    """`receiver.name(…)` on plain data."""
    kind = type(receiver)
    context = Context(ev, node, frame.module)
    special = SPECIAL.get(kind)
    method = special.get(name) if special is not None else None
    if method is not None:
        _check_count(kind, name, arguments, context)
        return method(ev, receiver, arguments, keywords, context)
    if name.startswith("_"):
        found = _dunder(ev, receiver, name, context)
        if found is not MISSING:
            return context.call(found, arguments, keywords)
    if name.startswith("_") or not hasattr(kind, name):
        text_ = f"'{kind.__name__}' object has no attribute '{name}'"
        raise context.raise_(AttributeError(text_))
    return pure(ev, getattr(receiver, name), arguments, keywords, context, name, receiver)


_COUNTS: dict[tuple[type, str], tuple[int, int]] = {
    (list, "append"): (1, 1), (list, "extend"): (1, 1), (list, "insert"): (2, 2), (list, "pop"): (0, 1),
    (list, "remove"): (1, 1), (list, "index"): (1, 3), (list, "count"): (1, 1), (list, "clear"): (0, 0),
    (list, "copy"): (0, 0), (list, "reverse"): (0, 0), (tuple, "index"): (1, 3), (tuple, "count"): (1, 1),
    (dict, "get"): (1, 2), (dict, "setdefault"): (1, 2), (dict, "pop"): (1, 2), (dict, "popitem"): (0, 0),
    (dict, "keys"): (0, 0), (dict, "values"): (0, 0), (dict, "items"): (0, 0), (dict, "clear"): (0, 0),
    (dict, "copy"): (0, 0), (dict, "update"): (0, 1), (set, "add"): (1, 1), (set, "discard"): (1, 1),
    (set, "remove"): (1, 1), (str, "join"): (1, 1), (str, "format_map"): (1, 1),
}  # fmt: skip


def _check_count(kind: type, name: str, arguments: list[Value], context: Context) -> None:
    low, high = _COUNTS.get((kind, name), (0, 1000))
    if not low <= len(arguments) <= high:
        expected = f"{low}" if low == high else f"from {low} to {high}"
        text_ = f"{kind.__name__}.{name}() takes {expected} argument(s) ({len(arguments)} given)"
        raise context.raise_(TypeError(text_))


def pure(
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


# attributes of plain data that are not called at once


def attribute(ev: Evaluator, value: Value, name: str, node: ast.AST, frame: Frame) -> Value:
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
        return _dunder(ev, value, name, context)
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
        return NativeFunction(name, lambda a, k, c: pure(ev, found, a, k, c, name, value))
    return found


def _bytearray(ev: Evaluator, value: bytearray, name: str, a: list[Value], k: dict[str, Value], c: Context) -> Value:
    ev.touch(value)
    return pure(ev, getattr(value, name), a, k, c, name, value)


def _date_attribute(ev: Evaluator, value: Any, name: str) -> Value:
    found = getattr(value, name)
    if not callable(found):
        return found
    if name in ("timestamp", "astimezone", "timetuple") and getattr(value, "tzinfo", None) is None:
        return NativeFunction(name, lambda a, k, c: c.unknown("a time that depends on the machine's time zone"))
    return NativeFunction(name, lambda a, k, c: pure(ev, found, a, k, c, name, value))


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


_DUNDERS = {
    "__len__": "len", "__str__": "str", "__repr__": "repr", "__iter__": "iter", "__hash__": "hash", "__bool__": "bool",
    "__abs__": "abs", "__int__": "int", "__float__": "float", "__reversed__": "reversed", "__format__": "format",
}  # fmt: skip
_OPERATORS = {
    f"__{method}__": sign for sign, method in (
        (ast.Add, "add"), (ast.Sub, "sub"), (ast.Mult, "mul"), (ast.Div, "truediv"), (ast.FloorDiv, "floordiv"),
        (ast.Mod, "mod"), (ast.Pow, "pow"), (ast.BitOr, "or"), (ast.BitAnd, "and"), (ast.BitXor, "xor"))
}  # fmt: skip


def _dunder(ev: Evaluator, value: Value, name: str, context: Context) -> Value:
    from zencompile.frontend.evaluator import builtins

    if name == "__class__":
        return type_of(ev, value)
    if name == "__doc__":
        return type(value).__doc__
    if name in _DUNDERS:
        function = builtins.BUILTINS[_DUNDERS[name]]
        return NativeFunction(name, lambda a, k, c: c.call(function, [value, *a]))
    if name in _OPERATORS:
        return NativeFunction(
            name, lambda a, k, c: arithmetic.binary(ev, _OPERATORS[name], value, a[0], c.node, ev._frame(c))
        )
    if name in ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"):
        sign = {"__eq__": "==", "__ne__": "!=", "__lt__": "<", "__le__": "<=", "__gt__": ">", "__ge__": ">="}[name]
        return NativeFunction(
            name, lambda a, k, c: comparison.compare_values(ev, sign, value, a[0], c.node, ev._frame(c))
        )
    if name == "__contains__":
        return NativeFunction(name, lambda a, k, c: comparison.contains(ev, value, a[0], c.node, ev._frame(c)))
    if name == "__getitem__":
        return NativeFunction(name, lambda a, k, c: get_item(ev, value, a[0], c.node, ev._frame(c)))
    if name == "__setitem__":
        return NativeFunction(name, lambda a, k, c: set_item(ev, value, a[0], a[1], c.node, ev._frame(c)))
    if name == "__delitem__":
        return NativeFunction(name, lambda a, k, c: delete_item(ev, value, a[0], c.node, ev._frame(c)))
    if name == "__dict__":
        return MISSING
    if name == "__init__":
        return NativeFunction(name, lambda a, k, c: None)
    return MISSING


# classes of Python itself: `str.lower`, `dict.fromkeys`, `datetime.now`

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
    if name.startswith("_") and name not in _DUNDERS and name not in _OPERATORS:
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
    return pure(ev, function, a, k, c, name)


def _unbound(ev: Evaluator, name: str, a: list[Value], k: dict[str, Value], c: Context) -> Value:
    if not a:
        raise c.raise_(TypeError(f"unbound method {name}() needs an argument"))
    return c.call(c.get_attribute(c.force(a[0]), name), a[1:], k)


def _new(ev: Evaluator, value: type, a: list[Value], k: dict[str, Value], c: Context) -> Value:
    from zencompile.frontend.evaluator import builtins, instances
    from zencompile.frontend.values import Class

    if a and isinstance(a[0], Class):
        made = Instance(a[0])
        instances._native_part(ev, made, a[1:], k, c)
        return made
    return builtins.construct(ev, value, a[1:], k, c.node, ev._frame(c))


def _base_init(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    if a and isinstance(a[0], Instance):
        if a[0].class_.kind == "exception":
            a[0].attributes["args"] = tuple(a[1:])
        elif a[0].native is not MISSING:
            from zencompile.frontend.evaluator import instances

            instances.base_init(c.evaluator, a[0], a[1:], k, c)
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
        return pure(ev, getattr(value, name), a, k, c, name)
    return c.unknown("a time that depends on the machine's time zone")


def _fromkeys(ev: Evaluator, a: list[Value], c: Context) -> Value:
    items = c.iterate(a[0]) if a else iter(())
    if isinstance(items, Unknown):
        return items
    frame = ev._frame(c)
    value = a[1] if len(a) > 1 else None
    return {hashable(ev, item, c.node, frame): value for item in bounded(ev, items, c.node, frame)}


# methods that keep values as they are


def _items(ev: Evaluator, value: Value, c: Context) -> list[Value] | Unknown:
    items = c.iterate(value)
    return items if isinstance(items, Unknown) else bounded(ev, items, c.node, ev._frame(c))


def _key(ev: Evaluator, value: Value, c: Context) -> Value:
    return hashable(ev, value, c.node, ev._frame(c))


def _list_append(ev: Evaluator, r: list[Value], a: list[Value], k: dict[str, Value], c: Context) -> None:
    if ev.journals:
        ev.touch(r)
    r.append(a[0])


def _list_extend(ev: Evaluator, r: list[Value], a: list[Value], k: dict[str, Value], c: Context) -> None:
    items = _items(ev, a[0], c)
    ev.touch(r)
    r.extend([items] if isinstance(items, Unknown) else items)


def _list_insert(ev: Evaluator, r: list[Value], a: list[Value], k: dict[str, Value], c: Context) -> None:
    ev.touch(r)
    index = c.force(a[0])
    try:
        r.insert(len(r) if isinstance(index, Unknown) else index, a[1])
    except TypeError as error:
        raise c.raise_(error) from None


def _list_pop(ev: Evaluator, r: list[Value], a: list[Value], k: dict[str, Value], c: Context) -> Value:
    ev.touch(r)
    index = c.force(a[0]) if a else -1
    if isinstance(index, Unknown):
        return index
    try:
        return r.pop(index)
    except Exception as error:
        raise c.raise_(error) from None


def _position(ev: Evaluator, r: Any, value: Value, c: Context, bounds: list[Value]) -> int | Unknown:
    frame = ev._frame(c)
    start, stop, _ = slice(*bounds, *[None] * (2 - len(bounds))).indices(len(r)) if bounds else (0, len(r), 1)
    for index in range(start, stop):
        same = (
            True
            if r[index] is value
            else comparison.truth(
                ev, comparison.compare_values(ev, "==", r[index], value, c.node, frame), c.node, frame
            )
        )
        if same is True:
            return index
        if isinstance(same, Unknown):
            return same
    return -1


def _list_index(ev: Evaluator, r: Any, a: list[Value], k: dict[str, Value], c: Context) -> Value:
    bounds = [c.force(x) for x in a[1:]]
    if any(not isinstance(b, int) for b in bounds):
        return next((b for b in bounds if isinstance(b, Unknown)), c.unknown("a position"))
    at = _position(ev, r, c.force(a[0]), c, bounds)
    if at == -1:
        shown = text.to_repr(ev, a[0], c.node, ev._frame(c))
        raise c.raise_(ValueError(f"{shown} is not in {'tuple' if type(r) is tuple else 'list'}"))
    return at


def _list_remove(ev: Evaluator, r: list[Value], a: list[Value], k: dict[str, Value], c: Context) -> Value:
    at = _position(ev, r, c.force(a[0]), c, [])
    if isinstance(at, Unknown):
        return None
    if at == -1:
        raise c.raise_(ValueError("list.remove(x): x not in list"))
    ev.touch(r)
    del r[at]
    return None


def _list_count(ev: Evaluator, r: Any, a: list[Value], k: dict[str, Value], c: Context) -> Value:
    frame = ev._frame(c)
    count = 0
    for item in r:
        same = comparison.truth(ev, comparison.compare_values(ev, "==", item, a[0], c.node, frame), c.node, frame)
        if isinstance(same, Unknown):
            return same
        count += same
    return count


def _list_sort(ev: Evaluator, r: list[Value], a: list[Value], k: dict[str, Value], c: Context) -> None:
    done = sorting.sort(ev, list(r), k, c)
    ev.touch(r)
    r[:] = [done] * len(r) if isinstance(done, Unknown) else done


def _clear(ev: Evaluator, r: Any, a: list[Value], k: dict[str, Value], c: Context) -> None:
    ev.touch(r)
    r.clear()


def _copy(ev: Evaluator, r: Any, a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return r.copy()


def _reverse(ev: Evaluator, r: list[Value], a: list[Value], k: dict[str, Value], c: Context) -> None:
    ev.touch(r)
    r.reverse()


def _dict_get(ev: Evaluator, r: dict[Value, Value], a: list[Value], k: dict[str, Value], c: Context) -> Value:
    key = _key(ev, a[0], c)
    if isinstance(key, Unknown):
        return key
    if key in r:
        return r[key]
    return next((x for x in r if isinstance(x, Unknown)), a[1] if len(a) > 1 else k.get("default"))


def _dict_setdefault(ev: Evaluator, r: dict[Value, Value], a: list[Value], k: dict[str, Value], c: Context) -> Value:
    key = _key(ev, a[0], c)
    ev.touch(r)
    return r.setdefault(key, a[1] if len(a) > 1 else None)


def _dict_pop(ev: Evaluator, r: dict[Value, Value], a: list[Value], k: dict[str, Value], c: Context) -> Value:
    key = _key(ev, a[0], c)
    ev.touch(r)
    if key in r:
        return r.pop(key)
    unknown = next((x for x in [key, *r] if isinstance(x, Unknown)), None)
    if unknown is not None:
        return unknown
    if len(a) > 1:
        return a[1]
    raise c.raise_(KeyError(key if type(key) in PLAIN else str(key)))


def _dict_popitem(ev: Evaluator, r: dict[Value, Value], a: list[Value], k: dict[str, Value], c: Context) -> Value:
    ev.touch(r)
    try:
        return r.popitem()
    except KeyError as error:
        raise c.raise_(error) from None


def _dict_update(ev: Evaluator, r: dict[Value, Value], a: list[Value], k: dict[str, Value], c: Context) -> None:
    frame = ev._frame(c)
    if a:
        source = c.force(a[0])
        if isinstance(source, (dict, Unknown, Instance, NativeObject)) and not isinstance(source, Generator):
            mapping = as_mapping(ev, source, c.node, frame)
        else:
            mapping = pairs(ev, source, c)
        ev.touch(r)
        if isinstance(mapping, Unknown):
            r[mapping] = mapping
        else:
            r.update(mapping)
    ev.touch(r)
    r.update(k)


def pairs(ev: Evaluator, source: Value, c: Context) -> dict[Value, Value] | Unknown:
    """A dictionary from an iterable of pairs."""
    items = _items(ev, source, c)
    if isinstance(items, Unknown):
        return items
    result: dict[Value, Value] = {}
    for item in items:
        pair = _items(ev, item, c)
        if isinstance(pair, Unknown):
            return pair
        if len(pair) != 2:
            text_ = f"dictionary update sequence element #{len(result)} has length {len(pair)}; 2 is required"
            raise c.raise_(ValueError(text_))
        result[_key(ev, pair[0], c)] = pair[1]
    return result


class View(NativeObject):
    """`d.keys()`, `d.values()`, `d.items()`."""

    def __init__(self, owner: dict[Value, Value], kind: str) -> None:
        self.owner = owner
        self.kind = kind
        self.type_name = f"dict_{kind}"  # type: ignore[misc]

    def items(self) -> list[Value]:
        if self.kind == "keys":
            return list(self.owner)
        return list(self.owner.values()) if self.kind == "values" else list(self.owner.items())

    def iterate(self, context: Context) -> Any:
        return iter(self.items())

    def length(self, context: Context) -> int:
        return len(self.owner)

    def truth(self, context: Context) -> bool:
        return bool(self.owner)

    def contains(self, item: Value, context: Context) -> bool | Unknown:
        ev = context.evaluator
        where: Value = self.owner if self.kind == "keys" else self.items()
        return comparison.contains(ev, where, item, context.node, ev._frame(context))

    def binary(self, operator: str, other: Value, reflected: bool, context: Context) -> Value:
        if operator not in ("|", "&", "-", "^") or self.kind == "values":
            return MISSING
        mine = set(self.items())
        theirs = context.iterate(other)
        if isinstance(theirs, Unknown):
            return theirs
        left, right = (set(theirs), mine) if reflected else (mine, set(theirs))
        return {"|": left | right, "&": left & right, "-": left - right, "^": left ^ right}[operator]

    def compare(self, operator: str, other: Value, context: Context) -> Any:
        if self.kind == "values":
            return MISSING
        if isinstance(other, View):
            other = set(other.items())
        if not isinstance(other, (set, frozenset)):
            return MISSING
        ev = context.evaluator
        return comparison.compare_values(ev, operator, set(self.items()), other, context.node, ev._frame(context))

    def get_attribute(self, name: str, context: Context) -> Value:
        if name in ("isdisjoint",):
            return NativeFunction(name, lambda a, k, c: set(self.items()).isdisjoint(c.iterate(a[0])))  # type: ignore[arg-type]
        return super().get_attribute(name, context)

    def text(self, context: Context) -> str | Unknown:
        ev = context.evaluator
        inner = text.to_repr(ev, self.items(), context.node, ev._frame(context))
        return inner if isinstance(inner, Unknown) else f"{self.type_name}({inner})"


def _view(kind: str) -> Method:
    return lambda ev, r, a, k, c: View(r, kind)


def _set_add(ev: Evaluator, r: set[Value], a: list[Value], k: dict[str, Value], c: Context) -> None:
    ev.touch(r)
    r.add(_key(ev, a[0], c))


def _set_discard(ev: Evaluator, r: set[Value], a: list[Value], k: dict[str, Value], c: Context) -> None:
    ev.touch(r)
    r.discard(_key(ev, a[0], c))


def _set_remove(ev: Evaluator, r: set[Value], a: list[Value], k: dict[str, Value], c: Context) -> None:
    key = _key(ev, a[0], c)
    if key not in r and not isinstance(key, Unknown):
        raise c.raise_(KeyError(key))
    ev.touch(r)
    r.discard(key)


def _set_pop(ev: Evaluator, r: set[Value], a: list[Value], k: dict[str, Value], c: Context) -> Value:
    if not r:
        raise c.raise_(KeyError("pop from an empty set"))
    if len(r) > 1:
        return c.unknown("which element a set's `pop` takes")
    ev.touch(r)
    return r.pop()


def _set_combine(name: str, in_place: bool) -> Method:
    def method(ev: Evaluator, r: Any, a: list[Value], k: dict[str, Value], c: Context) -> Value:
        others = []
        for one in a:
            items = _items(ev, one, c)
            if isinstance(items, Unknown):
                return None if in_place else items
            others.append({_key(ev, item, c) for item in items})
        if in_place:
            ev.touch(r)
        try:
            return getattr(r, name)(*others)
        except Exception as error:
            raise c.raise_(error) from None

    return method


def _str_join(ev: Evaluator, r: str, a: list[Value], k: dict[str, Value], c: Context) -> Value:
    items = _items(ev, a[0], c)
    if isinstance(items, Unknown):
        return items
    parts, size = [], 0
    for index, item in enumerate(items):
        part = item if type(item) is str else unwrap(c.force(item))
        if isinstance(part, Unknown):
            return part
        if not isinstance(part, str):
            text_ = f"sequence item {index}: expected str instance, {type_name(part)} found"
            raise c.raise_(TypeError(text_))
        parts.append(part)
        size += len(part) + len(r)
    if size > LARGEST:
        raise c.raise_(MemoryError("a text too large to be made when compiling"))
    return r.join(parts)


def _str_format(ev: Evaluator, r: str, a: list[Value], k: dict[str, Value], c: Context) -> Value:
    unknown = k.get("**")
    if isinstance(unknown, Unknown):
        return unknown
    return text.format_call(ev, r, a, dict(k), c.node, ev._frame(c))


def _str_format_map(ev: Evaluator, r: str, a: list[Value], k: dict[str, Value], c: Context) -> Value:
    mapping = as_mapping(ev, a[0], c.node, ev._frame(c))
    return mapping if isinstance(mapping, Unknown) else text.format_call(ev, r, [], mapping, c.node, ev._frame(c))


_SET_METHODS: dict[str, Method] = {
    "add": _set_add,
    "discard": _set_discard,
    "remove": _set_remove,
    "pop": _set_pop,
    "clear": _clear,
    "copy": _copy,
    **{
        n: _set_combine(n, True)
        for n in ("update", "intersection_update", "difference_update", "symmetric_difference_update")
    },
}
_SET_ALGEBRA: dict[str, Method] = {
    n: _set_combine(n, False)
    for n in ("union", "intersection", "difference", "symmetric_difference", "issubset", "issuperset", "isdisjoint")
}

SPECIAL: dict[type, dict[str, Method]] = {
    list: {
        "append": _list_append,
        "extend": _list_extend,
        "insert": _list_insert,
        "pop": _list_pop,
        "index": _list_index,
        "remove": _list_remove,
        "count": _list_count,
        "sort": _list_sort,
        "clear": _clear,
        "copy": _copy,
        "reverse": _reverse,
    },
    tuple: {"index": _list_index, "count": _list_count},
    dict: {
        "get": _dict_get,
        "setdefault": _dict_setdefault,
        "pop": _dict_pop,
        "popitem": _dict_popitem,
        "update": _dict_update,
        "keys": _view("keys"),
        "values": _view("values"),
        "items": _view("items"),
        "clear": _clear,
        "copy": _copy,
    },
    set: {**_SET_METHODS, **_SET_ALGEBRA},
    frozenset: {"copy": _copy, **_SET_ALGEBRA},
    str: {"join": _str_join, "format": _str_format, "format_map": _str_format_map},
}
