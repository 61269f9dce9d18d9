"""`collections`."""

from __future__ import annotations

import collections
import keyword
import sys
from collections.abc import Iterator
from typing import Any

from zencompile.frontend.prelude.helpers import Keywords, module
from zencompile.frontend.prelude.modelled import Modelled, NativeType, is_callable, method, unknown_among
from zencompile.frontend.prelude.signatures import Declared, declared
from zencompile.frontend.values import (
    MISSING,
    Class,
    Context,
    Field,
    Generator,
    Instance,
    Symbol,
    Unknown,
    Value,
    operations,
    text,
    type_name,
)
from zencompile.frontend.values.containers import View
from zencompile.frontend.values.copying import copy_value
from zencompile.frontend.values.hosts import call_method
from zencompile.frontend.values.operations import all_items

# named tuples


def named_tuple_class(name: str, names: list[str], defaults: dict[str, Value], c: Context) -> Class:
    class_ = Class(name, name, c.module, None, (Symbol("typing.NamedTuple"),))
    class_.kind = "namedtuple"
    class_.mro = (class_, Symbol("typing.NamedTuple"))
    class_.fields = {n: Field(n, None, defaults.get(n, MISSING)) for n in names}
    return class_


@declared("namedtuple", "typename, field_names, *, rename=False, defaults=None, module=None")
def _namedtuple(a: list[Value], k: Keywords, c: Context) -> Value:
    name, fields = c.plain(a[0]), c.force(a[1])
    listed: Any = fields.replace(",", " ").split() if isinstance(fields, str) else all_items(fields, c)
    rename: Any = c.truth(k["rename"])
    given: Any = all_items(k["defaults"], c) if k["defaults"] is not None else []
    unknown = unknown_among((name, listed, rename, given))
    names: Any = [c.plain(one) for one in ([unknown] if unknown is not None else listed)]
    unknown = unknown_among(names)
    if unknown is not None:
        return unknown
    if not isinstance(name, str) or not all(isinstance(one, str) for one in names):
        return c.unknown("a named tuple whose names are no texts")
    if rename:
        names = _renamed(names)
    _check_names(name, names, c)
    if len(given) > len(names):
        raise c.raise_(TypeError("Got more default values than field names"))
    return named_tuple_class(name, names, dict(zip(names[len(names) - len(given) :], given, strict=True)), c)


def _renamed(names: list[str]) -> list[str]:
    made: list[str] = []
    for index, name in enumerate(names):
        is_wrong = not name.isidentifier() or keyword.iskeyword(name) or name.startswith("_") or name in made
        made.append(f"_{index}" if is_wrong else name)
    return made


def _check_names(name: str, names: list[str], c: Context) -> None:
    for one in (name, *names):
        if not one.isidentifier() or keyword.iskeyword(one):
            raise c.raise_(ValueError(f"Type names and field names must be valid identifiers: {one!r}"))
    for index, one in enumerate(names):
        if one.startswith("_") and one != f"_{index}":
            raise c.raise_(ValueError(f"Field names cannot start with an underscore: {one!r}"))
        if one in names[:index]:
            raise c.raise_(ValueError(f"Encountered duplicate field name: {one!r}"))


# what all of them share


class Wrapped(Modelled):
    """A mapping or sequence of `collections` around plain data: it answers as the data does where it has no say
    itself."""

    shared: frozenset[str] = frozenset()
    """Methods that do what the plain data's do."""

    is_changeable = True

    def __init__(self, data: Any) -> None:
        self.data = data

    def copied(self, deep: bool) -> Wrapped:
        made = type(self).__new__(type(self))
        made.__dict__.update(self.__dict__)
        made.data = copy_value(self.data, deep, {})
        return made

    def get_attribute(self, name: str, context: Context) -> Value:
        if name in self.shared:
            return operations.get_attribute(self.data, name, context)
        if name == "copy":
            return method(name, "", lambda a, k, c: self.copied(False))
        return super().get_attribute(name, context)

    def get_item(self, key: Value, context: Context) -> Value:
        return operations.get_item(self.data, key, context)

    def set_item(self, key: Value, value: Value, context: Context) -> None:
        operations.set_item(self.data, key, value, context)

    def delete_item(self, key: Value, context: Context) -> None:
        operations.delete_item(self.data, key, context)

    def iterate(self, context: Context) -> Iterator[Value] | Unknown:
        return context.iterate(self.data)

    def length(self, context: Context) -> int | Unknown:
        return len(self.data)

    def truth(self, context: Context) -> bool | Unknown:
        return bool(self.data)

    def contains(self, item: Value, context: Context) -> bool | Unknown:
        return operations.contains(self.data, item, context)

    def _compare(self, operator: str, left: Value, right: Value, context: Context) -> Any:
        return operations.compare(operator, left, right, context)

    def _text_of(self, value: Value, context: Context) -> str | Unknown:
        return text.representation(value, context)


class Mapping(Wrapped):
    """A subclass of `dict`."""

    shared = frozenset({"keys", "values", "items", "get", "pop", "popitem", "setdefault", "update", "clear"})

    def compare(self, operator: str, other: Value, context: Context) -> Any:
        if operator not in ("==", "!="):
            return MISSING
        if isinstance(other, Mapping):
            other = other.data
        return self._compare(operator, self.data, other, context) if type(other) is dict else MISSING

    def text(self, context: Context) -> str | Unknown:
        inner = self._text_of(self.data, context) if self.data else ""
        return inner.forgotten() if isinstance(inner, Unknown) else f"{self.type_name}({inner})"


class DefaultDict(Mapping):
    """`defaultdict`."""

    type_name = "defaultdict"
    host = collections.defaultdict

    def __init__(self, factory: Value, data: dict[Value, Value]) -> None:
        super().__init__(data)
        self.factory = factory

    def get_attribute(self, name: str, context: Context) -> Value:
        return self.factory if name == "default_factory" else super().get_attribute(name, context)

    def set_attribute(self, name: str, value: Value, context: Context) -> None:
        if name != "default_factory":
            return super().set_attribute(name, value, context)
        self.factory = value
        return None

    def get_item(self, key: Value, context: Context) -> Value:
        key = operations.key(key, context)
        if isinstance(key, Unknown):
            return key.forgotten()
        if key not in self.data:
            if self.factory is None:
                raise context.raise_(KeyError(key))
            made = context.call(self.factory)
            context.touch(self.data)
            self.data[key] = made
        return self.data[key]

    def text(self, context: Context) -> str | Unknown:
        factory, inner = self._text_of(self.factory, context), self._text_of(self.data, context)
        if isinstance(factory, Unknown):
            return factory.forgotten()
        return inner.forgotten() if isinstance(inner, Unknown) else f"defaultdict({factory}, {inner})"


def _defaultdict(a: list[Value], k: Keywords, c: Context) -> Value:
    factory = c.force(a[0])
    if factory is not None and is_callable(factory) is False:
        raise c.raise_(TypeError("first argument must be callable or None"))
    data: dict[Value, Value] = {}
    call_method(data, "update", [] if a[1] is MISSING else a[1:2], k, c)
    return DefaultDict(factory, data)


class OrderedDict(Mapping):
    """`OrderedDict`."""

    type_name = "OrderedDict"
    host = collections.OrderedDict
    shared = Mapping.shared - {"popitem"}

    def get_attribute(self, name: str, context: Context) -> Value:
        if name == "move_to_end":
            return method(name, "key, last=True", self._move_to_end)
        if name == "popitem":
            return method(name, "last=True", self._popitem)
        return super().get_attribute(name, context)

    def compare(self, operator: str, other: Value, context: Context) -> Any:
        if not isinstance(other, OrderedDict) or operator not in ("==", "!="):
            return super().compare(operator, other, context)
        same = self._compare("==", list(self.data.items()), list(other.data.items()), context)
        return same.forgotten() if isinstance(same, Unknown) else same is (operator == "==")

    def _move_to_end(self, a: list[Value], k: Keywords, c: Context) -> Value:
        key, last = operations.key(a[0], c), c.truth(a[1])
        for unknown in (key, last):
            if isinstance(unknown, Unknown):
                return unknown.forgotten()
        if key not in self.data:
            raise c.raise_(KeyError(key))
        c.touch(self.data)
        value = self.data.pop(key)
        rest = {} if last else dict(self.data)
        if not last:
            self.data.clear()
        self.data[key] = value
        self.data.update(rest)
        return None

    def _popitem(self, a: list[Value], k: Keywords, c: Context) -> Value:
        last = c.truth(a[0])
        if isinstance(last, Unknown):
            return last.forgotten()
        if not self.data:
            raise c.raise_(KeyError("dictionary is empty"))
        c.touch(self.data)
        key = (list(self.data) if last else list(self.data)[:1])[-1]
        return key, self.data.pop(key)

    def text(self, context: Context) -> str | Unknown:
        return context.unknown("the text of an OrderedDict, which differs between versions of Python")


def _ordered_dict(a: list[Value], k: Keywords, c: Context) -> Value:
    data: dict[Value, Value] = {}
    call_method(data, "update", [] if a[0] is MISSING else a, k, c)
    return OrderedDict(data)


class Counter(Mapping):
    """`Counter`. Counts are numbers; others are not counted with."""

    type_name = "Counter"
    host = collections.Counter
    shared = Mapping.shared - {"update"}

    def get_item(self, key: Value, context: Context) -> Value:
        return call_method(self.data, "get", [key, 0], {}, context)

    def delete_item(self, key: Value, context: Context) -> None:
        if operations.contains(self.data, key, context) is True:
            super().delete_item(key, context)

    def get_attribute(self, name: str, context: Context) -> Value:
        own = {
            "most_common": ("n=None", self._most_common),
            "elements": ("", lambda a, k, c: Generator(self._elements(c), "chain")),
            "total": ("", lambda a, k, c: self._uncountable(c) or sum(self.data.values())),
            "update": ("iterable=None, /, **keywords", lambda a, k, c: self.count_all(a[0], k, 1, c)),
            "subtract": ("iterable=None, /, **keywords", lambda a, k, c: self.count_all(a[0], k, -1, c)),
        }
        if name in own:
            return method(name, *own[name])
        return super().get_attribute(name, context)

    def _uncountable(self, c: Context) -> Unknown | None:
        """Unknown, unless all counts are numbers."""
        wrong = next((n for n in self.data.values() if type(n) not in (int, float, bool)), None)
        if wrong is None:
            return None
        return wrong.forgotten() if isinstance(wrong, Unknown) else c.unknown("counts that are no numbers")

    def _elements(self, c: Context) -> Iterator[Value]:
        for key, number in self.data.items():
            if type(number) not in (int, bool):
                yield c.unknown("counts that are no numbers")
                return
            for _ in range(number):
                c.tick()
                yield key

    def _most_common(self, a: list[Value], k: Keywords, c: Context) -> Value:
        number = c.force(a[0])
        unknown = number.forgotten() if isinstance(number, Unknown) else self._uncountable(c)
        if unknown is not None:
            return unknown
        order = sorted(self.data.items(), key=lambda pair: pair[1], reverse=True)
        if number is None:
            return order
        if type(number) is not int:
            return c.unknown("so many of a Counter")
        return order[: max(number, 0)]

    def count_all(self, source: Value, keywords: Keywords, sign: int, c: Context) -> Value:
        """`update` and `subtract`: of an iterable, a mapping and keywords."""
        source = c.force(source)
        if isinstance(source, Mapping):
            source = source.data
        if source is not None:
            self._count(source, sign, c)
        if keywords:
            self._count(dict(keywords), sign, c)
        return None

    def _count(self, source: Value, sign: int, c: Context) -> None:
        if type(source) is dict:
            pairs = list(source.items())
            is_new = not self.data and sign > 0
        else:
            listed = all_items(source, c)
            pairs = [(item, 1) for item in ([listed] if isinstance(listed, Unknown) else listed)]
            is_new = False
        c.touch(self.data)
        for item, number in pairs:
            key = operations.key(item, c)
            if is_new:
                self.data[key] = number
                continue
            before = self.data.get(key, 0)
            both = (number, before) if sign > 0 else (before, number)
            self.data[key] = operations.binary("+" if sign > 0 else "-", *both, c)

    def binary(self, operator: str, other: Value, reflected: bool, context: Context) -> Value:
        if operator not in _COUNTING or not isinstance(other, Counter) or reflected:
            return MISSING
        unknown = self._uncountable(context) or other._uncountable(context)
        if unknown is not None:
            return unknown
        result = _COUNTING[operator](collections.Counter(self.data), collections.Counter(other.data))
        return Counter(dict(result))

    def in_place(self, operator: str, other: Value, context: Context) -> Value:
        made = self.binary(operator, other, False, context)
        if not isinstance(made, Counter):
            return made
        context.touch(self.data)
        order = [key for key in (*self.data, *made.data) if key in made.data]
        counts = {key: made.data[key] for key in order}
        self.data.clear()
        self.data.update(counts)
        return self

    def unary(self, operator: str, context: Context) -> Value:
        unknown = self._uncountable(context)
        if unknown is not None or operator == "~":
            return unknown or super().unary(operator, context)
        counts = collections.Counter(self.data)
        return Counter(dict(+counts if operator == "+" else -counts))

    def compare(self, operator: str, other: Value, context: Context) -> Any:
        if not isinstance(other, Counter):
            return super().compare(operator, other, context)
        unknown = self._uncountable(context) or other._uncountable(context)
        if unknown is not None:
            return unknown
        return _COMPARING[operator](collections.Counter(self.data), collections.Counter(other.data))

    def text(self, context: Context) -> str | Unknown:
        if not self.data:
            return "Counter()"
        unknown = self._uncountable(context)
        if unknown is not None:
            return unknown
        order = dict(sorted(self.data.items(), key=lambda pair: pair[1], reverse=True))
        inner = self._text_of(order, context)
        return inner.forgotten() if isinstance(inner, Unknown) else f"Counter({inner})"


_COUNTING: dict[str, Any] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "|": lambda left, right: left | right,
    "&": lambda left, right: left & right,
}
_COMPARING: dict[str, Any] = {
    "==": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


def _counter(a: list[Value], k: Keywords, c: Context) -> Value:
    made = Counter({})
    made.count_all(a[0], k, 1, c)
    return made


class Deque(Wrapped):
    """`deque`."""

    type_name = "deque"
    host = collections.deque
    shared = frozenset({"clear", "count", "index", "remove", "reverse"})

    def __init__(self, data: list[Value], longest: int | None) -> None:
        super().__init__(data)
        self.longest = longest

    def get_attribute(self, name: str, context: Context) -> Value:
        if name == "maxlen":
            return self.longest
        own = {
            "append": ("item, /", lambda a, k, c: self._add(a[:1], False, c)),
            "appendleft": ("item, /", lambda a, k, c: self._add(a[:1], True, c)),
            "extend": ("iterable, /", lambda a, k, c: self._add(all_items(a[0], c), False, c)),
            "extendleft": ("iterable, /", lambda a, k, c: self._add(all_items(a[0], c), True, c)),
            "pop": ("", lambda a, k, c: self._pop(-1, c)),
            "popleft": ("", lambda a, k, c: self._pop(0, c)),
            "insert": ("index, item, /", self._insert),
            "rotate": ("n=1, /", self._rotate),
        }
        if name in own:
            return method(name, *own[name])
        return super().get_attribute(name, context)

    def _add(self, added: list[Value] | Unknown, left: bool, c: Context) -> Value:
        added = [added] if isinstance(added, Unknown) else added
        c.touch(self.data)
        if left:
            self.data[:0] = added[::-1]
        else:
            self.data.extend(added)
        if self.longest is not None and len(self.data) > self.longest:
            kept = self.data[: self.longest] if left else self.data[len(self.data) - self.longest :]
            self.data[:] = kept
        return None

    def _pop(self, at: int, c: Context) -> Value:
        if not self.data:
            raise c.raise_(IndexError("pop from an empty deque"))
        c.touch(self.data)
        return self.data.pop(at)

    def _insert(self, a: list[Value], k: Keywords, c: Context) -> Value:
        if self.longest is not None and len(self.data) >= self.longest:
            raise c.raise_(IndexError("deque already at its maximum size"))
        return call_method(self.data, "insert", a, {}, c)

    def _rotate(self, a: list[Value], k: Keywords, c: Context) -> Value:
        by = c.force(a[0])
        if not isinstance(by, int):
            if isinstance(by, (Unknown, Instance)):
                return by.forgotten() if isinstance(by, Unknown) else c.unknown("so far a rotation")
            raise c.raise_(TypeError(f"'{type_name(by)}' object cannot be interpreted as an integer"))
        if abs(by) > sys.maxsize:
            raise c.raise_(OverflowError("Python int too large to convert to C ssize_t"))
        c.touch(self.data)
        if self.data:
            by %= len(self.data)
            self.data[:] = self.data[len(self.data) - by :] + self.data[: len(self.data) - by]
        return None

    def _index(self, key: Value, context: Context) -> None:
        if not isinstance(context.force(key), (int, Unknown, Instance)):
            raise context.raise_(TypeError(f"sequence index must be integer, not '{type_name(key)}'"))

    def get_item(self, key: Value, context: Context) -> Value:
        self._index(key, context)
        return super().get_item(key, context)

    def set_item(self, key: Value, value: Value, context: Context) -> None:
        self._index(key, context)
        super().set_item(key, value, context)

    def delete_item(self, key: Value, context: Context) -> None:
        self._index(key, context)
        super().delete_item(key, context)

    def compare(self, operator: str, other: Value, context: Context) -> Any:
        return self._compare(operator, self.data, other.data, context) if isinstance(other, Deque) else MISSING

    def binary(self, operator: str, other: Value, reflected: bool, context: Context) -> Value:
        if operator == "+" and not reflected and isinstance(other, Deque):
            made = Deque(list(self.data), self.longest)
            made._add(list(other.data), False, context)
            return made
        if operator == "*" and type(other) is int:
            product = operations.binary("*", self.data, other, context)
            return product.forgotten() if isinstance(product, Unknown) else _limited(product, self.longest)
        return MISSING

    def in_place(self, operator: str, other: Value, context: Context) -> Value:
        if operator == "+":
            self._add(all_items(other, context), False, context)
            return self
        return context.unknown("a deque that is multiplied in place") if operator == "*" else MISSING

    def text(self, context: Context) -> str | Unknown:
        inner = self._text_of(self.data, context)
        if isinstance(inner, Unknown):
            return inner.forgotten()
        return f"deque({inner})" if self.longest is None else f"deque({inner}, maxlen={self.longest})"


def _limited(items: list[Value], longest: int | None) -> Deque:
    return Deque(items if longest is None else items[max(len(items) - longest, 0) :], longest)


def _deque(a: list[Value], k: Keywords, c: Context) -> Value:
    longest = c.force(a[1])
    if isinstance(longest, (Unknown, Instance)):
        return longest.forgotten() if isinstance(longest, Unknown) else c.unknown("so long a deque")
    if longest is not None and not isinstance(longest, int):
        raise c.raise_(TypeError("an integer is required"))
    if longest is not None and longest < 0:
        raise c.raise_(ValueError("maxlen must be non-negative"))
    listed = [] if a[0] is MISSING else all_items(a[0], c)
    if isinstance(listed, Unknown):
        return listed.forgotten()
    return _limited(listed, None if longest is None else int(longest))


class ChainMap(Modelled):
    """`ChainMap`: the first of its mappings that has a key answers; only the first is written."""

    is_changeable = True
    type_name = "ChainMap"
    host = collections.ChainMap

    def __init__(self, maps: list[Value]) -> None:
        self.maps = maps

    def merged(self) -> dict[Value, Value]:
        """All of it, in the order in which it is iterated."""
        found: dict[Value, Value] = {}
        for one in reversed(self.maps):
            found.update(one)
        return found

    def get_attribute(self, name: str, context: Context) -> Value:
        if name == "maps":
            return self.maps
        if name == "parents":
            return ChainMap(self.maps[1:] or [{}])
        if name == "new_child":
            return method(name, "m=None, **keywords", self._new_child)
        if name in ("keys", "values", "items"):
            return method(name, "", lambda a, k, c: _ChainView(self.merged(), name))
        if name == "get":
            return operations.get_attribute(self.merged(), name, context)
        if name in ("pop", "popitem", "clear", "update", "setdefault"):
            return context.unknown(f"`{name}` of a ChainMap")
        return super().get_attribute(name, context)

    def _new_child(self, a: list[Value], k: Keywords, c: Context) -> Value:
        first = {} if a[0] is None else c.force(a[0])
        if type(first) is not dict:
            return first.forgotten() if isinstance(first, Unknown) else c.unknown("a ChainMap of other mappings")
        if k:
            c.touch(first)
            first.update(k)
        return ChainMap([first, *self.maps])

    def get_item(self, key: Value, context: Context) -> Value:
        return operations.get_item(self.merged(), key, context)

    def set_item(self, key: Value, value: Value, context: Context) -> None:
        operations.set_item(self.maps[0], key, value, context)

    def delete_item(self, key: Value, context: Context) -> None:
        operations.delete_item(self.maps[0], key, context)

    def iterate(self, context: Context) -> Iterator[Value] | Unknown:
        return iter(list(self.merged()))

    def length(self, context: Context) -> int | Unknown:
        return len(self.merged())

    def truth(self, context: Context) -> bool | Unknown:
        return any(self.maps)

    def contains(self, item: Value, context: Context) -> bool | Unknown:
        return operations.contains(self.merged(), item, context)

    def compare(self, operator: str, other: Value, context: Context) -> Any:
        other = other.merged() if isinstance(other, ChainMap) else other
        if operator not in ("==", "!=") or type(other) is not dict:
            return MISSING
        return operations.compare(operator, self.merged(), other, context)

    def text(self, context: Context) -> str | Unknown:
        inner = text.representation(self.maps, context)
        return inner.forgotten() if isinstance(inner, Unknown) else f"ChainMap({inner[1:-1]})"


class _ChainView(View):
    """`keys()`, `values()` and `items()` of a ChainMap."""

    def __init__(self, owner: dict[Value, Value], kind: str) -> None:
        super().__init__(owner, kind)
        self.type_name = f"{kind.title()}View"  # type: ignore[misc]

    def text(self, context: Context) -> str | Unknown:
        return context.unknown("the text of a view")


def _chain_map(a: list[Value], k: Keywords, c: Context) -> Value:
    maps = [c.force(one) for one in a] or [{}]
    for one in maps:
        if type(one) is not dict:
            return one.forgotten() if isinstance(one, Unknown) else c.unknown("a ChainMap of other mappings")
    return ChainMap(maps)


def _fromkeys(make: Any) -> Declared:
    def act(a: list[Value], k: Keywords, c: Context) -> Value:
        made = c.call(c.get_attribute(dict, "fromkeys"), a)
        return made.forgotten() if isinstance(made, Unknown) else make(made)

    return Declared("fromkeys", "iterable, value=None, /", act)


class _MappingType(NativeType):
    """`OrderedDict` the class, which has an alternative constructor."""

    def get_attribute(self, name: str, context: Context) -> Value:
        return _fromkeys(OrderedDict) if name == "fromkeys" else super().get_attribute(name, context)


MODULES = {
    "collections": module(
        "collections",
        {
            "namedtuple": _namedtuple,
            "OrderedDict": _MappingType(collections.OrderedDict, "mapping=..., /, **keywords", _ordered_dict),
            "defaultdict": NativeType(
                collections.defaultdict, "default_factory=None, mapping=..., /, **keywords", _defaultdict
            ),
            "Counter": NativeType(collections.Counter, "iterable=None, /, **keywords", _counter),
            "deque": NativeType(collections.deque, "iterable=..., maxlen=None", _deque),
            "ChainMap": NativeType(collections.ChainMap, "*maps", _chain_map),
        },
    )
}
