"""Signatures of modelled functions: how their arguments are bound, and which calls Python refuses.

A signature is written as in Python, with literal defaults only: `"iterable, /, *, key=None, reverse=False"`. Text that
the program gives by position or by keyword alike reaches a model in one way: what can be given by position comes in the
list (defaults filled in, `MISSING` for `name=...`), the rest in the dictionary.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import Any

from zencompile.frontend.values import MISSING, Context, NativeFunction, Unknown, Value

Model = Callable[[list[Value], dict[str, Value], Context], Value]


class Signature:
    """The parameters of a function, read from their text when they are first asked for."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._is_read = False
        self.positional: list[str] = []
        self.defaults: dict[str, Any] = {}
        self.only_positional = 0
        self.only_keyword: list[str] = []
        self.takes_more = False
        self.takes_keywords = False

    def _read(self) -> None:
        if self._is_read:
            return
        function = ast.parse(f"def f({self.text}): pass").body[0]
        assert isinstance(function, ast.FunctionDef)
        given = function.args
        self.positional = [p.arg for p in (*given.posonlyargs, *given.args)]
        self.only_positional = len(given.posonlyargs)
        self.only_keyword = [p.arg for p in given.kwonlyargs]
        self.takes_more = given.vararg is not None
        self.takes_keywords = given.kwarg is not None
        optional = self.positional[len(self.positional) - len(given.defaults) :]
        pairs = [*zip(optional, given.defaults, strict=True), *zip(self.only_keyword, given.kw_defaults, strict=True)]
        for name, default in pairs:
            if default is not None:
                value = ast.literal_eval(default)
                self.defaults[name] = MISSING if value is ... else value
        self._is_read = True

    def bind(self, what: str, arguments: list[Value], keywords: dict[str, Value]) -> tuple[list[Value], dict[str, Any]]:
        """The arguments by position and by keyword. Raises TypeError for a call that Python refuses."""
        self._read()
        if not keywords and len(arguments) == len(self.positional) and not self.only_keyword:
            return arguments, {}  # most calls
        if len(arguments) > len(self.positional) and not self.takes_more:
            raise TypeError(f"{what}() takes at most {len(self.positional)} arguments ({len(arguments)} given)")
        named = self._named(what, keywords)
        listed = list(arguments)
        for name in self.positional[len(arguments) :]:
            if name not in named and name not in self.defaults:
                raise TypeError(f"{what}() missing required argument: '{name}'")
            listed.append(named.pop(name) if name in named else self.defaults[name])
        rest = {}
        for name in self.only_keyword:
            if name not in named and name not in self.defaults:
                raise TypeError(f"{what}() missing required keyword-only argument: '{name}'")
            rest[name] = named.pop(name) if name in named else self.defaults[name]
        for name in named:
            if name in self.positional[self.only_positional :]:
                raise TypeError(f"argument for {what}() given by name ('{name}') and position")
        return listed, {**rest, **named}

    def _named(self, what: str, keywords: dict[str, Value]) -> dict[str, Value]:
        known = {*self.positional[self.only_positional :], *self.only_keyword}
        for name in keywords:
            if name not in known and not self.takes_keywords:
                raise TypeError(f"{what}() got an unexpected keyword argument '{name}'")
        return dict(keywords)


class Declared(NativeFunction):
    """A modelled function with a signature."""

    __slots__ = ("signature",)

    def __init__(self, name: str, signature: str, function: Model) -> None:
        super().__init__(name, function)
        self.signature = Signature(signature)

    def call(self, arguments: list[Value], keywords: dict[str, Value], context: Context) -> Value:
        unknown = keywords.get("**")
        if isinstance(unknown, Unknown):
            return unknown.forgotten()
        try:
            listed, named = self.signature.bind(self.name, arguments, keywords)
        except TypeError as error:
            spread = _unknown_spread(arguments, context)
            if spread is not None:
                return spread
            raise context.raise_(error) from None
        return super().call(listed, named, context)


def _unknown_spread(arguments: list[Value], context: Context) -> Unknown | None:
    """What stands for the items of an unknown iterable, if a call spreads one (`f(*unknown)`): nothing tells how many
    arguments there are."""
    node = context.node
    if isinstance(node, ast.Call) and any(isinstance(one, ast.Starred) for one in node.args):
        return next((one.forgotten() for one in arguments if isinstance(one, Unknown)), None)
    return None


def declared(name: str, signature: str) -> Callable[[Model], Declared]:
    """A decorator that makes a model the function of that name and signature."""
    return lambda function: Declared(name, signature, function)


def without_effect(signatures: dict[str, str], value: Value = None) -> Iterator[tuple[str, Declared]]:
    """Functions that do nothing when compiling, by name and signature."""
    for name, signature in signatures.items():
        yield name, Declared(name, signature, lambda a, k, c: value)
