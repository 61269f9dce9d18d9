"""`copy`, `importlib`, `asyncio`, and what differs from run to run: clocks, random numbers, identifiers."""

from __future__ import annotations

import datetime
import uuid
import zoneinfo
from typing import Any

from zencompile.frontend.prelude.helpers import (
    Keywords,
    constant,
    constants_of,
    identity,
    module,
    pure,
    pure_from,
    unknown,
)
from zencompile.frontend.prelude.signatures import Declared
from zencompile.frontend.values import (
    MISSING,
    Context,
    Coroutine,
    Generator,
    Instance,
    Module,
    NativeFunction,
    NativeObject,
    Symbol,
    Value,
    dunder,
)
from zencompile.frontend.values.classes import awaited


def copy_value(value: Value, deep: bool, memo: dict[int, Value], c: Context | None = None) -> Value:
    """`copy.copy` and `copy.deepcopy`; with a context, by the program's own `__copy__` and `__deepcopy__`."""
    if id(value) in memo:
        return memo[id(value)]
    kind = type(value)
    if kind is list:
        made: Any = memo.setdefault(id(value), [])
        made.extend(copy_value(v, deep, memo, c) if deep else v for v in value)
        return made
    if kind is dict:
        made = memo.setdefault(id(value), {})
        made.update({copy_value(k, deep, memo, c): copy_value(v, deep, memo, c) for k, v in value.items()}
                    if deep else value)  # fmt: skip
        return made
    if kind is tuple and deep:
        items = tuple(copy_value(v, deep, memo, c) for v in value)
        return value if all(a is b for a, b in zip(items, value, strict=True)) else items
    if kind is set:
        return {copy_value(v, deep, memo, c) for v in value} if deep else set(value)
    if kind is bytearray:
        return bytearray(value)
    if isinstance(value, Instance):
        return _copied_instance(value, deep, memo, c)
    own = getattr(value, "copied", None)
    if own is not None and isinstance(value, NativeObject):
        return memo.setdefault(id(value), own(deep))
    return value


def _copied_instance(value: Instance, deep: bool, memo: dict[int, Value], c: Context | None) -> Value:
    special = dunder(value, "__deepcopy__" if deep else "__copy__")
    if special is not MISSING and c is not None:
        return memo.setdefault(id(value), c.call(special, [value, {}] if deep else [value]))
    if c is not None and any(dunder(value, name) is not MISSING for name in _PICKLING):
        return c.unknown(f"the copy of a `{value.class_.name}`, which says itself how it is copied")
    made = memo.setdefault(id(value), Instance(value.class_))
    for name in ("attributes", "keywords"):
        source = getattr(value, name)
        getattr(made, name).update({k: copy_value(v, deep, memo, c) if deep else v for k, v in source.items()})
    made.native = copy_value(value.native, deep, memo, c)
    return made


_PICKLING = ("__reduce__", "__reduce_ex__", "__getstate__", "__setstate__", "__getnewargs__", "__getnewargs_ex__")


def _copier(deep: bool) -> Any:
    def act(a: list[Value], k: Keywords, c: Context) -> Value:
        value = c.force(a[0])
        if isinstance(value, Generator) or (deep and type(a[1]) not in (dict, type(None))):
            return c.unknown("the copy of an iterator")
        try:
            return copy_value(value, deep, {}, c)
        except RecursionError:
            return c.unknown("data that contain themselves")

    return act


def _import_module(a: list[Value], k: Keywords, c: Context) -> Value:
    name = c.force(a[0]) if a else None
    package = c.force(a[1]) if len(a) > 1 else c.force(k.get("package"))
    if not isinstance(name, str) or (name.startswith(".") and not isinstance(package, str)):
        return c.unknown("a module whose name is not known")
    if name.startswith("."):
        level = len(name) - len(name.lstrip("."))
        name = ".".join([*package.split(".")[: len(package.split(".")) - level + 1], name.lstrip(".")])
    return c.evaluator.import_name(name, c)


def _reload(a: list[Value], k: Keywords, c: Context) -> Value:
    module = c.force(a[0])
    if isinstance(module, Module):
        c.evaluator.reload(module)
    return module


def _run(a: list[Value], k: Keywords, c: Context) -> Value:
    return awaited(a[0], c) if a else None


def _gather(a: list[Value], k: Keywords, c: Context) -> Value:
    return Coroutine(lambda: [awaited(one, c) for one in a])


_RANDOM = unknown("random", "a random number")
_TIME = unknown("time", "the present time")
_CALENDAR = {"datetime", "date", "time", "timedelta", "timezone"}

MODULES: dict[str, Value] = {
    "copy": module(
        "copy",
        {
            "copy": Declared("copy", "x", _copier(False)),
            "deepcopy": Declared("deepcopy", "x, memo=None", _copier(True)),
        },
    ),
    "datetime": module("datetime", {n: getattr(datetime, n) for n in _CALENDAR} | {"UTC": datetime.timezone.utc,
                       "MINYEAR": 1, "MAXYEAR": 9999, "tzinfo": Symbol("datetime.tzinfo")}),
    "zoneinfo": module("zoneinfo", {"ZoneInfo": pure("ZoneInfo", zoneinfo.ZoneInfo)}),
    "uuid": module("uuid", {"UUID": uuid.UUID, **{n: unknown(n, "a random identifier") for n in ("uuid1", "uuid4")},
                   **pure_from(uuid, ("uuid3", "uuid5")), **constants_of(uuid)}),
    "random": module("random", {**dict.fromkeys(("random", "randint", "choice", "choices", "sample", "uniform",
        "gauss", "randrange", "normalvariate", "Random", "getrandbits", "betavariate"), _RANDOM),
            "seed": Declared("seed", "a=None, version=2", lambda a, k, c: None),
            "shuffle": Declared("shuffle", "x", lambda a, k, c: _shuffle(a, c))}),
    "time": module("time", {**dict.fromkeys(("time", "time_ns", "perf_counter", "monotonic", "process_time",
        "strftime", "ctime", "localtime", "gmtime", "perf_counter_ns"), _TIME),
        "sleep": constant("sleep")}),
    "importlib": module("importlib", {"import_module": NativeFunction("import_module", _import_module),
                        "reload": NativeFunction("reload", _reload)}),
    "asyncio": module("asyncio", {"run": NativeFunction("run", _run), "gather": NativeFunction("gather", _gather),
                      "sleep": NativeFunction("sleep", lambda a, k, c: Coroutine(lambda: None)),
                      "create_task": NativeFunction("create_task", identity),
                          "ensure_future": NativeFunction("ensure_future", identity)}),
    "dotenv": module("dotenv", {"load_dotenv": constant("load_dotenv", True), "find_dotenv": constant("find_dotenv",
        ".env"),
                     "dotenv_values": unknown("dotenv_values", "the content of .env, which is not read")}),
}  # fmt: skip


def _shuffle(a: list[Value], c: Context) -> Value:
    target = c.force(a[0]) if a else None
    if isinstance(target, list):
        c.touch(target)
        why = c.unknown("the order of a shuffled list")
        target[:] = [why] * len(target)
        return None
    return c.unknown("what is shuffled")
