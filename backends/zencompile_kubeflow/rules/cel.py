"""The types of conditions in CEL, the part of it that this compiler and KFP's SDK write.

The server compiles a condition with cel-go and evaluates it with the task's parameters, whose numbers are all doubles
(backend/src/v2/expression/expression.go: Condition). Its checker knows the types of literals and functions, but not of
parameters; those we know from the specification, so what would fail in the run fails here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

BOOL, INT, DOUBLE, STRING, LIST, MAP, NULL, ANY = "bool", "int", "double", "string", "list", "map", "null", "any"
_NUMBERS = (INT, DOUBLE)
_ORDERED = (*_NUMBERS, STRING, BOOL)
_ADDED = (*_NUMBERS, STRING, LIST)
_KINDS = {"BOOLEAN": BOOL, "STRING": STRING, "LIST": LIST, "NUMBER_INTEGER": DOUBLE, "NUMBER_DOUBLE": DOUBLE, "": ANY}
_EXACT = 2**53

_TOKEN = re.compile(
    r"""(?P<space>\s+)
      | (?P<string>[rR]?(?:'(?:\\[^\r\n]|[^'\\\r\n])*'|"(?:\\[^\r\n]|[^"\\\r\n])*"))
      | (?P<float>\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)
      | (?P<int>\d+)
      | (?P<name>[A-Za-z_]\w*)
      | (?P<sign>&&|\|\||[<>=!]=|[-+*/%<>!?:.,()\[\]])""",
    re.VERBOSE | re.ASCII,
)
# Functions: what they take, and what they give.
_CONVERSIONS = {
    "int": ((INT, DOUBLE, STRING), INT),
    "double": ((INT, DOUBLE, STRING), DOUBLE),
    "string": ((INT, DOUBLE, STRING, BOOL), STRING),
    "bool": ((BOOL, STRING), BOOL),
    "size": ((STRING, LIST, MAP), INT),
    "parseJson": ((STRING,), ANY),
    "dyn": ((BOOL, INT, DOUBLE, STRING, LIST, MAP, NULL), ANY),
}
_METHODS = {"contains": BOOL, "startsWith": BOOL, "endsWith": BOOL, "matches": BOOL, "size": INT}
_LEVELS = (("||",), ("&&",), ("==", "!=", "<=", ">=", "<", ">", "in"), ("+", "-"), ("*", "/", "%"))


class Untyped(Exception):
    """The server would not evaluate the condition; the message says why, as the end of a sentence."""


@dataclass(frozen=True)
class Term:
    """A part of a condition: its type, and whether the server's checker knows it too."""

    kind: str
    known: bool = True
    text: str = ""


def check(text: str, parameters: Mapping[str, str]) -> None:
    """Raise Untyped if the condition doesn't parse, is no bool, or joins what can't be joined.

    `parameters` are the KFP types of the task's own parameters.
    """
    parser = _Parser(text, parameters)
    term = parser.expression()
    if parser.token()[0]:
        raise Untyped(f"has something behind its end: `{parser.token()[1]}`")
    if term.kind not in (BOOL, ANY):
        raise Untyped(f"is a {term.kind}, no bool")


class _Parser:
    def __init__(self, text: str, parameters: Mapping[str, str]) -> None:
        self.parameters = parameters
        self.tokens = list(_tokens(text))
        self.at = 0

    def token(self) -> tuple[str, str]:
        return self.tokens[self.at]

    def accept(self, *texts: str) -> str:
        kind, text = self.token()
        if kind in ("sign", "name") and text in texts:
            self.at += 1
            return text
        return ""

    def expect(self, text: str) -> None:
        if not self.accept(text):
            raise Untyped(f"lacks `{text}` before `{self.token()[1]}`")

    def expression(self) -> Term:
        test = self.level(0)
        if not self.accept("?"):
            return test
        _need(test, (BOOL,), "?:")
        one = self.level(0)
        self.expect(":")
        other = self.expression()
        return one if one.kind == other.kind else Term(ANY, known=False)

    def level(self, number: int) -> Term:
        if number == len(_LEVELS):
            return self.unary()
        term = self.level(number + 1)
        while operator := self.accept(*_LEVELS[number]):
            term = _joined(operator, term, self.level(number + 1))
        return term

    def unary(self) -> Term:
        if self.accept("!"):
            return _need(self.unary(), (BOOL,), "!")
        if self.accept("-"):
            return _need(self.unary(), _NUMBERS, "-")
        return self.member()

    def member(self) -> Term:
        term = self.primary()
        while sign := self.accept(".", "["):
            if sign == "[":
                term = self.index(term)
                continue
            name = self.name()
            if not self.accept("("):
                term = Term(ANY, known=False, text=f"{term.text}.{name}")
                continue
            if name not in _METHODS:
                raise Untyped(f"calls `{name}`, which CEL doesn't have")
            _need(term, (STRING, LIST, MAP) if name == "size" else (STRING,), name)
            self.items(")")
            term = Term(_METHODS[name])
        return term

    def index(self, holder: Term) -> Term:
        key = self.expression()
        self.expect("]")
        if holder.text != "inputs.parameter_values":
            return Term(ANY, known=False)
        if key.text not in self.parameters:
            raise Untyped(f"reads `{key.text}`, which the task does not get")
        return Term(_KINDS.get(self.parameters[key.text], MAP), known=False)

    def name(self) -> str:
        kind, text = self.token()
        if kind != "name":
            raise Untyped(f"has `{text}` where a name is to be")
        self.at += 1
        return text

    def items(self, end: str) -> list[Term]:
        found: list[Term] = []
        while not self.accept(end):
            if found:
                self.expect(",")
            found.append(self.expression())
        return found

    def primary(self) -> Term:
        if self.accept("("):
            term = self.expression()
            self.expect(")")
            return term
        if self.accept("["):
            self.items("]")
            return Term(LIST)
        kind, text = self.token()
        self.at += 1
        if kind in ("int", "float", "string"):
            return _literal(kind, text)
        if kind != "name":
            raise Untyped(f"has `{text}` where a value is to be")
        return self.named(text)

    def named(self, text: str) -> Term:
        if text in ("true", "false"):
            return Term(BOOL)
        if text == "null":
            return Term(NULL)
        if self.accept("("):
            if text not in _CONVERSIONS and text != "has":
                raise Untyped(f"calls `{text}`, which CEL doesn't have")
            operands, (takes, gives) = self.items(")"), _CONVERSIONS.get(text, ((), BOOL))
            return Term(gives) if not takes else Term(_converted(operands, takes, text, gives))
        if text != "inputs":
            raise Untyped(f"names `{text}`, which conditions don't have")
        return Term(ANY, known=False, text=text)


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise Untyped(f"can't be read from `{text[at : at + 20]}` on")
        at = match.end()
        if match.lastgroup != "space":
            found.append((match.lastgroup or "", match[0]))
    return [*found, ("", "")]


def _literal(kind: str, text: str) -> Term:
    if kind == "string":
        return Term(STRING, text=text.strip("rR")[1:-1])
    if kind == "int" and int(text) >= 2**63:
        raise Untyped(f"has the number {text}, which is no int of 64 bits")
    if kind == "int" and int(text) > _EXACT:
        raise Untyped(f"compares with {text}, which no double is exactly")
    return Term(INT if kind == "int" else DOUBLE)


def _converted(operands: list[Term], takes: tuple[str, ...], name: str, gives: str) -> str:
    if len(operands) != 1:
        raise Untyped(f"calls `{name}` with {len(operands)} operands")
    _need(operands[0], takes, name)
    return gives


def _need(term: Term, kinds: tuple[str, ...], operator: str) -> Term:
    if term.kind not in (*kinds, ANY):
        raise Untyped(f"applies `{operator}` to a {term.kind}")
    return term


def _joined(operator: str, one: Term, other: Term) -> Term:
    if operator in ("&&", "||"):
        _need(one, (BOOL,), operator)
        _need(other, (BOOL,), operator)
        return Term(BOOL)
    if operator == "in":
        _need(other, (LIST, MAP), operator)
        return Term(BOOL)
    kinds = {one.kind, other.kind} - {ANY}
    both_known = one.known and other.known
    agree = len(kinds) < 2 or (kinds == set(_NUMBERS) and not both_known)
    if not agree:
        raise Untyped(f"applies `{operator}` to a {one.kind} and a {other.kind}")
    if operator in ("==", "!="):
        return Term(BOOL)
    takes = _ADDED if operator == "+" else _ORDERED if operator[0] in "<>" else _NUMBERS
    _need(one, takes, operator)
    _need(other, takes, operator)
    return Term(BOOL) if operator[0] in "<>" else Term(one.kind if one.kind != ANY else other.kind, both_known)
