"""CEL as KFP's server evaluates it (backend/src/v2/expression, Condition; cel-go 0.30): the part that conditions use.

What the server has to say of an expression comes in two steps, and so it does here: `Condition` parses and checks types
(`dyn == 'a'` is well, `1 == 'a'` and `1 == 1.0` are not), `holds` evaluates with the parameters of the task, whose
numbers are all doubles. Every complaint of either is a `CelError`, and makes the driver of the task fail.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Value = Any
DYN, BOOL, INT, DOUBLE, STRING, NULL, LIST, MAP = "dyn", "bool", "int", "double", "string", "null", "list", "map"
_INT_LIMIT = 2**63


class CelError(Exception):
    """The expression doesn't parse, its types don't agree, or its evaluation fails."""


@dataclass(frozen=True)
class Node:
    """A subexpression: the operator or function, what it is applied to, and the type that it has before any run."""

    operator: str
    operands: tuple[Node, ...] = ()
    value: Value = None
    type: str = DYN


class Condition:
    """A parsed and checked condition."""

    def __init__(self, text: str) -> None:
        self.tree = _Parser(text).all()
        if self.tree.type not in (DYN, BOOL):
            raise CelError(f"the condition is a {self.tree.type}")

    def holds(self, parameters: Mapping[str, Value]) -> bool:
        """Whether the task is to run, of its input parameters; numbers are floats."""
        result = _evaluate(self.tree, {"inputs": {"parameter_values": parameters}})
        if not isinstance(result, bool):
            raise CelError(f"return type is not bool, got {result!r}")
        return result


# -- syntax ------------------------------------------------------------------------------------------------------------

_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n\f]+|//[^\n]*)
      | (?P<string>[rR]?(?:'{3}(?:\\.|[^\\])*?'{3}|"{3}(?:\\.|[^\\])*?"{3}
                         |'(?:\\[^\r\n]|[^'\\\r\n])*'|"(?:\\[^\r\n]|[^"\\\r\n])*"))
      | (?P<float>\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)
      | (?P<int>0x[0-9a-fA-F]+|\d+)
      | (?P<name>[A-Za-z_]\w*)
      | (?P<sign>&&|\|\||[<>=!]=|[-+*/%<>!?:.,()\[\]{}])""",
    re.VERBOSE | re.DOTALL | re.ASCII,
)
_ESCAPES = dict(zip("abfnrtv\\'\"`?", "\a\b\f\n\r\t\v\\'\"`?", strict=True))
_RELATIONS = ("<", "<=", ">=", ">", "==", "!=", "in")


class _Parser:
    def __init__(self, text: str) -> None:
        self.tokens: list[tuple[str, str]] = []
        at = 0
        while at < len(text):
            found = _TOKEN.match(text, at)
            if found is None:
                raise CelError(f"Syntax error: token recognition error at: {text[at : at + 10]!r}")
            at = found.end()
            if found.lastgroup != "space":
                self.tokens.append((found.lastgroup or "", found[0]))
        self.tokens.append(("end", ""))
        self.at = 0

    def all(self) -> Node:
        tree = self.expression()
        self.expect("")
        return tree

    def accept(self, *texts: str) -> str | None:
        kind, text = self.tokens[self.at]
        if kind in ("sign", "name") and text in texts:
            self.at += 1
            return text
        return None

    def expect(self, text: str) -> None:
        if self.tokens[self.at] == ("end", "") and not text:
            return
        if not text or self.accept(text) is None:
            raise CelError(f"Syntax error: mismatched input {self.tokens[self.at][1]!r}, expecting {text or '<EOF>'!r}")

    def expression(self) -> Node:
        test = self.either()
        if self.accept("?") is None:
            return test
        yes = self.either()
        self.expect(":")
        return _node("?:", test, yes, self.expression())

    def either(self) -> Node:
        return self.chain(("||",), lambda: self.chain(("&&",), self.relation))

    def relation(self) -> Node:
        return self.chain(_RELATIONS, lambda: self.chain(("+", "-"), lambda: self.chain(("*", "/", "%"), self.unary)))

    def chain(self, operators: tuple[str, ...], operand: Callable[[], Node]) -> Node:
        tree = operand()
        while (operator := self.accept(*operators)) is not None:
            tree = _node(operator, tree, operand())
        return tree

    def unary(self) -> Node:
        if self.accept("!") is not None:
            return _node("!", self.unary())
        if self.accept("-") is not None:
            kind, text = self.tokens[self.at]
            if kind in ("int", "float"):
                self.at += 1
                return _number(kind, f"-{text}")
            return _node("neg", self.unary())
        return self.member()

    def member(self) -> Node:
        tree = self.primary()
        while (sign := self.accept(".", "[")) is not None:
            if sign == "[":
                tree = _node("[]", tree, self.expression())
                self.expect("]")
                continue
            name = self.name()
            if self.accept("(") is not None:
                tree = _node(f".{name}", tree, *self.items(")"))
            else:
                tree = _node("[]", tree, Node("literal", value=name, type=STRING))
        return tree

    def name(self) -> str:
        kind, text = self.tokens[self.at]
        if kind != "name":
            raise CelError(f"Syntax error: no viable alternative at {text!r}")
        self.at += 1
        return text

    def items(self, end: str) -> list[Node]:
        found: list[Node] = []
        while self.accept(end) is None:
            if found:
                self.expect(",")
            found.append(self.expression())
        return found

    def primary(self) -> Node:
        if self.accept("(") is not None:
            tree = self.expression()
            self.expect(")")
            return tree
        if self.accept("[") is not None:
            return Node("list", tuple(self.items("]")), type=LIST)
        kind, text = self.tokens[self.at]
        self.at += 1
        if kind in ("int", "float"):
            return _number(kind, text)
        if kind == "string":
            return Node("literal", value=_string(text), type=STRING)
        if kind != "name":
            raise CelError(f"Syntax error: extraneous input {text!r}")
        if text in ("true", "false"):
            return Node("literal", value=text == "true", type=BOOL)
        if text == "null":
            return Node("literal", type=NULL)
        if self.accept("(") is not None:
            return _node(f"{text}()", *self.items(")"))
        if text not in ("inputs", "outputs"):
            raise CelError(f"undeclared reference to '{text}' (in container '')")
        return Node("name", value=text)


def _number(kind: str, text: str) -> Node:
    if kind == "float":
        return Node("literal", value=float(text), type=DOUBLE)
    value = int(text, 16) if "x" in text else int(text)
    if not -_INT_LIMIT <= value < _INT_LIMIT:
        raise CelError("invalid int literal")
    return Node("literal", value=value, type=INT)


def _string(text: str) -> str:
    raw, text = text[0] in "rR", text.lstrip("rR")
    inner = text[3:-3] if len(text) >= 6 and text[:3] in ("'''", '"""') else text[1:-1]
    return inner if raw else re.sub(r"\\(u[^']{4}|U[^']{8}|[xX]..|[0-3][0-7]{2}|.)", _escape, inner, flags=re.DOTALL)


def _escape(found: re.Match[str]) -> str:
    code = found[1]
    if code in _ESCAPES:
        return _ESCAPES[code]
    try:
        return chr(int(code[1:], 16) if code[0] in "uUxX" else int(code, 8))
    except ValueError:
        raise CelError(f"Syntax error: token recognition error at: \\{code}") from None


# -- types -------------------------------------------------------------------------------------------------------------

_ORDERED = (BOOL, INT, DOUBLE, STRING)
# function → what its operands may be, and the type that it has
_FUNCTIONS: dict[str, tuple[tuple[tuple[str, ...], ...], str]] = {
    "int()": (((INT, DOUBLE, STRING),), INT),
    "double()": (((INT, DOUBLE, STRING),), DOUBLE),
    "string()": (((INT, DOUBLE, STRING, BOOL),), STRING),
    "bool()": (((BOOL, STRING),), BOOL),
    "dyn()": (((BOOL, INT, DOUBLE, STRING, NULL, LIST, MAP),), DYN),
    "size()": (((STRING, LIST, MAP),), INT),
    "parseJson()": (((STRING,),), DYN),
    ".size": (((STRING, LIST, MAP),), INT),
    ".contains": (((STRING,), (STRING,)), BOOL),
    ".startsWith": (((STRING,), (STRING,)), BOOL),
    ".endsWith": (((STRING,), (STRING,)), BOOL),
    ".matches": (((STRING,), (STRING,)), BOOL),
    "!": (((BOOL,),), BOOL),
    "neg": (((INT, DOUBLE),), DYN),
    "&&": (((BOOL,), (BOOL,)), BOOL),
    "||": (((BOOL,), (BOOL,)), BOOL),
    "in": (((*_ORDERED, NULL, LIST, MAP), (LIST, MAP)), BOOL),
    "[]": (((LIST, MAP), (INT, DOUBLE, STRING, BOOL)), DYN),
}


def _node(operator: str, *operands: Node) -> Node:
    """A node whose operands' types are checked as cel-go's checker does."""
    types = [one.type for one in operands]
    fault = CelError(f"found no matching overload for '_{operator}_' applied to '({', '.join(types)})'")
    if operator in ("==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%"):
        known = {kind for kind in types if kind != DYN}
        allowed = {"==": None, "!=": None, "+": (INT, DOUBLE, STRING, LIST), "%": (INT,)}.get(
            operator, _ORDERED if operator[0] in "<>" else (INT, DOUBLE)
        )
        if len(known) > 1 or (allowed is not None and not known <= set(allowed)):
            raise fault
        compares = operator[0] in "<>=!"
        return Node(operator, operands, type=BOOL if compares else (known.pop() if known else DYN))
    if operator == "?:":
        if types[0] not in (BOOL, DYN) or (types[1] != types[2] and DYN not in types[1:]):
            raise fault
        return Node(operator, operands, type=types[1] if types[1] == types[2] else DYN)
    if operator == "has()":
        if len(operands) != 1 or operands[0].operator != "[]":
            raise CelError("invalid argument to has() macro")
        return Node(operator, operands, type=BOOL)
    if operator not in _FUNCTIONS:
        raise CelError(f"undeclared reference to '{operator}' (in container '')")
    wanted, result = _FUNCTIONS[operator]
    if len(wanted) != len(types) or any(kind not in (*ok, DYN) for kind, ok in zip(types, wanted, strict=True)):
        raise fault
    return Node(operator, operands, type=types[0] if operator == "neg" else result)


# -- values ------------------------------------------------------------------------------------------------------------


def _evaluate(node: Node, names: Mapping[str, Value]) -> Value:
    if node.operator == "literal":
        return node.value
    if node.operator == "name":
        return names.get(node.value, {})
    if node.operator in ("&&", "||"):
        return _absorbing(node, names)
    if node.operator == "?:":
        test = _evaluate(node.operands[0], names)
        _require(isinstance(test, bool), node, [test])
        return _evaluate(node.operands[1 if test else 2], names)
    if node.operator == "has()":
        holder, key = node.operands[0].operands
        return key.value in _evaluate(holder, names)
    operands = [_evaluate(one, names) for one in node.operands]
    if node.operator == "list":
        return operands
    if node.operator in _FUNCTIONS:
        allowed = _FUNCTIONS[node.operator][0]
        _require(all(kind(one) in ok for one, ok in zip(operands, allowed, strict=True)), node, operands)
        return _APPLY[node.operator](*operands)
    return _binary(node, *operands)


def _absorbing(node: Node, names: Mapping[str, Value]) -> bool:
    """`false && error` and `error && false` are false; `||` alike with true."""
    decisive, fault = node.operator == "||", None
    for one in node.operands:
        try:
            value = _evaluate(one, names)
            _require(isinstance(value, bool), node, [value])
        except CelError as error:
            fault = fault or error
            continue
        if value is decisive:
            return decisive
    if fault is not None:
        raise fault
    return not decisive


def _require(fine: bool, node: Node, operands: list[Value]) -> None:
    if not fine:
        raise CelError(f"no such overload: {node.operator} of {', '.join(map(kind, operands))}")


def kind(value: Value) -> str:
    """The type that a value has in a run."""
    for python, name in ((bool, BOOL), (int, INT), (float, DOUBLE), (str, STRING), (list, LIST)):
        if isinstance(value, python):
            return name
    return NULL if value is None else MAP


def equal(one: Value, other: Value) -> bool:
    """`==`: numbers of any kind compare by value, all else within its type."""
    if {kind(one), kind(other)} <= {INT, DOUBLE}:
        return bool(one == other)
    if kind(one) != kind(other):
        return False
    if isinstance(one, list):
        return len(one) == len(other) and all(map(equal, one, other))
    if isinstance(one, Mapping):
        return set(one) == set(other) and all(equal(one[key], other[key]) for key in one)
    return bool(one == other)


def _binary(node: Node, one: Value, other: Value) -> Value:
    operator, kinds = node.operator, {kind(one), kind(other)}
    if operator in ("==", "!="):
        return equal(one, other) is (operator == "==")
    if operator[0] in "<>":
        _require(kinds <= {INT, DOUBLE} or (len(kinds) == 1 and kinds <= set(_ORDERED)), node, [one, other])
        _require(one == one and other == other, node, [one, other])
        return {"<": one < other, "<=": one <= other, ">": one > other, ">=": one >= other}[operator]
    _require(len(kinds) == 1 and kinds <= {INT, DOUBLE, STRING, LIST}, node, [one, other])
    if operator == "+":
        return _in_range(one + other)
    _require(kinds <= ({INT} if operator == "%" else {INT, DOUBLE}), node, [one, other])
    if operator in "-*":
        return _in_range(one - other if operator == "-" else one * other)
    return _divided(operator, one, other)


def _divided(operator: str, one: Value, other: Value) -> Value:
    if isinstance(one, float):
        return one / other if other else one * float("inf")
    if not other:
        raise CelError("division by zero" if operator == "/" else "modulus by zero")
    quotient = abs(one) // abs(other) * (1 if (one < 0) == (other < 0) else -1)
    return quotient if operator == "/" else one - quotient * other


def _in_range(value: Value) -> Value:
    if kind(value) == INT and not -_INT_LIMIT <= value < _INT_LIMIT:
        raise CelError("integer overflow")
    return value


def _to_int(value: Value) -> int:
    try:
        if isinstance(value, str) and not re.fullmatch(r"[+-]?\d+", value, re.ASCII):
            raise ValueError
        return int(_in_range(int(value)))
    except (ValueError, OverflowError):
        raise CelError(f"can't convert {value!r} to int") from None


def _to_double(value: Value) -> float:
    try:
        return float(value)
    except ValueError:
        raise CelError(f"can't convert {value!r} to double") from None


def _to_bool(value: Value) -> bool:
    words = {"1": True, "t": True, "T": True, "true": True, "TRUE": True, "True": True}
    words |= {"0": False, "f": False, "F": False, "false": False, "FALSE": False, "False": False}
    if value not in (True, False) and value not in words:
        raise CelError(f"can't convert {value!r} to bool")
    return words[value] if isinstance(value, str) else value


def _to_text(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() and abs(value) < 1e21 else f"{value!r}"
    return str(value)


def _parse_json(text: str) -> Value:
    try:
        return json.loads(text, parse_int=float)
    except ValueError as error:
        raise CelError(f"failed to unmarshal JSON: {error}") from None


def _index(holder: Value, key: Value) -> Value:
    if isinstance(holder, Mapping):
        if key not in holder:
            raise CelError(f"no such key: {key}")
        return holder[key]
    place = int(key) if isinstance(key, (int, float)) and float(key).is_integer() else -1
    if not 0 <= place < len(holder):
        raise CelError(f"index out of bounds: {key}")
    return holder[place]


_APPLY: dict[str, Callable[..., Value]] = {
    "int()": _to_int,
    "double()": _to_double,
    "string()": _to_text,
    "bool()": _to_bool,
    "dyn()": lambda value: value,
    "size()": len,
    ".size": len,
    "parseJson()": _parse_json,
    ".contains": lambda text, part: part in text,
    ".startsWith": str.startswith,
    ".endsWith": str.endswith,
    ".matches": lambda text, pattern: re.search(pattern, text) is not None,
    "!": lambda value: not value,
    "neg": lambda value: _in_range(-value),
    "in": lambda one, many: any(equal(one, other) for other in many),
    "[]": _index,
}
