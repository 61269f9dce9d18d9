"""Texts, bytes, lists, tuples, dictionaries and sets.

What containers store stays as it is: Lazy and unknown values, objects of the project. So wherever Python would ask an
item for its equality, its hash or its order, the program's own is asked here, never the host's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from zencompile.frontend.values.base import MISSING, Context, NativeObject, Object, Raised, Unknown, Value
from zencompile.frontend.values.functions import NativeFunction
from zencompile.frontend.values.hosts import Host, Method
from zencompile.frontend.values.iterators import Generator
from zencompile.frontend.values.operations import (
    COMPARISON,
    all_items,
    among,
    as_index,
    as_object,
    bounded,
    compare,
    contains,
    equal,
    iterate,
    key,
    mapping,
    represents,
    truth,
    type_name,
)
from zencompile.frontend.values.placed import ProjectText, placed_text
from zencompile.frontend.values.plain import LARGEST, PLAIN, has_own_order, in_order, only_scalars, unwrap
from zencompile.frontend.values.sorting import sort
from zencompile.frontend.values.symbols import Symbol
from zencompile.frontend.values.text import (
    container_text,
    format_call,
    format_map_call,
    joined,
    representation,
)


def unknown_in(items: Any) -> Unknown | None:
    """The first Unknown among some items."""
    return next((item.forgotten() for item in items if isinstance(item, Unknown)), None)


# texts


def _str_join(receiver: Any, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
    items = all_items(arguments[0], context)
    if isinstance(items, Unknown):
        return items.forgotten()
    parts: list[str] = []
    size = 0
    for index, item in enumerate(items):
        part = item.inner if isinstance(item, ProjectText) else item
        part = part if type(part) is str else unwrap(context.force(part))
        if isinstance(part, Object) and part.is_later:
            joined = part.given_to(receiver, "join", [items], {}, context)
            return part.refusal(context) if joined is MISSING else joined
        if isinstance(part, Unknown):
            return part.forgotten()
        if not isinstance(part, str):
            text = f"sequence item {index}: expected str instance, {type_name(part)} found"
            raise context.raise_(TypeError(text))
        parts.append(part)
        size += len(part) + len(receiver)
    if size > LARGEST:
        raise context.raise_(MemoryError("a text too large to be made when compiling"))
    return placed_text(receiver.join(parts), context)


def _str_format(receiver: str, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
    unknown = keywords.get("**")
    return (
        unknown.forgotten()
        if isinstance(unknown, Unknown)
        else format_call(receiver, arguments, dict(keywords), context)
    )


def _str_format_map(receiver: str, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
    return format_map_call(receiver, arguments[0], context)


@represents(str)
class TextHost(Host):
    """`str`."""

    methods: ClassVar[dict[str, Method]] = {"join": _str_join, "format": _str_format, "format_map": _str_format_map}
    counts: ClassVar[dict[str, tuple[int, int]]] = {"join": (1, 1), "format_map": (1, 1)}

    def text(self, context: Context) -> str | Unknown:
        return self.value  # type: ignore[no-any-return]


# sequences


def _list_append(receiver: list[Value], arguments: list[Value], keywords: dict[str, Value], context: Context) -> None:
    context.touch(receiver)
    receiver.append(arguments[0])


def _list_extend(receiver: list[Value], arguments: list[Value], keywords: dict[str, Value], context: Context) -> None:
    items = all_items(arguments[0], context)
    if isinstance(items, Unknown):
        context.spoil(receiver, items)
        return
    context.touch(receiver)
    receiver.extend(items)


def _list_insert(receiver: list[Value], arguments: list[Value], keywords: dict[str, Value], context: Context) -> None:
    index = as_index(arguments[0], context)
    if not isinstance(index, Unknown) and type(index) not in PLAIN:
        index = context.unknown("the place that an object means")
    if isinstance(index, Unknown):
        context.spoil(receiver, index)
        return
    context.touch(receiver)
    try:
        receiver.insert(index, arguments[1])
    except TypeError as error:
        raise context.raise_(error) from None


def _list_pop(receiver: list[Value], arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
    index = as_index(arguments[0], context) if arguments else -1
    if isinstance(index, Unknown):
        context.spoil(receiver, index)
        return index.forgotten()
    context.touch(receiver)
    try:
        return receiver.pop(index)
    except Exception as error:
        raise context.raise_(error) from None


def _position(items: Any, value: Value, bounds: list[Value], context: Context) -> int | Unknown:
    start, stop = 0, len(items)
    if bounds:
        start, stop, _ = slice(*bounds, *[None] * (2 - len(bounds))).indices(len(items))
    value = context.force(value)
    for index in range(start, stop):
        same = equal(items[index], value, context)
        if same is True:
            return index
        if isinstance(same, Unknown):
            return same.forgotten()
    context.tick(1 + len(items) // 100)
    return -1


def _index(receiver: Any, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
    bounds = [as_index(bound, context) for bound in arguments[1:]]
    if any(not isinstance(bound, int) for bound in bounds):
        return unknown_in(bounds) or context.unknown("a position")
    at = _position(receiver, arguments[0], bounds, context)
    if at == -1:
        if type(receiver) is tuple:
            raise context.raise_(ValueError("tuple.index(x): x not in tuple"))
        shown = representation(arguments[0], context)
        raise context.raise_(ValueError(f"{shown} is not in list"))
    return at


def _list_remove(receiver: list[Value], arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
    at = _position(receiver, arguments[0], [], context)
    if isinstance(at, Unknown):
        context.spoil(receiver, at)
        return None
    if at == -1:
        raise context.raise_(ValueError("list.remove(x): x not in list"))
    context.touch(receiver)
    del receiver[at]
    return None


def _count(receiver: Any, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
    count = 0
    value = context.force(arguments[0])
    for item in receiver:
        same = equal(item, value, context)
        if isinstance(same, Unknown):
            return same.forgotten()
        count += same
    return count


def _list_sort(receiver: list[Value], arguments: list[Value], keywords: dict[str, Value], context: Context) -> None:
    done = sort(list(receiver), keywords, context)
    context.touch(receiver)
    receiver[:] = [done] * len(receiver) if isinstance(done, Unknown) else done


def _clear(receiver: Any, arguments: list[Value], keywords: dict[str, Value], context: Context) -> None:
    context.touch(receiver)
    receiver.clear()


def _copy(receiver: Any, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
    return receiver.copy()


def _reverse(receiver: list[Value], arguments: list[Value], keywords: dict[str, Value], context: Context) -> None:
    context.touch(receiver)
    receiver.reverse()


class SequenceHost(Host):
    """What lists and tuples have in common."""

    def compare(self, operator: str, other: Value, context: Context) -> Any:
        """Item by item, as far as the first two that differ."""
        other = unwrap(other)
        mine = self.value
        if type(other) is not type(mine):
            return (operator == "!=") if operator in ("==", "!=") and type(other) in PLAIN else MISSING
        context.tick(1 + (len(mine) + len(other)) // 20)
        if only_scalars(mine) and only_scalars(other):
            return super().compare(operator, other, context)
        if operator in ("==", "!=") and len(mine) != len(other):
            return operator == "!="
        for one, another in zip(mine, other, strict=False):
            same = equal(one, another, context)
            if isinstance(same, Unknown):
                return same.forgotten()
            if not same:
                return (operator == "!=") if operator in ("==", "!=") else compare(operator, one, another, context)
        return COMPARISON[operator][1](len(mine), len(other))

    def contains(self, item: Value, context: Context) -> Any:
        context.tick(1 + len(self.value) // 100)
        return among(item, iter(self.value), context)

    def iterate(self, context: Context) -> Iterator[Value] | Unknown:
        return iter(self.value)  # type: ignore[no-any-return]

    def get_item(self, key: Value, context: Context) -> Value:
        key = as_index(key, context)
        if isinstance(key, Unknown):
            return key.forgotten()
        value = self.value
        try:
            return value[key]
        except (IndexError, ValueError) as error:
            if type(value) is list and value and isinstance(value[-1], Unknown):
                return value[-1]  # a list of unknown length
            raise context.raise_(error) from None
        except TypeError:
            text = f"{self.type_name} indices must be integers or slices, not {type_name(key)}"
            raise context.raise_(TypeError(text)) from None

    def representation(self, context: Context) -> str | Unknown:
        value = self.value
        if not self.is_plain:
            return context.unknown(f"the text of a `{type(value).__name__}`")
        return container_text(value, "[...]" if type(value) is list else "(...)", lambda: self._shown(context))

    def _shown(self, context: Context) -> str | Unknown:
        inside = joined(self.value, context)
        if isinstance(inside, Unknown):
            return inside.forgotten()
        if type(self.value) is list:
            return f"[{inside}]"
        return f"({inside},)" if len(self.value) == 1 else f"({inside})"

    def text(self, context: Context) -> str | Unknown:
        return self.representation(context)


@represents(list)
class ListHost(SequenceHost):
    """`list`."""

    methods: ClassVar[dict[str, Method]] = {
        "append": _list_append, "extend": _list_extend, "insert": _list_insert, "pop": _list_pop, "index": _index,
        "remove": _list_remove, "count": _count, "sort": _list_sort, "clear": _clear, "copy": _copy,
        "reverse": _reverse,
    }  # fmt: skip
    counts: ClassVar[dict[str, tuple[int, int]]] = {
        "append": (1, 1), "extend": (1, 1), "insert": (2, 2), "pop": (0, 1), "remove": (1, 1), "index": (1, 3),
        "count": (1, 1), "clear": (0, 0), "copy": (0, 0), "reverse": (0, 0), "sort": (0, 0),
    }  # fmt: skip

    def in_place(self, operator: str, other: Value, context: Context) -> Value:
        value = self.value
        other = context.force(other)
        if operator == "+":
            items = iterate(other, context)
            if isinstance(items, Unknown):
                context.spoil(value, items)
                return value
            added = bounded(items, context)
            if isinstance(added, Unknown):
                context.spoil(value, added)
                return value
            context.touch(value)
            value.extend(added)
            return value
        if operator == "*" and isinstance(other, Unknown):
            context.spoil(value, other)
            return value
        if operator == "*" and isinstance(as_index(other, context), int):
            repeated = self.binary("*", other, False, context)
            context.touch(value)
            value[:] = repeated
            return value
        return MISSING

    def key(self, context: Context) -> Value:
        raise context.raise_(TypeError("unhashable type: 'list'"))

    def set_item(self, key: Value, value: Value, context: Context) -> None:
        owner = self.value
        key = as_index(key, context)
        if isinstance(key, Unknown):
            context.touch(owner)
            owner[:] = [key.forgotten()] * len(owner)
            return
        if isinstance(key, slice):
            items = iterate(value, context)
            if isinstance(items, Unknown):
                context.spoil(owner, items)
                return
            value = bounded(items, context)
            if isinstance(value, Unknown):
                context.spoil(owner, value)
                return
        context.touch(owner)
        try:
            owner[key] = value
        except Exception as error:
            raise context.raise_(error) from None

    def delete_item(self, key: Value, context: Context) -> None:
        owner = self.value
        key = as_index(key, context)
        if isinstance(key, Unknown):
            context.spoil(owner, key)
            return
        context.touch(owner)
        try:
            del owner[key]
        except Exception as error:
            raise context.raise_(error) from None


@represents(tuple)
class TupleHost(SequenceHost):
    """`tuple`."""

    methods: ClassVar[dict[str, Method]] = {"index": _index, "count": _count}
    counts: ClassVar[dict[str, tuple[int, int]]] = {"index": (1, 3), "count": (1, 1)}

    def key(self, context: Context) -> Value:
        items = tuple(key(item, context) for item in self.value)
        return unknown_in(items) or items

    def is_same(self, other: Value, context: Context) -> Any:
        if type(other) is not tuple:
            return MISSING
        if not self.value and not other:
            return True
        same = compare("==", self.value, other, context)
        return context.unknown("whether two equal tuples are one object") if same is not False else False


# dictionaries


def _found(owner: dict[Value, Value], name: Value, context: Context) -> Any:
    """The key as the dictionary has it; MISSING if it has none; Unknown if that can't be told."""
    name = key(name, context)
    if isinstance(name, Unknown):
        return name.forgotten()
    if name in owner:
        return name
    return unknown_in(owner) or _perhaps(owner, name, context) or MISSING


def _perhaps(owner: dict[Value, Value], name: Value, context: Context) -> Unknown | None:
    """Whether some key that is not read may be the one that is asked for."""
    for one in owner:
        if one.__class__ is Symbol:
            same = equal(one, name, context)
            if isinstance(same, Unknown):
                return same.forgotten()
    return None


def _dict_get(
    receiver: dict[Value, Value], arguments: list[Value], keywords: dict[str, Value], context: Context
) -> Value:
    name = _found(receiver, arguments[0], context)
    if isinstance(name, Unknown):
        return name.forgotten()
    if name is MISSING:
        return arguments[1] if len(arguments) > 1 else None
    return receiver[name]


def _dict_setdefault(
    receiver: dict[Value, Value], arguments: list[Value], keywords: dict[str, Value], context: Context
) -> Value:
    name = _found(receiver, arguments[0], context)
    if isinstance(name, Unknown):
        context.spoil(receiver, name)
        return name.forgotten()
    if name is not MISSING:
        return receiver[name]
    context.touch(receiver)
    made = receiver[key(arguments[0], context)] = arguments[1] if len(arguments) > 1 else None
    return made


def _dict_pop(
    receiver: dict[Value, Value], arguments: list[Value], keywords: dict[str, Value], context: Context
) -> Value:
    name = _found(receiver, arguments[0], context)
    if isinstance(name, Unknown):
        context.spoil(receiver, name)
        return name.forgotten()
    if name is MISSING:
        if len(arguments) > 1:
            return arguments[1]
        raise context.raise_(key_error(arguments[0], context))
    context.touch(receiver)
    return receiver.pop(name)


def key_error(name: Value, context: Context) -> KeyError:
    """Python's KeyError of a key that isn't there."""
    name = context.force(name)
    return KeyError(name if type(name) in PLAIN else type_name(name))


def _dict_popitem(
    receiver: dict[Value, Value], arguments: list[Value], keywords: dict[str, Value], context: Context
) -> Value:
    context.touch(receiver)
    try:
        return receiver.popitem()
    except KeyError as error:
        raise context.raise_(error) from None


def _dict_update(
    receiver: dict[Value, Value], arguments: list[Value], keywords: dict[str, Value], context: Context
) -> None:
    if arguments:
        source = context.force(arguments[0])
        found = pairs(source, context)
        if isinstance(found, Unknown):
            context.spoil(receiver, found)
            return
        context.touch(receiver)
        receiver.update(found)
    context.touch(receiver)
    unknown = keywords.get("**")
    receiver.update({name: value for name, value in keywords.items() if name != "**"})
    if isinstance(unknown, Unknown):
        context.spoil(receiver, unknown)


def pairs(source: Value, context: Context) -> dict[Value, Value] | Unknown:
    """A dictionary from a mapping, or from an iterable of pairs."""
    if isinstance(source, dict):
        return source
    asked = as_object(source)
    found = asked.mapping(context)
    if found is MISSING and not isinstance(asked, Host) and not getattr(asked, "is_iterator", False):
        found = _own_mapping(source, context)
    if found is not MISSING:
        return found  # type: ignore[no-any-return]
    items = all_items(source, context)
    if isinstance(items, Unknown):
        return items.forgotten()
    result: dict[Value, Value] = {}
    for item in items:
        pair = _pair(item, len(result), context)
        if isinstance(pair, Unknown):
            return pair.forgotten()
        if len(pair) != 2:
            text = f"dictionary update sequence element #{len(result)} has length {len(pair)}; 2 is required"
            raise context.raise_(ValueError(text))
        result[key(pair[0], context)] = pair[1]
    return result


def _pair(item: Value, number: int, context: Context) -> list[Value] | Unknown:
    try:
        return all_items(item, context)
    except Raised as raised:
        if not isinstance(raised.value, TypeError):
            raise
        text = f"cannot convert dictionary update sequence element #{number} to a sequence"
        raise context.raise_(TypeError(text)) from None


def _own_mapping(source: Value, context: Context) -> Any:
    lookup = getattr(getattr(source, "class_", None), "lookup", None)
    if lookup is not None and lookup("keys") is MISSING:
        return MISSING
    return mapping(source, context)


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

    def length(self, context: Context) -> int | Unknown:
        return unknown_in(self.owner) or len(self.owner)

    def truth(self, context: Context) -> bool | Unknown:
        return bool(self.owner)

    def contains(self, item: Value, context: Context) -> bool | Unknown:
        where: Value = self.owner if self.kind == "keys" else self.items()
        return contains(where, item, context)

    def _as_set(self, items: Any, context: Context) -> set[Value] | Unknown:
        found = set()
        for item in items:
            one = key(item, context)
            if isinstance(one, Unknown):
                return one.forgotten()
            found.add(one)
        return found

    def binary(self, operator: str, other: Value, reflected: bool, context: Context) -> Value:
        if operator not in ("|", "&", "-", "^") or self.kind == "values":
            return MISSING
        mine = self._as_set(self.items(), context)
        items = iterate(other, context)
        theirs = items if isinstance(items, Unknown) else self._as_set(items, context)
        if isinstance(mine, Unknown):
            return mine.forgotten()
        if isinstance(theirs, Unknown):
            return theirs.forgotten()
        left, right = (theirs, mine) if reflected else (mine, theirs)
        return {"|": left | right, "&": left & right, "-": left - right, "^": left ^ right}[operator]

    def compare(self, operator: str, other: Value, context: Context) -> Any:
        if self.kind == "values":
            return MISSING
        if isinstance(other, View) and other.kind != "values":
            found = self._as_set(other.items(), context)
            if isinstance(found, Unknown):
                return found.forgotten()
            other = found
        if not isinstance(other, (set, frozenset)):
            return MISSING
        mine = self._as_set(self.items(), context)
        return mine.forgotten() if isinstance(mine, Unknown) else compare(operator, mine, other, context)

    def key(self, context: Context) -> Value:
        if self.kind == "values":
            return self
        raise context.raise_(TypeError(f"unhashable type: '{self.type_name}'"))

    def get_attribute(self, name: str, context: Context) -> Value:
        if name == "isdisjoint" and self.kind != "values":
            return NativeFunction(name, lambda a, k, c: truth(self.binary("&", a[0], False, c), c) is False)
        if name == "__iter__":
            return NativeFunction(name, lambda a, k, c: Generator(iter(self.items()), f"dict_{self.kind}iterator"))
        return super().get_attribute(name, context)

    def text(self, context: Context) -> str | Unknown:
        inner = representation(self.items(), context)
        return inner.forgotten() if isinstance(inner, Unknown) else f"{self.type_name}({inner})"

    def is_instance_of(self, class_: Value) -> bool | None:
        if isinstance(class_, Symbol) and class_.path.startswith(("typing.", "collections.abc.")):
            last = class_.path.rpartition(".")[2]
            return last in ("Iterable", "Collection", "Sized", "Container", f"{self.kind.capitalize()}View") or None
        return class_ is object


def _view(kind: str) -> Method:
    return lambda receiver, arguments, keywords, context: View(receiver, kind)


@represents(dict)
class DictHost(Host):
    """`dict`."""

    methods: ClassVar[dict[str, Method]] = {
        "get": _dict_get, "setdefault": _dict_setdefault, "pop": _dict_pop, "popitem": _dict_popitem,
        "update": _dict_update, "keys": _view("keys"), "values": _view("values"), "items": _view("items"),
        "clear": _clear, "copy": _copy,
    }  # fmt: skip
    counts: ClassVar[dict[str, tuple[int, int]]] = {
        "get": (1, 2), "setdefault": (1, 2), "pop": (1, 2), "popitem": (0, 0), "keys": (0, 0), "values": (0, 0),
        "items": (0, 0), "clear": (0, 0), "copy": (0, 0), "update": (0, 1),
    }  # fmt: skip

    def binary(self, operator: str, other: Value, reflected: bool, context: Context) -> Value:
        data = unwrap(other)
        return super().binary(operator, other, reflected, context) if type(data) is dict else MISSING

    def in_place(self, operator: str, other: Value, context: Context) -> Value:
        if operator != "|":
            return MISSING
        _dict_update(self.value, [other], {}, context)
        return self.value

    def compare(self, operator: str, other: Value, context: Context) -> Any:
        other = unwrap(other)
        if operator not in ("==", "!="):
            return MISSING
        if type(other) is not dict:
            return (operator == "!=") if type(other) in PLAIN else MISSING
        same = self._equal(other, context)
        return same.forgotten() if isinstance(same, Unknown) else same is (operator == "==")

    def _equal(self, other: dict[Value, Value], context: Context) -> bool | Unknown:
        mine = self.value
        context.tick(1 + (len(mine) + len(other)) // 20)
        unknown = unknown_in(mine) or unknown_in(other)
        if unknown is not None:
            return unknown
        if len(mine) != len(other) or any(name not in other for name in mine):
            return False
        for name, value in mine.items():
            same = equal(value, other[name], context)
            if same is not True:
                return same
        return True

    def key(self, context: Context) -> Value:
        raise context.raise_(TypeError("unhashable type: 'dict'"))

    def length(self, context: Context) -> int | Unknown:
        return unknown_in(self.value) or len(self.value)

    def contains(self, item: Value, context: Context) -> Any:
        found = _found(self.value, item, context)
        return found.forgotten() if isinstance(found, Unknown) else found is not MISSING

    def iterate(self, context: Context) -> Iterator[Value] | Unknown:
        return iter(list(self.value))

    def get_item(self, key: Value, context: Context) -> Value:
        name = _found(self.value, key, context)
        if isinstance(name, Unknown):
            return name.forgotten()
        if name is MISSING:
            raise context.raise_(key_error(key, context))
        return self.value[name]

    def set_item(self, key_: Value, value: Value, context: Context) -> None:
        name = key(key_, context)
        if isinstance(name, Unknown):
            context.spoil(self.value, name)
            return
        context.touch(self.value)
        self.value[name] = value

    def delete_item(self, key: Value, context: Context) -> None:
        name = _found(self.value, key, context)
        if name is MISSING:
            raise context.raise_(key_error(key, context))
        if isinstance(name, Unknown):
            context.spoil(self.value, name)
            return
        context.touch(self.value)
        del self.value[name]

    def mapping(self, context: Context) -> Any:
        return self.value

    def representation(self, context: Context) -> str | Unknown:
        return container_text(self.value, "{...}", lambda: self._shown(context))

    def _shown(self, context: Context) -> str | Unknown:
        parts = []
        for name, value in self.value.items():
            left, right = representation(name, context), representation(value, context)
            if isinstance(left, Unknown):
                return left.forgotten()
            if isinstance(right, Unknown):
                return right.forgotten()
            parts.append(f"{left}: {right}")
        context.tick(1 + len(parts) // 10)
        return "{" + ", ".join(parts) + "}"

    def text(self, context: Context) -> str | Unknown:
        return self.representation(context)


# sets


def _set_add(receiver: set[Value], arguments: list[Value], keywords: dict[str, Value], context: Context) -> None:
    one = key(arguments[0], context)
    if isinstance(one, Unknown):
        context.spoil(receiver, one)
        return
    context.touch(receiver)
    receiver.add(one)


def _set_discard(receiver: set[Value], arguments: list[Value], keywords: dict[str, Value], context: Context) -> None:
    one = key(arguments[0], context)
    if isinstance(one, Unknown):
        context.spoil(receiver, one)
        return
    context.touch(receiver)
    receiver.discard(one)


def _set_remove(receiver: set[Value], arguments: list[Value], keywords: dict[str, Value], context: Context) -> None:
    one = key(arguments[0], context)
    unknown = one if isinstance(one, Unknown) else unknown_in(receiver)
    if unknown is not None:
        context.spoil(receiver, unknown)
        return
    if one not in receiver:
        raise context.raise_(key_error(arguments[0], context))
    context.touch(receiver)
    receiver.discard(one)


def _set_pop(receiver: set[Value], arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
    if not receiver:
        raise context.raise_(KeyError("pop from an empty set"))
    if len(receiver) > 1 and not has_own_order(receiver):
        unknown = context.unknown("which element a set's `pop` takes")
        context.spoil(receiver, unknown)
        return unknown
    context.touch(receiver)
    return receiver.pop()


def _set_combine(name: str, in_place: bool) -> Method:
    def method(receiver: Any, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        others = []
        unknown = unknown_in(receiver)
        for one in arguments:
            given = context.force(one)
            items: Any = given if type(given) in (set, frozenset) else all_items(given, context)
            if isinstance(items, Unknown):
                unknown = unknown or items
                continue
            keys = items if items is given else [key(item, context) for item in items]
            unknown = unknown or unknown_in(keys)
            others.append(keys)
        if unknown is not None:
            if in_place:
                context.spoil(receiver, unknown)
            return None if in_place else unknown
        if in_place:
            context.touch(receiver)
        try:
            return getattr(receiver, name)(*others)
        except Exception as error:
            raise context.raise_(error) from None

    return method


_ALGEBRA: dict[str, Method] = {
    name: _set_combine(name, False)
    for name in (
        "union", "intersection", "difference", "symmetric_difference", "issubset", "issuperset", "isdisjoint",
    )
}  # fmt: skip


class AnySetHost(Host):
    """What sets and frozen sets have in common."""

    def binary(self, operator: str, other: Value, reflected: bool, context: Context) -> Value:
        data = unwrap(other)
        if type(data) not in (set, frozenset):
            return MISSING
        unknown = unknown_in(self.value) or unknown_in(data)
        return unknown or super().binary(operator, other, reflected, context)

    def compare(self, operator: str, other: Value, context: Context) -> Any:
        data = unwrap(other)
        if type(data) not in (set, frozenset):
            return (operator == "!=") if operator in ("==", "!=") and type(data) in PLAIN else MISSING
        context.tick(1 + (len(self.value) + len(data)) // 20)
        return unknown_in(self.value) or unknown_in(data) or super().compare(operator, other, context)

    def length(self, context: Context) -> int | Unknown:
        return unknown_in(self.value) or len(self.value)

    def contains(self, item: Value, context: Context) -> Any:
        if type(unwrap(context.force(item))) is set:
            item = frozenset(unwrap(context.force(item)))
        one = key(item, context)
        if isinstance(one, Unknown):
            return one.forgotten()
        return True if one in self.value else unknown_in(self.value) or False

    def iterate(self, context: Context) -> Iterator[Value] | Unknown:
        return iter(in_order(self.value))

    def representation(self, context: Context) -> str | Unknown:
        inside = joined(in_order(self.value), context)
        if isinstance(inside, Unknown):
            return inside.forgotten()
        if type(self.value) is set:
            return f"{{{inside}}}" if self.value else "set()"
        return f"frozenset({{{inside}}})" if self.value else "frozenset()"

    def text(self, context: Context) -> str | Unknown:
        return self.representation(context)


@represents(set)
class SetHost(AnySetHost):
    """`set`."""

    methods: ClassVar[dict[str, Method]] = {
        "add": _set_add, "discard": _set_discard, "remove": _set_remove, "pop": _set_pop, "clear": _clear,
        "copy": _copy, **_ALGEBRA,
        **{name: _set_combine(name, True) for name in (
            "update", "intersection_update", "difference_update", "symmetric_difference_update")},
    }  # fmt: skip
    counts: ClassVar[dict[str, tuple[int, int]]] = {
        "add": (1, 1), "discard": (1, 1), "remove": (1, 1), "clear": (0, 0), "copy": (0, 0), "pop": (0, 0),
    }  # fmt: skip

    def in_place(self, operator: str, other: Value, context: Context) -> Value:
        other = context.force(other)
        data = unwrap(other)
        name = _IN_PLACE.get(operator)
        if name is None or not isinstance(data, (set, frozenset, Unknown, View)):
            return MISSING
        items = data.items() if isinstance(data, View) else data  # a set is handed on as it is: its order matters
        self.methods[name](self.value, [items], {}, context)
        return self.value

    def key(self, context: Context) -> Value:
        raise context.raise_(TypeError("unhashable type: 'set'"))


_IN_PLACE = {"|": "update", "&": "intersection_update", "-": "difference_update", "^": "symmetric_difference_update"}


@represents(frozenset)
class FrozenSetHost(AnySetHost):
    """`frozenset`."""

    methods: ClassVar[dict[str, Method]] = {"copy": _copy, **_ALGEBRA}
    counts: ClassVar[dict[str, tuple[int, int]]] = {"copy": (0, 0)}

    def is_same(self, other: Value, context: Context) -> Any:
        return MISSING
