"""Options and arguments of `click` as the program declared them: click's own, told where its values come from.

Click asks the program's functions, never the machine: variables of the environment are those that are given with
`--env`, and what a user would be asked at a prompt is unknown.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click
from click.core import ParameterSource

from zencompile.frontend.prelude.click_running import (
    UNSET,
    call_program,
    for_program,
    here,
    is_abstract,
    settled,
)
from zencompile.frontend.prelude.click_types import MemberChoice, ProgramPath, ProgramType, UnknownType, for_click
from zencompile.frontend.prelude.helpers import Keywords
from zencompile.frontend.values import (
    MISSING,
    BoundMethod,
    Class,
    Context,
    EnumMember,
    EnvironmentReference,
    Function,
    Lazy,
    NativeFunction,
    Object,
    Raised,
    Symbol,
    Unknown,
    Value,
)
from zencompile.frontend.values.plain import unwrap
from zencompile.frontend.values.text import representation

_FOR_PEOPLE = frozenset(
    ["help", "show_default", "metavar", "hidden", "show_envvar", "show_choices", "deprecated", "shell_complete",
     "autocompletion", "hide_input", "confirmation_prompt"]
)  # fmt: skip
"""What changes no value."""

_MADE_BY = {click.types.StringParamType: str, click.types.IntParamType: int, click.types.FloatParamType: float}
"""Types of click's that call one of Python's own."""

_OBJECTS = (click.types.FuncParamType, ProgramType, ProgramPath, MemberChoice, type(click.UNPROCESSED), UnknownType)
"""Types that take objects of the program."""

_OF_PROGRAM = frozenset(["default", "type", "callback", "flag_value", "cls"])


class Held(tuple):  # type: ignore[type-arg]
    """A default that click shall not look into, and the variables of the environment that come before it."""

    value: Any
    names: tuple[str, ...]

    @classmethod
    def of(cls, value: Any, names: tuple[str, ...] = ()) -> Held:
        made = cls((value,))
        made.value = value
        made.names = names
        return made


class ProgramParameter(click.Parameter):
    """What options and arguments of a program have in common."""

    unclear: Unknown | None = None  # why it is not known how the parameter was declared
    program_context: Callable[[Any], Value]

    def variables(self, ctx: click.Context) -> tuple[str, ...]:
        """The variables of the environment that give the value, the first that is set."""
        own = (self.envvar,) if isinstance(self.envvar, str) else tuple(self.envvar or ())
        prefix = ctx.auto_envvar_prefix if getattr(self, "allow_from_autoenv", False) else None
        return own if prefix is None or not self.name else (*own, f"{prefix}_{self.name.upper()}")

    def resolve_envvar_value(self, ctx: click.Context) -> str | None:
        environment = here().evaluator.environment
        return next((environment[name] for name in self.variables(ctx) if environment.get(name)), None)

    def consume_value(self, ctx: click.Context, opts: Any) -> tuple[Any, ParameterSource]:
        value, source = super().consume_value(ctx, opts)
        names = self.variables(ctx)
        if not names or source not in (ParameterSource.DEFAULT, ParameterSource.DEFAULT_MAP):
            return value, source
        return Held.of(value.value if isinstance(value, Held) else value, names), source

    def prompt_for_value(self, ctx: click.Context) -> Any:
        """What a user answers."""
        return here().unknown(f"what a user answers who is asked for `{self.opts[0]}`; give it after `--`")

    def type_cast_value(self, ctx: click.Context, value: Any) -> Any:
        if isinstance(value, Held):
            return self._from_environment(ctx, value) if value.names else self._cast(ctx, value.value)
        return self._cast(ctx, value)

    def _cast(self, ctx: click.Context, value: Any) -> Any:
        if not is_abstract(value):
            return super().type_cast_value(ctx, value)
        if self._takes_as_it_is(value):
            return value
        value = settled(value, here())
        if isinstance(value, Unknown):
            return value.forgotten()
        value = self._items(value)
        return value.forgotten() if isinstance(value, Unknown) else super().type_cast_value(ctx, value)

    def _items(self, value: Any) -> Any:
        """A value, or each of a list's values, as `_item` gives it."""
        if isinstance(value, Object) or not is_abstract(value):
            return self._item(value)
        items = [self._items(one) for one in value]
        unknown = next((one for one in items if isinstance(one, Unknown)), None)
        return tuple(items) if unknown is None else unknown

    def _takes_as_it_is(self, value: Any) -> bool:
        is_text = isinstance(value, Lazy) and value.always is str
        return is_text and self.nargs == 1 and not self.multiple and isinstance(self.type, click.types.StringParamType)

    def _item(self, value: Any) -> Any:
        """An object of the program, before click converts it: what Python's own types make of it."""
        if not isinstance(value, Object) or isinstance(self.type, _OBJECTS):
            return value
        function = _MADE_BY.get(type(self.type))
        if function is not None:
            return self._made(function, value)
        inner = unwrap(value)
        if isinstance(inner, EnumMember) and isinstance(self.type, click.types.BoolParamType):
            raise here().raise_(AttributeError(f"'{inner.type_name}' object has no attribute 'strip'"))
        return here().unknown("what click makes of an object") if isinstance(inner, Object) else inner

    def _made(self, function: type, value: Any) -> Any:
        try:
            return call_program(function, [value])
        except Raised as raised:
            if not isinstance(raised.value, ValueError):
                raise
            told = representation(value, here())
            return self.type.fail(f"{told} is not a valid {self.type.name}.", self)

    def _from_environment(self, ctx: click.Context, held: Held) -> Any:
        """A value that the environment may give: a reference for a text, else what is told when compiling."""
        default = self._cast(ctx, self._absent() if held.value is UNSET else held.value)
        if default is None and self.required:
            default = MISSING
        context = here()
        reference: Value = default
        for name in reversed(held.names):
            reference = EnvironmentReference(name, reference, context.span)
        is_text = isinstance(self.type, click.types.StringParamType) and self.nargs == 1 and not self.multiple
        if is_text and len(held.names) == 1 and not getattr(self, "is_flag", False):
            return reference
        return context.force(reference)

    def _absent(self) -> Any:
        """What a parameter without a default has."""
        return False if getattr(self, "is_bool_flag", False) and not self.required else None


class ProgramOption(ProgramParameter, click.Option):
    """An option of the program."""


class ProgramArgument(ProgramParameter, click.Argument):
    """An argument of the program."""


def declare(is_option: bool, declarations: list[Value], attributes: Keywords, context: Context, view: Any) -> Any:
    """The option or argument that a declaration makes. `view` gives the program's object for a context of click's.

    Raises what click raises for a declaration that can't be.
    """
    factory = ProgramOption if is_option else ProgramArgument
    names = [context.plain(one) for one in declarations]
    given = {n: v for n, v in attributes.items() if n not in _FOR_PEOPLE}
    unclear = _unclear(names, given, context)
    if unclear is not None:
        return _placeholder(factory, names, unclear)
    options = {n: context.plain(v) for n, v in given.items() if n not in _OF_PROGRAM}
    options.update(_of_program(given, context, view))
    try:
        made = factory(names, **options)
    except (TypeError, ValueError) as error:
        raise context.raise_(error) from None
    made.program_context = view
    return made


def _placeholder(factory: Any, names: list[Value], unclear: Unknown) -> Any:
    known = [one for one in names if isinstance(one, str)]
    try:
        made = factory(known)
    except (TypeError, ValueError):
        made = factory(["unknown" if factory is ProgramArgument else "--unknown"])
    made.unclear = unclear
    return made


def _unclear(names: list[Value], given: Keywords, context: Context) -> Unknown | None:
    """Why it is not known how a parameter is declared."""
    if "**" in given:
        return context.unknown("how an option is declared")
    values = [*names, *(context.plain(v) for n, v in given.items() if n not in _OF_PROGRAM)]
    values.append(context.force(given.get("callback")))
    values.append(settled(given.get("flag_value"), context))
    unknown = next((one.forgotten() for one in values if isinstance(one, Unknown)), None)
    if unknown is None and any(isinstance(one, Object) for one in values[:-2]):
        return context.unknown("how an option is declared")
    if unknown is None and given.get("cls") is not None:
        return context.unknown("what an option of a class of its own does")
    return unknown


def _of_program(given: Keywords, context: Context, view: Any) -> dict[str, Any]:
    """The attributes that may hold objects of the program, as click takes them."""
    options: dict[str, Any] = {}
    type_ = for_click(given.get("type"), context, view)
    if type_ is not None:
        options["type"] = type_
    if "flag_value" in given:
        options["flag_value"] = settled(given["flag_value"], context)
        if isinstance(options["flag_value"], Object) and isinstance(unwrap(options["flag_value"]), str):
            options.setdefault("type", str)
    if "default" in given:
        options["default"] = _default(given["default"], context)
        if callable(options["default"]) and "type" not in options and not _is_flag(given):
            guessed = _guessed(given["default"], context)
            options.update({} if guessed is None else {"type": guessed})
    callback = context.force(given.get("callback"))
    if callback is not None:
        options["callback"] = _callback(callback, view)
    return options


def _is_flag(given: Keywords) -> bool:
    return bool(given.get("is_flag")) or bool(given.get("count")) or "flag_value" in given


def _callback(callback: Value, view: Any) -> Callable[..., Any]:
    def act(ctx: click.Context, parameter: Any, value: Any) -> Any:
        return call_program(callback, [view(ctx), ParameterView(parameter), for_program(value)])

    return act


def _default(value: Value, context: Context) -> Any:
    """A default as click takes it: plain data, or a function that gives what click shall not look into."""
    if isinstance(value, (Function, BoundMethod, NativeFunction, Class)):
        return lambda: Held.of(call_program(value, []))
    if isinstance(value, Symbol):
        return lambda: Held.of(context.unknown(f"what `{value.path}` is worth"))
    if is_abstract(value) or isinstance(settled(value, context), Unknown):
        return lambda: Held.of(value)
    return value


def _guessed(value: Value, context: Context) -> Any:
    """The type that click would guess from a default that it doesn't see; None: it guesses from what it sees."""
    if isinstance(value, (Function, BoundMethod, NativeFunction, Class)):
        return None
    known = value.always if isinstance(value, Lazy) else None
    if known is None and isinstance(value, (Unknown, Lazy, Symbol)):
        return UnknownType(context.unknown("an option whose type is that of a default that is not known"))
    return known if known in (int, float, bool) else str


class ParameterView(Object):
    """`click.Parameter`, as callbacks get it."""

    type_name = "Parameter"
    __slots__ = ("parameter",)

    def __init__(self, parameter: Any) -> None:
        self.parameter = parameter

    def get_attribute(self, name: str, context: Context) -> Value:
        if name in ("name", "required", "multiple", "nargs", "human_readable_name", "param_type_name", "opts"):
            found: Value = getattr(self.parameter, name)
            return found
        return context.unknown(f"`{name}` of a parameter of click's")
