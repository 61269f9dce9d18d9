"""Values: what an input of an invocation can be given, and what decides a condition."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated, Union
from typing import Literal as OneOf

from pydantic import Field

from zencompile.ir.node import Json, Node
from zencompile.source import Span


class Literal(Node):
    """A value known at compile time, as the canonical JSON of `zencompile.ir.literals`.

    `held` is the same with all fields of the objects in it, those with defaults too, where there are any: for who reads
    the graph, nothing is made of it.
    """

    kind: OneOf["literal"] = "literal"
    value: Json
    held: Json = None
    span: Span | None = None

    @property
    def shown(self) -> Json:
        """The value as it is shown."""
        return self.value if self.held is None else self.held


class ParameterRef(Node):
    """The whole value of a runtime parameter of the pipeline."""

    kind: OneOf["parameter"] = "parameter"
    name: str
    span: Span | None = None


class OutputRef(Node):
    """An output of an invocation.

    Inside the map or condition that holds the invocation it is the value itself; outside a map it is the list of all
    its values, in order (a fan-in). `item` picks one element of a list artifact (`artifact.chunk(i)`).
    """

    kind: OneOf["output"] = "output"
    invocation: str
    output: str
    item: int | None = None
    span: Span | None = None


class ListValue(Node):
    """A list of values, or a tuple, of which at least one is not a literal."""

    kind: OneOf["list"] = "list"
    items: tuple[Value, ...]
    is_tuple: bool = False
    span: Span | None = None


class Mapping(Node):
    """A dictionary with string keys, of which at least one value is not a literal."""

    kind: OneOf["mapping"] = "mapping"
    items: dict[str, Value]
    span: Span | None = None


class External(Node):
    """A value that becomes an artifact before the first step runs (`ExternalArtifact(value=…)`).

    `materializer` is a "module:Class", or None for the one that the value's type selects.
    """

    kind: OneOf["external"] = "external"
    value: Json
    materializer: str | None = None
    span: Span | None = None

    @property
    def literal(self) -> Json:
        """What the runtime gets behind `--external=NAME=`: the value, with its materializer if it has one."""
        if self.materializer is None:
            return self.value
        return {"$": "external", "materializer": self.materializer, "value": self.value}


class Lookup(Node):
    """Something that is looked up when the step starts: an artifact, a model or metadata of an earlier run.

    `chain` is the expression as written, one link a step: {"name": "get_artifact_version"}, {"call": [args, kwargs]},
    {"attribute": "run_metadata"}, {"item": "accuracy"}.
    """

    kind: OneOf["lookup"] = "lookup"
    source: OneOf["client", "model"]
    chain: tuple[dict[str, Json], ...]
    text: str
    span: Span | None = None


class Moment(Node):
    """What the clock, a source of random numbers or the machine says once in a run: the same for all who ask.

    `index` is its place in the pipeline's `moments`, which are made in this order.
    """

    kind: OneOf["moment"] = "moment"
    index: int
    span: Span | None = None


class Expression(Node):
    """What is computed of other values when the pipeline runs, with Python's meaning.

    `operator` is one of `OPERATORS`. `name` is that of an attribute or method, or the conversion ("r", "s", "a") of a
    formatted value; `keywords` name the last operands of a call.
    """

    kind: OneOf["expression"] = "expression"
    operator: str
    operands: tuple[Value, ...]
    name: str = ""
    keywords: tuple[str, ...] = ()
    span: Span | None = None


class Merge(Node):
    """What the branches of a condition leave: `then` where it holds, `otherwise` where it doesn't.

    One side at least is made of outputs of invocations that stand in that branch, so that there is no other value
    where the other branch is taken.
    """

    kind: OneOf["merge"] = "merge"
    condition: str
    then: Value
    otherwise: Value
    span: Span | None = None

    @property
    def sides(self) -> tuple[Value, Value]:
        """Both values, that of the condition that holds first."""
        return self.then, self.otherwise


_OPERATORS = """
+ - * / // % ** @ & | ^ << >> == != < <= > >= item and or not if truth negative positive invert slice attribute method
call format join set in is value
"""
OPERATORS = frozenset({*_OPERATORS.split(), "not in", "is not"})
"""What an expression may do; the runtime's `values.expressions` evaluates them, and says which methods there are."""

Value = Annotated[
    Union[  # noqa: UP007 (3.10 evaluates it)
        Literal, ParameterRef, OutputRef, ListValue, Mapping, External, Lookup, Moment, Expression, Merge
    ],
    Field(discriminator="kind"),
]


def leaves(value: Value) -> Iterator[Value]:
    """The values that `value` is made of, itself if it is one."""
    if isinstance(value, ListValue):
        for item in value.items:
            yield from leaves(item)
    elif isinstance(value, Mapping):
        for item in value.items.values():
            yield from leaves(item)
    elif isinstance(value, Expression):
        for operand in value.operands:
            yield from leaves(operand)
    elif isinstance(value, Merge):
        for side in value.sides:
            yield from leaves(side)
    else:
        yield value


def merges(value: Value) -> Iterator[Merge]:
    """The merges that `value` is made of; those inside of another one come before it."""
    for part in parts(value):
        yield from merges(part)
    if isinstance(value, Merge):
        yield value


def parts(value: Value) -> tuple[Value, ...]:
    """The values that stand in `value` itself."""
    if isinstance(value, ListValue):
        return value.items
    if isinstance(value, Mapping):
        return tuple(value.items.values())
    if isinstance(value, Expression):
        return value.operands
    return value.sides if isinstance(value, Merge) else ()


def with_parts(value: Value, change: Callable[[Value], Value]) -> Value:
    """`value` with what stands in it changed."""
    if isinstance(value, ListValue):
        return value.model_copy(update={"items": tuple(map(change, value.items))})
    if isinstance(value, Mapping):
        return value.model_copy(update={"items": {key: change(one) for key, one in value.items.items()}})
    if isinstance(value, Expression):
        return value.model_copy(update={"operands": tuple(map(change, value.operands))})
    if isinstance(value, Merge):
        return value.model_copy(update={"then": change(value.then), "otherwise": change(value.otherwise)})
    return value


def without_spans(value: Value) -> Value:
    """A value that is the same wherever it is written."""
    return with_parts(value, without_spans).model_copy(update={"span": None})


def looked_up_inside(value: Value) -> External | Lookup | None:
    """A look-up or an external value that stands inside a list or a dictionary, where no argument can say it."""
    if isinstance(value, (External, Lookup)):
        return None
    return next((leaf for leaf in leaves(value) if isinstance(leaf, (External, Lookup))), None)
