"""`re`, as Python has it; patterns that may take for ever are not tried."""

from __future__ import annotations

import re
from typing import Any

from zencompile.frontend.evaluator.iteration import Generator
from zencompile.frontend.evaluator.plain import unwrap
from zencompile.frontend.evaluator.pure import call_pure
from zencompile.frontend.stdlib.helpers import Keywords, constant, module, pure
from zencompile.frontend.values import Context, Function, NativeFunction, NativeObject, Unknown, Value, type_name

LONGEST_SUBJECT = 100_000
LONGEST_SUBJECT_OF_NESTED = 40
"""Characters. A pattern with a repeat inside a repeat may take time exponential in this."""

_NESTED = re.compile(r"[+*}]\??\)+\??[+*{]|\|.*\)[+*{]|([+*}].*){3,}")


class Match(NativeObject):
    """A match object."""

    type_name = "Match"

    def __init__(self, match: Any) -> None:
        self.match = match

    def get_attribute(self, name: str, context: Context) -> Value:
        found = getattr(self.match, name, None)
        if callable(found):
            return pure(name, found)
        if name in ("string", "pos", "endpos", "lastindex", "lastgroup"):
            return found
        if name == "re":
            return Pattern(self.match.re)
        return super().get_attribute(name, context)

    def get_item(self, key: Value, context: Context) -> Value:
        return call_pure(context.evaluator, self.match.__getitem__, [key], {}, context)


class Pattern(NativeObject):
    """A compiled pattern."""

    type_name = "Pattern"

    def __init__(self, pattern: Any) -> None:
        self.pattern = pattern

    def get_attribute(self, name: str, context: Context) -> Value:
        if name in ("pattern", "flags", "groups"):
            return getattr(self.pattern, name)
        if name == "groupindex":
            return dict(self.pattern.groupindex)
        if name in _METHODS:
            return NativeFunction(name, lambda a, k, c: use(self.pattern, name, a, k, c))
        return super().get_attribute(name, context)


_METHODS = ("match", "search", "fullmatch", "findall", "finditer", "sub", "subn", "split")
_SUBJECT = {"sub": 1, "subn": 1}


def _compiled(source: Value, flags: Value, c: Context) -> Any:
    source, flags = unwrap(c.force(source)), c.force(flags)
    if isinstance(source, Unknown):
        return source
    if isinstance(source, Pattern):
        return source.pattern
    if isinstance(flags, Unknown):
        return flags
    if not isinstance(source, (str, bytes)):
        raise c.raise_(TypeError("first argument must be string or compiled pattern"))
    if len(source) > 10_000:
        return c.unknown("a very long pattern")
    try:
        return re.compile(source, int(flags))
    except (re.error, ValueError, OverflowError, RecursionError, TypeError) as error:
        raise c.raise_(ValueError(str(error))) from None


def use(pattern: Any, name: str, a: list[Value], k: Keywords, c: Context) -> Value:
    """Call a method of a pattern."""
    replace = a[0] if name in _SUBJECT and a else k.get("repl")
    subject = unwrap(c.force(a[_SUBJECT.get(name, 0)] if len(a) > _SUBJECT.get(name, 0) else k.get("string", "")))
    if isinstance(subject, Unknown):
        return subject
    if not isinstance(subject, (str, bytes)):
        raise c.raise_(TypeError(f"expected string or bytes-like object, got '{type_name(subject)}'"))
    text = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
    longest = LONGEST_SUBJECT_OF_NESTED if _NESTED.search(text) else LONGEST_SUBJECT
    if len(subject) > longest:
        return c.unknown("a match that might take very long")
    unknown: list[Unknown] = []
    given = [c.force(x) for x in a]
    given[_SUBJECT.get(name, 0) :][:1] = [subject]
    if isinstance(replace, (Function, NativeObject)):
        given[0] = _replacer(replace, unknown, c)
    options = {n: c.force(v) for n, v in k.items()}
    if any(isinstance(x, Unknown) for x in (*given, *options.values())):
        return next(x for x in (*given, *options.values()) if isinstance(x, Unknown))
    try:
        found = getattr(pattern, name)(*given, **options)
    except (re.error, ValueError, TypeError, IndexError) as error:
        raise c.raise_(ValueError(str(error)) if isinstance(error, re.error) else error) from None
    if unknown:
        return unknown[0]
    if name in ("match", "search", "fullmatch"):
        return None if found is None else Match(found)
    return Generator(map(Match, found)) if name == "finditer" else found


def _replacer(function: Value, unknown: list[Unknown], c: Context) -> Any:
    def act(match: Any) -> str:
        text = c.force(c.call(function, [Match(match)]))
        if isinstance(text, Unknown):
            unknown.append(text)
        return text if isinstance(text, str) else ""

    return act


def _function(name: str) -> NativeFunction:
    places = {"sub": 4, "subn": 4, "split": 3}

    def act(a: list[Value], k: Keywords, c: Context) -> Value:
        last = places.get(name, 2)
        flags = a[last] if len(a) > last else k.get("flags", 0)
        pattern = _compiled(a[0] if a else k.get("pattern"), flags, c)
        if isinstance(pattern, Unknown):
            return pattern
        rest = {n: v for n, v in k.items() if n not in ("flags", "pattern")}
        return use(pattern, name, a[1:last], rest, c)

    return NativeFunction(name, act)


def _compile(a: list[Value], k: Keywords, c: Context) -> Value:
    pattern = _compiled(a[0] if a else k.get("pattern"), a[1] if len(a) > 1 else k.get("flags", 0), c)
    return pattern if isinstance(pattern, Unknown) else Pattern(pattern)


_FLAGS = {
    n: int(getattr(re, n))
    for n in (*"IMSXAUL", "IGNORECASE", "MULTILINE", "DOTALL", "VERBOSE", "ASCII", "UNICODE", "LOCALE")
}

MODULES = {
    "re": module(
        "re",
        {
            **{name: _function(name) for name in _METHODS},
            **_FLAGS,
            "compile": NativeFunction("compile", _compile),
            "escape": pure("escape", re.escape),
            "purge": constant("purge"),
            "error": ValueError,
        },
    )
}
