"""`re`, as Python has it; patterns that may take for ever are not tried."""

from __future__ import annotations

import re
from typing import Any

from zencompile.frontend.prelude.annotating import MappingProxy
from zencompile.frontend.prelude.helpers import Keywords, module, pure
from zencompile.frontend.prelude.host_objects import HostObject
from zencompile.frontend.prelude.modelled import Modelled, is_callable, method
from zencompile.frontend.prelude.signatures import Declared, without_effect
from zencompile.frontend.values import Context, Generator, Unknown, Value, type_name
from zencompile.frontend.values.plain import unwrap
from zencompile.frontend.values.pure import plain_argument

LONGEST_SUBJECT = 100_000
LONGEST_SUBJECT_OF_NESTED = 40
"""Characters. A pattern with a repeat inside a repeat may take time exponential in this."""

_NESTED = re.compile(r"[+*}]\??\)+\??[+*{]|\|.*\)[+*{]|([+*}].*){3,}")


class Pattern(Modelled):
    """A compiled pattern."""

    type_name = "Pattern"
    host = re.Pattern

    def __init__(self, pattern: Any) -> None:
        self.pattern = pattern

    def get_attribute(self, name: str, context: Context) -> Value:
        if name in ("pattern", "flags", "groups"):
            return getattr(self.pattern, name)
        if name == "groupindex":
            named = dict(self.pattern.groupindex)
            return MappingProxy(named) if named else named
        if name in _METHODS:
            return method(name, _METHODS[name], lambda a, k, c: use(self.pattern, name, a, c))
        return super().get_attribute(name, context)

    def compare(self, operator: str, other: Value, context: Context) -> Any:
        same = isinstance(other, Pattern) and self.pattern == other.pattern
        return same is (operator == "==") if operator in ("==", "!=") else super().compare(operator, other, context)

    def text(self, context: Context) -> str | Unknown:
        return repr(self.pattern)


_ENDS = "string, pos=0, endpos=9223372036854775807"
_METHODS = {
    "match": _ENDS,
    "search": _ENDS,
    "fullmatch": _ENDS,
    "findall": _ENDS,
    "finditer": _ENDS,
    "sub": "repl, string, count=0",
    "subn": "repl, string, count=0",
    "split": "string, maxsplit=0",
}
_FUNCTIONS = {
    **dict.fromkeys(("match", "search", "fullmatch", "findall", "finditer"), "pattern, string, flags=0"),
    "sub": "pattern, repl, string, count=0, flags=0",
    "subn": "pattern, repl, string, count=0, flags=0",
    "split": "pattern, string, maxsplit=0, flags=0",
}


def _compiled(source: Value, flags: Value, c: Context) -> Any:
    source, flags = unwrap(c.force(source)), unwrap(c.force(flags))
    flags = flags.value if isinstance(flags, HostObject) else flags
    for unknown in (source, flags):
        if isinstance(unknown, Unknown):
            return unknown.forgotten()
    if isinstance(source, Pattern):
        if flags:
            raise c.raise_(ValueError("cannot process flags argument with a compiled pattern"))
        return source.pattern
    if not isinstance(source, (str, bytes)):
        return _refused(source, c)
    if len(source) > 10_000:
        return c.unknown("a very long pattern")
    try:
        return re.compile(source, flags)
    except RecursionError:
        return c.unknown("a deeply nested pattern")
    except Exception as error:
        raise c.raise_(error) from None


def _refused(source: Value, c: Context) -> Unknown:
    """What becomes of a pattern that is no text."""
    if type_name(source) in ("list", "dict", "set"):
        raise c.raise_(TypeError(f"unhashable type: '{type_name(source)}'"))
    plain = plain_argument(source, c)
    if isinstance(plain, Unknown) or type(plain) is bytearray:
        return c.unknown("a pattern that is no text")
    raise c.raise_(TypeError("first argument must be string or compiled pattern"))


def use(pattern: Any, name: str, a: list[Value], c: Context) -> Value:
    """Call a method of a pattern."""
    at = 1 if name in ("sub", "subn") else 0
    given = [unwrap(c.force(one)) for one in a]
    unknown = next((one.forgotten() for one in given if isinstance(one, Unknown)), None)
    if unknown is not None:
        return unknown
    subject = given[at]
    if not isinstance(subject, (str, bytes)):
        plain = plain_argument(subject, c)
        if isinstance(plain, Unknown) or type(plain) is bytearray:
            return c.unknown("a match in an object")
        raise c.raise_(TypeError(f"expected string or bytes-like object, got '{type_name(subject)}'"))
    text = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    longest = LONGEST_SUBJECT_OF_NESTED if _NESTED.search(text) else LONGEST_SUBJECT
    if len(subject) > longest:
        return c.unknown("a match that might take very long")
    lost: list[Unknown] = []
    if at and not isinstance(given[0], (str, bytes)):
        if not is_callable(given[0]):
            return c.unknown("a replacement that is neither a text nor a function")
        given[0] = _replacer(given[0], lost, c)
    others = [plain_argument(one, c) for one in given[at + 1 :]]
    unknown = next((one.forgotten() for one in others if isinstance(one, Unknown)), None)
    if unknown is not None:
        return unknown
    try:
        found = getattr(pattern, name)(*given[: at + 1], *others)
    except _Lost:
        return lost[0]
    except Exception as error:
        raise c.raise_(error) from None
    if name in ("match", "search", "fullmatch"):
        return None if found is None else _match(found)
    return Generator(map(_match, found), "callable_iterator") if name == "finditer" else found


class Match(HostObject):
    """A match object."""

    def get_attribute(self, name: str, context: Context) -> Value:
        return Pattern(self.value.re) if name == "re" else super().get_attribute(name, context)


def _match(found: Any) -> Match:
    return Match(found)


class _Lost(Exception):
    """The text that a function of the program puts in a match's place can't be known."""


def _replacer(function: Value, lost: list[Unknown], c: Context) -> Any:
    def act(match: Any) -> Any:
        text = unwrap(c.force(c.call(function, [_match(match)])))
        if isinstance(text, Unknown):
            lost.append(text)
            raise _Lost
        return text

    return act


def _function(name: str, signature: str) -> Declared:
    def act(a: list[Value], k: Keywords, c: Context) -> Value:
        pattern = _compiled(a[0], a[-1], c)
        return pattern.forgotten() if isinstance(pattern, Unknown) else use(pattern, name, a[1:-1], c)

    return Declared(name, signature, act)


def _compile(a: list[Value], k: Keywords, c: Context) -> Value:
    pattern = _compiled(a[0], a[1], c)
    return pattern.forgotten() if isinstance(pattern, Unknown) else Pattern(pattern)


_FLAGS = (*"IMSXAUL", "IGNORECASE", "MULTILINE", "DOTALL", "VERBOSE", "ASCII", "UNICODE", "LOCALE", "NOFLAG")

MODULES = {
    "re": module(
        "re",
        {
            **{name: _function(name, signature) for name, signature in _FUNCTIONS.items()},
            **{name: HostObject(getattr(re, name)) for name in _FLAGS if hasattr(re, name)},
            "compile": Declared("compile", "pattern, flags=0", _compile),
            "escape": pure("escape", re.escape),
            "error": re.error,
            **dict(without_effect({"purge": ""})),
        },
    )
}
