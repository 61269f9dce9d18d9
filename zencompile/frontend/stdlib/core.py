"""Modules of which Python's own functions serve on plain data."""

from __future__ import annotations

import base64
import datetime
import decimal
import fractions
import hashlib
import html
import math
import statistics
import string
import textwrap
import types
import urllib.parse
import uuid
import zoneinfo
from typing import Any

from zencompile.frontend.evaluator.coroutines import Coroutine, awaited
from zencompile.frontend.evaluator.items import as_mapping
from zencompile.frontend.evaluator.iteration import all_items
from zencompile.frontend.evaluator.plain import PLAIN
from zencompile.frontend.stdlib.helpers import Keywords, constant, module, pure, pure_from, unknown
from zencompile.frontend.values import (
    MISSING,
    Class,
    Context,
    Descriptor,
    EnumMember,
    Function,
    Instance,
    NativeFunction,
    NativeModule,
    NativeObject,
    Symbol,
    Unknown,
    Value,
    dunder,
)

# typing


def _cast(a: list[Value], k: Keywords, c: Context) -> Value:
    return a[1] if len(a) > 1 else k.get("val")


def _identity(a: list[Value], k: Keywords, c: Context) -> Value:
    return a[0] if a else NativeFunction("decorator", _identity)


def _type_variable(a: list[Value], k: Keywords, c: Context) -> Value:
    return Symbol("typing.Any")


def _new_type(a: list[Value], k: Keywords, c: Context) -> Value:
    return a[1] if len(a) > 1 else c.unknown("a new type")


def _hints(a: list[Value], k: Keywords, c: Context) -> Value:
    if a and isinstance(a[0], (Class, Function)):
        return c.get_attribute(a[0], "__annotations__")
    return c.unknown("type hints")


def _get_args(a: list[Value], k: Keywords, c: Context) -> Value:
    return a[0].arguments if a and hasattr(a[0], "arguments") and hasattr(a[0], "origin") else ()


def _get_origin(a: list[Value], k: Keywords, c: Context) -> Value:
    return a[0].origin if a and hasattr(a[0], "origin") else None


def _named_tuple(a: list[Value], k: Keywords, c: Context) -> Value:
    from zencompile.frontend.stdlib import containers

    fields = all_items(a[1], c) if len(a) > 1 else list(k)
    if isinstance(fields, Unknown):
        return fields
    names = [f[0] if isinstance(f, tuple) else f for f in fields]
    return containers.named_tuple_class(c.force(a[0]), names, {}, c)


_ALIASES = {
    "TYPE_CHECKING": False,
    "cast": NativeFunction("cast", _cast),
    "overload": NativeFunction("overload", _identity),
    "final": NativeFunction("final", _identity),
    "override": NativeFunction("override", _identity),
    "runtime_checkable": NativeFunction("runtime_checkable", _identity),
    "no_type_check": NativeFunction("no_type_check", _identity),
    "deprecated": NativeFunction("deprecated", lambda a, k, c: NativeFunction("deprecated", _identity)),
    "TypeVar": NativeFunction("TypeVar", _type_variable),
    "ParamSpec": NativeFunction("ParamSpec", _type_variable),
    "TypeVarTuple": NativeFunction("TypeVarTuple", _type_variable),
    "NewType": NativeFunction("NewType", _new_type),
    "get_type_hints": NativeFunction("get_type_hints", _hints),
    "get_args": NativeFunction("get_args", _get_args),
    "get_origin": NativeFunction("get_origin", _get_origin),
    "assert_never": constant("assert_never"),
    "reveal_type": NativeFunction("reveal_type", _identity),
    "Text": str,
}


class _Typing(NativeModule):
    def get_attribute(self, name: str, context: Context) -> Value:
        if name in self.namespace:
            return self.namespace[name]
        return Symbol(f"typing.{name}")  # typing_extensions has what newer typing has


# copy


def copy_value(value: Value, deep: bool, memo: dict[int, Value]) -> Value:
    """`copy.copy` and `copy.deepcopy`."""
    if id(value) in memo:
        return memo[id(value)]
    kind = type(value)
    if kind is list:
        made: Any = memo.setdefault(id(value), [])
        made.extend(copy_value(v, deep, memo) if deep else v for v in value)
        return made
    if kind is dict:
        made = memo.setdefault(id(value), {})
        made.update({k: copy_value(v, deep, memo) if deep else v for k, v in value.items()})
        return made
    if kind is tuple and deep:
        return tuple(copy_value(v, deep, memo) for v in value)
    if kind is set:
        return set(value)
    if isinstance(value, Instance):
        made = memo.setdefault(id(value), Instance(value.class_))
        for name in ("attributes", "keywords"):
            source = getattr(value, name)
            getattr(made, name).update({k: copy_value(v, deep, memo) if deep else v for k, v in source.items()})
        made.native = copy_value(value.native, deep, memo)
        return made
    return value


def _copier(deep: bool) -> Any:
    def act(a: list[Value], k: Keywords, c: Context) -> Value:
        value = a[0]
        name = "__deepcopy__" if deep else "__copy__"
        special = dunder(value, name)
        if not isinstance(special, type(MISSING)):
            return c.call(special, [value, {}] if deep else [value])
        own = getattr(value, "copied", None)
        if own is not None and not isinstance(value, (Instance, EnumMember)):
            return own(deep)
        try:
            return copy_value(value, deep, {})
        except RecursionError:
            return c.unknown("data that contain themselves")

    return act


# math


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


def _constants(source: Any) -> dict[str, Value]:
    return {n: v for n, v in vars(source).items() if type(v) in PLAIN and not n.startswith("_")}


# string


class Template(NativeObject):
    """`string.Template`."""

    type_name = "Template"

    def __init__(self, template: str) -> None:
        self.template = template

    def get_attribute(self, name: str, context: Context) -> Value:
        if name == "template":
            return self.template
        if name in ("substitute", "safe_substitute"):
            return NativeFunction(name, lambda a, k, c: self._substitute(name, a, k, c))
        return super().get_attribute(name, context)

    def _substitute(self, name: str, a: list[Value], k: Keywords, c: Context) -> Value:
        from zencompile.frontend.evaluator import text

        mapping = as_mapping(c.evaluator, a[0], c.node, c.evaluator._frame(c)) if a else {}
        if isinstance(mapping, Unknown):
            return mapping
        values = {}
        for key, value in {**mapping, **k}.items():
            shown = text.to_text(c.evaluator, value, c.node, c.evaluator._frame(c))
            if isinstance(shown, Unknown):
                return shown
            values[key] = shown
        try:
            return getattr(string.Template(self.template), name)(values)
        except (KeyError, ValueError) as error:
            raise c.raise_(error) from None


def _template(a: list[Value], k: Keywords, c: Context) -> Value:
    text = c.plain(a[0]) if a else ""
    return text if isinstance(text, Unknown) else Template(str(text))


# abc, types


def _abstract(a: list[Value], k: Keywords, c: Context) -> Value:
    return a[0] if a else None


def _namespace(a: list[Value], k: Keywords, c: Context) -> Value:
    made = Instance(Class("SimpleNamespace", "SimpleNamespace", None, None, ()))
    made.attributes.update({n: v for n, v in k.items() if n != "**"})
    return made


def _hash(name: str) -> NativeFunction:
    def act(a: list[Value], k: Keywords, c: Context) -> Value:
        data = c.plain(a[0]) if a else b""
        if isinstance(data, Unknown):
            return data
        if not isinstance(data, (bytes, bytearray)):
            raise c.raise_(TypeError("Strings must be encoded before hashing"))
        return _Digest(hashlib.new(name, data))

    return NativeFunction(name, act)


class _Digest(NativeObject):
    type_name = "hash"

    def __init__(self, state: Any) -> None:
        self.state = state

    def get_attribute(self, name: str, context: Context) -> Value:
        if name == "update":
            return NativeFunction(name, self._update)
        return (
            pure(name, getattr(self.state, name))
            if name in ("hexdigest", "digest")
            else super().get_attribute(name, context)
        )

    def _update(self, a: list[Value], k: Keywords, c: Context) -> Value:
        data = c.plain(a[0])
        if isinstance(data, (bytes, bytearray)):
            self.state.update(data)
        return None


def _import_module(a: list[Value], k: Keywords, c: Context) -> Value:
    from zencompile.frontend.evaluator import modules

    name = c.force(a[0]) if a else None
    package = c.force(a[1]) if len(a) > 1 else c.force(k.get("package"))
    if not isinstance(name, str) or (name.startswith(".") and not isinstance(package, str)):
        return c.unknown("a module whose name is not known")
    if name.startswith("."):
        level = len(name) - len(name.lstrip("."))
        name = ".".join([*package.split(".")[: len(package.split(".")) - level + 1], name.lstrip(".")])
    return modules.import_name(c.evaluator, name, c.node, c.evaluator._frame(c))


def _run(a: list[Value], k: Keywords, c: Context) -> Value:
    return awaited(c.evaluator, a[0], c) if a else None


def _gather(a: list[Value], k: Keywords, c: Context) -> Value:
    return Coroutine(lambda: [awaited(c.evaluator, one, c) for one in a])


_RANDOM = unknown("random", "a random number")
_TIME = unknown("time", "the present time")
_CALENDAR = {"datetime", "date", "time", "timedelta", "timezone"}

MODULES: dict[str, Value] = {
    "typing": _Typing("typing", dict(_ALIASES)),
    "typing_extensions": _Typing("typing_extensions", dict(_ALIASES)),
    "collections.abc": _Typing("collections.abc", {}),
    "__future__": module("__future__", {}),
    "builtins": module("builtins", {}),
    "abc": module(
        "abc",
        {
            "ABC": Symbol("abc.ABC"),
            "ABCMeta": type,
            "abstractmethod": NativeFunction("abstractmethod", _abstract),
            "abstractproperty": NativeFunction("property", lambda a, k, c: Descriptor("property", a[0])),
        },
    ),
    "copy": module(
        "copy", {"copy": NativeFunction("copy", _copier(False)), "deepcopy": NativeFunction("deepcopy", _copier(True))}
    ),
    "math": module("math", {**_constants(math), **_MATH}),
    "statistics": module("statistics", pure_from(statistics, (
        "mean", "median", "mode", "stdev", "variance", "pstdev", "pvariance", "fmean", "geometric_mean",
            "harmonic_mean"))),
    "datetime": module("datetime", {n: getattr(datetime, n) for n in _CALENDAR} | {"UTC": datetime.timezone.utc,
                       "MINYEAR": 1, "MAXYEAR": 9999, "tzinfo": Symbol("datetime.tzinfo")}),
    "zoneinfo": module("zoneinfo", {"ZoneInfo": pure("ZoneInfo", zoneinfo.ZoneInfo)}),
    "decimal": module("decimal", {"Decimal": decimal.Decimal, **_constants(decimal)}),
    "fractions": module("fractions", {"Fraction": fractions.Fraction}),
    "numbers": module("numbers", {}),
    "string": module("string", {**_constants(string), "Template": NativeFunction("Template", _template),
                     "capwords": pure("capwords", string.capwords)}),
    "textwrap": module("textwrap", pure_from(textwrap, ("dedent", "indent", "shorten", "fill", "wrap"))),
    "html": module("html", pure_from(html, ("escape", "unescape"))),
    "base64": module("base64", pure_from(base64, [n for n in dir(base64) if n.startswith(("b64", "urlsafe", "standard",
        "b32"))])),
    "urllib.parse": module("urllib.parse", pure_from(urllib.parse, (
        "quote", "unquote", "quote_plus", "unquote_plus", "urlencode", "urljoin"))),
    "hashlib": module("hashlib", {n: _hash(n) for n in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")}),
    "types": module("types", {"SimpleNamespace": NativeFunction("SimpleNamespace", _namespace),
                    "FunctionType": types.FunctionType, "MethodType": types.MethodType, "ModuleType": types.ModuleType,
                    "NoneType": type(None), "LambdaType": types.FunctionType,
                    "MappingProxyType": NativeFunction("MappingProxyType", _identity)}),
    "uuid": module("uuid", {"UUID": uuid.UUID, **{n: unknown(n, "a random identifier") for n in ("uuid1", "uuid4")},
                   **pure_from(uuid, ("uuid3", "uuid5")), **_constants(uuid)}),
    "random": module("random", {**dict.fromkeys(("random", "randint", "choice", "choices", "sample", "uniform",
        "gauss", "randrange", "normalvariate", "Random", "getrandbits", "betavariate"), _RANDOM),
            "seed": constant("seed"), "shuffle": NativeFunction("shuffle", lambda a, k, c: _shuffle(a, c))}),
    "time": module("time", {**dict.fromkeys(("time", "time_ns", "perf_counter", "monotonic", "process_time",
        "strftime", "ctime", "localtime", "gmtime", "perf_counter_ns"), _TIME),
        "sleep": constant("sleep")}),
    "importlib": module("importlib", {"import_module": NativeFunction("import_module", _import_module),
                        "reload": NativeFunction("reload", _identity)}),
    "asyncio": module("asyncio", {"run": NativeFunction("run", _run), "gather": NativeFunction("gather", _gather),
                      "sleep": NativeFunction("sleep", lambda a, k, c: Coroutine(lambda: None)),
                      "create_task": NativeFunction("create_task", _identity),
                          "ensure_future": NativeFunction("ensure_future", _identity)}),
    "dotenv": module("dotenv", {"load_dotenv": constant("load_dotenv", True), "find_dotenv": constant("find_dotenv",
        ".env"),
                     "dotenv_values": unknown("dotenv_values", "the content of .env, which is not read")}),
}  # fmt: skip


def _shuffle(a: list[Value], c: Context) -> Value:
    target = c.force(a[0]) if a else None
    if isinstance(target, list):
        c.evaluator.touch(target)
        why = c.unknown("the order of a shuffled list")
        target[:] = [why] * len(target)
    return None
