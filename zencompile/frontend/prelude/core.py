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
    Context,
    Coroutine,
    Generator,
    Module,
    NativeFunction,
    Symbol,
    Value,
)
from zencompile.frontend.values.classes import awaited
from zencompile.frontend.values.copying import copy_value
from zencompile.frontend.values.hosts import Clock


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


_RANDOM_NAMES = """
random randint choice choices sample uniform gauss randrange normalvariate getrandbits betavariate triangular
expovariate gammavariate lognormvariate vonmisesvariate paretovariate weibullvariate randbytes
"""
_CLOCK_NAMES = "time time_ns perf_counter monotonic process_time perf_counter_ns monotonic_ns"


def _formatted_time(name: str, given: int) -> NativeFunction:
    """`strftime`, `ctime`, `localtime`, `gmtime`: of now, if they are given no time."""
    clock = Clock(f"time.{name}", "the present time")
    of_machine = unknown(name, "a time that depends on the machine's time zone")
    return NativeFunction(name, lambda a, k, c: clock.call(a, k, c) if len(a) < given else of_machine.call(a, k, c))


def _seed(a: list[Value], k: Keywords, c: Context) -> Value:
    """The draws that follow are those of the seed: it is drawn from in the same order when running."""
    _SEED.call([one for one in a if one is not None][:1], {}, c)
    return None


_SEED = Clock("random.seed", "a random number")
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
    "uuid": module("uuid", {"UUID": uuid.UUID,
                   **{n: Clock(f"uuid.{n}", "a random identifier") for n in ("uuid1", "uuid4")},
                   **pure_from(uuid, ("uuid3", "uuid5")), **constants_of(uuid)}),
    "random": module("random", {**{n: Clock(f"random.{n}", "a random number") for n in _RANDOM_NAMES.split()},
            "Random": unknown("Random", "a random number"),
            "seed": Declared("seed", "a=None, version=2", _seed),
            "shuffle": Declared("shuffle", "x", lambda a, k, c: _shuffle(a, c))}),
    "secrets": module("secrets", {n: Clock(f"secrets.{n}", "a random number") for n in (
        "token_hex", "token_bytes", "token_urlsafe", "randbelow", "randbits", "choice")}),
    "time": module("time", {**{n: Clock(f"time.{n}", "the present time") for n in _CLOCK_NAMES.split()},
        "strftime": _formatted_time("strftime", 2),
        **{n: _formatted_time(n, 1) for n in ("ctime", "localtime", "gmtime")},
        "sleep": NativeFunction("sleep", lambda a, k, c: c.acts("`time.sleep()` is called"))}),
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
        Clock("random.shuffle", "a random number").call([c.unknown("what is shuffled")], {}, c)
        c.touch(target)
        why = c.unknown("the order of a shuffled list")
        target[:] = [why] * len(target)
        return None
    return c.unknown("what is shuffled")
