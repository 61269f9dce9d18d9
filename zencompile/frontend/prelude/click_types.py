"""The types of `click`'s parameters: click's own, and those of the program as click can use them."""

from __future__ import annotations

import pathlib
from collections.abc import Callable
from typing import Any

import click

from zencompile.frontend.prelude.click_running import (
    RUNNING,
    call_program,
    function_for_click,
    here,
    is_abstract,
    settled,
)
from zencompile.frontend.prelude.helpers import Keywords, Quiet
from zencompile.frontend.values import (
    MISSING,
    BoundMethod,
    Class,
    Context,
    EnumMember,
    Function,
    Instance,
    NativeFunction,
    NativeObject,
    Object,
    Raised,
    Unknown,
    Value,
)
from zencompile.frontend.values.operations import all_items

NAMED_TYPES = ("STRING", "INT", "FLOAT", "BOOL", "UUID", "UNPROCESSED")


class ParamType(NativeObject):
    """A type of a parameter: `click.Choice([...])`, `click.Path()`, `click.INT`. `type` is click's own."""

    type_name = "ParamType"

    def __init__(self, type_: Any) -> None:
        self.type = type_

    def call(self, arguments: list[Value], keywords: Keywords, context: Context) -> Value:
        return self._convert(arguments, keywords, context)

    def get_attribute(self, name: str, context: Context) -> Value:
        acts = {"convert": self._convert, "fail": _fail}
        if name in acts:
            return NativeFunction(name, acts[name])
        return context.unknown(f"`{name}` of a type of click's")

    def _convert(self, a: list[Value], k: Keywords, c: Context) -> Value:
        given = [*a, *(k[name] for name in ("value",) if name in k)]
        if not given or is_abstract(given[0]) or RUNNING.get() is None:
            return c.unknown("what a type of click's makes of a value")
        try:
            return self.type.convert(given[0], None, None)
        except click.ClickException as error:
            raise c.raise_(error) from None


def _fail(a: list[Value], k: Keywords, c: Context) -> Value:
    """`self.fail(message)` in a type of the program."""
    message = c.plain(a[0] if a else k.get("message", ""))
    raise c.raise_(click.BadParameter(message if isinstance(message, str) else "the value is refused"))


class UnknownType(click.ParamType):  # type: ignore[type-arg]
    """A type of which nothing is known: so are the values that it makes."""

    name = "text"

    def __init__(self, unknown: Unknown) -> None:
        self.unknown = unknown

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        return self.unknown


class ProgramType(click.ParamType):  # type: ignore[type-arg]
    """An object of the program with a method `convert`."""

    name = "value"

    def __init__(self, instance: Value, program_context: Callable[[Any], Value]) -> None:
        self.instance = instance
        self.program_context = program_context

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        convert = here().get_attribute(self.instance, "convert")
        return call_program(convert, [value, Quiet("Parameter"), self.program_context(ctx)])


class MemberChoice(click.Choice):  # type: ignore[type-arg]
    """A choice between members of an enum by their names; older releases of click don't know it."""

    def __init__(self, members: dict[str, Value], case_sensitive: bool) -> None:
        super().__init__(list(members), case_sensitive=case_sensitive)
        self.members = members

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        if isinstance(value, EnumMember) and any(value is member for member in self.members.values()):
            return value
        return self.members[super().convert(value, param, ctx)]


class ProgramPath(click.Path):
    """A path; whether it is there is asked of the project, never of the machine."""

    def __init__(self, exists: bool, resolve_path: bool, path_type: Value) -> None:
        super().__init__(exists=exists, resolve_path=resolve_path)
        self.made_by = path_type

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        context = here()
        if isinstance(value, int):
            return context.unknown("a number for a path")
        if not isinstance(value, (str, bytes, pathlib.PurePath, Object)):
            raise context.raise_(
                TypeError(f"stat: path should be string, bytes, os.PathLike or integer, not {type(value).__name__}")
            )
        if self.exists and _asked("exists", value) is False:
            self.fail(f"Path {value!r} does not exist.", param, ctx)
        if self.resolve_path and value != "-":
            value = _asked("realpath", value)
        return value if self.made_by is None else context.call(self.made_by, [value])


class ProgramFile(click.ParamType):  # type: ignore[type-arg]
    """A file that is open: opened as the program's own `open` does it."""

    name = "filename"

    def __init__(self, options: list[Value]) -> None:
        self.options = options

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        if value == "-":
            return here().unknown("the standard input or output")
        try:
            return call_program(here().evaluator.builtins["open"], [value, *self.options])
        except Raised as raised:
            if isinstance(raised.value, OSError):
                self.fail(f"{value!r}: {raised.value.strerror or raised.value}", param, ctx)
            raise


def _asked(function: str, value: Any) -> Value:
    """What `os.path` says of a path."""
    context = here()
    return context.call(context.get_attribute(context.evaluator.import_name("os.path", context), function), [value])


def for_click(type_: Value, context: Context, program_context: Callable[[Any], Value]) -> Any:
    """The type that a program gives, as click takes it; None for none."""
    type_ = context.force(type_)
    if type_ is None or type_ in (int, float, str, bool):
        return type_
    if isinstance(type_, ParamType):
        return type_.type
    if isinstance(type_, tuple):
        return click.Tuple([for_click(item, context, program_context) for item in type_])
    if isinstance(type_, Instance) and type_.class_.lookup("convert") is not MISSING:
        return ProgramType(type_, program_context)
    if isinstance(type_, Unknown):
        return UnknownType(type_.forgotten())
    if not isinstance(type_, (Object, type)):
        raise context.raise_(AttributeError(f"'{type(type_).__name__}' object has no attribute '__name__'"))
    if isinstance(type_, (Function, Class, BoundMethod, NativeFunction, type)):
        name = getattr(type_, "name", None) or getattr(type_, "__name__", "function")
        return click.types.FuncParamType(function_for_click(type_, str(name)))
    return UnknownType(context.unknown("what the type of an option makes of its text"))


_TAKES_OBJECTS = hasattr(click.Choice, "normalize_choice")
"""Whether the choices of this release of click may be other than texts."""


def choice(a: list[Value], k: Keywords, c: Context) -> Value:
    """`click.Choice(choices, case_sensitive=True)`."""
    choices = all_items(a[0] if a else k.get("choices", ()), c)
    sensitive = c.truth(k.get("case_sensitive", a[1] if len(a) > 1 else True))
    if isinstance(choices, Unknown) or isinstance(sensitive, Unknown):
        return ParamType(UnknownType(c.unknown("which choices an option has")))
    listed = [settled(one, c) for one in choices]
    if not _TAKES_OBJECTS and not all(isinstance(one, str) for one in listed):
        return ParamType(UnknownType(c.unknown("choices that are no texts, which only newer releases of click take")))
    if listed and all(isinstance(one, EnumMember) for one in listed):
        return ParamType(MemberChoice({one.name: one for one in listed}, sensitive))
    if any(is_abstract(one) for one in listed):
        return ParamType(UnknownType(c.unknown("which choices an option has")))
    return ParamType(click.Choice(listed, case_sensitive=sensitive))


def made_by_click(name: str) -> Any:
    """A type of click's that is made of plain data: `click.IntRange(0, 10)`."""

    def make(a: list[Value], k: Keywords, c: Context) -> Value:
        given = [c.plain(one) for one in a]
        options = {name: c.plain(one) for name, one in k.items()}
        if any(isinstance(one, Unknown) for one in (*given, *options.values())):
            return ParamType(UnknownType(c.unknown(f"what `click.{name}` is made of")))
        try:
            return ParamType(getattr(click, name)(*given, **options))
        except Exception as error:
            raise c.raise_(error) from None

    return make


def tuple_type(a: list[Value], k: Keywords, c: Context) -> Value:
    """`click.Tuple([str, int])`."""
    types = all_items(a[0] if a else k.get("types", ()), c)
    if isinstance(types, Unknown):
        return ParamType(UnknownType(types.forgotten()))
    return ParamType(click.Tuple([for_click(one, c, lambda ctx: Quiet("Context")) for one in types]))


_PATH = ("exists", "file_okay", "dir_okay", "writable", "readable", "resolve_path", "allow_dash", "path_type")


def path(a: list[Value], k: Keywords, c: Context) -> Value:
    """`click.Path(…)`."""
    given = dict(zip(_PATH, a, strict=False)) | k
    exists, resolve = c.truth(given.get("exists", False)), c.truth(given.get("resolve_path", False))
    if isinstance(exists, Unknown) or isinstance(resolve, Unknown) or "**" in given:
        return ParamType(UnknownType(c.unknown("what `click.Path` is made of")))
    return ParamType(ProgramPath(exists, resolve, c.force(given.get("path_type"))))


def file(a: list[Value], k: Keywords, c: Context) -> Value:
    """`click.File(mode="r", …)`."""
    return ParamType(ProgramFile([a[0] if a else k.get("mode", "r")]))


def base(a: list[Value], k: Keywords, c: Context) -> Value:
    """`click.ParamType()`, by itself or below a class of the program."""
    return ParamType(click.UNPROCESSED)


def named(name: str) -> Value:
    """`click.INT` and the like."""
    return ParamType(getattr(click, name))


class ParamTypeClass(NativeObject):
    """`click.ParamType`, from which a program derives its own."""

    type_name = "type"

    def call(self, arguments: list[Value], keywords: Keywords, context: Context) -> Value:
        return base(arguments, keywords, context)

    def subclass(self, class_: Any, context: Context) -> Value:
        class_.namespace.setdefault("fail", NativeFunction("fail", _fail))
        return class_

    def get_attribute(self, name: str, context: Context) -> Value:
        return "ParamType" if name == "__name__" else context.unknown(f"`{name}` of `click.ParamType`")
