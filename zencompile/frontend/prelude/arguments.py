"""`argparse`: parsers are argparse's own, with the arguments that were given for `run.py`."""

from __future__ import annotations

import argparse
from typing import Any

from zencompile.frontend.prelude.helpers import Keywords, Quiet, module, usage_error
from zencompile.frontend.values import (
    MISSING,
    BoundMethod,
    Class,
    Context,
    Function,
    NativeFunction,
    NativeObject,
    Raised,
    Symbol,
    Unknown,
    Value,
)
from zencompile.frontend.values.operations import all_items


class _Stop(Exception):
    """argparse wants to end the program: a message, or None for `--help`."""

    def __init__(self, message: str | None) -> None:
        super().__init__(message)
        self.message = message


class _Parser(argparse.ArgumentParser):
    """argparse's parser, but that it neither prints nor exits."""

    def error(self, message: str) -> Any:
        raise _Stop(message)

    def exit(self, status: int = 0, message: str | None = None) -> Any:
        raise _Stop(message if status else None)

    def print_help(self, file: Any = None) -> None:
        raise _Stop(None)

    def _print_message(self, message: str, file: Any = None) -> None:
        return


class Namespace(NativeObject):
    """`argparse.Namespace`."""

    type_name = "Namespace"

    def __init__(self, values: dict[str, Value]) -> None:
        self.values = values

    def get_attribute(self, name: str, context: Context) -> Value:
        if name == "__dict__":
            return self.values
        if name in self.values:
            return self.values[name]
        raise context.raise_(AttributeError(f"'Namespace' object has no attribute '{name}'"))

    def set_attribute(self, name: str, value: Value, context: Context) -> None:
        context.touch(self.values)
        self.values[name] = value

    def contains(self, item: Value, context: Context) -> bool | Unknown:
        return context.force(item) in self.values

    def compare(self, operator: str, other: Value, context: Context) -> Any:
        return MISSING

    def text(self, context: Context) -> str | Unknown:
        from zencompile.frontend.values import text

        parts = []
        for name, value in self.values.items():
            part = text.representation(value, context)
            if isinstance(part, Unknown):
                return part.forgotten()
            parts.append(f"{name}={part}")
        return f"Namespace({', '.join(parts)})"


class Parser(NativeObject):
    """A parser, a group of one, or what `add_subparsers` gives. `inner` is argparse's own."""

    type_name = "ArgumentParser"

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    def get_attribute(self, name: str, context: Context) -> Value:
        acts = {
            "add_argument": self._add_argument,
            "add_argument_group": self._group,
            "add_mutually_exclusive_group": self._group,
            "add_subparsers": self._subparsers,
            "add_parser": self._add_parser,
            "set_defaults": self._set_defaults,
            "parse_args": self._parse,
            "parse_known_args": self._parse_known,
            "error": self._error,
        }
        if name in acts:
            return NativeFunction(name, acts[name])
        return Quiet("ArgumentParser").get_attribute(name, context)

    def set_attribute(self, name: str, value: Value, context: Context) -> None:
        """Texts for people."""

    def _add_argument(self, a: list[Value], k: Keywords, c: Context) -> Value:
        names = [n for n in (c.plain(x) for x in a) if isinstance(n, str)]
        given: dict[str, Any] = {}
        for key, value in k.items():
            if key in ("help", "metavar", "**"):
                continue
            given[key] = self._option(key, value, c)
        if given.get("action") is None:
            given.pop("action", None)
        if given.get("type") is None:
            given.pop("type", None)
        try:
            self.inner.add_argument(*names, **given)
        except _Stop:
            raise
        except Exception as error:
            raise c.raise_(error if isinstance(error, (ValueError, TypeError)) else ValueError(str(error))) from None
        return Quiet("Action")

    def _option(self, key: str, value: Value, c: Context) -> Any:
        if key == "default":
            return value
        if key == "type":
            return _converter(value, c)
        value = c.force(value)
        if key == "action":
            if isinstance(value, Symbol):
                return argparse.BooleanOptionalAction if value.path.endswith("BooleanOptionalAction") else None
            return value if isinstance(value, str) else None
        if key == "choices":
            listed = all_items(value, c)
            return None if isinstance(listed, Unknown) else listed
        return None if isinstance(value, Unknown) else value

    def _group(self, a: list[Value], k: Keywords, c: Context) -> Value:
        if "required" in k:
            return Parser(self.inner.add_mutually_exclusive_group(required=c.truth(k["required"]) is True))
        return Parser(self.inner.add_argument_group("group"))

    def _subparsers(self, a: list[Value], k: Keywords, c: Context) -> Value:
        given = {n: c.plain(v) for n, v in k.items() if n in ("dest", "required")}
        given = {n: v for n, v in given.items() if not isinstance(v, Unknown)}
        return Parser(self.inner.add_subparsers(parser_class=_Parser, **given))

    def _add_parser(self, a: list[Value], k: Keywords, c: Context) -> Value:
        name = c.plain(a[0]) if a else "command"
        parents = [p.inner for p in (c.force(k.get("parents")) or []) if isinstance(p, Parser)]
        return Parser(self.inner.add_parser(str(name), parents=parents))

    def _set_defaults(self, a: list[Value], k: Keywords, c: Context) -> Value:
        self.inner.set_defaults(**{n: v for n, v in k.items() if n != "**"})
        return None

    def _line(self, a: list[Value], k: Keywords, c: Context) -> list[str]:
        given = c.plain(a[0] if a else k.get("args"))
        if isinstance(given, (list, tuple)) and all(isinstance(x, str) for x in given):
            return list(given)
        return list(c.evaluator.arguments)

    def _unknown(self, c: Context) -> Namespace:
        options: dict[str, Value] = {}
        for action in self.inner._actions:
            kept = c.evaluator.defaults_hold and not action.choices and type(action.default) in (int, float, str)
            kept = kept and action.default != argparse.SUPPRESS
            options[action.dest] = action.default if kept else c.unknown("it is an option of the script")
        return Namespace(options)

    def _parse(self, a: list[Value], k: Keywords, c: Context) -> Value:
        if not c.evaluator.arguments_known:
            return self._unknown(c)
        try:
            return Namespace(dict(vars(self.inner.parse_args(self._line(a, k, c)))))
        except _Stop as stop:
            raise self._stopped(stop, c) from None

    def _parse_known(self, a: list[Value], k: Keywords, c: Context) -> Value:
        if not c.evaluator.arguments_known:
            return (self._unknown(c), [])
        try:
            known, rest = self.inner.parse_known_args(self._line(a, k, c))
        except _Stop as stop:
            raise self._stopped(stop, c) from None
        return (Namespace(dict(vars(known))), rest)

    def _stopped(self, stop: _Stop, c: Context) -> Raised:
        return c.raise_(SystemExit(0)) if stop.message is None else usage_error(stop.message, c)

    def _error(self, a: list[Value], k: Keywords, c: Context) -> Value:
        message = c.plain(a[0]) if a else ""
        raise usage_error(message if isinstance(message, str) else "bad arguments", c)


def _converter(type_: Value, c: Context) -> Any:
    """What turns an argument's text into a value: only types and functions that the program names."""
    if type_ in (int, float, str):
        return type_
    if isinstance(type_, (Function, Class, NativeObject, BoundMethod, type)):

        def convert(text: str) -> Value:
            try:
                return c.call(type_, [text])
            except Raised as raised:
                if isinstance(raised.value, (ValueError, TypeError)):
                    raise ValueError(str(raised.value)) from None
                raise

        return convert
    return None


def _parser(a: list[Value], k: Keywords, c: Context) -> Value:
    given = {n: c.plain(v) for n, v in k.items() if n in ("add_help", "allow_abbrev", "prefix_chars")}
    given = {n: v for n, v in given.items() if not isinstance(v, Unknown)}
    parents = [p.inner for p in (c.force(k.get("parents")) or []) if isinstance(p, Parser)]
    return Parser(_Parser(prog="run.py", parents=parents, **given))


MODULES = {
    "argparse": module(
        "argparse",
        {
            "ArgumentParser": NativeFunction("ArgumentParser", _parser),
            "Namespace": NativeFunction("Namespace", lambda a, k, c: Namespace(dict(k))),
            "SUPPRESS": argparse.SUPPRESS,
            "REMAINDER": argparse.REMAINDER,
            "ONE_OR_MORE": "+",
            "OPTIONAL": "?",
            "ZERO_OR_MORE": "*",
            "ArgumentTypeError": ValueError,
            "ArgumentError": ValueError,
        },
    )
}
