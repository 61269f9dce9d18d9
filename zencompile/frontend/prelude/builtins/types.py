"""The builtin types, and what calling them makes."""

from __future__ import annotations

from zencompile.frontend.prelude.builtins.objects import type_call
from zencompile.frontend.prelude.signatures import Declared, Model
from zencompile.frontend.values import (
    MISSING,
    Class,
    Context,
    Instance,
    NativeObject,
    Placed,
    Symbol,
    Unknown,
    Value,
    dunder,
    operations,
    text,
    type_name,
)
from zencompile.frontend.values.builtin_types import Maker, makes
from zencompile.frontend.values.hosts import call_method
from zencompile.frontend.values.operations import all_items
from zencompile.frontend.values.plain import PLAIN, unwrap
from zencompile.frontend.values.pure import call_pure


@makes(BaseException)
def _exception(type_: type, arguments: list[Value], keywords: dict[str, Value], c: Context) -> Value:
    given = [c.force(a) for a in arguments]
    try:
        return type_(*given, **{name: c.force(value) for name, value in keywords.items()})
    except Exception as error:
        unknown = next((value.forgotten() for value in given if isinstance(value, Unknown)), None)
        if unknown is not None:
            return unknown
        raise c.raise_(error) from None


def _sequence(type_: type[list[Value]] | type[tuple[Value, ...]]) -> Model:
    def make(a: list[Value], k: dict[str, Value], c: Context) -> Value:
        items = all_items(a[0], c)
        return items.forgotten() if isinstance(items, Unknown) else type_(items)

    return make


def _set(type_: type[set[Value]] | type[frozenset[Value]]) -> Model:
    def make(a: list[Value], k: dict[str, Value], c: Context) -> Value:
        source = c.force(a[0])
        if type(source) in (set, frozenset):
            return type_(source)
        items = all_items(source, c)
        if isinstance(items, Unknown):
            return items.forgotten()
        return type_([operations.key(item, c) for item in items])

    return make


def _dict(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    result: dict[Value, Value] = {}
    given = [] if a[0] is MISSING else a
    call_method(result, "update", given, k, c)
    return next((key.forgotten() for key in result if isinstance(key, Unknown)), result)


def _str(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    value, encoding, errors = a
    if encoding is MISSING and errors is MISSING:
        return "" if value is MISSING else text.text(value, c)
    named = {"object": value, "encoding": encoding, "errors": errors}
    return call_pure(str, [], {n: v for n, v in named.items() if v is not MISSING}, c)


def _int(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    value, base = a
    if base is not MISSING:
        return call_pure(int, [] if value is MISSING else [value], {"base": base}, c)
    return 0 if value is MISSING else _number(int, value, c)


def _float(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return _number(float, a[0], c)


def _number(type_: type[int] | type[float], given: Value, c: Context) -> Value:
    value = c.force(given)
    for name in ("__int__", "__index__") if type_ is int else ("__float__", "__index__"):
        special = dunder(value, name)
        if special is not MISSING:
            return _special_number(type_, name, c.force(c.call(special, [value])), c)
    if isinstance(value, (Instance, Symbol)) and (isinstance(value, Symbol) or value.class_.is_open):
        return c.unknown("a number from a value that is not read")
    if not isinstance(value, (Unknown, Placed)) and type(unwrap(value)) not in PLAIN:
        kind = (
            "int() argument must be a string, a bytes-like object or a real number"
            if type_ is int
            else "float() argument must be a string or a real number"
        )
        raise c.raise_(TypeError(f"{kind}, not '{type_name(value)}'"))
    return call_pure(type_, [value], {}, c)


def _special_number(type_: type[int] | type[float], name: str, made: Value, c: Context) -> Value:
    """What `__int__`, `__float__` or `__index__` gave, as the number that Python makes of it."""
    if isinstance(made, Unknown):
        return made.forgotten()
    wanted = float if name == "__float__" else int
    if not isinstance(made, wanted):
        raise c.raise_(TypeError(f"{name} returned non-{wanted.__name__} (type {type_name(made)})"))
    return call_pure(type_, [made], {}, c)


def _bool(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return c.truth(a[0])


def _object(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return Instance(Class("object", "object", None, None, ()))


def _slice(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    if any(isinstance(c.force(one), NativeObject) for one in a):
        return c.unknown("a slice of objects")
    return call_pure(slice, a, k, c)


def _pure_type(type_: type) -> Model:
    return lambda a, k, c: call_pure(type_, a, k, c, type_.__name__)


_ANY = "*arguments, **keywords"
_MAKERS: dict[type, Declared] = {
    list: Declared("list", "iterable=(), /", _sequence(list)),
    tuple: Declared("tuple", "iterable=(), /", _sequence(tuple)),
    set: Declared("set", "iterable=(), /", _set(set)),
    frozenset: Declared("frozenset", "iterable=(), /", _set(frozenset)),
    dict: Declared("dict", "mapping=..., /, **keywords", _dict),
    str: Declared("str", "object=..., encoding=..., errors=...", _str),
    int: Declared("int", "x=..., /, base=...", _int),
    float: Declared("float", "x=0.0, /", _float),
    bool: Declared("bool", "x=False, /", _bool),
    object: Declared("object", "", _object),
    type: Declared("type", "object, bases=..., namespace=..., /, **keywords", type_call),
    slice: Declared("slice", _ANY, _slice),
    **{one: Declared(one.__name__, _ANY, _pure_type(one)) for one in (range, bytes, bytearray)},
}


def _maker(declared: Declared) -> Maker:
    return lambda type_, arguments, keywords, context: declared.call(arguments, keywords, context)


for _type, _declared in _MAKERS.items():
    makes(_type)(_maker(_declared))
