"""`click`: declarations are made into click's own commands, and click itself parses and calls; the functions that it
calls are the program's.

Nothing that click reads from outside takes part: variables of the environment are those of `--env`, what a user is
asked is unknown, and files are asked for as the program's own functions ask.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import click

from zencompile.frontend.prelude import click_types as types
from zencompile.frontend.prelude.click_parameters import Held, declare
from zencompile.frontend.prelude.click_running import (
    PASSING,
    call_program,
    for_program,
    here,
    is_abstract,
    raised_by_click,
    running,
    settled,
)
from zencompile.frontend.prelude.helpers import (
    Keywords,
    Quiet,
    constant,
    unknown,
    unreadable_arguments,
    usage_error,
)
from zencompile.frontend.values import (
    BoundMethod,
    Context,
    Function,
    NativeFunction,
    NativeModule,
    NativeObject,
    Raised,
    Symbol,
    Unknown,
    Value,
)
from zencompile.frontend.values.operations import is_instance

_PARAMETERS = "__click_params__"
_COMMAND_SETTINGS = ("no_args_is_help", "add_help_option", "invoke_without_command", "chain")
_USUAL_CLASSES = frozenset(
    ["click.Command", "click.Group", "rich_click.RichCommand", "rich_click.RichGroup", "rich_click.Command",
     "rich_click.Group"]
)  # fmt: skip


class ProgramContext(click.Context):
    """A context of click's, and the program's object for it."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self.program = ClickContext(self)


class _Parsing(click.Command):
    """What commands and groups of a program have in common."""

    context_class = ProgramContext
    program: Command
    unclear: Unknown | None = None  # why it is not known what the command does with its arguments

    def get_help_option(self, ctx: click.Context) -> Any:
        option = super().get_help_option(ctx)
        if option is not None:
            option.callback = _leave
        return option

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        unclear = next(filter(None, (getattr(p, "unclear", None) for p in self.params)), self.unclear)
        if unclear is not None:
            return self._parse_unclear(ctx, unclear)
        if not args and self.no_args_is_help and not ctx.resilient_parsing:
            raise click.UsageError(self._nothing_given(), ctx)
        return super().parse_args(ctx, args)

    def _parse_unclear(self, ctx: click.Context, unclear: Unknown) -> list[str]:
        if isinstance(self, click.Group):
            raise unreadable_arguments(unclear.reason, here())
        ctx.params.update({p.name: unclear.forgotten() for p in self.params if p.name and p.expose_value})
        return []

    def _nothing_given(self) -> str:
        names = ", ".join(getattr(self, "commands", {})) or "none"
        return f"missing command; one of: {names}" if isinstance(self, click.Group) else "no arguments are given"


class ProgramCommand(_Parsing):
    """A command of the program."""


class ProgramGroup(_Parsing, click.Group):
    """A group of the program."""

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            names = ", ".join(self.commands) or "none"
            vars(error)["message"] = f"{error.message.rstrip('.')}; one of: {names}"
            raise


def _leave(ctx: click.Context, parameter: Any, value: Any) -> None:
    """`--help` and the like: a text is printed, and the program ends."""
    if value and not ctx.resilient_parsing:
        raise click.exceptions.Exit(0)


def view(ctx: Any) -> Value:
    """The program's object for a context of click's."""
    return ctx.program if isinstance(ctx, ProgramContext) else Quiet("Context")


class Command(NativeObject):
    """A command or group. `real` is click's own."""

    type_name = "Command"

    def __init__(self, real: _Parsing, callback: Value) -> None:
        self.real = real
        self.callback = callback
        real.program = self
        if callback is not None:
            real.callback = self._call_back

    @property
    def name(self) -> str:
        return str(self.real.name)

    def _call_back(self, **values: Any) -> Value:
        return call_program(self.callback, [], {name: for_program(value) for name, value in values.items()})

    def call(self, arguments: list[Value], keywords: Keywords, context: Context) -> Value:
        given = dict(zip(("args", "prog_name", "complete_var", "standalone_mode"), arguments, strict=False)) | keywords
        line = context.plain(given.pop("args", None))
        standalone = context.truth(given.pop("standalone_mode", True))
        if isinstance(line, Unknown) or isinstance(standalone, Unknown) or "**" in given:
            raise unreadable_arguments("the arguments that it is called with are not known", context)
        extra = {name: value for name, value in given.items() if name in _CONTEXT_SETTINGS}
        words = list(context.evaluator.arguments) if line is None else list(line)
        if standalone is False:
            return self._run(words, extra, context)
        self._run_alone(words, extra, context)
        raise context.raise_(SystemExit(0))

    def _run_alone(self, words: list[str], extra: Keywords, context: Context) -> None:
        """Run as a program of its own does: what goes wrong ends it."""
        try:
            self._run(words, extra, context, True)
        except click.exceptions.Exit as leaving:
            raise context.raise_(SystemExit(leaving.exit_code)) from None
        except click.UsageError as error:
            with running(context):
                message = error.format_message()
            raise usage_error(message, context) from None
        except click.ClickException as error:
            raise error.__cause__ if isinstance(error.__cause__, Raised) else context.raise_(error) from None
        except click.Abort:
            raise context.raise_(SystemExit(1)) from None

    def _run(self, words: list[str], extra: Keywords, context: Context, alone: bool = False) -> Value:
        settings = settings_for_click(extra, context)
        if isinstance(settings, Unknown):
            raise unreadable_arguments(settings.reason, context)
        try:
            with running(context), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                with self.real.make_context(self.name, words, **settings) as ctx:
                    return for_program(self.real.invoke(ctx))
        except click.exceptions.Exit as leaving:
            if alone:
                raise
            return leaving.exit_code
        except PASSING as error:
            if alone:
                raise
            raise error.__cause__ if isinstance(error.__cause__, Raised) else context.raise_(error) from None
        except Exception as error:
            raise _as_programs(error, context) from None

    def usual(self, context: Context) -> Keywords:
        """The options that nothing is likely to depend on, with their defaults: a number or a text, of no choice."""
        found: Keywords = {}
        for parameter in self.real.params:
            default = getattr(parameter, "default", None)
            if type(default) not in (int, float, str) or hasattr(parameter.type, "choices"):
                continue
            with running(context):
                try:
                    cast = parameter.type_cast_value(click.Context(self.real), default)
                except click.ClickException:
                    continue
            found[str(parameter.name)] = for_program(cast)
        return found

    def get_attribute(self, name: str, context: Context) -> Value:
        if name in ("callback", "name"):
            return getattr(self, name)
        if name == "main":
            return NativeFunction(name, lambda a, k, c: self.call(a, k, c))
        if name == "__name__":
            return self.callback.name if isinstance(self.callback, Function) else self.name
        if name in _DECORATORS:
            return NativeFunction(name, lambda a, k, c: _command(name == "group", a, k, c, self))
        acts = {"add_command": self._add, "result_callback": self._result_callback}
        if name in acts and isinstance(self.real, click.Group):
            return NativeFunction(name, acts[name])
        if name == "commands" and isinstance(self.real, click.Group):
            return {n: one.program for n, one in self.real.commands.items() if isinstance(one, _Parsing)}
        return context.unknown(f"`{name}` of a command of click's")

    def add(self, command: Command, context: Context) -> None:
        """Put a command into the group."""
        _told(lambda: self.real.add_command(command.real), context)  # type: ignore[attr-defined]

    def _add(self, a: list[Value], k: Keywords, c: Context) -> Value:
        command = c.force(a[0] if a else k.get("cmd"))
        name = c.plain(a[1] if len(a) > 1 else k.get("name"))
        if isinstance(command, Command) and not isinstance(name, Unknown):
            _told(lambda: self.real.add_command(command.real, name), c)  # type: ignore[attr-defined]
        else:
            self.real.unclear = c.unknown("which commands a group has")
        return None

    def _result_callback(self, a: list[Value], k: Keywords, c: Context) -> Value:
        replace = c.truth(a[0] if a else k.get("replace", False)) is True

        def apply(b: list[Value], _: Keywords, d: Context) -> Value:
            def act(*given: Any, **values: Any) -> Value:
                named = {name: for_program(value) for name, value in values.items()}
                return call_program(b[0], [for_program(one) for one in given], named)

            self.real.result_callback(replace=replace)(act)  # type: ignore[attr-defined]
            return b[0]

        return NativeFunction("result_callback", apply)

    def set_attribute(self, name: str, value: Value, context: Context) -> None:
        if name == "callback":
            self.callback = value
            self.real.callback = None if value is None else self._call_back
        elif name not in ("help", "short_help", "epilog"):
            self.real.unclear = context.unknown(f"what a command does whose `{name}` was set")


class ClickContext(NativeObject):
    """`click.Context`. `real` is click's own."""

    type_name = "Context"

    def __init__(self, real: click.Context) -> None:
        self.real = real

    def get_attribute(self, name: str, context: Context) -> Value:
        if name == "parent":
            return None if self.real.parent is None else view(self.real.parent)
        if name == "command":
            return self.real.command.program if isinstance(self.real.command, _Parsing) else Quiet("Command")
        if name in ("obj", "args", "meta", "default_map", "invoked_subcommand"):
            found: Value = getattr(self.real, name)
            return found
        if name == "params":
            return {key: for_program(value) for key, value in self.real.params.items()}
        if name in ("info_name", "command_path") and self.real.parent is not None and name == "info_name":
            return self.real.info_name
        acts = self._acts()
        if name in acts:
            return NativeFunction(name, acts[name])
        return context.unknown(f"`{name}` of a context of click's")

    def _acts(self) -> dict[str, Any]:
        return {
            "ensure_object": self._ensure_object,
            "find_object": self._find_object,
            "find_root": lambda a, k, c: view(self.real.find_root()),
            "invoke": self._invoke,
            "forward": self._forward,
            "exit": self._exit,
            "abort": self._abort,
            "fail": self._fail,
            "call_on_close": self._call_on_close,
        }

    def set_attribute(self, name: str, value: Value, context: Context) -> None:
        if name == "obj":
            self.real.obj = value
        elif name == "default_map":
            settings = settings_for_click({"default_map": value}, context)
            if isinstance(settings, Unknown):
                raise unreadable_arguments(settings.reason, context)
            self.real.default_map = settings["default_map"]

    def _find_object(self, a: list[Value], k: Keywords, c: Context) -> Value:
        ctx: click.Context | None = self.real
        while ctx is not None:
            found = is_instance(ctx.obj, a[0], c)
            if found is not False:
                return ctx.obj if found is True else c.unknown("the object of a context")
            ctx = ctx.parent
        return None

    def _ensure_object(self, a: list[Value], k: Keywords, c: Context) -> Value:
        found = self._find_object(a, k, c)
        if found is None:
            found = self.real.obj = c.call(a[0])
        return found

    def _invoke(self, a: list[Value], k: Keywords, c: Context) -> Value:
        target = c.force(a[0])
        with running(c):
            if isinstance(target, Command):
                return _from_click(lambda: self.real.invoke(target.real, *a[1:], **k), c)
            with self.real:
                return c.call(target, a[1:], k)

    def _forward(self, a: list[Value], k: Keywords, c: Context) -> Value:
        target = c.force(a[0])
        if not isinstance(target, Command):
            raise c.raise_(TypeError("Callback is not a command."))
        with running(c):
            return _from_click(lambda: self.real.forward(target.real, *a[1:], **k), c)

    def _exit(self, a: list[Value], k: Keywords, c: Context) -> Value:
        code = c.plain(a[0] if a else k.get("code", 0))
        raise c.raise_(click.exceptions.Exit(code if isinstance(code, int) else 1))

    def _abort(self, a: list[Value], k: Keywords, c: Context) -> Value:
        raise c.raise_(click.Abort())

    def _fail(self, a: list[Value], k: Keywords, c: Context) -> Value:
        message = c.plain(a[0] if a else k.get("message"))
        raise c.raise_(click.UsageError(message if isinstance(message, str) else "the arguments are refused"))

    def _call_on_close(self, a: list[Value], k: Keywords, c: Context) -> Value:
        self.real.call_on_close(lambda: call_program(a[0], []))
        return a[0]


class ContextFunction(NativeObject):
    """A function under `@pass_context`, `@pass_obj` or a decorator of `make_pass_decorator`; `first` gives what it is
    passed."""

    type_name = "function"

    def __init__(self, function: Value, first: Callable[[ClickContext, Context], Value]) -> None:
        self.function = function
        self.first = first

    def call(self, arguments: list[Value], keywords: Keywords, context: Context) -> Value:
        return context.call(self.function, [self.first(_current(context), context), *arguments], keywords)

    def get_attribute(self, name: str, context: Context) -> Value:
        return context.get_attribute(self.function, name)


def _current(context: Context) -> ClickContext:
    ctx = click.get_current_context(silent=True)
    if not isinstance(ctx, ProgramContext):
        raise context.raise_(RuntimeError("There is no active click context."))
    return ctx.program


def _from_click(act: Callable[[], Any], context: Context) -> Value:
    """What click does for the program, whose exceptions are the program's."""
    try:
        return for_program(act())
    except PASSING as error:
        raise error.__cause__ if isinstance(error.__cause__, Raised) else context.raise_(error) from None
    except Exception as error:
        raise _as_programs(error, context) from None


def _as_programs(error: Exception, context: Context) -> Exception:
    """An exception that left click: the program's, if click itself raised it."""
    return context.raise_(error) if raised_by_click(error) and not isinstance(error, Raised) else error


def _told(act: Callable[[], Any], context: Context) -> Any:
    """Something that click may refuse, as a mistake of the program."""
    try:
        return act()
    except (TypeError, ValueError, RuntimeError) as error:
        raise context.raise_(error) from None


def parameters_of(target: Value) -> list[Any] | None:
    """The options that decorators have put on a function so far, in their order; None for what can't have any."""
    if isinstance(target, ContextFunction):
        return parameters_of(target.function)
    if isinstance(target, BoundMethod):
        return parameters_of(target.function)
    if isinstance(target, Command):
        return target.real.params
    if isinstance(target, Function):
        attributes = target.attributes = target.attributes if target.attributes is not None else {}
        found: list[Any] = attributes.setdefault(_PARAMETERS, [])
        return found
    return None


def _declare(is_option: bool, fixed: Keywords | None = None, names: tuple[str, ...] = ()) -> Any:
    """The decorator of an option or argument; `fixed` and `names` are those of `version_option` and its like."""

    def make(a: list[Value], k: Keywords, c: Context) -> Value:
        given = {**(fixed or {}), **k}
        declarations = a or list(names)

        def apply(b: list[Value], _: Keywords, d: Context) -> Value:
            parameters = parameters_of(b[0])
            if parameters is None:
                return b[0] if isinstance(b[0], Unknown) else d.unknown("a function that an option was put on")
            parameters.append(declare(is_option, declarations, given, c, view))
            return b[0]

        return NativeFunction("option", apply)

    return make


def _leaving(a: list[Value], k: Keywords, c: Context) -> Value:
    if len(a) > 2 and c.truth(a[2]) is True:
        raise c.raise_(click.exceptions.Exit(0))
    return None


def _aborting(a: list[Value], k: Keywords, c: Context) -> Value:
    if len(a) > 2 and c.truth(a[2]) is False:
        raise c.raise_(click.Abort())
    return None


_EAGER: Keywords = {"is_flag": True, "expose_value": False, "is_eager": True}
_EXIT: Keywords = {**_EAGER, "callback": NativeFunction("callback", _leaving)}
_CONFIRM: Keywords = {"is_flag": True, "expose_value": False, "prompt": "Do you want to continue?",
                      "callback": NativeFunction("callback", _aborting)}  # fmt: skip


def _version_option(a: list[Value], k: Keywords, c: Context) -> Value:
    kept = {n: v for n, v in k.items() if n not in ("version", "package_name", "prog_name", "message")}
    return _declare(True, _EXIT, ("--version",))(a[1:], kept, c)


def settings_for_click(given: Keywords, context: Context) -> dict[str, Any] | Unknown:
    """Settings of a context as click takes them, or why they are not known."""
    settings: dict[str, Any] = {}
    for name, value in given.items():
        if name in ("obj", "default_map", "token_normalize_func"):
            settings[name] = _setting(name, context.force(value), context)
        elif name in _CONTEXT_SETTINGS:
            settings[name] = context.plain(value)
        if isinstance(settings.get(name), Unknown) and name != "obj":
            return context.unknown(f"the setting `{name}` of a command is not known")
    return settings


_CONTEXT_SETTINGS = frozenset(
    ["obj", "auto_envvar_prefix", "default_map", "resilient_parsing", "allow_extra_args", "allow_interspersed_args",
     "ignore_unknown_options", "help_option_names", "token_normalize_func"]
)  # fmt: skip


def _setting(name: str, value: Value, context: Context) -> Any:
    if name == "default_map" and isinstance(value, dict):
        return _default_map(value, context)
    if name == "token_normalize_func" and value is not None:
        return lambda text: str(call_program(value, [text]))
    return value


def _default_map(given: dict[Any, Value], context: Context) -> dict[Any, Any]:
    """Defaults by name, as click takes them: what click can't look into is given when it is asked for."""
    made: dict[Any, Any] = {}
    for key, value in given.items():
        known = context.force(value)
        if isinstance(known, dict):
            made[key] = _default_map(known, context)
        elif is_abstract(value) or is_abstract(known):
            made[key] = _holding(value)
        else:
            made[key] = value
    return made


def _holding(value: Value) -> Callable[[], Any]:
    return lambda: Held.of(value)


_DECORATORS = ("command", "group")


def _command(group: bool, a: list[Value], k: Keywords, c: Context, parent: Command | None = None) -> Value:
    """The decorator that makes a command, or the command itself where it is used without a call."""
    bare = bool(a) and isinstance(a[0], (Function, NativeObject))
    given = k.get("name") if bare or not a else a[0]

    def apply(b: list[Value], _: Keywords, d: Context) -> Value:
        command = Command(_real(group, given, b[0], k, c), b[0])
        if parent is not None:
            parent.add(command, c)
        return command

    return apply(a, {}, c) if bare else NativeFunction("command", apply)


def _real(group: bool, given: Value, target: Value, k: Keywords, c: Context) -> Any:
    """click's own command for a function of the program."""
    name = c.plain(given)
    parameters = list(reversed(parameters_of(target) or []))
    extra = c.force(k.get("params"))
    if isinstance(extra, list):
        parameters = [*(one.real for one in extra if isinstance(one, MadeParameter)), *parameters]
    text = name if isinstance(name, str) else usual_name(_function_name(target))
    made = real_command(group, text, parameters, k, c)
    if isinstance(name, Unknown):
        made.unclear = name.forgotten()
    return made


def real_command(group: bool, name: str, parameters: list[Any], k: Keywords, c: Context) -> Any:
    """click's own command with these parameters; `k` are the settings that the program gives."""
    options = {n: c.plain(v) for n, v in k.items() if n in _COMMAND_SETTINGS}
    given = c.force(k.get("context_settings")) or {}
    settings: Any = settings_for_click(given, c) if isinstance(given, dict) else given
    unclear = next((one for one in (settings, *options.values()) if isinstance(one, Unknown)), None)
    if unclear is None and ("**" in k or not _is_usual(c.force(k.get("cls")))):
        unclear = c.unknown("what a command of a class of its own does with its arguments")
    if unclear is not None:
        settings, options = {}, {}
    factory = ProgramGroup if group else ProgramCommand
    made = _told(lambda: factory(name, params=parameters, context_settings=settings, **options), c)
    made.unclear = unclear
    return made


def _is_usual(class_: Value) -> bool:
    return class_ is None or (isinstance(class_, Symbol) and class_.path in _USUAL_CLASSES)


def _function_name(target: Value) -> str:
    while isinstance(target, (ContextFunction, BoundMethod)):
        target = target.function
    return target.name if isinstance(target, Function) else "command"


def usual_name(function_name: str) -> str:
    """The name that click gives the command of a function."""

    def function() -> None: ...

    function.__name__ = function_name
    return str(click.command()(function).name)


class MadeParameter(NativeObject):
    """`click.Option([…])` or `click.Argument([…])`, for `params=`."""

    type_name = "Parameter"

    def __init__(self, real: Any) -> None:
        self.real = real


def _made_parameter(is_option: bool) -> Any:
    def make(a: list[Value], k: Keywords, c: Context) -> Value:
        given = c.force(a[0] if a else k.get("param_decls"))
        declarations = given if isinstance(given, list) else [c.unknown("how an option is declared")]
        attributes = {n: v for n, v in k.items() if n != "param_decls"}
        return MadeParameter(declare(is_option, declarations, attributes, c, view))

    return make


def _pass(first: Callable[[ClickContext, Context], Value]) -> Any:
    return lambda a, k, c: ContextFunction(a[0], first)


def _make_pass_decorator(a: list[Value], k: Keywords, c: Context) -> Value:
    ensure = c.truth(a[1] if len(a) > 1 else k.get("ensure", False)) is True

    def first(ctx: ClickContext, d: Context) -> Value:
        found = ctx._ensure_object(a, {}, d) if ensure else ctx._find_object(a, {}, d)
        if found is None:
            raise d.raise_(RuntimeError("Managed to invoke callback without a context object of the type existing"))
        return found

    return NativeFunction("decorator", _pass(first))


def _get_current_context(a: list[Value], k: Keywords, c: Context) -> Value:
    silent = c.truth(a[0] if a else k.get("silent", False)) is True
    if silent and not isinstance(click.get_current_context(silent=True), ProgramContext):
        return None
    return _current(c)


def style(a: list[Value], k: Keywords, c: Context) -> Value:
    shown = any(name not in ("text", "reset") for name in k) or len(a) > 1
    return c.unknown("a text with the codes of a terminal") if shown else c.call(str, a[:1])


def _error(kind: type[Exception]) -> Any:
    """An exception of click's with its message; what else it is given is for people."""

    def make(a: list[Value], k: Keywords, c: Context) -> Value:
        message = settled(a[0] if a else k.get("message", ""), c)
        return kind(message if isinstance(message, str) else "")

    return make


class ClickModule(NativeModule):
    """`click`; its types are made when they are asked for."""

    def own_attribute(self, name: str, context: Context) -> Value:
        if name in types.NAMED_TYPES:
            return types.named(name)
        return super().own_attribute(name, context)


_EXCEPTIONS = {
    name: getattr(click, name)
    for name in ("ClickException", "UsageError", "BadParameter", "BadArgumentUsage", "BadOptionUsage",
                 "MissingParameter", "NoSuchOption", "FileError", "Abort")
}  # fmt: skip

_NAMES: dict[str, Value] = {
    "command": NativeFunction("command", lambda a, k, c: _command(False, a, k, c)),
    "group": NativeFunction("group", lambda a, k, c: _command(True, a, k, c)),
    "option": NativeFunction("option", _declare(True)),
    "argument": NativeFunction("argument", _declare(False)),
    "Option": NativeFunction("Option", _made_parameter(True)),
    "Argument": NativeFunction("Argument", _made_parameter(False)),
    "Choice": NativeFunction("Choice", types.choice),
    **{n: NativeFunction(n, types.made_by_click(n)) for n in ("IntRange", "FloatRange", "DateTime")},
    "Path": NativeFunction("Path", types.path),
    "File": NativeFunction("File", types.file),
    "Tuple": NativeFunction("Tuple", types.tuple_type),
    "ParamType": types.ParamTypeClass(),
    "pass_context": NativeFunction("pass_context", _pass(lambda ctx, c: ctx)),
    "pass_obj": NativeFunction("pass_obj", _pass(lambda ctx, c: ctx.real.obj)),
    "make_pass_decorator": NativeFunction("make_pass_decorator", _make_pass_decorator),
    "version_option": NativeFunction("version_option", _version_option),
    "help_option": NativeFunction("help_option", _declare(True, _EXIT, ("--help",))),
    "confirmation_option": NativeFunction("confirmation_option", _declare(True, _CONFIRM, ("--yes",))),
    "password_option": NativeFunction("password_option", _declare(True, {"prompt": True}, ("--password",))),
    "echo": constant("echo"),
    "secho": constant("secho"),
    "clear": constant("clear"),
    "pause": constant("pause"),
    "style": NativeFunction("style", style),
    "prompt": unknown("prompt", "what a user answers"),
    "confirm": unknown("confirm", "what a user answers"),
    "get_current_context": NativeFunction("get_current_context", _get_current_context),
    **_EXCEPTIONS,
}

MODULES = {"click": ClickModule("click", _NAMES), "rich_click": ClickModule("rich_click", dict(_NAMES))}
