"""`operator`."""

from __future__ import annotations

import ast

from zencompile.frontend.evaluator import arithmetic, comparison
from zencompile.frontend.evaluator.items import delete_item, get_item, set_item
from zencompile.frontend.evaluator.iteration import all_items
from zencompile.frontend.evaluator.plain import unwrap
from zencompile.frontend.prelude.signatures import Declared, Model, declared
from zencompile.frontend.stdlib.helpers import Keywords, module
from zencompile.frontend.values import Context, Unknown, Value, type_name


def _binary(operator: type) -> Model:
    return lambda a, k, c: arithmetic.binary(c.evaluator, operator, a[0], a[1], c.node, c.evaluator._frame(c))


def _in_place(operator: type[ast.operator]) -> Model:
    return lambda a, k, c: arithmetic.in_place(c.evaluator, operator(), a[0], a[1], c.node, c.evaluator._frame(c))


def _unary(operator: type) -> Model:
    return lambda a, k, c: arithmetic.unary(c.evaluator, operator, a[0], c.node, c.evaluator._frame(c))


def _compared(operator: type) -> Model:
    return lambda a, k, c: comparison.compare(c.evaluator, operator, a[0], a[1], c.node, c.evaluator._frame(c))


@declared("itemgetter", "item, /, *items")
def _itemgetter(a: list[Value], k: Keywords, c: Context) -> Value:
    def get(b: list[Value], _: Keywords, d: Context) -> Value:
        found = [get_item(d.evaluator, b[0], key, d.node, d.evaluator._frame(d)) for key in a]
        return found[0] if len(found) == 1 else tuple(found)

    return Declared("itemgetter", "obj, /", get)


@declared("attrgetter", "attribute, /, *attributes")
def _attrgetter(a: list[Value], k: Keywords, c: Context) -> Value:
    paths = [unwrap(c.force(path)) for path in a]
    for path in paths:
        if isinstance(path, Unknown):
            return path
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
        return name
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
    return _binary(ast.Add)(a, k, c)


@declared("countOf", "a, b, /")
def _count_of(a: list[Value], k: Keywords, c: Context) -> Value:
    items = all_items(a[0], c)
    if isinstance(items, Unknown):
        return items
    count = 0
    for item in items:
        same = item is a[1] or c.truth(_compared(ast.Eq)([item, a[1]], {}, c))
        if isinstance(same, Unknown):
            return same
        count += same
    return count


@declared("indexOf", "a, b, /")
def _index_of(a: list[Value], k: Keywords, c: Context) -> Value:
    items = all_items(a[0], c)
    if isinstance(items, Unknown):
        return items
    for index, item in enumerate(items):
        same = item is a[1] or c.truth(_compared(ast.Eq)([item, a[1]], {}, c))
        if same is not False:
            return index if same is True else same
    raise c.raise_(ValueError("sequence.index(x): x not in sequence"))


def _not(a: list[Value], k: Keywords, c: Context) -> Value:
    truth = c.truth(a[0])
    return truth if isinstance(truth, Unknown) else not truth


def _setitem(a: list[Value], k: Keywords, c: Context) -> Value:
    set_item(c.evaluator, a[0], a[1], a[2], c.node, c.evaluator._frame(c))
    return None


def _delitem(a: list[Value], k: Keywords, c: Context) -> Value:
    delete_item(c.evaluator, a[0], a[1], c.node, c.evaluator._frame(c))
    return None


_BINARY = {
    "add": ast.Add, "sub": ast.Sub, "mul": ast.Mult, "truediv": ast.Div, "floordiv": ast.FloorDiv, "mod": ast.Mod,
    "pow": ast.Pow, "or_": ast.BitOr, "and_": ast.BitAnd, "xor": ast.BitXor, "lshift": ast.LShift,
    "rshift": ast.RShift, "matmul": ast.MatMult,
}  # fmt: skip
_UNARY = {"neg": ast.USub, "pos": ast.UAdd, "inv": ast.Invert, "invert": ast.Invert}
_COMPARED = {
    "eq": ast.Eq, "ne": ast.NotEq, "lt": ast.Lt, "le": ast.LtE, "gt": ast.Gt, "ge": ast.GtE, "is_": ast.Is,
    "is_not": ast.IsNot,
}  # fmt: skip

MODULES: dict[str, Value] = {
    "operator": module(
        "operator",
        {
            **{name: Declared(name, "a, b, /", _binary(kind)) for name, kind in _BINARY.items()},
            **{f"i{name.strip('_')}": Declared(name, "a, b, /", _in_place(kind)) for name, kind in _BINARY.items()},
            **{name: Declared(name, "a, /", _unary(kind)) for name, kind in _UNARY.items()},
            **{name: Declared(name, "a, b, /", _compared(kind)) for name, kind in _COMPARED.items()},
            "contains": Declared("contains", "a, b, /", lambda a, k, c: _compared(ast.In)([a[1], a[0]], k, c)),
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
            "getitem": Declared(
                "getitem", "a, b, /", lambda a, k, c: get_item(c.evaluator, a[0], a[1], c.node, c.evaluator._frame(c))
            ),
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
