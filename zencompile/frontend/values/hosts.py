"""Known data: plain Python objects behind the protocol of values.

`Host` is what they have in common: Python's own operations on them. Subclasses have what differs, by family. A host
object stands for its value during one operation, and is never a value itself.
"""

from __future__ import annotations

import datetime
import decimal
import sys
import types
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from zencompile.frontend.values.base import MISSING, Context, Modelled, Raised, Unknown, Value
from zencompile.frontend.values.classes import Class, Field, Instance, add_note, chain_of
from zencompile.frontend.values.deferred import Call, Deferred, Moment, not_the_programs, settled
from zencompile.frontend.values.functions import NativeFunction
from zencompile.frontend.values.iterators import Generator
from zencompile.frontend.values.operations import (
    ARITHMETIC,
    COMPARISON,
    HOSTS,
    as_index,
    as_object,
    binary,
    call,
    compare,
    contains,
    delete_item,
    get_attribute,
    get_item,
    iterate,
    key,
    length,
    represents,
    set_item,
    truth,
    type_of,
)
from zencompile.frontend.values.placed import Placed
from zencompile.frontend.values.plain import CONTAINERS, LARGEST, PLAIN, unwrap
from zencompile.frontend.values.pure import call_pure
from zencompile.frontend.values.symbols import Generic, Symbol, is_type, union
from zencompile.frontend.values.text import formatted, percent, representation, text

Method = Callable[[Any, list[Value], dict[str, Value], Context], Value]

LARGEST_BITS = 100_000
"""Bits of an integer."""

ABSTRACT: dict[str, tuple[type, ...]] = {
    "Mapping": (dict,),
    "MutableMapping": (dict,),
    "Sequence": (list, tuple, str, range, bytes),
    "MutableSequence": (list,),
    "Iterable": (list, tuple, str, range, bytes, dict, set, frozenset),
    "Collection": (list, tuple, str, range, bytes, dict, set, frozenset),
    "Sized": (list, tuple, str, range, bytes, dict, set, frozenset),
    "Container": (list, tuple, str, range, bytes, dict, set, frozenset),
    "Reversible": (list, tuple, str, range, bytes, dict),
    "Set": (set, frozenset),
    "MutableSet": (set,),
    "Hashable": (int, float, str, bytes, tuple, frozenset, type(None)),
    "Number": (int, float, complex),
    "Real": (int, float),
    "Integral": (int,),
}
"""Abstract classes of the standard library, and which builtin types are subclasses of them."""

RECEIVERS = frozenset({str, list, dict, set, frozenset, tuple, int, float, bytes, bool, complex})
"""Types whose methods are called without making a bound method first."""


@represents(object)
class Host(Modelled):
    """Plain data, as Python's own operations have them."""

    __slots__ = ("value",)
    methods: ClassVar[dict[str, Method]] = {}  # those that Python's own can't be called for
    counts: ClassVar[dict[str, tuple[int, int]]] = {}  # how many arguments they take

    def __init__(self, value: Any) -> None:
        self.value = value

    @property
    def type_name(self) -> str:  # type: ignore[override]
        return type(self.value).__name__

    @property
    def is_plain(self) -> bool:
        return type(self.value) in PLAIN

    def described(self) -> str:
        shown = repr(self.value)
        return f"`{shown}`" if len(shown) <= 40 else f"a {type(self.value).__name__}"

    def unmodelled(self, what: str, context: Context) -> Unknown:
        return context.unknown(f"{what} of this value")

    # operators

    def binary(self, operator: str, other: Value, reflected: bool, context: Context) -> Value:
        if operator == "%" and not reflected and type(self.value) in (str, bytes):
            return percent(self.value, other, context)
        data = unwrap(other)
        if operator == "*" and type(self.value) in _REPEATED and type(data) not in PLAIN:
            data = as_index(data, context)
            if isinstance(data, Unknown):
                return data.forgotten()
        if type(data) not in PLAIN or not self.is_plain:
            return self._union(operator, other, reflected)
        left, right = (data, self.value) if reflected else (self.value, data)
        _guard(operator, left, right, context)
        if context.evaluator.decimal_context is not None and decimal.Decimal in (type(left), type(right)):
            return in_decimal_context(lambda: ARITHMETIC[operator][1](left, right), context)
        try:
            result = ARITHMETIC[operator][1](left, right)
        except TypeError as error:
            if other is not data:
                return MISSING
            raise context.raise_(error) from None
        except Exception as error:
            raise context.raise_(error) from None
        return result

    def _union(self, operator: str, other: Value, reflected: bool) -> Value:
        """`None | X` and `"X" | Y`, in annotations."""
        if operator != "|" or not is_type(self.value) or not (is_type(other) or isinstance(other, type)):
            return MISSING
        return union(other, self.value) if reflected else union(self.value, other)

    def unary(self, operator: str, context: Context) -> Value:
        if not self.is_plain:
            return super().unary(operator, context)
        try:
            return _UNARY[operator](self.value)
        except Exception as error:
            raise context.raise_(error) from None

    def compare(self, operator: str, other: Value, context: Context) -> Any:
        data = unwrap(other)
        if type(data) not in PLAIN or not self.is_plain:
            return MISSING
        try:
            return COMPARISON[operator][1](self.value, data)
        except TypeError as error:
            if other is not data:
                return MISSING
            raise context.raise_(error) from None

    def is_same(self, other: Value, context: Context) -> Any:
        """Two equal texts or numbers may be one object or two: that depends on how Python made them."""
        value = self.value
        if type(value) is not type(other) or type(value) not in _SHARED or value != other:
            return MISSING
        if type(value) is int and -5 <= value <= 256:
            return True
        if type(value) is not float and not isinstance(value, int) and len(value) == 0:
            return True
        if type(value) is str and len(value) == 1 and ord(value) < 256:
            return True
        return context.unknown("whether two equal values are one object")

    def truth(self, context: Context) -> bool | Unknown:
        return bool(self.value)

    def key(self, context: Context) -> Value:
        try:
            hash(self.value)
        except TypeError:
            raise context.raise_(TypeError(f"unhashable type: '{self.type_name}'")) from None
        return self.value

    # items and iteration

    def length(self, context: Context) -> int | Unknown:
        try:
            return len(self.value)
        except TypeError as error:
            raise context.raise_(error) from None

    def contains(self, item: Value, context: Context) -> Any:
        item = unwrap(context.force(item))
        if isinstance(item, Unknown):
            return item.forgotten()
        if not self.is_plain:
            return MISSING
        try:
            return item in self.value
        except Exception as error:
            raise context.raise_(error) from None

    def iterate(self, context: Context) -> Iterator[Value] | Unknown:
        if self.is_plain:
            try:
                return iter(self.value)  # type: ignore[no-any-return]
            except TypeError as error:
                raise context.raise_(error) from None
        return super().iterate(context)

    def get_item(self, key: Value, context: Context) -> Value:
        if not hasattr(type(self.value), "__getitem__"):
            return super().get_item(key, context)
        key = as_index(key, context)
        if isinstance(key, Unknown):
            return key.forgotten()
        try:
            return self.value[key]
        except (IndexError, ValueError) as error:
            raise context.raise_(error) from None
        except Exception:
            raise context.raise_(TypeError(self._no_index(as_object(key).type_name))) from None

    def _no_index(self, given: str) -> str:
        if type(self.value) is str:
            return f"string indices must be integers, not '{given}'"
        kind = "byte" if type(self.value) is bytes else self.type_name
        return f"{kind} indices must be integers or slices, not {given}"

    # attributes and calls

    def get_attribute(self, name: str, context: Context) -> Value:
        value = self.value
        kind = type(value)
        if kind not in PLAIN:
            return context.unknown(f"`{name}` of this value")
        if name.startswith("_"):
            found = special_method(value, name, context)
            return self._no_attribute(name, context) if found is MISSING else found
        if kind in RECEIVERS:
            if name not in self.methods and not hasattr(kind, name):
                return self._no_attribute(name, context)
            found = getattr(kind, name, None)
            if not callable(found):
                return getattr(value, name)
            return NativeFunction(name, lambda a, k, c: call_method(value, name, a, k, c))
        if not hasattr(value, name):
            return self._no_attribute(name, context)
        found = getattr(value, name)
        if not callable(found):
            return found
        return NativeFunction(name, lambda a, k, c: call_pure(found, a, k, c, name, value))

    def _no_attribute(self, name: str, context: Context) -> Value:
        raise context.raise_(AttributeError(f"'{self.type_name}' object has no attribute '{name}'"))

    def is_callable(self) -> bool | None:
        return False if self.is_plain else None

    # text

    def text(self, context: Context) -> str | Unknown:
        if not self.is_plain:
            return context.unknown("the text of an object, which may hold its address")
        try:
            return str(self.value)
        except ValueError as error:  # an integer of too many digits
            raise context.raise_(error) from None

    def representation(self, context: Context) -> str | Unknown:
        if not self.is_plain:
            return context.unknown("the text of an object, which may hold its address")
        try:
            return repr(self.value)
        except Exception as error:
            raise context.raise_(error) from None

    def formatted(self, spec: str, context: Context) -> Any:
        if not spec:
            return MISSING
        try:
            return format(self.value, spec)
        except Exception as error:
            raise context.raise_(error) from None

    # types

    def type_of(self, context: Context) -> Value:
        return type(self.value) if self.is_plain else context.unknown("the type of this value")

    def is_instance_of(self, class_: Value) -> bool | None:
        if isinstance(class_, type):
            return isinstance(self.value, class_)
        if not isinstance(class_, Symbol):
            return False
        module, last = class_.path.partition(".")[0], class_.path.rpartition(".")[2]
        if module in ("typing", "collections", "numbers") and last in ABSTRACT:
            return isinstance(self.value, ABSTRACT[last])
        return False if self.is_plain or (last == "Callable" and module in ("typing", "collections")) else None


def in_decimal_context(act: Callable[[], Value], context: Context) -> Value:
    """Decimal arithmetic, as the program's context has it."""
    chosen = context.evaluator.decimal_context
    options = {} if chosen is None else chosen.options
    unknown = next((value.forgotten() for value in options.values() if isinstance(value, Unknown)), None)
    if unknown is not None:
        return unknown
    try:
        with decimal.localcontext(decimal.Context(**options)):
            return act()
    except Raised:
        raise
    except Exception as error:
        raise context.raise_(error) from None


_UNARY: dict[str, Callable[[Any], Any]] = {"+": lambda x: +x, "-": lambda x: -x, "~": lambda x: ~x}
_SHARED = frozenset({int, str, float, tuple, bytes, complex, frozenset})


_REPEATED = (str, bytes, list, tuple, bytearray)


def _guard(operator: str, left: Value, right: Value, context: Context) -> None:
    """Stop what would make a value too large."""
    if operator == "*":
        _guard_product(left, right, context)
    elif operator == "**" and type(left) in (int, bool) and type(right) in (int, bool):
        if abs(left) > 1 and right * left.bit_length() > LARGEST_BITS:
            _too_large(context)
    elif operator == "<<" and type(right) is int and right > LARGEST_BITS and left:
        if right > sys.maxsize:
            raise context.raise_(OverflowError("too many digits in integer"))
        _too_large(context)
    elif operator == "+" and type(left) in (str, list, tuple, bytes) and type(left) is type(right):
        context.tick(1)
        if len(left) + len(right) > LARGEST:
            _too_large(context)


def _guard_product(left: Value, right: Value, context: Context) -> None:
    if type(left) in (int, bool):
        if type(right) in (int, bool):
            if left.bit_length() + right.bit_length() > LARGEST_BITS:
                _too_large(context)
            return
        left, right = right, left
    if type(left) in (str, list, tuple, bytes, bytearray) and type(right) in (int, bool):
        if right > sys.maxsize:
            raise context.raise_(OverflowError("cannot fit 'int' into an index-sized integer"))
        if len(left) * max(right, 0) > LARGEST:
            _too_large(context)
        context.tick(len(left) * max(right, 0) // 1000)


def _too_large(context: Context) -> None:
    raise context.raise_(MemoryError("a value too large to be made when compiling"))


_WITH_KEYWORDS = frozenset({"sort", "update", "format"})


def call_method(
    receiver: Value, name: str, arguments: list[Value], keywords: dict[str, Value], context: Context
) -> Value:
    """`receiver.name(…)` on plain data: methods that store values get them as they are, those that compute get plain
    data."""
    try:
        return _call_method(receiver, name, arguments, keywords, context)
    except Raised as raised:
        given = (receiver, *arguments, *keywords.values())
        found = not_the_programs(raised, given, context) if context.evaluator.run_values else None
        if found is None:
            raise
        return found


def _call_method(
    receiver: Value, name: str, arguments: list[Value], keywords: dict[str, Value], context: Context
) -> Value:
    if context.evaluator.uncertain_objects:
        receiver = context.force(receiver)
        if isinstance(receiver, Unknown):
            return receiver.forgotten()
    kind = type(receiver)
    host: Any = HOSTS.get(kind, Host)
    method = host.methods.get(name)
    if method is not None:
        if keywords and name not in _WITH_KEYWORDS:
            unknown = keywords.get("**")
            if unknown is not None:
                return unknown
            raise context.raise_(TypeError(f"{kind.__name__}.{name}() takes no keyword arguments"))
        low, high = host.counts.get(name, (0, 1000))
        if not low <= len(arguments) <= high:
            expected = f"{low}" if low == high else f"from {low} to {high}"
            text_ = f"{kind.__name__}.{name}() takes {expected} argument(s) ({len(arguments)} given)"
            raise context.raise_(TypeError(text_))
        mark = next(Deferred.births) if context.evaluator.run_values and kind not in CONTAINERS else 0
        answer = method(receiver, arguments, keywords, context)
        return settled(answer, mark, Call(), context) if mark else answer
    if name.startswith("_"):
        found = special_method(receiver, name, context)
        if found is not MISSING:
            return context.call(found, arguments, keywords)
    if name.startswith("_") or not hasattr(kind, name):
        raise context.raise_(AttributeError(f"'{kind.__name__}' object has no attribute '{name}'"))
    mark = next(Deferred.births) if context.evaluator.run_values and kind not in CONTAINERS else 0
    answer = call_pure(getattr(receiver, name), arguments, keywords, context, name, receiver)
    return settled(answer, mark, Call(), context) if mark else answer


# special methods of plain data that are named outright, as in `x.__len__()`


def _iterator(value: Value, arguments: list[Value], context: Context) -> Value:
    items = iterate(value, context)
    return items.forgotten() if isinstance(items, Unknown) else Generator(items, "iterator")


def hash_of(value: Value, context: Context) -> Value:
    """`hash(value)`: known where it is the same in every process."""
    found = key(value, context)
    if isinstance(found, Unknown):
        return found.forgotten()
    if context.evaluator.hashing:  # for a container, which tells nobody
        return hash(found)
    if type(found) in (int, bool, float):
        return hash(found)
    if getattr(found, "hashed", None) is not None:
        return call(get_attribute(found, "__hash__", context), [], {}, context)
    return context.unknown("a hash, which differs from run to run")


def _applied(sign: str) -> Callable[[Value, list[Value], Context], Value]:
    return lambda value, arguments, context: binary(sign, value, arguments[0], context)


def _compared(sign: str) -> Callable[[Value, list[Value], Context], Value]:
    return lambda value, arguments, context: compare(sign, value, arguments[0], context)


_BY_OPERATION: dict[str, Callable[[Value, list[Value], Context], Value]] = {
    "__len__": lambda v, a, c: length(v, c),
    "__str__": lambda v, a, c: text(v, c),
    "__repr__": lambda v, a, c: representation(v, c),
    "__bool__": lambda v, a, c: truth(v, c),
    "__hash__": lambda v, a, c: hash_of(v, c),
    "__iter__": _iterator,
    "__format__": lambda v, a, c: formatted(v, a[0] if a else "", c),
    "__contains__": lambda v, a, c: contains(v, a[0], c),
    "__getitem__": lambda v, a, c: get_item(v, a[0], c),
    "__setitem__": lambda v, a, c: set_item(v, a[0], a[1], c),
    "__delitem__": lambda v, a, c: delete_item(v, a[0], c),
    "__abs__": lambda v, a, c: call_pure(abs, [v], {}, c),
    "__int__": lambda v, a, c: call_pure(int, [v], {}, c),
    "__float__": lambda v, a, c: call_pure(float, [v], {}, c),
    "__reversed__": lambda v, a, c: Generator(reversed(list(v)), "reversed"),
    "__init__": lambda v, a, c: None,
    **{f"__{name}__": _applied(sign) for sign, (name, _) in ARITHMETIC.items() if sign not in ("<<", ">>", "@")},
    **{name: _compared(sign) for sign, (name, _) in COMPARISON.items()},
}
SPECIAL_METHODS = frozenset(_BY_OPERATION)


def special_method(value: Value, name: str, context: Context) -> Value:
    """The special method of plain data, or MISSING."""
    if name == "__class__":
        return type_of(value, context)
    if name == "__doc__":
        return type(value).__doc__
    act = _BY_OPERATION.get(name)
    if act is None or (name != "__init__" and not hasattr(type(value), name)):
        return MISSING
    return NativeFunction(name, lambda a, k, c: act(value, a, c))


# families


class Clock(NativeFunction):
    """A function that asks the clock or a source of random numbers: each call is a moment of the run."""

    __slots__ = ("why",)

    def __init__(self, path: str, why: str) -> None:
        super().__init__(path.rpartition(".")[2], self._ask)
        self.dotted = path
        self.why = why

    def call(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        return self._ask(arguments, keywords, context)

    def _ask(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        evaluator = context.evaluator
        evaluator.run_values = True
        certain = context.uncertain is None and "**" not in keywords
        given = [evaluator.snapshot(one) for one in arguments] if certain else [context.unknown(self.why)]
        named = {name: evaluator.snapshot(one) for name, one in keywords.items()} if certain else {}
        moment = Moment(context.span, self.why, self.dotted, given, named)
        evaluator.moments.append(moment)
        return moment if certain else moment.forgotten()


@represents(datetime.datetime, datetime.date, datetime.time, datetime.timedelta, datetime.timezone)
class DateHost(Host):
    """Dates and times."""

    def get_attribute(self, name: str, context: Context) -> Value:
        if name in ("now", "today", "utcnow"):
            kind = self.value if isinstance(self.value, type) else type(self.value)
            return Clock(f"datetime.{kind.__name__}.{name}", "the present time")
        if name == "fromtimestamp":
            return NativeFunction(name, lambda a, k, c: c.unknown("a time of the machine"))
        if name == "isocalendar" and isinstance(self.value, datetime.date):
            return NativeFunction(name, lambda a, k, c: _iso_calendar(self.value, [*a, *k], c))
        naive = getattr(self.value, "tzinfo", None) is None
        if name in ("timestamp", "astimezone", "timetuple") and naive and hasattr(self.value, name):
            return NativeFunction(name, lambda a, k, c: c.unknown("a time that depends on the machine's time zone"))
        return super().get_attribute(name, context)


def _iso_calendar(day: datetime.date, given: list[Value], context: Context) -> Instance:
    if given:
        text_ = f"{type(day).__name__}.isocalendar() takes no arguments ({len(given)} given)"
        raise context.raise_(TypeError(text_))
    class_ = Class("IsoCalendarDate", "datetime.IsoCalendarDate", None, None, (Symbol("typing.NamedTuple"),))
    class_.kind = "namedtuple"
    names = ("year", "week", "weekday")
    class_.fields = {name: Field(name, None) for name in names}
    made = Instance(class_)
    made.attributes.update(zip(names, day.isocalendar(), strict=True))
    return made


@represents(decimal.Decimal)
class DecimalHost(Host):
    """Decimal numbers."""

    def unary(self, operator: str, context: Context) -> Value:
        return in_decimal_context(lambda: _UNARY[operator](self.value), context)

    def get_attribute(self, name: str, context: Context) -> Value:
        found = super().get_attribute(name, context)
        if name.startswith("_") or not isinstance(found, NativeFunction):
            return found
        return NativeFunction(name, lambda a, k, c: self._act(found, a, k, c))

    def _act(self, method: NativeFunction, a: list[Value], k: dict[str, Value], context: Context) -> Value:
        chosen = context.evaluator.decimal_context
        if chosen is None or not chosen.options:
            return method.call(a, k, context)
        return in_decimal_context(lambda: call_pure(getattr(self.value, method.name), a, k, context), context)


@represents(bytearray)
class BytearrayHost(Host):
    """Bytes that change."""

    def get_attribute(self, name: str, context: Context) -> Value:
        found = super().get_attribute(name, context)
        value = self.value

        def changing(arguments: list[Value], keywords: dict[str, Value], place: Context) -> Value:
            place.touch(value)
            return call_pure(getattr(value, name), arguments, keywords, place, name, value)

        return NativeFunction(name, changing) if isinstance(found, NativeFunction) and name[0] != "_" else found

    def iterate(self, context: Context) -> Iterator[Value] | Unknown:
        return iter(bytes(self.value))

    def set_item(self, key: Value, value: Value, context: Context) -> None:
        context.touch(self.value)
        key = as_index(key, context)
        try:
            self.value[key] = unwrap(context.force(value))
        except Exception as error:
            raise context.raise_(error) from None

    def delete_item(self, key: Value, context: Context) -> None:
        context.touch(self.value)
        key = as_index(key, context)
        try:
            del self.value[key]
        except Exception as error:
            raise context.raise_(error) from None


_EXCEPTION_FIELDS = frozenset(
    {"args", "code", "errno", "strerror", "filename", "filename2", "name", "path", "value", "msg", "doc", "pos",
     "lineno", "colno", "offset", "text", "end_lineno", "end_offset", "reason", "start", "end", "encoding", "object"}
)  # fmt: skip


@represents(BaseException)
class ExceptionHost(Host):
    """Builtin exceptions."""

    def described(self) -> str:
        return f"a `{type(self.value).__name__}`"

    def key(self, context: Context) -> Value:
        return self.value

    def truth(self, context: Context) -> bool | Unknown:
        return True

    def get_attribute(self, name: str, context: Context) -> Value:
        value = self.value
        noted = value.__dict__.get("_of_the_program", {})
        if name in noted:
            return noted[name]
        if name in ("name", "obj") and isinstance(value, AttributeError):
            return context.unknown(f"`{name}` of an AttributeError")
        if name in _EXCEPTION_FIELDS and hasattr(value, name):
            return getattr(value, name)
        if name in ("__cause__", "__context__", "__traceback__"):
            return None
        if name == "__suppress_context__":
            return False
        if name == "__class__":
            return type(value)
        if name == "__dict__":
            return {}
        if name == "with_traceback":
            return NativeFunction(name, lambda a, k, c: value)
        if name == "add_note":
            return NativeFunction(name, lambda a, k, c: add_note(chain_of(value), a[0], c))
        if name == "__str__":
            return NativeFunction(name, lambda a, k, c: text(value, c))
        return self._no_attribute(name, context)

    def set_attribute(self, name: str, value: Value, context: Context) -> None:
        noted: dict[str, Value] = self.value.__dict__.setdefault("_of_the_program", {})
        context.touch(noted)
        noted[name] = value
        if name == "__cause__":
            noted["__suppress_context__"] = True

    def text(self, context: Context) -> str | Unknown:
        value = self.value
        arguments = value.args
        if isinstance(value, KeyError) and len(arguments) == 1:
            return representation(arguments[0], context)
        if isinstance(value, (OSError, UnicodeError, SyntaxError)) and len(arguments) > 1:
            file = getattr(value, "filename", None)
            return representation(file, context) if isinstance(file, Placed) else str(value)
        if len(arguments) > 1:
            return representation(arguments, context)
        return text(arguments[0], context) if arguments else ""

    def representation(self, context: Context) -> str | Unknown:
        kind = type(self.value)
        if any("__repr__" in vars(base) for base in kind.__mro__[: kind.__mro__.index(BaseException)]):
            return context.unknown(f"the text of a `{type(self.value).__name__}`")
        inner = [representation(argument, context) for argument in self.value.args]
        unknown = next((part.forgotten() for part in inner if isinstance(part, Unknown)), None)
        return unknown or f"{type(self.value).__name__}({', '.join(inner)})"  # type: ignore[arg-type]

    def type_of(self, context: Context) -> Value:
        return type(self.value)

    def is_instance_of(self, class_: Value) -> bool | None:
        return isinstance(class_, type) and isinstance(self.value, class_)

    def as_exception(self, context: Context) -> Value:
        return self.value


@represents(types.GenericAlias, types.UnionType)
class AliasHost(Host):
    """Python's own types with arguments, as some of its functions give them."""

    def get_attribute(self, name: str, context: Context) -> Value:
        return context.unknown(f"`{name}` of a type")


def as_generic(value: Value) -> Value:
    """Python's own union of types as a Generic."""
    return Generic(Symbol("typing.Union"), value.__args__) if type(value) is types.UnionType else value
