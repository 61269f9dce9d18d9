"""Which computations on values of the run may raise, and what has to come after those that may.

A body computes where it stands, and what raises there ends the run. In what is compiled a value is computed for the
step that is given it; so that step has to be the next to run, else steps would run that don't in the program.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from zencompile.ir import Expression, Literal, Value
from zencompile.ir.values import parts
from zencompile.source import Span

_NEVER = frozenset({"==", "!=", "is", "is not", "not", "and", "or", "if", "truth", "join", "value", "slice"})
_NUMBERS = frozenset({"bool", "int", "float"})
_SIZED = frozenset({"list", "tuple", "set", "dict", "str", "bytes"})
_ORDERS = frozenset({"<", "<=", ">", ">="})
_DIVISIONS = frozenset({"/", "//", "%"})
_ARITHMETIC = frozenset({"+", "-", "*", "negative", "positive"})
_OF_ANY = frozenset({"str", "repr", "bool", "isinstance", "type"})
_GIVES = {"len": "int", "isinstance": "bool"}
_TEXT_METHODS = frozenset({"capitalize", "casefold", "lower", "lstrip", "rstrip", "strip", "title", "upper", "split"})
_DICT_METHODS = frozenset({"items", "keys", "values", "copy"})
_BUILTINS = "builtins."


def type_made(operator: str, kinds: Sequence[str], operands: Sequence[Value]) -> str:
    """The name of the type of what an operator makes of values of these types; "any" if that isn't known."""
    if operator in _ARITHMETIC and _NUMBERS.issuperset(kinds):
        return "float" if "float" in kinds else "int"
    if operator in _DIVISIONS and _NUMBERS.issuperset(kinds):
        return "float" if operator == "/" or "float" in kinds else "int"
    if operator == "+" and len(set(kinds)) == 1:
        return kinds[0]
    if operator == "call":
        called = _called(operands)
        return _GIVES.get(called, called if called in _NUMBERS | _SIZED else "any")
    return "any"


def may_raise(made: Expression, kinds: Sequence[str]) -> bool:
    """Whether evaluating an operator itself, on values of these types, may raise."""
    operator = made.operator
    if operator in _NEVER:
        return False
    if operator in _ARITHMETIC:
        return not (_NUMBERS.issuperset(kinds) or (operator == "+" and kinds[0] == kinds[1] and kinds[0] in _SIZED))
    if operator in _ORDERS:
        return not (_NUMBERS.issuperset(kinds) or list(kinds) == ["str", "str"])
    if operator in _DIVISIONS:
        return not (_NUMBERS.issuperset(kinds) and _is_number_but_zero(made.operands[1]))
    if operator in ("in", "not in"):
        return not (kinds[1] == "list" or list(kinds) == ["str", "str"] or (kinds[1] == "dict" and kinds[0] in _PLAIN))
    if operator == "format":
        return not (isinstance(made.operands[-1], Literal) and made.operands[-1].value in ("", None))
    if operator == "call":
        return _call_may_raise(_called(made.operands), kinds[1:])
    if operator == "method":
        known = {"str": _TEXT_METHODS, "dict": _DICT_METHODS}.get(kinds[0], frozenset())
        return not (made.name in known and len(kinds) == 1) and (kinds[0], made.name) != ("dict", "get")
    return True


_PLAIN = _NUMBERS | {"str", "bytes", "NoneType", "none"}


def _call_may_raise(called: str, kinds: Sequence[str]) -> bool:
    if called in _OF_ANY:
        return False
    if called in ("len", "list", "tuple"):
        return not _SIZED.issuperset(kinds)
    if called in ("int", "float", "abs", "round"):
        return not (len(kinds) == 1 and kinds[0] in (_NUMBERS if called in ("float", "abs") else {"bool", "int"}))
    if called in ("min", "max"):
        return not (len(kinds) > 1 and _NUMBERS.issuperset(kinds))
    return True


def _called(operands: Sequence[Value]) -> str:
    function = operands[0]
    path = function.value.get("path", "") if isinstance(function, Literal) and isinstance(function.value, dict) else ""
    return str(path).removeprefix(_BUILTINS)


def _is_number_but_zero(value: Value) -> bool:
    return isinstance(value, Literal) and isinstance(value.value, (int, float)) and value.value != 0


class Computation(NamedTuple):
    """A computation that may raise, and the invocations that are given what it makes."""

    made: Expression
    span: Span
    users: set[str]


class Computations:
    """Those that may raise and that not everything which follows waits for."""

    def __init__(self) -> None:
        self._open: dict[int, Computation] = {}  # by the identity of their operands, which copies share
        self._around: list[dict[int, Computation]] = []  # of the decisions around: what was open before them
        self._ends: list[dict[int, Computation]] = []  # of the decisions around: what the first side left open
        self._tests: list[dict[int, Computation]] = []  # of the decisions around: what their tests are made of

    def __bool__(self) -> bool:
        return bool(self._open)

    def add(self, made: Expression, span: Span) -> None:
        """The body computes something that may raise."""
        self._open[id(made.operands)] = Computation(made, span, set())

    def late(self, id_: str, inputs: Iterable[Value], before: set[str], blocks: bool) -> list[Span]:
        """Where the computations stand that an invocation doesn't wait for, which are forgotten then.

        `before` are the invocations that have ended when it starts. All that follows waits for one that `blocks`.
        """
        used = {key for value in inputs for key in _computed(value)}
        late = [one.span for key, one in self._open.items() if key not in used and not one.users & before]
        if late or blocks:
            self._open = {}
        for key in used & self._open.keys():
            self._open[key].users.add(id_)
        return late

    def left(self) -> list[Span]:
        """Where those stand that no invocation is given."""
        return [one.span for one in self._open.values() if not one.users]

    def enter_side(self, test: Value, side: int) -> None:
        """A side of a decision by `test` begins: what is in it waits for the test."""
        if side == 0:
            decided = set(_computed(test))
            self._tests.append({key: one for key, one in self._open.items() if key in decided})
            self._around.append({key: one for key, one in self._open.items() if key not in decided})
        else:
            self._ends.append(self._open)
        self._open = dict(self._around[-1])

    def leave_sides(self, is_condition: bool) -> None:
        """Both sides have ended; with nothing in them, nothing waits for the test."""
        self._around.pop()
        tests = self._tests.pop()
        self._open = {**self._ends.pop(), **self._open, **({} if is_condition else tests)}


def _computed(value: Value) -> Iterator[int]:
    pending = [value]
    while pending:
        one = pending.pop()
        if isinstance(one, Expression):
            yield id(one.operands)
        pending.extend(parts(one))
