"""`math`, `statistics`, `decimal`, `fractions`."""

from __future__ import annotations

import decimal
import fractions
import math
import statistics
from typing import Any

from zencompile.frontend.prelude.helpers import Keywords, constants_of, module, pure, pure_from
from zencompile.frontend.prelude.signatures import Declared
from zencompile.frontend.values import Context, NativeFunction, NativeObject, Raised, Value


def _factorial(a: list[Value], k: Keywords, c: Context) -> Value:
    value = c.force(a[0]) if a else None
    if isinstance(value, int) and value > 2_000:
        return c.unknown("a very large factorial")
    return pure("factorial", math.factorial).call(a, k, c)


def _combinations(name: str, function: Any) -> NativeFunction:
    def act(a: list[Value], k: Keywords, c: Context) -> Value:
        if any(isinstance(c.force(x), int) and c.force(x) > 5_000 for x in a):
            return c.unknown("a very large number")
        return pure(name, function).call(a, k, c)

    return NativeFunction(name, act)


_MATH = {n: pure(n, f) for n, f in vars(math).items() if callable(f) and not n.startswith("_")}
_MATH.update(
    factorial=NativeFunction("factorial", _factorial),
    comb=_combinations("comb", math.comb),
    perm=_combinations("perm", math.perm),
)


class DecimalContext(NativeObject):
    """A context of decimal arithmetic: what the program set in it."""

    type_name = "Context"

    def __init__(self, options: Keywords) -> None:
        self.options = options

    def get_attribute(self, name: str, context: Context) -> Value:
        if name in self.options:
            return self.options[name]
        if name in _OF_CONTEXTS:
            return getattr(decimal.Context(), name)
        if name == "copy":
            return Declared(name, "", lambda a, k, c: DecimalContext(dict(self.options)))
        return context.unknown(f"`{name}` of a context of decimal arithmetic")

    def set_attribute(self, name: str, value: Value, context: Context) -> None:
        context.touch(self.options)
        known = context.force(value)
        if name not in _OF_CONTEXTS:
            known = context.unknown(f"decimal arithmetic with other {name}")
        self.options[name] = known


_OF_CONTEXTS = ("prec", "rounding", "Emin", "Emax", "capitals", "clamp")


def _current(c: Context) -> DecimalContext:
    found = c.evaluator.decimal_context
    if found is None:
        found = c.evaluator.decimal_context = DecimalContext({})
    return found  # type: ignore[no-any-return]


def _set_context(a: list[Value], k: Keywords, c: Context) -> Value:
    chosen = c.force(a[0])
    if not isinstance(chosen, DecimalContext):
        chosen = DecimalContext({"traps": c.unknown("decimal arithmetic in a context that is not known")})
    c.evaluator.decimal_context = chosen
    return None


class LocalContext(NativeObject):
    """`localcontext()`: a copy of the context, as long as its block runs."""

    type_name = "_ContextManager"

    def __init__(self, options: Keywords) -> None:
        self.options = options
        self.before: list[Value] = []

    def enter(self, context: Context) -> Value:
        self.before.append(context.evaluator.decimal_context)
        inner = context.evaluator.decimal_context = DecimalContext(dict(self.options))
        return inner

    def leave(self, raised: Raised | None, context: Context) -> bool:
        context.evaluator.decimal_context = self.before.pop()
        return False


def _local_context(a: list[Value], k: Keywords, c: Context) -> Value:
    chosen = _current(c) if a[0] is None else c.force(a[0])
    if not isinstance(chosen, DecimalContext):
        return c.unknown("decimal arithmetic in a context that is not known")
    return LocalContext({**chosen.options, **{name: c.force(value) for name, value in k.items()}})


MODULES: dict[str, Value] = {
    "math": module("math", {**constants_of(math), **_MATH}),
    "statistics": module("statistics", pure_from(statistics, (
        "mean", "median", "median_low", "median_high", "median_grouped", "mode", "multimode", "quantiles", "stdev",
        "variance", "pstdev", "pvariance", "fmean", "geometric_mean", "harmonic_mean", "correlation",
        "covariance"))),
    "decimal": module("decimal", {"Decimal": decimal.Decimal, **constants_of(decimal),
        "Context": Declared("Context", "**options", lambda a, k, c: DecimalContext(k)),
        "getcontext": Declared("getcontext", "", lambda a, k, c: _current(c)),
        "setcontext": Declared("setcontext", "context, /", _set_context),
        "localcontext": Declared("localcontext", "ctx=None, **options", _local_context)}),
    "fractions": module("fractions", {"Fraction": fractions.Fraction}),
}  # fmt: skip
