"""`typer`: options from signatures, parsed by click."""

from __future__ import annotations

from typing import Any

from zencompile.frontend.prelude import click as commands
from zencompile.frontend.prelude.click_parameters import Parameter, ParamType
from zencompile.frontend.prelude.helpers import Keywords, Quiet, constant, unknown
from zencompile.frontend.values import (
    MISSING,
    Class,
    Context,
    EnumMember,
    Function,
    Generic,
    NativeFunction,
    NativeModule,
    NativeObject,
    Symbol,
    Value,
)


class Declared(NativeObject):
    """`typer.Option(...)` or `typer.Argument(...)`, as a default or inside `Annotated`."""

    type_name = "OptionInfo"

    def __init__(self, is_option: bool, arguments: list[Value], keywords: Keywords) -> None:
        self.is_option = is_option
        self.arguments = arguments
        self.keywords = keywords


def _type_and_info(annotation: Value) -> tuple[Value, Declared | None]:
    """The type without `Annotated` and `Optional`."""
    info = None
    while isinstance(annotation, Generic) and isinstance(annotation.origin, Symbol):
        last = annotation.origin.path.rpartition(".")[2]
        if last == "Annotated":
            info = next((x for x in annotation.arguments[1:] if isinstance(x, Declared)), info)
            annotation = annotation.arguments[0]
        elif last in ("Optional", "Union"):
            annotation = next((x for x in annotation.arguments if x is not None), str)
        else:
            break
    return annotation, info


def parameter(function: Function, name: str, context: Context) -> Parameter | None:
    """The option or argument that a parameter of a command's function stands for."""
    ev = context.evaluator
    annotation, info = _type_and_info(ev.annotation(function, name))
    default = function.defaults.get(name, MISSING)
    annotated = info is not None
    if isinstance(default, Declared):
        info, default = default, default.arguments[0] if default.arguments else default.keywords.get("default", ...)
    if isinstance(annotation, Symbol) and annotation.path.endswith("Context"):
        return None
    is_option = info.is_option if info is not None else default is not MISSING
    attributes: Keywords = {n: v for n, v in (info.keywords if info else {}).items() if n in ("envvar", "callback")}
    declared = [] if info is None else (info.arguments if annotated else info.arguments[1:])
    names = [d for d in (context.plain(x) for x in declared) if isinstance(d, str)]
    if default is MISSING or default is ...:
        attributes["required"] = True
    else:
        attributes["default"] = default.value if isinstance(default, EnumMember) else default
    _add_type(annotation, attributes, context)
    dashed = name.replace("_", "-")
    if not is_option:
        return Parameter(False, [name], attributes)
    if annotation is bool and not any("/" in n for n in names):
        names = [n for n in names if n.startswith("--")] or [f"--{dashed}/--no-{dashed}"]
        attributes["is_flag"] = True
    return Parameter(True, [name, *(names or [f"--{dashed}"])], attributes)


def _add_type(annotation: Value, attributes: Keywords, context: Context) -> None:
    import click

    if isinstance(annotation, Class) and annotation.kind == "enum":
        choices = [str(m.value) for m in annotation.members.values()]
        attributes["type"] = ParamType(click.Choice(choices))
        attributes["enum"] = annotation
    elif isinstance(annotation, Generic):
        attributes["multiple"] = True
        if isinstance(attributes.get("default"), list):
            attributes["default"] = tuple(attributes["default"])
        if annotation.arguments and annotation.arguments[0] in (int, float, str):
            attributes["type"] = annotation.arguments[0]
    elif isinstance(annotation, type) and annotation in (int, float, str):
        attributes["type"] = annotation


class TyperCommand(commands.Command):
    """A command whose enum parameters become members."""

    def _values(self, parsed: Any, context: Context, state: commands.ClickContext) -> Keywords:
        values = super()._values(parsed, context, state)
        for one in self.parameters:
            name, class_ = one.made.name, one.attributes.get("enum")
            if class_ is not None and isinstance(values.get(name), str):
                values[name] = context.call(class_, [values[name]])
            elif one.attributes.get("multiple") and isinstance(values.get(name), tuple):
                values[name] = list(values[name])
        return values


def make_command(function: Function, name: str | None, context: Context) -> TyperCommand:
    names = context.evaluator.info(function).parameters
    parameters = [parameter(function, n, context) for n in names]
    options: Keywords = {"wants context": True} if parameters and parameters[0] is None else {}
    found = [p for p in parameters if p is not None]
    return TyperCommand(name or function.name.replace("_", "-"), function, found, False, options)


class Typer(NativeObject):
    """`typer.Typer()`."""

    type_name = "Typer"

    def __init__(self) -> None:
        self.commands: list[TyperCommand] = []
        self.groups: dict[str, Typer] = {}
        self.callback: TyperCommand | None = None

    def get_attribute(self, name: str, context: Context) -> Value:
        if name in ("command", "callback"):
            return NativeFunction(
                name, lambda a, k, c: NativeFunction(name, lambda b, _, d: self._add(name, a, k, b[0], d))
            )
        if name == "add_typer":
            return NativeFunction(name, self._add_typer)
        return Quiet("Typer").get_attribute(name, context)

    def _add(self, kind: str, a: list[Value], k: Keywords, target: Value, c: Context) -> Value:
        if isinstance(target, Function):
            name = c.plain(a[0] if a else k.get("name"))
            command = make_command(target, name if isinstance(name, str) else None, c)
            if kind == "command":
                self.commands.append(command)
            else:
                command.options.update(k)
                self.callback = command
        return target

    def _add_typer(self, a: list[Value], k: Keywords, c: Context) -> Value:
        name = c.plain(k.get("name", a[1] if len(a) > 1 else None))
        if a and isinstance(a[0], Typer) and isinstance(name, str):
            self.groups[name] = a[0]
        return None

    def command(self) -> commands.Command:
        if len(self.commands) == 1 and not self.groups and self.callback is None:
            return self.commands[0]
        start = self.callback
        group = TyperCommand(
            "main",
            start.callback if start else None,
            start.parameters if start else [],
            True,
            start.options if start else {},
        )
        group.commands = {c.name: c for c in self.commands}
        group.commands.update({name: inner.command() for name, inner in self.groups.items()})
        return group

    def call(self, arguments: list[Value], keywords: Keywords, context: Context) -> Value:
        return self.command().call([], {}, context)


def _run(a: list[Value], k: Keywords, c: Context) -> Value:
    """`typer.run(main)`."""
    if a and isinstance(a[0], Function):
        return make_command(a[0], None, c).call([], {}, c)
    return None


def _info(is_option: bool) -> Any:
    return lambda a, k, c: Declared(is_option, a, k)


MODULES = {
    "typer": NativeModule(
        "typer",
        {
            "Typer": NativeFunction("Typer", lambda a, k, c: Typer()),
            "run": NativeFunction("run", _run),
            "Option": NativeFunction("Option", _info(True)),
            "Argument": NativeFunction("Argument", _info(False)),
            "echo": constant("echo"),
            "secho": constant("secho"),
            "style": NativeFunction("style", lambda a, k, c: a[0] if a else ""),
            "Exit": SystemExit,
            "Abort": SystemExit,
            "BadParameter": ValueError,
            "confirm": unknown("confirm", "what a user answers"),
            "prompt": unknown("prompt", "what a user answers"),
            "colors": Quiet("colors"),
            "Context": Symbol("typer.Context"),
        },
    )
}
