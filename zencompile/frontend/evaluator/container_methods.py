"""Methods of lists, tuples, dictionaries and sets: what they store stays as it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zencompile.frontend.evaluator import comparison, sorting, text
from zencompile.frontend.evaluator.items import as_mapping
from zencompile.frontend.evaluator.iteration import Generator, all_items
from zencompile.frontend.evaluator.plain import PLAIN, has_own_order, hashable
from zencompile.frontend.values import MISSING, Context, Instance, NativeFunction, NativeObject, Unknown, Value

if TYPE_CHECKING:
    from zencompile.frontend.evaluator.core import Evaluator


Method = Callable[["Evaluator", Any, list[Value], dict[str, Value], Context], Value]


def _key(ev: Evaluator, value: Value, c: Context) -> Value:
    return hashable(ev, value, c.node, ev._frame(c))


def _list_append(ev: Evaluator, r: list[Value], a: list[Value], k: dict[str, Value], c: Context) -> None:
    if ev.journals:
        ev.touch(r)
    r.append(a[0])


def _list_extend(ev: Evaluator, r: list[Value], a: list[Value], k: dict[str, Value], c: Context) -> None:
    items = all_items(a[0], c)
    if isinstance(items, Unknown):
        ev.mark_uncertain(r, items)
        return
    ev.touch(r)
    r.extend(items)


def _list_insert(ev: Evaluator, r: list[Value], a: list[Value], k: dict[str, Value], c: Context) -> None:
    index = c.force(a[0])
    if isinstance(index, Unknown):
        ev.mark_uncertain(r, index)
        return
    ev.touch(r)
    try:
        r.insert(index, a[1])
    except TypeError as error:
        raise c.raise_(error) from None


def _list_pop(ev: Evaluator, r: list[Value], a: list[Value], k: dict[str, Value], c: Context) -> Value:
    ev.touch(r)
    index = c.force(a[0]) if a else -1
    if isinstance(index, Unknown):
        ev.mark_uncertain(r, index)
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
        ev.mark_uncertain(r, at)
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
    if isinstance(key, Unknown):
        ev.mark_uncertain(r, key)
        return key
    ev.touch(r)
    return r.setdefault(key, a[1] if len(a) > 1 else None)


def _dict_pop(ev: Evaluator, r: dict[Value, Value], a: list[Value], k: dict[str, Value], c: Context) -> Value:
    key = _key(ev, a[0], c)
    ev.touch(r)
    if key in r:
        return r.pop(key)
    unknown = next((x for x in [key, *r] if isinstance(x, Unknown)), None)
    if unknown is not None:
        ev.mark_uncertain(r, unknown)
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
        if isinstance(mapping, Unknown):
            ev.mark_uncertain(r, mapping)
            return
        ev.touch(r)
        r.update(mapping)
    ev.touch(r)
    r.update(k)


def pairs(ev: Evaluator, source: Value, c: Context) -> dict[Value, Value] | Unknown:
    """A dictionary from an iterable of pairs."""
    items = all_items(source, c)
    if isinstance(items, Unknown):
        return items
    result: dict[Value, Value] = {}
    for item in items:
        pair = all_items(item, c)
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
    key = _key(ev, a[0], c)
    if isinstance(key, Unknown):
        ev.mark_uncertain(r, key)
        return
    ev.touch(r)
    r.add(key)


def _set_discard(ev: Evaluator, r: set[Value], a: list[Value], k: dict[str, Value], c: Context) -> None:
    key = _key(ev, a[0], c)
    if isinstance(key, Unknown):
        ev.mark_uncertain(r, key)
        return
    ev.touch(r)
    r.discard(key)


def _set_remove(ev: Evaluator, r: set[Value], a: list[Value], k: dict[str, Value], c: Context) -> None:
    key = _key(ev, a[0], c)
    if isinstance(key, Unknown):
        ev.mark_uncertain(r, key)
        return
    if key not in r:
        raise c.raise_(KeyError(key))
    ev.touch(r)
    r.discard(key)


def _set_pop(ev: Evaluator, r: set[Value], a: list[Value], k: dict[str, Value], c: Context) -> Value:
    if not r:
        raise c.raise_(KeyError("pop from an empty set"))
    if len(r) > 1 and not has_own_order(r):
        unknown = c.unknown("which element a set's `pop` takes")
        ev.mark_uncertain(r, unknown)
        return unknown
    ev.touch(r)
    return r.pop()


def _set_combine(name: str, in_place: bool) -> Method:
    def method(ev: Evaluator, r: Any, a: list[Value], k: dict[str, Value], c: Context) -> Value:
        others = []
        for one in a:
            given = c.force(one)
            items = given if type(given) in (set, frozenset) else all_items(given, c)
            if isinstance(items, Unknown) and in_place:
                ev.mark_uncertain(r, items)
                return None
            if isinstance(items, Unknown):
                return items
            others.append(items if items is given and type(given) is not list else [_key(ev, i, c) for i in items])
        if in_place:
            ev.touch(r)
        try:
            return getattr(r, name)(*others)
        except Exception as error:
            raise c.raise_(error) from None

    return method


_SETS: dict[str, Method] = {
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
_ALGEBRA: dict[str, Method] = {
    n: _set_combine(n, False)
    for n in ("union", "intersection", "difference", "symmetric_difference", "issubset", "issuperset", "isdisjoint")
}

CONTAINER_METHODS: dict[type, dict[str, Method]] = {
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
    set: {**_SETS, **_ALGEBRA},
    frozenset: {"copy": _copy, **_ALGEBRA},
}
