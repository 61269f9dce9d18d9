"""What the compiler writes of an expression means at run time what Python's own operators make of it."""

from __future__ import annotations

import ast
import base64
import datetime
import math
import operator
import struct
import types
import warnings
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from zencompile.ir import OPERATORS, Expression, ListValue, Literal, Mapping, OutputRef, ParameterRef, Value, encode
from zencompile.ir.expressions import Source
from zencompile_runtime.errors import ConfigurationFault
from zencompile_runtime.values.expressions import evaluate
from zencompile_runtime.values.literals import decode

# -- the oracle --------------------------------------------------------------------------------------------------------

BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
    "**": lambda a, b: a**b,
    "@": lambda a, b: a @ b,
    "&": lambda a, b: a & b,
    "|": lambda a, b: a | b,
    "^": lambda a, b: a ^ b,
    "<<": lambda a, b: a << b,
    ">>": lambda a, b: a >> b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "in": lambda a, b: a in b,
    "not in": lambda a, b: a not in b,
    "is": lambda a, b: a is b,
    "is not": lambda a, b: a is not b,
    "item": lambda a, b: a[b],
}
UNARY: dict[str, Callable[[Any], Any]] = {
    "negative": lambda a: -a,
    "positive": lambda a: +a,
    "invert": lambda a: ~a,
    "not": lambda a: not a,
    "truth": bool,
}
PLAIN = (str, bytes, bool, int, float, complex, list, tuple, dict, set, frozenset, range, type(None), datetime.date)
WIDE = 1 << 12


class Refused(Exception):
    """A method of something that is no plain data, or a dotted name that nothing has."""


class TooMuch(BaseException):
    """More memory or time than a test has."""


def dotted(value: Value) -> bool:
    """Whether a value is written as a dotted name."""
    if isinstance(value, Expression):
        return value.operator == "attribute" and dotted(value.operands[0])
    symbol = value.value if isinstance(value, Literal) and isinstance(value.value, dict) else {}
    return symbol.get("$") == "symbol" and not symbol["path"].startswith("builtins.")


class Oracle:
    """An expression's value by walking the tree. `known` are the values of outputs and parameters."""

    def __init__(self, known: dict[str, Any]) -> None:
        self.known = known

    def of(self, value: Value) -> Any:
        """What a value is."""
        if isinstance(value, Literal):
            return self.literal(value.value)
        if isinstance(value, OutputRef):
            return self.known[value.invocation]
        if isinstance(value, ParameterRef):
            return self.known[value.name]
        if isinstance(value, ListValue):
            return (tuple if value.is_tuple else list)([self.of(one) for one in value.items])
        if isinstance(value, Mapping):
            return {key: self.of(one) for key, one in value.items.items()}
        assert isinstance(value, Expression)
        return self.expression(value)

    def literal(self, value: Any) -> Any:
        """A canonical literal, by hand: a set has the order that it is written in."""
        if isinstance(value, list):
            return [self.literal(one) for one in value]
        if not isinstance(value, dict):
            return value
        tag = value.get("$")
        if tag is None:
            return {key: self.literal(one) for key, one in value.items()}
        if tag == "tuple":
            return tuple(self.literal(one) for one in value["items"])
        if tag == "set":
            return {self.literal(one) for one in value["items"]}
        if tag == "bytes":
            return base64.b64decode(value["base64"])
        if tag == "dict":
            return {self.literal(key): self.literal(one) for key, one in value["items"]}
        if tag == "date":
            return datetime.date.fromisoformat(value["iso"])
        assert tag == "symbol", tag
        return FUNCTIONS[value["path"]]

    def expression(self, value: Expression) -> Any:
        """What an operator makes."""
        sign, operands = value.operator, value.operands
        if sign in ("and", "or"):
            return self.chain(sign, operands)
        if sign == "if":
            return self.of(operands[1]) if self.of(operands[0]) else self.of(operands[2])
        if sign in BINARY:
            left, right = self.of(operands[0]), self.of(operands[1])
            bounded(sign, left, right)
            return BINARY[sign](left, right)
        if sign in UNARY:
            return UNARY[sign](self.of(operands[0]))
        if sign in ("method", "call"):
            return self.called(value)
        if sign == "attribute":
            return self.attribute(value)
        if sign == "format":
            return self.formatted(value)
        return self.collected(sign, operands)

    def attribute(self, value: Expression) -> Any:
        """An attribute; that of a module, and what comes after it, is a dotted name that is imported."""
        owner = self.of(value.operands[0])
        if dotted(value.operands[0]) and not hasattr(owner, value.name):
            raise Refused
        return getattr(owner, value.name)

    def chain(self, sign: str, operands: tuple[Value, ...]) -> Any:
        """`and` and `or` give the first operand that decides, and look no further."""
        found: Any = None
        for one in operands:
            found = self.of(one)
            if bool(found) == (sign == "or"):
                return found
        return found

    def collected(self, sign: str, operands: tuple[Value, ...]) -> Any:
        if sign == "join":
            found = [self.of(one) for one in operands]
            assert all(type(one) is str for one in found), "an f-string has texts alone"
            return "".join(found)
        if sign == "slice":
            return slice(*(self.of(one) for one in operands))
        if sign == "set":
            return {self.of(one) for one in operands}
        assert sign == "value", sign
        return self.of(operands[0])

    def called(self, value: Expression) -> Any:
        owner = self.of(value.operands[0])
        if value.operator == "method":
            if type(owner) not in PLAIN and not dotted(value.operands[0]):
                raise Refused
            owner = self.attribute(value)
        arguments = [self.of(one) for one in value.operands[1:]]
        if any(isinstance(one, int) and abs(one) > WIDE for one in arguments) and value.name in WIDENING:
            raise TooMuch
        plain = len(arguments) - len(value.keywords)
        return owner(*arguments[:plain], **dict(zip(value.keywords, arguments[plain:], strict=True)))

    def formatted(self, value: Expression) -> Any:
        found = self.of(value.operands[0])
        if value.name:
            found = {"r": repr, "s": str, "a": ascii}[value.name](found)
        spec = self.of(value.operands[1]) if value.operands[1:] else ""
        if isinstance(spec, str) and any(part.isdigit() and len(part) > 3 for part in spec.split()):
            raise TooMuch
        return format(found, spec)


WIDENING = ("center", "ljust", "rjust", "zfill", "expandtabs", "replace")


def bounded(sign: str, left: Any, right: Any) -> None:
    """Leave out what would take all of the machine."""
    sizes = [one for one in (left, right) if isinstance(one, int)]
    lengths = [len(one) for one in (left, right) if isinstance(one, (str, bytes, list, tuple))]
    if sign == "*" and lengths and (any(abs(one) > 100 for one in sizes) or max(lengths) > WIDE):
        raise TooMuch
    if sign == "*" and len(sizes) == 2 and any(one.bit_length() > 4 * WIDE for one in sizes):
        raise TooMuch
    if sign == "**" and len(sizes) == 2 and (abs(right) > 64 or abs(left) > 1 << 128):
        raise TooMuch
    if sign == "<<" and len(sizes) == 2 and right > 256:
        raise TooMuch


# -- expressions -------------------------------------------------------------------------------------------------------

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=4) | st.sampled_from(
    (
        "",
        "it's",
        'say "hi"',
        "a\\b",
        "\\",
        "\n",
        "a\tb\r\n",
        "'\"'",
        "größe 😀",
        "{x}",
        "%s",
        "12",
        "a,b",
        "\x00",
        "'''",
    )
)
INTEGERS = st.integers(-9, 9) | st.integers() | st.sampled_from((-(2**63), 2**53 + 1, 10**30, -1, 0))
FLOATS = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from((0.0, -0.0, -1.5, 1e-300, 1e308, 0.1))
SCALARS = st.none() | st.booleans() | INTEGERS | FLOATS | TEXTS | st.binary(max_size=4)
HASHABLE = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=2).map(tuple), max_leaves=3)
PLAIN_VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(TEXTS, inner, max_size=3)
        | st.dictionaries(HASHABLE, inner, max_size=2)
        | st.sets(HASHABLE, max_size=3)
    ),
    max_leaves=5,
)
NAMES = ("total", "len", "class", "a b", "load/train", "größe", "_", "None", "math", "moment_0", "x-1", "7", "value")
METHODS = (
    *("upper", "lower", "strip", "split", "replace", "startswith", "count", "index", "find", "join", "get", "items"),
    *("keys", "values", "copy", "union", "difference", "isdisjoint", "hex", "is_integer", "encode", "decode", "title"),
    *("partition", "zfill", "center", "format", "isalnum", "removeprefix", "nothing_like_it"),
)
FUNCTIONS = {
    "builtins.abs": abs,
    "builtins.all": all,
    "builtins.any": any,
    "builtins.bool": bool,
    "builtins.dict": dict,
    "builtins.divmod": divmod,
    "builtins.float": float,
    "builtins.int": int,
    "builtins.isinstance": isinstance,
    "builtins.len": len,
    "builtins.list": list,
    "builtins.max": max,
    "builtins.min": min,
    "builtins.ord": ord,
    "builtins.repr": repr,
    "builtins.round": round,
    "builtins.set": set,
    "builtins.sorted": sorted,
    "builtins.str": str,
    "builtins.sum": sum,
    "builtins.tuple": tuple,
    "datetime.timezone.utc": datetime.timezone.utc,
    "math": math,
    "math.floor": math.floor,
    "math.pi": math.pi,
    "math.sqrt": math.sqrt,
    "operator.add": operator.add,
}
KEYWORDS = ("key", "default", "reverse", "start", "base", "ndigits", "sep", "maxsplit", "encoding", "count")


def symbol(path: str) -> Literal:
    return Literal(value={"$": "symbol", "path": path})


def out(name: str) -> OutputRef:
    return OutputRef(invocation=name, output="output")


def computed(sign: str, *operands: Value, **more: Any) -> Expression:
    return Expression(operator=sign, operands=operands, **more)


def method(owner: Any, name: str, *arguments: Any, **keywords: Any) -> Expression:
    """A call of a method, of and with literals."""
    operands = [Literal(value=encode(one)) for one in (owner, *arguments, *keywords.values())]
    return computed("method", *operands, name=name, keywords=tuple(keywords))


CALLS = (
    *(method(" aß B\t", name) for name in ("upper", "lower", "strip", "lstrip", "title", "casefold", "split")),
    *(method("a1", name) for name in ("isalnum", "isalpha", "isascii", "isdigit", "isspace", "isupper", "istitle")),
    *(method(owner, "count", 1) for owner in ([1, 1.0], (1, True))),
    *(method({"a": 1}, name) for name in ("items", "keys", "values", "copy")),
    *(method({1, 2}, name, {2, 3}) for name in ("union", "difference", "intersection", "symmetric_difference")),
    *(method({1, 2}, name, {2, 3}) for name in ("isdisjoint", "issubset", "issuperset")),
    method("a-b-c", "split", "-", maxsplit=1),
    method("a-b-c", "rsplit", "-", 1),
    method("a-b-c", "partition", "-"),
    method("a-b-c", "replace", "-", "+"),
    method("{} {x!r}", "format", 1, x="größe"),
    method(", ", "join", ["a", "b"]),
    method("größe", "encode", encoding="latin-1"),
    method(b"\xc3\xb6", "decode", "utf-8", errors="strict"),
    method(b"ab", "hex"),
    method({"a": 1}, "get", "b", -1),
    method("ab", "removeprefix", "a"),
    method("ab", "endswith", ("b", "c")),
    method([1, 2], "index", 2),
    method(2.0, "is_integer"),
    method("7", "zfill", 3),
    method("x", "center", 5, "*"),
)
LITERALS = PLAIN_VALUES.map(lambda value: Literal(value=encode(value)))
LEAVES = (
    LITERALS
    | st.sampled_from(NAMES).map(out)
    | st.sampled_from(("gamma", "total")).map(lambda name: ParameterRef(name=name))
    | st.dates().map(lambda day: Literal(value=encode(day)))
    | st.sampled_from(sorted(FUNCTIONS)).map(symbol)
)
SPECS = st.sampled_from(("", "d", ".2f", ">8", "x", "e", "%", ",", "é<3", "{", "no")).map(lambda t: Literal(value=t))
SINGLETONS = st.sampled_from((None, True, False)).map(lambda value: Literal(value=value))


@st.composite
def applied(draw: Any, inner: st.SearchStrategy[Value], sign: str) -> Expression:
    """An operator and as many operands as it takes."""
    if sign in ("is", "is not"):
        return computed(sign, draw(inner), draw(SINGLETONS))  # what else is the same is for Python to choose
    if sign in BINARY:
        return computed(sign, draw(inner), draw(inner))
    if sign in UNARY or sign == "value":
        return computed(sign, draw(inner))
    if sign == "if":
        return computed(sign, draw(inner), draw(inner), draw(inner))
    if sign in ("and", "or"):
        return computed(sign, *draw(st.lists(inner, min_size=2, max_size=4)))
    if sign == "set":
        return computed(sign, *draw(st.lists(inner, min_size=1, max_size=3)))
    if sign == "attribute":
        return computed(sign, draw(inner), name=draw(st.sampled_from(("real", "imag", "numerator", "year", "pi", "x"))))
    if sign == "slice":
        limits = st.integers(-3, 3).map(lambda value: Literal(value=value)) | SINGLETONS | inner
        return computed("item", draw(inner), computed("slice", *(draw(limits) for _ in range(3))))
    if sign == "format":
        return formatted(draw, inner)
    if sign == "join":
        texts = TEXTS.map(lambda text: Literal(value=text))
        parts = draw(st.lists(st.booleans(), max_size=4))
        return computed(sign, *(formatted(draw, inner) if part else draw(texts) for part in parts))
    return called(draw, inner, sign)


def formatted(draw: Any, inner: st.SearchStrategy[Value]) -> Expression:
    """A part of an f-string; without a specification, one of its forms."""
    spec = draw(st.none() | SPECS)
    conversion = draw(st.sampled_from(("", "r", "s", "a")))
    return computed("format", draw(inner), *([] if spec is None else [spec]), name=conversion)


def called(draw: Any, inner: st.SearchStrategy[Value], sign: str) -> Expression:
    """A call of a function or method, by position and by name."""
    arguments = draw(st.lists(inner, max_size=2))
    keywords = draw(st.lists(st.sampled_from(KEYWORDS), max_size=2 if draw(st.booleans()) else 0, unique=True))
    named = [draw(inner) for _ in keywords]
    if sign == "method" and draw(st.booleans()):
        return draw(st.sampled_from(CALLS))
    if sign == "method":
        owner, name = draw(inner), draw(st.sampled_from(METHODS))
    else:
        owner, name = draw(st.sampled_from(sorted(FUNCTIONS)).map(symbol) | inner), ""
    return computed(sign, owner, *arguments, *named, name=name, keywords=tuple(keywords))


def nested(inner: st.SearchStrategy[Value]) -> st.SearchStrategy[Value]:
    lists = st.builds(
        lambda items, is_tuple: ListValue(items=tuple(items), is_tuple=is_tuple),
        st.lists(inner, max_size=3),
        st.booleans(),
    )
    mappings = st.dictionaries(TEXTS, inner, max_size=2).map(lambda items: Mapping(items=items))
    return st.sampled_from(sorted(OPERATORS)).flatmap(lambda sign: applied(inner, sign)) | lists | mappings


TREES = st.recursive(LEAVES, nested, max_leaves=8)
KNOWN = st.fixed_dictionaries(dict.fromkeys((*NAMES, "gamma"), PLAIN_VALUES))


def same(left: Any, right: Any) -> bool:
    """Whether two values are equal, of one type, and alike to the last bit."""
    if type(left) is not type(right):
        return False
    if isinstance(left, float):
        return struct.pack("d", left) == struct.pack("d", right) or (math.isnan(left) and math.isnan(right))
    if isinstance(left, complex):
        return same(left.real, right.real) and same(left.imag, right.imag)
    if isinstance(left, (list, tuple)):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict):
        return same(list(left.items()), list(right.items()))
    if isinstance(left, (set, frozenset)):
        return len(left) == len(right) and repr(left) == repr(right)
    if isinstance(left, (types.BuiltinMethodType, types.MethodWrapperType)):
        return left.__name__ == right.__name__
    if isinstance(left, (type({}.keys()), type({}.values()), type({}.items()))):
        return same(list(left), list(right))
    return bool(left == right)


def outcome(act: Callable[[], Any]) -> tuple[Any, type[Exception] | None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return act(), None
        except Refused:
            return None, ConfigurationFault
        except Exception as error:
            return None, type(error)


def written(value: Value, known: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The text of an expression, and what its names stand for when it runs."""
    source = Source()
    text = source.text(value)
    values = {}
    for name, held in source.given.items():
        assert name.isidentifier(), name
        if isinstance(held, Literal):
            values[name] = decode(held.value)
        else:
            values[name] = known[held.invocation if isinstance(held, OutputRef) else held.name]
    return text, values


def agrees(value: Value, known: dict[str, Any]) -> None:
    """Hold what the runtime makes of an expression against the oracle."""
    try:
        expected, raised = outcome(lambda: Oracle(known).of(value))
    except TooMuch:
        assume(False)
    text, values = written(value, known)
    found, error = outcome(lambda: evaluate(text, values))
    assert error is raised, (text, values, found, expected)
    assert same(found, expected), (text, values, found, expected)


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(TREES, KNOWN)
def test_any_expression_means_what_python_means(value: Value, known: dict[str, Any]) -> None:
    """The same value of the same type, or the same exception."""
    agrees(value, known)


@pytest.mark.parametrize("sign", sorted(OPERATORS))
def test_each_operator_means_what_python_means(sign: str) -> None:
    """Each alone over values that are likely to fit, so that none is only ever seen to fail."""
    fitting = st.sampled_from(
        (0, 1, -2, 2**70, 0.5, -0.0, True, None, "ab", "b", b"ab", [1, 2], (1, 2), {"a": 1}, {1, 2})
    ).map(lambda value: Literal(value=encode(value)))
    results = []

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(applied(fitting | st.sampled_from(("total", "größe")).map(out), sign))
    def check(value: Expression) -> None:
        known = {"total": 3, "größe": [2, 1]}
        agrees(value, known)
        results.append(outcome(lambda: Oracle(known).of(value))[1] is None)

    check()
    # lists and numbers have no `@`, and none of the attributes but two
    assert any(results) or sign == "@"


@pytest.mark.parametrize("value", CALLS, ids=lambda value: value.name)
def test_each_method_of_plain_data_is_called(value: Expression) -> None:
    assert outcome(lambda: Oracle({}).of(value))[1] is None
    agrees(value, {})


def test_every_method_that_the_front_end_writes_is_one_that_the_runtime_calls() -> None:
    from zencompile.frontend.framework import later

    owners = ("", b"", 1, 1.5, [], (), {}, set())
    for name in sorted(later._METHODS):
        found = [owner for owner in owners if hasattr(owner, name)]
        assert found, name
        for owner in found:
            raised = outcome(lambda owner=owner, name=name: evaluate(f"x.{name}(None)", {"x": owner}))[1]
            assert raised is not ConfigurationFault, (name, owner)


class Matrix:
    """Something that can be multiplied by `@`."""

    def __matmul__(self, other: Any) -> Any:
        return "product", other


def test_the_operator_of_matrices() -> None:
    assert evaluate(Source().text(computed("@", out("m"), Literal(value=2))), {"m": Matrix()}) == ("product", 2)


def test_only_the_branch_that_is_taken_is_evaluated() -> None:
    """As in Python, what decides is looked at first and no more than once."""
    bad = computed("/", Literal(value=1), Literal(value=0))
    for value, expected in (
        (computed("if", Literal(value=True), Literal(value=1), bad), 1),
        (computed("if", Literal(value=False), bad, Literal(value=2)), 2),
        (computed("and", Literal(value=0), bad), 0),
        (computed("or", Literal(value="x"), bad), "x"),
    ):
        assert evaluate(Source().text(value), {}) == expected


def test_a_value_is_asked_for_only_where_it_is_needed() -> None:
    """The runner loads an output when its name is met."""
    asked = []

    class Loading(dict[str, Any]):
        def __getitem__(self, name: str) -> Any:
            asked.append(name)
            return super().__getitem__(name)

    value = computed("and", out("a"), computed(">", out("b"), out("c")))
    assert evaluate(Source().text(value), Loading(a=[], b=1, c=2)) == []
    assert asked == ["a"]


# -- names -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*NAMES, "m²", "ﬁt", "ª", "2²", "ſ", "x" * 300, "a.b", "__import__", "True", "", "·x"])
def test_any_id_of_an_invocation_is_a_name(name: str) -> None:
    """What stands for an output is a name of Python, the same one to the parser, whatever the id."""
    value = computed("+", out(name), Literal(value=1))
    text, values = written(value, {name: 41})
    assert evaluate(text, values) == 42


@pytest.mark.parametrize(
    ("left", "right"),
    [("a b", "a-b"), ("len", "_len"), ("ﬁt", "fit"), ("x", "x_2"), ("value", "value_2"), ("a_output_1", "a")],
)
def test_different_values_have_different_names(left: str, right: str) -> None:
    value = ListValue(items=(out(left), out(right), out(left), OutputRef(invocation=right, output="b", item=1)))
    source = Source()
    tree = ast.parse(source.text(value), mode="eval")
    names = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]
    assert len(set(names)) == 3
    assert [source.given[name] for name in names] == list(value.items)


def test_an_output_may_be_called_like_a_module_that_the_expression_names() -> None:
    value = computed("*", computed("attribute", symbol("math"), name="pi"), out("math"))
    text, values = written(value, {"math": 2})
    assert evaluate(text, values) == math.pi * 2


# -- what is refused ---------------------------------------------------------------------------------------------------


class Model:
    """Something of the project."""

    size = 3

    def predict(self) -> int:
        return 1


REFUSED = {
    # methods that change the object
    "xs.append(1)": "called by no expression",
    "xs.extend([1])": "called by no expression",
    "xs.insert(0, 1)": "called by no expression",
    "xs.remove(1)": "called by no expression",
    "xs.pop()": "called by no expression",
    "xs.clear()": "called by no expression",
    "xs.sort()": "called by no expression",
    "xs.reverse()": "called by no expression",
    "d.pop('a')": "called by no expression",
    "d.popitem()": "called by no expression",
    "d.setdefault('b', 1)": "called by no expression",
    "d.update(b=1)": "called by no expression",
    "d.clear()": "called by no expression",
    "s.add(3)": "called by no expression",
    "s.discard(1)": "called by no expression",
    "s.remove(1)": "called by no expression",
    "s.difference_update({1})": "called by no expression",
    "s.intersection_update({1})": "called by no expression",
    "s.symmetric_difference_update({1})": "called by no expression",
    # methods of what is no plain data
    "model.predict()": "`.predict()` of a Model",
    "model.nothing()": "`.nothing()` of a Model",
    "d.keys().isdisjoint([1])": "`.isdisjoint()` of a dict_keys",
    "str.upper('a')": "`.upper()` of a type",
    # what computes nothing by itself
    "lambda: 1": "Lambda",
    "[x for x in xs]": "ListComp",
    "{x for x in xs}": "SetComp",
    "{x: x for x in xs}": "DictComp",
    "(x for x in xs)": "GeneratorExp",
    "(y := 1)": "NamedExpr",
    "f'{xs}'": "JoinedStr",
    "[*xs]": "Starred",
    "max(*xs)": "Starred",
    "(await xs)": "Await",
    "(yield xs)": "Yield",
    # no expression
    "x = 1": "no expression",
    "import os": "no expression",
    "xs[": "no expression",
    "": "no expression",
    "1; 2": "no expression",
}


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_expression_of_the_compiler_is_refused(text: str) -> None:
    """Nothing that is given is changed, and the message names what it is."""
    values = {"xs": [1, 2], "d": {"a": 1}, "s": {1, 2}, "model": Model()}
    with pytest.raises(ConfigurationFault) as caught:
        evaluate(text, values)
    assert REFUSED[text] in str(caught.value)
    assert (values["xs"], values["d"], values["s"]) == ([1, 2], {"a": 1}, {1, 2})


def test_attributes_of_anything_are_read() -> None:
    assert evaluate("model.size + 1", {"model": Model()}) == 4


def test_methods_of_what_was_made_of_literals_are_called() -> None:
    """A moment's own methods: nothing was loaded, so nothing can be changed for anybody."""
    assert evaluate("model.predict()", {"model": Model()}, trusted=True) == 1


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("1 / 0", ZeroDivisionError),
        ("xs[5]", IndexError),
        ("d['b']", KeyError),
        ("xs + 1", TypeError),
        ("xs.nothing", AttributeError),
        ("int('x')", ValueError),
    ],
)
def test_what_python_raises_is_raised(text: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        evaluate(text, {"xs": [1, 2], "d": {"a": 1}})


def test_a_name_that_nothing_has_is_a_fault() -> None:
    with pytest.raises(ConfigurationFault, match="nothing_of_this_name"):
        evaluate("nothing_of_this_name + 1", {})
