"""`argparse`: parsers are argparse's own, with the arguments that were given for `run.py`; functions that convert
texts, and classes of actions, are the program's."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from typing import Any

from zencompile.frontend.prelude.helpers import Keywords, module, unreadable_arguments, usage_error
from zencompile.frontend.values import (
    MISSING,
    Class,
    Context,
    Instance,
    Lazy,
    NativeFunction,
    NativeObject,
    Object,
    Raised,
    Symbol,
    Unknown,
    Value,
)
from zencompile.frontend.values.operations import all_items, compare, contains
from zencompile.frontend.values.plain import unwrap
from zencompile.frontend.values.text import representation

_PARSER_OPTIONS = ("add_help", "allow_abbrev", "prefix_chars", "argument_default", "conflict_handler", "exit_on_error")
_FOR_PEOPLE = frozenset(["help", "deprecated"])


class _Stop(Exception):
    """argparse wants to end the program: a message, or None for `--help`."""

    def __init__(self, message: str | None) -> None:
        super().__init__(message)
        self.message = message


class _Parser(argparse.ArgumentParser):
    """argparse's parser, but that it neither prints nor exits, and that values may be the program's objects."""

    context: Context | None = None  # the place of the call that parses

    def error(self, message: str) -> Any:
        raise _Stop(message)

    def exit(self, status: int = 0, message: str | None = None) -> Any:
        raise _Stop(message if status else None)

    def _print_message(self, message: str, file: Any = None) -> None:
        return

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        known, rest = super().parse_known_args(args, namespace)
        for action in self._actions:
            if isinstance(action.default, Object) and getattr(known, action.dest, None) is action.default:
                setattr(known, action.dest, self._converted(action))
        return known, rest

    def _converted(self, action: argparse.Action) -> Value:
        """A default as argparse leaves it: it converts texts, however they came to be."""
        if action.type is None or (isinstance(action.default, Lazy) and action.type is str):
            return action.default
        context = _place(self)
        text = unwrap(context.force(action.default))
        if isinstance(text, Unknown):
            return text.forgotten()
        if not isinstance(text, str):
            return action.default
        if action.type is str:
            return context.call(str, [action.default])
        try:
            return self._get_value(action, text if action.type in (int, float) else context.force(action.default))
        except argparse.ArgumentError as error:
            return self.error(str(error))

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if isinstance(action.choices, _Choices):
            action.choices.check(action, value, _place(self))
        elif not isinstance(value, Unknown):
            super()._check_value(action, value)


_RUNNING: list[Context] = []


def _place(parser: _Parser) -> Context:
    return _RUNNING[-1]


class _Choices:
    """What an argument may be, of which argparse can't judge alone."""

    def __init__(self, container: Value, shown: list[str]) -> None:
        self.container = container
        self.shown = shown

    def __iter__(self) -> Iterator[str]:
        return iter(self.shown)

    def __contains__(self, item: object) -> bool:
        return True

    def check(self, action: argparse.Action, value: Value, context: Context) -> None:
        """Raises what argparse raises for a value that is certainly not among them."""
        if isinstance(value, Unknown) or isinstance(self.container, Unknown):
            return
        if contains(self.container, value, context) is False:
            told = representation(value, context)
            shown = ", ".join(self.shown)
            raise argparse.ArgumentError(action, f"invalid choice: {told} (choose from {shown})")


class Namespace(NativeObject):
    """`argparse.Namespace`."""

    type_name = "Namespace"

    def __init__(self, values: dict[str, Value], others: Unknown | None = None) -> None:
        self.values = values
        self.others = others  # what every other attribute is, where it is not known which there are

    def get_attribute(self, name: str, context: Context) -> Value:
        if name == "__dict__":
            return self.values
        if name in self.values:
            return self.values[name]
        if self.others is not None and not name.startswith("__"):
            return self.others.forgotten()
        raise context.raise_(AttributeError(f"'Namespace' object has no attribute '{name}'"))

    def set_attribute(self, name: str, value: Value, context: Context) -> None:
        context.touch(self.values)
        self.values[name] = value

    def delete_attribute(self, name: str, context: Context) -> None:
        if name not in self.values:
            raise context.raise_(AttributeError(f"'Namespace' object has no attribute '{name}'"))
        context.touch(self.values)
        del self.values[name]

    def contains(self, item: Value, context: Context) -> bool | Unknown:
        name = context.force(item)
        return name.forgotten() if isinstance(name, Unknown) else name in self.values

    def compare(self, operator: str, other: Value, context: Context) -> Any:
        if operator not in ("==", "!=") or not isinstance(other, Namespace):
            return MISSING
        return compare(operator, self.values, other.values, context)

    def is_instance_of(self, class_: Value) -> bool | None:
        if isinstance(class_, type):
            return class_ is object
        return True if class_ is _NAMESPACE else (False if isinstance(class_, Class) else None)

    def text(self, context: Context) -> str | Unknown:
        parts = []
        for name, value in self.values.items():
            part = representation(value, context)
            if isinstance(part, Unknown):
                return part.forgotten()
            parts.append(f"{name}={part}" if name.isidentifier() else f"**{{{name!r}: {part}}}")
        return f"Namespace({', '.join(parts)})"


class ActionView(NativeObject):
    """`argparse.Action`, as `add_argument` gives it and as classes of actions see themselves. `class_` is theirs."""

    type_name = "Action"

    def __init__(self, action: Any, class_: Class | None = None) -> None:
        self.action = action
        self.class_ = class_

    def get_attribute(self, name: str, context: Context) -> Value:
        if name in ("option_strings", "dest", "nargs", "const", "default", "required", "metavar"):
            found: Value = getattr(self.action, name)
            return found
        return context.unknown(f"`{name}` of an action of argparse's")

    def set_attribute(self, name: str, value: Value, context: Context) -> None:
        if name in ("default", "required"):
            setattr(self.action, name, value if name == "default" else context.truth(value) is True)


class _ProgramAction(argparse.Action):
    """An action whose class is the program's: its `__call__` is evaluated."""

    def __init__(self, class_: Class, **options: Any) -> None:
        super().__init__(**options)
        self.class_ = class_

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: str | None = None) -> None:
        act = self.class_.lookup("__call__")
        view = ActionView(self, self.class_)
        _place(parser).call(act, [view, Parser(parser), Namespace(vars(namespace)), values, option_string])


class Parser(NativeObject):
    """A parser, a group of one, or what `add_subparsers` gives. `inner` is argparse's own, `whole` the parser that it
    is part of."""

    type_name = "ArgumentParser"

    def __init__(self, inner: Any, whole: Parser | None = None, depth: int = 0) -> None:
        self.inner = inner
        self.whole = whole if whole is not None else self
        self.depth = depth  # in how many undecided branches it was made
        self.unclear: Unknown | None = None

    def get_attribute(self, name: str, context: Context) -> Value:
        acts = {
            "add_argument": self._add_argument,
            "add_argument_group": self._group,
            "add_mutually_exclusive_group": self._exclusive_group,
            "add_subparsers": self._subparsers,
            "add_parser": self._add_parser,
            "set_defaults": self._set_defaults,
            "get_default": self._get_default,
            "parse_args": lambda a, k, c: self._parse("parse_args", a, k, c),
            "parse_intermixed_args": lambda a, k, c: self._parse("parse_intermixed_args", a, k, c),
            "parse_known_args": lambda a, k, c: self._parse("parse_known_args", a, k, c),
            "parse_known_intermixed_args": lambda a, k, c: self._parse("parse_known_intermixed_args", a, k, c),
            "error": self._error,
            "exit": _exit,
            "print_help": _nothing,
            "print_usage": _nothing,
        }
        if name in acts:
            return NativeFunction(name, acts[name])
        return context.unknown(f"`{name}` of a parser of argparse's")

    def set_attribute(self, name: str, value: Value, context: Context) -> None:
        """Texts for people, unless it is one of the few that parsing depends on."""
        if name in _PARSER_OPTIONS or name == "fromfile_prefix_chars":
            self._mark(context.unknown(f"what a parser does whose `{name}` was set"))

    def _mark(self, why: Unknown | None) -> None:
        if why is not None and self.whole.unclear is None:
            self.whole.unclear = why.forgotten()

    def _changes(self, context: Context) -> None:
        """Something is added; whether it is, may not be known."""
        if len(context.evaluator.uncertain) > self.whole.depth:
            self._mark(context.uncertain)

    def _below(self, inner: Any) -> Parser:
        return Parser(inner, self.whole, self.whole.depth)

    # what it is made of

    def _add_argument(self, a: list[Value], k: Keywords, c: Context) -> Value:
        self._changes(c)
        names = [c.plain(x) for x in a]
        given = {key: self._option(key, value, c) for key, value in k.items() if key not in _FOR_PEOPLE}
        unclear = next(
            (x for x in (*names, *(v for n, v in given.items() if n not in _VALUES)) if _is_unknown(x)), None
        )
        if unclear is not None or "**" in k:
            self._mark(unclear if unclear is not None else c.unknown("how an argument is declared"))
            return ActionView(argparse.Action([], "unknown"))
        act = given.get("action")
        if isinstance(act, Class):
            given["action"] = lambda **options: _ProgramAction(act, **options)
        given = {key: value for key, value in given.items() if value is not None or key in _VALUES}
        return ActionView(_refused(lambda: self.inner.add_argument(*names, **given), c))

    def _option(self, key: str, value: Value, c: Context) -> Any:
        if key in _VALUES:
            return value
        if key == "type":
            return _converter(c.force(value), c)
        if key == "action":
            return self._action(c.force(value), c)
        if key == "choices":
            return _choices(value, c)
        plain = c.plain(value)
        return c.unknown("how an argument is declared") if isinstance(plain, Object) else plain

    def _action(self, value: Value, c: Context) -> Any:
        if isinstance(value, Class) and value.lookup("__call__") is not MISSING and value.lookup("__init__") is MISSING:
            return value
        if isinstance(value, (Object, type)) and value is not argparse.BooleanOptionalAction:
            return c.unknown("what an argument does whose action is a class of its own")
        return value

    def _group(self, a: list[Value], k: Keywords, c: Context) -> Value:
        self._changes(c)
        given = {n: c.plain(v) for n, v in k.items() if n in ("argument_default", "conflict_handler", "prefix_chars")}
        return self._below(_refused(lambda: self.inner.add_argument_group("group", **given), c))

    def _exclusive_group(self, a: list[Value], k: Keywords, c: Context) -> Value:
        self._changes(c)
        required = c.truth(k.get("required", False))
        self._mark(required if isinstance(required, Unknown) else None)
        return self._below(self.inner.add_mutually_exclusive_group(required=required is True))

    def _subparsers(self, a: list[Value], k: Keywords, c: Context) -> Value:
        self._changes(c)
        given = {n: c.plain(v) for n, v in k.items() if n in ("dest", "required", "metavar", "title")}
        unclear = next((v for v in given.values() if isinstance(v, Unknown)), None)
        if k.get("parser_class") is not None or k.get("action") is not None:
            unclear = c.unknown("what parsers of a class of its own do")
        self._mark(unclear)
        given = {} if unclear is not None else given
        return self._below(_refused(lambda: self.inner.add_subparsers(parser_class=_Parser, **given), c))

    def _add_parser(self, a: list[Value], k: Keywords, c: Context) -> Value:
        self._changes(c)
        name, aliases = c.plain(a[0] if a else k.get("name")), c.plain(k.get("aliases", ()))
        options = _parser_options(k, c)
        unclear = next((x for x in (name, aliases, options) if isinstance(x, Unknown)), None)
        self._mark(unclear)
        if isinstance(options, Unknown) or unclear is not None:
            name, aliases, options = "command", (), {}
        made = _refused(lambda: self.inner.add_parser(name, aliases=aliases, **options), c)
        return self._below(made)

    def _set_defaults(self, a: list[Value], k: Keywords, c: Context) -> Value:
        self._changes(c)
        if "**" in k:
            self._mark(c.unknown("which defaults a parser has"))
        self.inner.set_defaults(**{n: v for n, v in k.items() if n != "**"})
        return None

    def _get_default(self, a: list[Value], k: Keywords, c: Context) -> Value:
        name = c.plain(a[0] if a else k.get("dest"))
        return c.unknown("a default") if isinstance(name, Unknown) else self.inner.get_default(name)

    # what it makes of arguments

    def _parse(self, how: str, a: list[Value], k: Keywords, c: Context) -> Value:
        given = dict(zip(("args", "namespace"), a, strict=False)) | k
        words = self._words(given.get("args"), c)
        namespace = c.force(given.get("namespace"))
        known = "known" in how
        if isinstance(words, Unknown):
            return self._unknown(words, known)
        if isinstance(namespace, Object) and not isinstance(namespace, Namespace):
            return c.unknown("the arguments of the script, put on an object of the program")
        if not c.evaluator.arguments_known and given.get("args") is None:
            return self._usual(c, known)
        target = argparse.Namespace()
        if isinstance(namespace, Namespace):
            c.touch(namespace.values)
            target.__dict__ = namespace.values
        result = self._result(lambda: getattr(self.inner, how)(words, target), c)
        if isinstance(result, Unknown):
            return self._unknown(result, known)
        found, rest = result if known else (result, [])
        made = namespace if isinstance(namespace, Namespace) else Namespace(vars(found))
        return (made, rest) if known else made

    def _words(self, given: Value, c: Context) -> list[str] | Unknown:
        """The words that are parsed."""
        if self.whole.unclear is not None:
            return self.whole.unclear
        words = list(c.evaluator.arguments) if c.force(given) is None else c.plain(given)
        if isinstance(words, Unknown):
            return words.forgotten()
        if not isinstance(words, (list, tuple)) or not all(isinstance(word, str) for word in words):
            return c.unknown("arguments that are no list of texts")
        prefixes = self.inner.fromfile_prefix_chars
        if prefixes and any(word[:1] in prefixes for word in words if word):
            return c.unknown("arguments that stand in a file")
        return list(words)

    def _result(self, act: Callable[[], Any], c: Context) -> Any:
        _RUNNING.append(c)
        try:
            return act()
        except _Stop as stop:
            raise (c.raise_(SystemExit(0)) if stop.message is None else usage_error(stop.message, c)) from None
        except argparse.ArgumentError as error:
            raise c.raise_(error) from None
        except (AttributeError, TypeError, ValueError, KeyError, IndexError) as error:
            if not _raised_by_argparse(error):
                raise
            if any(isinstance(action.default, Object) for action in self.inner._actions):
                return c.unknown("what argparse makes of a default that is an object")
            raise c.raise_(error) from None
        finally:
            _RUNNING.pop()

    def _unknown(self, why: Unknown, known: bool) -> Value:
        names = {action.dest for action in self.inner._actions} | set(self.inner._defaults)
        found = Namespace({name: why.forgotten() for name in sorted(names) if name != argparse.SUPPRESS}, why)
        return (found, why.forgotten()) if known else found

    def _usual(self, c: Context, known: bool) -> Value:
        """Arguments that are not known, though some may be taken to have their defaults."""
        options: dict[str, Value] = {}
        for action in self.inner._actions:
            kept = c.evaluator.defaults_hold and not action.choices and type(action.default) in (int, float, str)
            kept = kept and action.default != argparse.SUPPRESS
            options[action.dest] = action.default if kept else c.unknown("it is an option of the script")
        return (Namespace(options), []) if known else Namespace(options)

    def _error(self, a: list[Value], k: Keywords, c: Context) -> Value:
        message = c.plain(a[0] if a else k.get("message", ""))
        raise usage_error(message if isinstance(message, str) else "bad arguments", c)


_VALUES = ("default", "const")
"""What an argument may be worth without being given."""


def _is_unknown(value: Any) -> bool:
    return isinstance(value, Unknown)


def _refused(act: Callable[[], Any], c: Context) -> Any:
    """Something that argparse may refuse, as a mistake of the program."""
    try:
        return act()
    except _Stop as stop:
        raise usage_error(stop.message or "bad arguments", c) from None
    except Raised:
        raise
    except Exception as error:
        raise c.raise_(error) from None


def _raised_by_argparse(error: Exception) -> bool:
    """Whether argparse itself failed, as it does for defaults that don't suit an action."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and trace.tb_frame.f_code.co_filename == argparse.__file__


def _nothing(a: list[Value], k: Keywords, c: Context) -> Value:
    """A text for people."""
    return None


def _exit(a: list[Value], k: Keywords, c: Context) -> Value:
    raise c.raise_(SystemExit(c.plain(a[0] if a else k.get("status", 0))))


def _choices(value: Value, c: Context) -> Any:
    """What `choices` allows: plain data as argparse has them, else judged as the program would."""
    forced = c.force(value)
    if forced is None:
        return forced
    if isinstance(forced, Unknown):
        return _Choices(forced.forgotten(), [])
    plain = c.plain(forced) if not isinstance(forced, Object) else forced
    listed = all_items(forced, c)
    if isinstance(listed, Unknown):
        return _Choices(listed, [])
    if not any(isinstance(one, Object) for one in (plain, *listed)):
        return plain
    texts = [representation(one, c) for one in listed]
    container = forced if isinstance(forced, Class) else listed
    return _Choices(container, [one if isinstance(one, str) else "?" for one in texts])


def _converter(type_: Value, c: Context) -> Any:
    """What turns an argument's text into a value: a type of Python's own, or the program's function."""
    if type_ is None or type_ in (int, float, str) or not isinstance(type_, (Object, type)):
        return type_
    if isinstance(type_, (Unknown, Symbol)):
        why = c.unknown("what the type of an argument makes of its text")
        return lambda text: why.forgotten()

    def convert(text: str) -> Value:
        try:
            return _RUNNING[-1].call(type_, [text])
        except Raised as raised:
            if isinstance(raised.value, (ValueError, TypeError, argparse.ArgumentTypeError)):
                raise raised.value from None
            if isinstance(raised.value, Instance) and raised.value.class_.is_subtype(ValueError):
                raise ValueError from None
            raise

    named = getattr(type_, "name", None) or getattr(type_, "__name__", None)
    if isinstance(named, str):
        convert.__name__ = named
    return convert


def _file_type(a: list[Value], k: Keywords, c: Context) -> Value:
    """`argparse.FileType(mode)`: what opens a file as the program's own `open` does."""
    mode = a[0] if a else k.get("mode", "r")

    def opened(b: list[Value], _: Keywords, d: Context) -> Value:
        if b and b[0] == "-":
            return d.unknown("the standard input or output")
        try:
            return d.call(d.evaluator.builtins["open"], [*b[:1], mode])
        except Raised as raised:
            if isinstance(raised.value, OSError):
                raise d.raise_(argparse.ArgumentTypeError(f"can't open '{b[0]}': {raised.value}")) from None
            raise

    return NativeFunction("FileType", opened)


def _parser_options(k: Keywords, c: Context) -> dict[str, Any] | Unknown:
    """What a parser is made of, as argparse takes it; what can't be known of it."""
    given = {n: c.plain(v) for n, v in k.items() if n in (*_PARSER_OPTIONS, "fromfile_prefix_chars")}
    parents = c.force(k.get("parents"))
    listed = [] if parents is None else all_items(parents, c)
    if isinstance(listed, Unknown) or not all(isinstance(one, Parser) for one in listed):
        return c.unknown("which parsers are a parser's parents")
    unclear = next((one.whole.unclear for one in listed if one.whole.unclear is not None), None)
    unclear = unclear or next((v for v in given.values() if isinstance(v, Unknown)), None)
    if unclear is not None or "**" in k:
        return unclear.forgotten() if unclear is not None else c.unknown("what a parser is made of")
    return {**given, "parents": [one.inner for one in listed]}


def _parser(a: list[Value], k: Keywords, c: Context) -> Value:
    options = _parser_options(k, c)
    unclear = options if isinstance(options, Unknown) else None
    made = {} if isinstance(options, Unknown) else options
    parser = Parser(_refused(lambda: _Parser(prog="run.py", **made), c), depth=len(c.evaluator.uncertain))
    parser.unclear = unclear
    return parser


def _namespace(a: list[Value], k: Keywords, c: Context) -> Value:
    if "**" in k:
        raise unreadable_arguments("which attributes a `Namespace` has", c)
    return Namespace(dict(k))


_NAMESPACE = NativeFunction("Namespace", _namespace)

MODULES = {
    "argparse": module(
        "argparse",
        {
            "ArgumentParser": NativeFunction("ArgumentParser", _parser),
            "Namespace": _NAMESPACE,
            "FileType": NativeFunction("FileType", _file_type),
            "BooleanOptionalAction": argparse.BooleanOptionalAction,
            "SUPPRESS": argparse.SUPPRESS,
            "REMAINDER": argparse.REMAINDER,
            "PARSER": argparse.PARSER,
            "ONE_OR_MORE": "+",
            "OPTIONAL": "?",
            "ZERO_OR_MORE": "*",
            "ArgumentTypeError": argparse.ArgumentTypeError,
            "ArgumentError": argparse.ArgumentError,
        },
    )
}
