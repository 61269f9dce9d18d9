"""Annotations of a `typer` command, as types of click's.

Releases of typer convert texts by different rules, those of click or of pydantic. A text that all take alike is
converted; one that they don't agree on gives an unknown value.
"""

from __future__ import annotations

import datetime
import pathlib
import uuid
from collections.abc import Callable
from typing import Any

import click
import pydantic

from zencompile.frontend.prelude.click_running import here
from zencompile.frontend.prelude.click_types import MemberChoice, ProgramPath, UnknownType, for_click
from zencompile.frontend.prelude.helpers import Keywords
from zencompile.frontend.values import MISSING, Class, Context, Generic, NativeFunction, Symbol, Unknown, Value


class AgreedType(click.ParamType):  # type: ignore[type-arg]
    """A type that each release of typer knows, with its own idea of what texts mean."""

    def __init__(self, inner: Any, host: type) -> None:
        self.inner = inner
        self.name = inner.name
        self.adapter: Any = pydantic.TypeAdapter(host)

    def __call__(self, value: Any, param: Any = None, ctx: Any = None) -> Any:
        return self.convert(value, param, ctx)

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        newer, older = self._newer(value), self._older(value, param, ctx)
        if older is MISSING and newer is MISSING:
            return self.inner.convert(value, param, ctx)
        if type(older) is type(newer) and (older == newer or older != older):
            return older
        return here().unknown(f"what typer makes of {value!r}: its releases differ")

    def _older(self, value: Any, param: Any, ctx: Any) -> Any:
        try:
            return None if value is None else self.inner.convert(value, param, ctx)
        except (click.UsageError, TypeError, AttributeError):
            return MISSING

    def _newer(self, value: Any) -> Any:
        try:
            return self.adapter.validate_python(value)
        except pydantic.ValidationError:
            return MISSING


class Bounded(click.ParamType):  # type: ignore[type-arg]
    """A number between bounds, in steps: the number first, then its bounds."""

    def __init__(self, number: Any, bounds: Any) -> None:
        self.number = number
        self.bounds = bounds
        self.name = number.name

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        number = self.number.convert(value, param, ctx)
        if isinstance(number, Unknown):
            return number.forgotten()
        return type(number)(self.bounds.convert(number, param, ctx))  # a bound that stands in for it may be an integer


class Annotated:
    """An annotation without `Optional`: what kind of parameter it makes. `type` is click's, None for what click
    guesses."""

    def __init__(self, type_: Any, many: bool = False, count: int | None = None, flag: bool = False) -> None:
        self.type = type_
        self.many = many
        self.count = count
        self.flag = flag


_HOSTS: dict[type, Any] = {
    int: click.INT,
    float: click.FLOAT,
    uuid.UUID: click.UUID,
    datetime.datetime: click.DateTime(),
}


def read(annotation: Value, settings: Keywords, context: Context, view: Callable[[Any], Value]) -> Annotated:
    """What a parameter with this annotation is; `settings` are those of its `Option` or `Argument`."""
    name = origin_name(annotation)
    if name in _COLLECTIONS and any(isinstance(one, Generic) for one in annotation.arguments):
        kind = _COLLECTIONS[name]
        raise context.raise_(AssertionError(f"{kind} types with complex sub-types are not currently supported"))
    if isinstance(annotation, Generic) and name in ("list", "List"):
        return Annotated(item_type(annotation.arguments[0], settings, context, view), many=True)
    if isinstance(annotation, Generic) and name in ("tuple", "Tuple"):
        types = [item_type(one, settings, context, view) for one in annotation.arguments]
        return Annotated(click.Tuple(types), count=len(types))
    return Annotated(item_type(annotation, settings, context, view), flag=annotation is bool)


_COLLECTIONS = {"list": "List", "List": "List", "tuple": "Tuple", "Tuple": "Tuple"}


def origin_name(annotation: Value) -> str | None:
    """`Optional` of `Optional[X]`, `list` of `list[X]`."""
    if not isinstance(annotation, Generic):
        return None
    origin = annotation.origin
    return origin.path.rpartition(".")[2] if isinstance(origin, Symbol) else getattr(origin, "__name__", None)


def item_type(annotation: Value, settings: Keywords, context: Context, view: Callable[[Any], Value]) -> Any:
    """click's type for one value."""
    if settings.get("parser") is not None:
        return for_click(settings["parser"], context, view)
    if settings.get("click_type") is not None:
        return for_click(settings["click_type"], context, view)
    sensitive = context.truth(settings.get("case_sensitive", True)) is not False
    if isinstance(annotation, Class) and annotation.kind == "enum":
        return MemberChoice({str(one.value): one for one in annotation.members.values()}, sensitive)
    if origin_name(annotation) == "Literal":
        return click.Choice([context.plain(one) for one in annotation.arguments], case_sensitive=sensitive)
    return _host_type(annotation, settings, context)


def _host_type(annotation: Value, settings: Keywords, context: Context) -> Any:
    if annotation is str:
        return click.STRING
    if annotation is bool:
        return AgreedType(click.BOOL, bool)
    if annotation in (int, float):
        return _number(annotation, settings, context)
    if annotation is datetime.datetime and settings.get("formats") is not None:
        formats = context.plain(settings["formats"])
        return _unknown(context) if isinstance(formats, Unknown) else click.DateTime(formats)
    if isinstance(annotation, type) and annotation in _HOSTS:
        return AgreedType(_HOSTS[annotation], annotation)
    if _is_path(annotation):
        exists = context.truth(settings.get("exists", False)) is True
        resolve = context.truth(settings.get("resolve_path", False)) is True
        return ProgramPath(exists, resolve, annotation)
    return _unknown(context)


def _unknown(context: Context) -> UnknownType:
    return UnknownType(context.unknown("what typer makes of a parameter with this annotation"))


def _is_path(annotation: Value) -> bool:
    path = getattr(annotation, "path", "")
    host = getattr(annotation, "host", annotation)
    is_class = isinstance(host, type) and issubclass(host, pathlib.PurePath)
    return is_class or (isinstance(path, str) and path == "pathlib.Path") or getattr(annotation, "name", "") == "Path"


def _number(host: type, settings: Keywords, context: Context) -> Any:
    bounds = {n: context.plain(settings[n]) for n in ("min", "max", "clamp") if settings.get(n) is not None}
    if any(isinstance(one, Unknown) for one in bounds.values()):
        return _unknown(context)
    number = AgreedType(_HOSTS[host], host)
    if "min" not in bounds and "max" not in bounds:
        return number
    return Bounded(number, click.IntRange(**bounds) if host is int else click.FloatRange(**bounds))


def infer(default: Value) -> Value:
    """The annotation that a default stands for where none is written."""
    if default is None or default is MISSING:
        return str
    if isinstance(default, (int, float, str, bool)) and type(default) in (int, float, str, bool):
        return type(default)
    return Symbol("typing.Any") if not isinstance(default, NativeFunction) else str
