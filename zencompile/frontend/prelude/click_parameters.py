"""Parameters of `click` commands and their types, made into click's own."""

from __future__ import annotations

from typing import Any

from zencompile.frontend.prelude.helpers import Keywords
from zencompile.frontend.values import BoundMethod, Class, Context, Function, NativeObject, Unknown, Value
from zencompile.frontend.values.operations import all_items
from zencompile.frontend.values.plain import PLAIN, unwrap

_KEPT = ("is_flag", "flag_value", "multiple", "count", "nargs", "required", "hidden")


class ParamType(NativeObject):
    """A type of a parameter: `click.Choice([...])`, `click.Path()`, `click.INT`. `type` is click's own."""

    type_name = "ParamType"

    def __init__(self, type_: Any) -> None:
        self.type = type_

    def call(self, arguments: list[Value], keywords: Keywords, context: Context) -> Value:
        return self


class Parameter:
    """An option or argument as the program declared it."""

    def __init__(self, is_option: bool, declarations: list[str], attributes: Keywords) -> None:
        self.is_option = is_option
        self.declarations = declarations
        self.attributes = attributes
        self.made: Any = None

    def make(self, context: Context) -> Any:
        """click's own parameter, without what reads from outside."""
        import click

        given = {n: context.plain(v) for n, v in self.attributes.items() if n in _KEPT}
        given = {n: v for n, v in given.items() if not isinstance(v, Unknown)}
        type_ = self._type(context)
        default = context.plain(self.attributes.get("default"))
        usable = type(default) in PLAIN and default is not None
        if type_ is not None:
            given["type"] = type_
        elif usable and not given.get("is_flag") and not given.get("count"):
            sample = default[0] if isinstance(default, (list, tuple)) and default else default
            given["type"] = type(sample) if type(sample) in (int, float, bool, str) else None
        if usable and "default" in self.attributes:
            given["default"] = tuple(default) if isinstance(default, list) else default
        if "default" in self.attributes and self.attributes["default"] is not None and not usable:
            given["required"] = False
        factory = click.Option if self.is_option else click.Argument
        self.made = factory(list(self.declarations), **given)
        return self.made

    def _type(self, context: Context) -> Any:
        type_ = context.force(self.attributes.get("type"))
        if isinstance(type_, ParamType):
            return type_.type
        if isinstance(type_, type) and type_ in (int, float, str, bool):
            return type_
        if isinstance(type_, tuple) and all(isinstance(t, type) for t in type_):
            return type_
        if isinstance(type_, (list, tuple)) and all(isinstance(t, str) for t in type_):
            import click

            return click.Choice(list(type_))
        return None

    def convert(self, value: Value, context: Context) -> Value:
        """What click does not know how to: types that are functions of the program."""
        type_ = self.attributes.get("type")
        if value is not None and isinstance(type_, (Function, Class, BoundMethod)):
            return context.call(type_, [value])
        import pathlib

        return pathlib.PurePosixPath(value) if isinstance(value, pathlib.Path) else value


def choice(a: list[Value], k: Keywords, c: Context) -> Value:
    import click

    choices = all_items(a[0] if a else k.get("choices", ()), c)
    if isinstance(choices, Unknown):
        return ParamType(click.STRING)
    texts = [unwrap(x) if isinstance(unwrap(x), str) else getattr(x, "name", str(x)) for x in choices]
    sensitive = c.truth(k.get("case_sensitive", a[1] if len(a) > 1 else True)) is not False
    return ParamType(click.Choice([str(t) for t in texts], case_sensitive=sensitive))


def number_range(kind: str) -> Any:
    def make(a: list[Value], k: Keywords, c: Context) -> Value:
        import click

        given = [c.plain(x) for x in a]
        options = {n: c.plain(v) for n, v in k.items()}
        if any(isinstance(x, Unknown) for x in (*given, *options.values())):
            return ParamType(click.INT if kind == "IntRange" else click.FLOAT)
        return ParamType(getattr(click, kind)(*given, **options))

    return make


def path(a: list[Value], k: Keywords, c: Context) -> Value:
    import pathlib

    import click

    as_path = k.get("path_type") is not None and k.get("path_type") is not str
    return ParamType(click.Path(path_type=pathlib.Path if as_path else str))


def plain_type(name: str) -> Value:
    import click

    return ParamType(getattr(click, name))


def datetime(a: list[Value], k: Keywords, c: Context) -> Value:
    import click

    formats = c.plain(a[0] if a else k.get("formats"))
    return ParamType(click.DateTime(formats if isinstance(formats, list) else None))
