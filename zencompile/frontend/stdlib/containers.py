"""`collections`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from zencompile.frontend.evaluator import comparison, methods
from zencompile.frontend.evaluator.items import as_mapping, get_item, set_item
from zencompile.frontend.evaluator.iteration import Generator, all_items
from zencompile.frontend.evaluator.plain import hashable
from zencompile.frontend.evaluator.plain_attributes import plain_attribute
from zencompile.frontend.stdlib.helpers import Keywords, module
from zencompile.frontend.values import (
    MISSING,
    Class,
    Context,
    Field,
    NativeFunction,
    NativeObject,
    Symbol,
    Unknown,
    Value,
)


def named_tuple_class(name: str, names: list[str], defaults: dict[str, Value], c: Context) -> Class:
    class_ = Class(name, name, c.module, None, (Symbol("typing.NamedTuple"),))
    class_.kind = "namedtuple"
    class_.mro = (class_, Symbol("typing.NamedTuple"))
    class_.fields = {n: Field(n, None, defaults.get(n, MISSING)) for n in names}
    return class_


def _namedtuple(a: list[Value], k: Keywords, c: Context) -> Value:
    name, fields = c.force(a[0]), c.force(a[1] if len(a) > 1 else k.get("field_names", ()))
    if isinstance(fields, str):
        names: Any = fields.replace(",", " ").split()
    else:
        names = all_items(fields, c)
    if isinstance(names, Unknown):
        return names
    given = all_items(k["defaults"], c) if k.get("defaults") is not None else []
    defaults = {} if isinstance(given, Unknown) else dict(zip(names[len(names) - len(given) :], given, strict=False))
    return named_tuple_class(str(name), names, defaults, c)


class Wrapped(NativeObject):
    """A mapping or sequence of `collections` around plain data: it answers as the data does where it has no say
    itself."""

    def __init__(self, data: Any) -> None:
        self.data = data

    def copied(self, deep: bool) -> Wrapped:
        from zencompile.frontend.stdlib.core import copy_value

        made = type(self).__new__(type(self))
        made.__dict__.update(self.__dict__)
        made.data = copy_value(self.data, deep, {})
        return made

    def _frame(self, c: Context) -> Any:
        return c.evaluator._frame(c)

    def get_attribute(self, name: str, context: Context) -> Value:
        return (
            plain_attribute(context.evaluator, self.data, name, context.node, self._frame(context))
            if self._has(name)
            else super().get_attribute(name, context)
        )

    def _has(self, name: str) -> bool:
        return hasattr(type(self.data), name)

    def get_item(self, key: Value, context: Context) -> Value:
        return get_item(context.evaluator, self.data, key, context.node, self._frame(context))

    def set_item(self, key: Value, value: Value, context: Context) -> None:
        set_item(context.evaluator, self.data, key, value, context.node, self._frame(context))

    def iterate(self, context: Context) -> Iterator[Value] | Unknown:
        return context.iterate(self.data)

    def length(self, context: Context) -> int | Unknown:
        return len(self.data)

    def truth(self, context: Context) -> bool | Unknown:
        return bool(self.data)

    def contains(self, item: Value, context: Context) -> bool | Unknown:
        return comparison.contains(context.evaluator, self.data, item, context.node, self._frame(context))

    def compare(self, operator: str, other: Value, context: Context) -> Any:
        other = other.data if isinstance(other, Wrapped) else other
        return comparison.compare_values(
            context.evaluator, operator, self.data, other, context.node, self._frame(context)
        )

    def is_instance_of(self, class_: Value) -> bool | None:
        return isinstance(class_, type) and isinstance(self.data, class_)

    def text(self, context: Context) -> str | Unknown:
        from zencompile.frontend.evaluator import text

        inner = text.to_repr(context.evaluator, self.data, context.node, self._frame(context))
        return inner if isinstance(inner, Unknown) else f"{self.type_name}({inner})"


class DefaultDict(Wrapped):
    type_name = "defaultdict"

    def __init__(self, factory: Value, data: dict[Value, Value]) -> None:
        super().__init__(data)
        self.factory = factory

    def get_item(self, key: Value, context: Context) -> Value:
        key = hashable(context.evaluator, key, context.node, self._frame(context))
        if isinstance(key, Unknown):
            return key
        if key not in self.data:
            if self.factory is None:
                raise context.raise_(KeyError(key))
            context.evaluator.touch(self.data)
            self.data[key] = context.call(self.factory)
        return self.data[key]

    def text(self, context: Context) -> str | Unknown:
        return context.unknown("the text of a defaultdict")


def _defaultdict(a: list[Value], k: Keywords, c: Context) -> Value:
    data: dict[Value, Value] = {}
    methods.call(c.evaluator, data, "update", a[1:2], k, c.node, c.evaluator._frame(c))
    return DefaultDict(a[0] if a else None, data)


class Counter(Wrapped):
    type_name = "Counter"

    def get_item(self, key: Value, context: Context) -> Value:
        return methods.call(context.evaluator, self.data, "get", [key, 0], {}, context.node, self._frame(context))

    def get_attribute(self, name: str, context: Context) -> Value:
        if name == "most_common":
            return NativeFunction(name, lambda a, k, c: self._most_common(c.force(a[0]) if a else None))
        if name == "elements":
            return NativeFunction(name, lambda a, k, c: Generator(self._elements(c)))
        if name == "total":
            return NativeFunction(name, lambda a, k, c: sum(self.data.values()))
        if name in ("update", "subtract"):
            return NativeFunction(name, lambda a, k, c: self.count(a[0] if a else (), 1 if name == "update" else -1, c))
        return super().get_attribute(name, context)

    def _elements(self, c: Context) -> Iterator[Value]:
        for key, number in self.data.items():
            for _ in range(number if isinstance(number, int) else 0):
                c.evaluator.tick(c.node, self._frame(c))
                yield key

    def _most_common(self, number: Value) -> list[Value]:
        order = sorted(self.data.items(), key=lambda pair: -pair[1])
        return order[:number] if isinstance(number, int) else order

    def count(self, source: Value, sign: int, c: Context) -> Value:
        source = c.force(source.data if isinstance(source, Wrapped) else source)
        c.evaluator.touch(self.data)
        if isinstance(source, dict):
            for key, number in source.items():
                self.data[key] = self.data.get(key, 0) + sign * (number if isinstance(number, (int, float)) else 0)
            return None
        listed = all_items(source, c)
        for item in [listed] if isinstance(listed, Unknown) else listed:
            key = hashable(c.evaluator, item, c.node, self._frame(c))
            self.data[key] = self.data.get(key, 0) + sign
        return None

    def binary(self, operator: str, other: Value, reflected: bool, context: Context) -> Value:
        if operator not in ("+", "-") or not isinstance(other, Counter) or reflected:
            return MISSING
        made = Counter(dict(self.data))
        made.count(other, 1 if operator == "+" else -1, context)
        made.data = {key: number for key, number in made.data.items() if number > 0}
        return made


def _counter(a: list[Value], k: Keywords, c: Context) -> Value:
    made = Counter({})
    if a:
        made.count(a[0], 1, c)
    if k:
        made.count(k, 1, c)
    return made


class Deque(Wrapped):
    type_name = "deque"

    def __init__(self, data: list[Value], longest: int | None) -> None:
        super().__init__(data)
        self.longest = longest

    def get_attribute(self, name: str, context: Context) -> Value:
        if name == "maxlen":
            return self.longest
        if name in ("appendleft", "popleft", "extendleft", "append", "extend", "rotate"):
            return NativeFunction(name, lambda a, k, c: self._act(name, a, c))
        return super().get_attribute(name, context)

    def _act(self, name: str, a: list[Value], c: Context) -> Value:
        c.evaluator.touch(self.data)
        if name == "popleft":
            if not self.data:
                raise c.raise_(IndexError("pop from an empty deque"))
            return self.data.pop(0)
        if name == "rotate":
            by = c.force(a[0]) if a else 1
            if isinstance(by, int) and self.data:
                by %= len(self.data)
                self.data[:] = self.data[-by:] + self.data[:-by] if by else self.data
            return None
        added = [a[0]] if name.startswith("append") else all_items(a[0], c)
        added = [added] if isinstance(added, Unknown) else added
        if name.endswith("left"):
            self.data[:0] = added[::-1]
            if self.longest is not None:
                del self.data[self.longest :]
        else:
            self.data.extend(added)
            if self.longest is not None:
                del self.data[: max(len(self.data) - self.longest, 0)]
        return None


def _deque(a: list[Value], k: Keywords, c: Context) -> Value:
    listed = all_items(a[0], c) if a else []
    longest = c.force(a[1] if len(a) > 1 else k.get("maxlen"))
    if isinstance(listed, Unknown):
        return listed
    return Deque(
        listed[-longest:] if isinstance(longest, int) and longest else listed,
        longest if isinstance(longest, int) else None,
    )


class ChainMap(Wrapped):
    type_name = "ChainMap"


def _chain_map(a: list[Value], k: Keywords, c: Context) -> Value:
    data: dict[Value, Value] = {}
    for one in reversed(a):
        mapping = as_mapping(c.evaluator, one, c.node, c.evaluator._frame(c))
        if isinstance(mapping, Unknown):
            return mapping
        data.update(mapping)
    return ChainMap(data)


MODULES = {
    "collections": module(
        "collections",
        {
            "namedtuple": NativeFunction("namedtuple", _namedtuple),
            "OrderedDict": dict,
            "UserDict": dict,
            "UserList": list,
            "UserString": str,
            "defaultdict": NativeFunction("defaultdict", _defaultdict),
            "Counter": NativeFunction("Counter", _counter),
            "deque": NativeFunction("deque", _deque),
            "ChainMap": NativeFunction("ChainMap", _chain_map),
        },
    )
}
