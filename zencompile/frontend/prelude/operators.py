"""`operator`."""

from __future__ import annotations

from zencompile.frontend.prelude.helpers import Keywords, module
from zencompile.frontend.prelude.signatures import Declared, Model, declared
from zencompile.frontend.values import Context, Unknown, Value, operations, type_name
from zencompile.frontend.values.operations import all_items
from zencompile.frontend.values.plain import unwrap


def _binary(sign: str) -> Model:
    return lambda a, k, c: operations.binary(sign, a[0], a[1], c)


def _in_place(sign: str) -> Model:
    return lambda a, k, c: operations.in_place(sign, a[0], a[1], c)


def _unary(sign: str) -> Model:
    return lambda a, k, c: operations.unary(sign, a[0], c)


def _compared(sign: str) -> Model:
    return lambda a, k, c: operations.compare(sign, a[0], a[1], c)


def _is(a: list[Value], k: Keywords, c: Context) -> Value:
    return operations.is_same(a[0], a[1], c)


def _is_not(a: list[Value], k: Keywords, c: Context) -> Value:
    same = operations.is_same(a[0], a[1], c)
    return same.forgotten() if isinstance(same, Unknown) else not same


@declared("itemgetter", "item, /, *items")
def _itemgetter(a: list[Value], k: Keywords, c: Context) -> Value:
    def get(b: list[Value], _: Keywords, d: Context) -> Value:
        found = [operations.get_item(b[0], key, d) for key in a]
        return found[0] if len(found) == 1 else tuple(found)

    return Declared("itemgetter", "obj, /", get)


@declared("attrgetter", "attribute, /, *attributes")
def _attrgetter(a: list[Value], k: Keywords, c: Context) -> Value:
    paths = [unwrap(c.force(path)) for path in a]
    for path in paths:
        if isinstance(path, Unknown):
            return path.forgotten()
        if not isinstance(path, str):
            raise c.raise_(TypeError("attribute name must be a string"))

    def one(value: Value, path: str, d: Context) -> Value:
        for part in path.split("."):
            value = d.get_attribute(value, part)
        return value

    def get(b: list[Value], _: Keywords, d: Context) -> Value:
        found = [one(b[0], path, d) for path in paths]
        return found[0] if len(found) == 1 else tuple(found)

    return Declared("attrgetter", "obj, /", get)


@declared("methodcaller", "name, /, *arguments, **keywords")
def _methodcaller(a: list[Value], k: Keywords, c: Context) -> Value:
    name = unwrap(c.force(a[0]))
    if isinstance(name, Unknown):
        return name.forgotten()
    if not isinstance(name, str):
        raise c.raise_(TypeError("method name must be a string"))
    return Declared(name, "obj, /", lambda b, _, d: d.call(d.get_attribute(b[0], name), a[1:], k))


@declared("concat", "a, b, /")
def _concat(a: list[Value], k: Keywords, c: Context) -> Value:
    left = c.force(a[0])
    if type(left) not in (str, bytes, list, tuple):
        if type(left) in (int, float, bool, dict, set, type(None)):
            raise c.raise_(TypeError(f"'{type_name(left)}' object can't be concatenated"))
        return c.unknown("a concatenation of objects")
    return operations.binary("+", a[0], a[1], c)


@declared("countOf", "a, b, /")
def _count_of(a: list[Value], k: Keywords, c: Context) -> Value:
    items = all_items(a[0], c)
    if isinstance(items, Unknown):
        return items.forgotten()
    count = 0
    for item in items:
        same = item is a[1] or c.truth(_compared("==")([item, a[1]], {}, c))
        if isinstance(same, Unknown):
            return same.forgotten()
        count += same
    return count


@declared("indexOf", "a, b, /")
def _index_of(a: list[Value], k: Keywords, c: Context) -> Value:
    items = all_items(a[0], c)
    if isinstance(items, Unknown):
        return items.forgotten()
    for index, item in enumerate(items):
        same = item is a[1] or c.truth(_compared("==")([item, a[1]], {}, c))
        if same is not False:
            return index if same is True else same
    raise c.raise_(ValueError("sequence.index(x): x not in sequence"))


def _not(a: list[Value], k: Keywords, c: Context) -> Value:
    truth = c.truth(a[0])
    return truth.forgotten() if isinstance(truth, Unknown) else not truth


def _setitem(a: list[Value], k: Keywords, c: Context) -> Value:
    operations.set_item(a[0], a[1], a[2], c)
    return None


def _delitem(a: list[Value], k: Keywords, c: Context) -> Value:
    operations.delete_item(a[0], a[1], c)
    return None


_BINARY = {
    "add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%", "pow": "**", "or_": "|",
    "and_": "&", "xor": "^", "lshift": "<<", "rshift": ">>", "matmul": "@",
}  # fmt: skip
_UNARY = {"neg": "-", "pos": "+", "inv": "~", "invert": "~"}
_COMPARED = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}

MODULES: dict[str, Value] = {
    "operator": module(
        "operator",
        {
            **{name: Declared(name, "a, b, /", _binary(kind)) for name, kind in _BINARY.items()},
            **{f"i{name.strip('_')}": Declared(name, "a, b, /", _in_place(kind)) for name, kind in _BINARY.items()},
            **{name: Declared(name, "a, /", _unary(kind)) for name, kind in _UNARY.items()},
            **{name: Declared(name, "a, b, /", _compared(kind)) for name, kind in _COMPARED.items()},
            "contains": Declared("contains", "a, b, /", lambda a, k, c: operations.contains(a[0], a[1], c)),
            "is_": Declared("is_", "a, b, /", _is),
            "is_not": Declared("is_not", "a, b, /", _is_not),
            "concat": _concat,
            "countOf": _count_of,
            "indexOf": _index_of,
            "itemgetter": _itemgetter,
            "attrgetter": _attrgetter,
            "methodcaller": _methodcaller,
            "not_": Declared("not_", "a, /", _not),
            "truth": Declared("truth", "a, /", lambda a, k, c: c.truth(a[0])),
            "abs": Declared("abs", "a, /", lambda a, k, c: c.call(c.evaluator.builtins["abs"], a)),
            "index": Declared("index", "a, /", lambda a, k, c: _index(a[0], c)),
            "getitem": Declared("getitem", "a, b, /", lambda a, k, c: operations.get_item(a[0], a[1], c)),
            "setitem": Declared("setitem", "a, b, c, /", _setitem),
            "delitem": Declared("delitem", "a, b, /", _delitem),
            "call": Declared("call", "obj, /, *arguments, **keywords", lambda a, k, c: c.call(a[0], a[1:], k)),
        },
    ),
}


def _index(value: Value, c: Context) -> Value:
    number = c.force(value)
    if type(number) in (int, bool):
        return int(number)
    return c.unknown("the index that an object is")
