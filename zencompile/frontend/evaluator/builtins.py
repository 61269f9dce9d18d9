"""The builtin names."""

from __future__ import annotations

import ast
import builtins as python
import decimal
import enum
import fractions
import pathlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from zencompile.frontend.evaluator import arithmetic, methods, sorting, text
from zencompile.frontend.evaluator.attributes import Super, delete_attribute, set_attribute
from zencompile.frontend.evaluator.iteration import Generator, bounded
from zencompile.frontend.evaluator.plain import LARGEST, PLAIN, hashable, identical, unwrap
from zencompile.frontend.evaluator.scopes import Frame
from zencompile.frontend.evaluator.typechecks import is_instance, type_of
from zencompile.frontend.values import (
    MISSING,
    BoundMethod,
    Class,
    Context,
    Descriptor,
    EnumMember,
    Function,
    Instance,
    Module,
    NativeFunction,
    NativeObject,
    Raised,
    Symbol,
    Unknown,
    Value,
    dunder,
    type_name,
)

if TYPE_CHECKING:
    from zencompile.frontend.evaluator.core import Evaluator

BUILTINS: dict[str, Value] = {}
Native = Callable[[list[Value], dict[str, Value], Context], Value]


def native(name: str, low: int = 0, high: int = 1000) -> Callable[[Native], Native]:
    """Register a builtin that takes `low` to `high` positional arguments."""

    def register(function: Native) -> Native:
        def checked(a: list[Value], k: dict[str, Value], c: Context) -> Value:
            if not low <= len(a) <= high:
                raise c.raise_(TypeError(f"{name}() takes {low} to {high} positional arguments ({len(a)} given)"))
            unknown = k.get("**")
            return unknown if isinstance(unknown, Unknown) else function(a, k, c)

        BUILTINS[name] = NativeFunction(name, checked if (low, high) != (0, 1000) else function)
        return function

    return register


def _items(value: Value, c: Context) -> list[Value] | Unknown:
    items = c.iterate(value)
    return items if isinstance(items, Unknown) else bounded(c.evaluator, items, c.node, c.evaluator._frame(c))


def _pure(name: str, function: Callable[..., Any]) -> None:
    BUILTINS[name] = NativeFunction(name, lambda a, k, c: methods.pure(c.evaluator, function, a, k, c, name))


# output and effects


@native("print")
def _print(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return None


@native("input")
def _input(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return c.unknown("what a user types")


@native("breakpoint")
def _breakpoint(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return None


@native("exit")
def _exit(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    raise c.raise_(SystemExit(*[x for x in a if type(x) in PLAIN]))


BUILTINS["quit"] = BUILTINS["exit"]


@native("eval", 1, 3)
def _eval(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return c.unknown("the result of `eval`: source that is made at run time is not evaluated")


@native("exec", 1, 3)
def _exec(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return None


@native("compile")
def _compile(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return c.unknown("the result of `compile`")


@native("__import__", 1, 5)
def _import(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    from zencompile.frontend.evaluator import modules

    name = c.force(a[0])
    if not isinstance(name, str):
        return c.unknown("a module whose name is not known")
    return modules.import_name(c.evaluator, name.partition(".")[0], c.node, c.evaluator._frame(c))


# looking at objects


@native("isinstance", 2, 2)
def _isinstance(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return is_instance(c.evaluator, a[0], a[1], c.node, c.evaluator._frame(c))


@native("issubclass", 2, 2)
def _issubclass(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    class_, other = c.force(a[0]), c.force(a[1])
    if isinstance(other, tuple):
        answers = [_issubclass([class_, one], {}, c) for one in other]
        if True in answers:
            return True
        return next((x for x in answers if isinstance(x, Unknown)), False)
    if isinstance(class_, Class):
        if class_.is_subclass(other):
            return True
        if isinstance(other, type):
            return any(isinstance(b, type) and issubclass(b, other) for b in class_.mro)
        return c.unknown("the bases of a class") if class_.is_open and not isinstance(other, Class) else False
    if isinstance(class_, type) and isinstance(other, type):
        return issubclass(class_, other)
    if isinstance(class_, type) and isinstance(other, Class):
        return False
    if isinstance(class_, (Unknown, Symbol)) or isinstance(other, (Unknown, Symbol)):
        return c.unknown("the bases of a class that is not read")
    raise c.raise_(TypeError("issubclass() arg 1 must be a class"))


@native("callable", 1, 1)
def _callable(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    value = c.force(a[0])
    if isinstance(value, (Unknown, Symbol)):
        return c.unknown("whether a value that is not read can be called")
    if isinstance(value, Instance):
        return value.class_.lookup("__call__") is not MISSING
    if isinstance(value, NativeObject):
        return type(value).call is not NativeObject.call
    return isinstance(value, (Function, BoundMethod, Class, type))


@native("type", 1, 3)
def _type(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    if len(a) == 3:
        return _make_type(a, c)
    value = c.force(a[0])
    if isinstance(value, Unknown):
        return value
    found = type_of(c.evaluator, value)
    return c.unknown("the type of this value") if isinstance(found, Unknown) else found


def _make_type(a: list[Value], c: Context) -> Value:
    from zencompile.frontend.evaluator import classes

    name, bases, namespace = (c.force(x) for x in a)
    if not isinstance(name, str) or not isinstance(bases, tuple) or not isinstance(namespace, dict):
        return c.unknown("a class made at run time")
    class_ = Class(name, name, c.module, None, bases)
    class_.namespace = dict(namespace)
    own = [b for b in (classes._base(c.evaluator, base) for base in bases) if b is not None]
    class_.mro = classes.linearize(class_, own)
    class_.kind = classes._kind(class_)
    return class_


@native("getattr", 2, 3)
def _getattr(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    name = c.force(a[1])
    if isinstance(name, Unknown):
        return name
    name = unwrap(name)
    if not isinstance(name, str):
        raise c.raise_(TypeError("getattr(): attribute name must be string"))
    try:
        return c.get_attribute(a[0], name)
    except Raised as raised:
        if len(a) == 3 and isinstance(raised.value, AttributeError):
            return a[2]
        raise


@native("hasattr", 2, 2)
def _hasattr(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    name = c.force(a[1])
    if isinstance(name, Unknown):
        return name
    owner = c.force(a[0])
    if isinstance(owner, (Unknown, Symbol)):
        return c.unknown("the attributes of a value that is not read")
    try:
        found = c.get_attribute(owner, name)
    except Raised as raised:
        if isinstance(raised.value, AttributeError):
            return False
        raise
    return found if isinstance(found, Unknown) and isinstance(owner, (Instance, Class)) else True


@native("setattr", 3, 3)
def _setattr(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    name = c.force(a[1])
    if isinstance(name, str):
        set_attribute(c.evaluator, a[0], name, a[2], c.node, c.evaluator._frame(c))
    return None


@native("delattr", 2, 2)
def _delattr(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    name = c.force(a[1])
    if isinstance(name, str):
        delete_attribute(c.evaluator, a[0], name, c.node, c.evaluator._frame(c))
    return None


@native("id", 1, 1)
def _id(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return c.unknown("the address of an object")


@native("hash", 1, 1)
def _hash(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    value = hashable(c.evaluator, a[0], c.node, c.evaluator._frame(c))
    if isinstance(value, Unknown):
        return value
    if isinstance(value, Instance):
        special = value.class_.lookup("__hash__")
        if special is not MISSING:
            return c.call(special, [value])
    if type(value) in (int, bool, float):
        return hash(value)
    return c.unknown("a hash, which differs from run to run")


@native("vars", 0, 1)
def _vars(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    if not a:
        return _locals(a, k, c)
    return c.get_attribute(a[0], "__dict__")


@native("dir", 0, 1)
def _dir(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    value = c.force(a[0]) if a else MISSING
    if isinstance(value, Instance) and not value.class_.is_open:
        names = set(value.attributes)
        for base in value.class_.mro:
            if type(base) is Class:
                names.update(base.namespace)
        return sorted(names)
    if isinstance(value, Module):
        return sorted(c.evaluator.names(value))
    return c.unknown("the names of an object")


@native("locals", 0, 0)
def _locals(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    frame = c.evaluator._frame(c)
    if frame is c.evaluator.state(c.module).frame:
        return _globals(a, k, c)
    return dict(frame.values)


@native("globals", 0, 0)
def _globals(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    from zencompile.frontend.evaluator import modules

    state = c.evaluator.state(c.module)
    for name in list(state.order):
        modules.get(c.evaluator, c.module, name)
    return state.values


@native("super", 0, 2)
def _super(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    if len(a) == 2 and isinstance(a[0], Class):
        return Super(a[0], a[1])
    frame: Frame | None = c.evaluator._frame(c)
    while frame is not None and (frame.function is None or frame.function.owner is None or frame.info is None):
        frame = frame.parent
    if frame is None or frame.function is None or frame.function.owner is None or frame.info is None:
        raise c.raise_(RuntimeError("super(): no arguments"))
    first = frame.info.parameters[0] if frame.info.parameters else ""
    receiver = frame.values.get(first, MISSING)
    if not isinstance(receiver, (Instance, Class)):
        if isinstance(receiver, EnumMember):
            return c.unknown("`super()` of an enum's member")
        raise c.raise_(RuntimeError("super(): arg[0] deleted"))
    return Super(frame.function.owner, receiver)


def _descriptor(kind: str) -> Native:
    def make(a: list[Value], k: dict[str, Value], c: Context) -> Value:
        getter = a[0] if a else k.get("fget")
        setter = a[1] if len(a) > 1 else k.get("fset")
        if isinstance(getter, Descriptor) and kind != "property":
            getter = getter.function
        return Descriptor(kind, getter, setter)

    return make


for _kind in ("property", "classmethod", "staticmethod"):
    BUILTINS[_kind] = NativeFunction(_kind, _descriptor(_kind))


# numbers and text


@native("len", 1, 1)
def _len(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    value = unwrap(c.force(a[0]))
    if isinstance(value, Unknown):
        return value
    if type(value) in PLAIN:
        try:
            return len(value)
        except Exception as error:
            raise c.raise_(error) from None
    if isinstance(value, NativeObject):
        return value.length(c)
    if isinstance(value, Class) and value.kind == "enum":
        return len(set(value.members.values()))
    if isinstance(value, Instance):
        special = value.class_.lookup("__len__")
        if special is not MISSING:
            return c.call(special, [value])
        if value.class_.kind == "namedtuple":
            return len(value.attributes)
        if value.class_.is_open:
            return c.unknown(f"the length of a `{value.class_.name}`")
    if isinstance(value, Symbol):
        return c.unknown(f"the length of `{value.path}`, which is not read")
    raise c.raise_(TypeError(f"object of type '{type_name(value)}' has no len()"))


@native("repr", 1, 1)
def _repr(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return text.to_repr(c.evaluator, a[0], c.node, c.evaluator._frame(c))


@native("ascii", 1, 1)
def _ascii(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return text.format_value(c.evaluator, a[0], ord("a"), "", c.node, c.evaluator._frame(c))


@native("format", 1, 2)
def _format(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    spec = c.force(a[1]) if len(a) > 1 else ""
    if isinstance(spec, Unknown):
        return spec
    return text.format_value(c.evaluator, a[0], -1, spec, c.node, c.evaluator._frame(c))


@native("abs", 1, 1)
def _abs(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    value = c.force(a[0])
    special = dunder(value, "__abs__")
    if special is not MISSING:
        return c.call(special, [value])
    return methods.pure(c.evaluator, abs, a, k, c)


@native("pow", 2, 3)
def _pow(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    if len(a) == 2 and not k:
        return arithmetic.binary(c.evaluator, ast.Pow, a[0], a[1], c.node, c.evaluator._frame(c))
    return methods.pure(c.evaluator, pow, a, k, c)


@native("sum", 1, 2)
def _sum(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    items = _items(a[0], c)
    if isinstance(items, Unknown):
        return items
    total = a[1] if len(a) > 1 else k.get("start", 0)
    if isinstance(total, str):
        raise c.raise_(TypeError("sum() can't sum strings [use ''.join(seq) instead]"))
    frame = c.evaluator._frame(c)
    for item in items:
        total = arithmetic.binary(c.evaluator, ast.Add, total, item, c.node, frame)
    return total


def _extreme(largest: bool) -> Native:
    name = "max" if largest else "min"

    def function(a: list[Value], k: dict[str, Value], c: Context) -> Value:
        items = _items(a[0], c) if len(a) == 1 else list(a)
        if isinstance(items, Unknown):
            return items
        if not items:
            if "default" in k:
                return k["default"]
            kind = f"{name}() iterable argument is empty" if a else f"{name} expected at least 1 argument, got 0"
            raise c.raise_(ValueError(kind) if a else TypeError(kind))
        return sorting.extreme(c.evaluator, items, k.get("key"), largest, c)

    return function


BUILTINS["max"] = NativeFunction("max", _extreme(True))
BUILTINS["min"] = NativeFunction("min", _extreme(False))


@native("round", 1, 2)
def _round(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    value = c.force(a[0])
    special = dunder(value, "__round__")
    if special is not MISSING:
        return c.call(special, [value, *a[1:]])
    digits = c.force(a[1]) if len(a) > 1 else None
    if isinstance(digits, int) and abs(digits) > 10_000:
        return c.unknown("a number rounded to very many digits")
    return methods.pure(c.evaluator, round, a, k, c)


for _name in ("divmod", "bin", "oct", "hex", "ord", "chr"):
    _pure(_name, getattr(python, _name))


# iteration


@native("sorted", 1, 1)
def _sorted(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    items = _items(a[0], c)
    return items if isinstance(items, Unknown) else sorting.sort(c.evaluator, items, k, c)


@native("reversed", 1, 1)
def _reversed(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    value = c.force(a[0])
    special = dunder(value, "__reversed__")
    if special is not MISSING:
        return c.call(special, [value])
    if isinstance(value, (set, frozenset, Generator)):
        raise c.raise_(TypeError(f"'{type_name(value)}' object is not reversible"))
    items = _items(value, c)
    return items if isinstance(items, Unknown) else Generator(reversed(items), "reversed")


@native("any", 1, 1)
def _any(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return _quantify(a, c, True)


@native("all", 1, 1)
def _all(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return _quantify(a, c, False)


def _quantify(a: list[Value], c: Context, stop_at: bool) -> Value:
    items = c.iterate(a[0])
    if isinstance(items, Unknown):
        return items
    unknown: Unknown | None = None
    frame = c.evaluator._frame(c)
    for item in items:
        c.evaluator.tick(c.node, frame)
        truth = c.truth(item)
        if truth is stop_at:
            return stop_at
        unknown = unknown or (truth if isinstance(truth, Unknown) else None)
    return unknown or (not stop_at)


@native("enumerate", 1, 2)
def _enumerate(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    items = c.iterate(a[0])
    start = c.force(a[1] if len(a) > 1 else k.get("start", 0))
    if isinstance(items, Unknown):
        return items
    return start if isinstance(start, Unknown) else Generator(iter(enumerate(items, start)), "enumerate")


@native("zip")
def _zip(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    iterators = [c.iterate(one) for one in a]
    unknown = next((i for i in iterators if isinstance(i, Unknown)), None)
    if unknown is not None:
        return unknown
    strict = c.truth(k.get("strict", False)) is True
    return Generator(_zipped(iterators, strict, c), "zip")  # type: ignore[arg-type]


def _zipped(iterators: list[Iterator[Value]], strict: bool, c: Context) -> Iterator[Value]:
    while iterators:
        row: list[Value] = []
        for index, one in enumerate(iterators):
            item = next(one, MISSING)
            if item is MISSING:
                if strict and (index or any(next(other, MISSING) is not MISSING for other in iterators[1:])):
                    raise c.raise_(ValueError(f"zip() argument {index + 1} is shorter than argument 1"))
                return
            row.append(item)
        yield tuple(row)


@native("map", 2)
def _map(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    iterators = [c.iterate(one) for one in a[1:]]
    unknown = next((i for i in iterators if isinstance(i, Unknown)), None)
    if unknown is not None:
        return unknown
    rows = _zipped(iterators, False, c)  # type: ignore[arg-type]
    return Generator((c.call(a[0], list(row)) for row in rows), "map")


@native("filter", 2, 2)
def _filter(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    items = c.iterate(a[1])
    return items if isinstance(items, Unknown) else Generator(_filtered(a[0], items, c), "filter")


def _filtered(function: Value, items: Iterator[Value], c: Context) -> Iterator[Value]:
    for item in items:
        c.evaluator.tick(c.node, c.evaluator._frame(c))
        kept = c.truth(item if function is None else c.call(function, [item]))
        if isinstance(kept, Unknown):
            yield kept
            return
        if kept:
            yield item


@native("iter", 1, 2)
def _iter(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    if len(a) == 2:
        return Generator(_until(a[0], a[1], c), "callable_iterator")
    value = c.force(a[0])
    if isinstance(value, Generator):
        return value
    items = c.iterate(value)
    return items if isinstance(items, Unknown) else Generator(items, "iterator")


def _until(function: Value, last: Value, c: Context) -> Iterator[Value]:
    while True:
        c.evaluator.tick(c.node, c.evaluator._frame(c))
        value = c.call(function)
        if isinstance(value, Unknown) or identical(value, last):
            return
        yield value


@native("next", 1, 2)
def _next(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    value = c.force(a[0])
    if isinstance(value, (Unknown, Symbol)):
        return value if isinstance(value, Unknown) else c.unknown("the next item of a value that is not read")
    if isinstance(value, Generator):
        item = next(value.source, MISSING)
        if item is not MISSING:
            return item
    elif isinstance(value, Instance) and value.class_.lookup("__next__") is not MISSING:
        try:
            return c.call(c.get_attribute(value, "__next__"))
        except Raised as raised:
            if not isinstance(raised.value, StopIteration) or len(a) < 2:
                raise
    elif isinstance(value, NativeObject):
        return c.call(value.get_attribute("__next__", c))
    else:
        raise c.raise_(TypeError(f"'{type_name(value)}' object is not an iterator"))
    if len(a) > 1:
        return a[1]
    raise c.raise_(StopIteration())


@native("open", 1, 8)
def _open(a: list[Value], k: dict[str, Value], c: Context) -> Value:
    from zencompile.frontend.stdlib import files

    return files.open_file(a, k, c)


# types

for _type_ in (
    int,
    str,
    float,
    bool,
    list,
    tuple,
    dict,
    set,
    frozenset,
    bytes,
    bytearray,
    complex,
    range,
    slice,
    object,
):
    BUILTINS[_type_.__name__] = _type_
for _name, _value in vars(python).items():
    if isinstance(_value, type) and issubclass(_value, BaseException):
        BUILTINS[_name] = _value
BUILTINS.update(
    {"None": None, "True": True, "False": False, "NotImplemented": NotImplemented, "Ellipsis": ..., "__debug__": True,
     "memoryview": Symbol("builtins.memoryview"), "__name__": "builtins", "copyright": Symbol("builtins.copyright"),
     "aiter": Symbol("builtins.aiter"), "anext": Symbol("builtins.anext"), "help": NativeFunction("help", lambda a, k,
         c: None),
     "display": NativeFunction("display", lambda a, k, c: None), "reveal_type": NativeFunction("reveal_type", lambda a,
         k, c: a[0])}
)  # fmt: skip
BUILTINS["type"] = type
_type_call = _type


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
        return methods.pure(ev, type_, arguments, keywords, context, type_.__name__)
    return context.unknown(f"a `{type_.__name__}`")


def _exception(type_: type, arguments: list[Value], c: Context) -> Value:
    try:
        return type_(*[c.force(a) for a in arguments])
    except Exception:
        return Exception(*arguments)


def _make_list(type_: Any, a: list[Value], k: dict[str, Value], c: Context) -> Value:
    if not a:
        return type_()
    items = _items(a[0], c)
    return items if isinstance(items, Unknown) else type_(items)


def _make_set(type_: Any, a: list[Value], k: dict[str, Value], c: Context) -> Value:
    items = _items(a[0], c) if a else []
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
        return methods.pure(c.evaluator, str, a, k, c)
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
    return methods.pure(c.evaluator, type_, a, k, c)


def _make_bool(type_: Any, a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return c.truth(a[0]) if a else False


def _make_range(type_: Any, a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return methods.pure(c.evaluator, range, a, k, c)


def _make_bytes(type_: Any, a: list[Value], k: dict[str, Value], c: Context) -> Value:
    first = c.force(a[0]) if a else b""
    if isinstance(first, int) and first > LARGEST:
        raise c.raise_(MemoryError("a value too large to be made when compiling"))
    return methods.pure(c.evaluator, type_, a, k, c)


def _make_object(type_: Any, a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return Instance(Class("object", "object", None, None, ()))


def _make_type_of(type_: Any, a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return _type_call(a, k, c)


def _make_property(type_: Any, a: list[Value], k: dict[str, Value], c: Context) -> Value:
    return methods.pure(c.evaluator, type_, a, k, c)


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
