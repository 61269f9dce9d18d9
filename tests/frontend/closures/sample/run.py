# fmt: off
# ruff: noqa
"""A project with every kind of thing that a closure can hold."""

from __future__ import annotations

from typing import Annotated, Optional

import numpy as np
import shop.models as models
from shop import PRICES, total, registry
from shop.text import *
from zenml import pipeline, step


@step
def plain(a: int, b: float = 1e-3) -> Annotated[float, "sum"]:
    """Not read by anything."""
    return a + b


@step(enable_cache=False)
def literals(x: "models.Basket | None" = None, *rest: int, flag: bool = not True, **more: Optional[int]) -> list:
    values = [0, -1, 0x1F, 10**30, 1.5, 1e400, 2j, True, None, ..., b"\x00\xff", "é\n", u"u", r"\d", "im" "plicit"]
    values += [f"{a!r:>{10}.{2}} {{}} {rest=}" for a in values if a is not None]
    values[1:2, ...] = {**more}, {*rest}, (yield_ := 1)
    return sorted(values, key=lambda v, /, *, w=1: (v, w))


@step
def flow(n: int) -> dict:
    global counter
    counter = n
    try:
        with open("x") as f, open("y"):
            for i, (a, *b) in enumerate(f):
                while a:
                    a -= 1
                    if a > 3 <= n:
                        continue
                    elif a == 4 or n not in (1, 2):
                        break
                else:
                    pass
    except (OSError, ValueError) as error:
        raise RuntimeError("no") from error
    finally:
        del n
    match counter:
        case {"a": 1, **others} | [1, 2, *others]:
            return others
        case models.Basket(items=[]) | None if others:
            assert others, "why"
        case "x" | -1 as found:
            return found
    return {"a": 1, **{}}


@step
async def waits():
    async with total as t:
        async for x in t:
            await x
    return [y async for y in t if await y]


@step
def prices() -> dict:
    return {k: total([v], np.float64) for k, v in PRICES.items()}


@step
def fancy(kind: str) -> str:
    """Read below."""

    def inner(x):
        nonlocal kind
        kind = shout(x)
        return inner.__doc__

    return inner(kind) + registry.get(kind)()


counter = 0


@pipeline
def everything():
    plain(1)


if __name__ == "__main__":
    everything()
