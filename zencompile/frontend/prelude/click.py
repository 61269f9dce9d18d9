"""`click`: commands are parsed by click itself, with the arguments that were given for `run.py`; callbacks are
evaluated.

Nothing that click reads from outside takes part: no environment variables, no prompts, no files.
"""

from __future__ import annotations

from typing import Any

from zencompile.frontend.prelude.click_parameters import (
    Parameter,
    ParamType,
    choice,
    datetime,
    number_range,
    path,
    plain_type,
)
from zencompile.frontend.prelude.helpers import Keywords, Quiet, constant, unknown, usage_error
from zencompile.frontend.values import (
    MISSING,
    BoundMethod,
    Context,
    EnvironmentReference,
    Function,
    NativeFunction,
    NativeModule,
    NativeObject,
    Symbol,
    Unknown,
    Value,
)
from zencompile.frontend.values.plain import PLAIN


class Command(NativeObject):
    """A command or group."""

    type_name = "Command"

    def __init__(self, name: str, callback: Value, parameters: list[Parameter], group: bool, options: Keywords) -> None:
        self.name = name
        self.callback = callback
        self.parameters = parameters
        self.group = group
        self.options = options
        self.commands: dict[str, Command] = {}

    def call(self, arguments: list[Value], keywords: Keywords, context: Context) -> Value:
        given = context.plain(arguments[0] if arguments else keywords.get("args"))
        if isinstance(given, Unknown):
            return given.forgotten()
        line = list(given) if isinstance(given, (list, tuple)) else list(context.evaluator.arguments)
        return self.run(line, context, ClickContext(self, None))

    def run(self, line: list[str], context: Context, state: ClickContext) -> Value:
        import click

        made = [p.make(context) for p in self.parameters]
        if self.group:
            settings: dict[str, Any] = {"allow_extra_args": True, "allow_interspersed_args": False}
        else:
            settings = {}
        wanted = self.options.get("context_settings")
        if isinstance(wanted, dict):
            settings.update({k: v for k, v in wanted.items() if k in ("ignore_unknown_options", "allow_extra_args")})
        command = click.Command(self.name, params=made, context_settings=settings, add_help_option=True)
        try:
            parsed = command.make_context(self.name, line, auto_envvar_prefix=None)
        except click.exceptions.Exit:
            raise context.raise_(SystemExit(0)) from None
        except click.ClickException as error:
            raise usage_error(error.format_message(), context) from None
        values = self._values(parsed, context, state)
        state.arguments = list(parsed.args)
        if not self.group:
            return self._invoke(values, context, state)
        return self._run_group(list(parsed.args), values, context, state)

    def usual(self, context: Context) -> Keywords:
        """The options that nothing is likely to depend on, with their defaults: a number or a text, of no choice."""
        found: Keywords = {}
        for parameter in self.parameters:
            default = context.plain(parameter.attributes.get("default"))
            choice = isinstance(parameter.attributes.get("type"), ParamType) and hasattr(
                parameter.attributes["type"].type, "choices"
            )
            if type(default) in (int, float, str) and not choice:
                found[parameter.make(context).name] = parameter.convert(default, context)
        return found

    def _run_group(self, rest: list[str], values: Keywords, context: Context, state: ClickContext) -> Value:
        alone = context.truth(self.options.get("invoke_without_command", False)) is True
        if not rest:
            if alone:
                return self._invoke(values, context, state)
            raise usage_error(f"missing command; one of: {', '.join(self.commands) or 'none'}", context)
        chosen = self.commands.get(rest[0])
        if chosen is None:
            raise usage_error(f"no such command '{rest[0]}'; one of: {', '.join(self.commands) or 'none'}", context)
        state.subcommand = rest[0]
        self._invoke(values, context, state)
        return chosen.run(rest[1:], context, ClickContext(chosen, state))

    def _values(self, parsed: Any, context: Context, state: ClickContext) -> Keywords:
        from click.core import ParameterSource

        values: Keywords = {}
        for parameter in self.parameters:
            name = parameter.made.name
            if parameter.attributes.get("expose_value", True) is False:
                continue
            value: Value = parsed.params.get(name)
            source = parsed.get_parameter_source(name)
            if source not in (ParameterSource.COMMANDLINE,):
                value = self._default(parameter, value, context)
            elif not isinstance(value, Unknown):
                value = parameter.convert(value, context)
            callback = parameter.attributes.get("callback")
            if callback is not None and not isinstance(callback, (Symbol, Unknown)):
                value = context.call(callback, [state, Quiet("Parameter"), value])
            if name not in values or source is ParameterSource.COMMANDLINE:
                values[name] = value
        return values

    def _default(self, parameter: Parameter, value: Value, context: Context) -> Value:
        written = parameter.attributes.get("default", MISSING)
        default = value
        if written is not MISSING and isinstance(written, (Function, BoundMethod, NativeFunction)):
            default = context.call(written)
        elif (
            written is not MISSING and written is not None and type(context.plain(written)) not in PLAIN
        ) or isinstance(written, EnvironmentReference):
            default = written
        else:
            default = parameter.convert(value, context)
        variable = context.plain(parameter.attributes.get("envvar"))
        if isinstance(variable, (list, tuple)) and variable:
            variable = variable[0]
        return EnvironmentReference(variable, default, context.span) if isinstance(variable, str) else default

    def _invoke(self, values: Keywords, context: Context, state: ClickContext) -> Value:
        if self.callback is None:
            return None
        first = [state] if getattr(self.callback, "wants_context", False) or self.options.get("wants context") else []
        return context.call(self.callback, first, values)

    def get_attribute(self, name: str, context: Context) -> Value:
        if name == "callback":
            return self.callback
        if name == "name":
            return self.name
        if name in ("main", "invoke", "__call__"):
            return NativeFunction(name, lambda a, k, c: self.call(a, k, c))
        if name in ("command", "group"):
            return NativeFunction(name, lambda a, k, c: _command(name == "group", a, k, c, self))
        if name == "add_command":
            return NativeFunction(name, self._add)
        if name == "commands":
            return dict(self.commands)
        if name in ("__name__", "__doc__"):
            return self.name if name == "__name__" else None
        if name in ("result_callback", "resultcallback"):
            return NativeFunction(name, lambda a, k, c: NativeFunction(name, lambda b, _, d: b[0]))
        return Quiet("Command").get_attribute(name, context)

    def _add(self, a: list[Value], k: Keywords, c: Context) -> Value:
        command = a[0] if a else k.get("cmd")
        if isinstance(command, Command):
            name = c.plain(a[1] if len(a) > 1 else k.get("name"))
            self.commands[name if isinstance(name, str) else command.name] = command
        return None

    def set_attribute(self, name: str, value: Value, context: Context) -> None:
        """Nothing that matters here."""


class ClickContext(NativeObject):
    """`click.Context`."""

    type_name = "Context"

    def __init__(self, command: Command, parent: ClickContext | None) -> None:
        self.command = command
        self.parent = parent
        self.subcommand: Value = None
        self.arguments: list[str] = []
        self.object: Value = parent.object if parent else None

    def get_attribute(self, name: str, context: Context) -> Value:
        if name == "obj":
            return self.object
        if name == "invoked_subcommand":
            return self.subcommand
        if name in ("parent", "command"):
            return getattr(self, name)
        if name == "args":
            return self.arguments
        if name == "info_name":
            return self.command.name
        if name == "ensure_object":
            return NativeFunction(name, self._ensure)
        if name in ("invoke", "forward"):
            return NativeFunction(name, self._invoke)
        if name in ("exit", "abort", "fail"):
            return NativeFunction(name, _exit)
        return Quiet("Context").get_attribute(name, context)

    def set_attribute(self, name: str, value: Value, context: Context) -> None:
        if name == "obj":
            self.object = value

    def _ensure(self, a: list[Value], k: Keywords, c: Context) -> Value:
        if self.object is None:
            self.object = c.call(a[0])
        return self.object

    def _invoke(self, a: list[Value], k: Keywords, c: Context) -> Value:
        target = a[0]
        if not isinstance(target, Command):
            return c.call(target, a[1:], k)
        for parameter in target.parameters:
            made = parameter.make(c)
            if made.name not in k:
                k[made.name] = target._default(parameter, parameter.attributes.get("default"), c)
        return target._invoke(k, c, self)


class ContextFunction(NativeObject):
    """A callback under `@pass_context`."""

    type_name = "function"
    wants_context = True

    def __init__(self, function: Value, only_object: bool) -> None:
        self.function = function
        self.only_object = only_object
        self.parameters: list[Parameter] = parameters_of(function)

    def call(self, arguments: list[Value], keywords: Keywords, context: Context) -> Value:
        first = arguments[0] if arguments else Quiet("Context")
        if self.only_object and isinstance(first, ClickContext):
            first = first.object
        return context.call(self.function, [first, *arguments[1:]], keywords)

    def get_attribute(self, name: str, context: Context) -> Value:
        return context.get_attribute(self.function, name)


def _exit(a: list[Value], k: Keywords, c: Context) -> Value:
    raise c.raise_(SystemExit(*[c.force(x) for x in a[:1]]))


def parameters_of(target: Value) -> list[Parameter]:
    if isinstance(target, (Command, ContextFunction)):
        return target.parameters
    if isinstance(target, Function):
        attributes = target.attributes = target.attributes if target.attributes is not None else {}
        found: list[Parameter] = attributes.setdefault("__click_params__", [])
        return found
    return []


def _declare(is_option: bool) -> Any:
    def declare(a: list[Value], k: Keywords, c: Context) -> Value:
        declarations = [d for d in (c.plain(x) for x in a) if isinstance(d, str)]

        def apply(b: list[Value], _: Keywords, d: Context) -> Value:
            parameters_of(b[0]).insert(0, Parameter(is_option, declarations, k))
            return b[0]

        return NativeFunction("option", apply)

    return declare


def _command(group: bool, a: list[Value], k: Keywords, c: Context, parent: Command | None = None) -> Value:
    given = c.plain(a[0]) if a and not isinstance(a[0], (Function, NativeObject)) else c.plain(k.get("name"))

    def apply(b: list[Value], _: Keywords, d: Context) -> Value:
        target = b[0]
        function = target.function if isinstance(target, ContextFunction) else target
        own = function.name.lower().replace("_", "-") if isinstance(function, Function) else "command"
        for suffix in ("-command", "-cmd", "-group", "-grp"):
            own = own.removesuffix(suffix) or own
        name = given if isinstance(given, str) else own
        command = Command(name, target, list(parameters_of(target)), group, k)
        extra = k.get("params")
        if isinstance(extra, list):
            command.parameters.extend(p for p in extra if isinstance(p, Parameter))
        if parent is not None:
            parent.commands[name] = command
            if isinstance(function, Function) and not isinstance(given, str):
                parent.commands.setdefault(function.name.lower().replace("_", "-"), command)
        return command

    if a and isinstance(a[0], (Function, NativeObject)):
        return apply(a, {}, c)
    return NativeFunction("command", apply)


def _transparent(a: list[Value], k: Keywords, c: Context) -> Value:
    return NativeFunction("decorator", lambda b, _, d: b[0])


def _pass(only_object: bool) -> Any:
    return lambda a, k, c: ContextFunction(a[0], only_object)


def _style(a: list[Value], k: Keywords, c: Context) -> Value:
    return a[0] if a else ""


class ClickModule(NativeModule):
    """`click`; its types are made when they are asked for."""

    def own_attribute(self, name: str, context: Context) -> Value:
        if name in ("STRING", "INT", "FLOAT", "BOOL", "UUID", "UNPROCESSED"):
            return plain_type(name)
        return super().own_attribute(name, context)


_NAMES: dict[str, Value] = {
    "command": NativeFunction("command", lambda a, k, c: _command(False, a, k, c)),
    "group": NativeFunction("group", lambda a, k, c: _command(True, a, k, c)),
    "option": NativeFunction("option", _declare(True)),
    "argument": NativeFunction("argument", _declare(False)),
    "Choice": NativeFunction("Choice", choice),
    "IntRange": NativeFunction("IntRange", number_range("IntRange")),
    "FloatRange": NativeFunction("FloatRange", number_range("FloatRange")),
    "Path": NativeFunction("Path", path),
    "File": NativeFunction("File", lambda a, k, c: plain_type("STRING")),
    "DateTime": NativeFunction("DateTime", datetime),
    "pass_context": NativeFunction("pass_context", _pass(False)),
    "pass_obj": NativeFunction("pass_obj", _pass(True)),
    "version_option": NativeFunction("version_option", _transparent),
    "help_option": NativeFunction("help_option", _transparent),
    "confirmation_option": NativeFunction("confirmation_option", _transparent),
    "password_option": NativeFunction("password_option", _transparent),
    "echo": constant("echo"),
    "secho": constant("secho"),
    "clear": constant("clear"),
    "pause": constant("pause"),
    "style": NativeFunction("style", _style),
    "prompt": unknown("prompt", "what a user answers"),
    "confirm": unknown("confirm", "what a user answers"),
    "get_current_context": constant("get_current_context", Quiet("Context")),
    "UsageError": ValueError,
    "BadParameter": ValueError,
    "BadArgumentUsage": ValueError,
    "BadOptionUsage": ValueError,
    "ClickException": RuntimeError,
    "Abort": RuntimeError,
}

MODULES = {"click": ClickModule("click", _NAMES), "rich_click": ClickModule("rich_click", dict(_NAMES))}
