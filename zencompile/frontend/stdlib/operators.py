"""`operator`."""

from __future__ import annotations

import ast

from zencompile.frontend.evaluator import arithmetic, comparison
from zencompile.frontend.evaluator.items import get_item
from zencompile.frontend.stdlib.helpers import Keywords, module
from zencompile.frontend.values import Context, NativeFunction, Unknown, Value


def _binary(operator: type) -> NativeFunction:
    return NativeFunction(
        operator.__name__,
        lambda a, k, c: arithmetic.binary(c.evaluator, operator, a[0], a[1], c.node, c.evaluator._frame(c)),
    )


def _comparison(sign: str) -> NativeFunction:
    return NativeFunction(
        sign, lambda a, k, c: comparison.compare_values(c.evaluator, sign, a[0], a[1], c.node, c.evaluator._frame(c))
    )


def _itemgetter(a: list[Value], k: Keywords, c: Context) -> Value:
    def get(b: list[Value], _: Keywords, d: Context) -> Value:
        found = [get_item(d.evaluator, b[0], key, d.node, d.evaluator._frame(d)) for key in a]
        return found[0] if len(found) == 1 else tuple(found)

    return NativeFunction("itemgetter", get)


def _attrgetter(a: list[Value], k: Keywords, c: Context) -> Value:
    def one(value: Value, path: str, d: Context) -> Value:
        for part in path.split("."):
            value = d.get_attribute(value, part)
        return value

    def get(b: list[Value], _: Keywords, d: Context) -> Value:
        found = [one(b[0], str(c.force(path)), d) for path in a]
        return found[0] if len(found) == 1 else tuple(found)

    return NativeFunction("attrgetter", get)


def _methodcaller(a: list[Value], k: Keywords, c: Context) -> Value:
    name = str(c.force(a[0]))
    return NativeFunction(name, lambda b, _, d: d.call(d.get_attribute(b[0], name), a[1:], k))


_OPERATORS = {
    "add": ast.Add, "sub": ast.Sub, "mul": ast.Mult, "truediv": ast.Div, "floordiv": ast.FloorDiv, "mod": ast.Mod,
    "pow": ast.Pow, "or_": ast.BitOr, "and_": ast.BitAnd, "xor": ast.BitXor, "concat": ast.Add,
}  # fmt: skip


def _negated(truth: bool | Unknown) -> Value:
    return truth if isinstance(truth, Unknown) else not truth


MODULES: dict[str, Value] = {
    "operator": module(
        "operator",
        {
            **{name: _binary(kind) for name, kind in _OPERATORS.items()},
            **{n: _comparison(s) for n, s in (("eq", "=="), ("ne", "!="), ("lt", "<"), ("le", "<="), ("gt", ">"),
                ("ge", ">="))},
            "itemgetter": NativeFunction("itemgetter", _itemgetter),
            "attrgetter": NativeFunction("attrgetter", _attrgetter),
            "methodcaller": NativeFunction("methodcaller", _methodcaller),
            "not_": NativeFunction("not_", lambda a, k, c: _negated(c.truth(a[0]))),
            "truth": NativeFunction("truth", lambda a, k, c: c.truth(a[0])),
            "neg": NativeFunction("neg", lambda a, k, c: arithmetic.unary(c.evaluator, ast.USub, a[0], c.node,
                c.evaluator._frame(c))),
            "contains": NativeFunction("contains", lambda a, k, c: comparison.contains(
                c.evaluator, a[0], a[1], c.node, c.evaluator._frame(c))),
            "getitem": NativeFunction("getitem", lambda a, k, c: get_item(
                c.evaluator, a[0], a[1], c.node, c.evaluator._frame(c))),
        },
    ),
}  # fmt: skip
