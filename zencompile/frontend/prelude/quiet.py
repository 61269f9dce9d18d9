"""Modules whose use has no effect when compiling: `logging`, `warnings`, `rich`, `tqdm`."""

from __future__ import annotations

import logging
import pprint

from zencompile.frontend.prelude.helpers import Keywords, Quiet, constant, module, pure
from zencompile.frontend.prelude.signatures import Declared
from zencompile.frontend.values import Context, NativeFunction, NativeModule, Value

_LEVELS = {n: v for n, v in vars(logging).items() if type(v) is int and n.isupper()}


class QuietModule(NativeModule):
    """Everything in it is quiet, but what is listed."""

    def own_attribute(self, name: str, context: Context) -> Value:
        if name in self.namespace:
            return self.namespace[name]
        return Quiet(f"{self.name}.{name}")


def _progress(a: list[Value], k: Keywords, c: Context) -> Value:
    """`tqdm(items)`: the items."""
    return a[0] if a else k.get("iterable", Quiet("tqdm"))


_PPRINT = (
    "object, stream=None, indent=1, width=80, depth=None, *, compact=False, sort_dicts=True, underscore_numbers=False"
)


def _pprint(a: list[Value], k: Keywords, c: Context) -> Value:
    if any(not isinstance(c.force(option), (int, type(None))) for option in a[2:5]):
        return c.unknown("what `pprint` makes of its options")
    if a[1] is not None:
        c.call(c.get_attribute(c.force(a[1]), "write"), [c.unknown("what is printed")])
    return None


_TQDM = NativeFunction("tqdm", _progress)

MODULES: dict[str, Value] = {
    "logging": QuietModule("logging", {**_LEVELS}),
    "logging.config": QuietModule("logging.config", {}),
    "loguru": QuietModule("loguru", {}),
    "rich": QuietModule("rich", {"print": constant("print")}),
    "rich.console": QuietModule("rich.console", {}),
    "rich.logging": QuietModule("rich.logging", {}),
    "rich.traceback": QuietModule("rich.traceback", {}),
    "warnings": QuietModule("warnings", {}),
    "pprint": QuietModule(
        "pprint",
        {
            "pprint": Declared("pprint", _PPRINT, _pprint),
            "pformat": pure("pformat", pprint.pformat),
        },
    ),
    "tqdm": module("tqdm", {"tqdm": _TQDM, "trange": NativeFunction("trange", lambda a, k, c: c.call(range, a))}),
}
