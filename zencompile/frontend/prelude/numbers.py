"""`math`, `statistics`, `decimal`, `fractions`."""

from __future__ import annotations

import decimal
import fractions
import math
import statistics
from typing import Any

from zencompile.frontend.prelude.helpers import Keywords, constants_of, module, pure, pure_from
from zencompile.frontend.values import Context, NativeFunction, Value


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


MODULES: dict[str, Value] = {
    "math": module("math", {**constants_of(math), **_MATH}),
    "statistics": module("statistics", pure_from(statistics, (
        "mean", "median", "median_low", "median_high", "median_grouped", "mode", "multimode", "quantiles", "stdev",
        "variance", "pstdev", "pvariance", "fmean", "geometric_mean", "harmonic_mean", "correlation",
        "covariance"))),
    "decimal": module("decimal", {"Decimal": decimal.Decimal, **constants_of(decimal)}),
    "fractions": module("fractions", {"Fraction": fractions.Fraction}),
}  # fmt: skip
