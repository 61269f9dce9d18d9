"""`typer`: options from signatures, parsed by click. What its releases make differently is unknown."""

from __future__ import annotations

from typing import Any

import click as library

from zencompile.frontend.prelude import click as commands
from zencompile.frontend.prelude import typer_types as types
from zencompile.frontend.prelude.click_parameters import declare
from zencompile.frontend.prelude.click_running import UNSET, call_program, for_program
from zencompile.frontend.prelude.click_types import ParamType
from zencompile.frontend.prelude.helpers import Keywords, Quiet, constant, unknown
from zencompile.frontend.values import (
    MISSING,
    Context,
    Function,
    NativeFunction,
    NativeModule,
    NativeObject,
    Symbol,
    Unknown,
    Value,
)

_SAME = ("envvar", "prompt", "prompt_required", "is_eager", "expose_value", "allow_from_autoenv")
"""Settings that mean what they mean in click."""

_DIFFERING = ("is_flag", "flag_value", "click_type", "shell_complete")
"""Settings that only some releases of typer have."""


class Declared(NativeObject):
    """`typer.Option(...)` or `typer.Argument(...)`, as a default or inside `Annotated`."""

    type_name = "OptionInfo"

    def __init__(self, is_option: bool, arguments: list[Value], keywords: Keywords) -> None:
        self.is_option = is_option
        self.arguments = arguments
        self.keywords = keywords

    def default(self) -> Value:
        """What it says of the default: `...` for required."""
        if self.keywords.get("default_factory") is not None:
            return self.keywords["default_factory"]
        return self.arguments[0] if self.arguments else self.keywords.get("default", ...)


class _Parameter:
    """A parameter of a command's function, on its way to become an option or argument."""

    def __init__(self, function: Function, name: str, context: Context) -> None:
        self.name = name
        annotation, info = _type_and_info(context.evaluator.annotation(function, name))
        default = function.defaults.get(name, MISSING)
        annotated = info is not None
        if isinstance(default, Declared):
            info, default = default, default.default()
        elif annotated and default is MISSING and info is not None:
            default = info.keywords.get("default_factory", MISSING)
        self.default = MISSING if default is ... else default
        self.annotation = types.infer(self.default) if annotation is MISSING else annotation
        self.is_option = info.is_option if info is not None else default is not MISSING
        self.settings = {} if info is None else info.keywords
        listed = [] if info is None else (info.arguments if annotated else info.arguments[1:])
        self.names = [d for d in (context.plain(x) for x in listed) if isinstance(d, str)]

    @property
    def is_context(self) -> bool:
        return isinstance(self.annotation, Symbol) and self.annotation.path in ("typer.Context", "click.Context")

    def make(self, context: Context) -> Any:
        """click's own parameter."""
        kind = types.read(self.annotation, self.settings, context, commands.view)
        attributes: Keywords = {n: v for n, v in self.settings.items() if n in _SAME}
        if any(name in self.settings for name in _DIFFERING) or "**" in self.settings:
            attributes["nargs"] = context.unknown("a setting that only some releases of typer have")
        if self.default is MISSING:
            attributes["required"] = True
        else:
            attributes["default"] = self.default
        if self.settings.get("callback") is not None:
            attributes["callback"] = _callback(
                self.settings["callback"], kind.many, self.default is None or self.default is MISSING, context
            )
        attributes.update(self._shape(kind, context))
        dashed = self.name.replace("_", "-")
        if not self.is_option:
            return declare(False, [self.name], attributes, context, commands.view)
        usual = f"--{dashed}/--no-{dashed}" if attributes.get("is_flag") else f"--{dashed}"
        return declare(True, [self.name, *(self.names or [usual])], attributes, context, commands.view)

    def _shape(self, kind: types.Annotated, context: Context) -> Keywords:
        """How many values there are, and of which type."""
        shape: Keywords = {}
        if self.settings.get("count") is not None and context.truth(self.settings["count"]) is True:
            return {"count": True}
        if kind.flag and self.is_option:
            return {"is_flag": True}
        shape["type"] = ParamType(kind.type)
        if kind.many:
            shape.update({"multiple": True} if self.is_option else {"nargs": -1})
        return shape


def _type_and_info(annotation: Value) -> tuple[Value, Declared | None]:
    """The type without `Annotated` and `Optional`, and what `Annotated` says of the parameter."""
    info = None
    while True:
        name = types.origin_name(annotation)
        if name == "Annotated":
            info = next((x for x in annotation.arguments[1:] if isinstance(x, Declared)), info)
            annotation = annotation.arguments[0]
        elif name in ("Optional", "Union"):
            others = [x for x in annotation.arguments if x is not None and x is not type(None)]
            if len(others) != 1:
                return Symbol("typing.Union"), info
            annotation = others[0]
        else:
            return annotation, info


def _collected(value: Value, is_none: bool) -> Value:
    """The values of a parameter that may be given several times, as typer hands them on."""
    return None if not value and is_none else list(value)


def _callback(function: Value, many: bool, is_none: bool, context: Context) -> Value:
    """A callback of a parameter, which may ask for the context and the parameter by their types or by position."""
    if not isinstance(function, Function):
        return function
    roles = _roles(function, context)

    def act(a: list[Value], k: Keywords, c: Context) -> Value:
        value = _collected(a[2], is_none) if many and isinstance(a[2], tuple) else a[2]
        given = {"context": a[0], "parameter": a[1], "value": value}
        return c.call(function, [], {name: given[role] for name, role in roles.items()})

    return NativeFunction("callback", act)


def _roles(function: Function, context: Context) -> dict[str, str]:
    """What each parameter of a callback is given."""
    roles: dict[str, str] = {}
    untyped = []
    for name in context.evaluator.info(function).parameters:
        path = getattr(context.evaluator.annotation(function, name), "path", "")
        if isinstance(path, str) and path.endswith(".Context"):
            roles[name] = "context"
        elif isinstance(path, str) and path.rpartition(".")[2] in ("CallbackParam", "Parameter"):
            roles[name] = "parameter"
        else:
            untyped.append(name)
    if untyped:
        roles[untyped.pop()] = "value"
    for role in ("context", "parameter"):
        if untyped and role not in roles.values():
            roles[untyped.pop(0)] = role
    return roles


class TyperCommand(commands.Command):
    """A command whose function is called as typer calls it: with lists, and with the context where it asks for it."""

    def __init__(self, real: Any, callback: Value, context_name: str | None) -> None:
        self.context_name = context_name
        super().__init__(real, callback)

    def _call_back(self, **values: Any) -> Value:
        given = {p.name: self._value(p, values[p.name]) for p in self.real.params if p.name in values}
        if self.context_name is not None:
            given[self.context_name] = commands.view(library.get_current_context())
        return call_program(self.callback, [], {str(name): value for name, value in given.items()})

    def _value(self, parameter: Any, value: Any) -> Value:
        made = for_program(value)
        if not (parameter.multiple or parameter.nargs == -1) or not isinstance(made, (tuple, list)):
            return made
        return _collected(made, _without_default(parameter))


def _without_default(parameter: Any) -> bool:
    default = getattr(parameter, "default", None)
    return default is None or default is UNSET


def make_command(
    function: Function, name: str | None, group: bool, settings: Keywords, context: Context
) -> TyperCommand:
    """The command that typer makes of a function."""
    found = [_Parameter(function, n, context) for n in context.evaluator.info(function).parameters]
    context_name = next((p.name for p in found if p.is_context), None)
    parameters = [p.make(context) for p in found if not p.is_context]
    own = name if name is not None else function.name.lower().replace("_", "-")
    real = commands.real_command(group, own, parameters, settings, context)
    return TyperCommand(real, function, context_name)


class Typer(NativeObject):
    """`typer.Typer()`."""

    type_name = "Typer"

    def __init__(self, keywords: Keywords) -> None:
        self.keywords = keywords
        self.commands: list[tuple[Function, Value, Keywords]] = []
        self.groups: list[tuple[Typer, Keywords]] = []
        self.callback: tuple[Function, Keywords] | None = None
        self.unclear: Unknown | None = None

    def get_attribute(self, name: str, context: Context) -> Value:
        if name == "command":
            return NativeFunction(name, self._command_decorator)
        if name == "callback":
            return NativeFunction(name, self._callback_decorator)
        if name == "add_typer":
            return NativeFunction(name, self._add_typer)
        return context.unknown(f"`{name}` of a Typer")

    def _command_decorator(self, a: list[Value], k: Keywords, c: Context) -> Value:
        def apply(b: list[Value], _: Keywords, d: Context) -> Value:
            if isinstance(b[0], Function):
                self.commands.append((b[0], c.plain(a[0] if a else k.get("name")), k))
            else:
                self.unclear = d.unknown("a command that is no function")
            return b[0]

        return NativeFunction("command", apply)

    def _callback_decorator(self, a: list[Value], k: Keywords, c: Context) -> Value:
        def apply(b: list[Value], _: Keywords, d: Context) -> Value:
            if isinstance(b[0], Function):
                self.callback = (b[0], k)
            else:
                self.unclear = d.unknown("a callback that is no function")
            return b[0]

        return NativeFunction("callback", apply)

    def _add_typer(self, a: list[Value], k: Keywords, c: Context) -> Value:
        inner = c.force(a[0] if a else k.get("typer_instance"))
        if isinstance(inner, Typer):
            self.groups.append((inner, k))
        else:
            self.unclear = c.unknown("which commands a Typer has")
        return None

    def command(self, context: Context) -> commands.Command:
        """The command or group that it stands for."""
        alone = len(self.commands) == 1 and not self.groups
        if alone and self.callback is None and self.keywords.get("callback") is None:
            function, name, settings = self.commands[0]
            settings = {**_only(self.keywords, ("context_settings",)), **settings}
            made: commands.Command = make_command(function, _text(name), False, settings, context)
        else:
            made = self.group({}, context)
        if self.unclear is not None:
            made.real.unclear = self.unclear
        return made

    def group(self, given: Keywords, context: Context) -> commands.Command:
        """The group that it stands for; `given` is what `add_typer` says of it."""
        function, own = self.callback if self.callback is not None else (None, {})
        settings = {**self.keywords, **own, **given}
        named = context.plain(settings.get("name"))
        function = settings.get("callback") or function
        name = named if isinstance(named, str) else ""
        if isinstance(function, Function):
            made: commands.Command = make_command(function, name, True, settings, context)
        else:
            made = commands.Command(commands.real_command(True, name, [], settings, context), None)
        if isinstance(named, Unknown) or self.unclear is not None:
            made.real.unclear = self.unclear or context.unknown("the name of a group of commands")
        for one, own_name, k in self.commands:
            made.add(make_command(one, _text(own_name), False, k, context), context)
        for inner, k in self.groups:
            self._add_group(made, inner.group(k, context), context)
        return made

    def _add_group(self, outer: commands.Command, inner: Any, context: Context) -> None:
        """A group below another; the commands of one without a name belong to the outer one."""
        if inner.real.name:
            outer.add(inner, context)
            return
        for one in inner.real.commands.values():
            outer.add(one.program, context)

    def call(self, arguments: list[Value], keywords: Keywords, context: Context) -> Value:
        if not self.commands and not self.groups and self.callback is None and self.unclear is None:
            raise context.raise_(RuntimeError("Could not get a command for this Typer instance"))
        return self.command(context).call(arguments, keywords, context)


def _only(given: Keywords, names: tuple[str, ...]) -> Keywords:
    return {n: v for n, v in given.items() if n in names}


def _text(name: Value) -> str | None:
    return name if isinstance(name, str) and name else None


def _run(a: list[Value], k: Keywords, c: Context) -> Value:
    """`typer.run(main)`."""
    if a and isinstance(a[0], Function):
        return make_command(a[0], None, False, {}, c).call([], {}, c)
    return c.unknown("what `typer.run` makes of this")


def _info(is_option: bool) -> Any:
    return lambda a, k, c: Declared(is_option, a, k)


def _made(a: list[Value], k: Keywords, c: Context) -> Value:
    return Typer(k)


MODULES = {
    "typer": NativeModule(
        "typer",
        {
            "Typer": NativeFunction("Typer", _made),
            "run": NativeFunction("run", _run),
            "Option": NativeFunction("Option", _info(True)),
            "Argument": NativeFunction("Argument", _info(False)),
            "echo": constant("echo"),
            "secho": constant("secho"),
            "style": NativeFunction("style", commands.style),
            "Exit": library.exceptions.Exit,
            "Abort": library.Abort,
            "BadParameter": library.BadParameter,
            "confirm": unknown("confirm", "what a user answers"),
            "prompt": unknown("prompt", "what a user answers"),
            "colors": Quiet("colors"),
            "Context": Symbol("typer.Context"),
            "CallbackParam": Symbol("typer.CallbackParam"),
        },
    )
}
